"""Which files belong to Python or to an installed package, rather than to the user."""

from __future__ import annotations

import csv
import functools
import os
import sys
import sysconfig

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PLACES = ("stdlib", "platstdlib", "purelib", "platlib")
_LIBRARY = (_PACKAGE + os.sep, *{sysconfig.get_paths()[k] for k in _PLACES}, "<frozen")
_FOLDERS = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
"""What installers name their folders, wherever these are: a user's own, or one on `PYTHONPATH`."""


def is_library_file(file: str | None) -> bool:
    """Whether a file belongs to Python or an installed package rather than to the user.

    >>> is_library_file(os.__file__), is_library_file("/home/me/model.py")
    (True, False)
    """
    return file is None or file.startswith(_LIBRARY) or _is_installed(file)


@functools.lru_cache(maxsize=4096)
def _is_installed(file: str) -> bool:
    if any(folder in file for folder in _FOLDERS):
        return True
    for place in sys.path:  # a folder that packages were installed into may have any name
        start = os.path.join(os.path.abspath(place), "")
        if file.startswith(start):
            first = file[len(start) :].partition(os.sep)[0]
            if first in _recorded(start):
                return True
    return False


@functools.cache
def _recorded(folder: str) -> frozenset[str]:
    """The files and folders that installers have put into a folder, as their records say."""
    names: set[str] = set()
    try:
        found = [entry.path for entry in os.scandir(folder) if entry.name.endswith(".dist-info")]
    except OSError:
        return frozenset()
    for path in found:
        try:
            with open(os.path.join(path, "RECORD"), newline="", encoding="utf-8") as record:
                rows = [row[0] for row in csv.reader(record) if row]
        except (OSError, UnicodeDecodeError):
            continue
        names.update(row.partition("/")[0] for row in rows)
    return frozenset(names)
