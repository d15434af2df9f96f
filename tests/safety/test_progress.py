"""What a terminal shows while a first call takes long, and that nothing is left of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from symdiff.safety import progress

pytest.importorskip("tqdm")

PRELUDE = """
    import sys, threading, time, math
    import tqdm.std
    import symdiff as sd
    from symdiff.safety import progress
    from symdiff.settings import rolling
    progress.DELAY, progress._EVERY = 0.02, 0.02

    def f(x, n):
        for i in range(n):
            x = math.sin(x * i) + 0.5 * x
        return x

    def slow(seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass
"""


def run_on_terminal(tmp_path: Path, code: str, columns: int = 80, rows: int = 24) -> str:
    """What is written to a terminal by a process."""
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    script = tmp_path / "shown.py"
    script.write_text(textwrap.dedent(PRELUDE) + textwrap.dedent(code))
    ours, theirs = pty.openpty()
    size = rows.to_bytes(2, sys.byteorder) + columns.to_bytes(2, sys.byteorder) + bytes(4)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "TQDM_DISABLE")}
    child = subprocess.Popen(
        [sys.executable, str(script)], stdin=theirs, stdout=theirs, stderr=theirs, env=env
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert child.wait() == 0, written.decode()
    return written.decode()


def seen(written: str, columns: int = 80) -> list[str]:
    """What stands on the terminal at the end."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.|\n|\r", written):
        if token == "\r":
            column = 0
        elif token == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif token == "\x1b[A":
            row -= 1
        else:
            assert len(token) == 1, f"an escape {token!r}"
            lines[row] = lines[row].ljust(column)[:column] + token + lines[row][column + 1 :]
            column += 1
            assert column < columns, "a line is too long"
    return [line.rstrip() for line in lines if line.strip()]


def test_a_line_is_shown_and_taken_away(tmp_path: Path) -> None:
    written = run_on_terminal(
        tmp_path,
        """
        print("before", flush=True)
        with rolling(False):
            g = sd.grad(f)
            g(0.5, 2_400)
            print("between", flush=True)
            g(0.5, 2_400)
        print("after", flush=True)
        """,
    )
    assert re.search(r"symdiff: tracing f: \d+ statements, 00:\d\d", written)
    assert re.search(r"symdiff: compiling f: 00:\d\d", written)
    assert seen(written) == ["before", "between", "after"]


def test_an_exception_and_an_interrupt_leave_nothing(tmp_path: Path) -> None:
    written = run_on_terminal(
        tmp_path,
        """
        def wrong():
            slow(0.3)
            raise KeyboardInterrupt
        try:
            progress.shown("tracing", "w" * 100, wrong)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        assert progress._now is None
        """,
    )
    assert "symdiff: tracing www" in written
    assert seen(written) == ["interrupted"]


def test_what_the_function_prints_stays_whole(tmp_path: Path) -> None:
    written = run_on_terminal(
        tmp_path,
        """
        def prints(x, n):
            for i in range(n):
                x = math.sin(x * i) + 0.5 * x
                if i == n // 2:
                    print("half", end=" ", flush=True)
            print("way", flush=True)
            return x
        progress.DELAY = 0.001  # tracing may be over before the usual one is
        with rolling(False):
            sd.grad(prints)(0.5, 3000)
        """,
    )
    assert "symdiff: tracing prints" in written
    assert seen(written) == ["half way"]


def test_below_a_bar_of_the_users_own(tmp_path: Path) -> None:
    written = run_on_terminal(
        tmp_path,
        """
        from tqdm import tqdm
        for k in tqdm(range(2), bar_format="mine {n_fmt}"):
            progress.shown("compiling", "f", slow, 0.3)
        """,
    )
    assert "symdiff: compiling f" in written
    assert seen(written) == ["mine 2"]


@pytest.mark.parametrize(
    "code",
    [
        "threading.Thread(target=progress.shown, args=('tracing', 'f', slow, 0.1)).start()",
        "sys.stderr = open(__file__ + '.log', 'w'); progress.shown('tracing', 'f', slow, 0.1)",
        "sys.modules['tqdm.std'] = None; progress.shown('tracing', 'f', slow, 0.1)",
        "sys.stderr = None; progress.shown('tracing', 'f', slow, 0.1)",
        "progress.DELAY = 1.0; progress.shown('tracing', 'f', slow, 0.1)",
    ],
    ids=["in a thread", "redirected", "without tqdm", "without a terminal", "what is quick"],
)
def test_nothing_is_shown(tmp_path: Path, code: str) -> None:
    assert run_on_terminal(tmp_path, code) == ""


def test_nothing_is_shown_on_a_narrow_terminal(tmp_path: Path) -> None:
    code = "progress.shown('tracing', 'f', slow, 0.1)"
    assert run_on_terminal(tmp_path, code, columns=30) == ""


def test_in_a_notebook_widgets_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are none, the line is as on a terminal."""

    class Shell:
        config: dict[str, Any] = {"IPKernelApp": {}}

    class Notebook:
        @staticmethod
        def get_ipython() -> Shell:
            return Shell()

    monkeypatch.setitem(sys.modules, "IPython", Notebook)
    monkeypatch.setattr(sys, "gettrace", lambda: None)
    assert progress.is_seen()
    from tqdm import notebook
    from tqdm.std import tqdm

    assert issubclass(progress._bars(), tqdm)
    monkeypatch.setattr(notebook, "IProgress", object)
    assert issubclass(progress._bars(), notebook.tqdm)


def test_no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "is_seen", lambda: True)
    for _ in range(20):
        progress.shown("tracing", "f", abs, -1)
    end = time.monotonic() + 5
    while any(t.name == "symdiff-progress" for t in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)
