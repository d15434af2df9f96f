"""Random functions that decide: statements whose ways meet, early returns, calls, arrays, loops."""

from __future__ import annotations

import random

HEAD = """
def early(p, q):
    if p < 0:
        return q * p
    if q > p:
        return math.sin(p) + q
    return p * 0.5

def pair(p, q):
    r = p - q
    if r > 0:
        r = r * r
    return (r, q) if p > 0.2 else (q, p * q)

def clip(p, low, high):
    return low if p < low else high if p > high else p

def f(x, y, v):
    a, b, c, d = x, y, 1.0, v[0]
    k, m, flag, mode, kept = 0, 3, False, "up", None
    u, w = v.copy(), np.ones(4) * y
    seen = []
"""

TAIL = """
    e = 0.0 if kept is None else kept if isinstance(kept, (float, int)) else kept.sum()
    s = a + 2 * b + 3 * c + 0.5 * d + e + 0.1 * k + 0.01 * m + flag + len(mode) + len(seen)
    return s + u.sum() + 2 * w[:3].sum()
"""

NUMBERS = ["a", "b", "c", "d"]
ARRAYS = ["u", "w"]


class DecisionWriter:
    """Writes the source of one function."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.looping = False

    def write(self) -> str:
        lines: list[str] = []
        for _ in range(self.rng.randint(2, 6)):
            lines += self.statement(3)
        return HEAD + "\n".join("    " + line for line in lines) + TAIL

    def number(self, depth: int = 2) -> str:
        rng = self.rng
        kind = rng.random()
        if depth == 0 or kind < 0.3:
            return rng.choice([*NUMBERS, *NUMBERS, "x", "y", "0.3", "2", "k", "m", "v[1]", "u[2]"])
        one, other = self.number(depth - 1), self.number(depth - 1)
        if kind < 0.6:
            return f"({one} {rng.choice('+-*')} {other})"
        if kind < 0.66:
            return f"({one} / (1.5 + ({other}) ** 2))"
        if kind < 0.7:
            return f"({one} / {other})"
        if kind < 0.8:
            return f"math.{rng.choice(['sin', 'tanh', 'cos'])}({one})"
        if kind < 0.86:
            return f"early({one}, {other})"
        if kind < 0.9:
            return f"clip({one}, -1.0, {rng.choice(['0.5', '1', other])})"
        if kind < 0.95:
            return f"({one} if {self.test()} else {other})"
        return rng.choice(["min", "max"]) + f"({one}, {other})"

    def test(self) -> str:
        rng = self.rng
        kind = rng.random()
        bound = rng.choice(["0", "0.4", "-0.5", "1"])
        plain = f"{self.number(1)} {rng.choice(['<', '>', '<=', '>='])} {bound}"
        if kind < 0.6:
            return plain
        if kind < 0.75:
            return f"{plain} {rng.choice(['and', 'or'])} {self.test()}"
        if kind < 0.8:
            return f"not ({self.test()})"
        if kind < 0.85:
            return f"-1 < {self.number(1)} < {bound}"
        return rng.choice(["flag", "mode == 'up'", "kept is None", "k > 1", "w.sum() > y", "seen"])

    def simple(self) -> list[str]:
        rng = self.rng
        kind = rng.random()
        name, array = rng.choice(NUMBERS), rng.choice(ARRAYS)
        value = self.number()
        if kind < 0.4:
            return [f"{name} = {value}"]
        if kind < 0.5:
            return [f"{name} {rng.choice(['+=', '-=', '*='])} {value}"]
        if kind < 0.56:
            return [f"{name} = {rng.choice(['0', '1', '0.0', '2.5', 'np.float64(0.5)'])}"]
        if kind < 0.62:
            return [f"{array}[{rng.choice(['0', '1', '-1', 'k % 3'])}] = {value}"]
        if kind < 0.66:
            other = rng.choice(["u * 2", "w + a", "u", "w", "v", "u[:]", "u + w * b", "np.sin(w)"])
            return [f"{array} = {other}"]
        if kind < 0.7:
            return [rng.choice(["k += 1", "k = 2", "m = 1", "m -= 1", "flag = not flag"])]
        if kind < 0.74:
            return [f"mode = {rng.choice(['up', 'down'])!r}"]
        if kind < 0.79:
            return [f"kept = {rng.choice(['None', name, 'u', 'w * 2', '1'])}"]
        if kind < 0.83:
            return [f"seen.append({name})"]
        if kind < 0.88:
            one, other = rng.sample(NUMBERS, 2)
            return [f"{one}, {other} = pair({value}, {other})"]
        if kind < 0.92:
            return [f"{name} = {self.test()} and {value}", f"{name} = {name} + 1"]
        if kind < 0.94:
            return [f"t = {value}", f"{name} = t * t"]
        if kind < 0.96:
            return [f"{name} = {value} if isinstance({name}, int) else {name} * 2"]
        return [f"{name} = {self.test()} or {value}", f"{name} = {name} * 1.0"]

    def statement(self, depth: int) -> list[str]:
        rng = self.rng
        kind = rng.random()
        if depth == 0 or kind < 0.35:
            return self.simple()
        if kind < 0.75:
            lines = [f"if {self.test()}:", *self.block(depth - 1)]
            if rng.random() < 0.3:
                lines += [f"elif {self.test()}:", *self.block(depth - 1)]
            if rng.random() < 0.7:
                lines += ["else:", *self.block(depth - 1)]
            return lines
        if kind < 0.82:
            leaves = f"return {self.number()}" if rng.random() < 0.8 else "raise ValueError('no')"
            return [f"if {self.test()}:", *self.block(depth - 1), f"    {leaves}"]
        if kind < 0.86:
            inner = self.block(depth - 1)
            return ["try:", *inner, "except ZeroDivisionError:", f"    a = {self.number()}"]
        if self.looping:
            return self.simple()
        self.looping = True
        head = rng.choice(["for i in range(3):", "for i in range(11):", "for z in v:"])
        body = self.block(depth - 1)
        if rng.random() < 0.3:
            body += [f"    if {self.test()}:", f"        {rng.choice(['break', 'continue'])}"]
        self.looping = False
        return [head, *body]

    def block(self, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.rng.randint(1, 3)):
            lines += self.statement(depth)
        return ["    " + line for line in lines]
