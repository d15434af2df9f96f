"""Output, warnings, logs, clocks, random numbers: as one plain call has them."""

from __future__ import annotations

import logging
import queue
import random
import sys
import time
import traceback
import warnings
from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff import grad

from .effects.libraries import generators_of_random_numbers
from .test_effects import INPUTS
from .worlds import World, check_world, snapshot

pytestmark = pytest.mark.sampled(every=11)


def test_printing_text_made_of_traced_values(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x):
        print(f"x = {x:.3f}", x * 2, sep="; ")
        print(str(x), "{:.1f}".format(x), repr(x), [x, (x, "a")])  # noqa: UP032
        return x * x

    for x in (1.0, 2.0, 3.0):
        f(x)
    expected = capsys.readouterr().out
    g = grad(f)
    for x in (1.0, 2.0, 3.0):
        assert g(x) == 2 * x
    assert capsys.readouterr().out == expected


def test_warnings_are_given_each_time() -> None:
    def f(x):
        warnings.warn("look out", UserWarning, stacklevel=1)
        return x * x

    g = grad(f)
    for x in (1.0, 2.0, 3.0):
        with pytest.warns(UserWarning, match="look out") as seen:
            assert g(x) == 2 * x
        assert len(seen) == 1


def test_the_clock_is_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x):
        return x * time.time()

    g = grad(f)
    first = g(1.0)
    time.sleep(0.01)
    assert g(1.0) > first


def test_module_level_random_numbers() -> None:
    def f(x):
        return x * (np.random.rand() + np.random.normal(size=2).sum() + random.gauss(0, 1))

    def draws():
        np.random.seed(4)
        random.seed(4)
        return [f(1.0) for _ in range(4)]

    expected = draws()
    np.random.seed(4)
    random.seed(4)
    g = grad(f)
    assert [g(2.0) for _ in range(4)] == pytest.approx(expected, rel=1e-14)
    assert g.trace_count == 1


def test_random_calls_do_not_trace_again() -> None:
    f, _ = generators_of_random_numbers()
    g = grad(f)
    for x in INPUTS * 3:
        g(x)
    assert g.trace_count <= 2


class _Records(logging.Handler):
    def __init__(self, seen: list[Any]) -> None:
        super().__init__()
        self.seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info and record.exc_info[1]
        self.seen.append((record.getMessage(), type(error), str(error)))


def test_a_log_of_the_exception_that_is_handled() -> None:
    def make() -> World:
        seen: list[Any] = []
        log = logging.Logger("effects")
        log.addHandler(_Records(seen))

        def f(x: Any) -> Any:
            y = x
            try:
                if x < 1:
                    raise ValueError("small %s" % x)  # noqa: UP031
                y = x / 0 if x > 2 else x
            except ValueError:
                log.exception("bad %s", x)
                y = x * x
            except ZeroDivisionError as error:
                log.error("zero", exc_info=True)
                log.warning("again", exc_info=error)
                log.info("%s", sys.exc_info()[0])
            log.exception("nothing is handled here")
            return y * x

        return f, lambda: seen

    check_world(make, [1.5, 0.5, 2.5, 0.25, 1.5])


def test_the_text_of_a_traceback_is_refused() -> None:
    def f(x: Any) -> Any:
        try:
            raise ValueError
        except ValueError:
            print(traceback.format_exc())
        return x * x

    with pytest.raises(symdiff.UnsupportedError, match=r"traceback\.format_exc"):
        grad(f)(1.0)


def test_exceptions_of_calls_that_the_function_catches(tmp_path: Any) -> None:
    path = tmp_path / "settings"

    def make() -> World:
        path.unlink(missing_ok=True)
        told, waiting = [], queue.SimpleQueue[float]()
        steps = iter([None, None, "2.5", "text", None, "3.5"])

        def f(x: Any) -> Any:
            told.append(len(told))
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                try:
                    warnings.warn("no", stacklevel=1)
                    y = x
                except UserWarning:
                    y = x * 2
            try:
                y = y * waiting.get_nowait()
            except queue.Empty:
                y = y * 3
            try:
                return y * x * float(path.read_text())
            except FileNotFoundError as error:
                log.append(str(error))
            except ValueError:
                y = y * 5
            return y * x

        log: list[str] = []

        def look() -> Any:
            step = next(steps, None)
            path.unlink(missing_ok=True)
            if step is not None:
                path.write_text(step)
                waiting.put(2.0)
            return [told, log, waiting.qsize()]

        return f, look

    filters = list(warnings.filters)
    for operator in (grad, symdiff.value_and_grad):
        (plain, look), (f, other_look) = make(), make()
        g = operator(f)
        for _ in range(6):
            expected = plain(1.5)
            found = g(1.5)
            slope = found[1] if isinstance(found, tuple) else found
            assert slope == pytest.approx(2 * expected / 1.5)
            assert snapshot(look()) == snapshot(other_look())
    assert list(warnings.filters) == filters


def test_a_list_that_a_context_manager_fills_is_refused() -> None:
    def f(x: Any) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.warn("no", stacklevel=1)
        return x * x * len(caught)

    with pytest.raises(symdiff.UnsupportedError, match="fills"):
        grad(f)(1.0)
