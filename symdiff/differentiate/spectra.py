"""Functions of a matrix, found where they are put together: `V @ diag(f(w)) @ V.T`.

Where eigenvalues meet, the vectors are not functions of the matrix, but such a product is, and a
rotation `U @ V.T` is one of a matrix with equal singular values. A product of the vectors of one
factorization, with diagonal matrices between them, is followed through transposes, scalings by
columns and products of matrices; what closes it is differentiated as a whole
(`operations/linalg/matrix_functions.py`). The diagonal has to be a function of each value by
itself, whose slope is had by a forward sweep over its statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..operations.table.structural import Structural
from ..operations.table.template import Literal, Template, tree_of
from ..program.program import Operand, Program, Statement, Var, one_of_each, operand_aval
from .activity import active_variables
from .diagonals import Diagonals, Jvp

_FACTORS = frozenset({"eigh_factors", "svd_factors"})
_VALUES = frozenset({"eigh_values", "singular_values"})
_ALL = ("slice", None, None, None)
_ROW = ("...", 0, _ALL)


@dataclass(frozen=True, slots=True)
class _Vectors:
    """A matrix of the vectors of one factorization, `"u"` or `"v"`, perhaps transposed."""

    packed: Var
    side: str
    var: Var
    turned: bool = False


@dataclass(frozen=True, slots=True)
class _Diagonal:
    """A diagonal matrix, by its diagonal."""

    var: Operand


_Form = tuple[Any, ...]


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
        if operation.name != "getitem" or operation.params["index"] != _ROW:  # type: ignore[attr-defined]
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
        self.forms: dict[Var, _Form] = {}
        self.alone: list[tuple[Operand, Var]] = []  # the values of each matrix

    def take(self, statement: Statement) -> None:
        target, operation = statement.target, statement.operation
        if target is None or target in self.ends:
            self.statements.append(statement)
            return
        self.span, self.hint = statement.span, target.name
        form: _Form | None = None
        if isinstance(operation, Template):
            form = self._scaled(operation, statement)
        elif isinstance(operation, Structural):
            form = self._form(operation, statement)
        first = statement.operands[0] if statement.operands else None
        if type(first) is Var and self.values.get(first) is target:
            statement = self._by_values(statement)
        whole = self._closed(form) if form else None
        if whole is not None and target in self.active:
            statement = self._known(statement, *whole)
            form = None
        self.statements.append(statement)
        self.definitions[target] = statement
        if form:
            self.forms[target] = form

    # -- forms

    def _form(self, operation: Structural, statement: Statement) -> _Form | None:
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
        if name == "transpose" and operands[0] in self.forms and target.aval.ndim == 2:
            if operation.params.get("axes") in (None, (1, 0)):
                return _transposed(self.forms[operands[0]])
            return None
        if name == "scatter_add" and target.aval.ndim == 2:
            return self._diagonal(operation, statement)
        if name == "matmul":
            one, other = (self.forms.get(o) if type(o) is Var else None for o in operands)
            return (*one, *other) if one and other else None
        if name == "contraction":
            return self._contracted(operation, operands)
        return None

    def _part(self, operation: Structural, packed: Var, target: Var) -> _Form | None:
        index = operation.params["index"]
        made = self.packed[packed]
        if index == _ROW:
            self.values[packed] = target
            self.alone.append((made.operands[0], target))
            return None
        parts: dict[Any, str] = {(("slice", 1, None, None),): "v"}
        if made.operation.name == "svd_factors":
            m = operand_aval(made.operands[0]).shape[-2]
            parts = {(("slice", 1, m + 1, None),): "u", (("slice", m + 1, None, None),): "v"}
        side = parts.get(index)
        return (_Vectors(packed, side, target),) if side else None

    def _diagonal(self, operation: Structural, statement: Statement) -> _Form | None:
        operands = statement.operands
        if operation.params["index"] != (("array", 0), ("array", 1)) or len(operands) != 3:
            return None
        n = operand_aval(operands[0]).shape
        rows, columns = operands[1:]
        if type(rows) is Var or type(columns) is Var or operation.params["shape"] != (*n, *n):
            return None
        line = np.arange(n[0]) if len(n) == 1 else None
        if line is None or not (np.array_equal(rows, line) and np.array_equal(columns, line)):
            return None
        return (_Diagonal(operands[0]),)

    def _contracted(self, operation: Structural, operands: tuple[Operand, ...]) -> _Form | None:
        """`einsum("ij,j,kj->ik", V, d, V)`, in any letters and any order."""
        inputs, _, output = operation.params["subscripts"].partition("->")
        terms = inputs.split(",")
        matrices = [(t, o) for t, o in zip(terms, operands, strict=True) if len(t) == 2]
        vectors = [(t, o) for t, o in zip(terms, operands, strict=True) if len(t) == 1]
        if len(matrices) != 2 or len(output) != 2 or len(matrices) + len(vectors) != len(terms):
            return None
        forms = [self.forms.get(o) if type(o) is Var else None for _, o in matrices]
        (one, other) = (t for t, _ in matrices)
        shared = set(one) & set(other)
        if len(shared) != 1 or None in forms or any(t not in shared for t, _ in vectors):
            return None
        (letter,) = shared
        if letter in output:
            return None
        left = forms[0] if one[1] == letter else _transposed(forms[0])  # type: ignore[arg-type]
        right = forms[1] if other[0] == letter else _transposed(forms[1])  # type: ignore[arg-type]
        assert left is not None
        assert right is not None
        form = (*left, *[_Diagonal(o) for _, o in vectors], *right)
        first = one.replace(letter, "")
        return form if output[0] == first else _transposed(form)

    def _scaled(self, template: Template, statement: Statement) -> _Form | None:
        """The form of a product of one matrix that has a form and what scales its columns."""
        target, operands = statement.target, statement.operands
        places = [k for k, o in enumerate(operands) if type(o) is Var and o in self.forms]
        if len(places) != 1 or template.code.count(places[0]) != 1 or target is None:
            return None
        place = places[0]
        tree = _without(tree_of(template.code), place)
        if tree is None:
            return None
        form = self.forms[operands[place]]
        if template.code == (place,):
            return form
        columns = operand_aval(operands[place]).shape[1]
        factor = self._factor(tree, operands)
        shape = operand_aval(factor).shape
        if shape in ((columns,), (), (1,), (1, columns)):
            spread = self.apply("broadcast_to", factor, shape=(1, columns))
            return (*form, _Diagonal(self.apply("reshape", spread, shape=(columns,))))
        rows = operand_aval(operands[place]).shape[0]
        if shape == (rows, 1):
            return (_Diagonal(self.apply("reshape", factor, shape=(rows,))), *form)
        return None

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
        name = "eigh_values" if made.operation.name == "eigh_factors" else "singular_values"
        alone = self.apply(name, made.operands[0])
        self.alone.append((made.operands[0], alone))
        return Statement(target, _VALUED, (value, alone), statement.span)

    # -- what closes a product

    def _closed(self, form: _Form) -> tuple[_Vectors, _Vectors, list[Operand], bool] | None:
        """The vectors on the left and right, and the diagonals between them."""
        if len(form) < 2:
            return None
        left, *between, right = form
        if not isinstance(left, _Vectors) or not isinstance(right, _Vectors):
            return None
        if left.packed is not right.packed or left.turned or not right.turned:
            return None
        if not all(isinstance(d, _Diagonal) for d in between):
            return None
        kind = self.packed[left.packed].operation.name
        sides = (left.side, right.side)
        if kind == "svd_factors" and sides not in (("u", "v"), ("v", "u")):
            return None
        return left, right, [d.var for d in between], sides == ("v", "u")

    def _known(
        self,
        statement: Statement,
        left: _Vectors,
        right: _Vectors,
        diagonals: list[Operand],
        backwards: bool,
    ) -> Statement:
        target = statement.target
        assert target is not None
        made = self.packed[left.packed]
        aval = left.packed.aval
        n = aval.shape[-1]
        values = self.values.get(left.packed)
        if values is None:
            values = self.apply("getitem", left.packed, index=_ROW)
            self.values[left.packed] = values
        function: Operand = np.ones(n, aval.dtype)
        for diagonal in diagonals:
            function = self.apply("mul", function, diagonal)
        same = [v for a, v in self.alone if a is made.operands[0]]
        chain = self.chain([values, *same], function)
        if chain is None:
            return statement
        value = self.emit(statement.operation, statement.operands)
        matrix = made.operands[0]
        sources = [values, *same]
        if made.operation.name == "eigh_factors":
            operands: tuple[Operand, ...]
            if self.moves_besides(chain, sources):
                function, slope = self.with_slopes(chain, sources, function, 1)
                operation = Structural.of("of_symmetric")
                operands = (value, matrix, values, left.var, function, slope)
            else:
                own = self.with_slopes(chain, sources, function, 2)
                still = self.with_still_values(chain, sources, function)
                operation = Structural.of("whole_of_symmetric")
                operands = (value, matrix, values, left.var, *still, *own)
            return Statement(target, operation, operands, statement.span)
        function, slope = self.with_slopes(chain, sources, function, 1)
        patched = not self.reaches(values, function) and any(
            self.reaches(v, function) for v in same
        )
        operation = Structural.of("of_singular", patched=patched)
        if not backwards:
            operands = (value, matrix, values, left.var, right.var, function, slope)
            return Statement(target, operation, operands, statement.span)
        across = self.apply("transpose", value, axes=None)
        whole = self.emit(operation, (across, matrix, values, right.var, left.var, function, slope))
        return Statement(target, Structural.of("transpose", axes=None), (whole,), statement.span)


_VALUED = Template.of((0, 1, "valued"))


def _transposed(form: _Form) -> _Form:
    return tuple(
        [
            _Vectors(f.packed, f.side, f.var, not f.turned) if isinstance(f, _Vectors) else f
            for f in reversed(form)
        ]
    )


def _without(tree: Any, place: int) -> Any:
    """A product without one factor; `None` where that is not a factor."""
    if tree == place and type(tree) is int:
        return Literal.of(1.0)
    if not isinstance(tree, tuple) or isinstance(tree, Literal):
        return None
    name, *operands = tree
    if name in ("neg", "pos"):
        inner = _without(operands[0], place)
        return None if inner is None else (name, inner)
    if name not in ("mul", "div"):
        return None
    for k in (0, 1) if name == "mul" else (0,):
        inner = _without(operands[k], place)
        if inner is not None:
            return (name, inner, operands[1]) if k == 0 else (name, operands[0], inner)
    return None
