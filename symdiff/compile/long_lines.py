"""The lines of large arrays: in as little memory as there can be, and where they are to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from ..operations.table.structural import Structural
from ..operations.table.template import Template, is_node
from ..optimize.doubles import with_tree
from ..program.program import Statement, Var, operand_aval
from ..records import dataclass
from .array_constants import LONG, ConstantLines
from .buffers import FUNCTIONS, buffered
from .checks import ALONE
from .homes import Homes
from .lifetimes import BUFFERED
from .scatters import scatter_lines
from .stacked import begin

_MANY = 2048
"""So many numbers are multiplied by an inverse rather than divided."""


@dataclass(slots=True)
class LongLines(ConstantLines):
    """Writes what a large array is computed by, operation by operation."""

    begun: set[Var] = field(default_factory=set)  # what is stacked, of which some rows are there
    homes: Homes = field(default_factory=lambda: Homes({}, {}))

    def at_home(self, operation: Template, statement: Statement) -> bool:
        """Compute a part of an array where it is to be; whether it is one."""
        target = statement.target
        assert target is not None
        home = self.homes.parts.get(target)
        if home is None:
            return False
        if home.made is not None:
            self.lines.append((home.array.name, home.made))
        row = f"{home.array.name}[{home.place}]"
        if self.at_length(operation, statement, None, row):
            return True
        self.lines.append((target.name, row))
        tree = operation.tree
        function = FUNCTIONS.get(tree[0]) if is_node(tree) else None
        if function is None:
            names = [self.operand(o) for o in statement.operands]
            self.lines.append((f"{target.name}[...]", self.of_arrays(operation, statement, names)))
            return True
        parts = []
        for part in tree[1:]:
            inner = with_tree(statement, part, statement.operands)
            assert isinstance(inner.operation, Template)
            names = [self.operand(o) for o in inner.operands]
            parts.append(self.of_arrays(inner.operation, inner, names))
        self.lines.append((f"numpy.{function}({', '.join([*parts, target.name])})", ALONE))
        return True

    def at_length(
        self, operation: Template, statement: Statement, free: int | None, row: str | None = None
    ) -> bool:
        """Write a large expression operation by operation, over what is not read again."""
        target, operands = statement.target, statement.operands
        assert target is not None
        aval = target.aval
        if self.careful or not self.lifetimes.reuses or aval.size < BUFFERED or not aval.shape:
            return False
        avals = [operand_aval(o) for o in operands]
        if any(a.dtype != "float64" for a in (aval, *avals) if not a.weak):
            return False
        named = self.constant_array if aval.size < LONG else None
        names = [
            self.operand(o) if named is None or not isinstance(o, float) else named(o)
            for o in operands
        ]
        row = row or begin(self, self.lifetimes.rows, target)
        loose = aval.size >= _MANY and self.seen is not None and target not in self.seen
        lines = buffered(
            operation,
            names,
            avals,
            target.name,
            aval.shape,
            free,
            self.namer,
            ALONE,
            row=row,
            named=named,
            loose=loose,
        )
        self.lines += lines or ()
        return lines is not None

    def put_together(
        self, operation: Structural, statement: Statement, names: Sequence[str]
    ) -> bool:
        """Write parts of an array into it, line by line."""
        target, params = statement.target, operation.params
        assert target is not None
        placed = self.homes.placed.get(target, ())
        if self.careful or target.aval.dtype != "float64":
            return False
        names = [
            self.constant_array(o) if isinstance(o, float) and o else name
            for o, name in zip(statement.operands, names, strict=True)
        ]
        lines = scatter_lines(
            target.name, names, params["indexes"], params["shape"], self.namer, ALONE, placed
        )
        self.lines += lines or ()
        return lines is not None
