"""The files that a target names, and the modules that are made of them.

A file is imported, or only read; a folder stands for the Python files and notebooks in it, and `-`
for what comes from standard input.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import click

from .complaints import fail_to_import

if TYPE_CHECKING:
    from types import ModuleType

    from .unimported import Unimported

STDIN = "-"
_SUFFIXES = (".py", ".ipynb")
_LEFT_OUT = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages"})
_SHELL = ("!", "%", "?")
_RUN_ALL_THE_SAME = frozenset({"%%time", "%%timeit", "%%capture", "%%prun"})


def files_in(target: str) -> list[str]:
    """The files that a target stands for: those below a folder, in order, or itself.

    Hidden folders, virtual environments and what is built are left out.

    Raises:
        UsageError: there is no such file, or none in the folder.
    """
    if not os.path.isdir(target):
        return [target]
    found = sorted(_below(target))
    if not found:
        raise click.UsageError(f"there is no Python file in {target}")
    return found


def _below(folder: str) -> Iterator[str]:
    for path, folders, names in os.walk(folder):
        folders[:] = [
            f
            for f in folders
            if not f.startswith(".")
            and f not in _LEFT_OUT
            and not os.path.isfile(os.path.join(path, f, "pyvenv.cfg"))
        ]
        for name in names:
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                yield os.path.normpath(os.path.join(path, name))


def path_of(file: str) -> str:
    """The file name that code of a file bears."""
    return "<stdin>" if file == STDIN else os.path.abspath(file)


def _name_for(file: str, prefix: str) -> tuple[str, str, bool]:
    """The path of a file, the name of the module it becomes, and whether that is there already."""
    if file == STDIN:
        known = f"{prefix}stdin"
        return path_of(file), known, known in sys.modules
    if not os.path.isfile(file):
        raise click.UsageError(f"there is no file {file}")
    path = os.path.abspath(file)
    stem = os.path.splitext(os.path.basename(path))[0]
    name = f"{prefix}{stem}"
    count = 1
    while name in sys.modules:
        if getattr(sys.modules[name], "__file__", None) == path:
            return path, name, True
        count += 1
        name = f"{prefix}{stem}_{count}"
    return path, name, False


def load_unimported(file: str) -> Unimported:
    """What the text of a file says of its functions; nothing of the file is run."""
    path, name, _ = _name_for(file, "_symdiff_read_")
    from .unimported import Unimported

    if file.endswith(".ipynb"):
        raise click.UsageError(f"{file} is a notebook, whose cells are run: not with --no-import")
    try:
        read = Unimported(path, name, _standard_input() if file == STDIN else None)
    except (SyntaxError, ValueError, RecursionError) as error:
        fail_to_import(error, path)
    sys.modules[name] = read.module
    return read


def load(file: str) -> ModuleType:
    """Import a file as Python would, but for its `__main__` block."""
    import contextlib

    path, name, known = _name_for(file, "_symdiff_shown_")
    if known:
        return sys.modules[name]
    cells = _cells(file) if file.endswith(".ipynb") else None
    # Before the folder is searched: a `random.py` in it would hide what SymPy needs.
    import sympy  # noqa: F401

    from ..operators import transforms  # noqa: F401

    wrote_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with contextlib.redirect_stdout(sys.stderr):
            folder, package = (os.getcwd(), "") if file == STDIN else _package_of(path)
            if folder not in sys.path:
                sys.path.insert(0, folder)
            if file == STDIN:
                return _made(name, [(path, _standard_input())])
            return _imported(path, name, package) if cells is None else _made(name, cells, path)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        sys.modules.pop(name, None)
        fail_to_import(error, path)
    finally:
        sys.dont_write_bytecode = wrote_bytecode


def _imported(path: str, name: str, package: str) -> ModuleType:
    import importlib
    import importlib.util
    from importlib.machinery import SourceFileLoader

    if package:
        found = importlib.import_module(package)
        if getattr(found, "__file__", None) == path:
            return found
    loader = SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


# -- text that is no file of Python


@cache
def _standard_input() -> str:
    """What came from standard input, of which several functions may be asked for."""
    return str(sys.stdin.read())


def _made(name: str, texts: Sequence[tuple[str, str]], path: str | None = None) -> ModuleType:
    """A module of texts that are run one after the other, each with the file name it bears."""
    import linecache
    import types

    module = types.ModuleType(name)
    if path is not None:
        module.__file__ = path
    sys.modules[name] = module
    for file, text in texts:
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        exec(compile(text, file, "exec", dont_inherit=True), vars(module))
    return module


def _cells(file: str) -> list[tuple[str, str]]:
    """The cells of a notebook that hold code, each with the name that its lines bear.

    Lines for the shell or for IPython are left out.

    Raises:
        UsageError: it is no notebook.
    """
    import json

    try:
        with open(file, encoding="utf-8") as opened:
            cells = json.load(opened)["cells"]
        texts = [c["source"] for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise click.UsageError(f"{file} is not a notebook (of format 4)") from None
    joined = ["".join(t) if isinstance(t, list) else str(t) for t in texts]
    return [(f"{file}[{k}]", _python_of(t)) for k, t in enumerate(joined, start=1)]


def _python_of(cell: str) -> str:
    r"""A cell without what is no Python, line by line.

    >>> _python_of("%matplotlib inline\nx = 1")
    '\nx = 1'
    """
    lines = cell.splitlines()
    first = next((k for k, line in enumerate(lines) if line.strip()), 0)
    magic = lines[first].split()[0] if lines and lines[first].startswith("%%") else ""
    if magic and magic not in _RUN_ALL_THE_SAME:
        return ""
    for k, line in enumerate(lines):
        bare = line.lstrip()
        if bare.startswith(_SHELL) or (bare.endswith("?") and "#" not in bare):
            indent = line[: len(line) - len(bare)]
            lines[k] = f"{indent}pass" if indent else ""
    return "\n".join(lines)


def _package_of(path: str) -> tuple[str, str]:
    """The folder to import a file from, and its name there if it belongs to a package."""
    folder, file = os.path.split(path)
    parts = [os.path.splitext(file)[0]] if file != "__init__.py" else []
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, part = os.path.split(folder)
        parts.insert(0, part)
    inside = len(parts) > 1 or file == "__init__.py"
    return folder, ".".join(parts) if inside and all(p.isidentifier() for p in parts) else ""
