"""Choose the specialization for each call; trace and compile a new one where there is none.

A compiled function checks its own guards as it runs. One that fails names its position and the
outcome it found, which leads to a specialization made for that outcome, or to a new trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ParamSpec, TypeVar

from ..compile.emit import Layout, Output
from ..compile.function import Compiled, compile_extended, compile_program, compile_replay
from ..compile.guards import BeyondMemory, GuardMiss, guards_ignored
from ..errors import LengthError, LoopError, SymdiffError
from ..optimize.checkpoints import stacking, with_checkpoints
from ..program.acts import EffectLog
from ..program.naming import name_of
from ..program.program import Program
from ..safety.collecting import uncollected
from ..safety.defence import defended
from ..safety.exclusive import TABLES, alone, restoring
from ..safety.floating import errors_raise, quietly
from ..safety.progress import shown
from ..safety.stack import deep
from ..settings import get_rolling
from ..source.installed import is_library_file
from ..specialize.outside.reads import Promote
from ..specialize.recording.known import Known
from ..specialize.result import Specialization
from ..specialize.trace import specialize
from ..specialize.traced import Traced
from .alike import are_one, has_loops
from .correcting import corrected, is_whole
from .leaves import Leaf
from .lengths import Lengths, fixed, fresh_leaf
from .rolling import Bodies
from .sizes import for_all_lengths
from .targets import Targeted

_MOST_LEAVES = 256

_MOST_TRIED = 8
"""So many specializations with branches are tried before a call is traced."""

P = ParamSpec("P")
T = TypeVar("T")

Build = Callable[[Specialization], tuple[Program, Sequence[Output], Layout | None]]
"""From a specialization to the program to compile, and how its outputs are handed over."""


def exclusively(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what traces or compiles: alone, with a deep stack, and without the collector."""

    def inner() -> T:
        return uncollected(function, *args, **kwargs)

    return alone(lambda: deep(inner))


def _is_users(file: str) -> bool:
    return not is_library_file(file)


class Dispatcher:
    """All specializations of one function."""

    def __init__(
        self,
        traced: Traced,
        promote: Mapping[str, Promote],
        rolls: bool = False,
        frees: bool = False,
        lists: str = "",
        target: str = "python",
    ) -> None:
        self.traced = traced
        self.lists = lists  # which lists among the arguments may be read as arrays
        self.name = name_of(traced.function, "a function")
        self.promote = promote
        self.target = Targeted(target, self.name)
        self.rolls = rolls  # whether what is made of the traces knows loops
        self.lengths = Lengths() if frees else None  # where lengths may be left free
        self.leaves: list[Leaf] = []
        self.links: dict[tuple[int, int, Any], Leaf] = {}
        self.trace_count = 0
        self.known: dict[int, Known] = {}  # of loops
        self.bodies = Bodies()
        self.checked = False

    def compiled(
        self,
        leaf: Leaf,
        variant: str,
        build: Build,
        careful: bool = False,
        beyond: bool = False,
    ) -> Compiled:
        """A variant; where one would stack too much (`beyond`), with checkpoints from then on."""
        key = (variant, careful)
        known = leaf.compiled.get(key)
        if known is None or beyond:

            def compile() -> Compiled:
                with defended(_is_users):
                    program, outputs, layout = self._built(leaf, build)
                    count = len(self.traced.parameters)
                    derives = variant != "value" or leaf.specialization.derives
                    watching = derives and not careful
                    if beyond:
                        program, limited = with_checkpoints(program), {}
                    else:
                        limited = stacking(program)
                    alone = variant not in ("vjp", "linearize")  # those go on in a second program
                    made = compile_program(
                        program,
                        count,
                        outputs,
                        layout,
                        careful,
                        watching,
                        limited,
                        numbers=not leaf.arrays,
                        alone=alone,
                    )
                    return self.target.of(made, program, count, outputs, layout, limited)

            try:
                known = leaf.compiled[key] = exclusively(shown, "compiling", self.name, compile)
            except SymdiffError:
                self.drop(leaf)  # what is refused here need not be refused for other inputs
                raise
        return known

    def drop(self, leaf: Leaf | None) -> None:
        """Forget a leaf of which nothing can be compiled."""
        with TABLES:
            self.leaves = [k for k in self.leaves if k is not leaf]
            self.links = {k: v for k, v in self.links.items() if v is not leaf and k[0] != id(leaf)}

    def _built(self, leaf: Leaf, build: Build) -> Any:
        if leaf.specialization.free:
            return for_all_lengths(leaf.specialization, build)
        return build(leaf.specialization)

    def extended(self, leaf: Leaf, variant: str, build: Build) -> Compiled:
        """A variant in extended precision."""
        key = (f"{variant} extended", True)
        known = leaf.compiled.get(key)
        if known is None:
            program, outputs, layout = self._built(leaf, build)
            count, limited = len(self.traced.parameters), stacking(program)
            known = exclusively(compile_extended, program, count, outputs, layout, limited)
            leaf.compiled[key] = known
        return known

    def replay(self, leaf: Leaf) -> Compiled:
        """What tells whether the function itself raises along the path of a leaf."""
        known = leaf.compiled.get(("replay", True))
        if known is None:
            made = leaf.specialization
            count = len(self.traced.parameters)
            known = exclusively(compile_replay, made.program, count, made.python)
            leaf.compiled["replay", True] = known
        return known

    def trace(self, values: Sequence[Any], log: EffectLog | None = None) -> tuple[Leaf, bool]:
        """The leaf for these inputs by tracing, and whether it is new."""
        return self.trace_free(values, log, None)

    def trace_free(
        self, values: Sequence[Any], log: EffectLog | None, free: Mapping[str, int] | None
    ) -> tuple[Leaf, bool]:
        """The same, with some lengths left free."""
        log = log or EffectLog()
        runner = self.bodies if self.rolls and get_rolling() else None
        log.release()

        def made() -> Specialization:
            return exclusively(lambda: shown("tracing", self.name, traced))

        def traced() -> Specialization:
            if not self.checked:
                self.traced.check()
                self.checked = True
            self.trace_count += 1
            try:
                return specialize(
                    self.traced, values, self.promote, log, runner, self.known, free, self.lists
                )
            except LoopError:
                if runner is None or free is not None:
                    raise
                self._unroll(log)
                return specialize(self.traced, values, self.promote, log)

        specialization = restoring(log.release, made)
        with TABLES:
            for leaf in self.leaves:
                if are_one(leaf.specialization, specialization):
                    return leaf, False
            leaf = Leaf(specialization)
            self.leaves.insert(0, leaf)
            if len(self.leaves) > _MOST_LEAVES:
                self.leaves.pop()
                self.links.clear()
            return leaf, True

    def call(
        self,
        variant: str,
        build: Build,
        values: Sequence[Any],
        extra: Sequence[Any] = (),
        start: Leaf | None = None,
        missed: GuardMiss | None = None,
        raised: bool = False,
    ) -> tuple[Any, Leaf, Compiled]:
        """Call a variant for these inputs.

        Args:
            variant: the name of the variant, such as `"grad"`.
            build: makes its program.
            values: one value for each parameter.
            extra: further arguments of the compiled function.
            start: the leaf that was tried already.
            missed: the guard that failed there.
            raised: whether it raised something else instead.

        Returns:
            The result, the leaf it came from and the compiled function.
        """
        log = EffectLog()

        def attempt() -> tuple[Any, Leaf, Compiled]:
            nonlocal start, missed
            if raised and start is not None and start.failed(variant):
                start = missed = None
            elif raised and start is not None and not errors_raise():
                try:
                    return self._carefully(start, variant, build, values, extra, log)
                except Exception:
                    start = missed = None  # the way of any call
                log.rewind()
            try:
                return self._call(variant, build, values, extra, start, missed, log)
            except LoopError:
                if not self.rolls:
                    raise
                self._unroll(log)
                return self._call(variant, build, values, extra, None, None, log)
            except LengthError:
                fixed(self, log)
                return self._call(variant, build, values, extra, None, None, log)

        return restoring(log.release, attempt)

    def unroll(self) -> None:
        """Trace without loops from here on: something that is done to the traces knows none."""
        self.rolls = False
        with TABLES:
            self.leaves = [k for k in self.leaves if not has_loops(k.specialization.program)]
            self.links.clear()

    def _unroll(self, log: EffectLog) -> None:
        self.unroll()
        log.release()
        log.rewind()

    def _call(
        self,
        variant: str,
        build: Build,
        values: Sequence[Any],
        extra: Sequence[Any],
        start: Leaf | None,
        missed: GuardMiss | None,
        log: EffectLog,
    ) -> tuple[Any, Leaf, Compiled]:
        leaf = start
        tried: set[int] = set()
        missing = {id(start)} if start is not None else set()
        for _ in range(0 if errors_raise() else len(self.leaves) + 1):
            with TABLES:
                candidate = self._next(leaf, missed) if not tried or leaf is not None else None
                if tried and (candidate is None or id(candidate) in tried):
                    candidate = next((k for k in self.leaves if id(k) not in tried), None)
                if candidate is None and len(missing) <= _MOST_TRIED:
                    # No path tells what guards in arms have found, nor which lengths are meant.
                    free = leaf is not None and leaf.specialization.free
                    others = [k for k in self.leaves if k.structured or free]
                    candidate = next((k for k in others if id(k) not in missing), None)
            if candidate is None:
                break
            missing.add(id(candidate))
            if tried:
                tried.add(id(candidate))
            log.release()
            try:
                compiled = self.compiled(candidate, variant, build)
            except (LoopError, LengthError):
                raise
            except SymdiffError:
                break  # a trace for these inputs tells whether they are refused
            finally:
                log.rewind()
            beyond = partial(self.compiled, candidate, variant, build, beyond=True)
            try:
                result = self._run(compiled, values, extra, log, beyond)
                return result, candidate, self.compiled(candidate, variant, build)
            except GuardMiss as miss:
                leaf, missed = candidate, miss.with_traceback(None)
            except Exception:
                candidate.failed(variant)
                try:
                    return self._carefully(candidate, variant, build, values, extra, log)
                except GuardMiss as miss:
                    leaf, missed = candidate, miss.with_traceback(None)
                    continue
                except Exception:
                    pass
                # Where the function catches exceptions, this is how another path shows.
                tried.add(id(candidate))
                if log.results:
                    break
                leaf = missed = None
        log.rewind()
        fresh = fresh_leaf(self, variant, build, values, log)
        with TABLES:
            if leaf is not None and missed is not None and leaf in self.leaves:
                self.links[id(leaf), missed.position, missed.outcome] = fresh
            self._touch(fresh)
        compiled = self.compiled(fresh, variant, build)
        try:
            log.rewind()
            beyond = partial(self.compiled, fresh, variant, build, beyond=True)
            result = guards_ignored(self._run, compiled, values, extra, log, beyond)
            return result, fresh, self.compiled(fresh, variant, build)
        except SymdiffError:
            raise  # refused for what was computed, as by a solver
        except Exception:
            # Python's own numbers raise where NumPy's give inf or nan, and the trace did not raise.
            return self._run_carefully(fresh, variant, build, values, extra, log), fresh, compiled

    def _carefully(
        self,
        leaf: Leaf,
        variant: str,
        build: Build,
        values: Sequence[Any],
        extra: Sequence[Any],
        log: EffectLog,
    ) -> tuple[Any, Leaf, Compiled]:
        """The result where compiled code has raised, and the function itself does not.

        Raises:
            GuardMiss: the function takes another path.
            Exception: the function raises, or so it seems.
        """
        log.release()
        compiled = self.compiled(leaf, variant, build)
        replay = self.replay(leaf)
        log.rewind()
        self._run(replay, values, (), log)
        result = self._run_carefully(leaf, variant, build, values, extra, log)
        return result, leaf, compiled

    def _run_carefully(
        self,
        leaf: Leaf,
        variant: str,
        build: Build,
        values: Sequence[Any],
        extra: Sequence[Any],
        log: EffectLog,
    ) -> Any:
        """The result by NumPy's numbers, along the path of the leaf.

        Where products may leave the range of floats, it is held to one in extended precision.
        """
        log.release()
        careful = self.compiled(leaf, variant, build, careful=True)
        further: Any = None
        if self.compiled(leaf, variant, build).watching:
            try:
                extended = self.extended(leaf, variant, build)
                further = guards_ignored(self._run, extended, values, extra, log)
            except Exception:
                further = None  # the function raises, or it would take too much memory
        log.rewind()
        beyond = partial(self.compiled, leaf, variant, build, careful=True, beyond=True)
        try:
            result = guards_ignored(self._run, careful, values, extra, log, beyond)
        except (ArithmeticError, ValueError):
            # The function does not raise: what is no number on the way was given to one who minds.
            if further is None or not is_whole(further):
                raise
            return further
        return result if further is None else corrected(result, further)

    def _run(
        self,
        compiled: Compiled,
        values: Sequence[Any],
        extra: Sequence[Any],
        log: EffectLog,
        beyond: Callable[[], Compiled] | None = None,
    ) -> Any:
        """Run compiled code, or what `beyond` gives where that would stack too much."""
        further = (log,) if compiled.needs_log else ()
        try:
            return quietly(compiled.function, *values, *extra, *further)
        except BeyondMemory:
            if beyond is None:
                raise
        log.release()
        compiled = beyond()
        log.rewind()
        return quietly(compiled.function, *values, *extra, *further)

    def _next(self, leaf: Leaf | None, missed: GuardMiss | None) -> Leaf | None:
        """The leaf to try after `leaf` failed at a guard."""
        if leaf is None or missed is None:
            return self.leaves[0] if self.leaves and leaf is None else None
        position, outcome = missed.position, missed.outcome
        known = self.links.get((id(leaf), position, outcome))
        if known is not None:
            self._touch(known)
            return known
        prefix = leaf.specialization.path[:position]
        for other in self.leaves:
            path = other.specialization.path
            if (
                other is not leaf
                and len(path) > position
                and path[position] == outcome
                and path[:position] == prefix
            ):
                self.links[id(leaf), position, outcome] = other
                self._touch(other)
                return other
        return None

    def _touch(self, leaf: Leaf) -> None:
        if self.leaves and self.leaves[0] is not leaf and leaf in self.leaves:
            self.leaves.remove(leaf)
            self.leaves.insert(0, leaf)
