"""Functions made from the text of a file, which is not run."""

from __future__ import annotations

import textwrap

import pytest
from click.testing import CliRunner

from symdiff.command.cli import main
from symdiff.command.unimported import Unimported


def read(tmp_path, text):
    file = tmp_path / "f.py"
    file.write_text(textwrap.dedent(text).lstrip("\n"))
    return Unimported(str(file), "_symdiff_read_here")


RAISES = "raise SystemExit('this file was run')\n"


def show(tmp_path, text, *options):
    (tmp_path / "f.py").write_text(RAISES + textwrap.dedent(text))
    return CliRunner().invoke(main, ["show", str(tmp_path / "f.py"), "--no-import", *options])


@pytest.mark.slow
def test_nothing_of_the_file_is_run(tmp_path):
    text = """
        import math
        import numpy as np
        from symdiff import grad

        RATE = 2*math.pi
        TABLE = [1.0, 2.0]

        def f(x):
            return RATE*x*TABLE[1]

        def g(x, k: float = 0.5):
            return f(x)*k + np.sin(x)
    """
    result = show(tmp_path, text)
    assert result.exit_code == 0, result.output
    assert "df/dx  = RATE*TABLE[1]" in result.output
    assert "dg/dx  = RATE*TABLE[1]*k + cos(x)" in result.output


@pytest.mark.slow
def test_decorated_functions_come_first(tmp_path):
    text = """
        import symdiff
        from symdiff import grad

        def helper(x):
            return x

        @grad(wrt="y")
        def f(x, y):
            return x*y**2

        @symdiff.grad
        def g(x):
            return helper(x)**3
    """
    result = show(tmp_path, text)
    assert "df/dy  = 2*x*y" in result.output
    assert "dg/dx  = 3*x**2" in result.output
    assert "helper(x)" not in result.output


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("from os import getcwd\ndef f(x): return x*len(getcwd())", "getcwd"),
        ("import helpers\ndef f(x): return helpers.scale*x", "helpers"),
        ("K = len('ab')\ndef f(x): return K*x", "K"),
        ("K = 1.0\nK = 2.0\ndef f(x): return K*x", "K"),
        ("K = 1.0\nif K:\n    K = 2.0\ndef f(x): return K*x", "K"),
        ("K = 1.0\ndef put():\n    global K\n    K = 2\ndef f(x): return K*x", "K"),
        ("for K in range(3): pass\ndef f(x): return K*x", "K"),
        ("with open('a') as K: pass\ndef f(x): return K*x", "K"),
        ("try:\n    pass\nexcept OSError as K: pass\ndef f(x): return K*x", "K"),
        ("class K:\n    a = 1\ndef f(x): return K.a*x", "K"),
        ("from os.path import *\ndef f(x): return len(join('a', 'b'))*x", "f"),
        ("from os.path import *\ndef f(x): return abs(x)", "f"),
        ("def f(x, k=len('ab')): return k*x", "f"),
        ("def twice(g): return g\n@twice\ndef f(x): return x", "f"),
        ("def h(x): return x\ndef h(x): return 2*x\ndef f(x): return h(x)", "h"),
        ("def sum(x): return x\nsum = max\ndef f(x): return sum([x])", "sum"),
        ("K = 10**10**10\ndef f(x): return K*x", "K"),
        ("K, L = 1, 2\ndef f(x): return K*x", "K"),
        ("def f(x):\n    def g(): return K*x\n    return g()\nK = [k for k in 'ab']", "K"),
    ],
)
def test_what_cannot_be_told_is_refused(tmp_path, text, unknown):
    (tmp_path / "f.py").write_text(text)
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py") + ":f", "--no-import"])
    assert result.exit_code == 1
    assert f"`{unknown}`" in result.output
    assert "f.py:" in result.output
    assert "--no-import" in result.output


def test_names_that_nobody_binds_are_builtins_or_missing(tmp_path):
    found = read(tmp_path, "def f(x): return abs(x)\ndef g(x): return missing*x\n")
    assert found.module.f(-2.0) == 2.0
    assert "g" in found.problems


def test_defaults_and_annotations_are_kept(tmp_path):
    text = "def f(x: float, /, y=(1, -2.5), *a, k: int = 3, **b): return x*y[1]*k\n"
    f = read(tmp_path, text).module.f
    assert f(2.0) == -15.0
    assert f.__annotations__ == {"x": "float", "k": "int"}


def test_a_file_that_is_no_python(tmp_path):
    (tmp_path / "f.py").write_text("def f(x:\n")
    result = CliRunner().invoke(main, ["show", str(tmp_path / "f.py"), "--no-import"])
    assert result.exit_code == 2
    assert "SyntaxError" in result.output
