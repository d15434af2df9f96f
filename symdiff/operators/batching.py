"""`batched`: a function, or any derivative of one, over a leading axis in vectorised passes.

The function is traced for one element, and its program is made one over the batch. Elements that
take another path than that one are found by the guards, gathered, and run through the program of
their own path; where paths are as many as elements, or an operation cannot be vectorised, elements
are run one by one. The result is that of a loop.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..batch import Condition, batch
from ..compile.emit import Output
from ..compile.function import compile_program
from ..compile.guards import BeyondMemory, guards_ignored
from ..compile.lines import kind_of
from ..errors import LoopError, UsageError
from ..operations.runtime.ranges import far_in, has_far
from ..optimize.checkpoints import stacking, with_checkpoints
from ..program.acts import EffectLog
from ..program.outside import Check, Read
from ..program.program import Program, Var, operand_aval
from ..program.sources import Argument, Attribute, Child, Item, Source
from ..program.trees import flatten, map_leaves, unflatten
from ..records import dataclass
from ..safety.exclusive import alone
from ..safety.floating import quietly
from ..source.carrying import rebuilt, sources_of
from ..specialize.recording.tracer import Tracer
from ..specialize.result import Specialization
from ..specialize.traced import Traced
from .batched_arguments import BatchedArguments, Gathered
from .batched_axes import as_given, axis_of
from .building import optimized
from .dispatch import Dispatcher, exclusively
from .leaves import Leaf
from .targets import Targeted
from .variable import unwrap_variables

if TYPE_CHECKING:
    from ..specialize.calls.dispatch import Calls


_FEW = 16
"""So many elements or fewer are run one by one."""

_MOST_SIZES = 12
"""Compiled programs kept of one specialization: one for each size of a batch."""

InAxes = int | None | Sequence[int | None]


class Batched:
    """A function over a leading axis; made by `batched`.

    Attributes:
        passes: how many vectorised passes the last call took: one for each path that its elements
            take through the function.
        singles: how many of its elements were run one by one.
    """

    __wrapped__: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], in_axes: InAxes) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._in_axes = in_axes
        self._traced = _Flattened(function)
        self.__signature__ = self._traced.signature
        names = getattr(function, "wrt_names", None)
        promote = dict.fromkeys(names() if callable(names) else (), True)
        target = getattr(function, "_options", {}).get("target", "python")
        self._dispatcher = _Structured(self._traced, promote, rolls=True, target=target)
        self.passes = 0
        self.singles = 0

    def __reduce__(self) -> Any:
        """Pickled as the function and its axes; the paths are traced again."""
        sources = sources_of(self._function)
        return rebuilt, (Batched, {"in_axes": self._in_axes}, self._function, sources)

    def __repr__(self) -> str:
        name = getattr(self._function, "__qualname__", repr(self._function))
        return f"<batched {name}, in_axes={self._in_axes}>"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The results for all elements, stacked along a new leading axis."""
        batched = self._bind(args, kwargs)
        run = Gathered(batched.size)
        self.passes = self.singles = 0
        if not batched.size:
            flat, shown = self._single(batched, 0)
            return self._dispatcher.built(shown, [np.empty((0, *np.shape(v))) for v in flat])
        remaining = np.arange(batched.size)
        lonely = 0
        while remaining.size:
            first = int(remaining[0])
            flat, leaf = self._single(batched, first)
            run.put(first, flat, self._dispatcher.structure(leaf))
            remaining = remaining[1:]
            if remaining.size <= _FEW or lonely > 2:
                break
            try:
                done = self._pass(batched, leaf, first, remaining, run)
            except LoopError:
                self._dispatcher.unroll()
                continue
            if done is None:
                break
            lonely = lonely + 1 if done.sum() < _FEW // 4 else 0
            remaining = remaining[~done]
        for k in remaining.tolist():
            flat, leaf = self._single(batched, k)
            run.put(k, flat, self._dispatcher.structure(leaf))
        self.singles = int(remaining.size)
        return self._dispatcher.built(leaf, run.buffers)

    # -- one element, and many

    def _single(self, batched: BatchedArguments, k: int) -> tuple[Sequence[Any], Leaf]:
        result, leaf, _ = self._dispatcher.call("value", _value, batched.element(k))
        return result if len(leaf.specialization.program.outputs) != 1 else (result,), leaf

    def _pass(
        self, batched: BatchedArguments, leaf: Leaf, first: int, remaining: Any, run: Gathered
    ) -> Any:
        """Run all remaining elements along the path of `leaf`; a mask of those it is right for."""
        size = batched.size
        if 2 * (remaining.size + 1) <= size:
            size = 1 << int(remaining.size).bit_length()
        made = self._made(leaf, size, batched)
        if made is None:
            return None
        self._dispatcher.target.tell()
        # At first all go, the first element with them: so nothing has to be gathered.
        whole = remaining.size == size - 1 and size == batched.size
        skipped, count = int(whole), remaining.size
        chosen: Any = slice(None)
        if not whole:
            chosen = np.full(size, first)
            chosen[:count] = remaining
        try:
            extra = [np.asarray(s.read(batched.values))[chosen] for s in made.sources]
            given = [np.moveaxis(x, 0, a) for x, a in zip(extra, made.axes, strict=True)]
            results = guards_ignored(quietly, made.function, *batched.element(first), *given)
        except Exception:
            return None
        outputs = results[: made.outputs]
        holds = np.ones(size, bool)
        soft = np.ones(size, bool)
        for condition, values in zip(made.conditions, results[made.outputs :], strict=True):
            where = soft if condition.soft else holds
            where &= condition.holds(values)
        for source, expected in made.equal:
            holds &= np.asarray(source.read(batched.values))[chosen] == expected
        if made.watching:
            for values in extra:
                if has_far(values):
                    soft &= ~far_in(values).reshape(size, -1).any(1)
        taken_in = slice(skipped, skipped + count)
        holds, soft = holds[taken_in], soft[taken_in]
        outputs = [o[taken_in] for o in outputs]
        good = holds & soft
        if whole and good.all():
            run.put_rest(results[: made.outputs])
        else:
            run.put_all(remaining[good], [o[good] for o in outputs])
        for n in np.flatnonzero(holds & ~soft).tolist():
            # Python may raise here where NumPy gives inf or nan; the function may catch that.
            # Or products of a derivative may leave the range of floats.
            k = int(remaining[n])
            try:
                flat, own = self._single(batched, k)
            except (ArithmeticError, ValueError):
                run.put_all(np.array([k]), [o[n : n + 1] for o in outputs])
            else:
                run.put(k, flat, self._dispatcher.structure(own))
        self.passes += 1
        return holds

    def _made(self, leaf: Leaf, size: int, batched: BatchedArguments) -> _Pass | None:
        sizes: dict[Any, _Pass | None] = leaf.specialization.parts.setdefault("passes", {})
        key = (size, tuple(batched.axes))
        if key not in sizes:
            if len(sizes) >= _MOST_SIZES:
                del sizes[next(iter(sizes))]
            try:
                made = alone(_compiled, leaf.specialization, batched, size, self._dispatcher.target)
            except LoopError:
                raise
            except Exception:
                made = None
            sizes[key] = made
        return sizes[key]

    # -- arguments

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> BatchedArguments:
        bound = self._traced.signature.bind(*args, **kwargs)
        given = set(bound.arguments)
        bound.apply_defaults()
        values = list(unwrap_variables(tuple(bound.arguments.values())))
        axes = self._axes(len(args), given)
        return BatchedArguments.of(self._traced.names, values, axes)

    def _axes(self, positional: int, given: set[str]) -> list[int | None]:
        """The axis of each parameter; `None` for one that is not batched."""
        in_axes = self._in_axes
        each = None if in_axes is None or isinstance(in_axes, int) else list(in_axes)
        if each is not None and len(each) != positional:
            raise UsageError(
                f"in_axes has {len(each)} entries, and there are {positional} arguments"
            )
        axes: list[int | None] = []
        for k, parameter in enumerate(self._traced.parameters):
            if parameter.name not in given:
                axes.append(None)
            elif each is None:
                axes.append(in_axes)  # type: ignore[arg-type]
            elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                if len(set(each[k:])) != 1:
                    raise UsageError(f"in_axes differs among the elements of *{parameter.name}")
                axes.append(each[k])
            else:
                axes.append(each[k] if k < len(each) else 0)
        return axes

    # -- inside another differentiated function

    def __symdiff_call__(self, calls: Calls, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Element by element: what is differentiated is the loop."""
        recorder = calls.recorder
        site = recorder.site
        bound = self._traced.signature.bind(*args, **kwargs)
        axes = dict(zip(self._traced.names, self._axes(len(args), set(bound.arguments))))

        def taken(value: Any, axis: int, k: int) -> Any:
            axis %= len(recorder.shape(value))
            if type(value) is not Tracer:
                return np.take(value, k, axis)
            return recorder.getitem(value, (slice(None),) * axis + (k,))

        def length(value: Any, axis: int) -> int:
            return int(recorder.shape(flatten(value)[0][0])[axis])

        sizes = {length(v, a) for n, v in bound.arguments.items() if (a := axes[n]) is not None}
        if len(sizes) != 1:
            raise UsageError(f"batched arguments have different lengths: {sorted(sizes)}")
        results = []
        structure: Any = None
        for k in range(sizes.pop()):
            one = {
                n: v
                if (a := axes[n]) is None
                else map_leaves(functools.partial(taken, axis=a, k=k), v)
                for n, v in bound.arguments.items()
            }
            element = inspect.BoundArguments(self._traced.signature, one)
            result = calls.call(site, self._function, *element.args, **element.kwargs)
            flat, structure = flatten(result)
            results.append(flat)
        columns = [recorder.array(list(column)) for column in zip(*results, strict=True)]
        return unflatten(structure, columns)


@overload
def batched(g: Callable[..., Any], in_axes: InAxes = 0) -> Batched: ...


@overload
def batched(g: None = None, in_axes: InAxes = 0) -> Callable[[Callable[..., Any]], Batched]: ...


def batched(g: Any = None, in_axes: InAxes = 0) -> Any:
    """Map a function over an axis of its arguments, in one vectorised pass for each path.

    Args:
        g: a function of numbers and arrays, written for one element; or a derivative of one.
        in_axes: the axis that counts elements, in every argument; or one for each positional
            argument, `None` for one that all elements share. Of containers the axis is that of
            every array in them.

    Returns:
        A `Batched`, called like `g`; results are stacked along a new leading axis.

    Raises:
        UsageError: `g` is not callable.

    >>> import math
    >>> import numpy as np
    >>> from symdiff import batched, grad
    >>> def f(x, scale):
    ...     return scale * math.sin(x) if x > 0 else x * x
    >>> batched(grad(f), in_axes=(0, None))(np.array([0.0, -1.0, 2.0]), 2.0).round(3)
    array([ 0.   , -2.   , -0.832])
    """
    if g is None:
        return functools.partial(batched, in_axes=in_axes)
    if not callable(g):
        raise UsageError(f"batched(...) takes a function, not {g!r}")
    return Batched(g, in_axes)


# -- results of any structure, as a flat tuple


class _Flattened(Traced):
    """A function whose result, of any structure, is given as a flat tuple."""

    structure: Any = None

    def run(self, calls: Calls, values: Sequence[Any]) -> Any:
        flat, self.structure = flatten(super().run(calls, values))
        return tuple(flat)


class _Structured(Dispatcher):
    """Remembers the structure of the result of each specialization."""

    def trace(self, values: Sequence[Any], log: EffectLog | None = None) -> tuple[Leaf, bool]:
        leaf, new = super().trace(values, log)
        traced: Any = self.traced
        leaf.specialization.parts["structure"] = traced.structure
        return leaf, new

    def structure(self, leaf: Leaf) -> Any:
        return leaf.specialization.parts["structure"]

    def built(self, leaf: Leaf, flat: Sequence[Any]) -> Any:
        return unflatten(self.structure(leaf), list(flat))


# -- the compiled pass of one specialization


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """A compiled batch.

    Attributes:
        function: of the parameters of one element, then of what `sources` read from the batch.
        sources: where in the arguments each input of the batch is found.
        axes: the axis of each along which it has the elements.
        outputs: how many of the results are outputs; the others belong to `conditions`.
        conditions: what must hold of an element.
        equal: flags and the like among the batched arguments, and what they were.
        watching: whether elements that are very large or small are run one by one.
    """

    function: Callable[..., Any]
    sources: list[Source]
    axes: list[int]
    outputs: int
    conditions: list[Condition]
    equal: list[tuple[Source, Any]]
    watching: bool


def _value(specialization: Specialization) -> Any:
    primal = specialization.program
    program = Program(primal.name, (), list(primal.statements), primal.outputs)
    avals = [operand_aval(o) for o in primal.outputs]
    own = not specialization.derives
    outputs = [Output(kind_of(a), a.dtype, a.shape, own) for a in avals]
    return optimized(program), outputs, None


def _compiled(
    specialization: Specialization, batched: BatchedArguments, size: int, target: Targeted
) -> _Pass:
    program = _value(specialization)[0]
    sources: dict[Var, Source] = {}
    equal: list[tuple[Source, Any]] = []
    for statement in program.statements:
        operation = statement.operation
        if not isinstance(operation, Read | Check) or not _is_batched(operation.source, batched):
            continue
        if isinstance(operation, Check):
            if operation.kind == "equal":
                equal.append((operation.source, operation.expected[1]))
        elif statement.target is not None:
            sources[statement.target] = operation.source
    whole = batch(program, set(sources), size)
    order = [v for v in program.variables() if v in sources]
    avals = [operand_aval(o) for o in whole.program.outputs]
    count = len(batched.values)
    own = not specialization.derives
    outputs = [Output(np.ndarray, a.dtype, a.shape, own) for a in avals]
    compiling = functools.partial(
        compile_program, parameters=count, outputs=outputs, watching=specialization.derives
    )
    axes = [axis_of(sources[v], batched.axes, v.aval.ndim + 1) for v in order]
    made = optimized(as_given(whole.program, axes))
    limited = stacking(made)
    compiled = target.of(compiling(made, limited=limited), made, count, outputs, None, limited)
    function: Any = compiled.function
    if limited:
        function = _within_memory(function, lambda: compiling(with_checkpoints(made)).function)
    return _Pass(
        function if len(avals) != 1 else lambda *args: (function(*args),),
        [sources[v] for v in order],
        axes,
        len(program.outputs),
        whole.conditions,
        equal,
        compiled.watching,
    )


def _within_memory(
    function: Callable[..., Any], again: Callable[[], Callable[..., Any]]
) -> Callable[..., Any]:
    """A function that is compiled `again`, with checkpoints, where it would stack too much."""
    kept: list[Callable[..., Any]] = []

    def call(*args: Any) -> Any:
        if not kept:
            try:
                return function(*args)
            except BeyondMemory:
                kept.append(exclusively(again))
        return kept[0](*args)

    return call


def _is_batched(source: Source, batched: BatchedArguments) -> bool:
    while isinstance(source, Attribute | Child | Item):
        source = source.owner
    return isinstance(source, Argument) and batched.axes[source.index] is not None
