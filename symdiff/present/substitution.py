"""The expression of each variable of a program, in the names of its inputs, each built once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from ..operations.table.entry import TABLE, ElementwiseEntry
from ..operations.table.nodes import no_distribution
from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template
from ..program.bodies import refuse_structured
from ..program.loops import Length
from ..program.outside import Read
from ..program.program import (
    Aval,
    Operand,
    Program,
    Statement,
    Var,
    format_operand,
    operand_aval,
)
from ..program.shapes import broadcast_shapes
from . import readable
from .expressions import ArrayOperation, Shape, array_operation, as_number, number, symbol
from .lengths import Counts

NO_COUNTS = Counts(None, 0, {})
"""Nothing is a matter of an assumed length."""


class Substitution:
    """The expression of every variable that is asked for, each built once.

    `shapes` holds the shape of every name and array operation: the shape that an expression has by
    itself, which may be smaller than that of the variable it is the value of.
    """

    def __init__(
        self,
        program: Program,
        counts: Counts = NO_COUNTS,
        length: Callable[[int], Any] = sympy.Integer,
        shapes: dict[Any, Shape] | None = None,
    ) -> None:
        refuse_structured(program, "the closed form")
        self.counts = counts
        self.length = length
        self.definitions = {s.target: s for s in program.statements if s.target is not None}
        self.known: dict[Any, Any] = {}
        self.shapes = {} if shapes is None else shapes
        self.known_elements: dict[Any, list[Any]] = {}
        self.arrays: dict[str, list[tuple[np.ndarray[Any, Any], Any]]] = {}
        self.names = _names_of_reads(program)
        for var in program.inputs:
            self.known[var] = self._leaf(var)

    def _leaf(self, var: Var) -> Any:
        leaf = symbol(self.names.get(var, var.name), var.aval.dtype == "bool")
        self.shapes[leaf] = var.aval.shape
        return leaf

    def expression(self, operand: Operand) -> Any:
        if type(operand) is not Var:
            return self._constant(operand)
        stack = [operand]
        while stack:
            var = stack[-1]
            statement = self.definitions.get(var)
            if var in self.known or statement is None:
                if var not in self.known:
                    self.known[var] = self._leaf(var)
                stack.pop()
                continue
            missing = [o for o in statement.operands if type(o) is Var and o not in self.known]
            if missing:
                stack += reversed(missing)
                continue
            self.known[var] = self._build(statement)
            stack.pop()
        return self.known[operand]

    def _build(self, statement: Statement) -> Any:
        operation, target = statement.operation, statement.target
        assert target is not None
        operands = [self._operand(statement, k) for k in range(len(statement.operands))]
        if isinstance(operation, Template):
            return _substitute(operation, operands)
        if isinstance(operation, Structural):
            return self._structural(operation, statement, operands)
        if isinstance(operation, Length):
            length, *given = operands
            if given:
                return given[0]
            return self.length(int(length)) if length.is_Integer else length
        return self._leaf(target)

    # -- constants

    def _operand(self, statement: Statement, k: int) -> Any:
        operand = statement.operands[k]
        if type(operand) is Var:
            return self.known[operand]
        counted = self.counts.constant(statement, k)
        return self._constant(operand) if counted is None else counted

    def _constant(self, value: Any) -> Any:
        array = np.asarray(value)
        if array.ndim == 0:
            return number(array.item(), literal=False)
        if array.size and (array == array.flat[0]).all():
            return number(array.flat[0].item(), literal=False)
        name = " ".join(format_operand(value).split())
        same = self.arrays.setdefault(name, [])
        for known, expr in same:
            if known.shape == array.shape and (known == array).all():
                return expr
        expr = symbol(name if not same else f"{name[:-1]} #{len(same) + 1}{name[-1:]}")
        same.append((array, expr))
        if array.ndim == 1 and array.size <= _SHORT_VECTOR:
            self.known_elements[expr] = [number(v.item(), literal=False) for v in array]
        self.shapes[expr] = array.shape
        return expr

    # -- whole arrays

    def shape(self, expr: Any) -> Shape:
        """The shape an expression has by the names and array operations in it."""
        found: Shape = ()
        stack = [expr]
        while stack:
            e = stack.pop()
            own = self.shapes.get(e)
            if own is None and isinstance(e, ArrayOperation):
                if e.is_of_shape_of_first:
                    stack.append(e.args[0])
                    continue
                own = e.aval.shape
            if own is None:
                stack += e.args
            elif own:
                found = broadcast_shapes(found, own)
        return found

    def _structural(self, operation: Structural, statement: Statement, operands: list[Any]) -> Any:
        target = statement.target
        assert target is not None
        avals = [operand_aval(o) for o in statement.operands]
        same = self._transparent(operation, target.aval, avals, operands)
        if same is not None:
            return same
        if operation.name == "scatter_add":
            placed = self._placed(operation, target.aval, avals, operands)
            if placed is not None:
                return placed
        if operation.name == "setitem":
            added = self._added(operation, statement, operands)
            if added is not None:
                return added
        if operation.name == "array" and len(target.aval.shape) == 1:
            return self._listed(target.aval, operands)
        if operation.name == "getitem" and isinstance(
            operands[0], sympy.core.relational.Relational
        ):
            return self._compared(operation, target.aval, avals[0], operands[0])
        whole = [self._whole(e, a.shape) for e, a in zip(operands, avals, strict=True)]
        whole = [as_number(e) if not isinstance(e, sympy.Symbol) else e for e in whole]
        factor, whole = _factored(_linear(operation, target.aval, avals), whole)
        describe = operation.describe
        return factor * self._apply(operation.name, operation, target.aval, describe, *whole)

    def _compared(self, operation: Structural, target: Aval, aval: Aval, test: Any) -> Any:
        """Elements of a comparison, as a comparison of elements: `x[0] > 1` for `(x > 1)[0]`."""
        sides, own = [], Aval.of(target.shape, "float64")
        for side in test.args:
            if not side.is_number:
                array = self._whole(side, aval.shape)
                side = self._apply("getitem", operation, own, operation.describe, array)
            sides.append(side)
        return test.func(*sides, evaluate=False)

    def _apply(self, title: str, key: Any, aval: Aval, describe: Any, *operands: Any) -> Any:
        applied = array_operation(title, key, aval, describe, *operands)
        self.shapes[applied] = aval.shape
        return applied

    def _whole(self, expr: Any, shape: Shape) -> Any:
        """An expression as an array of the given shape, written out where it is broadcast."""
        if self.shape(expr) == shape:
            return expr
        return self._apply(
            "broadcast_to",
            shape,
            Aval.of(shape, "float64"),
            lambda o: f"broadcast_to({o[0]}, {shape!r})",
            expr,
        )

    def _transparent(
        self, operation: Structural, target: Aval, avals: list[Aval], operands: list[Any]
    ) -> Any:
        """The operand itself, or a multiple, where the operation changes no element of it."""
        name = operation.name
        if name in ("zeros_like", "ones_like"):
            return sympy.Integer(int(name == "ones_like"))
        if name in ("fsum", "sum_of_floats"):
            return sympy.Add(*map(as_number, operands))
        if name not in _ONE_OPERAND or len(operands) != 1:
            return None
        expr, (aval,) = operands[0], avals
        own = self.shape(expr)
        if name == "cast":
            return expr if target.is_inexact or target.dtype == aval.dtype else None
        if name in ("broadcast_to", "copy"):
            return expr
        if name in ("reshape", "ravel", "squeeze", "expand_dims", "transpose", "item"):
            # A number stays one however it is laid out.
            return expr if own == () or target.shape == aval.shape == own == (1,) else None
        if name == "reshape" and target.shape == aval.shape:
            return expr
        if name == "transpose" and aval.ndim == 1:
            return expr
        if name == "sum" and own == () and target.shape != aval.shape:
            return as_number(expr) * self._times(aval, target)
        if name == "mean" and own == ():
            return as_number(expr)
        if name == "unbroadcast":
            return self._unbroadcast(as_number(expr), own, target, aval)
        return None

    # -- vectors that are known element by element

    def _placed(
        self, operation: Structural, target: Aval, avals: list[Aval], operands: list[Any]
    ) -> Any:
        """A number at one place of a vector of zeros, as a multiple of `onehot(place, length)`."""
        index = operation.params["index"]
        if len(operands) != 1 or len(target.shape) != 1 or avals[0].shape != ():
            return None
        if len(index) != 1 or type(index[0]) is not int:
            return None
        (length,) = target.shape
        return as_number(operands[0]) * self._onehot(index[0] % length, length)

    def _added(self, operation: Structural, statement: Statement, operands: list[Any]) -> Any:
        """What is added to one element of a vector, as a multiple of `onehot` beside the vector."""
        x, new, index = *statement.operands[:2], operation.params["index"]
        if len(operand_aval(x).shape) != 1 or len(index) != 1 or type(index[0]) is not int:
            return None
        add = self.definitions.get(new) if type(new) is Var else None
        if add is None or add.operation is not _SUM:
            return None
        old = self.definitions.get(add.operands[0]) if type(add.operands[0]) is Var else None
        if old is None or old.operation.name != "getitem" or old.operands != (x,):
            return None
        assert isinstance(old.operation, Structural)
        if old.operation.params["index"] != index:
            return None
        (length,) = operand_aval(x).shape
        part = as_number(self.expression(add.operands[1]))
        return as_number(operands[0]) + part * self._onehot(index[0] % length, length)

    def _listed(self, target: Aval, operands: list[Any]) -> Any:
        """A vector given number by number, as the sum of what stands at each place."""
        (length,) = target.shape
        numbers = [as_number(o) for o in operands]
        return sympy.Add(*[x * self._onehot(k, length) for k, x in enumerate(numbers) if x != 0])

    def _onehot(self, k: int, length: int) -> Any:
        one = self._apply(
            "onehot", (k, length), Aval.of((length,), "float64"), lambda o: f"onehot({k}, {length})"
        )
        self.known_elements[one] = [sympy.Integer(int(k == j)) for j in range(length)]
        return one

    def elements(self, expr: Any) -> list[Any] | None:
        """The elements of a short vector made of `onehot` and constants; else `None`."""
        known = self.known_elements
        if not isinstance(expr, sympy.Expr):
            return None
        shape = self.shape(expr)
        if len(shape) != 1 or not 0 < shape[0] <= _SHORT_VECTOR:
            return None
        arrays: set[Any] = set()
        stack = [expr]
        while stack:
            e = stack.pop()
            if e in known:
                arrays.add(e)
            elif self.shapes.get(e) == ():
                if any(inner in known for inner in sympy.preorder_traversal(e)):
                    return None
            elif e in self.shapes:
                return None
            else:
                stack += e.args
        if all(isinstance(e, sympy.Symbol) for e in arrays):
            return None
        return [expr.xreplace({e: known[e][k] for e in arrays}) for k in range(shape[0])]

    def vector(self, elements: list[Any]) -> Any:
        aval = Aval.of((len(elements),), "float64")
        return self._apply("vector", len(elements), aval, lambda o: f"[{', '.join(o)}]", *elements)

    def _times(self, aval: Aval, target: Aval) -> Any:
        """How many elements of an array go into each of a sum."""
        return self.counts.size(aval.shape) / self.counts.size(target.shape or (1,))

    def _unbroadcast(self, expr: Any, own: Shape, target: Aval, aval: Aval) -> Any:
        if target.shape == aval.shape:
            return expr
        times = self._times(aval, target)
        if broadcast_shapes(own, target.shape) == target.shape:
            return expr * times
        if target.shape != () and aval.shape[aval.ndim - target.ndim :] != target.shape:
            return self._kept_sum(expr, target, aval)
        lead = tuple(range(aval.ndim - target.ndim))
        axis = f", axis={lead[0] if len(lead) == 1 else lead!r}" if target.shape else ""
        factor, rest = _outside(expr, self)
        total = self._apply(
            "sum", lead, target, lambda o: f"sum({o[0]}{axis})", self._whole(rest, aval.shape)
        )
        return factor * total

    def _kept_sum(self, expr: Any, target: Aval, aval: Aval) -> Any:
        """A sum along axes that stay, with length one; `None` where axes go as well."""
        if target.ndim != aval.ndim:
            return None
        pairs = zip(target.shape, aval.shape, strict=True)
        axes = tuple([k for k, (one, many) in enumerate(pairs) if one != many])
        every = f"axis={axes[0] if len(axes) == 1 else axes!r}, " if len(axes) < aval.ndim else ""
        factor, rest = _outside(expr, self)
        total = self._apply(
            "sum",
            ("kept", axes),
            target,
            lambda o: f"sum({o[0]}, {every}keepdims=True)",
            self._whole(rest, aval.shape),
        )
        return factor * total


_SUM = Template.of((0, 1, "add"))

_SHORT_VECTOR = 8

_ONE_OPERAND = {
    "broadcast_to",
    "cast",
    "copy",
    "expand_dims",
    "item",
    "mean",
    "ravel",
    "reshape",
    "squeeze",
    "sum",
    "transpose",
    "unbroadcast",
}


def _names_of_reads(program: Program) -> dict[Var, str]:
    """What is read from outside is called as the user wrote it: `self.scale`, `table[0]`."""
    taken = {v.name for v in program.variables()}
    paths = [
        (s.target, str(s.operation.source))
        for s in program.statements
        if isinstance(s.operation, Read) and s.target is not None
    ]
    often = Counter(path for _, path in paths)
    return {v: path for v, path in paths if often[path] == 1 and path not in taken}


def _linear(operation: Structural, target: Aval, avals: list[Aval]) -> str:
    """In what an operation is linear; it is in nothing where it rounds to whole numbers."""
    rounds = not target.is_inexact and any(aval.is_inexact for aval in avals)
    return "" if rounds else operation.entry.linear


def _factored(linear: str, operands: list[Any]) -> tuple[Any, list[Any]]:
    """The numeric factor that a linear operation passes on, and its operands without it."""
    if linear == "joint" and len(operands) != 1:
        return sympy.S.One, operands
    if not linear or not all(isinstance(o, sympy.Expr) for o in operands):
        return sympy.S.One, operands
    pairs = [o.as_coeff_Mul() for o in operands]
    return sympy.Mul(*[c for c, _ in pairs]), [rest for _, rest in pairs]


def _outside(expr: Any, substitution: Substitution) -> tuple[Any, Any]:
    """The factors of an expression that are plain numbers, and the rest."""
    factors = sympy.Mul.make_args(expr)
    single = [f for f in factors if substitution.shape(f) == ()]
    rest = [f for f in factors if substitution.shape(f) != ()]
    return sympy.Mul(*single), sympy.Mul(*rest)


def _substitute(template: Template, operands: list[Any]) -> Any:
    """The expression of a template with expressions in place of its placeholders."""
    stack: list[Any] = []
    with no_distribution(False):
        for token in template.code:
            if isinstance(token, Literal):
                stack.append(number(token.value))
            elif isinstance(token, int):
                stack.append(operands[token])
            else:
                arity = _arity(token)
                taken = stack[len(stack) - arity :]
                del stack[len(stack) - arity :]
                stack.append(readable.apply(token, taken))
    return stack[-1]


def _arity(name: str) -> int:
    entry = TABLE.entries[name]
    assert isinstance(entry, ElementwiseEntry)
    return entry.arity
