"""Random functions that call themselves, at most once on each way, or not quite so."""

from __future__ import annotations

import random

HEAD = """
SCALE = 0.7

def changed(p):
    return math.sin(p) * 0.5 if p > 0.2 else p * 0.2
"""

UNARY = ["math.sin({})", "math.tanh({})", "changed({})", "(0.5 * {})", "-{}", "abs({})"]


class RecursionWriter:
    """Writes the source of one function of a number and a count."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.known = ["x", "a", "x", "a", "k", "SCALE"]

    def write(self) -> str:
        rng = self.rng
        self.inner = rng.random() < 0.4
        self.many = rng.random() < 0.4
        start = f"r({self.start()}, {rng.choice(['n', 'n', '13', 'n % 7'])}, {self.start()})"
        given = [HEAD, "def r(x, k, a):", *["    " + line for line in self.body()]]
        if self.inner:
            given = [
                HEAD,
                "def f(x, n):",
                *["    " + line for line in "\n".join(given[1:]).split("\n")],
            ]
            given = [*given, f"    return 0.0 + {start}"]
        else:
            given += ["", "def f(x, n):", f"    return 0.0 + {start}"]
        return "\n".join(given) + "\n"

    def start(self) -> str:
        return self.rng.choice(["x", "0.4", "1", "x * 0.3", "0.0"])

    def number(self, depth: int) -> str:
        rng = self.rng
        if depth == 0 or rng.random() < 0.25:
            return rng.choice([*self.known, *self.known, "0.3", "2"])
        if rng.random() < 0.5:
            return f"({self.number(depth - 1)} {rng.choice('+-*')} {self.number(depth - 1)})"
        return rng.choice(UNARY).format(self.number(depth - 1))

    def body(self) -> list[str]:
        rng = self.rng
        base = rng.choice(["k <= 0", "k < 1", "k <= 0 or x > 50", "not k > 0"])
        found = self.statements() if rng.random() < 0.3 else []
        if rng.random() < 0.3 and not found:
            return [f"return {self.number(1)} if {base} else {self.used()}"]
        found += [f"if {base}:", f"    return {self.number(1)}"]
        found += self.statements()
        if self.many or rng.random() < 0.3:
            test = rng.choice(["k % 3 == 1", "x > 0.3", "a * x < 0.1", "k == 5"])
            known = list(self.known)
            found += [f"if {test}:", *["    " + line for line in self.ending()]]
            self.known = known
            if rng.random() < 0.3:
                found[-1:] = [found[-1]]
        return [*found, *self.ending()]

    def statements(self) -> list[str]:
        rng = self.rng
        found = []
        for _ in range(rng.randint(0, 2)):
            name = rng.choice(["t", "u", "x", "a"])
            found.append(f"{name} = {self.number(2)} * 0.5")
            self.known.append(name)
        if rng.random() < 0.2:
            found += ["for j in range(3):", f"    a = 0.9 * a + {self.number(1)} * 0.1"]
        return found

    def call(self) -> str:
        rng = self.rng
        x = rng.choice(["x", "x * 0.9", self.number(1) + " * 0.5", "math.sin(x)"])
        a = rng.choice(["a", "a", "a * 0.8 + 0.1 * x", self.number(1) + " * 0.5"])
        k = rng.choice(["k - 1", "k - 1", "k - 1", "k - 2", "k // 2"])
        shape = rng.random()
        if shape < 0.7:
            return f"r({x}, {k}, {a})"
        return f"r(a={a}, k={k}, x={x})" if shape < 0.85 else f"r({x}, a={a}, k={k})"

    def used(self) -> str:
        """An expression with a call."""
        rng = self.rng
        found = self.call()
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            other = self.number(1)
            shape = rng.choice(["{c} * 0.5 + {o}", "{o} + 0.5 * {c}", "{o} - {c} * 0.3", "{u}"])
            unary = rng.choice(UNARY).format(f"({found})")
            found = shape.format(c=f"({found})", o=other, u=unary)
        return found

    def ending(self) -> list[str]:
        rng = self.rng
        kind = rng.random()
        if kind < 0.5:
            return [f"return {self.used()}"]
        if kind < 0.9:
            name = rng.choice(["t", "w", "x"])
            found = [f"{name} = {self.used()}"]
            self.known.append(name)
            if rng.random() < 0.4:
                found += [f"if {name} > 0.2:", f"    {name} = {self.number(1)} * 0.3"]
            return [*found, *self.statements(), f"return {self.number(1)} * 0.5 + {name} * 0.9"]
        return [f"return {self.used()} if {rng.choice(['x > a', 'k % 2'])} else {self.used()}"]
