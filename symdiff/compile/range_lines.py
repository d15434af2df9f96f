"""The lines that ask whether numbers from outside are very large or small.

Products of such numbers may be no floats on the way to a derivative that is one. Numbers are asked
for together, and last, as nothing else depends on it: where none is larger than a bound, and their
product is not smaller than what one tiny number and others at the bound give, none of them is tiny.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import field

from ..operations.runtime.pristine import MATH
from ..operations.runtime.ranges import HIGH, LOW, PIECE, SHORT
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..optimize.factors import Regrouped
from ..program.branches import Branch
from ..program.loops import Result
from ..program.outside import Check, Read
from ..program.program import Guard, Operation, Statement, Var
from ..records import dataclass
from .element_lines import ElementLines
from .squares import ORDINARY
from .warning import MOVING
from .wrapping import wrapping

_TOGETHER = 6
"""So many numbers are asked for at once, at most."""

_FEW = 12
"""From so many numbers of an array on, functions that go through a list take less time."""

_OF_NUMBERS = frozenset({"cast", "detach", "number"})

_LEAST = 2.0**-60
"""The product of numbers that are asked for together is seldom smaller than this."""


@dataclass(slots=True)
class RangeLines(ElementLines):
    """Writes lines that ask for the size of numbers and arrays."""

    watching: bool = False
    squares: bool = False  # whether squares tell the size of arrays, which may be infinite
    unasked: list[Var] = field(default_factory=list)
    powers: dict[Var, float] = field(default_factory=dict)  # exponents of what may be too large
    measured: Collection[Var] | None = None  # the inputs whose size matters; all, if there is none
    seen: Collection[Var] | None = None  # what is to be to the last bit; unknown if there is none

    def taken_in(self, var: Var, free: bool = False) -> None:
        if not self.watching or var.aval.dtype != "float64":
            return
        if self.measured is not None and var not in self.measured:
            return
        name, size = var.name, var.aval.size
        outside = self.lifetimes is self.whole
        if outside and (not var.aval.shape or (size <= SHORT and self.is_unpacked(var))):
            self.unasked.append(var)
            self.asked.add(var)
            return
        self.squares = self.squares or size > SHORT
        if SHORT < size <= PIECE and not free:
            low = size * LOW**2  # if the sum of squares is above, one of them is above
            squares = f"{name}.dot({name})" if var.aval.ndim == 1 else f"numpy.vdot({name}, {name})"
            test = f"{low} < {squares} < {HIGH**2} or rt.within_range({name})"
            self.tested(test, f"({test})")
        elif 1 < size <= SHORT:
            flat = name if var.aval.ndim == 1 else f"{name}.ravel()"
            self.ask_list(f"{flat}.tolist()", size, f"rt.within_range({name})")
        elif var.aval.shape:
            self.tested(f"rt.within_range({name})", f"rt.within_range({name})")
        else:
            self.ask([name])

    def ask_before(self, operation: Operation | None) -> None:
        """Ask for what has been put off, unless an operation is one that takes no time."""
        if operation is not None and _is_quick(operation):
            return
        names: list[str] = []
        for var in self.unasked:
            own = self.unpack(var) if var.aval.shape else [var.name]
            if len(own) >= _FEW:
                self.ask_list(f"[{', '.join(own)}]", len(own), f"rt.within_range({var.name})")
            else:
                names += own
        self.unasked.clear()
        count = math.ceil(len(names) / _TOGETHER)
        for k in range(count):
            self.ask(names[k::count])
        if self.powers:
            squares = " + ".join([f"{v.name}*{v.name}" for v in self.powers])
            pairs = ", ".join([f"({v.name}, {exponent})" for v, exponent in self.powers.items()])
            test = f"{squares} < {ORDINARY} or rt.powers({pairs})"
            self.tested(test, f"({test})")
            self.powers.clear()

    def ask_regrouped(self, regrouped: Sequence[Regrouped]) -> None:
        """Ask for products and quotients that were computed in another order."""
        if not regrouped:
            return
        several = []
        for part, operands in regrouped:
            several.append(f"({', '.join([part.name, *map(self.operand, operands)])},)")
        otherwise = f"rt.regrouped({', '.join(several)})"
        names = [part.name for part, _ in regrouped]
        if len(names) >= _FEW:
            self.ask_list(f"[{', '.join(names)}]", len(names), otherwise)
            return
        count = math.ceil(len(names) / _TOGETHER)
        for k in range(count):
            self.ask(names[k::count], f"rt.regrouped({', '.join(several[k::count])})")

    def ask_list(self, source: str, count: int, otherwise: str) -> None:
        """One condition for the numbers of a list, by functions that go through it in C.

        The smallest is not smaller than the product over a power of their length.
        """
        listed, length, size = map(self.namer, ("list_0", "length_0", "size_0"))
        high = min(HIGH, 2.0 ** math.floor(510 / (count - 1)))
        product, whole = self.function(MATH.prod, "prod"), self.function(MATH.hypot, "hypot")
        test = (
            f"({length} := {whole}(*({listed} := {source}))) < {high} and "
            f"{LOW**2}*{length}**{2.0 * (count - 1)} < ({size} := {product}({listed}))*{size}"
            f" or {otherwise}"
        )
        self.tested(f"({test})", f"({test})")

    def ask_whole(self, statement: Statement) -> None:
        """Ask whether whole numbers of NumPy's, computed as Python's own, would wrap around."""
        bound, asked = wrapping(statement)
        if asked:
            tests = [f"-{bound} < {var.name} < {bound}" for var in asked]
            test = f"{' and '.join(tests)} or rt.may_wrap_around()"
            self.tested(test, f"({test})")

    def ask(self, names: Sequence[str], otherwise: str = "") -> None:
        """One condition for several numbers, and what is asked where it does not hold."""
        if len(names) == 1:
            otherwise = otherwise or f"rt.within_range({names[0]})"
            test = f"{LOW**2} < {names[0]}*{names[0]} < {HIGH**2} or {otherwise}"
        else:
            otherwise = otherwise or f"rt.all_within_range({', '.join(names)})"
            high, low = bounds(len(names))
            product, size = "*".join(names), self.namer("size_0")
            if len(names) == 2:
                small = " + ".join([f"{name}*{name}" for name in names]) + f" < {high**2}"
            else:  # this takes as long as three products
                small = f"{self.function(MATH.hypot, 'hypot')}({', '.join(names)}) < {high}"
            test = f"{low**2} < ({size} := {product})*{size} and {small} or {otherwise}"
        self.tested(f"({test})", f"({test})")


def _is_quick(operation: Operation) -> bool:
    """Whether an operation takes no time, whatever the numbers are."""
    if isinstance(operation, Branch):
        return all(_is_quick(s.operation) for arm in operation.arms for s in arm.statements)
    if isinstance(operation, Structural):
        return operation.name in MOVING or operation.name in _OF_NUMBERS
    return isinstance(operation, Template | Check | Read | Guard | Result)


def bounds(count: int) -> tuple[float, float]:
    """A bound of numbers, and one of their product, below which one of them may be tiny.

    >>> high, low = bounds(5)
    >>> high == 2.0**22, low == LOW * high**4
    (True, True)
    """
    high = 2.0 ** math.floor(math.log2(_LEAST / LOW) / (count - 1))
    return high, LOW * high ** (count - 1)
