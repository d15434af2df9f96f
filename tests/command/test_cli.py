"""What `symdiff show` prints, and how it is called."""

from __future__ import annotations

import subprocess
import sys

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

    def keep(x):
        kept = []
        while x < 10:
            x = x*x
            kept.append(x)
        return x

    def unrolled(x, c):
        kept = []
        for _ in range(100):
            x = x + 0.01*math.sin(x)*c
            kept.append(x)
            kept.append(c)
        return x
"""


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


def test_a_large_form_is_shown_line_by_line(write):
    result = show(write(LOOPS) + ":unrolled")
    assert result.exit_code == 0
    assert fits(result.stdout)
    assert "operations" in result.stdout
    assert "f.py:23" in result.stdout
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
