"""One loop as expressions: solved where its recurrences have solutions, else told as it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sympy

from ..program.loops import Loop
from ..program.program import INT, Guard, Statement, Var
from .expressions import as_condition
from .forms import Inside, Line, Read, Until, Unwritable, plain_name
from .pairs import Pair, pair_of
from .placing import placed
from .series import Components, term
from .solving import Solution, affine, total
from .text import negate

_ZERO = sympy.S.Zero
NO_SEEDS: Mapping[int, Any] = MappingProxyType({})


class LoopForm:
    """A loop of a program.

    Args:
        s: its statement.
        operands: the expressions of its operands.
        results: the variables of what it finds, by their numbers.
        outer: the program that it stands in.
        outs: which of the numbers are wanted that it gives in each iteration.
    """

    def __init__(
        self,
        s: Statement,
        operands: Sequence[Any],
        results: Mapping[int, Var],
        outer: Inside,
        outs: Sequence[int] = (),
    ) -> None:
        loop = s.operation
        assert isinstance(loop, Loop)
        if loop.elements:
            raise Unwritable("a loop reads what another one has stacked")
        self.outer, self.context, self.results = outer, outer.context, results
        self.vars = s.operands[1:]
        body = loop.body
        self.carried = body.inputs[: loop.carried]
        self.first = list(operands[1 : 1 + loop.carried])
        self.given = list(operands[1 + loop.carried :])
        self.phis = [sympy.Dummy(v.name, real=True) for v in self.carried]
        self.shapes = self.context.shapes
        for phi, var in zip(self.phis, self.carried, strict=True):
            self.shapes[phi] = var.aval.shape
        self.context.depth += 1
        try:
            self.inner = outer.inside(body, [*self.phis, *self.given])
            outputs = self.inner.outputs
            self.nexts, given = outputs[: loop.carried], outputs[loop.carried :]
            self.outs = {n: given[n] for n in outs}
        finally:
            self.context.depth -= 1
        self.k = sympy.Dummy(self._letter(s), integer=True, nonnegative=True)
        self.pulled: dict[int, tuple[dict[Var, Any], list[tuple[Read, Any]]]] = {}
        self.most: Any = None  # of what a `for` loop goes through that may end before
        self.count = self._counted(operands[0])
        self.solutions: dict[int, Any] = {}
        self.pairs: dict[int, Pair] = {}
        self._solve()
        self.wanted = list(results)
        self.wanted += [i for n in self.outs for i in self._made_of(self.outs[n])]
        self.solved = all(i in self.solutions for i in self.wanted)
        if not self.solved and self.context.depth:
            raise Unwritable("a loop in a loop has no closed form")
        self.at_k = {self.phis[i]: s.at(self.k) for i, s in self.solutions.items()}
        self._check_assumed()
        if self.solved:
            self._tell_until(self.at_k)
        else:
            self._tell()

    # -- the iterations

    def _letter(self, loop: Statement) -> str:
        """What the number of the iteration is called.

        A `for` loop goes by what its head makes of it, of which the context takes note.
        """
        places = [
            (var, phi)
            for var, first, phi, after in zip(
                self.carried, self.first, self.phis, self.nexts, strict=True
            )
            if first == 0 and after == phi + 1
        ]
        if not places:
            return "k"
        var, place = places[-1]
        for s in self.inner.plain:
            target = s.target
            if target is None or target.aval is not INT or s.span != loop.span:
                continue
            found = affine(self.inner.value(target), place)
            named = s.operation.name not in target.name
            if named and found is not None and found[0] != 0 and not found[1].has(*self.phis):
                letter = plain_name(target.name)
                self.context.indices[letter] = found
                return letter
        return plain_name(var.name)

    def _counted(self, count: Any) -> Any:
        """How many iterations there are; where a condition tells, a name for it."""
        if count is not None and not self.inner.guards:
            return count
        if self.context.depth:
            raise Unwritable("a loop in a loop ends where a condition fails")
        self.most = count
        name, number = "N", 1
        while name in self.context.letters:
            number += 1
            name = f"N{number}"
        self.context.letters.add(name)
        return sympy.Symbol(name, integer=True, nonnegative=True)

    def _solve(self) -> None:
        """Solve each recurrence that depends on no other one, or on solved ones."""
        at: dict[Any, Any] = {}
        more = True
        while more:
            more = False
            for i, (phi, after) in enumerate(zip(self.phis, self.nexts, strict=True)):
                others = set(self.phis) - set(at) - {phi}
                if phi in at or self.carried[i].aval.shape or after.free_symbols & others:
                    continue
                found = affine(after.xreplace(at), phi)
                if found is None:
                    continue
                solution = Solution.of(self.first[i], *found, self.k, self.context.assumed)
                if solution is not None:
                    self.solutions[i] = solution
                    at[phi] = solution.at(self.k)
                    more = True
        left = [i for i, phi in enumerate(self.phis) if phi not in at]
        if len(left) == 2 and not any(self.carried[i].aval.shape for i in left):
            nexts = [self.nexts[i].xreplace(at) for i in left]
            phis, first = [self.phis[i] for i in left], [self.first[i] for i in left]
            pair = pair_of(nexts, phis, first, self.context.assumed)
            self.pairs = dict(zip(left, pair or (), strict=bool(pair)))
            self.solutions.update(self.pairs)

    def _check_assumed(self) -> None:
        """Counts of loops inside that this one decides must not be negative."""
        counts = self.context.assumed.counts
        for count in [c for c in counts if c.free_symbols & set(self.phis)]:
            del counts[count]
            if not count.xreplace(self.at_k).is_nonnegative:
                raise Unwritable("the count of a loop in a loop may be negative")

    def _ends(self, at: Mapping[Any, Any]) -> tuple[Any, ...]:
        """The tests one of which ends the loop."""
        tests = [] if self.most is None else [sympy.Ge(self.k, self.most)]
        for s in self.inner.guards:
            assert isinstance(s.operation, Guard)
            test = as_condition(self.inner.value(s.operands[0]))
            test = test if not s.operation.expected else negate(test)
            tests.append(test.xreplace(dict(at)))
        return tuple(tests)

    def _tell_until(self, at: Mapping[Any, Any]) -> None:
        if self.inner.guards:
            unsolved = set(self.phis) - set(at)
            tests = self._ends(at)
            if any(t.free_symbols & unsolved for t in tests):
                self.solved = False
                self._tell()
                return
            self.context.lines.append(Until(self.count, self.k, tests))

    # -- solved

    def values(self) -> dict[int, Any]:
        """What the loop finds."""
        if not self.solved:
            told = set(self.told)
            at = {i: self._term(i, self.count) for i in self.results if i in told}
            return at | {i: self.solutions[i].at(self.count) for i in self.results if i not in told}
        return {i: self.solutions[i].at(self.count) for i in self.results}

    def at(self, i: int, count: Any) -> Any:
        """Value number `i` after so many iterations."""
        if not self.solved and i in self.told:
            return self._term(i, count)
        return self.solutions[i].at(count)

    def out(self, n: int, turn: Any) -> Any:
        """What an iteration gives."""
        known = self.at_k if self.solved else self.as_terms
        return self.outs[n].xreplace(known).xreplace({self.k: turn})

    def pull(
        self, cts: Mapping[int, Any], seeds: Mapping[int, Any] = NO_SEEDS
    ) -> tuple[list[tuple[Any, Any]], list[tuple[Read, Any]]]:
        """The cotangents of the operands, and of elements that the program around reads.

        Args:
            cts: those of what the loop finds.
            seeds: those of what it gives in each iteration, expressions of `k`.
        """
        cts = {i: ct for i, ct in cts.items() if ct != 0}
        seeds = {n: ct for n, ct in seeds.items() if ct != 0}
        if not cts and not seeds:
            return [], []
        if not self.solved:
            return self._pull_back(cts, seeds)
        ends: list[tuple[Any, Any]] = []
        for q, var in enumerate(self.carried):
            if var.aval.is_inexact:
                parts = [ct * self._tangent(i, ("first", q), self.count) for i, ct in cts.items()]
                parts += [self._given_out(n, ("first", q), ct) for n, ct in seeds.items()]
                ends.append((self.vars[q], sympy.Add(*parts)))
        for v, operand in self._invariants():
            parts = [ct * self._tangent(i, ("given", v), self.count) for i, ct in cts.items()]
            parts += [self._given_out(n, ("given", v), ct) for n, ct in seeds.items()]
            ends.append((operand, sympy.Add(*parts)))
        places: dict[int, tuple[Read, Any]] = {}
        for i, ct in cts.items():
            for r, read in self._reads_for(i).items():
                j = sympy.Dummy(self.k.name, integer=True, nonnegative=True)
                known = places.setdefault(r, (read, []))
                known[1].append((j, ct * self._tangent(i, ("read", r, j), self.count)))
        for n, ct in seeds.items():
            for r, read in self._reads_for(len(self.nexts) + n).items():
                j = sympy.Dummy(self.k.name, integer=True, nonnegative=True)
                known = places.setdefault(r, (read, []))
                known[1].append((j, self._given_out(n, ("read", r, j), ct)))
        return self._placed(ends, list(places.values()))

    def _given_out(self, n: int, by: tuple[Any, ...], ct: Any) -> Any:
        """The cotangent of something, by what iterations give."""
        k, start = self.k, _ZERO
        given, read = self._partials(len(self.nexts) + n)
        direct = given[by[1]] if by[0] == "given" else _ZERO
        through = [
            given[var] * self._tangent(m, by, k)
            for m, var in enumerate(self.carried)
            if m in self.solutions and given.get(var, _ZERO) != 0
        ]
        found = _ZERO
        if by[0] == "read":
            start = by[2] + 1
            own = sympy.Add(*[e for r, e in read if id(r.var) == by[1]])
            found = (ct * own).xreplace(self.at_k).xreplace({k: by[2]})
        later = ct * (direct + sympy.Add(*through)).xreplace(self.at_k)
        if later == 0:
            return found
        j = sympy.Dummy(k.name, integer=True, nonnegative=True)
        assumed = self.context.assumed
        return found + total(later.xreplace({k: j}), j, start, self.count, assumed)

    def _invariants(self) -> list[tuple[Var, Any]]:
        """The inputs of the body that are not carried, with the operands that they are."""
        inputs = self.inner.program.inputs[len(self.carried) :]
        pairs = zip(inputs, self.vars[len(self.carried) :], strict=True)
        return [(v, o) for v, o in pairs if v.aval.is_inexact]

    def _partials(self, i: int) -> tuple[dict[Var, Any], list[tuple[Read, Any]]]:
        """Those of the next value number `i`, by what the body is given and the elements read."""
        known = self.pulled.get(i)
        if known is None:
            count = len(self.inner.program.outputs)
            seeds = [sympy.Integer(int(i == j)) for j in range(count)]
            known = self.pulled[i] = self.inner.pull(seeds)
            self._check_assumed()
        return known

    def _needed(self, i: int) -> list[int]:
        """The values that value number `i` is made of, itself among them."""
        if i >= len(self.nexts):
            return self._made_of(self.outs[i - len(self.nexts)])
        found, waiting = [i], [i]
        while waiting:
            after = self.nexts[waiting.pop()]
            for j, phi in enumerate(self.phis):
                if j not in found and after.has(phi):
                    found.append(j)
                    waiting.append(j)
        return found

    def _made_of(self, expr: Any) -> list[int]:
        """The values that an expression is made of."""
        own = [i for i, phi in enumerate(self.phis) if expr.has(phi)]
        return list(dict.fromkeys([j for i in own for j in self._needed(i)]))

    def _reads_for(self, i: int) -> dict[int, Read]:
        """The elements that value number `i`, or what is given by number, is made of."""
        found: dict[int, Read] = {}
        for j in [*self._needed(i), *([i] if i >= len(self.nexts) else [])]:
            if j >= len(self.nexts) or self.carried[j].aval.is_inexact:
                for read, _ in self._partials(j)[1]:
                    found[id(read.var)] = read
        return found

    def _tangent(self, i: int, by: tuple[Any, ...], count: Any) -> Any:
        """How value number `i` moves with something, after so many iterations."""
        if not self.carried[i].aval.is_inexact:
            return _ZERO
        if i in self.pairs:
            which = [*self.pairs].index(by[1]) if by[0] == "first" and by[1] in self.pairs else None
            return _ZERO if which is None else self.pairs[i].moved(which, count)
        solution, k = self.solutions[i], self.k
        given, read = self._partials(i)
        direct, start = _ZERO, _ZERO
        if by[0] == "given":
            direct = given[by[1]]
        elif by[0] == "read":
            start = by[2] + 1
            direct = sympy.Add(*[e for r, e in read if id(r.var) == by[1]])
        others = {p: e for p, e in self.at_k.items() if p != self.phis[i]}
        through = [
            given[var] * self._tangent(m, by, k)
            for m, var in enumerate(self.carried)
            if m != i and m in self.solutions and given.get(var, _ZERO) != 0
        ]
        chain = sympy.Add(*through).xreplace(others)
        direct = direct.xreplace(others)
        if by[0] != "read":
            moved = _ZERO
            if by == ("first", i):
                moved = solution.propagated(_ZERO, count)
            both = direct + chain
            if both == 0:
                return moved
            found = affine(both, self.phis[i])
            if found is None:
                raise Unwritable("a loop moves in a way that has no closed form")
            return moved + solution.slope(*found, count)
        found = affine(direct, self.phis[i])
        place = {k: by[2]}
        if found is None:
            raise Unwritable("a loop moves in a way that has no closed form")
        da, db = (e.xreplace(place) for e in found)
        if solution.is_product and db == 0:
            moved = da * solution.without(by[2], count)
        else:
            left = solution.propagated(start, count)
            moved = left * (da * solution.at(by[2]) + db) if da != 0 else left * db
        if chain == 0:
            return moved
        j = sympy.Dummy(k.name, integer=True, nonnegative=True)
        later = chain.xreplace({self.phis[i]: solution.at(k)}).xreplace({k: j})
        left = solution.propagated(j + 1, count)
        return moved + total(left * later, j, start, count, self.context.assumed)

    def _placed(
        self, ends: list[tuple[Any, Any]], places: Sequence[tuple[Read, Any]]
    ) -> tuple[list[tuple[Any, Any]], list[tuple[Read, Any]]]:
        """Cotangents of elements as those of vectors, or of elements that do not vary here."""
        operands = dict(self._invariants())
        at = {id(r): r.place.xreplace(self.at_k) for r, _ in places}
        if any(e.free_symbols & set(self.phis) for e in at.values()):
            raise Unwritable("an element is read at a place that is computed")
        found = [(r, operands[r.source], at[id(r)], parts) for r, parts in places]
        more, further = placed(found, self.k, self.count, self.outer)
        return [*ends, *more], further

    # -- as it goes

    def _tell(self) -> None:
        """The recurrences themselves."""
        wanted: list[int] = []
        for i in self.wanted:
            wanted += [j for j in self._needed(i) if j not in wanted]
        for s in self.inner.guards:
            test = self.inner.value(s.operands[0])
            for i, phi in enumerate(self.phis):
                if test.has(phi) and i not in wanted:
                    wanted += [j for j in self._needed(i) if j not in wanted]
        whole = {i for i, v in enumerate(self.carried) if not v.aval.is_inexact}
        counting = {i: s.at(self.k) for i, s in self.solutions.items() if i in whole}
        self.told = [i for i in wanted if i not in counting]
        names = {i: self.context.sequence(plain_name(self.carried[i].name)) for i in self.told}
        self.sequences = names
        self.as_terms = {self.phis[i]: e for i, e in counting.items()}
        self.as_terms |= {self.phis[i]: self._term(i, self.k) for i in self.told}
        for i in self.told:
            self.context.lines.append(Line(self._term(i, _ZERO), self.first[i]))
        for i in self.told:
            after = self.nexts[i].xreplace(self.as_terms)
            if after.has(Components):
                raise Unwritable("a loop writes to an array in some of its iterations")
            self.context.lines.append(Line(self._term(i, self.k + 1), after, self.k, self.count))
        if self.inner.guards:
            tests = self._ends(self.as_terms)
            self.context.lines.append(Until(self.count, self.k, tests))
        else:
            self.context.assumed.note(self.count)

    def _term(self, i: int, index: Any, bar: str = "") -> Any:
        return term(self.sequences[i] + bar, self.carried[i].aval, index)

    def _is_added_up(self, i: int) -> bool:
        """Whether a value only has something added to it, which nothing else reads."""
        phi = self.phis[i]
        if self.carried[i].aval.shape:
            return False
        others = [e for j, e in enumerate(self.nexts) if j != i and j in self.told]
        alone = all(not e.has(phi) for e in [*others, *self.outs.values()])
        found = affine(self.nexts[i], phi) if alone else None
        return found is not None and found[0] == 1

    def _pull_back(
        self, cts: Mapping[int, Any], given_out: Mapping[int, Any]
    ) -> tuple[list[tuple[Any, Any]], list[tuple[Read, Any]]]:
        """The recurrences of the cotangents, from the last iteration to the first."""
        k, lines, bar = self.k, self.context.lines, self.context.bar
        moving = [i for i in self.told if self.carried[i].aval.is_inexact]
        added = {i for i in moving if self._is_added_up(i)}
        seeds: list[Any] = [_ZERO] * len(self.inner.program.outputs)
        for n, ct in given_out.items():
            seeds[len(self.nexts) + n] = ct
        for i in moving:
            seeds[i] = cts.get(i, _ZERO) if i in added else self._term(i, k + 1, bar)
        given, read = self.inner.pull(seeds)
        self._check_assumed()
        for i in moving:
            if i not in added:
                lines.append(Line(self._term(i, self.count, bar), cts.get(i, _ZERO)))
        ends: list[tuple[Any, Any]] = []
        for i in moving:
            if i in added:
                ends.append((self.vars[i], seeds[i]))
                continue
            back = given[self.carried[i]].xreplace(self.as_terms)
            lines.append(Line(self._term(i, k, bar), back, k, self.count, True))
            ends.append((self.vars[i], self._term(i, _ZERO, bar)))
        for v, operand in self._invariants():
            j = sympy.Dummy(k.name, integer=True, nonnegative=True)
            part = given[v].xreplace(self.as_terms).xreplace({k: j})
            if part != 0:
                ends.append((operand, total(part, j, _ZERO, self.count, self.context.assumed)))
        places = []
        for r, e in read:
            j = sympy.Dummy(k.name, integer=True, nonnegative=True)
            places.append((r, [(j, e.xreplace(self.as_terms).xreplace({k: j}))]))
        self.at_k = self.as_terms
        return self._placed(ends, places)
