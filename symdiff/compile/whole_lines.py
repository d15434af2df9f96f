"""The lines in which whole arrays compute what a loop computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

import numpy as np

from ..operations.statements.affine import Affine
from ..optimize.chains import PRODUCT, RESET, SUM
from ..optimize.plans import (
    Chosen,
    Computed,
    Lookup,
    Node,
    Part,
    Place,
    Plan,
    Scanned,
    Shifted,
    Stored,
    Term,
    last_reads,
)
from ..program.loops import Loop
from ..program.naming import checked
from ..program.program import Statement, Var
from ..records import dataclass
from ..safety.floating import raising, settled
from .checks import ALONE
from .guards import beyond
from .lifetimes import LARGE, LoopMemory
from .list_lines import NUMBER
from .loops import Found, LoopEmitter, indented

_ACCUMULATED = {
    **{SUM: "add", PRODUCT: "multiply", RESET: "multiply"},
    **{"larger": "maximum", "maximum": "maximum", "smaller": "minimum", "minimum": "minimum"},
}
_NEUTRAL = {"larger": "fmax", "smaller": "fmin"}
"""Python's `max` keeps what it has beside what is no number, as it does beside `-inf`."""

_INFINITE = {"larger": "-numpy.inf", "smaller": "numpy.inf"}
_ZERO = Affine(0)
_ONE = Affine(1)


@dataclass(slots=True)
class Writer:
    """Writes the lines of one loop.

    An array of the plan has its entries in the order of the iterations, or in the opposite one, if
    it is that in which they lie in memory (`flipped`).
    """

    emitter: LoopEmitter
    plan: Plan
    loop: Loop
    statement: Statement
    memory: LoopMemory
    n: Affine
    size: Callable[[Place], Affine | None]  # how long the array is in which a place is, if known
    constant: bool  # whether nothing may write to what the program does not write to
    flipped: bool = False
    names: dict[int, str] = field(default_factory=dict)  # of what is carried as an array
    foreign: set[int] = field(default_factory=set)  # which of these are to be copied first
    last: dict[int, str] = field(default_factory=dict)  # and as a number, when all has been done
    fresh: set[Var] = field(default_factory=set)  # arrays in memory of their own
    counts: dict[Affine, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[tuple[str, str | None]]:
        return self.emitter.lines

    def add(self, target: str, source: str) -> None:
        self.lines.append((target, source))

    def write(self, found: Found | None) -> Found:
        """Write all lines.

        Args:
            found: the names to be given to the results, if the loop itself is written, too.
        """
        emitter, plan, loop = self.emitter, self.plan, self.loop
        body, statement = loop.body, self.statement
        assert statement.target is not None
        for var in plan.variables(body):
            var.name = checked(emitter.namer(NUMBER.sub("", var.name) or var.name))
        steps = [p.along.step for p in plan.places]
        self.flipped = any(s < 0 for s in steps) and not any(s > 0 for s in steps)
        stacks = emitter.limited.get(statement.target)
        if stacks is not None:
            room = emitter.limit(stacks)
            emitter.room = ""
            if room:
                over = emitter.object(beyond, "beyond")
                emitter.line(f"{self.n.text()} <= {room} or {over}()")
        outer = emitter.lines
        emitter.lines = []
        self.begin()
        last = last_reads(plan.nodes, plan.kept)
        forgets = self.n.known is None or self.n.known >= LARGE
        for k, node in enumerate(plan.nodes):
            self.node(node, k, last)
            if forgets:
                self.forget(v for v, at in last.items() if at == k)
        inner, emitter.lines = emitter.lines, outer
        if plan.raises:
            before = emitter.namer("before")
            self.add(before, f"{emitter.object(raising, 'raising')}()")
            emitter.lines += indented("try:", inner)
            settle = f"{emitter.object(settled, 'settled')}({before})"
            emitter.lines += indented("finally:", [(settle, ALONE)])
        else:
            emitter.lines += inner
        return self.results(found)

    def begin(self) -> None:
        """Name the arrays that are written to, and the entries of tapes."""
        loop, emitter = self.loop, self.emitter
        carried, _, _ = loop.parts(loop.body.inputs)
        first, _, _ = loop.parts(self.statement.operands[1:])
        for k, (var, operand) in enumerate(zip(carried, first, strict=True)):
            if var.aval.shape:
                self.names[k] = emitter.kept(operand, var)
                if k not in self.memory.handed:
                    self.foreign.add(k)
        for var, tape in self.plan.tapes:
            way = "" if loop.backward == self.flipped else "[::-1]"
            self.add(var.name, f"{tape.name}{way}")

    def forget(self, variables: Iterator[Var]) -> None:
        kept = set(self.names.values())
        names = [v.name for v in variables if v not in self.outside() and v.name not in kept]
        if names:
            self.add(f"del {', '.join(names)}", ALONE)

    def outside(self) -> set[Any]:
        return {o for o in self.statement.operands if type(o) is Var}

    # -- nodes

    def node(self, node: Node, k: int, last: dict[Var, int]) -> None:
        if isinstance(node, Lookup):
            source = self.slice_of(node.place)
            copied = node.copied and not self.is_constant(node.place)
            self.add(node.target.name, f"numpy.array({source})" if copied else source)
        elif isinstance(node, Computed):
            if node.target in self.plan.vectors:
                self.fresh.add(node.target)
            names = [self.name(v) for v in node.operands]
            self.add(node.target.name, node.template.render(names, "numpy"))
        elif isinstance(node, Chosen):
            self.fresh.add(node.target)
            self.choose(node)
        elif isinstance(node, Stored):
            self.store(node, k, last)
        elif isinstance(node, Scanned):
            self.scan(node, last)
        else:
            self.shift(node, last)

    def choose(self, node: Chosen) -> None:
        """Compute the arm that is taken, and the other in vain, if that does not raise."""
        names = [self.name(o) for part in node.arms for o in part.operands]
        given = [n for n in dict.fromkeys(names) if n.isidentifier()]
        parameters = f" {', '.join(given)}" if given else ""
        arms = [f"lambda{parameters}: {self.part(part)}" for part in node.arms]
        texts = [self.part(node.condition), *arms, *given]
        self.add(node.target.name, f"rt.chosen({', '.join(texts)})")

    def part(self, part: Part) -> str:
        return part.template.render([self.name(v) for v in part.operands], "numpy")

    def name(self, value: Any) -> str:
        """A value as it is written: an array, a number that counts, or what lies outside."""
        if not isinstance(value, Affine):
            return self.emitter.operand(value)
        if not value.step:
            text = value.text()
            return text if text.isalnum() else f"({text})"
        known = self.counts.get(value)
        if known is None:
            known = self.counts[value] = self.counting(value)
        return known

    def counting(self, number: Affine) -> str:
        """All the values of a number that counts, as floats."""
        begin, step = self.course(number)
        end = begin.plus(self.n, step)
        few = self.n.known is not None and self.n.known < LARGE
        if begin.known is not None and end.known is not None and few:
            numbers = np.arange(begin.known, end.known, step, dtype=float)
            numbers.setflags(write=False)
            return self.emitter.object(numbers, "numbers")
        name = self.emitter.namer("numbers")
        self.add(name, f"numpy.arange({begin.text()}, {end.text()}, {step}, float)")
        return name

    def course(self, number: Affine) -> tuple[Affine, int]:
        """Where a number begins, and by how much it grows, in the order of the entries."""
        last = self.n.plus(_ONE, -1)
        return (number.at(last), -number.step) if self.flipped else (number.at(_ZERO), number.step)

    def is_constant(self, place: Place) -> bool:
        """Whether nobody writes to an array while the function runs."""
        if place.k is not None or not self.constant:
            return False
        lifetimes = self.emitter.lifetimes
        return type(place.array) is not Var or not lifetimes.owns(lifetimes.root_of(place.array))

    def array(self, place: Place) -> str:
        return self.emitter.operand(place.array) if place.k is None else self.names[place.k]

    def slice_of(self, place: Place) -> str:
        """The elements at a place, in the order of the entries."""
        array = self.array(place)
        begin, step = self.course(place.along)
        end = begin.plus(self.n.plus(_ONE, -1), step)
        if step == 1 and begin.known == 0 and end.plus(_ONE) == self.size(place):
            return array if len(place.index) == 1 else f"{array}[{self.index(place, ':')}]"
        if begin.known is not None and end.known is not None:
            stop = end.known + (1 if step > 0 else -1)
            text = f"{begin.known}:{'' if stop < 0 else stop}"
            return f"{array}[{self.index(place, text + (f':{step}' if step != 1 else ''))}]"
        low, high = (begin, end) if step > 0 else (end, begin)
        text = f"{low.text()}:{high.plus(_ONE).text()}"
        if abs(step) != 1:
            text += f":{abs(step)}"
        return f"{array}[{self.index(place, text)}]{'[::-1]' if step < 0 else ''}"

    def index(self, place: Place, along: str) -> str:
        texts = [along if i.step else i.text() for i in place.index]
        return ", ".join(texts)

    def store(self, node: Stored, k: int, last: dict[Var, int]) -> None:
        place = node.place
        assert place.k is not None
        own = self.loop.body.inputs[place.k].name
        fresh = isinstance(node.value, Var) and node.value in self.fresh
        if fresh and last[node.value] == k and self.slice_of(place) == self.names[place.k]:
            self.names[place.k] = node.value.name  # all of it is another array
            self.foreign.discard(place.k)
            return
        if place.k in self.foreign:
            self.foreign.discard(place.k)
            self.add(own, f"numpy.array({self.names[place.k]})")
            self.names[place.k] = own
        target, value = self.slice_of(place), self.name(node.value)
        if target.endswith("[::-1]"):
            target = target.removesuffix("[::-1]")
            value = self.reversed(value, self.varies(node.value))
        self.add(target if "[" in target else f"{target}[:]", value)

    def varies(self, value: Any) -> bool:
        """Whether it is an array of the plan, and not one number for all iterations."""
        if isinstance(value, Affine):
            return bool(value.step)
        return type(value) is Var and value in self.plan.vectors

    def reversed(self, text: str, varies: bool) -> str:
        if not varies:
            return text
        return f"{text}[::-1]" if text.isidentifier() else f"({text})[::-1]"

    def scan(self, node: Scanned, last: dict[Var, int]) -> None:
        emitter = self.emitter
        every = len(node.terms)
        size = self.n.times(every).plus(_ONE).text()
        name = emitter.namer(f"{NUMBER.sub('', node.before.name)}_all")
        self.add(name, f"numpy.empty({size})")
        self.add(f"{name}[0]", "1.0" if node.how == RESET else self.start(node.k))
        for k, term in enumerate(node.terms):
            way = f"[{k + 1}:]" if every == 1 else f"[{k + 1}::{every}]"
            text = self.term(term)
            if node.how in _NEUTRAL:
                text = f"numpy.{_NEUTRAL[node.how]}({text}, {_INFINITE[node.how]})"
            if self.flipped:
                text = self.reversed(text, any(map(self.varies, term.operands)))
            self.add(f"{name}{way}", text)
        self.add(name, f"numpy.{_ACCUMULATED[node.how]}.accumulate({name})")
        if node.how == RESET:
            self.add(name, f"rt.multiples({self.start(node.k)}, {name})")
        by = f":{every}" if every > 1 else ""
        before, after = f"[:-1{by}]", f"[{every}:{by}]"
        if self.flipped and every == 1:
            before, after = "[-2::-1]", "[:0:-1]"
        elif self.flipped:
            before, after = f"{before}[::-1]", f"{after}[::-1]"
        if node.before in last:
            self.add(node.before.name, f"{name}{before}")
        if node.after in last:
            self.add(node.after.name, f"{name}{after}")
        self.last[node.k] = f"{name}[-1].item()"

    def term(self, term: Term) -> str:
        text = term.template.render([self.name(v) for v in term.operands], "numpy")
        return f"-({text})" if term.negative else text

    def shift(self, node: Shifted, last: dict[Var, int]) -> None:
        name, after = node.before.name, self.name(node.after)
        varies = self.varies(node.after)
        if node.before in last:
            self.add(name, f"numpy.empty({self.n.text()})")
            self.add(f"{name}[{-1 if self.flipped else 0}]", self.start(node.k))
            if self.flipped:
                self.add(f"{name}[:-1]", f"{after}[1:]" if varies else after)
            else:
                self.add(f"{name}[1:]", f"{after}[:-1]" if varies else after)
        final = 0 if self.flipped else -1
        self.last[node.k] = f"{after}[{final}].item()" if varies else after

    def start(self, k: int) -> str:
        return self.name(self.statement.operands[1 + k])

    # -- results

    def results(self, found: Found | None) -> Found:
        """Give the results the names by which they are read."""
        emitter, loop, plan = self.emitter, self.loop, self.plan
        assert self.statement.target is not None
        asked = emitter.lifetimes.joined.get(self.statement.target, {})
        if found is None:
            carried = loop.body.inputs[: loop.carried]
            names = [emitter.namer(NUMBER.sub("", v.name) or v.name) for v in carried]
            stacked = [emitter.namer(f"stack_{k}") for k in range(loop.stacked)]
            count = emitter.count_of(loop, self.statement.operands)
            found = Found(names, stacked, self.n.text(), count)
        for name, value in zip(found.stacked, plan.stacked, strict=True):
            if isinstance(value, Affine):
                number = plan.in_tape(value)
                assert number is not None
                begin, end = number.at(_ZERO), number.at(self.n)
                self.add(name, f"range({begin.text()}, {end.text()}, {number.step})")
            else:
                way = "" if loop.backward == self.flipped else "[::-1]"
                self.add(name, f"{value.name}{way}")
        for k, name in enumerate(found.carried):
            if k not in asked:
                continue
            if k in plan.counted:
                self.add(name, plan.counted[k].at(self.n).text())
            else:
                self.add(name, self.names[k] if k in self.names else self.last[k])
        if found.trips.isidentifier() and found.trips != self.n.text():
            self.add(found.trips, self.n.text())
        emitter.shared.update(loop.body.inputs)
        return found
