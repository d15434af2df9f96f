"""What a terminal shows while something takes long: one line, which is gone afterwards.

tqdm draws it, if it is installed (`pip install symdiff-grad[progress]`): below the bars of a
user's own that are under way, and in a notebook as its bars are there. Nothing is shown where
nobody looks: where the standard error is piped or redirected, in threads beside the main one, in
processes of a pool, under a debugger. Nor after the function has acted on the world, for it may
have written to the terminal itself.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from .exclusive import restoring

P = ParamSpec("P")
T = TypeVar("T")

DELAY = 1.0
"""Seconds before anything is shown."""

_EVERY = 0.2
"""Seconds between two looks."""

_NARROW = 50
"""A terminal of fewer columns is left alone."""

_now: _Line | None = None


def shown(what: str, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function, and show that it is under way if it takes long.

    Args:
        what: is done, such as `"tracing"`.
        name: of the function that it is done to.
        function: what does it.
        args: its arguments.
        kwargs: its keyword arguments.

    >>> shown("adding up", "a list", sum, [1, 2])
    3
    """
    global _now
    if _now is not None or not is_seen():
        return function(*args, **kwargs)
    line = _Line(what, name)

    def over() -> None:
        global _now
        _now = None
        line.stop()

    def begun() -> T:
        global _now
        _now = line
        line.start()
        return function(*args, **kwargs)

    return restoring(over, begun)


def counting(count: Callable[[], int]) -> None:
    """Show how many statements there are, as far as this goes on."""
    if _now is not None:
        _now.count = count


def hush() -> None:
    """Show nothing any more: something may be written to the terminal now."""
    if _now is not None:
        _now.stop()


def is_seen() -> bool:
    """Whether somebody looks at what is shown."""
    if threading.current_thread() is not threading.main_thread() or sys.gettrace() is not None:
        return False
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        return False
    if _in_notebook():
        return True
    try:
        return sys.stderr.isatty() and shutil.get_terminal_size().columns >= _NARROW
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    found = None if shell is None else shell.get_ipython()
    return found is not None and "IPKernelApp" in found.config


class _Line:
    """What is shown of one thing that is under way, by a thread that waits until it takes long."""

    def __init__(self, what: str, name: str) -> None:
        width = max(8, min(shutil.get_terminal_size().columns, 80) - 46)
        short = name if len(name) <= width else f"{name[: width - 3]}..."
        self.what = f"symdiff: {what} {short}: "
        self.count: Callable[[], int] | None = None
        self.process = os.getpid()
        self.over = threading.Event()
        self.drawing = threading.Lock()
        self.bar: Any = None

    def start(self) -> None:
        threading.Thread(target=self._wait, name="symdiff-progress", daemon=True).start()

    def _wait(self) -> None:
        try:
            if self.over.wait(DELAY):
                return
            bars = _bars()
            while bars is not None and not self.over.is_set():
                with self.drawing:
                    if not self.over.is_set():
                        self._draw(bars)
                self.over.wait(_EVERY)
        except Exception:  # the terminal is gone, or does not take what tqdm writes
            self.over.set()

    def _draw(self, bars: Any) -> None:
        counted = "" if self.count is None else "{n_fmt} statements, "
        form = f"{{desc}}{counted}{{elapsed}}"
        if self.bar is None:
            self.bar = bars(desc=self.what, bar_format=form, leave=False, delay=1e-3)
            self.bar.start_t -= DELAY  # and so it is known to have been drawn, when it is closed
        self.bar.bar_format = form
        self.bar.n = 0 if self.count is None else self.count()
        self.bar.refresh()

    def stop(self) -> None:
        """Take away what is shown; nothing is drawn after that."""
        if os.getpid() != self.process:  # a fork, which has neither the thread nor its locks
            return
        self.over.set()
        with self.drawing:
            if self.bar is not None:
                self.bar.close()
                self.bar = None


def _bars() -> Any:
    """The class of tqdm's bars, without a thread or lock for processes of their own."""
    try:
        found: Any = importlib.import_module("tqdm.std").tqdm
        if _in_notebook():
            widgets = importlib.import_module("tqdm.notebook")
            found = found if widgets.IProgress is None else widgets.tqdm
    except ImportError:
        return None
    made: Any = type("Bar", (found,), {"monitor_interval": 0})
    made.set_lock(threading.RLock())
    return made
