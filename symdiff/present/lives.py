"""Names for the variables of blocks: those that are never needed together may have one name.

What a loop carries is one name for what it is before, in and after the loop, as people write it,
wherever no line still reads the old value. Two variables interfere if one is assigned while the
other is still to be read; those that do not, and are handed on to one another, are put together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ..program.naming import BUILTIN_NAMES, RESERVED_NAMES, as_plain
from ..program.program import Guard, Operand, Statement, Var
from .blocks import Append, Blocks, Choose, Line, Node, Repeat, plain_hint
from .right_sides import SEVERAL_LINES


class Lives:
    """Which variables interfere, and which are put together.

    Args:
        blocks: of the program.
        entered: the variables that the function is given.
        reads: what a statement reads besides its operands.
    """

    def __init__(
        self,
        blocks: Blocks,
        entered: Collection[Var],
        reads: Callable[[Statement], Iterable[Var]],
    ) -> None:
        self.entered = set(entered)
        self.reads = reads
        self.apart: defaultdict[Var, set[Var]] = defaultdict(set)
        self.moves: list[tuple[Var, Operand]] = []
        self._moved: set[Repeat | Choose] = set()
        self.of: dict[Var, Var] = {}
        self.order: dict[Var, None] = {}
        outputs = {o for o in blocks.outputs if type(o) is Var}
        live = self._block(blocks.nodes, outputs, None)
        for var in self.entered:
            self._define(var, live | self.entered)
        for one, other in self.moves:
            if type(other) is Var:
                self._unite(one, other)

    # -- who is alive

    def _define(self, var: Var, live: Collection[Var], source: Operand = None) -> None:
        self.order.setdefault(var)
        for other in live:
            if other is not var and other is not source:
                self.apart[var].add(other)
                self.apart[other].add(var)

    def _block(self, nodes: Sequence[Node], live: set[Var], end: set[Var] | None) -> set[Var]:
        """What is alive before some nodes, of what is after them, and where the loop ends."""
        live = set(live)
        for node in reversed(nodes):
            if isinstance(node, Line):
                self._line(node.statement, live, end)
            elif isinstance(node, Append):
                live |= _variables((node.tape, node.value))
            elif isinstance(node, Repeat):
                live = self._repeat(node, live)
            else:
                live = self._choose(node, live, end)
        return live

    def _line(self, statement: Statement, live: set[Var], end: set[Var] | None) -> None:
        target = statement.target
        if target is not None and target not in self.entered:
            self._define(target, live)
            write = statement.operation.name == "setitem"
            if statement.operation.name in SEVERAL_LINES:
                self._define(target, _variables(statement.operands[write:]))
            if write:
                self.moves.append((target, statement.operands[0]))
            live.discard(target)
        live |= _variables(statement.operands)
        live.update(self.reads(statement))
        if end is not None and isinstance(statement.operation, Guard):
            live |= end

    def _repeat(self, node: Repeat, out: set[Var]) -> set[Var]:
        down = None if node.down is None else node.down[0]
        carried = [v for v in (*node.carried, node.counter, down, node.trips) if v is not None]
        if node.made is not None:
            self._define(node.made, out)
            out = out - {node.made}
        counts = (node.count, None if node.down is None else node.down[1])
        after = out | _variables((*counts, *node.tapes))
        head = set(out) | set(carried) | set(node.stacked)
        while True:
            for var, value in zip(node.carried, node.after, strict=True):
                self._define(var, head, value)
            live = (head - set(node.carried)) | _variables(node.after)
            live = self._block(node.nodes, live, set(out) if node.loop.until else None)
            for var in (*node.entries, *carried[len(node.carried) :]):
                self._define(var, live | set(node.entries))
            known = (live - set(node.entries)) | head
            if known == head:
                break
            head = known
        before = head | after
        for var in (*carried, *node.stacked):
            source = None
            if var in node.carried:
                source = node.first[node.carried.index(var)]
            self._define(var, before, source)
        if node not in self._moved:
            self._moved.add(node)
            self.moves += zip(node.carried, node.after, strict=True)
            self.moves += zip(node.carried, node.first, strict=True)
            if node.made is not None and node.counter is not None:
                self.moves.append((node.made, node.counter))
        return (before - {*carried, *node.stacked}) | _variables(node.first)

    def _choose(self, node: Choose, out: set[Var], end: set[Var] | None) -> set[Var]:
        found = _variables((node.condition,))
        for nodes, outputs in node.arms:
            for var, value in zip(node.results, outputs, strict=True):
                self._define(var, out | set(node.results), value)
            live = (out - set(node.results)) | _variables(outputs)
            found |= self._block(nodes, live, end)
            if node not in self._moved:
                self.moves += zip(node.results, outputs, strict=True)
        self._moved.add(node)
        return found

    # -- who is put together

    def root(self, var: Var) -> Var:
        while (found := self.of.get(var)) is not None:
            var = found
        return var

    def are_one(self, one: Operand, other: Operand) -> bool:
        return type(one) is Var and type(other) is Var and self.root(one) is self.root(other)

    def _unite(self, one: Var, other: Var) -> None:
        a, b = self.root(one), self.root(other)
        if a is b or b in self.apart[a] or (a in self.entered and b in self.entered):
            return
        if one.aval.shape != other.aval.shape or one.aval.dtype != other.aval.dtype:
            return
        if ("_bar" in a.name) != ("_bar" in b.name):
            return  # a cotangent is no state of a value
        if b in self.entered:
            a, b = b, a
        self.of[b] = a
        for var in self.apart.pop(b, set()):
            self.apart[var].discard(b)
            self.apart[var].add(a)
            self.apart[a].add(var)


def names_of_blocks(
    blocks: Blocks,
    lives: Lives,
    fixed: Mapping[Var, str],
    parameters: Collection[str],
    own: Collection[Var],
) -> dict[Var, str]:
    """A name for each variable.

    Args:
        blocks: of the program.
        lives: of its variables.
        fixed: the names of what the function is given.
        parameters: all names of its parameters.
        own: the variables of lines outside loops and branches, which keep their names.
    """
    members: defaultdict[Var, list[Var]] = defaultdict(list)
    for var in [*fixed, *reversed(lives.order)]:
        if var not in members[lives.root(var)]:
            members[lives.root(var)].append(var)
    taken: dict[Var, str] = {lives.root(v): name for v, name in fixed.items()}
    never = RESERVED_NAMES | BUILTIN_NAMES
    lasting = set(parameters) - {*fixed.values()}
    kinds = {name: (v.aval.shape, v.aval.dtype) for v, name in fixed.items()}

    def is_free(name: str, root: Var) -> bool:
        if name in lasting or (name in never and name not in parameters):
            return False
        if kinds.get(name, kind := (root.aval.shape, root.aval.dtype)) != kind:
            return False  # people would take it for another
        return not any(taken.get(other) == name for other in lives.apart[root])

    def give(root: Var, hint: str) -> None:
        hint, k = as_plain(hint), 0
        name = hint
        while not is_free(name, root):
            k += 1
            name = f"{hint}_{k}"
        taken[root] = name
        kinds[name] = root.aval.shape, root.aval.dtype

    waiting = []
    for root, variables in members.items():
        if root in taken:
            continue
        known = [v.name for v in variables if v in own]
        known += [blocks.hints[v] for v in variables if v in blocks.hints]
        if known:
            give(root, known[0])
        else:
            waiting.append(root)
    for root in waiting:
        give(root, plain_hint(members[root][0].name))
    return {v: taken[lives.root(v)] for variables in members.values() for v in variables}


def _variables(operands: Iterable[Operand]) -> set[Var]:
    return {o for o in operands if type(o) is Var}


def in_order(pairs: Sequence[tuple[str, str, set[str]]]) -> list[tuple[str, str]]:
    """Assignments that are made at the same time, as lines one after another where that is so.

    Each is a name, the text of its value, and the names that the text reads.

    >>> in_order([("a", "b", {"b"}), ("b", "c", {"c"})])
    [('a', 'b'), ('b', 'c')]
    >>> in_order([("a", "b", {"b"}), ("b", "a", {"a"})])
    [('a, b', 'b, a')]
    """
    waiting, lines = list(pairs), list[tuple[str, str]]()
    while waiting:
        free = [p for p in waiting if not any(p[0] in q[2] for q in waiting if q is not p)]
        if not free:
            names, values = [p[0] for p in waiting], [p[1] for p in waiting]
            return [*lines, (", ".join(names), ", ".join(values))]
        lines.append(free[0][:2])
        waiting.remove(free[0])
    return lines
