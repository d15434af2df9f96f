"""Random functions with loops that may stay loops, or not, for what they do to names and arrays."""

from __future__ import annotations

import random

HEAD = """
def helper(p, q):
    return math.sin(p) * 0.5 + q * 0.1 if p > 0 else q * 0.2

def f(x, n):
    a, b, c, s = x, 1.0, x * 0.5, 0.0
    k, m, flag, kept = 0, 3, False, None
    u, v = np.linspace(0.1, 1.0, 6) * x, np.ones(6)
    w = {w}
"""

TAIL = """
    e = kept if isinstance(kept, (float, int)) else 0.0 if kept is None else kept.sum()
    numbers = a + 2 * b + 3 * c + s + 0.1 * k + 0.01 * m + e + flag
    return numbers + u.sum() + 2 * v[:5].sum() + 3 * w[:5].sum()
"""

NUMBERS = ["a", "b", "c", "s"]
ARRAYS = ["u", "v", "w"]
COUNTERS = ["k", "m"]


class LoopWriter:
    """Writes the source of one function."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def write(self) -> str:
        rng = self.rng
        first = rng.choice(["u", "v", "u[1:]", "np.zeros(6)", "u.copy()", "u[::-1]"])
        lines: list[str] = []
        for _ in range(rng.randint(1, 2)):
            lines += self.loop([], 3)
            if rng.random() < 0.4:
                lines += self.statement([], 1)
            if rng.random() < 0.4:
                lines.append(f"{rng.choice(ARRAYS)}[{rng.randint(0, 4)}] = 7.0")
        return HEAD.format(w=first) + "\n".join("    " + line for line in lines) + TAIL

    def index(self, loops: list[str]) -> str:
        rng = self.rng
        found = [str(rng.randint(0, 5)), "-1", "k % 5", "m % 4"]
        for i in loops:
            found += [f"{i} % 5", f"({i} + {rng.randint(0, 3)}) % 5", f"min({i}, 4)"]
        return rng.choice(found)

    def number(self, depth: int, loops: list[str]) -> str:
        rng = self.rng
        kind = rng.random()
        if depth == 0 or kind < 0.25:
            return rng.choice([*NUMBERS, *NUMBERS, *loops, *COUNTERS, "x", "0.3", "1.7", "2"])
        if kind < 0.6:
            left, right = self.number(depth - 1, loops), self.number(depth - 1, loops)
            return f"({left} {rng.choice('+-*')} {right})"
        if kind < 0.75:
            name = rng.choice(["sin", "cos", "tanh"])
            return f"math.{name}({self.number(depth - 1, loops)})"
        if kind < 0.9:
            return f"{rng.choice(ARRAYS)}[{self.index(loops)}]"
        if kind < 0.95:
            return f"helper({self.number(depth - 1, loops)}, {self.number(depth - 1, loops)})"
        return f"{rng.choice(ARRAYS)}.sum()"

    def array(self, depth: int) -> str:
        rng = self.rng
        kind = rng.random()
        if depth == 0 or kind < 0.3:
            return rng.choice(ARRAYS)
        inner = self.array(depth - 1)
        if kind < 0.6:
            return f"({inner} * 0.5 + {rng.choice(ARRAYS)}.sum() * 0.01)"
        if kind < 0.8:
            factor = rng.choice(["0.3", "math.tanh(a)", "math.sin(s)"])
            return rng.choice([f"np.sin({inner})", f"({inner} * {factor})"])
        return rng.choice([f"{rng.choice(ARRAYS)}.copy()", "np.zeros(6)"])

    def statement(self, loops: list[str], depth: int) -> list[str]:
        rng = self.rng
        kind = rng.random()
        if kind < 0.4:
            value = f"0.5 * math.sin({self.number(2, loops)}) + {rng.choice(NUMBERS)} * 0.3"
            if rng.random() < 0.5:
                value = f"math.tanh({self.number(3, loops)})"
            return [f"{rng.choice(NUMBERS)} = {value}"]
        if kind < 0.48:
            operator = rng.choice("+-*")
            return [f"{rng.choice(NUMBERS)} {operator}= 0.1 * math.sin({self.number(2, loops)})"]
        if kind < 0.55:
            return [f"{rng.choice(COUNTERS)} {rng.choice('+-')}= {rng.randint(1, 2)}"]
        if kind < 0.66:
            place = f"{rng.choice(ARRAYS)}[{self.index(loops)}]"
            return [f"{place} {rng.choice(['=', '+='])} 0.2 * math.tanh({self.number(2, loops)})"]
        if kind < 0.74:
            return [f"{rng.choice(ARRAYS)} = {self.array(2)}"]
        if kind < 0.77:
            return [f"{rng.choice(ARRAYS)} *= 0.9"]
        if kind < 0.80:
            p, q = rng.sample(rng.choice([ARRAYS, NUMBERS]), 2)
            return [f"{p}, {q} = {q}, {p}"]
        if kind < 0.84:
            flag = rng.choice(["True", "False", "s > 0.1", "not flag"])
            kept = rng.choice([*ARRAYS, "a", "None", "k"])
            return [rng.choice([f"flag = {flag}", f"kept = {kept}"])]
        if kind < 0.93 and depth > 0:
            return self.choice(loops, depth)
        if depth > 1:
            return self.loop(loops, depth - 1)
        return ["s = s * 0.9 + 0.1 * a"]

    def choice(self, loops: list[str], depth: int) -> list[str]:
        rng = self.rng
        tests = [f"{self.number(1, loops)} > {self.number(1, loops)}", "flag"]
        tests.append(f"k > {rng.randint(2, 25)}")
        for i in loops:
            tests.append(f"{i} {rng.choice(['>', '==', '<'])} {rng.randint(0, 22)}")
            tests.append(f"{i} % {rng.randint(2, 5)} == 1")
        inner = [s for _ in range(rng.randint(1, 2)) for s in self.statement(loops, depth - 1)]
        if loops and rng.random() < 0.25:
            inner.append(rng.choice(["break", "continue", "return s + a"]))
        lines = [f"if {rng.choice(tests)}:", *indented(inner)]
        if rng.random() < 0.4:
            lines += ["else:", *indented(self.statement(loops, depth - 1))]
        return lines

    def loop(self, loops: list[str], depth: int) -> list[str]:
        rng = self.rng
        i = "ijl"[len(loops) % 3]
        kind = rng.random()
        before: list[str] = []
        inner: list[str] = []
        if kind < 0.5:
            counts = ["n", "n", "14", "n, 0, -1", "2, n + 3", "0, 2 * n, 2"]
            head = f"for {i} in range({rng.choice(counts)}):"
        elif kind < 0.6:
            head, inner = f"for {i}, z in enumerate(np.linspace(0, 1, 15) * x):", ["a += 0.1 * z"]
        elif kind < 0.7:
            head, inner = (
                f"for {i}, z in zip(range(n), reversed(range(n))):",
                ["a *= 0.5 + 0.01 * z"],
            )
        else:
            further = rng.choice(["", " and s < 5.0", " and not flag"])
            before, head, inner = [f"{i} = 0"], f"while {i} < n{further}:", [f"{i} += 1"]
        for _ in range(rng.randint(1, 4)):
            inner += self.statement([*loops, i], depth)
        after = ["else:", "    s = s + 0.25"] if rng.random() < 0.2 else []
        return [*before, head, *indented(inner), *after]


def indented(lines: list[str]) -> list[str]:
    """Lines of a block."""
    return ["    " + line for line in lines]
