"""Files that are kept on disk for later processes: nobody but their user reads or writes them."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def private_folder(variable: str, name: str, make: bool = True) -> Path | None:
    """A folder that is the user's alone; `None` where nothing may be kept.

    Args:
        variable: the environment variable that names another folder; `0` keeps nothing.
        name: the folder in the user's cache, in the one of symdiff.
        make: whether to make it; what only reads makes nothing.
    """
    wanted = os.environ.get(variable)
    if wanted == "0":
        return None
    if wanted:
        folder = Path(wanted)
    else:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        folder = Path(home) / "symdiff" / name
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink():
            return None
        found = folder.stat()
        if found.st_uid != os.getuid():
            return None
        if stat.S_IMODE(found.st_mode) & 0o077:
            if not make:
                return None
            folder.chmod(0o700)
    except (OSError, AttributeError):  # no user has a number on Windows
        return None
    return folder


def is_private(path: Path) -> bool:
    """Whether it is a plain file of the user's that nobody else can read or write.

    Raises:
        OSError: there is no such file.
    """
    found = path.lstat()
    own = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid()
    return own and not stat.S_IMODE(found.st_mode) & 0o077


def write_private(path: Path, text: str) -> None:
    """Put a whole text in the place of a file, in one step.

    Raises:
        OSError: it cannot be written.
    """
    import tempfile  # which takes as long to load as a file to read

    place, made = tempfile.mkstemp(prefix=".making-", dir=path.parent)  # for its user alone
    try:
        with os.fdopen(place, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(made, path)
    except BaseException:
        os.unlink(made)
        raise
