"""Random functions with loops in which exceptions may be caught, or around which they may be."""

from __future__ import annotations

from .loops import LoopWriter

RISKY = [
    "{a} = {a} + 0.1 / (k - {i})",
    "{a} = 0.5 * math.sqrt({e})",
    "{a} = math.log({e} + 0.6)",
    "{a} = [0.3, x, 0.7, s][k - {i}]",
    "{a} = {{3: x, 5: 0.2}}.get(k, b) / (m - 6)",
    "1 / (k - {i})",
    "u[k - {i}] = {a}",
]
"""Statements that may raise."""

ERRORS = [
    "ZeroDivisionError",
    "ValueError",
    "(ArithmeticError, IndexError)",
    "Exception",
    "IndexError as error",
]


class CatchingWriter(LoopWriter):
    """Writes functions with `try` in loops, and around them."""

    def risky(self) -> str:
        rng = self.rng
        return rng.choice(RISKY).format(
            a=rng.choice("abcs"), i=rng.randint(0, 12), e=rng.choice(["a", "b", "s", "c * s"])
        )

    def loop(self, loops: list[str], depth: int) -> list[str]:
        found = super().loop(loops, depth)
        if self.rng.random() < 0.6:
            return self.caught(found, loops)
        return found

    def statement(self, loops: list[str], depth: int) -> list[str]:
        found = super().statement(loops, depth)
        if self.rng.random() < 0.35:
            found = [*found, self.risky(), "k += 1"]
            return self.caught(found, loops) if self.rng.random() < 0.8 else found
        return found

    def caught(self, lines: list[str], loops: list[str]) -> list[str]:
        rng = self.rng
        inner = ["    " + line for line in lines]
        handler = rng.choice(["s = 0.5 * s + 0.1", "pass", "a = x", "m += 1"])
        whole = ["try:", *inner, f"except {rng.choice(ERRORS)}:", f"    {handler}"]
        if rng.random() < 0.2:
            whole += ["else:", "    c = 0.9 * c"]
        if loops and rng.random() < 0.1:
            whole[-1:] = [whole[-1]]
        return whole
