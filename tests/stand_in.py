"""A small front end for the tests of what is shown, for as long as there is no other.

It runs a function on recording values and takes every decision both ways. It knows operators, some
functions of `math`, and lists of numbers.
"""

from __future__ import annotations

import inspect
import sys
import types
from dataclasses import dataclass
from typing import Any

from symdiff.errors import ConcreteValueError, SourceSpan, UsageError
from symdiff.operations.builder import Builder
from symdiff.operations.template import Literal, Template
from symdiff.program import FLOAT, Guard, Program, Statement, Var, aval_of, name_uniquely


@dataclass
class Path:
    program: Program
    decisions: list[tuple[Any, bool]]


class Recorder:
    def __init__(self, file: str, outcomes: tuple[bool, ...], limit: int) -> None:
        self.ops, self.file, self.outcomes, self.limit = Builder(), file, outcomes, limit
        self.decisions: list[tuple[Any, bool]] = []

    def span(self) -> SourceSpan:
        frame: Any = sys._getframe()
        while frame.f_code.co_filename != self.file:
            frame = frame.f_back
        (line, end, start, stop) = next(
            p for k, p in enumerate(frame.f_code.co_positions()) if 2 * k == frame.f_lasti
        )
        return SourceSpan(self.file, line, start + 1, end, stop + 1)


class Value:
    __array_ufunc__ = None

    def __init__(self, recorder: Recorder, var: Any, known: Any = None) -> None:
        self.recorder, self.var, self.known = recorder, var, known

    def apply(self, name: str, *operands: Any) -> Value:
        ops = self.recorder.ops
        ops.span = self.recorder.span()
        code: list[Any] = []
        read: list[Value] = []
        for operand in operands:
            if isinstance(operand, Value):
                read.append(operand)
                code.append(len(read) - 1)
            else:
                code.append(Literal.of(operand))
        template = Template.of((*code, name))
        known = [v.known for v in read]
        value = None if None in known else template.evaluate(*known)
        return Value(self.recorder, ops.elementwise(template, tuple(v.var for v in read)), value)

    def __bool__(self) -> bool:
        recorder = self.recorder
        n = len(recorder.decisions)
        if self.known is None and n >= recorder.limit:
            raise ConcreteValueError(
                "this loop has no end without a value",
                where=recorder.span(),
                remedy='give one: --at "x=0.3"',
            )
        outcome = recorder.outcomes[n] if n < len(recorder.outcomes) else True
        if self.known is not None:
            outcome = bool(self.known)
        recorder.decisions.append((self.var, outcome))
        guard = Statement(None, Guard("truth", outcome), (self.var,), recorder.span())
        recorder.ops.statements.append(guard)
        return outcome


def _operator(name: str, swapped: bool = False) -> Any:
    def call(self: Value, *others: Any) -> Value:
        operands = (*others, self) if swapped else (self, *others)
        return self.apply(name, *operands)

    return call


for _dunder, _name in {"truediv": "div", **{n: n for n in ("add", "sub", "mul", "pow")}}.items():
    setattr(Value, f"__{_dunder}__", _operator(_name))
    setattr(Value, f"__r{_dunder}__", _operator(_name, swapped=True))
for _name in ("neg", "abs", "lt", "le", "gt", "ge"):
    setattr(Value, f"__{_name}__", _operator(_name))

_FUNCTIONS = {n: lambda x, n=n: x.apply(n, x) for n in ("sin", "cos", "exp", "log", "sqrt", "tanh")}


def enumerate_paths(f: Any, at: dict[str, Any], limit: int) -> list[Path]:
    paths: list[Path] = []
    waiting: list[tuple[bool, ...]] = [()]
    while waiting:
        outcomes = waiting.pop()
        recorder = Recorder(f.__code__.co_filename, outcomes, limit)
        inputs = [
            Var(n, aval_of(at[n]) if n in at else FLOAT) for n in inspect.signature(f).parameters
        ]
        scope = {**f.__globals__, **_FUNCTIONS, "math": types.SimpleNamespace(**_FUNCTIONS)}
        run = types.FunctionType(f.__code__, scope, f.__name__, f.__defaults__, f.__closure__)
        result = run(*[Value(recorder, v, at.get(v.name)) for v in inputs])
        output = result.var if isinstance(result, Value) else result
        program = Program(f.__name__, tuple(inputs), recorder.ops.statements, (output,))
        taken = [outcome for _, outcome in recorder.decisions]
        if not at:
            for k in range(len(taken) - 1, len(outcomes) - 1, -1):
                waiting.append((*taken[:k], not taken[k]))
        paths.append(Path(name_uniquely(program), recorder.decisions))
    return paths


class Gradient:
    def __init__(self, f: Any, wrt: Any = None) -> None:
        self.__wrapped__ = f
        names = list(inspect.signature(f).parameters)
        self.wrt = names if wrt is None else [wrt] if isinstance(wrt, str) else list(wrt)
        for name in self.wrt:
            if name not in names:
                raise UsageError(f"{f.__name__} has no argument `{name}`")

    def wrt_names(self) -> tuple[str, ...]:
        return tuple(self.wrt)


def grad(f: Any = None, wrt: Any = None) -> Any:
    return (lambda g: Gradient(g, wrt)) if f is None else Gradient(f, wrt)


def install(monkeypatch: Any) -> None:
    """Put these in the places where the real ones will be, if they are not there yet."""
    import importlib.util

    if importlib.util.find_spec("symdiff.transforms") is not None:
        return
    transforms: Any = types.ModuleType("symdiff.transforms")
    transforms.Gradient, transforms.grad = Gradient, grad
    specialize: Any = types.ModuleType("symdiff.specialize")
    specialize.paths = types.ModuleType("symdiff.specialize.paths")
    specialize.paths.enumerate_paths = enumerate_paths
    for module in (transforms, specialize, specialize.paths):
        monkeypatch.setitem(sys.modules, module.__name__, module)
