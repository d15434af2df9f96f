"""What cannot be shown is said, with its line, and the others are shown all the same."""

from __future__ import annotations

import time

import pytest

from .test_cli import BRANCHES, LOOPS, show

pytestmark = pytest.mark.sampled(every=83)


def test_what_cannot_be_differentiated(write):
    text = """
        def unbounded(x):
            seen = []
            while x < 10:
                x = x*x
                seen.append(x)
            return x
    """
    result = show(write(text))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines()[:3] == [
        "f.py:3:11: error: the length of this loop depends on an argument",
        "    while x < 10:",
        "          ^^^^^^",
    ]
    assert "--at" in result.stderr


def test_the_others_are_shown_all_the_same(write):
    result = show(write(LOOPS))
    assert result.exit_code == 1
    assert "while x < 10" in result.stderr
    assert "swell(x, c)" in result.stdout


def test_an_exception_of_the_users(write):
    text = """
        def f(x):
            y = x + 1
            return y + undefined_name
    """
    result = show(write(text))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "f.py:3: error: NameError: name 'undefined_name' is not defined",
        "    return y + undefined_name",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("x = 1\ny = undefined\n", "f.py:2: error: NameError: name 'undefined' is not defined"),
        ("def f(x:\n    return x\n", "f.py:1: error: SyntaxError: "),
        ("import sys\nsys.exit(3)\n", "f.py:2: error: SystemExit: 3"),
        ("import no_such_module_here\n", "f.py:1: error: ModuleNotFoundError: No module named"),
    ],
)
def test_a_file_that_does_not_import(write, text, where):
    result = show(write(text))
    assert result.exit_code == 2
    assert result.stderr.startswith(where)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.py"], "there is no file nowhere.py"),
        (["f.py:g"], "there is no function g in f.py"),
        (["f.py:hing"], "did you mean hinge?"),
        (["f.py:math"], "math in f.py is not a function"),
        (["f.py", "--at", "x"], "NAME=VALUE"),
        (["f.py", "--at", "x=1+"], "NAME=VALUE"),
        (["f.py", "--at", "x=__import__('os')"], "is not a number"),
        (["f.py", "--at", "**{}"], "NAME=VALUE"),
        (["f.py", "--at", "q=1"], "there is no such argument"),
        (["f.py:hinge", "--at", "x=[1, [2]]"], "is not an array of numbers"),
        (["f.py:hinge", "--wrt", "y"], "`y` is no parameter"),
        (["f.py:hinge", "--wrt", ","], "names no argument"),
        (["f.py", "--format", "word"], "'word'"),
        (["f.py", "--max-paths", "0"], "--max-paths"),
        ([], "Missing argument"),
    ],
)
def test_mistakes_of_usage(write, arguments, message):
    write(BRANCHES)
    result = show(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_the_file_is_a_module_but_not_the_main_one(write):
    write("SCALE = 3\n", "beside_it.py")
    text = """
        import sys
        from beside_it import SCALE

        print("imported")
        assert sys.modules[__name__].__file__.endswith("f.py")

        def f(x):
            return SCALE*x

        if __name__ == "__main__":
            raise RuntimeError("this is not a run")
    """
    result = show(write(text))
    assert result.exit_code == 0
    assert "df/dx  = SCALE" in result.stdout
    assert "imported" not in result.stdout


EXCEPTIONS = """
    import sys

    class Bad(Exception):
        def __init__(self, value):
            super().__init__(f"bad: {value}")
            self.value = value

    def leaves(x):
        sys.exit()

    def ends(x):
        raise SystemExit(0)

    def text(x):
        raise ValueError(f"bad {x:.3f}")

    def percent(x):
        raise ValueError("bad %s" % x)

    def own(x):
        raise Bad(x)

    def several(x):
        raise ValueError("bad", x)

    def caught(x):
        try:
            raise Bad(x)
        except Bad as error:
            return error.value**2
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("leaves", "f.py:9:5: error: `sys.exit` is not called"),
        ("ends", "f.py:12: error: SystemExit: 0"),
        ("text", "f.py:15: error: ValueError: ..."),
        ("percent", "f.py:18: error: ValueError: ..."),
        ("own", "f.py:21: error: Bad: ..."),
        ("several", "f.py:24: error: ValueError: ('bad', 'x')"),
    ],
)
def test_an_exception_does_not_end_the_command(write, name, said):
    result = show(write(EXCEPTIONS))
    assert result.exit_code == 1
    assert said in result.stderr
    assert "dcaught/dx  = 2*x" in result.stdout


@pytest.mark.slow
def test_what_takes_too_long_is_given_up(write):
    text = """
        def slow(x):
            for k in range(10**9):
                kept = [k]
            return x + len(kept)

        def quick(x):
            return x*x
    """
    result = show(write(text), "--seconds", "0.5")
    assert result.exit_code == 1
    assert "f.py:1: error: slow takes too long to show" in result.stderr
    assert "dquick/dx  = 2*x" in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "return x*sum(1 for _ in itertools.count())",
        "return x*sum(iter(lambda: 1, 2))",
        "return x*10**10**8",
        "return x*(1 << 10**10)",
        "return x*len([0]*10**10)",
    ],
)
def test_what_has_no_end_is_refused(write, body):
    result = show(write(f"import itertools\ndef f(x):\n    {body}\n"), "--seconds", "20")
    assert result.exit_code == 1
    assert result.stderr.startswith("f.py:3"), result.stderr


def test_every_refusal_has_a_line(write):
    text = """
        def named(x):
            return x["name"]

        def pair(x):
            return x, x

        def missing(x):
            return x.names

        def default(x):
            return getattr(x, "names", 3.0)*x
    """
    result = show(write(text))
    errors = [line for line in result.stderr.splitlines() if "error:" in line]
    assert [line.partition(": error:")[0] for line in errors] == [
        "f.py:2:12",
        "f.py:4:1",
        "f.py:8:12",
    ]
    assert "ddefault/dx  = 3\n" in result.stdout


def test_only_functions_of_a_number_are_shown(write):
    text = """
        def clean(): ...

        def named(path: str): ...

        def counted(n=3, name="a", *rest, **more): ...

        def flagged(ready: bool): ...

        def f(x):
            return x*x
    """
    result = show(write(text))
    assert result.exit_code == 0
    assert result.stdout.count("f.py:") == 1
    assert "no function of a number" in show(write("def f(n=3): ...\n", "g.py")).stderr


@pytest.mark.slow
def test_a_file_of_a_package(write, tmp_path):
    (tmp_path / "parts").mkdir()
    write("", "parts/__init__.py")
    write("SCALE = 3.0\n", "parts/beside.py")
    file = write("from .beside import SCALE\n\ndef f(x):\n    return SCALE*x\n", "parts/inner.py")
    result = show(file)
    assert result.exit_code == 0, result.stderr
    assert "df/dx  = SCALE" in result.stdout


RAISING = """
    import math
    from dataclasses import dataclass


    def one(x, n=2):
        if x < 0:
            raise ValueError("negative")
        return math.sqrt(x)


    def two(x):
        if x < 0:
            raise ValueError(f"{x} is negative")
        elif x == 0:
            raise ZeroDivisionError
        return math.log(x)


    def late(x, y):
        z = x*y
        if z > 1:
            if x > 3:
                raise OverflowError("too large")
            return z
        return z**2


    def helper(x):
        if x > 1:
            raise KeyError(x)
        return x


    def called(x):
        return helper(x)*2


    def caught(x):
        try:
            return helper(x)*2
        except KeyError:
            return x*3


    def always(x):
        if x > 0:
            raise ValueError("one")
        raise KeyError("other")


    @dataclass
    class Point:
        a: float


    def of_an_instance(p: Point, x):
        return p.a*x


    def of_a_dict(d, x):
        return d["a"]*x**2 + d["b"]


    def rounds(x):
        n = 0
        while True:
            x = x*1.5
            n = n + 1
            if x > 20 or n == 12:
                break
            if n % 2:
                continue
            x = x - 0.25
        return x*n
"""


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("one", ["one      = sqrt(x)", "where x >= 0", "raises ValueError where x < 0"]),
        ("two", ["raises ValueError where x < 0", "raises ZeroDivisionError where x >= 0 and"]),
        ("late", ["x**2*y**2", "raises OverflowError where x*y > 1 and x > 3"]),
        ("called", ["called      = 2*x", "raises KeyError where x > 1"]),
        ("caught", ["3*x   if x > 1", "2*x   otherwise"]),
    ],
)
def test_a_way_that_raises_is_told_beside_the_others(write, name, lines):
    result = show(write(RAISING) + f":{name}")
    assert result.exit_code == 0, result.stderr
    for line in lines:
        assert line in result.stdout, result.stdout
    assert ("raises" in result.stdout) is (name != "caught")
    for form in ("latex", "python", "program"):
        assert show(f"f.py:{name}", "--format", form).exit_code == 0


def test_a_function_that_always_raises_is_refused_with_its_line(write):
    result = show(write(RAISING) + ":always")
    assert result.exit_code == 1
    assert result.stderr.startswith("f.py:47: error: ValueError: one")


def test_an_instance_is_asked_for_and_a_dict_is_taken(write):
    result = show(write(RAISING) + ":of_an_instance")
    assert result.exit_code == 1
    assert "makes the Point" in result.stderr
    for point in ("{'a': 1.0, 'b': 2}", "dict(a=1.0)", "{'a': [1]}"):
        result = show("f.py:of_a_dict", "--at", f"d={point}")
        if point[-1] == ")":
            assert "is not a number or a list" in result.stderr
        elif "b" in point:
            assert "2*d['a']*x" in result.stdout
        else:
            assert "error: KeyError: 'b'" in result.stderr


@pytest.mark.slow
def test_a_loop_with_a_decision_in_each_round_is_shown_in_seconds(write):
    start = time.process_time()
    result = show(write(RAISING) + ":rounds")
    assert time.process_time() - start < 10
    assert result.exit_code == 0, result.stderr
    assert "drounds/dx  = 1.5*1.5**N*(N + 1)" in result.stdout
    assert "where N is the first k = 0, 1, ... with" in result.stdout
