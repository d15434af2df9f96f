"""When each variable of a program is read for the last time, and whose memory an array uses.

Compiled code forgets a large array after its last use, so that its memory serves the next one, and
writes in place where nobody can see the difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.acts import Opaque, Write
from ..program.branches import Branch
from ..program.loops import Loop, Result
from ..program.outside import Read
from ..program.program import Keep, Operand, Program, Statement, Var, guards_in, operand_aval
from .aliases import accumulator, is_element, may_alias
from .stacked import rows_in

LARGE = 512
"""An array of fewer elements is not worth a line to forget it."""

_OWNERS = frozenset(
    {"setitem", "scatter_add", "scatter_sum", "copy", "array", "matmul", "outer", "concatenate"}
    | {"rows"}
)
"""Operations whose result is an array of its own, never a view and never seen elsewhere."""

BUFFERED = 768
"""An expression of fewer elements is not written over an operand."""

_FRESH = frozenset({"sum", "mean", "max", "min", "cast", "roll", "cumsum", "stack", "solve", "dot"})
"""Operations that never give a view, whatever else they may do."""

_READ_ONLY = frozenset({"broadcast_to", "diagonal"})
"""Operations that give a view which NumPy does not let anybody write to."""

_SMALL_PART = 4
"""A view of at most one part in so many is copied, to write to the rest in place."""


class Lifetimes:
    """The last uses in a program, numbered by its statements.

    Attributes:
        last: the number of the statement that reads a variable last.
        element_reads: the statements that read a variable at one place, by a plain index.
        in_place: the numbers of the statements `x with [i] = value` and `x + ...` that may write
            to `x` itself.
        written: for each of those whose memory that is, as far as it is known here.
        copied: the numbers of the statements `x[i]` that are copied at once, for `x` is written to
            before they are read.
        arms: those of the arms of each branch, by the number of its statement.
        loops: how the iterations of each loop use memory, by the number of its statement.
        joined: the first variable that reads each result of a branch, or what a loop carries.
        counted: the loops of which somebody asks how many iterations they made.
        reused: the operand over which the expression of a statement may be written, by its number.
        seen: of an array that came out of a branch or a loop, in whose memory it is.
        rows: the expressions that are rows of something stacked, and which.
    """

    def __init__(
        self,
        program: Program,
        owned: Collection[Var] = (),
        last_guard: int = -1,
        reuses: bool = False,
    ) -> None:
        """Follow the variables of a program.

        Args:
            program: the program.
            owned: which of its inputs may be written to.
            last_guard: up to the statement of this number, nothing may write to those: the
                iteration may not be made after all.
            reuses: whether a large expression may be written over an operand.
        """
        self.reuses = reuses
        self.reused: dict[int, int] = {}
        end = len(program.statements)
        self.last: dict[Var, int] = {}
        self.element_reads: defaultdict[Var, list[Statement]] = defaultdict(list)
        self.in_place: set[int] = set()
        self.copied: set[int] = set()
        self._root: dict[Var, Var] = {}
        self._owned = set(owned)
        self._given, self._last_guard = frozenset(owned), last_guard
        self.arms: dict[int, tuple[Lifetimes, Lifetimes]] = {}
        self.loops: dict[int, LoopMemory] = {}
        self.joined: dict[Var, dict[int, Var]] = {}
        self.counted: set[Var] = set()
        self.seen: dict[Var, Var] = {}
        self._written_inside: set[Var] = set()  # in arms and in loops
        self._whose: dict[Var, list[Var | None]] = {}  # the memory of each result
        self.written: dict[int, Var] = {}
        self._pinned: set[Var] = set()
        self._read_only: set[Var] = set()
        self._members: dict[Var, list[Var]] = {}
        self._views: dict[Var, int] = {}
        self._forget: dict[int, list[Var]] = {}
        last = self.last
        large: list[Var] = []
        arrays = False
        for k, statement in enumerate(program.statements):
            operation = statement.operation
            kind = type(operation)
            if kind is Keep:
                continue
            when = end if kind is Write else k
            for operand in statement.operands:
                if type(operand) is Var and last.get(operand) != end:  # changes are made at the end
                    last[operand] = when
            target = statement.target
            if target is None:
                continue
            last[target] = k
            arrays = arrays or kind in (Structural, Branch, Loop)
            if isinstance(operation, Result) and operation.kind == "trips":
                self.counted.add(statement.operands[0])
            if kind is Structural and operation.name == "getitem" and is_element(statement):
                self.element_reads[statement.operands[0]].append(statement)
            if target.aval.shape and kind is not Read and target.aval.size >= LARGE:
                large.append(target)
        for operand in program.outputs:
            if type(operand) is Var:
                last[operand] = end
        self.rows = rows_in(program, last) if reuses and large else {}
        if arrays or (reuses and large):
            self._follow_memory(program)
        for var in large:
            if last[var] < end:
                self._forget.setdefault(last[var], []).append(var)

    def _follow_memory(self, program: Program) -> None:
        results: dict[Operand, list[Statement]] = {}
        for statement in program.statements:
            if isinstance(statement.operation, Result):
                results.setdefault(statement.operands[0], []).append(statement)
        for k, statement in enumerate(program.statements):
            target, operation = statement.target, statement.operation
            if type(operation) is Opaque:  # it may keep what it is given, or hand it on
                self._pinned.update([self.root_of(o) for o in _arrays(statement)])
            if isinstance(operation, Loop | Branch):
                if isinstance(operation, Loop):
                    self._follow_loop(operation, statement, k)
                else:
                    self._follow_branch(operation, statement, k)
                for result in results.get(statement.target, ()):  # wherever it is read
                    self._join(result)
            if isinstance(operation, Result):
                continue
            if target is None or not target.aval.shape:
                continue
            kind = type(operation)
            first = statement.operands[0] if statement.operands else None
            if operation is COPY or (kind is Structural and may_alias(statement)):
                if operation.name in _READ_ONLY or (
                    type(first) is Var and first in self._read_only
                ):
                    self._read_only.add(target)
                if type(first) is Var:
                    self._see(target, first)
                    if operation.name == "getitem":
                        self._views[target] = k
            elif kind is Template:
                self._owned.add(target)
                total = accumulator(operation)  # type: ignore[arg-type]
                if target in self.rows:
                    self._reuse(statement, k, target)
                elif total is not None and self._may_write(statement, k, total):
                    self.in_place.add(k)
                    self._see(target, statement.operands[total])
                elif self.reuses and target.aval.size >= BUFFERED:
                    self._reuse(statement, k, target)
            elif operation.name in _OWNERS:
                self._owned.add(target)
                if operation.name == "setitem" and self._may_write(statement, k):
                    self.in_place.add(k)
                    self._see(target, first)
            elif kind is Structural and operation.name not in _FRESH:
                several = _arrays(statement)  # it may give a view of one of them after all
                if several:
                    self._see(target, several[0])
                    self._pinned.update([self.root_of(o) for o in several[1:]])

    def _reuse(self, statement: Statement, k: int, target: Var) -> None:
        """Find an operand over which a large expression may be written."""
        arrays = _arrays(statement)
        roots = Counter(map(self.root_of, arrays))
        for place, x in enumerate(statement.operands):
            if type(x) is not Var or not x.aval.shape or roots[self.root_of(x)] > 1:
                continue
            if x.aval.dtype == "float64" and self._may_write(statement, k, place):
                self.reused[k] = place
                if target not in self.rows:
                    self._see(target, x)
                return

    def _follow_branch(self, branch: Branch, statement: Statement, k: int) -> None:
        """Hand on to the arms what nobody else reads, and find whose memory the results are in."""
        given = statement.operands[1:]
        roots = Counter(self.root_of(o) for o in given if type(o) is Var and o.aval.shape)
        handed = [
            type(o) is Var
            and bool(o.aval.shape)
            and roots[self.root_of(o)] == 1
            and self._may_hand_on(o, k)
            for o in given
        ]
        arms = self.arms[k] = (
            Lifetimes(branch.arms[0], _chosen(branch.arms[0].inputs, handed)),
            Lifetimes(branch.arms[1], _chosen(branch.arms[1].inputs, handed)),
        )
        for arm, inside in zip(branch.arms, arms, strict=True):
            written = inside.overwritten()
            for var, operand in zip(arm.inputs, given, strict=True):
                if var in written:
                    self._written_inside.add(self.root_of(operand))
                if var in inside._pinned and type(operand) is Var and operand.aval.shape:
                    self._pinned.add(self.root_of(operand))  # a branch in the arm may hand it on
                if type(operand) is Var:
                    self.element_reads[operand] += inside.element_reads[var]
        assert statement.target is not None
        counts = [a.roots_of(arm.outputs) for arm, a in zip(branch.arms, arms, strict=True)]
        found = self._whose[statement.target] = list[Var | None]()
        for k in range(len(branch.arms[0].outputs)):
            places: set[int] = set()  # of the operands in whose memory a result may be
            alone = True
            for arm, inside, count in zip(branch.arms, arms, counts, strict=True):
                output = arm.outputs[k]
                root = inside.root_of(output) if type(output) is Var else None
                if root in arm.inputs:
                    places.add(arm.inputs.index(root))
                    alone = alone and count[root] == 1 and output not in inside._read_only
                elif output is not None:
                    places.add(-1)
                    alone = alone and root is not None and count[root] == 1 and inside.owns(root)
            own = [statement.target if place < 0 else given[place] for place in places]
            if alone and len(own) == 1 and type(own[0]) is Var:
                found.append(own[0])
            else:
                found.append(None)
                several = [o for o in own if type(o) is Var and o.aval.shape]
                self._pinned.update([self.root_of(o) for o in several])

    def _follow_loop(self, loop: Loop, statement: Statement, k: int) -> None:
        """Hand on to a loop what nobody else reads, and find whose memory its results are in."""
        memory = self.loops[k] = LoopMemory(loop)
        given, inputs = statement.operands[1:], loop.body.inputs
        roots = Counter(self.root_of(o) for o in given if type(o) is Var and o.aval.shape)
        lets_out = memory.lets_out()
        found: list[Var | None] = []
        for n, (var, operand) in enumerate(zip(inputs, given, strict=True)):
            array = type(operand) is Var and bool(operand.aval.shape)
            if n in memory.written:
                if array and roots[self.root_of(operand)] == 1 and self._may_hand_on(operand, k):
                    memory.handed.add(n)
                    self._written_inside.add(self.root_of(operand))
                    found.append(operand)
                else:
                    found.append(statement.target)
                continue
            if n < loop.carried:
                found.append(None)
            if array and (n < loop.carried or var in lets_out):
                self._pinned.add(self.root_of(operand))
        assert statement.target is not None
        self._whose[statement.target] = found

    def _join(self, statement: Statement) -> None:
        """Note in whose memory a result of a loop or a branch is."""
        result, target, found = statement.operation, statement.target, statement.operands[0]
        assert isinstance(result, Result)
        assert target is not None
        if result.kind in ("trips", "stacked"):
            return
        known = self.joined.setdefault(found, {})
        first = known.setdefault(result.k, target)
        if not target.aval.shape:
            return
        if first is not target:
            self._see(target, first)
            self._pinned.add(self.root_of(first))
            return
        source = self._whose[found][result.k]
        if source is found:
            self._owned.add(target)
            self.seen[target] = target
        elif source is not None:
            self._see(target, source)
            self.seen[target] = source

    def _may_hand_on(self, x: Var, k: int) -> bool:
        """Whether a branch may write to an array, which nobody reads after it."""
        root = self.root_of(x)
        if x in self._read_only or self.last[x] > k or not self.owns(root):
            return False
        if root in self._given and k <= self._last_guard:
            return False
        return not any(self.last.get(v, -1) > k for v in self._members.get(root, ()))

    def overwritten(self) -> set[Var]:
        """Whose memory is written to, here and in arms."""
        own = {self.written[k] for k in self.in_place if k in self.written}
        return own | self._written_inside

    def roots_of(self, operands: Collection[Operand]) -> Counter[Var]:
        """How many of some arrays are in the memory of each variable."""
        arrays = [o for o in operands if type(o) is Var and o.aval.shape]
        return Counter([self.root_of(o) for o in arrays])

    def forget_element_reads(self) -> None:
        """Have no array become a list for its elements, here and in arms."""
        self.element_reads.clear()
        for arms in self.arms.values():
            for arm in arms:
                arm.forget_element_reads()

    def _see(self, target: Var, source: Operand) -> None:
        """Note that `target` is in the memory of `source`."""
        assert isinstance(source, Var)
        root = self.root_of(source)
        self._root[target] = root
        self._members.setdefault(root, [root]).append(target)
        self._views.pop(source, None)

    def root_of(self, var: Operand) -> Var:
        """The variable whose memory a variable sees."""
        assert isinstance(var, Var)
        return self._root.get(var, var)

    def owns(self, root: Var) -> bool:
        """Whether memory is of this program alone."""
        return root in self._owned and root not in self._pinned

    def is_read_only(self, var: Var) -> bool:
        """Whether NumPy lets nobody write to an array."""
        return var in self._read_only

    def pinned(self) -> set[Var]:
        """The memory that may be seen from elsewhere."""
        return self._pinned

    def forgotten(self, k: int) -> list[Var]:
        """The large arrays that nothing after statement `k` reads."""
        return self._forget.get(k, [])

    def _may_write(self, statement: Statement, k: int, place: int = 0) -> bool:
        """Whether a statement may write its result to an operand: nobody reads it again."""
        x = statement.operands[place]
        if type(x) is not Var or statement.target is None or x.aval is not statement.target.aval:
            return False
        if x in self._read_only or self.last[x] > k:
            return False
        root = self.root_of(x)
        if root not in self._owned or root in self._pinned:
            return False
        if root in self._given and k <= self._last_guard:
            return False
        alive = [v for v in self._members.get(root, [root]) if self.last.get(v, -1) > k]
        self._members[root] = alive
        if alive and (
            any(v not in self._views for v in alive)
            or sum(v.aval.size for v in alive) * _SMALL_PART > root.aval.size
        ):
            return False
        for view in alive:  # cheaper to copy than the whole
            self.copied.add(self._views.pop(view))
            self._root[view] = view
            self._owned.add(view)
        self._members[root] = []
        self.written[k] = root
        return True


class LoopMemory:
    """Which arrays an iteration writes to in place, and what has to be copied for that.

    Attributes:
        lifetimes: of the body.
        written: which carried values are written to. The first of each is copied, but for
        handed: those that nobody else reads.
        copied: which outputs of the body are copied, since they share memory with another.
    """

    def __init__(self, loop: Loop) -> None:
        body = loop.body
        arrays = {v: k for k, v in enumerate(body.inputs[: loop.carried]) if v.aval.shape}
        guarded = [k for k, s in enumerate(body.statements) if may_end(s)]
        last_guard = max(guarded, default=-1)
        self.body = body
        lifetimes = self.lifetimes = Lifetimes(body, set(arrays), last_guard)
        lifetimes.forget_element_reads()  # a list would be made anew in each iteration
        written = lifetimes.overwritten()
        self.written = {arrays[v] for v in written if v in arrays}
        self.handed: set[int] = set()
        self.copied: set[int] = set()
        if not self.written:
            return
        roots = [
            lifetimes.root_of(o) if type(o) is Var and o.aval.shape else None for o in body.outputs
        ]
        shared = Counter(r for r in roots if r is not None)
        for k, (output, root) in enumerate(zip(body.outputs, roots, strict=True)):
            if root is None:
                if k in self.written or operand_aval(output).shape:
                    self.copied.add(k)
                continue
            own = arrays.get(root) == k
            foreign = root in arrays and not own
            alone = lifetimes.owns(root) and not foreign
            if shared[root] > 1 or foreign or (k in self.written and not alone):
                self.copied.add(k)

    def lets_out(self) -> set[Var]:
        """The inputs in whose memory something may be that outlives an iteration."""
        return self.lifetimes.pinned() | set(self.lifetimes.roots_of(self.body.outputs))


def may_end(statement: Statement) -> bool:
    """Whether a statement may end the loop in whose body it is."""
    return any(guards_in(Program("", (), [statement], ())))


def _chosen(variables: Sequence[Var], chosen: Sequence[bool]) -> set[Var]:
    return {v for v, is_chosen in zip(variables, chosen, strict=True) if is_chosen}


def _arrays(statement: Statement) -> list[Var]:
    return [o for o in statement.operands if type(o) is Var and o.aval.shape]
