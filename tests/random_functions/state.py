"""Random functions with loops that change what containers and objects hold, or make them anew."""

from __future__ import annotations

from .loops import NUMBERS, LoopWriter

HEAD = """
class Held:
    def __init__(self, v, w=0.5):
        self.v, self.w = v, w
        self.u = np.ones(6) * 0.3

    def step(self, h):
        self.v = self.v * 0.9 + h * self.w
        self.w += 0.1 * math.sin(self.v)

    def moved(self, h):
        return Held(self.v * 0.5 + h, self.w * 0.9)

def turned(pair, h):
    p, q = pair
    return (p * 0.9 - h * q, q * 0.8 + h * p)

def helper(p, q):
    return math.sin(p) * 0.5 + q * 0.1 if p > 0 else q * 0.2

def f(x, n):
    a, b, c, s = x, 1.0, x * 0.5, 0.0
    k, m, flag, kept = 0, 3, False, None
    u, v = np.linspace(0.1, 1.0, 6) * x, np.ones(6)
    w = {w}
    d, e = {{"p": x, "q": 0.5}}, {{"p": 1.0, "q": x}}
    o, r = Held(x), Held(0.3, x)
    t, y = (x, 0.5), (0.2, 0.3)
    h, g = [x, 0.7], [0.1, x]
    {alias}
"""

TAIL = """
    last = kept if isinstance(kept, (float, int)) else 0.0 if kept is None else kept.sum()
    numbers = a + 2 * b + 3 * c + s + 0.1 * k + 0.01 * m + last + flag
    held = d["p"] + 2 * d["q"] + 3 * e["p"] + 4 * e["q"] + o.v + 2 * o.w + 3 * r.v + 4 * r.w
    more = t[0] + 2 * t[1] + 3 * y[0] + 4 * y[1] + h[0] + 2 * h[1] + 3 * g[0] + 4 * g[1]
    arrays = u.sum() + 2 * v[:5].sum() + 3 * w[:5].sum() + 4 * o.u[:5].sum() + 5 * r.u[:5].sum()
    return numbers + held + more + arrays
"""

PLACES = ['d["p"]', 'd["q"]', 'e["p"]', "o.v", "o.w", "r.v", "h[0]", "h[-1]", "g[1]"]
READ = [*PLACES, "t[0]", "t[1]", "y[0]"]
PAIRS = [("d", "e"), ("o", "r"), ("t", "y"), ("h", "g")]
ALIASES = ["pass", "pass", "pass", "e = d", "r = o", "g = h", "y = t", "o.u = u", "r.u = o.u"]


class StateWriter(LoopWriter):
    """Writes the source of one function."""

    def write(self) -> str:
        rng = self.rng
        lines: list[str] = []
        for _ in range(rng.randint(1, 2)):
            lines += self.loop([], 2)
            if rng.random() < 0.5:
                lines += self.change([])
        first = rng.choice(["u", "v", "np.zeros(6)", "u.copy()"])
        head = HEAD.format(w=first, alias=rng.choice(ALIASES))
        return head + "\n".join("    " + line for line in lines) + TAIL

    def number(self, depth: int, loops: list[str]) -> str:
        if self.rng.random() < 0.3:
            return self.rng.choice(READ)
        return super().number(depth, loops)

    def statement(self, loops: list[str], depth: int) -> list[str]:
        return self.change(loops) if self.rng.random() < 0.5 else super().statement(loops, depth)

    def change(self, loops: list[str]) -> list[str]:
        """A change of what is held, or something else that is held."""
        rng = self.rng
        kind = rng.random()
        small = f"0.2 * math.tanh({self.number(2, loops)})"
        if kind < 0.35:
            operator = rng.choice(["=", "=", "+=", "*="])
            return [f"{rng.choice(PLACES)} {operator} {small}"]
        if kind < 0.45:
            return [f"{rng.choice('or')}.step({small})"]
        one, other = rng.choice(PAIRS)
        if kind < 0.5:
            return [f"{one}, {other} = {other}, {one}"]
        if kind < 0.55:
            return [f"{one} = {other}"]
        if kind < 0.6:
            return [
                f"{rng.choice('or')}.u {rng.choice(['*=', '+=', '='])} 0.9 * {rng.choice('uv')}"
            ]
        if kind < 0.65:
            return [f"{rng.choice('or')}.u[{self.index(loops)}] = {small}"]
        if kind < 0.7:
            return [f"{rng.choice(NUMBERS)} = {rng.choice(READ)}"]
        made = {
            "d": f'{{"p": {small}, "q": d["p"] * 0.9}}',
            "e": rng.choice(["dict(e)", f'{{**d, "q": {small}}}', "e"]),
            "o": rng.choice([f"Held({small}, o.w)", f"o.moved({small})"]),
            "r": f"r.moved({small})",
            "t": rng.choice([f"turned(t, {small})", f"({small}, t[0])", "(t[1], t[0])"]),
            "y": rng.choice([f"turned(y, {small})", "tuple([z * 0.9 for z in y])"]),
            "h": rng.choice([f"[{small}, h[0] * 0.9]", "h[::-1]", "list(t)"]),
            "g": rng.choice(["[z * 0.9 for z in g]", f"[g[1], {small}]"]),
        }
        name = rng.choice("deortyhg")
        return [f"{name} = {made[name]}"]


GENERATOR = """
def {name}(x, n):
    a, b, c, s = x, 0.7, x * 0.3, 0.1
    k, m, flag, kept = 0, 2, False, None
    u, v = np.linspace(0.1, 1.0, 6) * x, np.ones(6)
    w = u.copy()
    d, e = {{"p": x, "q": 0.5}}, {{"p": 1.0, "q": x}}
    o, r = Held(x), Held(0.3, x)
    t, y = (x, 0.5), (0.2, 0.3)
    h, g = [x, 0.7], [0.1, x]
{body}
"""


class GeneratorWriter(StateWriter):
    """Writes functions with loops over generators."""

    def write(self) -> str:
        self.made: list[str] = []
        self.inside = False
        source = super().write()
        return source.replace("\ndef f(x, n):", "\n".join([*self.made, "\ndef f(x, n):"]))

    def loop(self, loops: list[str], depth: int) -> list[str]:
        rng = self.rng
        if self.inside or rng.random() < 0.3:
            return super().loop(loops, depth)
        i = "ijl"[len(loops) % 3]
        call = f"{self.generator()}({self.number(1, loops)}, {rng.choice(['n', 'n', '14'])})"
        before = [f"{i} = 0"]
        if rng.random() < 0.3:
            head, inner = f"for {i}, z in enumerate({call}):", ["a += 0.1 * z"]
        else:
            head, inner = f"for z in {call}:", ["s = 0.9 * s + 0.1 * z", f"{i} += 1"]
        for _ in range(rng.randint(1, 3)):
            inner += self.statement([*loops, i], depth)
        after = ["else:", "    s = s + 0.25"] if rng.random() < 0.2 else []
        return [*before, head, *["    " + line for line in inner], *after]

    def generator(self) -> str:
        """A generator that has been written."""
        rng = self.rng
        name = f"g{len(self.made)}"
        self.inside = True
        inner = self.statement(["i"], 1)
        inner.append(f"yield {self.number(1, ['i'])}")
        inner += self.statement(["i"], 1) if rng.random() < 0.5 else []
        if rng.random() < 0.3:
            inner += ["if s > a:", "    yield s * 0.5"]
        inner = [line.replace("return s + a", "return") for line in inner]
        head = rng.choice(["for i in range(n):", "while k < n:", "for i in range(2, n + 2):"])
        if head.startswith("while"):
            inner += ["k += 1", "i = k"]
        lines = ["i = 0", head, *["    " + line for line in inner]]
        if self.made and rng.random() < 0.3:
            lines = [f"for z in g{len(self.made) - 1}(x, n):", "    yield z * 0.5"]
        elif self.made and rng.random() < 0.3:
            lines = [*lines, f"yield from g{len(self.made) - 1}(x * 0.3, n)"]
        self.inside = False
        body = "\n".join("    " + line for line in lines)
        self.made.append(GENERATOR.format(name=name, body=body))
        return name
