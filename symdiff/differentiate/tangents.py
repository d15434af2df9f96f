"""The forward sweep: the tangent of each statement beside it."""

from __future__ import annotations

from ..errors import UnsupportedError
from ..operations.statements.builder import Builder, elementwise_template
from ..operations.table.structural import Structural
from ..operations.table.template import Template
from ..program.loops import Loop, Result
from ..program.program import Operand, Statement, Var, bodies_of, operand_aval
from .activity import active_variables, at, compute, linearization_of, zeros_of
from .branches import tangents_in_arms
from .inside import Jvp, Moved
from .loop_activity import activity_of
from .loops import tangents_of
from .masks import is_finite, reads_values, vanishing


class Forward(Builder):
    """Statements with their tangents beside them.

    Args:
        within: the sweep through loops and branches, where there may be any.
    """

    def __init__(self, within: Jvp | None = None) -> None:
        super().__init__()
        self.within = within
        self.tangents: dict[Var, Operand] = {}
        self.places: dict[Var, Moved] = {}  # the tangents out of loops and branches
        self.still: set[Var] = set()  # what may not move at all, by the way that was gone
        self.risky: set[Var] = set()  # what may be, or come from, infinity: 1/x, log(x)

    def tangent_of(self, operand: Operand) -> Operand:
        """The tangent of an operand: zeros of its shape for what does not move."""
        tangent = self.tangents.get(operand) if type(operand) is Var else None
        return zeros_of(operand_aval(operand)) if tangent is None else tangent

    def step(self, statement: Statement, active: set[Var]) -> None:
        operation, target = statement.operation, statement.target
        if target is None or target not in active or target in self.tangents:
            self._keep(statement)
            return
        if bodies_of(operation):
            activity = activity_of(operation, statement.operands, active, active_variables)
            rule = tangents_of if isinstance(operation, Loop) else tangents_in_arms
            assert self.within is not None
            self.places[target] = rule(
                self, statement, activity, self.tangents, self.still, self.within
            )
            return
        if isinstance(operation, Result):
            self._keep(statement)
            key, found = (operation.kind, operation.k), self.places[statement.operands[0]]
            result = found.places[key]
            moved = self.tangents[target] = Var(f"d_{target.name}", result.aval)
            self._keep(Statement(moved, result, statement.operands, statement.span))
            if key in found.still:
                self.still.add(target)
            return
        reads = [o for o in statement.operands if type(o) is Var]
        if self.still and self.still.issuperset([o for o in reads if o in active]):
            self.still.add(target)
        if not self.risky.isdisjoint(reads):
            self.risky.add(target)
        tangents = [self.tangents.get(o) if type(o) is Var else None for o in statement.operands]
        self.span = statement.span
        self.hint = f"d_{target.name}"
        if isinstance(operation, Template):
            tangent = self._elementwise(operation, statement, tangents, active)
        elif isinstance(operation, Structural):
            self._keep(statement)
            tangent = self._structural(operation, statement, tangents)
        else:
            raise UnsupportedError(f"`{operation.name}` has no derivative", where=statement.span)
        if tangent is not None:
            have = operand_aval(tangent)
            if have.shape != target.aval.shape:
                tangent = self.apply("broadcast_to", tangent, shape=target.aval.shape)
            self.tangents[target] = tangent

    def _keep(self, statement: Statement) -> None:
        self.statements.append(statement)
        if statement.target is not None:
            self.definitions[statement.target] = statement

    def _elementwise(
        self,
        operation: Template,
        statement: Statement,
        tangents: list[Operand | None],
        active: set[Var],
    ) -> Operand | None:
        plan = linearization_of(operation, statement, active)
        values, _ = compute(self, statement, plan)
        target = statement.target
        assert target is not None
        if not is_finite(operation, plan):
            self.risky.add(target)
        risky = target in self.risky
        terms = []
        for k, tangent in enumerate(tangents):
            one = type(tangent) is float and tangent == 1.0
            line = plan.partials[k] if one else plan.reverse[k]
            if line is not None and tangent is not None:
                operands = tuple([tangent if p < 0 else values[p] for p in line.places])
                template = line.template
                if risky and statement.operands[k] in self.still and reads_values(line):
                    nonzero = self.elementwise(elementwise_template("ne"), (tangent, 0.0), "taken")
                    template, operands = vanishing(template), (*operands, nonzero)
                terms.append(self.elementwise(template, operands))
        if not terms:
            return None
        total = terms[0]
        for term in terms[1:]:
            total = self.apply("add", total, term)
        return total

    def _structural(
        self, operation: Structural, statement: Statement, tangents: list[Operand | None]
    ) -> Operand | None:
        entry, operands = operation.entry, statement.operands
        if all(t is None for t in tangents):  # of `0*x` the tangent is no operand at all
            return None
        if entry.pushforward is not None:
            params = operation.params
            rule = entry.pushforward
            return at(statement, rule, self, tangents, statement.target, *operands, **params)
        if entry.linear == "joint":
            filled = [
                zeros_of(operand_aval(o)) if t is None else t
                for o, t in zip(operands, tangents, strict=True)
            ]
            return self.apply(entry.name, *filled, **operation.params)
        if entry.linear == "each":
            total = None
            for k, t in enumerate(tangents):
                if t is not None:
                    swapped = (*operands[:k], t, *operands[k + 1 :])
                    term = self.apply(entry.name, *swapped, **operation.params)
                    total = term if total is None else self.apply("add", total, term)
            return total
        raise UnsupportedError(f"`{entry.name}` has no forward-mode rule", where=statement.span)
