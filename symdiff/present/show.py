"""What `symdiff show` prints of one function: its formula and derivatives, case by case.

The paths through a function come in as programs; text goes out. Nothing is run but the arithmetic
of a point that was asked for.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..errors import ConcreteValueError, SourceSpan, TooLargeError
from ..optimize import remove_dead_code
from ..program.bodies import first_structured
from ..program.dimensions import Dimensions
from ..program.loops import makes_lengths
from ..program.program import (
    Guard,
    Program,
    Statement,
)
from .cases import cases_of
from .closed_form import closed_form, conditions, is_possible
from .described import described
from .formulas import shorter, written
from .kept import formulas, has_loops, raises
from .lengths import Counts, Lengths
from .point import values_at
from .source import python_source
from .steps import explained
from .symbols import Symbols, example, lines_of, operand_text
from .text import (
    Case,
    Condition,
    format_cases,
    format_condition,
    format_conditions,
    format_expression,
    latex_cases,
    latex_name,
    wrap,
)
from .ways import Derivatives, Path, differentiate_path

FORMATS = ("text", "latex", "python", "program", "steps")
_MOST_LINES = 40
_MOST_CONDITIONS = 8
_MOST_OPERATIONS = 50
"""A formula of more operations is not shown, since its program reads better."""


def show(
    name: str,
    paths: Sequence[Path],
    wrt: Sequence[str],
    *,
    form: str = "text",
    at: Mapping[str, Any] | None = None,
    width: int = 80,
    lengths: Sequence[int] = (),
    others: Sequence[Sequence[Path]] = (),
    by_line: bool = True,
    dimensions: Dimensions | None = None,
) -> str:
    """The formula and derivatives of a function, as text without a title.

    Args:
        name: what the function is called.
        paths: the ways through it.
        wrt: the arguments to differentiate with respect to.
        form: `"text"`, `"latex"`, `"python"`, `"program"` or `"steps"`.
        at: a point; where it gives every input, the values there are shown too.
        width: of the terminal.
        lengths: the length that arrays without a value were taken to have in `paths`, and in each
            of `others`; shown as `len(x)`.
        others: the same ways at other lengths.
        by_line: show line by line what is too large to read as a formula, and tell how a loop goes
            of which that might be one.
        dimensions: the shapes of arrays that have no value, in symbols, where these are not all
            vectors of one length; `paths` and `others` were made at the sizes that it names.

    Raises:
        TooLargeError: the formula is too large, and `by_line` is false.
        ConcreteValueError: Python that runs needs an array that has no value.
        NonScalarError: the result is not one number.
        UsageError: an argument cannot be differentiated with respect to.
    """
    short = name.rpartition(".")[2]
    raising = [[p for p in same if p.raised is not None] for same in (paths, *others)]
    paths, *others = [[p for p in same if p.raised is None] for same in (paths, *others)]
    if form == "steps":
        return explained([p.program for p in paths], wrt, at or {}, width)
    inputs = [v for path in paths for v in path.program.inputs]
    assumed = Lengths(inputs, at or {}, lengths)
    if dimensions is not None and not dimensions.sizes[0]:
        others, assumed.told = [], dimensions.text()
    elif dimensions is not None:
        every = [paths, *others]
        return _of_arrays(short, every, _variants(paths, wrt, others), form, width, dimensions)
    kept = has_loops(paths)
    if kept and form in ("text", "latex"):
        programs = [[p.program for p in same] for same in (paths, *others)]
        try:
            body = formulas(short, programs, wrt, assumed, width, form, told=by_line)
            return "\n".join([body, *_exceptions(raising, width, assumed, body)])
        except TooLargeError as error:
            if not by_line:
                raise
            head = textwrap.fill(f"{error.what}; line by line:", width - 2)
            body = show(
                name, paths, wrt, form="program", at=at, width=width, lengths=lengths, others=others
            )
            return f"{head}\n\n{body}"
    if any(makes_lengths(p.program) for p in paths):
        raise ConcreteValueError(
            f"the length of an array that {short} makes depends on an argument",
            why="there is no formula in which it is only a symbol",
        )
    variants = _variants(paths, wrt, others)
    if not assumed.lengths:
        variants = variants[:1]
    if len(set(map(len, variants))) != 1:
        raise assumed.refuse("how many ways there are")
    ways = variants[0]
    if form == "python":
        numbers = range(1, len(ways) + 1) if len(ways) > 1 else [0]
        texts = ["\n\n\n".join(map(_python, one, [short] * len(one), numbers)) for one in variants]
        return assumed.same(texts, "the Python")
    together = list(zip(*variants, strict=True))
    if form == "program":
        several = len(ways) > 1
        return "\n\n".join(_program(w, short, several, width, assumed) for w in together)
    try:
        make = {
            "latex": lambda: _latex(short, variants, assumed),
            "text": lambda: _text(short, variants, width, assumed),
        }
        only = [same[0] for same in (paths, *others)] if len(paths) == 1 else []
        first = [ways[0] for ways in variants]
        text = shorter(
            short, only[: len(variants)], first, form, width, assumed, lambda k: make[k]()
        )
        if form == "latex":
            return text
    except TooLargeError as error:
        if not by_line:
            raise
        several = len(ways) > 1
        lines = [_program(w, short, several, width, assumed, _MOST_LINES) for w in together]
        head = textwrap.fill(f"{error.what}; line by line:", width - 2)
        return "\n\n".join([head, *lines])
    notes = _exceptions(raising, width, assumed)
    return "\n".join([text, *notes, *values_at(short, ways, at or {}, width)])


def _of_arrays(
    name: str,
    paths: Sequence[Sequence[Path]],
    variants: Sequence[Sequence[Derivatives]],
    form: str,
    width: int,
    dimensions: Dimensions,
) -> str:
    """A function of arrays whose shapes are symbols: as a formula, or else line by line."""
    symbols = Symbols(dimensions)
    if len(set(map(len, variants))) != 1:
        raise symbols.refuse("how many ways there are")
    if form in ("text", "latex") and {len(same) for same in paths} == {1}:
        programs, ways = [same[0].program for same in paths], [same[0] for same in variants]
        with suppress(TooLargeError):
            found = written(name, programs, ways, form, width, dimensions, dimensions.text())
            if found is not None:
                return found.text
    if form not in ("text", "program"):
        raise ConcreteValueError(
            f"arrays of unknown shapes, which cannot be written as {form}",
            remedy=f'give values: --at "{example(dimensions)}"',
        )
    together = [list(map(_without_dead_code, same)) for same in zip(*variants, strict=True)]
    bodies = [_program(same, name, len(together) > 1, width, symbols) for same in together]
    return "\n\n".join([*bodies[:-1], "\n".join([bodies[-1], *wrap(dimensions.text(), width - 2)])])


def _without_dead_code(way: Derivatives) -> Derivatives:
    return replace(way, program=remove_dead_code(way.program))


def _exceptions(
    raising: Sequence[Sequence[Path]], width: int, lengths: Lengths, body: str = ""
) -> Iterable[str]:
    """Where the function raises what."""
    if len(set(map(len, raising))) != 1:
        raise lengths.refuse("where it raises")
    for same in zip(*raising, strict=True):
        if has_loops(same):
            kind = type(same[0].raised).__name__
            yield from raises(kind, [p.program for p in same], lengths, width, body)
            continue
        when = [conditions(path.program) for path in same]
        if all(map(is_possible, when)):
            kind = type(same[0].raised).__name__
            where = lengths.name(list(map(_some, when)))
            yield from wrap(f"raises {kind} where {where}", width - 2)


def _variants(
    paths: Sequence[Path], wrt: Sequence[str], others: Sequence[Sequence[Path]]
) -> list[list[Derivatives]]:
    """The ways through a function, differentiated, at each length that was assumed.

    A way whose conditions cannot hold (`0*x > 1`) is none.
    """
    variants = []
    for same in (paths, *others):
        ways = [differentiate_path(path.program, wrt) for path in same]
        variants.append([w for w in ways if is_possible(w.conditions)] or ways)
    return variants


# -- formulas


def _text(
    name: str, variants: Sequence[Sequence[Derivatives]], width: int, lengths: Lengths
) -> str:
    only = variants[0][0].conditions if len(variants[0]) == 1 else []
    where = lengths.name([_some(ways[0].conditions) for ways in variants]) if only else ""
    if only:
        variants = [[replace(ways[0], conditions=[])] for ways in variants]
    rows = [_written(rows, lengths) for rows in _together(name, variants, lengths)]
    widest = max(len(label) for label, _ in rows)
    indent = widest + 4
    texts = [
        f"{label:<{widest}}  = {format_cases(cases, indent=indent, width=width - 2)}"
        for label, cases in rows
    ]
    if only:
        texts += wrap(f"where {where}", width - 2)
    if lengths.assumption():
        texts += wrap(lengths.assumption(), width - 2)
    return "\n".join(texts)


def _written(rows: Sequence[tuple[str, list[Case]]], lengths: Lengths) -> tuple[str, list[Case]]:
    """The same row at several lengths as one, with its cases as text."""
    cases = [row for _, row in rows]
    if len({tuple(len(when) for when, _ in row) for row in cases}) != 1:
        raise lengths.refuse("what is computed")
    found: list[Case] = []
    for same in zip(*cases, strict=True):
        whens = zip(*[when for when, _ in same], strict=True)
        conditions_met = [(lengths.name(list(map(format_condition, w))), True) for w in whens]
        texts = [format_expression(value) for _, value in same]
        found.append((conditions_met, lengths.name(texts)))
    return rows[0][0], found


def _some(conditions_met: Sequence[Condition]) -> str:
    """Conditions joined by `and`; of many, the first and the last."""
    if len(conditions_met) <= _MOST_CONDITIONS:
        return format_conditions(conditions_met)
    first, last = format_conditions(conditions_met[:2]), format_conditions(conditions_met[-2:])
    return f"{first} and ... ({len(conditions_met) - 4} more) and {last}"


_Row = tuple[str, list[Case]]


def _together(
    name: str, variants: Sequence[Sequence[Derivatives]], lengths: Lengths
) -> list[tuple[_Row, ...]]:
    """For each formula its row at each length."""
    ways = list(zip(*variants, strict=True))
    counts = list(zip(*[lengths.counts([v.program for v in w]) for w in ways], strict=True))
    rows = [_rows(name, v, c) for v, c in zip(variants, counts, strict=True)]
    return list(zip(*rows, strict=True))


def _rows(name: str, ways: Sequence[Derivatives], counts: Sequence[Counts]) -> list[_Row]:
    values = [
        (w.conditions, closed_form(w.program, 0, simplify=False, counts=c))
        for w, c in zip(ways, counts, strict=True)
    ]
    rows = [(name, cases_of(values))]
    for k, variable in enumerate(_names(ways)):
        forms = (
            (w.conditions, _formula(w.program, k + 1, c)) for w, c in zip(ways, counts, strict=True)
        )
        rows.append((f"d{name}/d{variable}", cases_of(forms)))
    return rows


def _formula(program: Program, output: int, counts: Counts) -> Any:
    import sympy

    expr = closed_form(program, output, simplify=output > 0, counts=counts)
    operations = int(sympy.count_ops(expr))
    if operations > _MOST_OPERATIONS:
        raise TooLargeError(f"the closed form of {program.name} has {operations} operations")
    return expr


def _names(ways: Sequence[Derivatives]) -> tuple[str, ...]:
    return ways[0].names if ways else ()


def _latex(name: str, variants: Sequence[Sequence[Derivatives]], lengths: Lengths) -> str:
    names = _names(variants[0])
    d = "d" if len(names) == 1 else r"\partial"
    lines = []
    for k, rows in enumerate(_together(name, variants, lengths)):
        left = latex_name(name)
        if k:
            left = rf"\frac{{{d} {left}}}{{{d} {latex_name(names[k - 1])}}}"
        right = lengths.name([latex_cases(cases) for _, cases in rows])
        lines.append(f"{left} = {right}")
    return "\n".join(lines)


# -- programs


def _when(way: Derivatives) -> str:
    return format_conditions(way.conditions)


def _python(way: Derivatives, name: str, number: int) -> str:
    doc = f"The value of {name}, then its derivative with respect to {', '.join(way.names)}."
    title = f"{name}_derivative"
    if number and way.conditions:
        doc += "".join(f"\n\nWhere {part}" for part in textwrap.wrap(f"{_when(way)}.", 64))
        title += f"_{number}"
    return python_source(way.program, title, doc).rstrip("\n")


def _program(
    same: Sequence[Derivatives],
    name: str,
    several: bool,
    width: int,
    lengths: Lengths,
    most: int | None = None,
) -> str:
    way = same[0]
    rows, outputs, decisions = _rows_of(same, lengths)
    left_out = 0
    if most is not None and len(rows) > most:
        half = most // 2
        left_out = len(rows) - 2 * half
        note = f"... {left_out:,} more lines; `--format program` shows them"
        rows = [*rows[:half], (note, ""), *rows[-half:]]
    labels = [name, *(f"d{name}/d{v}" for v in way.names)]
    for label, output in zip(labels, outputs, strict=True):
        if label != output:
            rows.append((f"{label} = {output}", ""))
    when = decisions or lengths.name(list(map(_when, same))) if several else ""
    lines = [f"where {part}" for part in wrap(when, width - 8)] if several else []
    room = width - 2 - max((len(place) + 4 for _, place in rows if place), default=0)
    pieces = [(_wrapped(text, room if place else width - 2), place) for text, place in rows]
    widest = max((len(parts[-1]) for parts, place in pieces if place), default=0)
    for parts, place in pieces:
        lines += parts[:-1]
        lines.append(f"{parts[-1]:<{widest}}  # {place}" if place else parts[-1])
    return "\n".join(lines)


def _rows_of(
    same: Sequence[Derivatives], lengths: Lengths
) -> tuple[list[tuple[str, str]], list[str], str]:
    """The lines of a program with the place in the source of each, and what it gives.

    With loops or branches, the decisions that it is for as well.
    """
    if first_structured(same[0].program) is None:
        shown = [[s for s in w.program.statements if _is_shown(s)] for w in same]
        if len(set(map(len, shown))) != 1:
            raise lengths.refuse("what is computed")
        rows = [row for own in zip(*shown, strict=True) for row in _lines(own, lengths)]
        given = zip(*[w.program.outputs for w in same], strict=True)
        return rows, [lengths.name(list(map(operand_text, o))) for o in given], ""
    told = [described(w.program) for w in same]
    if len({len(lines) for lines, _, _ in told}) != 1:
        raise lengths.refuse("what is computed")
    rows = []
    for own in zip(*[lines for lines, _, _ in told], strict=True):
        *before, last = lengths.name([text for text, _ in own]).split("\n")
        rows += [(text, "") for text in before]
        rows.append((last, own[0][1]))
    outputs = [lengths.name(texts) for texts in zip(*[o for _, o, _ in told], strict=True)]
    return rows, outputs, lengths.name([" and ".join(tests) for _, _, tests in told])


def _wrapped(text: str, width: int) -> list[str]:
    """A line in several, as deep as it is."""
    bare = text.lstrip(" ")
    depth = " " * (len(text) - len(bare))
    return [depth + part for part in wrap(bare, width - len(depth))]


def _lines(same: Sequence[Statement], lengths: Lengths) -> Iterable[tuple[str, str]]:
    """A statement at each length as lines, with the place in the source of each."""
    spelled = [list(lines_of(s)) for s in same]
    if len(set(map(len, spelled))) != 1:
        raise lengths.refuse("what is computed")
    for lines in zip(*spelled, strict=True):
        yield lengths.name([text for text, _ in lines]), _place(lines[0][1])


def _place(span: SourceSpan | None) -> str:
    return f"{span.file.rpartition('/')[2]}:{span.line}" if span else ""


def _is_shown(statement: Statement) -> bool:
    guard = statement.operation
    if isinstance(guard, Guard):
        return guard.kind in ("truth", "equal")
    return guard.name != "check"
