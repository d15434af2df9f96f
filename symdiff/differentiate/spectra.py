"""Functions of a matrix, found where they are put together: `V @ diag(f(w)) @ V.T`.

Where eigenvalues meet, the vectors are not functions of the matrix, but such a product is, and a
rotation `U @ V.T` is one of a matrix with equal singular values. Sums of products (`networks.py`)
are looked at in which two of the factors are vectors of one factorization, by what is summed up
over these: if nothing else but diagonals has that axis, they are a function of the matrix, which is
differentiated as a whole (`operations/linalg/matrix_functions.py`). What is made of it besides, its
diagonal, a trace, a product with a vector, is differentiated as being made of that. The diagonal
has to be a function of each value by itself, whose slope is had by a forward sweep over its
statements.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template
from ..program.program import Operand, Program, Statement, Var, one_of_each, operand_aval
from ..records import dataclass
from .activity import active_variables
from .diagonals import Diagonals, Jvp
from .networks import (
    Axis,
    Factor,
    Network,
    contraction,
    diagonal,
    elementwise,
    matmul,
    moved,
    multiplied,
    on_diagonal,
    single,
)

_OF_SYMMETRIC = frozenset({"eigh_factors", "scipy_eigh_factors"})
_OF_ANY = frozenset({"svd_factors", "scipy_svd_factors"})
_FACTORS = _OF_SYMMETRIC | _OF_ANY
_VALUES = frozenset({"eigh_values", "singular_values"})
_ROW = ("...", 0, ("slice", None, None, None))
_ROWS = (_ROW, (0,))

_Term = tuple[Operand, tuple[Axis, ...]]


@dataclass(frozen=True, slots=True)
class _Function:
    """`left @ diag(function) @ right.T`, of the vectors of one factorization."""

    made: Statement
    left: Factor
    right: Factor
    sources: list[Var]
    """The row of values, and other variables that have the values of the matrix."""
    function: Operand
    chain: list[Statement]

    @property
    def symmetric(self) -> bool:
        return self.made.operation.name in _OF_SYMMETRIC


def with_spectra(program: Program, wrt: Sequence[Var], jvp: Jvp) -> Program:
    """The program in which functions of a matrix know that they are."""
    if not any(s.operation.name in _FACTORS for s in one_of_each(program)):
        return program
    rewriting = _Rewriting(active_variables(program, wrt), set(wrt), _with_vectors(program), jvp)
    for statement in program.statements:
        rewriting.take(statement)
    return Program(
        program.name, program.inputs, rewriting.statements, program.outputs, program.extra
    )


def _with_vectors(program: Program) -> set[Var]:
    """Of what more is read, for an output or an effect, than its first row: of the vectors."""
    needed = {o for o in program.outputs if type(o) is Var}
    found: set[Var] = set()
    for statement in reversed(program.statements):
        if statement.target is not None and statement.target not in needed:
            continue
        read = [o for o in statement.operands if type(o) is Var]
        needed.update(read)
        operation = statement.operation
        if operation.name != "getitem" or operation.params["index"] not in _ROWS:  # type: ignore[attr-defined]
            found.update(read)
    return found


class _Rewriting(Diagonals):
    """The statements so far, and which of their targets are products of vectors and diagonals."""

    def __init__(self, active: set[Var], ends: set[Var], read: set[Var], jvp: Jvp) -> None:
        super().__init__(ends, jvp)
        self.read = read
        self.active = active
        self.packed: dict[Var, Statement] = {}
        self.values: dict[Var, Var] = {}  # the row of values of each factorization
        self.networks: dict[Var, Network] = {}
        self.alone: list[tuple[Operand, Var]] = []  # the values of each matrix

    def take(self, statement: Statement) -> None:
        target, operation = statement.target, statement.operation
        if target is None or target in self.ends:
            self.statements.append(statement)
            return
        self.span, self.hint = statement.span, target.name
        network: Network | None = None
        if isinstance(operation, Template):
            network = self._product(operation, statement)
        elif isinstance(operation, Structural):
            network = self._network(operation, statement)
        first = statement.operands[0] if statement.operands else None
        if type(first) is Var and self.values.get(first) is target:
            statement = self._by_values(statement)
        known = self._closed(network, statement) if network and target in self.active else None
        self.statements.append(known or statement)
        self.definitions[target] = known or statement
        if network and not known:
            self.networks[target] = network

    # -- products

    def _network(self, operation: Structural, statement: Statement) -> Network | None:
        name, operands = operation.name, statement.operands
        target = statement.target
        assert target is not None
        if name in _FACTORS:
            if target.aval.ndim == 2 and target in self.active:
                self.packed[target] = statement
            return None
        if name in _VALUES:
            self.alone.append((operands[0], target))
            return None
        if name == "getitem" and operands[0] in self.packed and len(operands) == 1:
            return self._part(operation, operands[0], target)
        if name == "scatter_add" and target.aval.ndim == 2:
            return diagonal(operands[0]) if _on_diagonal(operation, operands) else None
        if not any(type(o) is Var and o in self.networks for o in operands):
            return None
        if name == "matmul":
            return matmul(self._of(operands[0]), self._of(operands[1]))
        if name == "contraction":
            return contraction([*map(self._of, operands)], operation.params["subscripts"])
        if len(operands) == 1:
            return moved(self._of(operands[0]), operation, target.aval.shape)
        if name == "getitem" and _is_diagonal(
            operation, operands, operand_aval(operands[0]).shape[0]
        ):
            return on_diagonal(self._of(operands[0]))
        return None

    def _of(self, operand: Operand) -> Network:
        known = self.networks.get(operand) if type(operand) is Var else None
        return known or single(operand)

    def _part(self, operation: Structural, packed: Var, target: Var) -> Network | None:
        index = operation.params["index"]
        made = self.packed[packed]
        if index in _ROWS:
            self.values[packed] = target
            self.alone.append((made.operands[0], target))
            return None
        parts: dict[Any, str] = {(("slice", 1, None, None),): "v"}
        if made.operation.name in _OF_ANY:
            m = operand_aval(made.operands[0]).shape[-2]
            parts = {(("slice", 1, m + 1, None),): "u", (("slice", m + 1, None, None),): "v"}
        side = parts.get(index)
        if not side:
            return None
        axes = (Axis(target.aval.shape[0]), Axis(target.aval.shape[1]))
        return Network((Factor(target, axes, (packed, side)),), axes)

    def _product(self, template: Template, statement: Statement) -> Network | None:
        """The network of a product of networks and of anything else."""
        target, operands = statement.target, statement.operands
        assert target is not None
        places = [k for k, o in enumerate(operands) if type(o) is Var and o in self.networks]
        if not places:
            return None
        parts = multiplied(template.tree, frozenset(places))
        if parts is None:
            return None
        read, others = parts
        n = target.aval.ndim
        factors = [self._factor(tree, operands) for tree in others]
        spreads = {_spread(operand_aval(f).shape, n) for f in factors} - {()}
        if len(spreads) == 1:  # a number and an array are one factor
            whole = others[0]
            for tree in others[1:]:
                whole = ("mul", whole, tree)
            factors = [self._factor(whole, operands)]
        return elementwise([*(self._of(operands[k]) for k in read), *map(single, factors)])

    def _factor(self, tree: Any, operands: tuple[Operand, ...]) -> Operand:
        code: list[Any] = []
        read: list[Operand] = []

        def walk(node: Any) -> None:
            if isinstance(node, tuple) and not isinstance(node, Literal):
                for child in node[1:]:
                    walk(child)
                code.append(node[0])
            elif type(node) is int:
                if not any(o is operands[node] for o in read):
                    read.append(operands[node])
                code.append(next(k for k, o in enumerate(read) if o is operands[node]))
            else:
                code.append(node)

        walk(tree)
        if not read:
            return Template.of(tuple(code)).evaluate()
        return self.elementwise(Template.of(tuple(code)), tuple(read), "factor")

    def _by_values(self, statement: Statement) -> Statement:
        """Values of which nobody reads the vectors, as those of a matrix without vectors."""
        packed, target = statement.operands[0], statement.target
        assert target is not None
        if packed in self.read or target not in self.active:
            return statement
        made = self.packed[packed]
        value = self.emit(statement.operation, statement.operands)
        name = "eigh_values" if made.operation.name in _OF_SYMMETRIC else "singular_values"
        alone = self.apply(name, made.operands[0])
        self.alone.append((made.operands[0], alone))
        return Statement(target, _VALUED, (value, alone), statement.span)

    # -- what closes a product

    def _closed(self, network: Network, statement: Statement) -> Statement | None:
        """The statement, differentiated by the functions of matrices that it is made of."""
        counted: dict[Axis, list[Factor]] = {}
        for factor in network.factors:
            if factor.vectors:
                counted.setdefault(factor.axes[-1], []).append(factor)
        kept = [axis for axis in network.axes if axis]
        if not counted or len({*kept}) != len(kept) or not counted.keys().isdisjoint(kept):
            return None
        rest = [f for f in network.factors if f.axes and not f.vectors]
        numbers = [f for f in network.factors if not f.axes]
        found = []
        for axis, pair in counted.items():
            scales = [f for f in rest if axis in f.axes]
            rest = [f for f in rest if axis not in f.axes]
            one = any(f.axes != (axis,) for f in scales) or any(f.axes[0] in counted for f in pair)
            function = None if one else self._function(pair, [*numbers, *scales])
            if function is None:
                return None
            found.append(function)
            numbers = []
        value = self.emit(statement.operation, statement.operands)
        target = statement.target
        assert target is not None
        if not rest and len(found) == 1 and not _is_complex(found[0].function):
            (function,) = found
            rows = (function.left.axes[0], function.right.axes[0])
            if network.axes == rows or (network.axes == rows[::-1] and function.symmetric):
                return Statement(target, *self._known(function, value), statement.span)
            if network.axes == rows[::-1]:
                turned = Structural.of("transpose", axes=None)
                across = self.emit(turned, (value,))
                whole = self.emit(*self._known(function, across))
                return Statement(target, turned, (whole,), statement.span)
        terms: list[_Term] = [(self._matrix(f), (f.left.axes[0], f.right.axes[0])) for f in found]
        terms += [(self._shaped(f.operand, f.axes), f.axes) for f in rest]
        parts = self.apply("reshape", self._summed(terms, kept), shape=target.aval.shape)
        if operand_aval(parts).dtype != target.aval.dtype:
            return None
        return Statement(target, _VALUED, (value, parts), statement.span)

    def _function(self, pair: list[Factor], scales: list[Factor]) -> _Function | None:
        """A function of a matrix, if two factors are vectors of that and the others its values."""
        if len(pair) != 2 or pair[0].vectors is None or pair[1].vectors is None:
            return None
        (packed, side), (other, across) = pair[0].vectors, pair[1].vectors
        made = self.packed[packed]
        if packed is not other or (made.operation.name in _OF_ANY) == (side == across):
            return None
        left, right = pair if side != "v" or across == "v" else pair[::-1]
        n = packed.aval.shape[-1]
        values = self.values.get(packed)
        if values is None:
            values = self.apply("getitem", packed, index=_ROW)
            self.values[packed] = values
        function: Operand = np.ones(n, packed.aval.dtype)
        for scale in scales:
            diagonal = self._shaped(scale.operand, scale.axes)
            function = self.apply("mul", function, diagonal)
        sources = [values, *(v for a, v in self.alone if a is made.operands[0])]
        chain = self.chain(sources, function)
        return None if chain is None else _Function(made, left, right, sources, function, chain)

    def _known(self, f: _Function, value: Operand) -> tuple[Structural, tuple[Operand, ...]]:
        """A function of a matrix with a value, and with what its derivative needs."""
        matrix, values, left = f.made.operands[0], f.sources[0], f.left.operand
        if f.symmetric:
            if self.moves_besides(f.chain, f.sources):
                function, slope = self.with_slopes(f.chain, f.sources, f.function, 1)
                operands = (value, matrix, values, left, function, slope)
                return Structural.of("of_symmetric"), operands
            own = self.with_slopes(f.chain, f.sources, f.function, 2)
            still = self.with_still_values(f.chain, f.sources, f.function)
            operation = Structural.of("whole_of_symmetric")
            return operation, (value, matrix, values, left, *still, *own)
        function, slope = self.with_slopes(f.chain, f.sources, f.function, 1)
        patched = not self.reaches(values, function) and any(
            self.reaches(v, function) for v in f.sources[1:]
        )
        operation = Structural.of("of_singular", patched=patched)
        return operation, (value, matrix, values, left, f.right.operand, function, slope)

    # -- sums of products

    def _matrix(self, f: _Function) -> Operand:
        if _is_complex(f.function):
            return self.apply("complex_of", self._component(f, "real"), self._component(f, "imag"))
        row = self.apply("reshape", f.function, shape=(1, operand_aval(f.function).shape[0]))
        scaled = self.apply("mul", f.left.operand, row)
        across = self.apply("transpose", f.right.operand, axes=None)
        return self.emit(*self._known(f, self.apply("matmul", scaled, across)))

    def _component(self, f: _Function, name: str) -> Operand:
        """Of a complex function of a real matrix, the real or imaginary part."""
        function = self.apply(name, f.function)
        chain = self.chain(f.sources, function)
        assert chain is not None
        return self._matrix(replace(f, function=function, chain=chain))

    def _shaped(self, operand: Operand, axes: Sequence[Axis]) -> Operand:
        shape = tuple(axis.size for axis in axes)
        same = operand_aval(operand).shape == shape
        return operand if same else self.apply("reshape", operand, shape=shape)

    def _summed(self, terms: list[_Term], kept: list[Axis]) -> Operand:
        """The sum of a product over all axes but some, two factors at a time."""
        operand, axes = terms.pop(0)
        while terms:
            near = [k for k, (_, these) in enumerate(terms) if not {*axes}.isdisjoint(these)]
            other, these = terms.pop(near[0] if near else 0)
            wanted = {*kept, *(a for _, those in terms for a in those)}
            output = [a for a in dict.fromkeys((*axes, *these)) if a in wanted]
            operand = self._einsum([(operand, axes), (other, these)], output)
            axes = tuple(output)
        return operand if axes == tuple(kept) else self._einsum([(operand, axes)], kept)

    def _einsum(self, terms: list[_Term], output: list[Axis]) -> Operand:
        letters = {a: string.ascii_letters[k] for k, a in enumerate(_all_axes(terms))}
        names = ["".join(letters[a] for a in axes) for axes in (*(t[1] for t in terms), output)]
        subscripts = f"{','.join(names[:-1])}->{names[-1]}"
        return self.apply("einsum", subscripts, *(o for o, _ in terms))


_VALUED = Template.of((0, 1, "valued"))


def _is_complex(operand: Operand) -> bool:
    return operand_aval(operand).dtype.startswith("complex")


def _all_axes(terms: list[_Term]) -> list[Axis]:
    return list(dict.fromkeys(a for _, axes in terms for a in axes))


def _spread(shape: tuple[int, ...], n: int) -> tuple[int, ...]:
    """Along which of n axes an array is broadcast to has a length of its own."""
    return tuple(k + n - len(shape) for k, size in enumerate(shape) if size != 1)


def _on_diagonal(operation: Structural, operands: Sequence[Operand]) -> bool:
    """Whether elements are put on the diagonal of a matrix."""
    shape = operand_aval(operands[0]).shape
    whole = len(shape) == 1 and operation.params["shape"] == (*shape, *shape)
    return whole and _is_diagonal(operation, operands, shape[0])


def _is_diagonal(operation: Structural, operands: Sequence[Operand], n: int) -> bool:
    if operation.params["index"] != (("array", 0), ("array", 1)) or len(operands) != 3:
        return False
    return all(type(o) is not Var and np.array_equal(o, np.arange(n)) for o in operands[1:])
