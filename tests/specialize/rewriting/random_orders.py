"""Random programs in which everything that is evaluated logs that it is, as source text.

`program(seed)` is a function `f(x)` whose expressions, targets and statements are of every form
that Python has. What is evaluated calls `t(n, value)`, which logs `n`, or a method of `Noisy`, which
logs its name; so two runs that leave the same log have evaluated the same things in the same order.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from typing import Any

LOG: list[Any] = []
HOLE = re.compile(r"\b[NBDLPICSW]\b")


def t(mark: Any, value: Any) -> Any:
    """Log a mark, and hand the value on."""
    LOG.append(mark)
    return value


class Steps:
    """An iterator that logs each step."""

    def __init__(self, values):
        self.values = list(values)

    def __iter__(self):
        return self

    def __next__(self):
        LOG.append("next")
        if not self.values:
            raise StopIteration
        return self.values.pop(0)


class Noisy:
    """An object that logs whatever is done with it."""

    __array_ufunc__ = None  # NumPy's numbers leave the operators to it

    def __init__(self, value):
        LOG.append("init")
        self.value = value

    @property
    def a(self):
        LOG.append("get a")
        return self.value

    @a.setter
    def a(self, value):
        LOG.append("set a")
        self.value = value * 0.5

    @a.deleter
    def a(self):
        LOG.append("del a")

    def m(self, *args, **kwargs):
        LOG.append("m")
        return self.value + sum(args) + sum(kwargs.values())

    def __call__(self, *args, **kwargs):
        LOG.append("call")
        return self.value - sum(args) + sum(kwargs.values())

    def __getitem__(self, key):
        LOG.append("getitem")
        return self.value

    def __setitem__(self, key, value):
        LOG.append("setitem")
        self.value = value * 0.25 if isinstance(value, float) else self.value

    def __delitem__(self, key):
        LOG.append("delitem")

    def __enter__(self):
        LOG.append("enter")
        return self

    def __exit__(self, *error):
        LOG.append("exit")
        return False

    def __iter__(self):
        LOG.append("iter")
        return Steps([self.value, self.value * 2.0])

    def __contains__(self, item):
        LOG.append("contains")
        return item > 0.5

    def __bool__(self):
        LOG.append("bool")
        return self.value > 0.3

    def __len__(self):
        return 2

    def __add__(self, other):
        LOG.append("add")
        return self.value + (other.value if isinstance(other, Noisy) else other)

    def __radd__(self, other):
        LOG.append("radd")
        return other + self.value

    def __iadd__(self, other):
        LOG.append("iadd")
        self.value = self.value + (other.value if isinstance(other, Noisy) else other)
        return self

    def __mul__(self, other):
        LOG.append("mul")
        return NotImplemented if isinstance(other, Noisy) else self.value * other

    def __lt__(self, other):
        LOG.append("lt")
        return Noisy(self.value - (other.value if isinstance(other, Noisy) else other))

    def __gt__(self, other):
        LOG.append("gt")
        return self.value > (other.value if isinstance(other, Noisy) else other)

    def __eq__(self, other):
        LOG.append("eq")
        return isinstance(other, Noisy) and self.value == other.value

    def __hash__(self):
        return 7

    def __neg__(self):
        LOG.append("neg")
        return -self.value

    def __abs__(self):
        LOG.append("abs")
        return abs(self.value)

    def __format__(self, spec):
        LOG.append("format")
        return "ab"

    def __repr__(self):
        LOG.append("repr")
        return "abc"


class Louder(Noisy):
    """A subclass with an operator of its own, which Python then asks first."""

    def __radd__(self, other):
        LOG.append("louder radd")
        return (other.value if isinstance(other, Noisy) else other) + self.value * 2.0


class Quiet(Noisy):
    """A subclass that inherits all operators."""


def decorate(*marks: Any) -> Callable[[Any], Any]:
    """A decorator that logs when it is applied."""

    def apply(function):
        LOG.append("decorated")
        return function

    return apply


def anything(*args, **kwargs):
    """A function of any arguments."""
    LOG.append("anything")
    return sum(args) * 0.5 + sum(kwargs.values())


def steps(*values):
    """A generator that logs each step."""
    LOG.append("start")
    for value in values:
        LOG.append("yield")
        yield value
    LOG.append("end")


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.lines: list[str] = []

    def fresh(self) -> int:
        self.count += 1
        return self.count

    def fill(self, form: str, depth: int) -> str:
        """A form with an expression of the right kind in the place of each capital letter."""
        made = re.sub("#", lambda _: str(self.fresh()), form)
        return HOLE.sub(lambda hole: self.expression(hole[0], depth - 1), made)

    def expression(self, kind: str, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.3:
            return f"t({self.fresh()}, {self.random.choice(LEAVES[kind])})"
        return self.fill(self.random.choice(FORMS[kind]), depth)

    def block(self, depth: int, size: int, indent: int) -> None:
        for _ in range(size):
            self.statement(depth, indent)

    def statement(self, depth: int, indent: int) -> None:
        form = self.random.choice(STATEMENTS)
        number = self.fresh()
        for line in form.split("\n"):
            text = line.lstrip()
            deeper = indent + (len(line) - len(text)) // 4
            if text == "...":
                self.block(depth - 1, 1, deeper) if depth > 1 else self.add(deeper, "pass")
            else:
                text = text.replace("@@", f"v{number}")
                self.add(deeper, self.fill(text, depth))

    def add(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)


# ruff: noqa: E501
# In forms: N a number, B a test, D an object, L a list, P a dict, I something to iterate over,
# C a context manager, S a text, W a small integer; # a number of its own, @@ a name of its own.
LEAVES: dict[str, list[str]] = {
    "N": ["x", "x * 0.5", "-x", "1.5", "x * x", "total * 0.125"],
    "B": ["x > 0.7", "True", "False", "Noisy(x)", "Noisy(-x)", "x", "0.0"],
    "D": ["box", "BOX", "Noisy(x)", "Louder(x)", "Quiet(x * 0.5)"],
    "L": ["[x, 2.0, x]", "[1.0, x, 3.0]", "held"],
    "P": ["{'p': x}", "{'q': 2.0}"],
    "I": [
        "[x, 1.0]",
        "Noisy(x)",
        "Steps([x, 2.0])",
        "steps(x, 0.5)",
        "box",
        "y[:2]",
        "{'k': x}.values()",
    ],
    "C": ["box", "Noisy(x)", "BOX"],
    "S": ["'ab'", "Noisy(x)"],
    "W": ["0", "1"],
}
FORMS: dict[str, list[str]] = {
    "N": [
        "(N + N)", "(N * N)", "-(N)", "abs(N)", "(N - N)", "(N if B else N)", "(N and N)",
        "(N or N)", "(D + N)", "(N + D)", "(D + D)", "abs(D)", "-D", "D[N]", "D[N:N]", "D[N, N:N:N]",
        "L[W]", "sum(L[W:W])", "D.a", "D.m(N, N)", "D.m(N, k=N)", "D.m(*L, k=N, **P)", "D(N, *I, j=N)",
        "anything(N, N)", "anything(N, *I, N, k=N, **P)", "anything(k=N, *I, **P)", "D.m(D.a, D[N])",
        "(w# := N)", "sum([N, *L, N])", "sum((N, *I))", "(N < N < N) * 2.0", "max(N, N)", "min(N, N, N)",
        "(lambda a=N, *, b=N: a + b)()", "(lambda *a: sum(a))(N, N)", "{'p': N, 'q': N}['p']",
        "{**P, 'p': N}['p']", "len(f'{N}{S}{D!r}')", "len(f'{D:>{W}}{N:.{W}f}')", "sum(N for e in I)",
        "sum([N for e in I if B])", "sum([N for e in I for h in I])", "sum({'p': N for e in I}.values())",
        "next(iter(I))", "sum(map(lambda e: t(#, e), I))", "sum(filter(lambda e: t(#, e) > 1.2, I))",
        "sum(e * h for e, h in zip(I, I))", "sum(e * k for k, e in enumerate(I))", "y[W]", "float(N)",
        "sum(sorted(I, key=lambda e: t(#, -e)))", "max(I, key=lambda e: t(#, -e))", "min(I)",
        "any(t(#, e) > 1.2 for e in I)", "all(e > 0.1 for e in map(lambda e: t(#, e), I))",
        "getattr(D, 'a')", "getattr(D, 'none', N)", "anything(*[N], **{'k': N})", "sum(reversed(L))",
        "functools.reduce(lambda a, b: t(#, a + b), I)", "functools.reduce(anything, I, N)",
        "sum(itertools.chain(I, I))", "sum(itertools.islice(I, W))", "sum(itertools.accumulate(I))",
        "sum(itertools.takewhile(lambda e: t(#, e) < 1.2, I))", "anything(*map(abs, I))",
        "functools.partial(anything, N, k=N)(N)", "len({N, 2.0, *I}) * x", "len([*I, *I]) * x",
        "sum(list(I))", "sum(tuple(I))", "(lambda: (yield N))() and x", "bool(B) * x",
        "[N, N][W]", "(N, N)[W]", "D.m(*(e for e in I))", "(D.a if B else D[N])", "divmod(N, 1.75)[1]",
    ],
    "B": [
        "(N < N)", "(N < N <= N)", "(N > N > N != N)", "(not B)", "(B and B)", "(B or B)",
        "(B and B or B)", "(not (B or B))", "(D < D)", "(D < D < D)", "(D > D)", "(N in I)",
        "(N in L)", "(N in D)", "(N not in D)", "('p' in P)", "(D is D)", "(D == D)", "(D != D)",
        "D", "bool(D)", "(B if B else B)", "(D < D > D)", "isinstance(D, Noisy)", "callable(D)",
    ],
    "D": ["(D if B else D)", "(D or D)", "(D and D)", "Noisy(N)", "[D, D][W]", "{'k': D}['k']"],
    "L": ["[N, N]", "(L + [N])", "[*I, N]", "list(I)", "[e + N for e in I]", "sorted([N, N])", "L[:]"],
    "P": ["{'p': N, **P}", "dict(q=N)", "{'r': N}", "dict(P, r=N)"],
    "I": ["[N, N]", "(N for e in I if B)", "map(abs, I)", "itertools.chain(I, I)", "L", "steps(N, N)"],
    "C": ["Noisy(N)", "(C if B else C)"],
    "S": ["str(S)", "f'{S}{N:.1f}'", "'{}'.format(N)"],
    "W": ["(W)", "int(bool(B))"],
}  # fmt: skip
STATEMENTS = [
    "total = total + N",
    "total += N",
    "total *= N if B else N",
    "@@ = @@b = N\ntotal += @@ * @@b",
    "D[N] = N",
    "D[N] = D.a = @@ = N\ntotal += @@",
    "D.a = N",
    "D[N:N] = N",
    "L[W] = N",
    "L[W:W] = L",
    "P['p'] = N",
    "y[W] = N",
    "y[W:] = N",
    "D[N] += N",
    "D.a += N",
    "D.a *= D[N]",
    "L[W] += N",
    "L[W] *= D.a",
    "y[W] += N",
    "y[W:] *= N",
    "P.setdefault('k', N)",
    "held[W] -= N",
    "box += N",
    "box += D",
    "D[N], D.a = N, N",
    "D[N], *@@ = L\ntotal += sum(@@)",
    "(D[N], @@), D.a = (N, N), N\ntotal += @@",
    "@@, D[N] = D\ntotal += @@",
    "[@@, @@b] = I\ntotal += @@",
    "@@, *@@b = I\ntotal += @@ + sum(@@b)",
    "D[N]: float = N",
    "@@: float = N\ntotal += @@",
    "del D[N], D.a",
    "del (D[N], D.a)",
    "del [D.a], L[W]",
    "del L[W:W]",
    "assert B or True, N",
    "try:\n    assert B, N\nexcept AssertionError as e:\n    total += sum(e.args)",
    "try:\n    raise ValueError(N) from KeyError(N)\nexcept (KeyError, t(#, ValueError)) as e:\n"
    "    total += e.args[0]\nelse:\n    total += N\nfinally:\n    total += N",
    "try:\n    total += N\nexcept t(#, ValueError):\n    total += N\nelse:\n    ...\nfinally:\n    ...",
    "if B:\n    ...\nelif B:\n    ...\nelse:\n    ...",
    "if B and B:\n    ...",
    "if B or not B:\n    ...",
    "if not (B and B):\n    ...",
    "if N < N < N:\n    ...",
    "if D < D < D:\n    ...",
    "@@ = 0\nwhile @@ < 2 and B:\n    @@ += 1\n    ...\nelse:\n    total += N",
    "@@ = 0\nwhile t(#, @@) < 2:\n    @@ += 1\n    if B:\n        continue\n    ...",
    "for @@ in I:\n    total += @@",
    "for @@ in I:\n    ...\n    if B:\n        break\nelse:\n    total += N",
    "for @@, @@b in zip(I, I):\n    total += @@ * N",
    "for @@, @@b in enumerate(I):\n    total += @@ * @@b",
    "for D[N] in I:\n    ...",
    "for D.a, @@ in [D, L[:2]]:\n    total += @@",
    "for @@ in y:\n    total += @@\n    y[1] *= N",
    "for @@, @@b in enumerate(y):\n    total += @@b\n    y[(@@ + 1) % 3] += N",
    "for @@ in y[::-1]:\n    total += @@\n    y[W] -= N",
    "with C:\n    ...",
    "with C as @@, C as D[N]:\n    ...",
    "with C as D[N], C as D.a, C:\n    ...",
    "with (C as (@@, @@b), C as @@c):\n    total += @@ + @@b",
    "def @@(a=N, *b, c=N, **d):\n    return a + c + sum(b)\ntotal += @@(N) + @@(*L, c=N)",
    "@decorate(N)\n@decorate(N)\ndef @@(a=N):\n    return a * N\ntotal += @@(N)",
    "def @@(a: t(#, float) = N) -> t(#, float):\n    return a\ntotal += @@()",
    "@decorate(N)\nclass @@(t(#, object)):\n    p = N\n    q = p if B else p\n    r = p < x < p\n    s = p and q\n"
    "    def m(self, a=N):\n        return a + self.p\ntotal += @@.q + @@().m()",
    "class @@(Noisy):\n    def __add__(self, other):\n        return t(#, other)\ntotal += @@(N) + N",
    "def @@():\n    total = yield N\n    yield total\n@@b = @@()\nnext(@@b)\ntotal += @@b.send(N)",
    "def @@():\n    @@b = (yield N) and (yield N)\n    return @@b\ntotal += sum(@@())",
    "def @@():\n    yield from I\n    yield N\ntotal += sum(@@())",
    "match N:\n    case 1.5 if B:\n        ...\n    case float() as @@ if B:\n        total += @@\n    case _:\n        ...",
    "match D:\n    case Noisy(a=@@, value=@@b):\n        total += @@ + @@b",
    "match L:\n    case [@@, *@@b] if B:\n        total += @@\n    case [@@, @@b, @@c]:\n        total += @@b",
    "match P:\n    case {'p': @@, **@@b}:\n        total += @@\n    case {'q': @@}:\n        total += N",
    "@@ = [(N, a) for a in I for b in I if B]\ntotal += sum(a for a, b in @@)",
    "@@ = {W: N for a in I}\ntotal += sum(@@.values())",
    "@@ = lambda a, b=N: (a, N)[W] + b\ntotal += @@(N)",
    "@@ = (a for a in I if B)\ntotal += N\ntotal += sum(@@)",
    "@@ = zip(y, I)\ny[W] = N\ntotal += sum(a * b for a, b in @@)",
    "@@ = map(lambda a: t(#, a), y)\ny[W] = N\ntotal += sum(@@)",
    "@@ = iter(y)\ntotal += next(@@)\ny[W] += N\ntotal += sum(@@)",
    "@@ = reversed(y)\ny[W] += N\ntotal += sum(@@)",
    "L.append(N)",
    "held.append(N)\ntotal += held[-1]",
    "held.insert(W, N)",
    "total += len(f'{held}{held.append(N)}{held}')",
    "global TOTAL\nTOTAL = N\nTOTAL += N\ntotal += TOTAL",
    "print(N, N, end=str(S), file=SINK)",
    "return N + total",
]  # fmt: skip


def program(seed: int) -> str:
    """The source of a function `f(x)`."""
    for attempt in itertools.count():
        source = _program(seed + attempt * 1_000_003)
        try:
            compile(source, "program", "exec")
        except SyntaxError:  # a text in the braces of an f-string
            continue
        return source
    raise AssertionError


def _program(seed: int) -> str:
    writer = Writer(seed)
    for line in ("def f(x):", "    total = x", "    box = Noisy(x * 1.5)", "    held = [x, 1.0]"):
        writer.lines.append(line)
    writer.add(1, "y = np.array([x, 2.0, x * x])")
    writer.block(3, writer.random.randint(2, 5), 1)
    writer.add(1, "return total + sum(y) + sum(held) + box.value")
    return "\n".join(writer.lines) + "\n"
