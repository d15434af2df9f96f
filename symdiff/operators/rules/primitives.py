"""A user's own rule for a function that is not looked into: `primitive` and `register`.

Such a function is one statement of the program, under its own name. Its rule is plain NumPy, and
symdiff traces the rule itself, so that forward mode, reverse mode and higher orders follow from one
rule. A rule that cannot be traced (it decides by values, or calls what symdiff does not know) is
called as it is, and then gives first order in its own mode only.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np

from ...errors import UsageError, an
from ...operations.table.entry import StructuralEntry
from ...operations.table.lookup import enter
from ...operations.table.structural import Structural
from ...program.naming import name_of, printable
from ...program.program import FLOAT, Aval, aval_of
from ...program.shapes import broadcast_shapes
from ...specialize.recording.tracer import UNKNOWN, Tracer, contains_tracer
from .assumed import assumptions
from .primitive_calls import Call, entry_for

_NUMBERS = (float, np.floating, np.integer, np.ndarray)


class Primitive:
    """A function with a rule of its own; made by `primitive` and `register`.

    Call it like the function itself. State its derivative once, by one of `defpartials`, `defvjp`
    and `defjvp`; each returns the primitive.
    """

    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None = None,
        nondiff: Sequence[int | str] = (),
        own: bool = True,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self.name: str = printable(name or name_of(function).strip("<>"))
        self._function = function
        self._called: Callable[..., Any] = self if own else function
        self._signature = _signature(function)
        self._nondiff = frozenset(self._position(item) for item in nondiff)
        self.rules: dict[str, tuple[Callable[..., Any] | None, ...]] = {}
        self._known: dict[Any, StructuralEntry] = {}
        front = StructuralEntry(name=self.name, traced=self._traced)
        enter(self._called, front)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        rules = ", ".join(f"def{kind}" for kind in self.rules) or "no rule yet"
        return f"<primitive {self.name}: {rules}>"

    def _position(self, item: int | str) -> int:
        if isinstance(item, int):
            return item
        names = list(self._signature.parameters) if self._signature is not None else []
        if item not in names:
            raise UsageError(
                f"nondiff: `{item}` is no parameter of `{self.name}`",
                remedy="give its position" if not names else f"name one of: {', '.join(names)}",
            )
        return names.index(item)

    # -- rules

    def defpartials(self, *partials: Callable[..., Any] | None) -> Primitive:
        """State the partial derivatives of a function that works element by element.

        Args:
            partials: one function an argument, called as `p(result, *args, **kwargs)`; `None` for
                an argument that is not differentiated.

        >>> import math
        >>> from symdiff import grad, primitive
        >>> tanh = primitive(lambda x: math.tanh(x)).defpartials(lambda r, x: 1 - r**2)
        >>> grad(tanh)(0.0), grad(grad(tanh))(0.0)
        (1.0, -0.0)
        """
        return self._define("partials", partials)

    def defvjp(self, *rules: Callable[..., Any] | None) -> Primitive:
        """State the cotangents of the arguments.

        Args:
            rules: one function an argument, called as `v(ct, result, *args, **kwargs)`; or a single
                one that gives a tuple, one cotangent an argument (`None` for one without).
        """
        return self._define("vjp", rules)

    def defjvp(self, *rules: Callable[..., Any] | None) -> Primitive:
        """State how the result moves.

        Args:
            rules: one function an argument, called as `j(t, result, *args, **kwargs)`, what its
                tangent adds to that of the result; or a single one for several arguments, called
                with the tuple of all tangents.
        """
        return self._define("jvp", rules)

    def _define(self, kind: str, rules: tuple[Callable[..., Any] | None, ...]) -> Primitive:
        if not rules or not all(r is None or callable(r) for r in rules):
            raise UsageError(f"def{kind}(...) takes functions, one for each argument")
        self.rules = {**self.rules, kind: rules}  # another one, which gradients notice
        self._known.clear()
        return self

    # -- in a trace

    def _traced(self, recorder: Any, /, *args: Any, **kwargs: Any) -> Any:
        """What stands in the program for a call: one statement."""
        placed, kwargs = self._bound(recorder, args, kwargs)
        operands = [a for a in placed if _is_operand(a)]
        values = [a.value if type(a) is Tracer else a for a in operands]
        fixed = tuple((k, a) for k, a in enumerate(placed) if not _is_operand(a))
        call = Call(self, len(placed), fixed, tuple(sorted(kwargs.items())))
        if all(recorder.is_const(o) for o in operands):
            return recorder.const(call(*values))
        if recorder.assume is not None:
            recorder.assume(self, lambda: assumptions(self, _known))
        program = tuple([recorder.operand(o) for o in operands])
        if any(v is UNKNOWN for v in values):
            if "partials" not in self.rules:
                recorder.need_value(f"an argument of `{self.name}`")
            shape = broadcast_shapes(*[recorder.aval(o).shape for o in operands])
            value: Any = UNKNOWN
            aval = Aval.of(shape, "float64") if shape else FLOAT
        else:
            value = call(*values)
            if not isinstance(value, int | float | np.generic | np.ndarray):
                recorder.refuse(
                    f"`{self.name}` returns {an(type(value).__name__)}",
                    remedy="make a primitive of one number or array for each result",
                )
            value = np.array(value)[()] if isinstance(value, np.ndarray) else value
            aval = aval_of(value)
        var = recorder.emit(Structural(self._entry(call, aval), {}), program, self.name)
        if value is not UNKNOWN:
            recorder.values[var] = value
        return recorder.handle(value, var)

    def _bound(
        self, recorder: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments by position as far as the function lets them be, and plain keywords."""
        if kwargs and self._signature is not None:
            bound = self._signature.bind(*args, **kwargs)
            args, kwargs = bound.args, bound.kwargs

        def plain(value: Any) -> Any:
            if isinstance(value, list | tuple) and contains_tracer(value):
                return recorder.array(value)
            if type(value) is Tracer and recorder.is_const(value) and not recorder.shape(value):
                return value.value
            return value

        if contains_tracer(kwargs):
            kwargs = {k: recorder.concrete_deep(v) for k, v in kwargs.items()}
        return [plain(a) for a in args], kwargs

    def _entry(self, call: Call, aval: Aval) -> StructuralEntry:
        key = (call.key(), aval)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = entry_for(call, aval)
        return known

    def describe(self, kind: str) -> str:
        return f"the `def{kind}` rule of `{self.name}`"

    def differentiable(self, position: int) -> bool:
        """Whether the argument at this position has a derivative."""
        return position not in self._nondiff

    def rule(self, kind: str) -> tuple[Callable[..., Any] | None, ...] | None:
        """The functions the user gave for one kind of rule."""
        return self.rules.get(kind)


def _is_operand(value: Any) -> bool:
    return type(value) is Tracer or (
        isinstance(value, _NUMBERS) and np.asarray(value).dtype.kind in "fiub"
    )


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


@overload
def primitive(
    function: Callable[..., Any], *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Primitive: ...
@overload
def primitive(
    function: None = None, *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Callable[[Callable[..., Any]], Primitive]: ...
def primitive(
    function: Any = None, *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Any:
    """A function that symdiff does not look into, with a derivative rule of the user's.

    Args:
        function: any callable of numbers and arrays that gives one number or array, and depends on
            nothing else: it may be compiled, look up a table, or have no source.
        name: what it is called in programs and closed forms.
        nondiff: positions or names of arguments that have no derivative, such as an order.

    Returns:
        A `Primitive`; without a function, a decorator.

    Raises:
        UsageError: it is not callable, or `nondiff` names no parameter.

    >>> from symdiff import grad, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x * x * x
    >>> _ = cube.defpartials(lambda r, x: 3 * x**2)
    >>> grad(lambda x: 2 * cube(x))(2.0)
    24.0
    """
    if function is None:
        return functools.partial(primitive, name=name, nondiff=nondiff)
    if not callable(function):
        raise UsageError(f"primitive(...) takes a function, not {function!r}")
    return Primitive(function, name, nondiff)


_registered: dict[int, tuple[Any, Primitive]] = {}


def _known(value: Any) -> Primitive | None:
    """What has the rule of a function, if it has one."""
    if isinstance(value, Primitive):
        return value
    found = _registered.get(id(value))
    return found[1] if found is not None and found[0] is value else None


def register(
    function: Callable[..., Any], *, name: str | None = None, nondiff: Sequence[int | str] = ()
) -> Primitive:
    """Give a function of somebody else's a rule: wherever it is called, the rule is used.

    >>> import scipy.special
    >>> from symdiff import grad, register
    >>> _ = register(scipy.special.kei).defpartials(lambda r, x: scipy.special.keip(x))
    >>> bool(grad(lambda x: scipy.special.kei(x))(1.0) == scipy.special.keip(1.0))
    True

    Raises:
        UsageError: it is not callable.
    """
    if not callable(function):
        raise UsageError(f"register(...) takes a function, not {function!r}")
    if isinstance(function, Primitive):
        return function
    known = _registered.get(id(function))
    if known is not None and known[0] is function and name is None and not nondiff:
        return known[1]
    made = Primitive(function, name, nondiff, own=False)
    _registered[id(function)] = (function, made)
    return made
