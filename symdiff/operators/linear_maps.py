"""Linear maps at a point: what `vjp` and `linearize` return, with what they keep of the function.

Two programs are compiled: one for the value and what the linear map needs of it, one for the linear
map. What goes from one to the other are numbers, arrays and tapes of loops, which nobody else
writes to: the map may be called as often as one likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, ParamSpec

from ..compile.emit import Layout
from ..compile.function import Compiled, compile_extended, compile_program
from ..compile.lines import kind_of
from ..differentiate import divided
from ..errors import UsageError
from ..operations.runtime.keeping import of_numpy
from ..operations.runtime.ranges import in_double, is_extended
from ..program.loops import Result
from ..program.program import Aval, Program, Var, name_uniquely
from ..program.trees import map_leaves
from ..safety.floating import quietly
from ..specialize.result import Specialization
from .alike import has_loops
from .building import Built, built, optimized, output_of
from .directional import cast_like
from .primal import Leaf, Primal, leaves_of, with_operands
from .sizes import LINEAR, Linear
from .sweeps import Sweeps, linear_part
from .transformed import Transformed

P = ParamSpec("P")


class _Linearized(Transformed[P]):
    """A function's value, and a linear map at that point which need not compute it again."""

    rolls: ClassVar[bool] = True
    frees: ClassVar[bool] = True

    def at(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The value, the linear map, and with `has_aux` what else the function returned."""
        found, leaf, _ = self._dispatcher.call(self.operator, self._build_split, values)
        specialization = leaf.specialization
        linear: Linear = specialization.parts[LINEAR]
        seeds = linear.nested
        if specialization.free:
            (value, residuals, aux), needs = found
            residuals = (*residuals, *needs)
            seeds = _of_lengths(seeds, linear.lengths(needs))
        else:
            value, residuals, aux = found
        linear_map = LinearMap(
            type(self), residuals, linear.program, seeds, linear.ends, specialization.parts
        )
        return (value, linear_map, aux) if self._has_aux else (value, linear_map)

    @staticmethod
    def parts_of(seeds: Any, given: Any) -> list[Any]:
        """The numbers and arrays in what a map is given, one for each seed.

        Raises:
            UsageError: a shape disagrees.
        """
        raise NotImplementedError

    def _sweep(self, primal: Primal, sweeps: Sweeps) -> tuple[Any, list[Var], Any]:
        """The seeds, nested and flat, and the nested result of the linear map."""
        raise NotImplementedError

    def _build_split(self, specialization: Specialization) -> Built:
        primal, aux = self._primal(specialization).without_aux(self._has_aux)
        sweeps = Sweeps(primal)
        nested, seeds, ends = self._sweep(primal, sweeps)
        numbers = leaves_of((primal.result, aux, ends))
        whole = optimized(
            Program(
                primal.name, tuple(seeds), sweeps.statements, tuple([n.operand for n in numbers])
            )
        )
        if has_loops(whole):
            whole = optimized(divided(whole, seeds))
        for leaf, operand in zip(numbers, whole.outputs, strict=True):
            leaf.operand = operand
        goals = [leaf.operand for leaf in leaves_of(ends)]
        linear, read = linear_part(whole.statements, seeds, goals)
        program = Program(f"linear_{primal.name}", (*read, *seeds), linear, tuple(goals))
        specialization.parts[LINEAR] = Linear(program, seeds, nested, ends)
        joined = {s.target for s in whole.statements if _is_joined(s.operation)}
        kept = tuple([Leaf(v, object if v in joined else kind_of(v.aval), kept=True) for v in read])
        dependent = {s.target for s in linear}
        statements = [s for s in whole.statements if s.target is None or s.target not in dependent]
        program, outputs, layout = built(primal.name, (statements, (primal.result, kept, aux)))
        return (
            program,
            outputs,
            _with_lengths(layout, len(outputs)) if specialization.free else layout,
        )


class LinearMap:
    """A linear map at a point, as `vjp` and `linearize` give it.

    It holds what it needs of the function there, and pickles with that.
    """

    __slots__ = ("extended", "kind", "linear", "outputs", "parts", "residuals", "seeds")

    def __init__(
        self,
        kind: type[_Linearized[Any]],
        residuals: Sequence[Any],
        linear: Program,
        seeds: Any,
        outputs: Any,
        parts: dict[Any, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.residuals = residuals
        self.linear = linear
        self.seeds = seeds
        self.outputs = outputs
        self.parts = {} if parts is None else parts  # what has been compiled for the function
        self.extended = any(type(r) is not float and is_extended(r) for r in residuals)

    def __reduce__(self) -> tuple[Any, ...]:
        made = (self.kind, self.residuals, self.linear, self.seeds, self.outputs)
        return (LinearMap, made)

    def __call__(self, *given: Any) -> Any:
        operands = (*self.residuals, *self.kind.parts_of(self.seeds, given))
        if self.extended:
            try:
                return quietly(self._compiled(compile_extended), *operands)
            except Exception:  # NumPy has some of it in double precision alone
                operands = tuple([in_double(v) for v in operands])
        try:
            return quietly(self._compiled(compile_program), *operands)
        except (ArithmeticError, ValueError):
            return quietly(self._compiled(_careful), *map(of_numpy, operands))

    def _compiled(self, how: Callable[..., Compiled]) -> Callable[..., Any]:
        key = (self.kind.operator, how)
        known: Callable[..., Any] | None = self.parts.get(key)
        if known is None:
            _, _, layout = built(self.linear.name, ([], self.outputs))
            outputs = [output_of(leaf) for leaf in leaves_of(self.outputs)]
            program = name_uniquely(self.linear)
            known = how(program, 0, outputs, layout).function
            self.parts[key] = known
        return known


def _with_lengths(layout: Layout, count: int) -> Layout:
    """A layout of so many outputs, beside a tuple of those that follow."""

    def both(texts: Iterator[str], name: Callable[[Any, str], str]) -> str:
        first = layout(iter([next(texts) for _ in range(count)]), name)
        return f"({first}, ({''.join([f'{t}, ' for t in texts])}))"

    return both


def _of_lengths(seeds: Any, lengths: Mapping[int, int]) -> Any:
    """Nested seeds with the lengths of a call, in the place of the numbers that stand for them."""

    def made(leaf: Any) -> Any:
        if type(leaf) is not Leaf:
            return leaf
        aval = leaf.aval
        shape = tuple([lengths.get(n, n) for n in aval.shape])
        return leaf.like(Var("seed", Aval.of(shape, aval.dtype, aval.weak)))

    return map_leaves(made, seeds)


_careful = partial(compile_program, careful=True)


def _is_joined(operation: Any) -> bool:
    """Whether something reads what an arm of a branch may have nothing for."""
    return isinstance(operation, Result) and operation.kind == "joined"


class Pullback(_Linearized[P]):
    """The value, and the map from a cotangent to those of the arguments; used by `vjp`."""

    operator: ClassVar[str] = "vjp"

    def _sweep(self, primal: Primal, sweeps: Sweeps) -> tuple[Any, list[Var], Any]:
        outputs = leaves_of(primal.result)
        seeds = [Var("ct", leaf.aval) for leaf in outputs]
        parts = sweeps.reverse([leaf.operand for leaf in outputs], seeds, primal.variables())
        nested = with_operands(primal.result, seeds)
        return nested, seeds, with_operands(primal.wrt, parts)

    @staticmethod
    def parts_of(seeds: Any, given: Any) -> list[Any]:
        if len(given) != 1:
            raise UsageError(f"a pullback takes one cotangent, not {len(given)}")
        return cast_like(seeds, given[0], "the cotangent")


class Linearized(_Linearized[P]):
    """The value, and the map from tangents to how it moves; used by `linearize`."""

    operator: ClassVar[str] = "linearize"

    def _sweep(self, primal: Primal, sweeps: Sweeps) -> tuple[Any, list[Var], Any]:
        outputs = leaves_of(primal.result)
        seeds = [Var(f"d_{v.name}", v.aval) for v in primal.variables()]
        moved = sweeps.forward([leaf.operand for leaf in outputs], primal.variables(), seeds)
        nested = with_operands(primal.wrt, seeds)
        return nested, seeds, with_operands(primal.result, moved)

    @staticmethod
    def parts_of(seeds: Any, given: Any) -> list[Any]:
        return cast_like(seeds, given, "a tangent")
