"""Squares of lengths, and their other powers, as functions of what they are the length of.

The derivative of a norm at zero is a choice, and differentiating the choice would give nonsense:
`norm(w)**2` has the Hessian `2*I` everywhere. So where a length is squared, the program to be
differentiated knows the square as well, which is smooth: the value stays as the user computes it,
and the derivative is that of the sum of squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..operations.statements.known import without_gaps
from ..operations.table.structural import Structural
from ..operations.table.template import Template, flatten
from ..program.program import Operand, Program, Statement, Var, one_of_each
from .activity import active_variables
from .lengths import Lengths, numbers_known, with_part
from .powers import Places, absolute_of, powers_of, square_of, unknown_powers_of
from .scales import brought_in, children_of
from .tips import has_root_inside, is_even, is_flat, moves, reads_bare, roots_inside

Tree = Any

_WHOLE = frozenset({"norm", "complex_abs", "root_mean_square"})
_LENGTHS = frozenset({"abs", "deviation", "hypot"})
_NONE: Places = frozenset()


def with_squares(program: Program, wrt: Sequence[Var]) -> Program:
    """The program in which powers of lengths know the squares of the lengths."""
    if not any(map(_is_root, one_of_each(program))):
        return program
    statements = program.statements
    first = next(k for k, s in enumerate(statements) if _is_root(s))
    rewriting = _Rewriting(active_variables(program, wrt), set(wrt))
    for statement in statements[:first]:
        rewriting.pass_by(statement)
    for statement in statements[first:]:
        rewriting.take(statement)
    return Program(
        program.name, program.inputs, rewriting.statements, program.outputs, program.extra
    )


def _is_root(statement: Statement) -> bool:
    operation = statement.operation
    if isinstance(operation, Template):
        return square_of(operation, _NONE) is not None or has_root_inside(operation)
    return operation.name in _WHOLE


class _Rewriting(Lengths):
    """The statements so far, in which powers of lengths know the squares of the lengths."""

    def __init__(self, active: set[Var], ends: set[Var]) -> None:
        super().__init__(active)
        self.ends = ends
        self._seen: dict[Any, Var] = {}

    def take(self, statement: Statement) -> None:
        operation, target = statement.operation, statement.target
        if target not in self.active or target in self.ends or target is None:
            self.pass_by(statement)
            return
        self._number(statement)
        if isinstance(operation, Template):
            if not _LENGTHS.isdisjoint(operation.code):
                statement = self._once(operation, statement)
            statement = self._apart(self._cut(statement))
            operation = statement.operation
            assert isinstance(operation, Template)
            places = self.places_of(statement.operands)
            same = self._equal(statement.operands) if len(places) > 1 else None
            powers = powers_of(operation, places, same) if places else ()
            unknown = unknown_powers_of(operation, places, same) if places else ()
            if square_of(operation, places) is not None:
                self.note(statement)
            tips = self._tips(operation, statement.operands, places.difference(unknown))
            if tips:
                statement = self._at_tips(operation, statement, tips)
                operation = statement.operation
                assert isinstance(operation, Template)
                powers = tuple([k for k in powers if k not in tips])
            if powers or unknown:
                statement = self._knowing(operation, statement, powers, unknown)
        elif operation.name in _WHOLE:
            self.note(statement)
        elif operation.name == "matmul" and self._is_square(statement.operands):
            statement = self._summed(statement)
        self.statements.append(statement)

    def pass_by(self, statement: Statement) -> None:
        self._number(statement)
        self.statements.append(statement)

    def _number(self, statement: Statement) -> None:
        """Note what an earlier statement has computed already."""
        target, operation = statement.target, statement.operation
        if target is None or not isinstance(operation, Template | Structural):
            return
        key = (operation, *[self._known(o) for o in statement.operands])
        first = self._seen.setdefault(key, target)
        if first is not target and not {first, target} & self.ends:
            self.same[target] = first

    def _known(self, operand: Operand) -> Any:
        if type(operand) is Var:
            return self.same.get(operand, operand)
        if type(operand) in (int, float, bool):
            return (type(operand), repr(operand))
        return id(operand)

    def _is_square(self, operands: tuple[Operand, ...]) -> bool:
        """Whether a product is that of a vector of lengths with itself."""
        one, other = (self.same.get(o, o) if type(o) is Var else o for o in operands)
        return one is other and one in self.lengths and one.aval.ndim == 1

    def _once(self, operation: Template, statement: Statement) -> Statement:
        """The statement, in which operands that are equal are one: `abs(x[0])*abs(x[0])`."""
        same = self._equal(statement.operands)
        if same is None:
            return statement
        code = [same[t] if type(t) is int else t for t in operation.code]
        template, operands = without_gaps(code, list(statement.operands))
        return Statement(statement.target, template, tuple(operands), statement.span)

    def _summed(self, statement: Statement) -> Statement:
        length = self.length_of(statement.operands[0])
        assert length is not None
        square = self.square_of_length(length)
        assert statement.target is not None
        self.span, self.hint = statement.span, statement.target.name
        value = self.emit(statement.operation, statement.operands)
        total = self.apply("sum", square, axis=None, keepdims=False)
        return Statement(statement.target, _VALUED, (value, total), statement.span)

    def _equal(self, operands: tuple[Operand, ...]) -> tuple[int, ...] | None:
        """For each operand the first that is equal to it; `None` if all are different."""
        known = [self.same.get(o, o) if type(o) is Var else o for o in operands]
        first = [next(j for j, o in enumerate(known) if o is known[k]) for k in range(len(known))]
        return None if first == list(range(len(known))) else tuple(first)

    def _knowing(
        self,
        operation: Template,
        statement: Statement,
        powers: tuple[int, ...],
        unknown: tuple[int, ...],
    ) -> Statement:
        """The statement, with what its powers of lengths are differentiated by."""
        operands = list(statement.operands)
        read: dict[int, tuple[int, int, str]] = {}
        known: dict[Var, tuple[int, int, str]] = {}
        for k in sorted({*powers, *unknown}):
            length = self.length_of(operands[k])
            assert length is not None
            if length not in known:
                further, name = self.square_of_length(length), "length"
                if k in unknown:
                    further, name = self.moving_of(length)
                known[length] = (k, len(operands), name)
                operands.append(further)
            read[k] = known[length]
        code: list[Any] = []
        for token in operation.code:
            code += read[token] if type(token) is int and token in read else [token]
        operation, operands = without_gaps(code, operands)
        return Statement(statement.target, operation, tuple(operands), statement.span)

    # -- what is flat at the tip of a length

    def _cut(self, statement: Statement) -> Statement:
        """The statement, with roots at whose tip it is flat as statements of their own."""
        operation, operands = statement.operation, statement.operands
        assert isinstance(operation, Template)
        if not has_root_inside(operation):
            return statement
        moving = [k for k, o in enumerate(operands) if type(o) is Var and o in self.active]
        for root in roots_inside(operation, frozenset(moving)):
            if absolute_of(root) is not None:
                continue
            arity = operation.arity
            outside = Template.of(flatten(with_part(operation.tree, root, arity)))
            if not is_flat(numbers_known(outside, operands), arity):
                continue
            length = self.length_inside(root, statement)
            operation, read = without_gaps(list(outside.code), [*operands, length])
            return self._cut(Statement(statement.target, operation, tuple(read), statement.span))
        return statement

    def _apart(self, statement: Statement) -> Statement:
        """The statement, with lengths that a factor brings into range as statements of their own.

        So it is by powers of the multiple that it is differentiated, which are in range.
        """
        operation, operands = statement.operation, statement.operands
        assert isinstance(operation, Template)
        if not self.unbounded and "hypot" not in operation.code:
            return statement
        known, arity = numbers_known(operation, operands), len(operands)
        unbounded = self.places_of(operands, self.unbounded.difference(self.absolute))
        for tree, length in brought_in(known.tree, unbounded):
            outside = Template.of(flatten(with_part(known.tree, tree, arity)))
            own = frozenset({arity})
            if children_of(length) and not self._moves(length, operands):
                continue
            if not (
                powers_of(outside, own)
                or unknown_powers_of(outside, own)
                or (reads_bare(outside, arity) and is_flat(outside, arity))
            ):
                continue
            multiple = self.length_inside(tree, statement)
            template, read = without_gaps(list(outside.code), [*operands, multiple])
            return self._apart(Statement(statement.target, template, tuple(read), statement.span))
        return statement

    def _moves(self, tree: Tree, operands: Sequence[Operand]) -> bool:
        return moves(tree, frozenset([k for k, o in enumerate(operands) if o in self.active]))

    def _tips(
        self, operation: Template, operands: tuple[Operand, ...], places: Places
    ) -> list[int]:
        """The lengths at whose tip a function of them is flat."""
        return [
            k
            for k in sorted(places)
            if self.length_of(operands[k]) not in self.absolute
            and reads_bare(operation, k)
            and is_flat(numbers_known(operation, operands), k)
        ]

    def _at_tips(self, operation: Template, statement: Statement, tips: list[int]) -> Statement:
        """The statement, differentiated by the squares of such lengths."""
        operands, code = list(statement.operands), list(operation.code)
        for k in tips:
            length = self.length_of(operands[k])
            assert length is not None
            operands[k], square = self.tip(length)
            made = self.lengths[length].operation
            kind = "at_root" if isinstance(made, Template) else "at_even_tip"
            code += [k, len(operands), kind if is_even(operation, k) else "at_tip"]
            operands.append(square)
        template, operands = without_gaps(code, operands)
        return Statement(statement.target, template, tuple(operands), statement.span)


_VALUED = Template.of((0, 1, "valued"))
