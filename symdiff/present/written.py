"""A loop that writes the elements of an array one after another.

In an iteration `y[i] = f(y[i - 1], x[i])` what has been written before is a number that is carried,
and what has not been written yet is an element of what the array was before the loop. So such a
loop carries numbers alone, and gives a number in each iteration: the elements of the array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import sympy

from ..operations.table.structural import Structural
from ..program.loops import Loop
from ..program.program import FLOAT, INT, Operand, Program, Statement, Var
from ..records import dataclass
from .forms import Inside, Read, Unwritable
from .loop_forms import LoopForm
from .placing import turned
from .series import components, element
from .solving import affine
from .spans import chosen_within

_PLACE = (("place", 0),)
_FURTHEST = 8
"""So many elements back may be read."""


@dataclass
class _Array:
    """An array that is written to.

    Attributes:
        number: which of the values is carried.
        head: its variable at the head of an iteration.
        versions: its variables, the one at the head first, with the value last written.
        writes: the statements that write.
        reads: those that read elements, with the version that they read.
        at: the first place written, and by how much that moves.
        back: how far back elements are read.
        ahead: whether elements are read that are not yet written.
        value: what is written in an iteration.
    """

    number: int
    head: Var
    versions: list[Var]
    writes: list[Statement] = field(default_factory=list)
    reads: list[tuple[Statement, int]] = field(default_factory=list)
    at: tuple[Any, int] = (0, 1)
    back: int = 0
    ahead: bool = False
    value: Operand = None


def loop_form(
    s: Statement, operands: Sequence[Any], results: Mapping[int, Var], outer: Inside
) -> Any:
    """A loop of a program as expressions; see `LoopForm`."""
    loop = s.operation
    assert isinstance(loop, Loop)
    arrays = _written(loop)
    if not arrays:
        return LoopForm(s, operands, results, outer)
    return WrittenForm(s, operands, results, outer, arrays)


def _written(loop: Loop) -> list[_Array]:
    """The arrays that an iteration writes to."""
    found = []
    for k, var in enumerate(loop.body.inputs[: loop.carried]):
        if len(var.aval.shape) == 1 and loop.body.outputs[k] is not var:
            found.append(_Array(k, var, [var]))
    writes = any(s.operation.name == "setitem" for s in loop.body.statements)
    return found if writes else []


class WrittenForm:
    """A loop that writes to arrays, as expressions.

    Args:
        s: its statement.
        operands: the expressions of its operands.
        results: the variables of what it finds, by their numbers.
        outer: the program that it stands in.
        arrays: what it writes to.
    """

    def __init__(
        self,
        s: Statement,
        operands: Sequence[Any],
        results: Mapping[int, Var],
        outer: Inside,
        arrays: Sequence[_Array],
    ) -> None:
        loop = s.operation
        assert isinstance(loop, Loop)
        self.outer, self.context, self.results = outer, outer.context, results
        self.body, self.carried = loop.body, loop.carried
        self.first = list(operands[1 : 1 + loop.carried])
        self.vars = s.operands[1:]
        self.given = list(operands[1 + loop.carried :])
        self.arrays = list(arrays)
        for array in self.arrays:
            self._follow(array)
        self.k = sympy.Dummy("k", integer=True, nonnegative=True)
        self._places()
        self.kept = [k for k in range(loop.carried) if k not in {a.number for a in arrays}]
        self.before: list[tuple[_Array, int, Var]] = []  # what has been written before
        body, zs = self._parted()
        ahead = [a for a in self.arrays if a.ahead]
        firsts = [self._element_before(a, -d) for a, d, _ in self.before]
        inner = Statement(
            s.target,
            Loop(body, len(self.kept) + len(zs), 0, False, loop.until, loop.endless),
            (
                s.operands[0],
                *[self.vars[k] for k in self.kept],
                *zs,
                *self.vars[loop.carried :],
                *[self.vars[a.number] for a in ahead],
            ),
            s.span,
        )
        given = [
            operands[0],
            *[self.first[k] for k in self.kept],
            *firsts,
            *self.given,
            *[self.first[a.number] for a in ahead],
        ]
        numbers = {k: n for n, k in enumerate(self.kept)}
        wanted = {numbers[k]: v for k, v in results.items() if k in numbers}
        outs = [n for n, a in enumerate(self.arrays) if a.number in results]
        self.form = LoopForm(inner, given, wanted, outer, outs)
        self.zs = zs
        for array in self.arrays:
            self._check_within(array)
        self.context.assumed.note(self.form.count)

    # -- what an iteration does to arrays

    def _follow(self, array: _Array) -> None:
        """Find all that reads an array and writes to it."""
        versions = {array.head: 0}
        for s in self.body.statements:
            used = [o for o in s.operands if type(o) is Var and o in versions]
            if not used:
                continue
            operation, first = s.operation, s.operands[0]
            at_a_place = (
                isinstance(operation, Structural) and operation.params.get("index") == _PLACE
            )
            if not at_a_place or len(used) != 1 or first is not used[0]:
                raise Unwritable("a loop reads an array as a whole that it writes to")
            assert type(first) is Var
            assert s.target is not None
            if operation.name == "getitem":
                array.reads.append((s, versions[first]))
            elif operation.name == "setitem" and versions[first] == len(array.writes):
                array.writes.append(s)
                versions[s.target] = len(array.writes)
                array.versions.append(s.target)
            else:
                raise Unwritable("a loop writes to an array in another way than by elements")
        if self.body.outputs[array.number] is not array.versions[-1] or not array.writes:
            raise Unwritable("a loop hands on another array than it writes to")
        array.value = array.writes[-1].operands[1]

    def _places(self) -> None:
        """At which places arrays are read and written in an iteration."""
        body = self.body
        wanted: set[Any] = {o for k, o in enumerate(body.outputs[: self.carried]) if _is_int(o)}
        for array in self.arrays:
            wanted |= {s.operands[2] for s in array.writes}
            wanted |= {s.operands[1] for s, _ in array.reads}
        outputs = tuple([o for o in wanted if type(o) is Var])
        made, needed = [], set(outputs)
        for s in reversed(body.statements):
            if s.target in needed:
                made.append(s)
                needed |= {o for o in s.operands if type(o) is Var}
        arrays = {v for a in self.arrays for v in a.versions}
        if needed & arrays:
            raise Unwritable("an element is written at a place that is computed")
        counting = replace(body, statements=made[::-1], outputs=outputs)
        phis = [sympy.Dummy(v.name, real=True) for v in body.inputs[: self.carried]]
        inner = self.outer.inside(counting, [*phis, *self.given])
        at = {}
        for k, (phi, after) in enumerate(zip(phis, body.outputs, strict=False)):
            if _is_int(after):
                step = sympy.expand(inner.value(after) - phi)
                if not step.free_symbols & {*phis, self.k}:
                    at[phi] = self.first[k] + step * self.k

        def place(operand: Operand) -> Any:
            return sympy.expand(sympy.sympify(inner.value(operand)).xreplace(at))

        for array in self.arrays:
            first = place(array.writes[0].operands[2])
            found = affine(first, self.k)
            if found is None or found[0] not in (1, -1) or found[1].has(self.k, *phis):
                raise Unwritable("an element is written at a place that is computed")
            if any(place(s.operands[2]) != first for s in array.writes[1:]):
                raise Unwritable("an iteration writes to several places of an array")
            array.at = found[1], int(found[0])
            self._apart = getattr(self, "_apart", {})
            for s, _ in array.reads:
                apart = sympy.expand((first - place(s.operands[1])) * found[0])
                if not apart.is_Integer or apart > _FURTHEST:
                    raise Unwritable("an element is read at a place that is computed")
                self._apart[id(s)] = int(apart)
                array.back = max(array.back, int(apart))

    # -- the loop without arrays

    def _parted(self) -> tuple[Program, list[Var]]:
        """The body of a loop that carries numbers alone, and variables of those that are new."""
        body = self.body
        known: dict[Var, Operand] = {}
        left_out: set[int] = set()
        ahead: dict[int, Statement] = {}
        zs: list[Var] = []
        for array in self.arrays:
            own = [Var(array.head.name, FLOAT) for _ in range(array.back)]
            zs += own
            self.before += [(array, d + 1, z) for d, z in enumerate(own)]
            left_out |= {id(s) for s in array.writes}
            for s, version in array.reads:
                apart = self._apart[id(s)]
                assert s.target is not None
                if apart > 0:
                    known[s.target] = own[apart - 1]
                elif apart == 0 and version:
                    known[s.target] = array.writes[version - 1].operands[1]
                else:
                    array.ahead = True
                    ahead[id(s)] = replace_operand(s, array.head)
                    continue
                left_out.add(id(s))

        def of(operand: Operand) -> Operand:
            while type(operand) is Var and operand in known:
                operand = known[operand]
            return operand

        statements = []
        for s in body.statements:
            if id(s) not in left_out:
                s = ahead.get(id(s), s)
                made = tuple([of(o) for o in s.operands])
                statements.append(Statement(s.target, s.operation, made, s.span))
        nexts = [of(body.outputs[k]) for k in self.kept]
        values = {id(a): of(a.value) for a in self.arrays}
        for array, d, _ in self.before:
            found = [z for a, e, z in self.before if a is array and e == d - 1]
            nexts.append(found[0] if found else values[id(array)])
        outs = [values[id(a)] for a in self.arrays]
        inputs = (
            *[body.inputs[k] for k in self.kept],
            *zs,
            *body.inputs[self.carried :],
            *[a.head for a in self.arrays if a.ahead],
        )
        return replace(body, inputs=inputs, statements=statements, outputs=(*nexts, *outs)), zs

    def _element_before(self, array: _Array, d: int) -> Any:
        """An element of what an array was, counted from the first that is written."""
        return element(
            self.first[array.number], self._place_before(array, d), self.outer.shape_of, self._known
        )

    def _place_before(self, array: _Array, d: int) -> Any:
        first, step = array.at
        place = sympy.expand(first + step * d)
        if place.is_Integer and place < 0:  # counted from the end
            return self._size(array) + place
        return place

    @property
    def _known(self) -> Mapping[Any, Any]:
        return self.context.elements

    def _size(self, array: _Array) -> Any:
        return self.context.size(array.head.aval.shape[0])

    def _check_within(self, array: _Array) -> None:
        """An element that is written must be there."""
        first, step = array.at
        count = self.form.count if self.form.most is None else self.form.most
        last = sympy.expand(first + step * (count - 1))
        low, high = (first, last) if step == 1 else (last, first)
        left = sympy.expand(self._size(array) - 1 - high)
        if not (low.is_Integer and low >= 0 and left.is_Integer and left >= 0):
            raise Unwritable("an element may be written from the end, or beyond it")

    # -- values and cotangents

    def values(self) -> dict[int, Any]:
        """What the loop finds."""
        inner = self.form.values()
        found = {self.kept[n]: e for n, e in inner.items()}
        for n, array in enumerate(self.arrays):
            if array.number in self.results:
                found[array.number] = self._array(n, array)
        return found

    def _array(self, n: int, array: _Array) -> Any:
        """The array that the loop leaves."""
        m = sympy.Dummy(self.form.k.name, integer=True, nonnegative=True)
        size = self._size(array)
        turn, inside = self._turn(array, m)
        number = self._carries(array)
        if number is None:
            value = self.form.out(n, turn)
        else:  # the element before the first that is written is where the recurrence begins
            inside = self._turn(array, m, 1)[1]
            value = self.form.at(len(self.kept) + number, turn + 1)
        if inside is not True:
            before = element(self.first[array.number], m, self.outer.shape_of, self._known)
            value = sympy.Piecewise((value, inside), (before, True), evaluate=False)
        return components(value, m, size, array.head.aval.shape)

    def _carries(self, array: _Array) -> Any:
        """Which of the new numbers is the element that is written last; `None` for none."""
        found = [q for q, (a, d, _) in enumerate(self.before) if a is array and d == 1]
        form, first = self.form, len(self.kept)
        known = form.solutions if form.solved else form.told
        return found[0] if found and first + found[0] in known else None

    def _apart_from_last(self, array: _Array, m: Any, ct: Any) -> tuple[Any, Any]:
        """A cotangent, by element `m`, without what the element alone has that is written last."""
        ct = element(ct, m, self.outer.shape_of, self._known)
        if self._carries(array) is None:
            return ct, sympy.S.Zero
        first, step = array.at
        place = sympy.expand(first + step * (self.form.count - 1))
        others, last = [], sympy.S.Zero
        for term in sympy.Add.make_args(ct):
            factor, choice = term.as_independent(sympy.Piecewise, as_Add=False)
            one = isinstance(choice, sympy.Piecewise) and len(choice.args) == 2
            if one and choice.args[1][0] == 0 and choice.args[0][1] == sympy.Eq(m, place):
                last += (factor * choice.args[0][0]).xreplace({m: place})
            else:
                others.append(term)
        return sympy.Add(*others), last

    def _within(self, expr: Any) -> Any:
        """An expression of an iteration, without choices that all iterations make."""
        least = self.context.assumed.counts
        return chosen_within(expr, self.form.k, sympy.S.Zero, self.form.count, least)

    def _turn(self, array: _Array, m: Any, earlier: int = 0) -> tuple[Any, Any]:
        """The iteration that writes element `m`, and where there is one.

        Args:
            array: what is written to.
            m: the number of the element.
            earlier: so many elements before the first that is written count as well.
        """
        first, step = array.at
        first = sympy.expand(first - step * earlier)
        if first.is_Integer and first < 0:
            return self._turn(array, m)
        k, count = self.form.k, self.form.count + earlier
        return turned(first + step * k, k, count, m, self._size(array))

    def pull(self, cts: Mapping[int, Any]) -> tuple[list[tuple[Any, Any]], list[tuple[Read, Any]]]:
        """The cotangents of the operands, and of elements that the program around reads."""
        numbers = {k: n for n, k in enumerate(self.kept)}
        inner = {numbers[k]: ct for k, ct in cts.items() if k in numbers}
        seeds, elements = {}, {}
        for n, array in enumerate(self.arrays):
            ct = cts.get(array.number, sympy.S.Zero)
            if ct != 0:
                first, step = array.at
                m = sympy.Dummy(self.form.k.name, integer=True, nonnegative=True)
                ct, last = self._apart_from_last(array, m, ct)
                if last != 0:
                    number = len(self.kept) + self._carries(array)
                    inner[number] = inner.get(number, sympy.S.Zero) + last
                elements[n] = m, ct
                seeds[n] = self._within(ct.xreplace({m: first + step * self.form.k}))
        found, further = self.form.pull(inner, seeds)
        starts = dict.fromkeys(self.zs, sympy.S.Zero)
        ends = []
        for operand, ct in found:
            if type(operand) is Var and operand in starts:
                starts[operand] += ct
            else:
                ends.append((operand, ct))
        for n, array in enumerate(self.arrays):
            operand = self.vars[array.number]
            if type(operand) is not Var:
                continue
            m = sympy.Dummy(self.form.k.name, integer=True, nonnegative=True)
            left = sympy.S.Zero
            if n in elements:
                m, ct = elements[n]
                _, inside = self._turn(array, m)
                if inside is not True:
                    left = sympy.Piecewise((0, inside), (ct, True), evaluate=False)
            for a, d, z in self.before:
                if a is array and starts[z] != 0:
                    here = sympy.Eq(m, self._place_before(a, -d))
                    left += sympy.Piecewise((starts[z], here), (0, True), evaluate=False)
            if left != 0:
                shape = array.head.aval.shape
                ends.append((operand, components(left, m, self._size(array), shape)))
        return ends, further


def replace_operand(s: Statement, first: Operand) -> Statement:
    """A statement with another first operand."""
    return Statement(s.target, s.operation, (first, *s.operands[1:]), s.span)


def _is_int(operand: Operand) -> bool:
    return type(operand) is Var and operand.aval is INT
