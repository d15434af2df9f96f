"""What is remembered of a template is forgotten with it: new functions leave nothing for ever."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from symdiff.differentiate import powers
from symdiff.operations.table.template import Literal, Template
from symdiff.present import expressions, size
from symdiff.program.interning import LATEST

pytestmark = pytest.mark.sampled(every=3)

MEMOS: dict[str, Callable[[Template], Any]] = {
    "square_of": lambda t: powers.square_of(t, frozenset()),
    "powers_of": lambda t: powers.powers_of(t, frozenset()),
    "unknown_powers_of": lambda t: powers.unknown_powers_of(t, frozenset()),
    "size": size._of_template,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MEMOS)
def test_templates_are_let_go(name: str) -> None:
    made = []
    first = 1e6 * list(MEMOS).index(name) + 0.125  # templates that no other memo has seen
    for k in range(3 * LATEST):
        template = Template.of((0, Literal.of(first + k), "mul"))
        MEMOS[name](template)
        made.append(weakref.ref(template))
    del template
    gc.collect()
    assert sum(ref() is not None for ref in made) <= LATEST + 1


@pytest.mark.parametrize("memo", [expressions.is_atomic, expressions._precedence_of_text])
def test_texts_are_let_go(memo: Any) -> None:
    for k in range(2 * LATEST):
        memo(f"x + {k}")
    assert memo.cache_info().currsize <= LATEST
