"""How many operations a gradient with its value takes, over those of the function.

    python benchmarks/operations.py

An operation is `+`, `-`, `*`, `/`, `**`, a change of sign, or a function of `math`. Those of the
function are counted by running it on numbers that count; those of the gradient in the text that was
compiled, where guards do not count.
"""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Callable
from typing import Any

from _timing import show
from workloads import numbers
from workloads.workload import adapted

from symdiff import value_and_grad

BOUND = 3.0

OPERATORS = ("add", "sub", "mul", "truediv", "pow")
CONVERSIONS = {"float", "int"}


def logistic(x, weight, bias, label):
    z = weight * x + bias
    return math.log(1.0 + math.exp(z)) - label * z


def gaussian(x, mean, deviation):
    z = (x - mean) / deviation
    return math.exp(-0.5 * z**2) / (deviation * math.sqrt(2.0 * math.pi))


def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2


def distance(x, y, z, u, v, w):
    return math.sqrt((x - u) ** 2 + (y - v) ** 2 + (z - w) ** 2)


def pendulum(angle, speed, length, step):
    for _ in range(4):
        speed = speed - step * 9.81 / length * math.sin(angle)
        angle = angle + step * speed
    return 0.5 * (length * speed) ** 2 - 9.81 * length * math.cos(angle)


OTHERS: list[tuple[Callable[..., Any], tuple[float, ...]]] = [
    (logistic, (0.5, 1.2, -0.3, 1.0)),
    (gaussian, (0.3, 0.1, 0.7)),
    (rosenbrock, (-1.2, 1.0)),
    (distance, (1.0, 2.0, 3.0, 0.5, -1.0, 2.0)),
    (pendulum, (0.3, 0.1, 1.5, 0.1)),
]


class Counting:
    """A number whose operations are counted, in a list with one number for all of them."""

    def __init__(self, value: float, count: list[int]) -> None:
        self.value, self.count = value, count

    def made(self, value: float) -> Counting:
        self.count[0] += 1
        return Counting(value, self.count)

    def __neg__(self) -> Counting:
        return self.made(-self.value)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Counting) else value


def _counted(name: str) -> Callable[[Counting, Any], Counting]:
    method = getattr(float, f"__{name}__")
    return lambda self, other: self.made(method(float(self.value), float(_plain(other))))


for _name in OPERATORS:
    for _way in ("", "r"):
        setattr(Counting, f"__{_way}{_name}__", _counted(_way + _name))


class CountingMath:
    """The module `math`, for numbers that are counted."""

    def __init__(self, count: list[int]) -> None:
        self.count = count

    def __getattr__(self, name: str) -> Any:
        held = getattr(math, name)
        if not callable(held):
            return held

        def call(*args: Any) -> Any:
            found = held(*map(_plain, args))
            if not any(isinstance(a, Counting) for a in args):
                return found
            self.count[0] += 1
            return Counting(found, self.count)

        return call


def of_function(function: Callable[..., Any], arguments: tuple[float, ...]) -> int:
    """The operations of a function: of what depends on its arguments."""
    count = [0]
    counting = adapted(function, math=CountingMath(count))
    counting(*[Counting(a, count) for a in arguments])
    return count[0]


def of_text(text: str) -> int:
    """The operations of the text of a compiled gradient, without its guards."""
    total = 0
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    for line in function.body:
        if not isinstance(line, ast.Assign | ast.Return) or "within_range" in ast.dump(line):
            continue
        for node in ast.walk(line):
            if isinstance(node, ast.Call):
                total += not (isinstance(node.func, ast.Name) and node.func.id in CONVERSIONS)
            elif isinstance(node, ast.BinOp):
                total += 1
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                total += not isinstance(node.operand, ast.Constant)
    return total


def main() -> None:
    scalars = [(w.function, w.arguments()) for w in numbers.WORKLOADS if len(w.arguments()) > 0]
    rows = [("function", "its operations", "with the gradient", "ratio")]
    worst, seen = 0.0, set()
    for function, arguments in [*scalars, *OTHERS]:
        if function in seen:
            continue
        seen.add(function)
        own = of_function(function, arguments)
        by = tuple(range(len(arguments)))
        derived = of_text(value_and_grad(function, by).generated_source(*arguments))
        rows.append((function.__name__, str(own), str(derived), f"{derived / own:.2f}"))
        worst = max(worst, derived / own)
    show(rows)
    print(f"at most {worst:.2f} (bound {BOUND:g}): {'pass' if worst <= BOUND else 'FAIL'}")
    if worst > BOUND:
        sys.exit(1)


if __name__ == "__main__":
    main()
