from __future__ import annotations

import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from click.testing import CliRunner

from symdiff.command.cli import main

pytestmark = pytest.mark.sampled(every=83)

SIMPLE = """
    from math import sin

    def f(x):
        return x**3 - 2*x + sin(x)
"""
BRANCHES = """
    import math

    def hinge(x):
        if x > 0:
            return x**2
        return -x


    def three(exp, lambda_):
        if exp > 1:
            y = lambda_*exp**2
        elif exp > lambda_:
            y = math.exp(-exp)
        else:
            y = lambda_/2
        return y + 0.1*exp


    def same(x):
        y = 2*x
        if x > 0:
            y = x + x
        return y*y
"""
LOOPS = """
    import math

    def double(x):
        while x < 10:
            x = x*x
        return x

    def swell(x, c):
        for _ in range(100):
            x = x + 0.01*math.sin(x)*c
        return x
"""


@pytest.fixture(autouse=True)
def forget_what_was_shown():
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("_symdiff_shown_"):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text, name="f.py"):
        (tmp_path / name).write_text(textwrap.dedent(text).lstrip("\n"))
        return name

    return write


def show(*arguments):
    return CliRunner().invoke(main, ["show", *arguments], catch_exceptions=False)


def fits(text, width=80):
    return max(map(len, text.splitlines())) <= width


def test_a_formula(write, golden):
    result = show(write(SIMPLE))
    assert result.exit_code == 0, result.stderr
    golden("show_formula", result.stdout)


@pytest.mark.slow
def test_branches(write, golden):
    result = show(write(BRANCHES))
    assert result.exit_code == 0
    assert fits(result.stdout)
    golden("show_branches", result.stdout)


@pytest.mark.parametrize("form", ["latex", "python", "program"])
def test_formats(write, golden, form):
    result = show(write(BRANCHES) + ":hinge", "--format", form)
    assert result.exit_code == 0
    golden(f"show_{form}", result.stdout)


def test_the_python_shown_runs(write):
    result = show(write(SIMPLE), "--format", "python")
    namespace = {}
    exec(result.stdout, namespace)
    value, slope = namespace["f_derivative"](2.0)
    assert value == pytest.approx(8 - 4 + 0.9092974268)
    assert slope == pytest.approx(12 - 2 - 0.4161468365)


def test_one_function_and_several(write):
    file = write(BRANCHES)
    assert show(f"{file}:same").stdout.startswith("same(x) ")
    several = show(f"{file}:same", "hinge").stdout
    assert [line for line in several.splitlines() if "f.py:" in line and "(" in line] == [
        line for line in several.splitlines() if line.startswith(("same(", "hinge("))
    ]
    assert "three" not in several


def test_only_what_is_chosen(write):
    result = show(write(BRANCHES) + ":three", "--wrt", "lambda_")
    assert "dthree/dlambda_" in result.stdout
    assert "dthree/dexp" not in result.stdout


def test_decorated_functions_come_first(write):
    text = """
        from symdiff.operators.transforms import grad

        def helper(x):
            return x

        @grad(wrt="y")
        def g(x, y):
            return x*y**2
    """
    result = show(write(text))
    assert result.exit_code == 0
    assert "dg/dy  = 2*x*y" in result.stdout
    assert "dg/dx" not in result.stdout
    assert "helper" not in result.stdout
    assert "f.py:7" in result.stdout


def test_a_method(write):
    text = """
        class Model:
            @staticmethod
            def loss(x):
                return x*x
    """
    result = show(write(text) + ":Model.loss")
    assert "dloss/dx  = 2*x" in result.stdout


def test_a_method_of_an_object(write):
    text = """
        class Model:
            def __init__(self):
                self.k = 2.0

            def loss(self, x):
                return self.k*x*x

        class Needy:
            def __init__(self, k):
                self.k = k

            def loss(self, x):
                return self.k*x*x
    """
    result = show(write(text) + ":Model.loss")
    assert "dloss/dx  = 2*self.k*x" in result.stdout
    refused = show("f.py:Needy.loss")
    assert refused.exit_code == 2
    assert "Needy() fails" in refused.stderr


def test_a_point(write, golden):
    result = show(write(LOOPS) + ":double", "--at", "x=1.5")
    assert result.exit_code == 0
    assert fits(result.stdout)
    golden("show_point", result.stdout)


def test_points_may_be_given_together_or_apart(write):
    file = write(BRANCHES) + ":three"
    together = show(file, "--at", "exp=-2, lambda_=1e-3").stdout
    apart = show(file, "--at", "exp=-2", "--at", "lambda_=1e-3").stdout
    assert together == apart
    assert "where exp <= 1 and exp <= lambda_" in together
    assert "at exp = -2.0, lambda_ = 0.001:" in together


def test_a_large_form_is_shown_line_by_line(write, golden):
    result = show(write(LOOPS) + ":swell")
    assert result.exit_code == 0
    assert fits(result.stdout)
    assert "operations" in result.stdout
    assert "f.py:10" in result.stdout
    assert "more lines" in result.stdout


ARRAYS = """
    import numpy as np

    def double(x):
        return 2*np.dot(x, x)

    def spread(x):
        return np.mean(x**2) + x[0] + 1009*0

    def fit(w, x, y):
        return np.sum((w @ x - y)**2)
"""


def test_arrays_without_values(write, golden):
    file = write(ARRAYS)
    result = show(f"{file}:double", "spread")
    assert result.exit_code == 0
    golden("show_arrays", result.stdout)


def test_arrays_with_values(write, golden):
    result = show(write(ARRAYS) + ":fit", "--at", "w=[[1,2],[3,4]], x=[1,2]", "--at", "y=[1,0.5]")
    assert result.exit_code == 0
    assert fits(result.stdout)
    golden("show_arrays_at", result.stdout)


def test_python_for_arrays_needs_their_length(write):
    file = write(ARRAYS) + ":spread"
    refused = show(file, "--format", "python")
    assert refused.exit_code == 1
    assert '--at "x=[1, 2, 3]"' in refused.stderr
    shown = show(file, "--format", "python", "--at", "x=[1, 2, 3]")
    namespace = {}
    exec(shown.stdout, namespace)
    value, slope = namespace["spread_derivative"]([1.0, 2.0, 3.0] * np.ones(3))
    assert value == pytest.approx(14 / 3 + 1)
    np.testing.assert_allclose(slope, [2 / 3 + 1, 4 / 3, 2])


# -- what cannot be done


def test_what_cannot_be_differentiated(write):
    text = """
        def unbounded(x):
            while x < 10:
                x = x*x
            return x
    """
    result = show(write(text))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines()[:3] == [
        "f.py:2:11: error: the length of this loop depends on an argument",
        "    while x < 10:",
        "          ^^^^^^",
    ]
    assert "--at" in result.stderr


def test_the_others_are_shown_all_the_same(write):
    result = show(write(LOOPS))
    assert result.exit_code == 1
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


# -- as a process


def symdiff(*arguments, **environment):
    command = [sys.executable, "-m", "symdiff", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["show", "--help"], ["show"], ["show", "nowhere.py"]]
)
def test_nothing_heavy_is_imported_before_it_is_needed(arguments):
    script = (
        "import sys\n"
        "from symdiff.command.cli import main\n"
        "try:\n"
        f"    main({arguments!r}, prog_name='symdiff')\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'sympy', 'numpy', 'astor'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_the_command_runs_as_a_module():
    done = symdiff("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("symdiff ")
    assert symdiff("show", "nowhere.py").returncode == 2


def test_colour_is_for_terminals(write, monkeypatch):
    file = write(SIMPLE)
    plain = CliRunner().invoke(main, ["show", file])
    assert "\x1b" not in plain.stdout
    coloured = CliRunner().invoke(main, ["show", file], color=True)
    assert "\x1b[1m" in coloured.stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(main, ["show", file], color=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["random.py", "decimal.py", "numbers.py"])
def test_a_neighbour_does_not_hide_a_module_of_the_library(tmp_path, name):
    (tmp_path / name).write_text("broken = True\n")
    (tmp_path / "f.py").write_text("def f(x):\n    return x*x\n")
    code = (
        "import sys; sys.argv[1:] = ['show', sys.argv[1]]; "
        "from symdiff.command.cli import main; main()"
    )
    file = str(tmp_path / "f.py")
    run = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "2*x" in run.stdout


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
                pass
            return x

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
    assert "otherwise" in result.stdout
