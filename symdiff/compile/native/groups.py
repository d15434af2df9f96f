"""Elementwise statements that share a loop in C: an array between them is a number an iteration.

A statement joins the last open group of its shape. An array of a group that something else reads
(a sum, a slice, a later group) is written to memory as the group's loop runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from ...operations.table.template import tree_of
from ...program.program import Aval, Var
from ...records import dataclass
from .arithmetic import Arithmetic
from .blocks import Blocks
from .values import KINDS, TYPES, Array, Buffer, Dim, Number, Shape, size_of, strides_of


@dataclass(slots=True, eq=False)
class Pending:
    """An array that a group computes; `array` once it has memory.

    It lies `elsewhere` if that is a part of what the one that reads it makes.
    """

    group: Group
    number: Number
    variables: list[Var] = field(default_factory=list)
    array: Array | None = None
    elsewhere: bool = False

    @property
    def shape(self) -> Shape:
        return self.group.shape

    @property
    def kind(self) -> str:
        return self.number.kind

    @property
    def hint(self) -> str:
        return self.variables[0].name if self.variables else "array"


@dataclass(slots=True, eq=False)
class Group:
    """The lines of an iteration over all places of a shape."""

    shape: Shape
    lines: list[str] = field(default_factory=list)
    loads: dict[tuple[str, tuple[str, ...]], tuple[str, Array]] = field(default_factory=dict)
    members: list[Pending] = field(default_factory=list)
    closed: bool = False


ONE = Dim("", 1)


@dataclass(slots=True)
class _Within:
    """Lines of a group, with names of the whole function."""

    group: Group
    blocks: Blocks

    def line(self, text: str) -> None:
        self.group.lines.append(text)

    def name(self, hint: str) -> str:
        return self.blocks.name(hint)


@dataclass(slots=True)
class GroupWriter(Blocks):
    """Writes elementwise statements of arrays."""

    groups: list[Group] = field(default_factory=list)
    last_reads: dict[Var, int] = field(default_factory=dict)
    number_of_statement: int = 0
    dims_by_text: dict[str, Dim] = field(default_factory=dict)

    free: bool = False  # whether lengths are left free: then no shape of the program's is certain
    in_place: bool = False  # whether the statement may write to its first operand
    copied: bool = False  # whether what it reads is copied at once

    # -- shapes

    def kind_of(self, aval: Aval) -> str:
        kind = KINDS.get(aval.dtype)
        if kind is None:
            raise self.refuse(f"{aval.dtype} has no native form")
        return kind

    def dims(self, aval: Aval) -> Shape:
        """The shape that the program says an array has, which must not be a free one."""
        if self.free and aval.shape:
            raise self.refuse("this has no native form for arrays of any length")
        return tuple([Dim("", n) for n in aval.shape])

    def shape_of(self, value: object) -> Shape:
        return value.shape if isinstance(value, Array | Pending) else ()

    def broadcast(self, shapes: Sequence[Shape]) -> Shape:
        """The common shape; lengths that are known when the function runs are compared then."""
        ndim = max(map(len, shapes), default=0)
        found = []
        for axis in range(-ndim, 0):
            dims = [s[axis] for s in shapes if len(s) >= -axis and s[axis] != ONE]
            for dim in dims[1:]:
                self.same(dims[0], dim)
            found.append(dims[0] if dims else ONE)
        return tuple(found)

    def same(self, first: Dim, second: Dim) -> None:
        """Have two lengths be the same."""
        if first == second:
            return
        if first.known and second.known:
            raise self.refuse(f"lengths {first} and {second} do not agree")
        self.line(f"if ({first} != {second}) goto miss;")

    def dim(self, number: Number) -> Dim:
        """A whole number as a length."""
        text = number.text
        if text.startswith("INT64_C("):
            return Dim("", int(text[8:-1]))
        return self.dims_by_text.get(text, Dim(text))

    def length(self, dim: Dim) -> Number:
        """A length as a whole number."""
        text = f"INT64_C({dim})" if dim.known else str(dim)
        self.dims_by_text[text] = dim
        return Number(text, "i")

    # -- statements

    def elementwise(self, code: object, values: Sequence[object], kind: str, var: Var) -> Pending:
        """An array computed place by place."""
        shape = self.broadcast([self.shape_of(v) for v in values])
        pendings = [v for v in values if isinstance(v, Pending) and v.array is None]
        for pending in pendings:
            if pending.shape != shape and pending.array is None:
                self.settle(pending)
        open_groups = [v.group for v in pendings if v.array is None]
        first = max([self.groups.index(g) for g in open_groups], default=0)
        group = next((g for g in reversed(self.groups[first:]) if g.shape == shape), None)
        if group is None:
            group = Group(shape)
            self.groups.append(group)
        operands = [self.element(v, group) for v in values]
        arithmetic = Arithmetic(_Within(group, self), elements=True)
        number = arithmetic.value(tree_of(code), operands, var.name)  # type: ignore[arg-type]
        number = arithmetic.as_kind(number, kind)
        pending = Pending(group, number, [var])
        group.members.append(pending)
        return pending

    def element(self, value: object, group: Group) -> Number:
        """What an iteration of a group reads of a value."""
        if isinstance(value, Number):
            return value
        if isinstance(value, Pending):
            if value.group is group:
                return value.number
            value = self.stored(value)
        assert isinstance(value, Array)
        ndim = len(group.shape)
        strides = ["0"] * (ndim - len(value.shape))
        strides += ["0" if d == ONE else s for d, s in zip(value.shape, value.strides, strict=True)]
        key = value.pointer, tuple(strides)
        known = group.loads.get(key)
        if known is None:
            seen = Array(value.pointer, value.kind, group.shape, tuple(strides), value.buffer)
            known = group.loads[key] = (self.name("at"), seen)
        return Number(known[0], value.kind)

    def uniform(self, number: Number, shape: Shape) -> Pending:
        """An array that has one number in all places."""
        group = Group(shape)
        self.groups.append(group)
        pending = Pending(group, number)
        group.members.append(pending)
        return pending

    def stored(self, pending: Pending) -> Array:
        """The memory of an array of a group; that of one that is open is filled when it closes."""
        if pending.array is None:
            assert not pending.group.closed, "its loop has been written"
            pending.array = self.new(pending.shape, pending.kind, pending.hint)
        return pending.array

    def redirected(self, pending: Pending, goal: Array) -> bool:
        """Have an array that only this statement reads be computed in the memory of another."""
        later = max([self.last_reads.get(v, -1) for v in pending.variables], default=-1)
        if pending.array is not None or later > self.number_of_statement:
            return False
        if pending.kind != goal.kind or pending.shape != goal.shape:
            return False
        pending.array, pending.elsewhere = goal, True
        return True

    def settle(self, pending: Pending) -> Array:
        """An array that has been computed by now."""
        array = self.stored(pending)
        if pending.group in self.groups:
            self.flush(self.groups.index(pending.group) + 1)
        return array

    def array_of(self, value: object) -> Array:
        if isinstance(value, Pending):
            return self.settle(value)
        assert isinstance(value, Array), value
        return value

    # -- loops

    def flush(self, count: int | None = None) -> None:
        """Write the loops of the first groups, or of all."""
        chosen = self.groups[:count]
        del self.groups[:count]
        for group in chosen:
            for member in group.members:
                last = max([self.last_reads.get(v, -1) for v in member.variables], default=-1)
                if last >= self.number_of_statement:
                    self.stored(member)
        for group in chosen:
            group.closed = True
            self.write_group(group)

    def write_group(self, group: Group) -> None:
        stores = [(m.array, m.number.text) for m in group.members if m.array is not None]
        if not stores:
            return
        loads = list(group.loads.values())
        arrays = [a for _, a in loads] + [a for a, _ in stores]
        heads, indexes = self.heads(group.shape, arrays)
        body = [
            f"const {TYPES[a.kind]} {name} = {a.pointer}[{at}];"
            for (name, a), at in zip(loads, indexes, strict=False)
        ]
        body += group.lines
        rest = indexes[len(loads) :]
        body += [f"{a.pointer}[{at}] = {text};" for (a, text), at in zip(stores, rest, strict=True)]
        self.nest(heads, body)

    def heads(self, shape: Shape, arrays: Sequence[Array]) -> tuple[list[str], list[str]]:
        """The heads of loops over a shape, and where each of some arrays is read in them."""
        flat = strides_of(shape)
        if all(a.strides == flat or set(a.strides) <= {"0"} for a in arrays):
            i = self.name("i")
            head = f"for (int64_t {i} = 0; {i} < {size_of(shape)}; ++{i}) {{"
            return [head], [i if a.strides == flat and flat else "0" for a in arrays]
        return self.nested(shape, arrays)

    def nested(self, shape: Shape, arrays: Sequence[Array]) -> tuple[list[str], list[str]]:
        """The same, of loops that are never flattened."""
        heads, names = [], []
        for dim in shape:
            i = self.name("i")
            heads.append(f"for (int64_t {i} = 0; {i} < {dim}; ++{i}) {{")
            names.append(i)
        indexes = []
        for array in arrays:
            terms = [
                i if s == "1" else f"{i}*({s})"
                for i, s, d in zip(names, array.strides, shape, strict=True)
                if s != "0" and d != ONE
            ]
            indexes.append(" + ".join(terms) or "0")
        return heads, indexes

    def nest(self, heads: Sequence[str], body: Sequence[str], apart: bool = True) -> None:
        """Loops in each other, and whether iterations of the innermost are independent."""
        for depth, head in enumerate(heads):
            if apart and depth == len(heads) - 1:
                self.line("    " * depth + "#pragma GCC ivdep")
            self.line("    " * depth + head)
        self.lines += ["    " * len(heads) + line for line in body]
        for depth in reversed(range(len(heads))):
            self.line("    " * depth + "}")

    # -- copies

    def fill(self, array: Array, text: str) -> None:
        heads, (at,) = self.heads(array.shape, [array])
        self.nest(heads, [f"{array.pointer}[{at}] = {text};"])

    def assign(self, target: Array, source: Array) -> None:
        """Copy one array to another of its shape, which does not overlap with it."""
        for one, other in zip(target.shape, source.shape, strict=True):
            self.same(one, other)
        if target.contiguous and source.contiguous and target.kind == source.kind:
            size = f"(size_t)({size_of(target.shape)})*sizeof({TYPES[target.kind]})"
            self.line(f"memcpy({target.pointer}, {source.pointer}, {size});")
            return
        heads, (to, of) = self.heads(target.shape, [target, source])
        self.nest(heads, [f"{target.pointer}[{to}] = {source.pointer}[{of}];"])

    def copy(self, array: Array, hint: str = "copy") -> Array:
        found = self.new(array.shape, array.kind, hint)
        self.assign(found, array)
        return found

    def copy_as(self, array: Array, kind: str, hint: str) -> Array:
        """A copy in which the elements are of a wider kind."""
        found = self.new(array.shape, kind, hint)
        self.assign(found, array)
        return found

    def compact(self, array: Array) -> Array:
        """An array whose elements lie one behind the other."""
        return array if array.contiguous else self.copy(array)

    def at(self, pointer: str, shape: Shape, kind: str, own: bool = False) -> Array:
        """The array at a pointer that is known to be right."""
        buffer = Buffer(pointer, size_of(shape), kind, own=own)
        return Array(pointer, kind, shape, strides_of(shape), buffer)


__all__ = ["GroupWriter", "Pending"]
