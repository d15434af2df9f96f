"""Random functions that use more of Python: classes, managers, generators, memos, caches, handlers.

`LanguageWriter` writes what `Writer` does, and among it instances whose attributes are properties
with setters, operators of their own, context managers, generators that are sent to, memo defaults,
`lru_cache`, handlers around everything, arrays that are written to while they are iterated over,
quotients and powers at extreme scales, arrays of objects, integer arguments beside the numbers,
solutions of a differential equation (`flow`) and roots (`root`), classes that override, dataclasses
and named tuples, `match` statements, closures that assign what is around them, and starred calls.
"""

from __future__ import annotations

from typing import Any

from .classes import ClassWriter
from .programs import SIZE, Scope


class LanguageWriter(ClassWriter):
    """Writes one function, asking `between(low, high)` at every fork."""

    def __init__(self, between: Any) -> None:
        super().__init__(between)
        self.objects: list[tuple[int, str]] = []  # the instances, and how deep they were made

    # -- expressions

    def number(self, s: Scope, size: int = 2) -> str:
        if size <= 0 or self.pick(True, True, False):
            return super().number(s, size)
        a, b = self.number(s, size - 1), self.leaf(s)
        kind = self.pick("extreme", "extreme", "object", "count", "array", "flow", "root", "own")
        if kind == "extreme":
            return self.extreme(a, str(b))
        if kind == "array":
            return self.pick(
                f"np.array([{a}, {b}], dtype=object)[0]",
                f"np.array([{a}, {b}], dtype=object).sum()",
                f"sum(np.asarray([{a}, {b}]).astype(object))",
            )
        if kind == "count":
            n = self.pick(f"int(abs({b})) % 3", "2", "len(TABLE)", *s.whole)
            return self.pick(
                f"math.tanh({a})**({n})",
                f"sum(math.tanh({a})**k for k in range({n}))",
                f"v[:{n}].sum()",
                f"np.roll(v, {n})[0]",
                f"pow(math.tanh({a}), {n})",
                f"math.pow(1.5 + abs({a}), {n})",
                f"round({a}, {n})",
                f"divmod({a}, {n} + 1)[1]",
            )
        if kind == "flow":
            return self.pick(f"flow(math.tanh({a}), math.sin({b}))", a)
        if kind == "root":
            return self.pick(f"root(math.sin({a}) * 3)", a)
        if self.objects:
            o = self.pick(*[name for _, name in self.objects])
            return self.pick(
                f"({o} + {a})", f"({a} + {o})", f"({o} * {a}).k", f"sum({o})", f"{o}[0]",
                f"(-{o})", f"({a} if {o} > {b} else {b})", f"{o}({a}, {b})",
                f"({a} if {o} else {b})",
                f"max({o}, {o}).k", f"({b} in {o}) * {a}", f"len([*{o}]) * {a}",
            )  # fmt: skip
        return f"(lambda *t, k=1.0, **u: sum(t) * k)({a}, *v, k={b}, w=1)"

    def extreme(self, a: str, b: str) -> str:
        """Moderate values by way of very large or very small ones."""
        return str(
            self.pick(
                f"(({a}) * 1e200 / (1e200 * (1.5 + abs({b}))))",
                f"(({a}) * 1e-200 / (1e-200 * (1.5 + abs({b}))))",
                f"((math.tanh({a}) * 1e150)**2 / 1e300)",
                f"(((1.5 + abs({a})) * 1e-100)**-3 / 1e300)",
                f"(((1.5 + abs({a})) * 1e100)**-2 * 1e200)",
                f"(((1.5 + abs({a})) * 1e-100)**(-1 - int(abs({b})) % 3) * 1e-300)",
                f"(((1.5 + abs({a})) * 1e100)**(-3 + int(abs({b})) % 2) / 1e-300)",
                f"(1e-250 / (1.5 + abs({a})) / 1e-250)",
                f"(np.exp(-700 * abs(math.tanh({a}))) * np.exp(690 * abs(math.tanh({a}))))",
                f"(math.exp(300 * math.tanh({a})) / (1 + math.exp(300 * math.tanh({a}))))",
                f"(1 / (1 + math.exp(-700 * math.tanh({a}))))",
                "(np.exp(300 * np.tanh(v)) / np.sum(np.exp(300 * np.tanh(v))))[0]",
                f"(math.hypot(1e200 * ({a}), 1e200) / 1e200)",
                f"(math.sqrt(1e-300 * (1 + abs({a}))) * 1e150)",
                f"(math.log(1e-300 * (1.5 + abs({a}))) / 100)",
                f"(math.atan2(1e-180 * ({a}), 1e-180 * (1.5 + abs({b}))))",
            )
        )

    # -- statements

    def statement(self, s: Scope, depth: int) -> None:
        before = len(self.objects)
        if self.pick(True, False):
            kind = self.pick(
                *("class", "with", "manager", "generator", "memo", "cached", "catch", "catch"),
                *("during", "during", "table", "nested", "scaled", "inherit", "counter", "record"),
                *("match", "star"),
            )
            getattr(self, f"do_{kind}")(s, depth)
        else:
            super().statement(s, depth)
        if depth > 1:
            del self.objects[before:]

    def do_with(self, s: Scope, depth: int) -> None:
        if not self.objects or depth > 3:
            return
        o = self.pick(*[name for _, name in self.objects])
        self.line(depth, f"with {o}{self.pick('', f' as {self.fresh(chr(99))}')}:")
        self.block(s.inner(), depth + 1, 2)
        if self.pick(True, False):
            self.line(depth, f"{o} += math.sin({self.leaf(s)})")

    def do_manager(self, s: Scope, depth: int) -> None:
        if depth > 2 or s.in_loop:
            return
        name, kept = self.fresh("m"), self.fresh("a")
        log = self.fresh("l")
        self.line(depth, f"{log} = [{self.leaf(s)}]")
        self.line(depth, "@contextlib.contextmanager")
        self.line(depth, f"def {name}(a, b={self.leaf(s)}):")
        self.line(depth + 1, "try:")
        self.line(depth + 2, "yield math.sin(a) + b")
        self.line(depth + 1, "finally:")
        self.line(depth + 2, f"{log}.append(a * 0.5)")
        self.line(depth, f"with {name}({self.number(s, 1)}) as {kept}:")
        inner = s.inner()
        inner.numbers.append(kept)
        self.block(inner, depth + 1, 2)
        s.numbers.append(kept)
        s.lists.append(log)

    def do_generator(self, s: Scope, depth: int) -> None:
        if depth > 2 or s.in_loop:
            return
        name, steps, got = self.fresh("g"), self.fresh("i"), self.fresh("a")
        self.line(depth, f"def {name}(n, a):")
        self.line(depth + 1, "for i in range(n):")
        self.line(depth + 2, "r = yield math.sin(a) * (i + 1)")
        self.line(depth + 2, "a = math.cos(a) if r is None else r")
        self.line(depth + 1, f"return a + {self.leaf(s)}")
        a, b = self.number(s, 1), self.number(s, 1)
        form = self.pick("sum", "send", "delegate", "zip")
        if form == "sum":
            self.line(depth, f"{got} = sum({name}(3, {a})) + list({name}(2, {b}))[1]")
        elif form == "send":
            self.line(depth, f"{steps} = {name}(3, {a})")
            self.line(depth, f"{got} = next({steps})")
            self.line(depth, f"{got} = {got} + {steps}.send({b}) * 0.5 + sum({steps})")
        elif form == "delegate":
            outer = self.fresh("g")
            self.line(depth, f"def {outer}(a):")
            self.line(depth + 1, f"r = yield from {name}(2, a)")
            self.line(depth + 1, "yield r")
            self.line(depth, f"{got} = sum(t * (k + 1) for k, t in enumerate({outer}({a})))")
        else:
            self.line(depth, f"{got} = sum(t * u for t, u in zip({name}(3, {a}), v))")
        s.numbers.append(got)

    def do_memo(self, s: Scope, depth: int) -> None:
        if depth > 2 or s.in_loop:
            return
        name = self.fresh("f")
        key = self.pick("int(abs(t) * 2)", "t", "(int(t), 1)", "round(t, 1)", "u > 0")
        self.line(depth, f"def {name}(t, u, memo={{}}):")
        self.line(depth + 1, f"k = {key}")
        self.line(depth + 1, self.pick("if k not in memo:", "if memo.get(k) is None:"))
        self.line(depth + 2, f"memo[k] = math.sin(t) * u + {self.leaf(s)} + 0.1 * len(memo)")
        self.line(depth + 1, "return memo[k]")
        s.functions.append(name)

    def do_cached(self, s: Scope, depth: int) -> None:
        if depth > 2 or s.in_loop:
            return
        name, count = self.fresh("f"), self.fresh("l")
        self.line(depth, f"{count} = [0.25]")
        self.line(depth, self.pick("@functools.lru_cache", "@functools.lru_cache(maxsize=2)"))
        self.line(depth, f"def {name}(t, u=0.5):")
        self.line(depth + 1, f"{count}.append({count}[-1] * 0.5)")
        self.line(depth + 1, "return math.sin(t) + u")
        s.functions.append(name)
        s.lists.append(count)

    def do_catch(self, s: Scope, depth: int) -> None:
        if depth > 3:
            return
        name = self.assignable(s)
        a, b, c = self.number(s, 1), self.number(s, 1), self.leaf(s)
        risky = self.pick(
            f"{a} / int({c})",
            f"{a} / (int(abs({c})) % 2)",
            f"TABLE[int({c})] * {a}",
            f"{{0: {a}, 1: {b}}}[int({c})]",
            f"{a} + [math.sin({b})][int(abs({c}))]",
            f"math.tanh({a})**int({c})",
            f"(lambda t: t)({a}, *[{b}][:int(abs({c}))])",
            f"next(t for t in v if t > {c})",
            f"float('x' if {c} > 0.5 else '1.5') * {a}",
            f"None if {c} > 1 else {a}",
        )
        kind = self.pick("Exception", "BaseException", "(ZeroDivisionError, LookupError)", "")
        self.line(depth, "try:")
        if self.pick(True, False):
            self.block(s.inner(), depth + 1, 1)
        self.line(depth + 1, f"{name} = math.sin({risky})")
        caught = self.fresh("e")
        self.line(
            depth, f"except {kind}{f' as {caught}' if kind else ''}:".replace("except :", "except:")
        )
        self.line(depth + 1, f"{name} = math.sin({b})")
        if kind and self.pick(True, False):
            self.line(depth + 1, f"{name} = {name} + 0.1 * isinstance({caught}, ArithmeticError)")
        if self.pick(True, False, False):
            self.line(depth, "else:")
            self.line(depth + 1, f"{name} = {name} * 0.5")
        if self.pick(True, False, False):
            self.line(depth, "finally:")
            self.line(depth + 1, f"{name} = {name} + 0.125")

    def do_during(self, s: Scope, depth: int) -> None:
        """An array is written to while something iterates over it."""
        if not s.owned or depth > 2:
            return
        w, k, t, total = self.pick(*s.owned), self.fresh("k"), self.fresh("t"), self.fresh("a")
        form = self.pick(
            f"for {k}, {t} in enumerate({w}):",
            f"for {k}, {t} in zip(range({SIZE}), {w}):",
            f"for {k}, {t} in zip(range({SIZE}), reversed({w})):",
            f"for {k}, {t} in enumerate(map(math.sin, {w})):",
            f"for {k}, {t} in enumerate(t * 2 for t in {w}):",
            f"for {k}, {t} in enumerate({w}[::-1]):",
            f"for ({k},), {t} in np.ndenumerate({w}):",
            f"for {k}, {t} in enumerate(filter(lambda t: t > -1, {w})):",
        )
        self.line(depth, f"{total} = {self.leaf(s)}")
        self.line(depth, form)
        self.line(depth + 1, f"{total} = {total} + {t} * ({k} + 1)")
        self.line(
            depth + 1,
            self.pick(
                f"{w}[({k} + 1) % {SIZE}] = math.sin({total})",
                f"{w}[({k} + 1) % {SIZE}] += 0.5 * {t}",
                f"{w}[{k}:] *= 0.5",
                f"{w} += 0.1 * {t}",
                f"{w}[{self.pick(0, 1, 2)}] -= math.sin({t})",
            ),
        )
        s.numbers.append(total)

    def do_table(self, s: Scope, depth: int) -> None:
        """Targets, and values that are evaluated in an order."""
        name, log = self.fresh("d"), self.fresh("l")
        self.line(depth, f"{log} = [{self.leaf(s)}]")
        self.line(depth, f"{name} = {{'a': {self.number(s, 1)}, 0: 1.0}}")
        self.line(
            depth,
            self.pick(
                f"{name}[len({log}) - 1] = {log}.append({self.leaf(s)}) or {log}[-1]",
                f"{name}['a'] += ({log}.append(0.5) or {log}[0]) * {self.leaf(s)}",
                f"{log}[{log}.append(2.0) or -1], {name}['a'] = {name}['a'], {log}[-1] * 0.5",
                f"{name}['a'], *{log} = {self.leaf(s)}, *{log}, {self.leaf(s)}",
                f"{name}['a'] = {log}[0] = math.sin({self.number(s, 1)})",
                f"{name}.update(a={self.leaf(s)}, **{{'b': {log}.pop()}}); {log}.append(0.5)",
                f"({name}['a'], [{log}[0]]) = {log}[0], [{name}[0]]",
            ),
        )
        s.numbers.append(f"{name}['a']")
        s.lists.append(log)

    def do_nested(self, s: Scope, depth: int) -> None:
        """A closure that changes what is around it."""
        if depth > 2 or s.in_loop:
            return
        name, kept = self.fresh("f"), self.fresh("a")
        self.line(depth, f"{kept} = [{self.number(s, 1)}, 0.5]")
        self.line(depth, f"def {name}(t, u={self.leaf(s)}):")
        self.line(depth + 1, f"{kept}[0] = math.sin({kept}[0] + t)")
        self.line(depth + 1, f"return {kept}[0] * u")
        s.functions.append(name)
        s.lists.append(kept)

    def do_scaled(self, s: Scope, depth: int) -> None:
        """A power out of range but for what it is multiplied by, line by line."""
        base, power, got = self.fresh("a"), self.fresh("a"), self.fresh("a")
        exponent = self.pick("-3", "-3.0", f"(-2 - int(abs({self.leaf(s)})) % 2)", "3", "-2.5")
        small = self.pick("1e-100", "1e-90")
        self.line(depth, f"{base} = (1.5 + abs({self.number(s, 1)})) * {small}")
        self.line(depth, f"{power} = {base}**{exponent}")
        self.line(
            depth,
            self.pick(
                f"{got} = math.tanh({power} * 1e-300)",
                f"{got} = {power} / (1 + {power})",
                f"{got} = math.atan({power} / 1e300 / (1.5 + abs({self.leaf(s)})))",
                f"{got} = math.log({power}) / 700",
                f"{got} = math.sqrt({power}) * 1e-150",
            ),
        )
        s.numbers.append(got)

    def do_match(self, s: Scope, depth: int) -> None:
        """A `match` statement over what was just put together."""
        if depth > 3:
            return
        name = self.assignable(s)
        a, b = self.number(s, 1), self.leaf(s)
        subject = self.pick(
            f"({a}, {b})", f"[{a}, {b}, 1]", f"Record({a}, {b})", f"{{'k': {a}, 0: {b}}}", a
        )
        self.line(depth, f"match {subject}:")
        for pattern, value in (
            (f"(p, q) if p > {self.leaf(s)}", "math.sin(p) * q"),
            ("[p, q, *rest]", "math.sin(p - q) + len(rest)"),
            ("Record(a=p, b=0)", "p"),
            ("Record(a=p, c=q)", "math.cos(p * q)"),
            ("{'k': p, **rest}", "math.sin(p) + rest[0] * 0.1"),
            ("float() as p", "math.cos(p)"),
            ("_", b),
        ):
            self.line(depth + 1, f"case {pattern}:")
            self.line(depth + 2, f"{name} = math.atan({value})")

    def do_star(self, s: Scope, depth: int) -> None:
        """Arguments and results taken apart."""
        if depth > 2 or s.in_loop:
            return
        name, got = self.fresh("f"), self.fresh("a")
        self.line(depth, f"def {name}(t, /, u={self.leaf(s)}, *more, w=0.5, **named):")
        self.line(depth + 1, "named['w'] = w")
        self.line(depth + 1, "return [t, *more, u], {**named, 'n': len(more)}")
        call = self.pick(
            f"{name}({self.leaf(s)}, *v, w={self.leaf(s)})",
            f"{name}({self.leaf(s)}, **{{'u': {self.leaf(s)}, 'z': 1.5}})",
            f"{name}(*({self.leaf(s)}, 0.5), *[{self.leaf(s)}], z={self.leaf(s)})",
        )
        first, rest, table = self.fresh("a"), self.fresh("l"), self.fresh("d")
        self.line(depth, f"({first}, *{rest}), {table} = {call}")
        value = f"{first} * {rest}[-1] + {table}['w'] + {table}.get('z', 0.25)"
        self.line(depth, f"{got} = math.sin({value})")
        s.numbers.append(got)
