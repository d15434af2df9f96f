"""What `symdiff show` prints of a function with loops that are kept: formulas with bounds.

`sum(sin(k*x) for k in range(n))` for a loop that adds up, its derivative with the same bound, and
for a loop without a closed form the recurrence, with that of its cotangents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy

from ..errors import TooLargeError
from ..program.loops import Loop
from ..program.program import Program, bodies_of
from ..records import dataclass
from .cases import cases_of
from .forms import Context, Line, Until, Unwritable
from .indices import finish, name_indices
from .lengths import Counts, CountsByValue, Lengths
from .looped import Looped
from .series import Components, Series, element
from .simplify import tidy
from .text import (
    Condition,
    format_cases,
    format_condition,
    format_expression,
    latex,
    latex_cases,
    latex_name,
    wrap,
)
from .ways import Path, check_scalar, chosen_inputs

_MOST_OPERATIONS = 100
_SHORT = 50


def has_loops(paths: Sequence[Path]) -> bool:
    """Whether some way through a function has a loop that is kept."""
    return any(bodies_of(s.operation) for p in paths for s in p.program.statements)


@dataclass
class _Way:
    """One way through a function: its value and derivatives, with all that they mean.

    Attributes:
        conditions: the decisions that lead there.
        rows: the formulas, by their labels.
        lines: the recurrences that they are made of.
        counts: what is assumed not to be negative.
        context: what it is put together with.
        indices: by label, the index of the element that a formula gives.
    """

    conditions: list[Condition]
    rows: list[tuple[str, Any]]
    lines: list[Any]
    counts: list[Any]
    context: Context
    indices: dict[str, Any]

    def finished(self) -> _Way:
        """The same as people read it."""
        context, rows = self.context, []
        for label, expr in self.rows:
            own = self.indices.get(label)
            if own is None:
                rows.append((label, finish(expr, context)))
                continue
            expr, symbol = name_indices(finish(expr, context), context.letters, own)
            rows.append((f"{label}[{symbol}]", expr))
        for label, expr in rows:
            if int(sympy.count_ops(expr)) > _MOST_OPERATIONS:
                raise TooLargeError(f"the formula for {label} is long")
        conditions = [(finish(t, context), outcome) for t, outcome in self.conditions]
        lines = [_finished(line, context) for line in self.lines]
        return _Way(conditions, rows, lines, self.counts, context, {})


def _raw_text(way: _Way) -> list[str]:
    """What makes a difference between two lengths."""
    texts = [f"{label} {format_expression(expr)}" for label, expr in way.rows]
    texts += [f"{format_expression(test)} {outcome}" for test, outcome in way.conditions]
    for line in way.lines:
        parts = (*line.tests,) if isinstance(line, Until) else (line.left, line.right)
        texts += [format_expression(e) for e in (*parts, line.count, line.k) if e is not None]
    return [*texts, *map(format_expression, way.counts)]


def formulas(
    name: str,
    variants: Sequence[Sequence[Program]],
    wrt: Sequence[str],
    lengths: Lengths,
    width: int,
    form: str,
    told: bool = True,
) -> str:
    """The formulas of a function with loops.

    Args:
        name: what the function is called.
        variants: the ways through it, at each length that was assumed.
        wrt: the arguments to differentiate with respect to.
        lengths: those lengths.
        width: of the terminal.
        form: `"text"` or `"latex"`.
        told: whether to tell how a loop goes that has no closed form and goes round a known,
            small number of times: without it, it is a formula.

    Raises:
        TooLargeError: a loop, or the function, has no form that can be read.
        ConcreteValueError: something depends on a length in a way that is not simple.
    """
    raw = [_ways(name, programs, wrt, _counts(lengths, k)) for k, programs in enumerate(variants)]
    if len({repr([_raw_text(way) for way in ways]) for ways in raw}) == 1:
        raw = raw[:1]
    elif not lengths.lengths:
        raise Unwritable("the formula depends on how many elements an array has")
    found = [[way.finished() for way in ways] for ways in raw]
    if not told and any(way.lines for way in found[0]) and _is_short(variants[0]):
        raise TooLargeError(f"{name} has a loop without a closed form")
    texts = [
        (_text(name, ways, width) if form == "text" else [_latex(name, ways)]) for ways in found
    ]
    if len({len(t) for t in texts}) != 1:
        raise lengths.refuse("what is computed")
    lines = [lengths.name(same) for same in zip(*texts, strict=True)]
    if form == "text" and lengths.assumption():
        lines += wrap(lengths.assumption(), width - 2)
    return "\n".join(lines)


def raises(
    kind: str, programs: Sequence[Program], lengths: Lengths, width: int, body: str
) -> list[str]:
    """Where a function with loops raises an exception of some kind, at each length.

    Args:
        kind: the name of the exception's class.
        programs: the way there, at each length.
        lengths: those lengths.
        width: of the terminal.
        body: what is shown already, and not told again.

    Raises:
        TooLargeError: what decides that has no form that can be read.
    """
    texts = []
    for k, program in enumerate(programs):
        letters = {v.name for v in program.inputs}
        context = Context(_counts(lengths, k), letters)
        looped = Looped(program, None, context)
        when = [(finish(t, context), outcome) for t, outcome in looped.conditions()]
        means = [_line(_finished(line, context)) for line in context.lines]
        where = " and ".join(map(format_condition, when))
        texts.append([f"raises {kind} where {where}", *means])
    if len(set(map(len, texts))) != 1:
        raise lengths.refuse("where it raises")
    lines = []
    known = " ".join(body.split())
    told = [lengths.name(same) for same in zip(*texts, strict=True)]
    for n, text in enumerate([t for t in told if " ".join(t.split()) not in known]):
        first, *rest = wrap(text, width - 2 - 8 * bool(n))
        lines += [("" if n == 0 else "  where " if n == 1 else "        ") + first]
        lines += ["        " * bool(n) + r for r in rest]
    return lines


def _is_short(programs: Sequence[Program]) -> bool:
    """Whether each loop goes round a known, small number of times."""
    counts = [
        s.operands[0] for p in programs for s in p.statements if isinstance(s.operation, Loop)
    ]
    return all(type(c) is int and c <= _SHORT for c in counts)


def _counts(lengths: Lengths, k: int) -> Counts:
    if not lengths.lengths:
        return CountsByValue.of(None, 0)
    return CountsByValue.of(lengths.symbol(), lengths.lengths[k])


def _ways(name: str, programs: Sequence[Program], wrt: Sequence[str], counts: Counts) -> list[_Way]:
    names: set[str] = set()
    known: dict[str, str] = {}
    found: list[_Way] = []
    for program in programs:
        way, context = _way(name, program, wrt, counts, set())
        own = {_name_of(line): str(line) for line in way.lines}
        others = [k for k, text in own.items() if known.get(k, text) != text]
        if others and all("_bar" in k for k in others):  # another end of the same loop
            way, context = _way(name, program, wrt, counts, set(), f"_bar{len(found) + 1}")
        elif others:
            way, context = _way(name, program, wrt, counts, names)
        known |= own
        names |= context.names | context.letters
        found.append(way)
    return found


def _name_of(line: Any) -> str:
    """What a line says what it is."""
    return format_expression(line.left if isinstance(line, Line) else line.count)


def _way(
    name: str,
    program: Program,
    wrt: Sequence[str],
    counts: Counts,
    names: set[str],
    bar: str = "_bar",
) -> tuple[_Way, Context]:
    chosen = chosen_inputs(program, wrt)
    check_scalar(program)
    letters = {v.name for v in program.inputs} | names
    context = Context(counts, letters, names=set(names), bar=bar)
    looped = Looped(program, None, context)
    (value,) = looped.outputs
    given, further = looped.pull([sympy.S.One])
    assert not further
    rows, indices = [(name, value)], {}
    for var in chosen:
        label, expr = f"d{name}/d{var.name}", given[var]
        if expr.has(Components):  # known element by element
            letter = min(str(c.args[1].name) for c in expr.atoms(Components))
            indices[label] = k = sympy.Dummy(letter, integer=True, nonnegative=True)
            expr = element(expr, k, looped.shape_of, context.elements)
        rows.append((label, expr))
    assumed = [c for c in context.assumed.counts if c != counts.symbol]
    if any(c.atoms(sympy.Dummy) for c in assumed):
        raise Unwritable("the count of a loop in a loop may be negative")
    conditions = looped.conditions()
    return _Way(conditions, rows, context.lines, assumed, context, indices), context


def _finished(line: Any, context: Context) -> Any:
    """A line with its index named."""
    if isinstance(line, Until):
        index = sympy.Symbol(_free(line.k.name, context), integer=True)
        tests = tuple(finish(t.xreplace({line.k: index}), context) for t in line.tests)
        return Until(line.count, index, tests)
    left, right, k = line.left, line.right, line.k
    if k is not None:
        index = sympy.Symbol(_free(k.name, context), integer=True, nonnegative=True)
        left, right, k = left.xreplace({k: index}), right.xreplace({k: index}), index
    return Line(left, finish(right, context), k, line.count, line.backward)


def _free(name: str, context: Context) -> str:
    from .indices import free_letter

    return free_letter(name, context.letters)


# -- text


def _together(ways: Sequence[_Way]) -> list[tuple[str, list[Any]]]:
    """The cases of each row."""
    split = [case for way in ways for case in _split(way)]
    labels = [label for label, _ in ways[0].rows]
    if any([label for label, _ in rows] != labels for _, rows in split):
        raise TooLargeError("the ways through the function have derivatives of different kinds")
    return [
        (label, _merged(cases_of([(when, rows[k][1]) for when, rows in split])))
        for k, label in enumerate(labels)
    ]


def _merged(cases: list[Any]) -> list[Any]:
    """Cases, without one that the formula before it holds for as well."""
    if len(cases) == 2 and len(cases[0][0]) == 1:
        (test, outcome), general = cases[0][0][0], cases[0][1]
        if outcome and isinstance(test, sympy.Ne) and test.lhs.is_Symbol:
            there = general.subs(test.lhs, test.rhs)
            if not there.has(sympy.nan, sympy.zoo) and sympy.simplify(there - cases[1][1]) == 0:
                return [([], general)]
    return cases


def _split(way: _Way) -> list[tuple[list[Condition], list[tuple[str, Any]]]]:
    """A way whose closed form has another formula where a factor is one, by that."""
    indices = {e.args[1] for _, expr in way.rows for e in expr.atoms(Series, Components)}
    names = {s.name for s in indices} | {label.partition("[")[2][:-1] for label, _ in way.rows}
    tests = {
        test
        for _, expr in way.rows
        for p in expr.atoms(sympy.Piecewise)
        for _, test in p.args[:-1]
        if isinstance(test, sympy.Eq) and test.rhs == 1 and not p.args[0][0].atoms(sympy.Dummy)
        if names.isdisjoint([s.name for s in test.free_symbols])
    }
    inner = {t for line in way.lines if isinstance(line, Line) for t in line.right.atoms(sympy.Eq)}
    if len(tests) != 1 or inner & tests:
        return [(way.conditions, way.rows)]
    (test,) = tests
    cases = []
    for outcome in (False, True):
        rows = [(label, _given(expr, test, outcome)) for label, expr in way.rows]
        condition = (test, True) if outcome else (sympy.Ne(test.lhs, 1), True)
        cases.append(([*way.conditions, condition], rows))
    return [cases[0], ([*way.conditions, (cases[0][0][-1][0], False)], cases[1][1])]


def _given(expr: Any, test: Any, outcome: bool) -> Any:
    """An expression where it is known how a test comes out."""
    chosen = {}
    for p in expr.atoms(sympy.Piecewise):
        if p.args[0][1] == test:
            chosen[p] = p.args[0][0] if outcome else p.args[1][0]
    expr = expr.xreplace(chosen)
    if outcome and test.lhs.is_Symbol:
        expr = expr.subs(test.lhs, 1)
    return tidy(expr)


def _text(name: str, ways: Sequence[_Way], width: int) -> list[str]:
    only = ways[0].conditions if len(ways) == 1 else []
    if only:
        ways = [replace(ways[0], conditions=[])]
    rows = _together(ways)
    widest = max(len(label) for label, _ in rows)
    texts = []
    for label, cases in rows:
        shown = format_cases(cases, indent=widest + 4, width=width - 2)
        texts.append(f"{label:<{widest}}  = {shown}")
    means = [_line(line) for way in ways for line in way.lines]
    means += [_at_least(c) for way in ways for c in _strongest(way.counts)]
    if only:
        means += [" and ".join(map(format_condition, only))]
    for k, part in enumerate(dict.fromkeys(means)):
        head = "where " if k == 0 else "      "
        first, *rest = wrap(part, width - 8)
        texts += [head + first, *["      " + r for r in rest]]
    return texts


def _line(line: Any) -> str:
    if isinstance(line, Until):
        tests = " or ".join(map(format_expression, line.tests))
        return f"{format_expression(line.count)} is the first {line.k} = 0, 1, ... with {tests}"
    text = f"{format_expression(line.left)} = {format_expression(line.right)}"
    if line.k is None:
        return text
    over = f"range({format_expression(line.count)})"
    return f"{text} for {line.k} in {f'reversed({over})' if line.backward else over}"


def _strongest(counts: Sequence[Any]) -> list[Any]:
    """Of counts that are not negative, those that do not follow from others."""
    found = []
    for k, c in enumerate(counts):
        less = [sympy.expand(c - other) for n, other in enumerate(counts) if n != k]
        if not any(e.is_Integer and e > 0 for e in less):
            found.append(c)
    return found


def _at_least(count: Any) -> str:
    """That a count is not negative, with its numbers on the right."""
    number, rest = count.as_coeff_Add()
    return f"{format_expression(rest)} >= {format_expression(-number)}"


def _latex(name: str, ways: Sequence[_Way]) -> str:
    rows = _together(ways)
    d = "d" if len(rows) == 2 else r"\partial"
    lines = []
    for label, cases in rows:
        left = latex_name(name)
        if label != name:
            variable = label.removeprefix(f"d{name}/d")
            base, _, index = variable.partition("[")
            below = latex_name(base) + (f"_{{{latex_name(index[:-1])}}}" if index else "")
            left = rf"\frac{{{d} {left}}}{{{d} {below}}}"
        lines.append(f"{left} = {latex_cases(cases)}")
    for way in ways:
        for line in way.lines:
            lines.append(_latex_line(line))
    for way in ways:
        for count in _strongest(way.counts):
            number, rest = count.as_coeff_Add()
            lines.append(rf"{latex(rest)} \ge {latex(-number)}")
    return "\n".join(dict.fromkeys(lines))


def _latex_line(line: Any) -> str:
    if isinstance(line, Until):
        tests = r" \vee ".join(map(latex, line.tests))
        k = latex(line.k)
        return rf"{latex(line.count)} = \min \left\{{ {k} \ge 0 : {tests} \right\}}"
    text = f"{latex(line.left)} = {latex(line.right)}"
    if line.k is None:
        return text
    k, last = latex(line.k), latex(line.count - 1)
    bounds = rf"{last}, \ldots, 0" if line.backward else rf"0, \ldots, {last}"
    return rf"{text}, \quad {k} = {bounds}"
