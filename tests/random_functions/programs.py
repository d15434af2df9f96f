"""Random Python functions in the language that symdiff takes, as source text.

`programs()` is a hypothesis strategy. A function has the parameters `x`, `y` (floats) and `v` (an
array of three), may read and write locals, lists, dicts, arrays and views, reads the globals `G`
and `TABLE`, and returns one number. Values stay moderate: growth is tamed where it could begin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .scope import Scope

SIZE = 3
CONSTANTS = ("0.5", "2", "-1.5", "3.0", "1", "0.25", "-2", "1e-3")
SMOOTH = ("sin", "cos", "tanh", "atan", "asinh", "erf")
SMOOTH_NUMPY = ("sin", "cos", "tanh", "arctan", "arcsinh")


class Writer:
    """Writes one function, asking `between(low, high)` at every fork."""

    def __init__(self, between: Callable[[int, int], int]) -> None:
        self.between = between
        self.lines: list[str] = []
        self.count = 0

    def pick(self, *options: Any) -> Any:
        return options[self.between(0, len(options) - 1)]

    def fresh(self, hint: str) -> str:
        self.count += 1
        return f"{hint}{self.count}"

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    # -- expressions

    def number(self, s: Scope, size: int = 2) -> str:
        if size <= 0 or self.pick(True, False, False):
            return str(self.leaf(s))
        a = self.number(s, size - 1)
        kind = self.pick(
            *("add", "sub", "mul", "div", "smooth", "square", "cube", "neg", "abs", "max"),
            *("ternary", "sqrt", "log", "exp", "power", "mod", "hypot", "call", "array"),
            *("numpy", "float", "clip", "sum", "chain", "and"),
        )
        if kind == "smooth":
            return f"math.{self.pick(*SMOOTH)}({a})"
        if kind == "numpy":
            return f"np.{self.pick(*SMOOTH_NUMPY)}({a})"
        if kind == "square":
            return f"({a})**2"
        if kind == "cube":
            return f"math.tanh({a})**{self.pick(3, 1, 0, 5)}"
        if kind == "neg":
            return f"(-({a}))"
        if kind == "abs":
            return f"abs({a})"
        if kind == "sqrt":
            return f"{self.pick('math', 'np')}.sqrt(0.5 + ({a})**2)"
        if kind == "log":
            return f"{self.pick('math', 'np')}.log1p(abs({a}))"
        if kind == "exp":
            return f"{self.pick('math', 'np')}.exp(-(({a})**2))"
        if kind == "array":
            array = self.array(s, size - 1)
            return self.pick(
                f"np.sum({array})",
                f"({array}).sum()",
                f"({array}).mean()",
                f"({array})[{self.index(s)}]",
                f"np.dot({array}, v)",
                f"(({array}) @ v)",
                f"({array}).max()",
                f"({array})[1:].min()",
                f"sum({array})",
            )
        if kind == "float":
            return f"float({a})"
        if kind == "sum":
            items = self.pick(*(s.lists or ["[1, 0.5]"]), f"[{a}, {self.leaf(s)}]")
            return self.pick(
                f"sum({items})", f"sum(t * {self.pick('0.5', 't', 'G')} for t in {items})"
            )
        b = self.number(s, size - 1)
        if kind in ("add", "sub", "mul"):
            sign = {"add": "+", "sub": "-", "mul": "*"}[kind]
            return f"({a} {sign} {b})"
        if kind == "div":
            return f"({a} / (1.5 + abs({b})))"
        if kind == "max":
            return f"{self.pick('max', 'min')}({a}, {b})"
        if kind == "clip":
            return f"np.{self.pick('maximum', 'minimum')}({a}, {b})"
        if kind == "ternary":
            return f"({a} if {self.test(s)} else {b})"
        if kind == "power":
            return f"(0.5 + abs({a}))**math.tanh({b})"
        if kind == "mod":
            return self.pick(f"(({a}) % 1.7)", f"(({a}) // 0.9)", f"math.floor({a})", f"int({a})")
        if kind == "hypot":
            return self.pick(f"math.hypot({a}, {b}, 0.5)", f"math.atan2({a}, 1.5 + abs({b}))")
        if kind == "chain":
            return f"(({a} < {b} < 1.5) * {a} + {b})"
        if kind == "and":
            return f"({a} {self.pick('and', 'or')} {b})"
        if s.functions:
            return f"{self.pick(*s.functions)}({a}, {b})"
        return f"(lambda t, u: t * u + {self.leaf(s)})({a}, {b})"

    def leaf(self, s: Scope) -> str:
        kind = self.pick("number", "number", "number", "item", "list", "whole", "const", "global")
        if kind == "item":
            return f"{self.pick('v', *s.arrays)}[{self.index(s)}]"
        if kind == "list" and s.lists:
            return f"{self.pick(*s.lists)}[{self.pick(0, -1)}]"
        if kind == "list" and s.dicts:
            return f"{self.pick(*s.dicts)}['a']"
        if kind == "whole" and s.whole:
            return str(self.pick(*s.whole))
        if kind == "const":
            return str(self.pick(*CONSTANTS))
        if kind == "global":
            return str(self.pick("G", "TABLE[1]", "len(TABLE)"))
        return str(self.pick(*s.numbers))

    def index(self, s: Scope) -> str:
        if s.whole and self.pick(False, True):
            return f"{self.pick(*s.whole)} % {SIZE}"
        return str(self.pick(0, 1, 2, -1, f"int(abs({self.pick(*s.numbers)})) % {SIZE}"))

    def array(self, s: Scope, size: int = 2) -> str:
        if size <= 0 or self.pick(True, False, False):
            return str(self.pick("v", *s.arrays))
        a = self.array(s, size - 1)
        kind = self.pick(
            *("scale", "smooth", "where", "add", "flip", "max", "make", "roll", "square", "copy"),
            *("cumsum", "compare", "list"),
        )
        if kind == "scale":
            return f"({a} {self.pick('*', '+', '-')} {self.number(s, size - 1)})"
        if kind == "smooth":
            return f"np.{self.pick(*SMOOTH_NUMPY)}({a})"
        if kind == "flip":
            return f"({a})[::-1]"
        if kind == "roll":
            return f"np.concatenate([({a})[1:], ({a})[:1]])"
        if kind == "square":
            return f"({a})**2"
        if kind == "copy":
            return self.pick(f"({a}).copy()", f"(-({a}))", f"abs({a})", f"({a}).reshape(3)")
        if kind == "cumsum":
            return f"np.cumsum({a})"
        if kind == "make":
            items = ", ".join(self.number(s, size - 1) for _ in range(SIZE))
            return f"np.array([{items}])"
        if kind == "list":
            return f"np.array([t * {self.leaf(s)} for t in {a}])"
        b = self.array(s, size - 1)
        if kind == "where":
            return f"np.where({a} > {self.pick('0', '0.3', b)}, {a}, {b})"
        if kind == "compare":
            return f"(({a} > {b}) * {a})"
        if kind == "max":
            return f"np.{self.pick('maximum', 'minimum')}({a}, {b})"
        return f"({a} {self.pick('+', '-', '*')} {b})"

    def test(self, s: Scope) -> str:
        a, b = self.number(s, 1), self.number(s, 1)
        return str(
            self.pick(
                f"{a} > {b}",
                f"{a} <= {b}",
                f"not {a} < {b}",
                f"({a} > 0.1 and {b} < 1)",
                f"({a} > 0.4 or {b} > 0.2)",
                f"-1 < {a} <= {b}",
                f"abs({a}) > 0.3",
                "v.sum() > 0.5",
                "np.any(v > 1.1)",
                "(v > -0.5).all()",
            )
        )

    # -- statements

    def block(self, s: Scope, depth: int, most: int = 3) -> None:
        start = len(self.lines)
        for _ in range(self.between(1, most)):
            self.statement(s, depth)
        if len(self.lines) == start:
            self.line(depth, "pass")

    def assignable(self, s: Scope) -> str:
        names = [n for n in s.numbers if n not in s.fixed]
        return str(self.pick(*names)) if names else ""

    def statement(self, s: Scope, depth: int) -> None:
        kind = self.pick(
            *("new", "assign", "augment", "swap", "array", "array", "write", "write", "list"),
            *("if", "if", "for", "while", "def", "view", "dict", "append", "break", "chained"),
            *("each", "try", "slice"),
        )
        getattr(self, f"do_{kind}")(s, depth)

    def do_new(self, s: Scope, depth: int) -> None:
        name = self.fresh("a")
        self.line(depth, f"{name} = {self.number(s, 3)}")
        s.numbers.append(name)

    def do_assign(self, s: Scope, depth: int) -> None:
        name = self.assignable(s)
        value = self.number(s, 3)
        self.line(depth, f"{name} = {f'math.atan({value})' if s.in_loop else value}")

    def do_augment(self, s: Scope, depth: int) -> None:
        name = self.assignable(s)
        value = self.number(s, 2)
        self.line(
            depth,
            self.pick(
                f"{name} += math.sin({value})",
                f"{name} -= {value} * 0.1",
                f"{name} *= math.cos({value})",
                f"{name} /= 1.5 + abs({value})",
            ),
        )

    def do_swap(self, s: Scope, depth: int) -> None:
        names = [n for n in s.numbers if n not in s.fixed]
        a, b = names[0], names[-1]
        if a == b:
            return
        self.line(
            depth,
            self.pick(
                f"{a}, {b} = {b}, math.sin({self.number(s, 1)})",
                f"({a}, {b}) = [{b}, {a}]",
                f"{a}, *[{b}] = math.tanh({b}), {a}",
            ),
        )

    def do_chained(self, s: Scope, depth: int) -> None:
        name = self.fresh("c")
        self.line(depth, f"{name} = {self.assignable(s)} = math.sin({self.number(s, 2)})")
        s.numbers.append(name)

    def do_array(self, s: Scope, depth: int) -> None:
        name = self.fresh("w")
        self.line(depth, f"{name} = {self.array(s, 2)} + 0.0")
        s.arrays.append(name)
        s.owned.append(name)

    def do_view(self, s: Scope, depth: int) -> None:
        if not s.owned:
            return
        name = self.fresh("u")
        base = self.pick(*s.owned)
        self.line(depth, f"{name} = {base}{self.pick('[1:]', '[::-1][:2]', '[:2]', '[::2]')}")
        s.views.append(name)

    def do_write(self, s: Scope, depth: int) -> None:
        if not s.owned:
            return
        name = self.pick(*s.owned)
        options = [
            f"{name}[{self.index(s)}] = math.sin({self.number(s, 2)})",
            f"{name}[{self.index(s)}] *= math.cos({self.number(s, 1)})",
            f"{name} += np.sin({self.array(s, 1)})",
            f"{name} *= 0.5",
            f"{name}[:] = np.tanh({self.array(s, 1)})",
            f"{name}[{name} > 0.2] = {self.pick('0.5', 'x')}",
            f"{name}[[0, 2]] -= 0.1 * {self.array(s, 0)}[[1, 0]]",
        ]
        if s.views:
            view = self.pick(*s.views)
            options += [
                f"{view}[0] = math.sin({self.number(s, 1)})",
                f"{view} *= math.cos({self.number(s, 1)})",
                f"{view}[:] = {view}[::-1].copy()",
                f"{view} += v[1:]",
            ]
        self.line(depth, self.pick(*options))

    def do_slice(self, s: Scope, depth: int) -> None:
        if s.owned:
            name = self.pick(*s.owned)
            self.line(
                depth,
                self.pick(
                    f"{name}[1:] = {name}[:-1] * 0.5",
                    f"{name}[:2] += {self.array(s, 0)}[1:] * 0.3",
                    f"{name}[0], {name}[1] = {name}[1], {name}[0]",
                ),
            )

    def do_list(self, s: Scope, depth: int) -> None:
        name = self.fresh("l")
        self.line(
            depth,
            self.pick(
                f"{name} = [{self.number(s, 1)}, {self.number(s, 2)}]",
                f"{name} = [math.sin(t) for t in v]",
                f"{name} = [t * {self.leaf(s)} for t in range(3) if t != 1]",
                f"{name} = list(v) + [{self.number(s, 1)}]",
                f"{name} = sorted([{self.number(s, 1)}, {self.number(s, 1)}])",
            ),
        )
        s.lists.append(name)

    def do_dict(self, s: Scope, depth: int) -> None:
        name = self.fresh("d")
        self.line(depth, f"{name} = {{'a': {self.number(s, 2)}}}")
        if self.pick(True, False):
            self.line(depth, f"{name}['a'] += {self.number(s, 1)}")
        s.dicts.append(name)

    def do_append(self, s: Scope, depth: int) -> None:
        if s.lists:
            name = self.pick(*s.lists)
            self.line(
                depth,
                self.pick(
                    f"{name}.append({self.number(s, 1)})",
                    f"{name}[0] = math.sin({self.number(s, 2)})",
                    f"{name}.insert(0, {self.number(s, 1)})",
                    f"{name}[-1] += 0.1 * {self.leaf(s)}",
                ),
            )

    def do_if(self, s: Scope, depth: int) -> None:
        if depth > 3:
            return
        self.line(depth, f"if {self.test(s)}:")
        self.block(s.inner(), depth + 1, 2)
        if self.pick(True, False):
            self.line(depth, f"elif {self.test(s)}:")
            self.block(s.inner(), depth + 1, 2)
        if self.pick(True, False):
            self.line(depth, "else:")
            self.block(s.inner(), depth + 1, 2)

    def do_for(self, s: Scope, depth: int) -> None:
        if depth > 2:
            return
        name = self.fresh("i")
        inner = s.inner()
        inner.in_loop = True
        count = self.pick("3", "2", "len(TABLE)", f"int(min(3, abs({self.leaf(s)})))")
        inner.whole.append(name)
        self.line(depth, f"for {name} in range({count}):")
        self.block(inner, depth + 1, 3)
        if self.pick(False, False, True):
            self.line(depth, "else:")
            self.block(s.inner(), depth + 1, 1)

    def do_each(self, s: Scope, depth: int) -> None:
        if depth > 2:
            return
        name, position = self.fresh("t"), self.fresh("k")
        inner = s.inner()
        inner.in_loop = True
        inner.numbers.append(name)
        kind = self.pick("v", "enumerate", "zip", "table")
        if kind == "v":
            self.line(depth, f"for {name} in {self.pick('v', *s.arrays)}:")
        elif kind == "table":
            self.line(depth, f"for {name} in TABLE:")
        elif kind == "zip":
            other = self.fresh("z")
            self.line(depth, f"for {name}, {other} in zip(v, TABLE):")
            inner.numbers.append(other)
        else:
            self.line(depth, f"for {position}, {name} in enumerate(v):")
            inner.whole.append(position)
        self.block(inner, depth + 1, 2)

    def do_while(self, s: Scope, depth: int) -> None:
        if depth > 2:
            return
        name = self.fresh("n")
        inner = s.inner()
        inner.in_loop = True
        inner.whole.append(name)
        self.line(depth, f"{name} = 0")
        self.line(depth, f"while {name} < 4 and {self.test(s)}:")
        self.line(depth + 1, f"{name} += 1")
        self.block(inner, depth + 1, 2)

    def do_break(self, s: Scope, depth: int) -> None:
        if s.in_loop:
            self.line(depth, f"if {self.test(s)}:")
            self.line(depth + 1, self.pick("break", "continue"))

    def do_try(self, s: Scope, depth: int) -> None:
        name = self.assignable(s)
        self.line(depth, "try:")
        self.line(depth + 1, f"{name} = TABLE[int(abs({self.leaf(s)}))] * {self.number(s, 1)}")
        self.line(depth, "except IndexError:")
        self.line(depth + 1, f"{name} = math.sin({self.number(s, 2)})")

    def do_def(self, s: Scope, depth: int) -> None:
        if depth > 2 or s.in_loop:
            return
        name = self.fresh("f")
        inner = s.inner()
        inner.in_loop = False
        inner.owned, inner.views, inner.lists = [], [], []
        inner.fixed = set(inner.numbers)
        p, q = self.fresh("p"), self.fresh("q")
        inner.numbers += [p, q]
        recursive = self.pick(False, False, True)
        self.line(depth, f"def {name}({p}, {q}{', r=2' if recursive else ''}):")
        if self.pick(True, False):
            self.block(inner, depth + 1, 2)
        if recursive:
            self.line(depth + 1, "if r > 0:")
            self.line(depth + 2, f"return {name}(math.sin({q}), {self.number(inner, 1)}, r - 1)")
        elif self.pick(True, False):
            self.line(depth + 1, f"if {self.test(inner)}:")
            self.line(depth + 2, f"return {self.number(inner, 2)}")
        self.line(depth + 1, f"return {self.number(inner, 2)}")
        s.functions.append(name)

    def function(self) -> str:
        scope = Scope(numbers=["x", "y"])
        self.line(0, "def f(x, y, v):")
        for _ in range(self.between(1, 7)):
            self.statement(scope, 1)
        names = [*scope.numbers, *(f"sum({a})" for a in scope.lists)][:6]
        names += [f"np.sum({a})" for a in scope.arrays][:4]
        total = " + ".join(names)
        self.line(1, f"return {self.number(scope, 2)} + {total}")
        return "\n".join(self.lines) + "\n"


@st.composite
def programs(draw: Any) -> str:
    """The source of a random function `f(x, y, v)`."""
    return Writer(lambda low, high: draw(st.integers(low, high))).function()
