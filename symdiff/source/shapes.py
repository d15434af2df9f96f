"""What annotations and docstrings say of the shapes of parameters.

A shape is told as lengths: names, numbers, and `None` for a length of which nothing is said. What
is written is parsed, and never evaluated.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Lengths = tuple[str | int | None, ...]

_LENGTH = re.compile(r"[A-Za-z_]\w*|\d+")
_BETWEEN = re.compile(r"\s*[×*]\s*|\s+x\s+|(?<=\d)x(?=\w)|(?<=^[A-Za-z])x(?=[A-Za-z\d]$)")
_WORDS: Mapping[str, Lengths] = {
    "number": (),
    "scalar": (),
    "float": (),
    "vector": (None,),
    "matrix": (None, None),
}
_ARRAYS = ("ndarray", "NDArray", "ArrayLike", "array_like", "array-like")
_SUBSCRIPTED = re.compile(r"""\w+\[\s*[\w.\[\], ]+?,\s*["']([^"']*)["']\s*\]""")
"""`Float[Array, "m n"]`"""

_TYPED = re.compile(r"ndarray\[\s*[tT]uple\[([^\]]*)\]")
"""`np.ndarray[tuple[int, int], ...]`"""

_IN_BRACKETS = re.compile(r"\(\s*((?:\w+\s*,\s*)*\w*)\s*\)")
_SECTION = re.compile(r"^\s*(?:Other )?Parameters\s*\n\s*-{3,}\s*\n", re.MULTILINE)
_ENTRY = re.compile(r"^(\*{0,2}\w+(?:\s*,\s*\w+)*)\s*:\s*(.+)$")
_UNDERLINE = re.compile(r"^\s*-{3,}\s*$")


class Told(NamedTuple):
    """What is said of parameters.

    Attributes:
        shapes: of parameters whose number of axes is said.
        arrays: the parameters of which it is only said that they are arrays.
    """

    shapes: dict[str, Lengths]
    arrays: frozenset[str]


def parse_shape(text: str) -> Lengths | None:
    """A shape as one types it; `None` if it is none.

    >>> parse_shape("m×n"), parse_shape("3 x 3"), parse_shape("(n,)"), parse_shape("n")
    (('m', 'n'), (3, 3), ('n',), ('n',))
    >>> parse_shape("mxn"), parse_shape("number"), parse_shape("matrix"), parse_shape("a + b")
    (('m', 'n'), (), (None, None), None)
    """
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text]
    if text.startswith("(") and text.endswith(")"):
        inside = [part.strip() for part in text[1:-1].split(",")]
        parts = inside[:-1] if len(inside) > 1 and not inside[-1] else inside
        parts = [] if parts == [""] else parts
    else:
        parts = _BETWEEN.split(text)
    if not all(_LENGTH.fullmatch(part) for part in parts):
        return None
    return tuple([int(part) if part.isdigit() else part for part in parts])


def told_of(function: Callable[..., Any]) -> Told:
    """What is said of the shapes of a function's parameters.

    >>> def f(A: "Float[Array, 'm n']", x, c: float):
    ...     '''A product.
    ...
    ...     Parameters
    ...     ----------
    ...     x : (n,) array_like
    ...     '''
    >>> told_of(f).shapes
    {'x': ('n',), 'A': ('m', 'n'), 'c': ()}
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return Told({}, frozenset())
    shapes: dict[str, Lengths] = {}
    arrays: set[str] = set()
    said: list[tuple[str, Any, Callable[[Any], tuple[Lengths | None, bool]]]] = [
        (n, t, _of_text) for n, t in _entries(inspect.getdoc(function) or "")
    ]
    for name, parameter in parameters.items():
        if parameter.annotation is not parameter.empty:
            said.append((name, parameter.annotation, _of_annotation))
    for name, what, read in said:
        shape, array = read(what)
        if name in parameters and shape is not None:
            # A length that has the name of a parameter is not that parameter.
            shapes[name] = tuple([None if n in parameters else n for n in shape])
        elif name in parameters and array:
            arrays.add(name)
    return Told(shapes, frozenset(arrays - set(shapes)))


def _of_annotation(annotation: Any) -> tuple[Lengths | None, bool]:
    """The shape that an annotation tells, and whether it tells of an array at all."""
    dims = getattr(annotation, "dim_str", None)
    if isinstance(dims, str):
        return _spaced(dims), True
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, str):
            return _spaced(part), True
    named = isinstance(annotation, type) and not hasattr(annotation, "__origin__")
    text = annotation if isinstance(annotation, str) else str(annotation)
    text = annotation.__name__ if named else text
    subscripted = _SUBSCRIPTED.search(text)
    if subscripted is not None:
        return _spaced(subscripted[1]), True
    typed = _TYPED.search(text)
    if typed is not None and "..." not in typed[1] and "Any" not in typed[1]:
        return (None,) * (typed[1].count(",") + 1), True
    if text == "float":
        return (), False
    return None, any(word in text for word in _ARRAYS)


def _spaced(text: str) -> Lengths | None:
    """`"m n"`, as in `Float[Array, "m n"]`; `None` where it has not so many axes."""
    parts = text.split()
    if any("..." in part or part.startswith("*") for part in parts):
        return None
    return tuple(
        [
            int(p) if p.isdigit() else p if _LENGTH.fullmatch(p) else None
            for p in (part.rpartition("=")[2].lstrip("#?") for part in parts)
        ]
    )


def _entries(text: str) -> list[tuple[str, str]]:
    """The parameters that a docstring in NumPy's style describes, with their types."""
    section = _SECTION.search(text)
    if section is None:
        return []
    found = []
    lines = text[section.end() :].splitlines()
    for k, line in enumerate(lines):
        if k + 1 < len(lines) and _UNDERLINE.match(lines[k + 1]):
            break  # the next section
        entry = _ENTRY.match(line)
        if entry is not None:
            found += [(name.strip().lstrip("*"), entry[2]) for name in entry[1].split(",")]
    return found


def _of_text(text: str) -> tuple[Lengths | None, bool]:
    """The shape in a type such as `(n,) array_like`, `ndarray, shape (m, n)` or `float`."""
    if re.match(r"(?:float|scalar|number)\b", text) and " or " not in text:
        return (), False
    array = re.search(r"\b(?:nd)?array|matrix|vector", text) is not None
    if not _IN_BRACKETS.search(text) and re.search(r"\bor\b|array[_-]like", text):
        return None, False  # it may as well be a number
    brackets = _IN_BRACKETS.search(text) if array and " or " not in text else None
    if brackets is None:
        word = re.search(r"\b(vector|matrix)\b", text)
        return (_WORDS[word[1]] if word else None), array
    return parse_shape(f"({brackets[1].strip()})"), True
