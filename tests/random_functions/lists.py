"""Random functions with loops that append to lists, write to their items and go through them."""

from __future__ import annotations

from .loops import COUNTERS, NUMBERS, TAIL, LoopWriter, indented

HEAD = """
def helper(p, q):
    return math.sin(p) * 0.5 + q * 0.1 if p > 0 else q * 0.2

def f(x, n):
    a, b, c, s = x, 1.0, x * 0.5, 0.0
    k, m, flag, kept = 0, 3, False, None
    u, v = np.linspace(0.1, 1.0, 6) * x, np.ones(6)
    w = {w}
    p = {p}
    q = {q}
    r = []
"""

LISTS = ["p", "q"]


class ListWriter(LoopWriter):
    """Writes the source of one function."""

    def write(self) -> str:
        rng = self.rng
        firsts = ["[x, 1.0]", "[0.1 * x] * 7", "[math.sin(x * j) for j in range(13)]", "list(u)"]
        firsts += ["[0.3 * z for z in range(6)]", "[z for z in u]"]
        text = super().write()
        at = text.index("    w = ")
        at = text.index("\n", at) + 1
        head = HEAD.format(w="u", p=rng.choice(firsts), q=rng.choice(firsts[1:]))
        own = text[at : len(text) - len(TAIL)]
        kept = text[text.index("    w = ") : at]
        head = head.replace("    w = u\n", kept)
        more = ["sum(p) + 0.1 * len(p)", "sum(z * z for z in q)", "np.sum(np.array(q))", "max(p)"]
        more += ["sum([z * a for z in p if z > 0.1])", "p[-1] - q[0]"]
        end = f"    s = s + {rng.choice(more)} + sum(r) + q[-1]\n"
        return head + own.rstrip("\n") + "\n" + end + TAIL.lstrip("\n")

    def number(self, depth: int, loops: list[str]) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.12:
            return f"{rng.choice(LISTS)}[{self.place(loops)}]"
        if kind < 0.16:
            j = "ghi"[depth % 3]
            inner = f"math.sin({j} * 0.1 + {rng.choice(NUMBERS)})"
            over = rng.choice(["range(n)", "range(12)", "range(k % 5)"])
            test = rng.choice(["", "", f" if {j} % 3 != 1"])
            made = f"{inner} for {j} in {over}{test}"
            return rng.choice([f"(0.1 * sum({made}))", f"(0.1 * sum([{made}]))"])
        if kind < 0.18:
            return rng.choice(["len(p)", "0.01 * sum(q)", "max(q)"])
        return super().number(depth, loops)

    def place(self, loops: list[str]) -> str:
        rng = self.rng
        return rng.choice(["-1", "-2", "0", "k % 2", "len(p) - 1", self.index(loops)])

    def statement(self, loops: list[str], depth: int) -> list[str]:
        rng = self.rng
        kind = rng.random()
        name = rng.choice(LISTS)
        if kind < 0.15:
            value = f"math.tanh({self.number(2, loops)})"
            return [f"{rng.choice(['p', 'p', 'q', 'r'])}.append({value})"]
        if kind < 0.25:
            place = f"{name}[{self.place(loops)}]"
            return [f"{place} {rng.choice(['=', '+='])} 0.2 * math.tanh({self.number(2, loops)})"]
        if kind < 0.28:
            made = ["[0.5 * z + a for z in q]", "[math.sin(z) for z in p]", "[x, s, a, b, c, x, b]"]
            made += [
                "list(q)",
                "[z * 0.3 for z in u]",
                "[b] * 8",
                "q",
                "[q[j % 3] for j in range(14)]",
            ]
            return [f"p = {rng.choice(made)}"]
        if kind < 0.30:
            return [f"q = {rng.choice(['[0.9 * z for z in q]', 'p + [a] * 6', '[a] * 9'])}"]
        if kind < 0.33:
            i, j = self.place(loops), self.place(loops)
            return [f"{name}[{i}], {name}[{j}] = {name}[{j}], {name}[{i}]"]
        if kind < 0.37 and depth > 0:
            inner = [s for _ in range(2) for s in self.statement(loops, depth - 1)]
            head = rng.choice([f"for z in {name}:", f"for d, z in enumerate({name}):"])
            if rng.random() < 0.5:
                return [head, *indented(["a = 0.9 * a + 0.1 * math.sin(z)"])]
            return (
                [head, *indented([f"{rng.choice(COUNTERS)} += 1", *inner])] if depth < 2 else inner
            )
        return super().statement(loops, depth)
