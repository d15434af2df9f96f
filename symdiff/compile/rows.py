"""Rows of nested lists that are the same in all iterations of a loop, looked up before it.

A list of lists keeps its rows: what is written in compiled code are elements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from .checks import ALONE

Line = tuple[str, str | None]

_ROW = re.compile(r"\b(\w+)\[(\w+)\](?=\[)")
_NAMES = re.compile(r"\w+(?:, \w+)*")
_FOR = re.compile(r"for (.*?) in ")

_FEW = 2
"""A row of which fewer elements are named is looked up where they are."""


def rows_before(
    lines: Sequence[Line],
    head: str,
    nested: Collection[str],
    runs: str,
    namer: Callable[[str], str],
) -> tuple[list[Line], list[Line]]:
    """Lines that look rows up before a loop, and the lines of its body that name those.

    Only rows that every iteration reads: no place is looked up that no iteration asks for.

    Args:
        lines: of the body.
        head: of the loop.
        nested: the names of lists of lists.
        runs: a condition that holds if there is an iteration, or nothing if there is one.
        namer: makes names.

    >>> body = [("a[i][j]", "a[i][j] + a[k][j]")]
    >>> rows_before(body, "for j in range(n):", ["a"], "n > 0", str)
    ([('a_row', 'a[i] if n > 0 else ()')], [('a_row[j]', 'a_row[j] + a[k][j]')])
    """
    texts = [text for line in lines for text in line if text]
    found = Counter(match[0] for text in texts for match in _ROW.finditer(text))
    if not found:
        return [], list(lines)
    changed = {name for text in (head, *_targets(lines)) for name in _assigned(text)}
    always = {match[0] for text in _always(lines) for match in _ROW.finditer(text)}
    before: list[Line] = []
    names: dict[str, str] = {}
    for row, times in found.items():
        name, place = row[:-1].split("[")
        if times >= _FEW and name in nested and row in always and not changed & {name, place}:
            names[row] = namer(f"{name}_row")
            before.append((names[row], f"{row} if {runs} else ()" if runs else row))

    def named(text: str) -> str:
        return _ROW.sub(lambda match: names.get(match[0], match[0]), text)

    if not names:
        return [], list(lines)
    return before, [(named(t), s if s is None else named(s)) for t, s in lines]


def _targets(lines: Sequence[Line]) -> Iterator[str]:
    for target, source in lines:
        pieces = target.split("\n")
        yield from pieces[:-1]
        if source != ALONE or pieces[-1].strip().startswith(("del ", "for ")):
            yield pieces[-1]


def _assigned(text: str) -> list[str]:
    """The names that a line assigns or forgets, or the head of a loop does."""
    text = text.strip()
    loop = _FOR.match(text)
    if loop:
        text = loop[1]
    return re.findall(r"\w+", text) if _NAMES.fullmatch(text.removeprefix("del ")) else []


def _always(lines: Sequence[Line]) -> Iterator[str]:
    """The texts that are run in each iteration whatever it decides."""
    for target, source in lines:
        if "break" in target:
            return
        if "\n" in target or target.startswith(" ") or " if " in f"{source}":
            continue
        yield f"{target} = {source}"
