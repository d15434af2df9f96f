"""Text of traced values is made anew in every run, and guarded only where the function looks."""

from __future__ import annotations

import json
import logging
import string
from typing import Any

import pytest

from symdiff import SymdiffError, grad, value_and_grad
from symdiff.errors import UnsupportedError

INPUTS = (1.5, -0.25, 3.0, 1.5)
_log = logging.getLogger("tests.text")


class Point:
    def __init__(self, x: Any) -> None:
        self.x = x


class Named:
    def __init__(self, x: Any) -> None:
        self.x = x

    def __repr__(self) -> str:
        return f"Named({self.x:.3f})"

    def __format__(self, spec: str) -> str:
        return f"<{self.x:{spec}}>"


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __str__(self) -> str:
        return str(self.x)


def printed(x):
    width = 8
    print(x, "x =", [x, 2.0], {"a": (x, x * x)}, sep="|", end="!\n")
    print(f"{x:.3f} {x!r} {x!s:>{width}} {x=} {x * 2:+.1e} {[x]} {{}}")
    print("%.2f and %s, %5.1f%%" % (x, x, x), "%(a)r" % {"a": x}, "%s" % x)
    print("{:.1f} {b!r:>9}".format(x, b=x), "{[0]}".format([x]))
    print(str(x) + " " + repr(x).upper(), ", ".join(str(v) for v in [x, 1.0]), format(x, "9.2f"))
    return x * x


def printed_objects(x):
    print(f"{Named(x)} {Named(x)!r} {Named(x):.1f} {Slotted(x)}", Named(x), [Named(x)])
    try:
        raise ValueError("too large", x)
    except ValueError as error:
        print(error, repr(error), f"{error}", f"{error!r}")
    print(json.dumps({"a": x}))
    return x * x


def logged(x):
    _log.warning("x=%s %.3f", x, x * 2)
    _log.info(f"now {x:.2f}")
    return x * x


@pytest.mark.parametrize("f", [printed, printed_objects], ids=lambda f: f.__name__)
def test_printing_does_not_trace_again(f: Any, capsys: Any) -> None:
    g = value_and_grad(f)
    for x in INPUTS:
        f(x)
        expected = capsys.readouterr().out
        assert g(x) == (x * x, 2 * x)
        assert capsys.readouterr().out == expected
    assert g.trace_count == 1


def test_logging_does_not_trace_again(caplog: Any) -> None:
    g = value_and_grad(logged)
    with caplog.at_level(logging.INFO, "tests.text"):
        for x in INPUTS:
            logged(x)
            expected, caplog.records[:] = list(caplog.messages), []
            caplog.clear()
            assert g(x) == (x * x, 2 * x)
            assert caplog.messages == expected
            caplog.clear()
    assert g.trace_count == 1


def test_text_kept_outside() -> None:
    lines: list[Any] = []

    def f(x):
        lines.append(f"{x:.1f}")
        lines.append(("x", str(x)))
        return x * x

    g = value_and_grad(f)
    for x in INPUTS:
        assert g(x) == (x * x, 2 * x)
    assert lines == [t for x in INPUTS for t in (f"{x:.1f}", ("x", str(x)))]
    assert all(type(t) is str for t in lines[::2])
    assert g.trace_count == 1


def test_message_of_an_exception() -> None:
    def f(x):
        assert x < 2, f"x is {x:.1f}"
        if x < 0:
            raise ValueError("x is %s" % x)
        return x * x

    g = value_and_grad(f)
    assert g(1.5) == (2.25, 3.0)
    for _ in range(2):
        with pytest.raises(AssertionError, match=r"^x is 3\.0$"):
            g(3.0)
        with pytest.raises(ValueError, match=r"^x is -0\.25$") as caught:
            g(-0.25)
        assert type(caught.value.args[0]) is str


def test_text_that_is_looked_at_decides() -> None:
    def f(x):
        text = f"{x:.0f}"
        table = {text: 3.0, "2": 5.0}
        factor = table["2"] if "-" not in text and text != "4" else 7.0
        return x * factor * len(text)

    g = value_and_grad(f)
    for x in (2.1, 2.3, -12.0, 4.2, 2.2, -11.9):
        h = 1e-6
        value, slope = g(x)
        assert value == f(x)
        assert slope == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-8)
    assert g.trace_count == 3  # "2", "-12" and "4"


@pytest.mark.parametrize(
    "read", [float, int, json.loads], ids=lambda read: getattr(read, "__name__", "read")
)
def test_no_number_is_read_back_from_text(read: Any) -> None:
    def f(x):
        return read(str(x)) * 2

    with pytest.raises(SymdiffError, match=r"text|depends"):
        value_and_grad(f)(3.0)


def test_an_instance_given_to_print_still_holds_what_is_traced(capsys: Any) -> None:
    def f(x):
        point = Point(x)
        print(point)
        return point.x * x

    g = value_and_grad(f)
    for x in INPUTS:
        assert g(x) == (x * x, 2 * x)


class Percent(string.Template):
    delimiter = "%"


GREETING = string.Template("<$a>")


def _substituted(x: Any, log: Any) -> Any:
    log.append(string.Template("$a is ${b}, $$").substitute(a=x, b=2 * x))
    return x * x


def _substituted_safely(x: Any, log: Any) -> Any:
    log.append(string.Template("$a is not $c").safe_substitute({"a": x}))
    return x * x


def _of_another_sign(x: Any, log: Any) -> Any:
    log.append(Percent("%a costs $5 %%").substitute({"a": x, "z": 1}, a=-x))
    return x * x


def _of_a_missing_key(x: Any, log: Any) -> Any:
    try:
        log.append(string.Template("$a $b").substitute(a=x))
    except KeyError as error:
        log.append(str(error))
    return x * x


def _of_a_template_outside(x: Any, log: Any) -> Any:
    log.append(GREETING.substitute(a=x))
    return x * x


def _of_nothing_traced(x: Any, log: Any) -> Any:
    log.append(string.Template("$a").substitute(a=1))
    return x * x


@pytest.mark.parametrize(
    "f",
    [
        _substituted,
        _substituted_safely,
        _of_another_sign,
        _of_a_missing_key,
        _of_a_template_outside,
        _of_nothing_traced,
    ],
)
def test_templates_are_filled_anew_in_every_run(f: Any) -> None:
    g = value_and_grad(f)
    for text in ("<$a>", "[$a]"):
        GREETING.template = text
        for x in INPUTS:
            wanted: list[str] = []
            found: list[str] = []
            assert g(x, found) == (f(x, wanted), 2 * x)
            assert [str(t) for t in found] == wanted
    GREETING.template = "<$a>"


def test_a_number_read_back_from_a_template_is_refused() -> None:
    with pytest.raises(SymdiffError, match="read back from text"):
        value_and_grad(lambda x: float(string.Template("$a").substitute(a=x)))(1.5)


@pytest.mark.parametrize(
    "text",
    [
        lambda v: "%s" % v,
        lambda v: "%s" % (v,),
        lambda v: "{}".format(v),
        lambda v: f"{v}",
        lambda v: str(v) + repr(v),
        lambda v: f"{[v]!r:>40}",
    ],
)
def test_what_holds_itself_is_written_as_python_writes_it(text):
    def f(x, kind):
        if kind == "list":
            held = [1.0]
            held.append(held)
        elif kind == "dict":
            held = {"a": 2}
            held["self"] = held
        else:
            held = ([],)
            held[0].append(held)
        return x * len(text(held))

    for kind in ("list", "dict", "tuple"):
        assert grad(f)(2.0, kind) == f(1.0, kind)


def test_what_holds_itself_and_a_traced_value_is_refused(capsys):
    def f(x):
        held = [x]
        held.append(held)
        return x * len("%s" % held)

    def g(x):
        held = {"x": x}
        held["self"] = held
        print(held)
        return x

    def h(x):
        held = [1.0]
        held.append(held)
        print(held)
        return 3 * x

    for function in (f, g, h):
        with pytest.raises(UnsupportedError, match="that holds itself goes outside"):
            grad(function)(2.0)
