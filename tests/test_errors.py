"""Every error says what, where, why and what to do."""

from __future__ import annotations

import math
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

import symdiff
from symdiff import SymdiffError, errors, grad
from symdiff.errors import NonScalarError, StepLimitError, UnsupportedError, UnsupportedSyntaxError

WHERE = re.compile(r"^(?P<file>.+):(?P<line>\d+):(?P<column>\d+): error: (?P<what>.+)$", re.M)


def load(folder: Path, text: str) -> dict:
    """Write a file, run it as a module would, and return its names."""
    path = folder / "user_code.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    space: dict = {"__name__": "user_code", "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return space


def test_one_family() -> None:
    family = [c for c in vars(errors).values() if isinstance(c, type) and c is not SymdiffError]
    raised = [c for c in family if issubclass(c, Exception)]
    assert len(raised) >= 8
    assert all(issubclass(c, SymdiffError) for c in raised)


def test_unsupported_syntax_is_found_at_once_and_before_anything_runs(tmp_path: Path) -> None:
    space = load(
        tmp_path,
        """\
        ran = []

        def f(x):
            ran.append(1)
            async def first():
                return 1
            y = x * x
            exec("y = 3")
            async def second():
                await first()
            return y
        """,
    )
    with pytest.raises(UnsupportedSyntaxError) as caught:
        grad(space["f"])(2.0)
    assert space["ran"] == []
    error = caught.value
    lines = [p.where.line for p in error.problems if p.where]
    assert {5, 8, 9} <= set(lines)
    assert lines == sorted(lines)
    message = str(error)
    heads = WHERE.findall(message)
    assert len(heads) == len(error.problems)
    assert all(head[0].endswith("user_code.py") for head in heads)
    assert "async def first():" in message
    assert 'exec("y = 3")' in message


def test_the_form_of_a_message(tmp_path: Path) -> None:
    space = load(
        tmp_path,
        """\
        def f(x):
            y = x * 2
            return y + exec("3")
        """,
    )
    with pytest.raises(SymdiffError) as caught:
        grad(space["f"])(2.0)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{tmp_path / 'user_code.py'}:3:16: error: ")
    assert lines[1].strip() == 'return y + exec("3")'
    assert lines[2].strip() == "^" * len('exec("3")')
    assert lines[2].index("^") == lines[1].index("exec")
    assert any(line.startswith("  why: ") for line in lines)
    assert any(line.startswith("  try: ") for line in lines)


def test_columns_count_characters(tmp_path: Path) -> None:
    space = load(
        tmp_path,
        """\
        def f(ξ):
            ωωω = ξ * 2; return ωωω + exec("3")
        """,
    )
    with pytest.raises(SymdiffError) as caught:
        grad(space["f"])(2.0)
    _, line, carets = str(caught.value).splitlines()[:3]
    assert carets.index("^") == line.index("exec")


def opaque(x):
    return complex(x, 0.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: math.gcd(int(x), 4) * float(str(x)),
        lambda x: np.fft.fft(np.array([x, x]))[0].real,
        lambda x: float(f"{x:.3f}") * x,
        lambda x: abs(opaque(x)),
    ],
)
def test_nothing_active_is_silently_a_constant(f) -> None:
    """A derivative, or a refusal that points at the place: never a wrong zero."""
    refused: UnsupportedError | None = None
    found = 0.0
    try:
        found = grad(f)(2.5)
    except UnsupportedError as error:
        refused = error
    if refused is None:
        assert found != 0.0
    else:
        assert refused.where is not None
        assert refused.where.file == __file__
        assert WHERE.match(str(refused))


def test_non_scalar_result() -> None:
    def f(x):
        return x * x

    with pytest.raises(NonScalarError) as caught:
        grad(f)(np.ones((2, 3)))
    message = str(caught.value)
    assert "2" in message
    assert "3" in message
    assert "try:" in message
    assert isinstance(caught.value, TypeError)


def test_step_limit() -> None:
    def endless(x):
        while x > 0:
            x = x + 1
        return x

    with symdiff.step_limit(77), pytest.raises(StepLimitError) as caught:
        grad(endless)(1.0)
    match = WHERE.match(str(caught.value))
    assert match is not None
    assert int(match["line"]) == endless.__code__.co_firstlineno + 1
    assert "15400 times" in match["what"]
    assert "while x > 0:" in str(caught.value)
    assert "step_limit" in str(caught.value)


@pytest.mark.parametrize("limit", [0, -5])
def test_a_step_limit_must_be_positive(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        symdiff.set_step_limit(limit)


def test_an_argument_that_cannot_be_differentiated() -> None:
    for argument in ("text", None, ["a"], {"a": True}):
        with pytest.raises(SymdiffError):
            grad(lambda x: 2.0)(argument)


def test_the_users_own_errors_keep_their_traceback() -> None:
    def f(x):
        y = x * 2
        return y / 0

    with pytest.raises(ZeroDivisionError) as caught:
        grad(f)(1.0)
    assert any(entry.lineno + 1 == f.__code__.co_firstlineno + 2 for entry in caught.traceback)


def test_a_missing_name_is_pythons_own_error() -> None:
    def f(x):
        return x * not_defined_anywhere  # noqa: F821

    with pytest.raises(NameError, match="not_defined_anywhere"):
        grad(f)(1.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: float("{}".format(x)) * x,  # noqa: UP032
        lambda x: float("{v}".format(v=x)) * x,  # noqa: UP032
        lambda x: float("".join([str(x)])) * x,
        lambda x: float(f"{x}" + "0") * x,
        lambda x: float("0" + f"{x}") * x,
        lambda x: float(f"{x} 1".split()[0]) * x,
        lambda x: float(f"{x}"[:3]) * x,
        lambda x: float(f"{f'{x}'}") * x,
        lambda x: float(str(x).strip()) * x,
        lambda x: float(repr(x).replace("e", "e")) * x,
    ],
)
def test_a_float_read_back_from_text_is_refused(f) -> None:
    with pytest.raises(UnsupportedError, match="text"):
        grad(f)(0.75)


def test_an_integer_that_is_differentiated_by_is_no_count() -> None:
    def repeated(n: int, x: float) -> float:
        for _ in range(n):
            x = x * 2
        return x

    with pytest.raises(TypeError, match="integer") as caught:
        grad(repeated, "all")(3, 2.0)
    assert "`n` is differentiated by" in "".join(caught.value.__notes__)
    assert grad(repeated, "x")(3, 2.0) == 8.0
    with pytest.raises(TypeError, match="integer") as caught:
        grad(repeated, "x")(3.0, 2.0)
    assert not hasattr(caught.value, "__notes__")


class Problem(Exception):
    def __init__(self, value, more=1):
        super().__init__(value)
        self.value = value


class Worded(Problem):
    def __init__(self, value):
        super().__init__(f"it is {value}", more=2)


def test_an_exception_of_ones_own_carries_plain_numbers():
    def f(x):
        if x > 1:
            raise Worded(x * 2)
        try:
            raise Problem(x * 3)
        except Problem as problem:
            return problem.value * x

    g = grad(f)
    assert g(0.5) == 3.0
    for x in (2.0, 3.0):
        with pytest.raises(Worded) as caught:
            g(x)
        assert caught.value.args == (f"it is {2 * x}",)
        assert type(caught.value.value) is str
    with pytest.raises(Problem) as caught:
        grad(raises_problem)(2.0)
    assert caught.value.value == 4.0
    assert type(caught.value.value) is float


def raises_problem(x):
    raise Problem(x * x)


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: [x, 1j], "a complex"),
        (lambda x: {"a": x, "b": object()}, "an? object"),
        (lambda x: (x, {1.0}), "a set"),
        (lambda x: None, "nothing"),
    ],
)
def test_a_result_that_is_no_number_is_named(f, what):
    with pytest.raises(UnsupportedError, match=f"the function returns {what}") as caught:
        symdiff.jacobian(f)(1.5)
    assert "return a number" in str(caught.value)


def test_an_exception_about_an_object_that_holds_itself():
    class Node:
        pass

    def f(x):
        node = Node()
        node.me = [node]
        endless = [1.0]
        endless.append(endless)
        try:
            raise ValueError(node, endless, x)
        except ValueError as error:
            return x * 2 + len(error.args)

    assert symdiff.grad(f)(1.5) == 2.0
