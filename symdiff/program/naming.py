"""The one gate for names on their way into source: what is compiled, what is printed as Python.

Names come from the user's data as well as from code: `setattr`, `vars()`, the keys of `**kwargs`,
`__name__`, file names. What is an identifier may stand in source as it is. Anything else is given
a name of its own (`as_plain`, `Namer`) or is asked for by its text (`attribute`, `literal`).
"""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

RESERVED_NAMES = frozenset(keyword.kwlist) | {"math", "numpy", "np", "scipy", "__debug__"}

BUILTIN_NAMES = frozenset(dir(builtins))


def is_plain(name: Any) -> bool:
    """Whether source that holds this name means it: an identifier, as the parser keeps it.

    The parser brings an identifier into the form NFKC, so that `ﬁ` in source means `fi`.

    >>> is_plain("width"), is_plain("lambda"), is_plain("a b"), is_plain("ﬁ")
    (True, False, False, False)
    """
    return (
        type(name) is str
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and name != "__debug__"
        and (name.isascii() or unicodedata.normalize("NFKC", name) == name)
    )


def as_plain(name: Any, otherwise: str = "value") -> str:
    """A plain name, near to one that may not be.

    >>> as_plain("width"), as_plain("a b"), as_plain("lambda"), as_plain("2x"), as_plain("--")
    ('width', 'a_b', 'lambda_', '_2x', 'value')
    """
    if is_plain(name):
        return str(name)
    text = exact(name) if isinstance(name, str) else ""
    pieces: list[str] = []
    for c in unicodedata.normalize("NFKC", text)[:_LONGEST]:
        if ("a" + c).isidentifier():
            pieces.append(c)
        elif pieces and pieces[-1] != "_":
            pieces.append("_")
    text = "".join(pieces)
    if not text.strip("_"):
        return otherwise
    if not text.isidentifier():
        text = f"_{text}"
    if not is_plain(text):
        text = f"{text}_"
    return text if is_plain(text) else otherwise


_LONGEST = 40


def exact(text: str) -> str:
    """A string as a plain `str`, whatever its own class makes of being printed."""
    return str.__str__(text)


def checked(name: str) -> str:
    """The name itself, for one about to be written into source.

    Raises:
        AssertionError: it is none; somebody has gone past this gate.
    """
    if not is_plain(name):
        raise AssertionError(f"{name!r} is no name that source may hold")
    return name


def attribute(owner: str, name: str, getter: Callable[[], str]) -> str:
    """Source of the attribute `name` of what the source `owner` gives.

    `getter` gives a name for the builtin `getattr`, which is asked for it by its text where it may
    not be written.

    >>> attribute("cfg", "width", lambda: "getattr"), attribute("cfg", "lambda", lambda: "getattr")
    ('cfg.width', "getattr(cfg, 'lambda')")
    """
    if is_plain(name):
        return f"{owner}.{name}"
    return f"{getter()}({owner}, {exact(name)!r})"


def printable(text: str) -> str:
    r"""A text for one line of output or of a comment: nothing in it begins another.

    >>> print(printable("a.py\nimport os"))
    a.py\nimport os
    """
    text = exact(text)
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() else repr(c)[1:-1] for c in text])


def name_of(value: Any, otherwise: str | None = None) -> str:
    """What a function or class calls itself, as one line; the name of its class where it does not.

    >>> name_of(len), name_of(3.0)
    ('len', 'float')
    """
    name = getattr(value, "__name__", None)
    if isinstance(name, str):
        return printable(name)
    return printable(_CLASS_NAME(type(value))) if otherwise is None else otherwise


_CLASS_NAME: Callable[[type], str] = type.__dict__["__name__"].__get__


def literal(value: Any) -> str | None:
    """Source of a constant made of Python's own types, or `None`: no object is asked to print.

    >>> literal((1, "a", None, ...)), literal(slice(0, 3)), literal(object())
    ("(1, 'a', None, ...)", 'slice(0, 3, None)', None)
    """
    kind = type(value)
    if value is ...:
        return "..."
    if value is None or kind in (bool, int, str, bytes):
        return repr(value)
    if kind is float:
        return repr(value) if value - value == 0.0 else None
    if kind is slice:
        parts = _literals((value.start, value.stop, value.step))
        return None if parts is None else f"slice({', '.join(parts)})"
    if kind in (tuple, list):
        parts = _literals(value)
        if parts is None:
            return None
        if kind is list:
            return f"[{', '.join(parts)}]"
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
    if kind is dict:
        keys, values = _literals(value), _literals(value.values())
        if keys is None or values is None:
            return None
        return "{" + ", ".join([f"{k}: {v}" for k, v in zip(keys, values, strict=True)]) + "}"
    return None


def _literals(values: Iterable[Any]) -> list[str] | None:
    found = [literal(v) for v in values]
    return None if None in found else found  # type: ignore[return-value]


class Namer:
    """Hands out unique names: `b`, `b_1`, `b_2`, never a reserved one, and plain names only.

    >>> names = Namer()
    >>> names("b"), names("b"), names("lambda"), names("a b")
    ('b', 'b_1', 'lambda_1', 'a_b')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(RESERVED_NAMES)
        self._taken.update(taken)
        self._next: dict[str, int] = {}

    def __call__(self, hint: str) -> str:
        taken = self._taken
        if hint not in taken:
            if not is_plain(hint):
                return self(as_plain(hint))
            taken.add(hint)
            return hint
        n = self._next.get(hint, 0) + 1
        name = f"{hint}_{n}"
        while name in taken:
            n += 1
            name = f"{hint}_{n}"
        self._next[hint] = n
        taken.add(name)
        return name
