"""The last line of defence of `symdiff show`: what acts on the world is stopped before it does.

Calls are admitted one by one (`harmless.py`). Should one slip through all the same, Python's own
audit events and the start of a function of the user's that nobody follows are seen here, and
refused where they happen.
"""

from __future__ import annotations

import os
import sys
import threading
from types import CodeType, FrameType, TracebackType
from typing import Any

from ..errors import ConcreteValueError
from ..source.installed import is_library_file
from .recording.recorder import Recorder
from .rewriting.hook_calls import MARK

# fmt: off
_ACTS = (
    "_thread.", "_winapi.", "ctypes.call_function", "ensurepip.", "fcntl.", "ftplib.", "gc.",
    "http.", "imaplib.", "mmap.", "msvcrt.", "nntplib.", "os.", "poplib.", "pty.", "resource.",
    "setopencodehook", "shutil.", "signal.", "smtplib.", "socket.", "sqlite3.", "subprocess.",
    "sys.addaudithook", "sys.set", "syslog.", "telnetlib.", "tempfile.", "time.sleep", "urllib.",
    "webbrowser.", "winreg.",
)
_LOOKS = frozenset(
    {
        "gc.get_objects", "gc.get_referents", "gc.get_referrers", "os.fwalk", "os.getxattr",
        "os.listdir", "os.listxattr", "os.scandir", "os.walk", "sys.setprofile",
    }
)
# fmt: on
"""Audit events of what changes nothing."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_watching: dict[int, Watch] = {}
"""The watch of each thread that has one."""

_hooked: list[bool] = []


class Watch:
    """A context in which nothing acts on the world, and no code of the user's runs unfollowed."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.refused: ConcreteValueError | None = None
        self.known: dict[CodeType, bool] = {}
        self.loading = 0

    def __enter__(self) -> Watch:
        if not _hooked:
            sys.addaudithook(_audit)
            _hooked.append(True)
        self.wrote_bytecode = sys.dont_write_bytecode
        sys.dont_write_bytecode = True
        self.before = sys.getprofile()
        _watching[threading.get_ident()] = self
        sys.setprofile(self.profile)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        sys.setprofile(self.before)
        del _watching[threading.get_ident()]
        sys.dont_write_bytecode = self.wrote_bytecode
        if self.refused is not None and error is not self.refused:
            # Something on the way has swallowed it.
            raise self.refused.with_traceback(None)

    def refuse(self, what: str, why: str) -> None:
        self.refused = self.refused or ConcreteValueError(
            f"{what} while arguments are only symbols", where=self.recorder.where(), why=why
        )
        raise self.refused

    def profile(self, frame: FrameType, event: str, arg: Any) -> None:
        """See each function that starts: one of the user's own must be a rewritten one."""
        if event != "call":
            return
        code = frame.f_code
        known = self.known.get(code)
        if known is None:
            file = code.co_filename
            known = file.startswith("<") or is_library_file(file)
            self.known[code] = known
        if not known and MARK not in frame.f_globals:
            self.refuse(
                f"`{code.co_qualname}` is not run",
                "Python would call it where it cannot be followed",
            )


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    watch = _watching.get(threading.get_ident())
    if watch is None:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(mode, str) and not set(mode).isdisjoint("wax+")
        if writes or (isinstance(flags, int) and flags & _WRITING):
            watch.refuse(f"{path} is not opened for writing", "the function would change a file")
    elif event.startswith(_ACTS) and event not in _LOOKS:
        watch.refuse(f"`{event}` is not done", "it acts on something outside the function")
