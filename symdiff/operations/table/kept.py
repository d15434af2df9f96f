"""Linearizations that are kept on disk as text, for processes to come.

A file holds what one version of symdiff, SymPy and Python has derived, as JSON under its own hash.
It is parsed and never executed: names in it are looked up in the table, and what is not of the form
that is written here is not believed. The file is its user's alone, and is put in place in one step.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import json
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...safety.private_files import is_private, private_folder, write_private
from .entry import TABLE, ElementwiseEntry
from .lines import Line, Linearization
from .template import Code, Literal, Template

VARIABLE = "SYMDIFF_DERIVATIVES_CACHE"
"""The environment variable that names another folder; `0` keeps nothing on disk."""

_FORMAT = 1
_MOST = 20_000
"""So many are kept: a few megabytes, which load in a fraction of SymPy's time."""

_MOST_ADDED = 2_048
"""So many wait to be written when a process ends: one that goes on for ever must not grow."""

_MOST_VERSIONS = 8
"""So many files stay, of the versions that were used last."""

_PREFIX = "derivatives-"
"""With which the names of these files begin: others in the folder are left alone."""

_PACKAGE = Path(__file__).resolve().parents[1]


class Unkept(Exception):
    """It has no text, or a text is not of something that was kept."""


class Kept:
    """What is kept, in this process and on disk."""

    def __init__(self) -> None:
        self.known: dict[str, Any] | None = None  # by key, as JSON has it; `None` before it is read
        self.added: dict[Any, Linearization] = {}  # by template and operands
        self.lock = threading.Lock()

    def find(
        self, template: Template, active: tuple[int, ...], whole: tuple[int, ...]
    ) -> Linearization | None:
        """What an earlier process has derived, if it did and all of it can be believed."""
        if self.known is None:
            self.known = read()
        if not self.known:
            return None
        try:
            found = self.known.get(key_of(template, active, whole))
            return None if found is None else from_text(found, template.arity)
        except Unkept:
            return None

    def add(
        self,
        template: Template,
        active: tuple[int, ...],
        whole: tuple[int, ...],
        made: Linearization,
    ) -> None:
        """Keep what was derived now; it is written when the process ends, never while code runs."""
        if os.environ.get(VARIABLE) == "0":
            return
        with self.lock:
            if not self.added:
                atexit.register(self.write)
            self.added[template, active, whole] = made
            if len(self.added) > _MOST_ADDED:
                del self.added[next(iter(self.added))]

    def write(self) -> None:
        """Put what was added on disk, beside what other processes have put there."""
        folder = private_folder(VARIABLE, "derivatives")
        with self.lock:
            if folder is None or not self.added:
                return
            everything = {**read(), **_as_texts(self.added)}
            if len(everything) > _MOST:  # the oldest go
                everything = dict(list(everything.items())[-_MOST:])
            text = json.dumps(everything, separators=(",", ":"))
            try:
                write_private(_file(folder), f"{_hash(text)}\n{text}")
                _prune(folder)
            except OSError:
                return
            atexit.unregister(self.write)
            self.added = {}


def _as_texts(added: dict[Any, Linearization]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, made in added.items():
        with suppress(Unkept):
            found[key_of(*key)] = to_text(made)
    return found


KEPT = Kept()


def read() -> dict[str, Any]:
    """What lies on disk; nothing where that is not what was put there."""
    folder = private_folder(VARIABLE, "derivatives", make=False)
    if folder is None:
        return {}
    path = _file(folder)
    try:
        if not is_private(path):
            return {}
        sums, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    if _hash(text) != sums:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _prune(folder: Path) -> None:
    """Let the files of versions go that have not been written for longest."""
    files = sorted(folder.glob(f"{_PREFIX}*.json"), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-_MOST_VERSIONS]:
        file.unlink(missing_ok=True)


def _file(folder: Path) -> Path:
    return folder / f"{_PREFIX}{_surroundings()[:40]}.json"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_known_surroundings: list[str] = []


def _surroundings() -> str:
    """A hash of all that a derivative depends on: the table, the rules, SymPy and Python."""
    if not _known_surroundings:
        parts = [str(_FORMAT), sys.version, _release_of_sympy()]
        for folder, folders, files in os.walk(_PACKAGE):
            folders.sort()
            for name in sorted(files):
                if name.endswith(".py"):
                    found = os.stat(os.path.join(folder, name))
                    parts.append(f"{folder}/{name} {found.st_size} {found.st_mtime_ns}")
        _known_surroundings.append(_hash("\0".join(parts)))
    return _known_surroundings[0]


def _release_of_sympy() -> str:
    """What tells one SymPy from another, without loading it."""
    spec = importlib.util.find_spec("sympy")
    if spec is None or spec.origin is None:
        return "none"
    try:
        return (Path(spec.origin).parent / "release.py").read_text(encoding="utf-8")
    except OSError:
        return spec.origin


# -- as text


def key_of(template: Template, active: Sequence[int], whole: Sequence[int]) -> str:
    """What a linearization is kept under.

    Raises:
        Unkept: a number in the template has no exact text.
    """
    return json.dumps([_code_to_text(template.code), active, whole], separators=(",", ":"))


def to_text(made: Linearization) -> Any:
    """A linearization as lists, numbers and strings.

    Raises:
        Unkept: a number in it has no exact text.
    """
    groups = (made.shared, (made.value,), made.partials, made.reverse, made.taken)
    return [[line and _line_to_text(line) for line in group] for group in groups]


def from_text(found: Any, arity: int) -> Linearization:
    """The linearization of a template of `arity` operands that was made such a text.

    Raises:
        Unkept: the text is none of a linearization.
    """
    if not isinstance(found, list) or len(found) != 5:
        raise Unkept
    groups = []
    for group in found:
        if not isinstance(group, list):
            raise Unkept
        groups.append(tuple([line and _line_from_text(line) for line in group]))
    shared, value, *lines = groups
    if None in shared or len(value) != 1 or value[0] is None:
        raise Unkept
    if any(len(group) != arity for group in lines):
        raise Unkept
    for line in (*shared, *value, *[line for group in lines for line in group if line]):
        if not all(-1 <= place < arity + len(shared) for place in line.places):
            raise Unkept
    return Linearization(shared, value[0], *lines)


def _line_to_text(line: Line) -> Any:
    return [_code_to_text(line.template.code), list(line.places)]


def _line_from_text(found: Any) -> Line:
    if not isinstance(found, list) or len(found) != 2 or not isinstance(found[1], list):
        raise Unkept
    if not all(type(place) is int for place in found[1]):
        raise Unkept
    template = Template.of(_code_from_text(found[0]))
    if template.arity != len(found[1]):
        raise Unkept
    return Line(template, tuple(found[1]))


def _code_to_text(code: Code) -> list[Any]:
    return [_number_to_text(t) if isinstance(t, Literal) else t for t in code]


def _number_to_text(literal: Literal) -> list[Any]:
    value = literal.value
    if type(value) is float and Literal.of(value) == literal:
        return ["float", value.hex()]
    if type(value) in (bool, int) and Literal.of(value) == literal:
        return [type(value).__name__, str(int(value))]
    raise Unkept


def _code_from_text(found: Any) -> Code:
    if not isinstance(found, list) or not found:
        raise Unkept
    depth = 0
    code: list[int | str | Literal] = []
    for token in found:
        if type(token) is str:
            entry = TABLE.entries.get(token)
            if not isinstance(entry, ElementwiseEntry):
                raise Unkept
            depth -= entry.arity
            if depth < 0:
                raise Unkept
            code.append(token)
        elif type(token) is int and 0 <= token < 10_000:
            code.append(token)
        elif isinstance(token, list):
            code.append(_number_from_text(token))
        else:
            raise Unkept
        depth += 1
    if depth != 1:
        raise Unkept
    return tuple(code)


def _number_from_text(found: list[Any]) -> Literal:
    if len(found) != 2 or not all(type(part) is str for part in found):
        raise Unkept
    kind, text = found
    try:
        if kind == "float":
            return Literal.of(float.fromhex(text))
        if kind == "int":
            return Literal.of(int(text))
        if kind == "bool":
            return Literal.of(bool(int(text)))
    except (ValueError, OverflowError):
        pass
    raise Unkept
