"""The text that is compiled for small functions, whole: a change of it is to be looked at.

`pytest tests/compile/test_emitted.py --rewrite-golden` writes the texts anew; what has changed in
`tests/golden/emitted` then is read before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from symdiff.compile import function
from symdiff.compile.emit import Emitted
from symdiff.compile.function import Compiled

from .emitted import (
    arrays,
    branches,
    kinks,
    lengths,
    loops,
    matrices,
    memories,
    numbers,
    operators,
    outside,
    quotients,
    reads,
    scalars,
    solvers,
)
from .emitted.cases import CASES, Case

MODULES = (
    arrays,
    branches,
    kinks,
    lengths,
    loops,
    matrices,
    memories,
    numbers,
    operators,
    outside,
    quotients,
    reads,
    scalars,
    solvers,
)


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[str]:
    """What is compiled during a test; small arrays stand for larger ones but in `numbers`."""
    case = request.node.callspec.params.get("case")
    if case is None or not case.name.startswith("numbers-"):
        monkeypatch.setattr(function, "with_numbers", lambda program, own: program)
    found: list[str] = []
    compiled = function._compiled

    def noted(emitted: Emitted, *options: bool) -> Compiled:
        made = compiled(emitted, *options)
        found.append(made.source)
        return made

    monkeypatch.setattr(function, "_compiled", noted)
    return found


def test_the_cases_are_those_of_the_modules() -> None:
    assert {case.function.__module__ for case in CASES} == {module.__name__ for module in MODULES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_emitted(case: Case, texts: list[str], golden: Callable[[str, str], None]) -> None:
    for operator in case.operators:
        made = operator(case.function)
        texts.append(f"# {getattr(operator, '__name__', 'derivative')}\n")
        for arguments in case.calls:
            made(*arguments)
    golden(f"emitted/{case.name}", "\n".join(texts))
