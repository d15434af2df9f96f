"""The lines of a branch: an `if` of Python around the lines of its arms.

What an arm is given goes by the names that it has outside, and what it hands on is assigned to the
variables that read the results: no value is moved about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..program.branches import Branch
from ..program.loops import TAPE, Result
from ..program.naming import checked
from ..program.program import Keep, Operand, Program, Statement, Var, operand_aval
from ..records import dataclass
from .checks import ALONE, is_math
from .lifetimes import Lifetimes
from .list_lines import NUMBER
from .loops import LoopEmitter, in_order, indented

Lines = list[tuple[str, str | None]]


@dataclass(slots=True)
class BranchEmitter(LoopEmitter):
    """Writes the lines of a program in which there are branches and loops."""

    def statement(self, statement: Statement, number: int) -> None:
        operation = statement.operation
        if type(operation) is Branch:
            self.branch(operation, statement, number)
        elif type(operation) is Result and operation.kind == "joined":
            self.joined(operation, statement)
        else:
            LoopEmitter.statement(self, statement, number)

    def branch(self, branch: Branch, statement: Statement, number: int) -> None:
        self.held.clear()
        condition, *given = statement.operands
        assert statement.target is not None
        results = self.lifetimes.joined.get(statement.target, {})
        if operand_aval(condition).shape:
            test = f"numpy.all({self.operand(condition)})"
        else:
            asked_again = any(o is condition for o in given)
            test = self.operand(condition) if asked_again else self.test(condition, number)
        for operand in given:
            if type(operand) is Var and operand.aval.shape:
                self.list_of(operand)  # before the branch: both arms may read it
        found = [
            self.arm(arm, given, results, lifetimes)
            for arm, lifetimes in zip(branch.arms, self.lifetimes.arms[number], strict=True)
        ]
        self.one_list(results, [pairs for _, pairs in found])
        first, second = ([*lines, *in_order(list(pairs.items()))] for lines, pairs in found)
        if first:
            self.lines += indented(f"if {test}:", first)
        if second:
            self.lines += indented("else:" if first else f"if not {test}:", second)

    def arm(
        self,
        arm: Program,
        given: Sequence[Operand],
        results: Mapping[int, Var],
        lifetimes: Lifetimes,
    ) -> tuple[Lines, dict[str, str]]:
        """The lines of an arm, and what it assigns to the results then."""
        outer = self.lines, self.lifetimes
        self.lines, self.lifetimes = [], lifetimes
        for var in arm.variables():
            self.lists.pop(var, None)
            var.name = checked(self.namer(NUMBER.sub("", var.name) or var.name))
        for var, operand in zip(arm.inputs, given, strict=True):
            if var in lifetimes.last:
                self.take(var, operand)
        for var, target in _assigned_at_once(arm, results).items():
            var.name = target.name
        for number, statement in enumerate(arm.statements):
            if type(statement.operation) is Keep:
                continue
            self.statement(statement, number)
            unread = [v for v in lifetimes.forgotten(number) if v not in self.as_lists]
            if unread and not self.depth:
                names = ", ".join([v.name for v in unread])
                self.lines.append((f"del {names}", ALONE))
        pairs = {}
        for k, target in results.items():
            source = self.joining(arm.outputs[k], target)
            if source != target.name:
                pairs[target.name] = source
        lines = self.lines
        self.lines, self.lifetimes = outer
        return lines, pairs

    def one_list(self, results: Mapping[int, Var], arms: Sequence[dict[str, str]]) -> None:
        """Leave a list that both arms hand on its name."""
        for target in results.values():
            sources = {pairs.get(target.name, "") for pairs in arms}
            if target in self.as_lists and len(sources) == 1 and "".join(sources).isidentifier():
                for pairs in arms:
                    del pairs[target.name]
                target.name = sources.pop()

    def take(self, var: Var, operand: Operand) -> None:
        """Give an input of an arm its value: most often under the name that it has outside."""
        self.shared.add(var)
        numbers = is_math(var) and not self.careful
        if type(operand) is Var and operand in self.as_lists:
            self.as_lists.add(var)
        if type(operand) is Var and (
            not numbers or (operand in self.python_numbers and operand not in self.maybe_integers)
        ):
            var.name = operand.name
            if operand not in self.shared:
                self.shared.discard(var)
            if operand in self.lists:
                self.lists[var] = self.lists[operand]
        else:
            self.lines.append((var.name, self.kept(operand, var)))
        if numbers:
            self.python_numbers.add(var)

    def joining(self, output: Operand, target: Var) -> str:
        """What an arm hands on, as the sort of number that the result is."""
        if output is None:
            return "()" if target.aval is TAPE else "None"
        return self.kept(output, target)

    def joined(self, result: Result, statement: Statement) -> None:
        target, found = statement.target, statement.operands[0]
        assert target is not None
        first = self.lifetimes.joined[found][result.k]
        if first is not target:
            self.lines.append((target.name, first.name))
        if is_math(target) and not self.careful:
            self.python_numbers.add(target)
        source = self.lifetimes.seen.get(target)
        if first is not target or source is None or source in self.shared:
            self.shared.add(target)


def _assigned_at_once(arm: Program, results: Mapping[int, Var]) -> dict[Var, Var]:
    """The variables of an arm that may have the names of results where they are computed.

    Such a name may be that of what an arm is given: then nothing reads that afterwards.
    """
    defined: dict[Var, int] = {}
    for k, statement in enumerate(arm.statements):
        operation, target = statement.operation, statement.target
        if target is None:
            continue
        if type(operation) is not Result:
            defined[target] = k
        elif operation.kind == "joined":
            defined[target] = defined[statement.operands[0]]
    handed = [o for k in results if type(o := arm.outputs[k]) is Var]
    found: dict[Var, Var] = {}
    for k, target in results.items():
        output = arm.outputs[k]
        if type(output) is not Var or output not in defined or handed.count(output) > 1:
            continue
        if not is_math(output) or not is_math(target) or output.aval.dtype != target.aval.dtype:
            continue
        old = [v for v in arm.inputs if v.name == target.name]
        later = arm.statements[defined[output] + 1 :]
        read = {o for s in later for o in s.operands if type(o) is Var}
        if not any(v in handed or v in read for v in old):
            found[output] = target
    return found
