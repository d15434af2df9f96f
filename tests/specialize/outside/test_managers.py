"""`with` and what lies outside: locks, files, `ExitStack`, managers of libraries and of users."""

from __future__ import annotations

import contextlib
import io
import math
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from symdiff import SymdiffError, grad

from .worlds import World, check_world

pytestmark = pytest.mark.sampled(every=5)

INPUTS = (1.5, 2.5, 0.5, 3.0, 1.5)


class Noting:
    """A manager of the user's own that keeps a log."""

    def __init__(self, log: list[Any], value: Any, swallows: bool = False) -> None:
        self.log = log
        self.value = value
        self.swallows = swallows

    def __enter__(self) -> Any:
        self.log.append("in")
        return self.value

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> Any:
        self.log.append(("out", kind is None))
        return self.swallows


def stack_of_managers() -> World:
    log: list[Any] = []

    def f(x):
        with contextlib.ExitStack() as stack:
            a = stack.enter_context(Noting(log, 2.0))
            b = stack.enter_context(Noting(log, x))
            stack.callback(log.append, "called back")
            stack.push(lambda *error: log.append("left"))
            return a * b * x

    return f, lambda: log


def stack_that_swallows() -> World:
    log: list[Any] = []

    def f(x):
        with contextlib.ExitStack() as stack:
            stack.enter_context(Noting(log, 2.0, swallows=True))
            if x > 2:
                raise ValueError("large")
            log.append("fine")
            return x * x
        return x * 7

    return f, lambda: log


def stack_passed_on() -> World:
    log: list[Any] = []

    def f(x):
        with contextlib.ExitStack() as stack:
            for k in range(int(x)):
                stack.enter_context(Noting(log, k))
            later = stack.pop_all()
        log.append("between")
        later.close()
        return x * x

    return f, lambda: log


def lock_around_a_counter() -> World:
    state = SimpleNamespace(n=0, lock=threading.Lock(), again=threading.RLock())

    def f(x):
        with state.lock:
            state.n += 1
        with state.lock, state.again:
            if x > 2:
                with state.again:
                    state.n += 1
                raise ValueError("large")
            return x * x * state.n

    return f, lambda: (state.n, state.lock.locked())


def lock_in_each_branch() -> World:
    lock = threading.Lock()

    def f(x):
        if x > 1:
            with lock:
                return x**3
        with lock:
            y = x * x
        return y * 2

    return f, lock.locked


def condition() -> World:
    state = SimpleNamespace(n=0, changed=threading.Condition())

    def f(x):
        with state.changed:
            state.n += 1
            state.changed.notify_all()
        return x * x * state.n

    return f, lambda: state.n


def redirected() -> World:
    text = io.StringIO()

    def f(x):
        with contextlib.redirect_stdout(text):
            print("x is", x)
        return x * x

    return f, text.getvalue


def file_in_a_directory() -> World:
    seen: list[Any] = []

    def f(x):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "numbers.txt")
            with open(path, "w") as out:
                out.write("2.5\n")
            with open(path) as lines:
                k = [float(line) for line in lines]
        seen.append(len(k))
        return x * x * k[0]

    return f, lambda: seen


CONNECTIONS: list[sqlite3.Connection] = []


@pytest.fixture(autouse=True)
def connections_are_closed() -> Iterator[None]:
    yield
    while CONNECTIONS:
        CONNECTIONS.pop().close()


def database() -> World:
    base = sqlite3.connect(":memory:")
    CONNECTIONS.append(base)
    base.execute("create table calls (a real)")

    def f(x):
        with base:
            base.execute("insert into calls values (1.5)")
        return x * x * base.execute("select count(*) from calls").fetchone()[0]

    return f, lambda: list(base.execute("select * from calls"))


def own_manager_outside() -> World:
    manager = SimpleNamespace(n=0)

    class Deep:
        """Counts how deep it is."""

        def __enter__(self):
            manager.n += 1
            return manager

        def __exit__(self, *error):
            manager.n -= 10

    deep = Deep()

    def f(x):
        with deep as one, deep:
            y = x * one.n
        return y * x * one.n

    return f, lambda: manager.n


WORLDS = [
    stack_of_managers,
    stack_that_swallows,
    stack_passed_on,
    lock_around_a_counter,
    lock_in_each_branch,
    condition,
    redirected,
    file_in_a_directory,
    database,
    own_manager_outside,
]


@pytest.mark.parametrize("make", WORLDS, ids=lambda m: m.__name__)
def test_managers_are_entered_and_left_once_per_call(make: Any) -> None:
    # The oracle of the slopes looks at twins near by, where `int(x)` must not step.
    check_world(make, (1.5, 2.5, 0.5, 3.2, 1.5))


def test_a_file_is_written_to_once_per_call(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"

    def f(x):
        with open(path, "a") as out:
            out.write(f"{x:.1f}\n")
            print("called", file=out)
        return x * x

    g = grad(f)
    assert [g(x) for x in (1.0, 2.0, 1.0)] == [2.0, 4.0, 2.0]
    assert path.read_text() == "1.0\ncalled\n2.0\ncalled\n1.0\ncalled\n"


def test_a_file_is_read_again_at_every_call(tmp_path: Path) -> None:
    path = tmp_path / "k.txt"

    def f(x):
        with open(path) as text:
            k = float(text.read())
        return k * x * x + np.loadtxt(path) * x

    g = grad(f)
    for k in (2.0, 5.0, 2.0):
        path.write_text(str(k))
        assert g(1.5) == 4 * k


def test_a_lock_keeps_threads_apart() -> None:
    lock, state = threading.Lock(), SimpleNamespace(n=0)

    def f(x):
        with lock:
            state.n += 1
        if x > 1:
            return math.sin(x)
        y = 0.0
        for _ in range(int(-x) + 1):
            y = y + x
        return y

    g, wrong = grad(f), []

    def work(seed: int) -> None:
        for x in np.random.default_rng(seed).uniform(-6, 4, 100).tolist():
            expected = math.cos(x) if x > 1 else len(range(int(-x) + 1))
            if g(x) != pytest.approx(expected):
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not wrong
    assert state.n == 400
    assert not lock.locked()


def test_floating_point_errors_that_raise_are_refused() -> None:
    def f(x):
        try:
            with np.errstate(all="raise"):
                return np.log(x).sum()
        except FloatingPointError:
            return (x * x).sum()

    with pytest.raises(SymdiffError, match="raise"):
        grad(f)(np.ones(2))


def test_whether_a_lock_is_held_is_refused() -> None:
    lock = threading.Lock()

    def f(x):
        with lock:
            y = x * x
        return y if not lock.locked() else x

    with pytest.raises(SymdiffError, match="held"):
        grad(f)(1.0)
    assert not lock.locked()
