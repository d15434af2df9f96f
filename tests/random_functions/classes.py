"""Random functions with classes: properties, operators, subclasses, dataclasses, named tuples."""

from __future__ import annotations

from .programs import Scope, Writer


class ClassWriter(Writer):
    """Writes what makes instances of classes, and what asks them."""

    objects: list[tuple[int, str]]

    def do_class(self, s: Scope, depth: int) -> None:
        if depth > 2 or s.in_loop:
            return
        cls, name = self.fresh("C"), self.fresh("o")
        changes = self.pick("", f"self.k = math.sin(self.k + {self.pick('value', 'self._p')})")
        for text in (
            f"class {cls}:",
            f"    scale = {self.leaf(s)}",
            "    def __init__(self, k, p=0.5):",
            "        self.k = k",
            "        self.p = p",
            "    @property",
            "    def p(self):",
            f"        return self._p * {self.pick('0.5', 'self.scale', '2')}",
            "    @p.setter",
            "    def p(self, value):",
            "        self._p = math.tanh(value)",
            *([f"        {changes}"] if changes else []),
            "    def __add__(self, other):",
            f"        return self.k + {self.pick('other', 'other * 0.5', 'math.sin(other)')}",
            "    def __radd__(self, other):",
            f"        return {self.pick('other + self._p', 'self + other')}",
            "    def __mul__(self, other):",
            f"        return {cls}(self.k * other, self._p)",
            "    def __neg__(self):",
            "        return -self.p",
            "    def __gt__(self, other):",
            "        return self.k > (other.k if isinstance(other, type(self)) else other)",
            "    def __lt__(self, other):",
            "        return self.k < (other.k if isinstance(other, type(self)) else other)",
            "    def __bool__(self):",
            "        return self.k > 0.1",
            "    def __contains__(self, value):",
            "        return value < self.k",
            "    def __iadd__(self, other):",
            "        self.k = math.sin(self.k + other)",
            "        return self",
            "    def __call__(self, t, u):",
            "        return math.atan(t) * self.k + u",
            "    def __getitem__(self, i):",
            "        return self._p if i else self.k",
            "    def __iter__(self):",
            "        yield self.k",
            "        yield self._p",
            "    def __enter__(self):",
            "        self.k = self.k * 0.5",
            "        return self",
            "    def __exit__(self, kind, error, traceback):",
            f"        self.k = self.k + {self.pick('0.25', 'self._p')}",
            f"        return {self.pick('False', 'kind is ZeroDivisionError')}",
            f"{name} = {cls}({self.number(s, 2)}, {self.number(s, 1)})",
        ):
            self.line(depth, text)
        self.objects.append((depth, name))
        s.numbers += [f"{name}.k", f"{name}.p"]

    def do_inherit(self, s: Scope, depth: int) -> None:
        """Classes that override, and ask their base by `super()`."""
        if depth > 2 or s.in_loop:
            return
        base, cls, name = self.fresh("B"), self.fresh("C"), self.fresh("o")
        for text in (
            f"class {base}:",
            f"    gain = {self.leaf(s)}",
            "    def __init__(self, k):",
            "        self.k = k",
            "        self.log = []",
            "    @classmethod",
            "    def of(cls, k):",
            f"        return cls(k * {self.pick('0.5', 'cls.gain')})",
            "    @staticmethod",
            "    def tame(t):",
            "        return math.tanh(t)",
            "    def value(self, t):",
            "        self.log.append(t * 0.5)",
            "        return self.tame(self.k + t) * self.gain",
            "    def __eq__(self, other):",
            "        return isinstance(other, type(self)) and self.k == other.k",
            "    def __hash__(self):",
            "        return 7",
            f"class {cls}({base}):",
            "    def __init__(self, k):",
            "        super().__init__(k)",
            f"        self.gain = {self.pick('0.75', 'math.cos(k)', 'super().tame(k)')}",
            "    def value(self, t):",
            f"        return super().value({self.pick('t', 't * self.gain')}) + len(self.log)",
            "    def __setattr__(self, attribute, value):",
            f"        object.__setattr__(self, attribute, {self.pick('value', 'value')})",
            f"{name} = {cls}{self.pick('', '.of')}({self.number(s, 1)})",
        ):
            self.line(depth, text)
        got = self.fresh("a")
        self.line(
            depth,
            self.pick(
                f"{got} = {name}.value({self.leaf(s)}) + sum({name}.log)",
                f"{got} = sum(o.value(0.5) for o in {{{name}, {base}({self.leaf(s)})}})",
                f"{got} = {base}.value({name}, {self.leaf(s)}) + ({name} == {base}({name}.k))",
                f"{got} = (lambda m: m(0.5) + m({self.leaf(s)}))({name}.value)",
            ),
        )
        s.numbers += [got, f"{name}.k"]

    def do_counter(self, s: Scope, depth: int) -> None:
        """A closure that assigns a variable around it."""
        if depth > 2 or s.in_loop:
            return
        outer, inner, got = self.fresh("f"), self.fresh("f"), self.fresh("a")
        self.line(depth, f"def {outer}(t, u=0.5):")
        self.line(depth + 1, f"n, total = 0, {self.leaf(s)}")
        self.line(depth + 1, f"def {inner}(w):")
        self.line(depth + 2, "nonlocal n, total")
        self.line(depth + 2, "n += 1")
        self.line(depth + 2, f"total = {self.pick('total + w * n', 'math.sin(total) + w')}")
        self.line(depth + 2, "return total")
        self.line(depth + 1, f"[{inner}(w) for w in {self.pick('v', '(t, u)', 'v[:2]')}]")
        self.line(depth + 1, f"return {self.pick('total', 'total * n', f'{inner}(u) - total')}")
        self.line(depth, f"{got} = math.atan({outer}({self.number(s, 1)}))")
        s.numbers.append(got)
        s.functions.append(outer)

    def do_record(self, s: Scope, depth: int) -> None:
        """A dataclass and a named tuple, copied with changes."""
        name, other, got = self.fresh("r"), self.fresh("r"), self.fresh("a")
        a, b = self.number(s, 1), self.leaf(s)
        if self.pick(True, False):
            self.line(depth, f"{name} = Record({a}, {b})")
            self.line(depth, f"{other} = dataclasses.replace({name}, b={name}.a * {b})")
            self.line(depth, f"{name}.a = math.sin({name}.a + {other}.c)")
        else:
            self.line(depth, f"{name} = Pair({a}, {b})")
            self.line(depth, f"{other} = {name}._replace(b={name}.a * {b})")
        self.line(
            depth,
            self.pick(
                f"{got} = math.tanh({name}.a + {other}.b)",
                f"{got} = math.tanh({other}.total()) + ({name} == {other})",
                f"{got} = {name}.a if {name}.b > {other}.b else {other}.total() * 0.1",
            ),
        )
        s.numbers.append(got)
