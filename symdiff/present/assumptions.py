"""What a written-out program assumes of what it is given, as lines that check it.

A program is made for arguments of certain types, shapes, dtypes, lengths and keys. Source that
stands alone meets others, and must say so instead of computing something for the first.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..program.lengths import AnyLength
from ..program.naming import exact
from ..program.outside import Check
from ..program.program import Statement
from ..program.sources import Item, Source
from .helpers import Helpers

_FEW_ITEMS = 3


def _is_numbered(check: Check) -> bool:
    """Whether it is of an item of a list or tuple."""
    item = check.source
    return check.kind == "signature" and isinstance(item, Item) and type(item.key) is int


class Assumptions:
    """Writes the checks of one program.

    Args:
        helpers: imports and helper functions of the source.
        path: source that finds what lies in a parameter; `None` for what lies elsewhere.
    """

    def __init__(self, helpers: Helpers, path: Callable[[Source, Statement], str | None]) -> None:
        self.helpers = helpers
        self.path = path
        self.alike: dict[tuple[str, Any], int] = {}
        self.lengths: dict[str, int] = {}
        self.free: dict[int, str] = {}  # where a length is found that may be any

    def look_over(self, statements: Sequence[Statement]) -> None:
        """See which items of a list are all alike, so that one line checks them."""
        found: Counter[tuple[str, Any]] = Counter()
        for statement in statements:
            check = statement.operation
            if not isinstance(check, Check):
                continue
            if check.kind == "structure" and isinstance(check.expected, tuple):
                kind, *rest = check.expected
                if kind in (list, tuple):
                    self.lengths[str(check.source)] = rest[0]
            elif _is_numbered(check):
                found[str(check.source.owner), check.expected] += 1  # type: ignore[attr-defined]
        self.alike = {
            key: 0
            for key, count in found.items()
            if count > _FEW_ITEMS and self.lengths.get(key[0]) == count
        }

    def line(self, test: str, what: str) -> str:
        """A statement that raises unless `test` holds."""
        error = self.helpers.builtin("ValueError")
        negated = f"not ({test})" if " " in test else f"not {test}"
        if test.startswith("not ") and " and " not in test:
            negated = test.removeprefix("not ")
        return f"if {negated}:\n    raise {error}({f'this source is for {what}'!r})"

    # -- checks

    def check(self, check: Check, statement: Statement, name: str) -> str:
        """The line that checks something; empty where nothing outside the source could differ.

        Args:
            check: what is checked.
            statement: its statement.
            name: what the source calls the operand, where there is one.

        Raises:
            UnsupportedError: it cannot be checked by Python that stands alone.
        """
        path = self.path(check.source, statement)
        if check.kind == "signature":
            if path is None:
                return self.signature(name, name, check.expected)
            return self._signature(check, name, path, statement)
        if path is None:
            return ""
        if check.kind in ("structure", "node"):
            return self._structure(check, path)
        if check.kind == "equal":
            return self._equal(check.expected, path)
        if check.kind == "identity":
            return self._identity(check.expected.value, path, statement)
        if check.kind == "has":
            test = f"{self._builtin('hasattr')}({path}, {exact(check.detail)!r})"
            return self._either(bool(check.expected), test, f"{path} with `.{check.detail}`")
        if check.kind == "lacks":
            test = f"{exact(check.detail)!r} not in {path}"
            return self._either(
                bool(check.expected), test, f"{path} without {exact(check.detail)!r}"
            )
        if check.kind == "writeable":
            test = f"{path}.flags.writeable"
            return self._either(bool(check.expected), test, f"{path} that may be written to")
        if check.kind == "layout":
            if check.expected is True:
                return self.line(f"{path}.flags.c_contiguous", f"{path} contiguous in memory")
            what = f"{path} with strides {check.expected}"
            return self.line(f"{path}.strides == {check.expected!r}", what)
        if check.kind in ("alias", "overlap"):
            other = self.path(check.detail, statement)
            if other is not None:
                return self._together(check, path, other, statement)
        return ""

    def _builtin(self, name: str) -> str:
        return self.helpers.builtin(name)

    def _either(self, expected: bool, test: str, what: str) -> str:
        return self.line(test if expected else f"not {test}", what if expected else f"not {what}")

    def _type_is(self, path: str, kind: type) -> str:
        """A test of a type; of one that is not at hand, by its name."""
        of = f"{self._builtin('type')}({path})"
        name = kind.__name__
        if vars(builtins).get(name) is kind:
            return f"{of} is {self._builtin(name)}"
        if vars(np).get(name) is kind:
            return f"{of} is {self.helpers.module('numpy')}.{name}"
        return f"{of}.__qualname__ == {kind.__qualname__!r}"

    # -- kinds of checks

    def _signature(self, check: Check, name: str, path: str, statement: Statement) -> str:
        source = check.source
        if isinstance(source, Item) and type(source.key) is int:
            key = (str(source.owner), check.expected)
            if key in self.alike:
                self.alike[key] += 1
                if self.alike[key] > 1:
                    return ""
                test, what = self._signature_test("v", check.expected)
                every = self._builtin("all")
                owner = self.path(source.owner, statement)
                return self.line(f"{every}({test} for v in {owner})", f"{owner}: each item {what}")
        return self.signature(name, path, check.expected)

    def signature(self, name: str, shown: str, expected: Any) -> str:
        """A check of a number's type, or of an array's dtype and shape."""
        test, what = self._signature_test(name, expected)
        return self.line(test, f"{shown}: {what}")

    def _signature_test(self, name: str, expected: Any) -> tuple[str, str]:
        if not isinstance(expected, tuple):
            return self._type_is(name, expected), _named(expected)
        dtype, shape = expected
        dtype = np.dtype(dtype)
        test = f"{self._type_is(name, np.ndarray)} and {name}.dtype == {dtype.str!r}"
        if not any(isinstance(n, AnyLength) for n in shape):
            test += f" and {name}.shape == {shape!r}"
            return test, f"an array of {dtype.name}, shape {shape}"
        test += f" and {name}.ndim == {len(shape)}"
        what = f"an array of {dtype.name} with {len(shape)} ax{'i' if len(shape) == 1 else 'e'}s"
        for k, n in enumerate(shape):
            first = n
            if isinstance(n, AnyLength):
                first = self.free.setdefault(n.group, f"{name}.shape[{k}]")
            if first != f"{name}.shape[{k}]":
                test += f" and {name}.shape[{k}] == {first}"
                owner = str(first).rpartition(".shape")[0]
                what += f", as long as {owner}" if len(shape) == 1 else f", axis {k} of {first}"
        return test, what

    def _structure(self, check: Check, path: str) -> str:
        expected = check.expected
        if not isinstance(expected, tuple):
            return self.line(self._type_is(path, expected), f"{path}: {_named(expected)}")
        kind, rest = expected[0], expected[1:]
        test, what = self._type_is(path, kind), f"{path}: {_named(kind)}"
        if check.kind == "node":
            return self.line(test, what)
        if rest and isinstance(rest[0], int):
            length = f"{self._builtin('len')}({path})"
            return self.line(f"{test} and {length} == {rest[0]}", f"{what} of length {rest[0]}")
        if rest and isinstance(rest[0], tuple | frozenset):
            keys = [k[1] if isinstance(k, tuple) else k for k in rest[0]]
            known = self._literal(keys)
            if issubclass(kind, dict):
                found = f"{self._builtin('list')}({path})"
                same = self._exactly(found, keys)
                return self.line(f"{test} and {found} == {known}{same}", f"{what} of {keys}")
            if kind in (set, frozenset):
                found = f"{self._builtin('list')}({path})"
                same = self._exactly(found, keys)
                return self.line(f"{test} and {found} == {known}{same}", f"{what} of {keys}")
            if kind is slice:
                found = f"[{path}.start, {path}.stop, {path}.step]"
                return self.line(f"{test} and {found} == {known}", f"{path}: {kind(*keys)}")
        return self.line(test, what)

    def _exactly(self, found: str, keys: list[Any]) -> str:
        """A check of the types and signs of keys, where equal ones may have others."""
        if all(type(k) is str for k in keys):
            return ""
        return f" and {self._builtin('repr')}({found}) == {repr(keys)!r}"

    def _literal(self, value: Any) -> str:
        text = repr(value)
        try:
            ast.literal_eval(text)
        except (ValueError, SyntaxError):
            raise UnsupportedError(
                f"what is assumed of {text} cannot be written as Python that stands alone"
            ) from None
        return text

    def _equal(self, expected: Any, path: str) -> str:
        kind, value = expected[:2]
        if value is None or value is True or value is False:
            return self.line(f"{path} is {value!r}", f"{path} == {value!r}")
        test = self._type_is(path, kind)
        if kind in (str, bytes, int):
            return self.line(f"{test} and {path} == {value!r}", f"{path} == {value!r}")
        found = f"{self._builtin('repr')}({path})"
        return self.line(f"{test} and {found} == {repr(value)!r}", f"{path} == {value!r}")

    def _identity(self, value: Any, path: str, statement: Statement) -> str:
        name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
        if not isinstance(name, str) or "<" in name:
            raise UnsupportedError(
                f"`{path}`, a function without a name of its own, cannot be checked by Python that "
                "stands alone",
                where=statement.span,
                remedy="give the function a name at the top of a module, or close over it",
            )
        get = self._builtin("getattr")
        test = f"{get}({path}, '__qualname__', {get}({path}, '__name__', None)) == {name!r}"
        return self.line(test, f"{path}: {name}")

    def _together(self, check: Check, path: str, other: str, statement: Statement) -> str:
        if check.kind == "alias":
            return self._either(
                bool(check.expected), f"{path} is {other}", f"{path} that is {other}"
            )
        if check.expected is None:
            shares = f"{self.helpers.module('numpy')}.shares_memory({path}, {other})"
            return self.line(f"not {shares}", f"{path} and {other} in memory of their own")
        raise UnsupportedError(
            f"`{path}` and `{other}` share memory, which Python that stands alone does not check",
            where=statement.span,
            remedy="give arrays that do not overlap",
        )


def _named(kind: type) -> str:
    """The name of a type with its article.

    >>> _named(int), _named(float)
    ('an int', 'a float')
    """
    return f"{'an' if kind.__name__[:1] in 'aeiouAEIOU' else 'a'} {kind.__name__}"
