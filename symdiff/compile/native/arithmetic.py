"""Scalar expressions in C: a template's code as lines, each an operation that has a name.

Numbers are Python's: what raises there is a miss here, and so is a whole number beyond 64 bits.
Elements of arrays are NumPy's: nothing raises, and whole numbers wrap around.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ...operations.table.template import Literal, Tree, is_node
from ...records import dataclass
from .forms import FORMS
from .values import TYPES, NoNativeForm, Number, literal

_COMPARED = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_OPERATORS = {"add": "+", "sub": "-", "mul": "*"}
_BITS = {"bit_and": "&", "bit_or": "|", "bit_xor": "^"}
_WHOLE = {"floor_int": "floor", "ceil_int": "ceil", "trunc_int": "trunc", "round_int": "rint"}
_EITHER = {"larger": ">", "larger_along": ">", "smaller": "<", "smaller_along": "<"}
_EXACT = 2**53


class Lines(Protocol):
    """Where lines of C are written."""

    def line(self, text: str) -> None: ...
    def name(self, hint: str) -> str: ...


@dataclass(slots=True)
class Arithmetic:
    """Writes the lines of expressions.

    `elements` tells that operands are elements of arrays: in a loop that leaves by nothing.
    """

    out: Lines
    elements: bool = False

    def value(self, tree: Tree, operands: Sequence[Number], hint: str = "t") -> Number:
        """Write what computes a tree; gives the name of the result, or an operand itself."""
        if type(tree) is int:
            return operands[tree]
        if isinstance(tree, Literal):
            return literal(tree.value)
        assert is_node(tree)
        name, *parts = tree
        if name == "where":
            return self.where(parts, operands, hint)
        known = _TYPED.get(name)
        if name in ("pow", "strict_pow") and isinstance(parts[1], Literal):
            base = self.value(parts[0], operands)
            found = self.known_power(base, parts[1].value, hint)
            if found is not None:
                return found
            return _pow(self, [base, literal(parts[1].value)], hint)
        values = [self.value(part, operands) for part in parts]
        if known is not None:
            return known(self, name, values, hint)
        form = FORMS.get(name)
        if form is None:
            raise NoNativeForm(f"the operation {name!r} has no native form")
        text = form.of(self.elements).format(*[self.float(v) for v in values])
        return self.let(text, form.kind, hint, form.checked)

    # -- lines

    def let(self, text: str, kind: str, hint: str = "t", checked: bool = False) -> Number:
        """Name a value; one that is checked makes the call a miss if it is not finite."""
        name = self.out.name(hint)
        self.out.line(f"const {TYPES[kind]} {name} = {text};")
        if checked and not self.elements:
            self.out.line(f"sd_check += 0.0 * {name};")
        return Number(name, kind)

    def miss_if(self, condition: str) -> None:
        if self.elements:
            raise NoNativeForm("whole numbers of an array are computed where Python may raise")
        self.out.line(f"if ({condition}) goto miss;")

    def float(self, value: Number) -> str:
        """The text of a number as a float, as Python converts it beside one."""
        if value.kind == "f":
            return value.text
        if value.text.startswith("INT64_C("):
            whole = int(value.text[8:-1])
            return literal(float(whole)).text
        return f"(double){value.text}"

    def whole(self, value: Number) -> str:
        return value.text if value.kind == "i" else f"(int64_t){value.text}"

    def test(self, value: Number) -> str:
        """The text of whether a number is true."""
        return value.text if value.kind == "b" else f"({value.text} != 0)"

    def as_kind(self, value: Number, kind: str) -> Number:
        """A number as one of another kind, where Python takes it for the same number."""
        if value.kind == kind:
            return value
        if kind == "f":
            return Number(f"({self.float(value)})", "f")
        if kind == "i" and value.kind == "b":
            return Number(f"((int64_t){value.text})", "i")
        raise NoNativeForm(f"a number is {value.kind!r} where {kind!r} is expected")

    # -- operations

    def where(self, parts: Sequence[Tree], operands: Sequence[Number], hint: str) -> Number:
        condition = self.value(parts[0], operands)
        if self.elements:
            first, second = (self.value(part, operands) for part in parts[1:])
            kind = _widest([first, second])
            first, second = self.as_kind(first, kind), self.as_kind(second, kind)
            text = f"{self.test(condition)} ? {first.text} : {second.text}"
            return self.let(text, kind, hint)
        # Numbers: what is not taken is not computed, for it may raise.
        lines, names = self.out, self.out.name(hint)
        arms = []
        for part in parts[1:]:
            written = _Apart(lines)
            arms.append((written, Arithmetic(written).value(part, operands)))
        kind = _widest([value for _, value in arms])
        lines.line(f"{TYPES[kind]} {names};")
        for head, (written, value) in zip(
            (f"if ({self.test(condition)}) {{", "} else {"), arms, strict=True
        ):
            lines.line(head)
            for text in written.lines:
                lines.line("    " + text)
            lines.line(f"    {names} = {self.as_kind(value, kind).text};")
        lines.line("}")
        return Number(names, kind)

    def known_power(self, base: Number, exponent: Any, hint: str) -> Number | None:
        """A small power as products, which are as precise, and a root as one."""
        if base.kind != "f":
            return None
        x = base.text
        if exponent == 2:
            return self.let(f"{x} * {x}", "f", hint, True)
        if exponent == 1:
            return base
        if exponent == 3:
            return self.let(f"{x} * {x} * {x}", "f", hint, True)
        if exponent == 4:
            square = self.let(f"{x} * {x}", "f")
            return self.let(f"{square.text} * {square.text}", "f", hint, True)
        if exponent == -1:
            return self.let(f"1.0 / {x}", "f", hint, True)
        if exponent == -2:
            square = self.let(f"{x} * {x}", "f")
            return self.let(f"1.0 / {square.text}", "f", hint, True)
        if exponent == 0.5:
            return self.let(f"sqrt({x}) + 0.0", "f", hint, True)
        return None


class _Apart:
    """Lines that are put into an arm; names are those of the whole function."""

    def __init__(self, outer: Lines) -> None:
        self.lines: list[str] = []
        self.name = outer.name

    def line(self, text: str) -> None:
        self.lines.append(text)


def _widest(values: Sequence[Number]) -> str:
    kinds = {v.kind for v in values}
    return "f" if "f" in kinds else "i" if "i" in kinds else "b"


_Typed = Callable[[Arithmetic, str, Sequence[Number], str], Number]


def _arithmetic(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    x, y = values
    if "f" in (x.kind, y.kind):
        return a.let(f"{a.float(x)} {_OPERATORS[name]} {a.float(y)}", "f", hint)
    if a.elements:
        if x.kind == y.kind == "b":
            raise NoNativeForm("arithmetic of arrays of bools has no native form")
        text = f"(int64_t)((uint64_t){a.whole(x)} {_OPERATORS[name]} (uint64_t){a.whole(y)})"
        return a.let(text, "i", hint)
    found = a.out.name(hint)
    a.out.line(f"int64_t {found};")
    a.miss_if(f"__builtin_{name}_overflow({a.whole(x)}, {a.whole(y)}, &{found})")
    return Number(found, "i")


def _divide(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    x, y = values
    if "f" not in (x.kind, y.kind) and not a.elements:
        for value in values:
            if value.kind == "i":
                a.miss_if(f"!sd_exact({value.text})")
    return a.let(f"{a.float(x)} / {a.float(y)}", "f", hint, True)


def _floor_divide(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    x, y = values
    if "f" in (x.kind, y.kind):
        if a.elements:
            raise NoNativeForm(f"{name} of arrays has no native form")
        a.miss_if(f"{a.float(y)} == 0.0")
        function = "sd_floordiv" if name == "floordiv" else "sd_mod"
        return a.let(f"{function}({a.float(x)}, {a.float(y)})", "f", hint, True)
    a.miss_if(f"{y.text} == 0 || ({y.text} == -1 && {a.whole(x)} == INT64_MIN)")
    function = "sd_int_floordiv" if name == "floordiv" else "sd_int_mod"
    return a.let(f"{function}({a.whole(x)}, {a.whole(y)})", "i", hint)


def _compare(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    x, y = values
    if "f" in (x.kind, y.kind):
        for value in values:
            if value.kind == "i":
                if value.text.startswith("INT64_C("):
                    if abs(int(value.text[8:-1])) > _EXACT:
                        raise NoNativeForm("a large whole number is compared with a float")
                elif not a.elements:
                    a.miss_if(f"!sd_exact({value.text})")
        return a.let(f"{a.float(x)} {_COMPARED[name]} {a.float(y)}", "b", hint)
    return a.let(f"{x.text} {_COMPARED[name]} {y.text}", "b", hint)


def _bits(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    if "f" in {v.kind for v in values}:
        raise NoNativeForm(f"{name} of floats has no native form")
    kind = _widest(values)
    texts = [v.text if kind == "b" else a.whole(v) for v in values]
    return a.let(f"{texts[0]} {_BITS[name]} {texts[1]}", kind, hint)


def _logic(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    tests = [a.test(v) for v in values]
    operator = {"logical_and": "&", "logical_or": "|", "logical_xor": "^"}[name]
    return a.let(f" {operator} ".join(tests), "b", hint)


def _not(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    (x,) = values
    if name == "invert" and x.kind == "i":
        return a.let(f"~{x.text}", "i", hint)
    if name == "invert" and x.kind == "f":
        raise NoNativeForm("the complement of a float has no native form")
    return a.let(f"!{a.test(x)}", "b", hint)


def _sign(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    (x,) = values
    if x.kind == "f":
        text = {"neg": f"-{x.text}", "pos": x.text, "abs": f"fabs({x.text})"}[name]
        return x if name == "pos" else a.let(text, "f", hint)
    if x.kind == "b" and a.elements and name != "pos":
        raise NoNativeForm("arithmetic of arrays of bools has no native form")
    whole = a.whole(x)
    if name == "pos":
        return Number(f"({whole})", "i")
    if a.elements:
        minus = f"(int64_t)(0u - (uint64_t){whole})"
    else:
        a.miss_if(f"{whole} == INT64_MIN")
        minus = f"-{whole}"
    return a.let(minus if name == "neg" else f"{whole} < 0 ? {minus} : {whole}", "i", hint)


def _pow(a: Arithmetic, values: Sequence[Number], hint: str) -> Number:
    x, y = values
    if "f" in (x.kind, y.kind):
        return a.let(f"pow({a.float(x)}, {a.float(y)})", "f", hint, True)
    if a.elements:
        raise NoNativeForm("powers of arrays of whole numbers have no native form")
    found = a.out.name(hint)
    a.out.line(f"int64_t {found};")
    a.miss_if(f"!sd_int_pow({a.whole(x)}, {a.whole(y)}, &{found})")
    return Number(found, "i")


def _power(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    return _pow(a, values, hint)


def _either(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    """`max` and `min` of Python, which give one of their operands."""
    x, y = values[:2]
    kind = _widest([x, y])
    test = _compare(a, "gt" if _EITHER[name] == ">" else "lt", [y, x], "t")
    first, second = a.as_kind(x, kind), a.as_kind(y, kind)
    return a.let(f"{test.text} ? {second.text} : {first.text}", kind, hint)


def _whole(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    (x,) = values
    if x.kind != "f":
        return a.as_kind(x, "i")
    a.miss_if(f"!sd_fits({x.text})")
    return a.let(f"(int64_t){_WHOLE[name]}({x.text})", "i", hint)


def _square(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    (x,) = values
    return _arithmetic(a, "mul", [x, x], hint)


def _of_floats(a: Arithmetic, name: str, values: Sequence[Number], hint: str) -> Number:
    if all(v.kind != "f" for v in values):
        raise NoNativeForm(f"{name} of whole numbers has no native form")
    form = FORMS[name]
    text = form.of(a.elements).format(*[a.float(v) for v in values])
    return a.let(text, form.kind, hint, form.checked)


_TYPED: dict[str, _Typed] = {
    **dict.fromkeys(_OPERATORS, _arithmetic),
    **dict.fromkeys(_COMPARED, _compare),
    **dict.fromkeys(_BITS, _bits),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), _logic),
    **dict.fromkeys(("logical_not", "invert"), _not),
    **dict.fromkeys(("neg", "pos", "abs"), _sign),
    **dict.fromkeys(("pow", "strict_pow"), _power),
    **dict.fromkeys(_EITHER, _either),
    **dict.fromkeys(_WHOLE, _whole),
    "div": _divide,
    "floordiv": _floor_divide,
    "mod": _floor_divide,
    "square": _square,
    **dict.fromkeys(("reciprocal", "maximum", "minimum", "fmax", "fmin"), _of_floats),
}
"""What depends on the kinds of numbers: Python's whole numbers, and comparisons with floats."""
