"""Expressions of C as Python that numba compiles, with the type of each.

Only what the writers of this room write is read. Whole numbers have 64 bits, pointers are numba's
own, whose elements are not counted from the end, and a tape is a pointer to three words.
"""

from __future__ import annotations

import re
from dataclasses import field

from ....records import dataclass
from ..values import NoNativeForm

_TOKEN = re.compile(
    r"\s*(0x[0-9a-fA-F.]+p[-+]?\d+|(?:\d+\.?\d*(?:[eE][-+]?\d+)?)u?|[A-Za-z_]\w*"
    r"|&&|\|\||==|!=|<=|>=|[-+*/%<>!~&|^?:()\[\],.=])"
)
_LEVELS: list[tuple[str, ...]] = [
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/"),
]
SCALARS = {
    "double": "f",
    "int64_t": "i",
    "uint64_t": "u",
    "npy_bool": "b",
    "size_t": "i",
    "npy_intp": "i",
    "sd_tape": "t",
    "char": "a",
}
"""The types of C, by letters: `a` is memory of no type, `c` is a condition, `t` a tape."""

CASTS = {"f": "float64", "i": "int64", "u": "uint64", "b": "uint8"}
SIZES = {"f": 8, "i": 8, "b": 1, "t": 24}
_NAMED = {
    "INFINITY": ("math.inf", "f"),
    "NAN": ("math.nan", "f"),
    "INT64_MIN": ("(-9223372036854775808)", "i"),
    "NULL": ("0", "a*"),
}
_WHOLE = frozenset({"sd_int_floordiv", "sd_int_mod"})
_TESTS = frozenset({"sd_exact", "sd_fits", "sd_within", "signbit"})
_MEMORY = frozenset({"sd_push", "sd_resize", "PyArray_DATA"})


@dataclass(slots=True)
class Expressions:
    """Translates expressions; knows the types of names."""

    types: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    at: int = 0

    def read(self, text: str) -> tuple[str, str]:
        """The Python of a whole expression, and its type.

        >>> Expressions({"x": "f*", "k": "i"}).read("x[k + 1] * (double)k")
        ('(x[(k + 1)] * float64(k))', 'f')
        >>> Expressions({"a": "f"}).read("a < 0.0 ? -a : INFINITY")
        ('((-a) if (a < 0.0) else math.inf)', 'f')
        """
        self.tokens, self.at = tokens(text), 0
        found = self.choice()
        if self.at != len(self.tokens):
            raise NoNativeForm(f"numba has no form of `{text}`")
        return found

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def seen(self, *expected: str) -> bool:
        """Whether these tokens come next, which are passed over then."""
        if tuple(self.tokens[self.at : self.at + len(expected)]) != expected:
            return False
        self.at += len(expected)
        return True

    def expect(self, *expected: str) -> None:
        if not self.seen(*expected):
            raise NoNativeForm(f"numba has no form of `{' '.join(self.tokens)}`")

    def choice(self) -> tuple[str, str]:
        condition, kind = self.binary(0)
        if not self.seen("?"):
            return condition, kind
        first, one = self.choice()
        self.expect(":")
        second, other = self.choice()
        return f"({first} if {condition} else {second})", _wider(one, other)

    def binary(self, level: int) -> tuple[str, str]:
        if level == len(_LEVELS):
            return self.unary()
        text, kind = self.binary(level + 1)
        while self.at < len(self.tokens) and self.tokens[self.at] in _LEVELS[level]:
            operator = self.next()
            text, kind = _combined(operator, (text, kind), self.binary(level + 1))
        return text, kind

    def unary(self) -> tuple[str, str]:
        if self.seen("-"):
            text, kind = self.unary()
            return f"(-{text})", _wider(kind, "i")
        if self.seen("~"):
            return f"(~{self.unary()[0]})", "i"
        if self.seen("!"):
            text, kind = self.unary()
            return (
                f"is_null({text})" if kind.endswith("*") and kind != "a*" else f"(not {text})"
            ), "c"
        if self.seen("&"):
            return self.unary()  # what has an address is a pointer already
        if self.seen("*"):
            text, kind = self.unary()
            return f"{text}[0]", kind[:-1]
        cast = self.cast()
        if cast is not None:
            text, kind = self.unary()
            return converted(text, kind, cast), cast
        return self.postfix()

    def cast(self) -> str | None:
        ahead = self.tokens[self.at : self.at + 4]
        if len(ahead) > 2 and ahead[0] == "(" and ahead[1] in SCALARS:
            stars = 1 if ahead[2] == "*" else 0
            if ahead[2 + stars : 3 + stars] == [")"]:
                self.at += 3 + stars
                return SCALARS[ahead[1]] + "*" * stars
        return None

    def postfix(self) -> tuple[str, str]:
        text, kind = self.primary()
        while True:
            if self.seen("["):
                place, _ = self.choice()
                self.expect("]")
                if kind == "t*":
                    text, kind = f"i_at({text} + 24*({place}))", "t"
                elif kind.endswith("*"):
                    text, kind = f"{text}[{place}]", kind[:-1]
                else:
                    raise NoNativeForm(f"numba has no form of `{' '.join(self.tokens)}`")
            elif self.seen("."):
                field_of = {"data": (0, "a*"), "count": (1, "i"), "limit": (2, "i")}
                place_of, kind = field_of[self.next()]
                text = f"{text}[{place_of}]"
            else:
                return text, kind

    def primary(self) -> tuple[str, str]:
        token = self.next()
        if token == "(":
            text, kind = self.choice()
            self.expect(")")
            return text, kind
        if token[0].isdigit():
            if token.endswith("u"):
                return f"uint64({token[:-1]})", "u"
            return token, "f" if set(token) & set(".eE") else "i"
        if token in _NAMED:
            return _NAMED[token]
        if token == "sizeof":
            self.expect("(")
            kind = SCALARS[self.next()]
            self.expect(")")
            return str(SIZES[kind]), "i"
        if self.seen("("):
            return self.call(token)
        known = self.types.get(token)
        if known is None:
            raise NoNativeForm(f"numba has no form of the name `{token}`")
        return token, known

    def call(self, name: str) -> tuple[str, str]:
        parts: list[tuple[str, str]] = []
        while not self.seen(")"):
            parts.append(self.choice())
            self.seen(",")
        if name == "INT64_C":
            return f"({parts[0][0]})" if parts[0][0].startswith("-") else parts[0][0], "i"
        texts = ", ".join([text for text, _ in parts])
        if name in _WHOLE:
            return f"({parts[0][0]} {'//' if 'div' in name else '%'} {parts[1][0]})", "i"
        if name == "ADDRESS":
            return f"address({parts[0][0]})", "i"
        if name == "AT":
            return parts[0][0], "a*"
        if name == "DATA":
            return f"{parts[0][0]}.ctypes.data", "a*"
        kind = "c" if name in _TESTS else "a*" if name in _MEMORY else "f"
        known = name.startswith("sd_") or name in FUNCTIONS
        if not known:
            raise NoNativeForm(f"numba has no form of `{name}`")
        return f"{FUNCTIONS.get(name, name)}({texts})", kind


FUNCTIONS = {
    **{name: f"math.{name}" for name in ("sqrt", "fabs", "copysign", "sin", "cos", "exp", "log")},
    **{name: f"math.{name}" for name in ("pow", "tan", "sinh", "cosh", "tanh", "asin", "acos")},
    **{name: f"math.{name}" for name in ("atan", "asinh", "acosh", "atanh", "atan2")},
    **{name: f"np.{name}" for name in ("floor", "ceil", "trunc", "rint", "signbit")},
    **{name: f"libm_{name}" for name in ("expm1", "log1p", "log2", "log10", "exp2", "cbrt", "erf")},
    **{name: f"libm_{name}" for name in ("erfc", "tgamma", "lgamma", "hypot", "fmod", "remainder")},
}
"""The functions of C's library: numba's own, or those of the library itself."""


def tokens(text: str) -> list[str]:
    """The words and signs of a line.

    >>> tokens("x_1 >= 2.5e-3")
    ['x_1', '>=', '2.5e-3']
    """
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NoNativeForm(f"numba has no form of `{text}`")
        found.append(match.group(1))
        at = match.end()
    return found


def converted(text: str, kind: str, to: str) -> str:
    """A value of one type as one of another.

    >>> converted("n", "i", "f"), converted("x", "f", "f"), converted("m", "a*", "f*")
    ('float64(n)', 'x', 'f_at(m)')
    """
    if kind == to or to == "t*":
        return text
    if to == "c":
        return f"({text} != 0)"
    if to == "a*" or (to == "t" and kind == "t"):
        return text if kind in ("a*", "t*") else f"address({text})"
    if to.endswith("*"):
        return f"{to[0]}_at({text if kind == 'a*' else f'address({text})'})"
    return f"{CASTS[to]}({text})"


def _wider(one: str, other: str) -> str:
    for kind in ("f", "u", "i"):
        if kind in (one, other):
            return kind
    return one if one == other else "i"


def _combined(operator: str, left: tuple[str, str], right: tuple[str, str]) -> tuple[str, str]:
    (x, one), (y, other) = left, right
    if operator in ("&&", "||"):
        return f"({x} {'and' if operator == '&&' else 'or'} {y})", "c"
    if operator in ("==", "!=", "<", ">", "<=", ">="):
        if "u" in (one, other):
            x, y = converted(x, one, "u"), converted(y, other, "u")
        return f"({x} {operator} {y})", "c"
    if operator in ("&", "|", "^"):
        return f"({converted(x, one, 'i')} {operator} {converted(y, other, 'i')})", "i"
    if one.endswith("*") and operator == "+":
        if one == "a*":
            return f"({x} + {y})", one
        return f"plus({x}, {y})", one
    kind = _wider(_wider(one, other), "i")
    if kind != "u" and "b" in (one, other):
        x, y = (converted(t, "b", "i") if k == "b" else t for t, k in (left, right))
    if kind == "u":
        x, y = converted(x, one, "u"), converted(y, other, "u")
    sign = "//" if operator == "/" and kind != "f" else operator
    return f"({x} {sign} {y})", kind
