"""Show every function of every Python file of the standard library and NumPy.

    python tools/show_everything.py                      # all of them
    python tools/show_everything.py --only colorsys --list
    python tools/show_everything.py --sample 20          # every 20th file

Each function is shown, or refused with its line. A traceback, a hang, a refusal without a line, and
any act on the world that Python's audit events tell of count as faults, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import selectors
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from pathlib import Path
from typing import Any

ACTS = (
    *("_thread.", "os.", "shutil.", "socket.", "subprocess.", "tempfile.", "urllib.", "sqlite3."),
    *("time.sleep", "signal.", "ctypes.call_function", "webbrowser.", "pty.", "mmap.", "fcntl."),
)
LOOKS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "lib2to3", "idlelib", "turtledemo"}
LEFT_OUT_FILES = {"__main__.py", "this.py", "antigravity.py", "conftest.py", "setup.py"}
SECONDS_A_FUNCTION = 30.0
FAULTS = ("without a line", "traceback", "hang", "acted")


# -- a worker: shows the files whose names it reads, and writes a line of JSON for each function


class Acts:
    """What Python's audit events tell of, while it is switched on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(mode, str) and not set(mode).isdisjoint("wax+")
            if writes or (isinstance(flags, int) and flags & WRITING):
                self.seen.append(f"open {path}")
        elif event.startswith(ACTS) and event not in LOOKS:
            self.seen.append(event)


def work() -> None:
    from symdiff.command.files import load
    from symdiff.command.targets import functions_of

    report = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the files print when they are imported
    acts = Acts()
    for line in sys.stdin:
        file = line.strip()
        problems = io.StringIO()
        try:
            with contextlib.redirect_stderr(problems):
                functions = functions_of(load(file), file, None)
        except SystemExit:
            print(json.dumps([file, "", "not imported", problems.getvalue()]), file=report)
            functions = []
        except Exception as error:
            verdict = "no function" if "there is no function" in str(error) else "not imported"
            print(json.dumps([file, "", verdict, str(error)]), file=report)
            functions = []
        for name, function in functions:
            print(json.dumps([file, name, "begun", ""]), file=report)
            print(json.dumps([file, name, *shown(acts, name, function, file)]), file=report)
        print(json.dumps([file, "", "done", ""]), file=report)


def shown(acts: Acts, name: str, function: Any, file: str) -> tuple[str, str]:
    """The verdict on one function, and what was said."""
    from symdiff.command.cli import _show_one
    from symdiff.command.complaints import time_limit

    out, err = io.StringIO(), io.StringIO()
    acts.seen.clear()
    status: Any = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        acts.on = True
        try:
            with time_limit(SECONDS_A_FUNCTION):
                status = _show_one(name, function, file, {}, None, "text", 16, "")
        except BaseException as error:
            status = f"{type(error).__name__}: {error}"
        finally:
            acts.on = False
    text = out.getvalue() + err.getvalue()
    if acts.seen:
        return "acted", ", ".join(acts.seen)
    if isinstance(status, str) or "Traceback (most recent call last)" in text:
        return "traceback", str(status)
    if status == 0:
        return "shown", ""
    if "takes too long to show" in text:
        return "too long", text
    return ("refused" if re.match(r"(<[^>]+>|\S+):\d+", text) else "without a line"), text


# -- the parent: hands files to a worker, and starts another where one hangs or dies


def files_of(only: str) -> list[str]:
    import numpy

    found: list[Path] = []
    for root in (sysconfig.get_paths()["stdlib"], os.path.dirname(numpy.__file__)):
        for path in sorted(Path(root).rglob("*.py")):
            parts = set(path.relative_to(root).parts)
            if parts & LEFT_OUT or path.name in LEFT_OUT_FILES:
                continue
            if re.search(only, str(path)):
                found.append(path)
    return list(map(str, found))


class Worker:
    """A process that shows files."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--work"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.selector = selectors.DefaultSelector()
        assert self.process.stdout is not None
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.rest = b""

    def ask(self, file: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{file}\n".encode())
        self.process.stdin.flush()

    def line(self, seconds: float) -> list[str] | None:
        """The next line; `None` if there is none in time, or the process has ended."""
        assert self.process.stdout is not None
        until = time.monotonic() + seconds
        while b"\n" not in self.rest:
            if not self.selector.select(max(until - time.monotonic(), 0)):
                return None
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                return None
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        parsed: list[str] = json.loads(line)
        return parsed

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def show_all(files: list[str]) -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = []
    worker, asked = Worker(), 0
    for file in files:
        if asked >= 40:  # modules that are imported add up
            worker.end()
            worker, asked = Worker(), 0
        worker.ask(file)
        asked += 1
        current = ""
        while True:
            line = worker.line(3 * SECONDS_A_FUNCTION)
            if line is None:
                found.append((file, current, "hang" if current else "not imported", "no answer"))
                worker.end()
                worker, asked = Worker(), 0
                break
            _, name, verdict, text = line
            if verdict == "done":
                break
            current = name
            if verdict != "begun":
                found.append((file, name, verdict, text))
    worker.end()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="files whose path matches this")
    parser.add_argument("--sample", type=int, default=1, help="every so many files")
    parser.add_argument("--list", action="store_true", help="a line for each function")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work()
        return 0
    files = files_of(options.only)[:: options.sample]
    found = show_all(files)
    count = Counter(verdict for *_, verdict, _ in found)
    for file, name, verdict, text in found:
        if options.list or verdict in FAULTS:
            first = text.strip().splitlines()[:1]
            print(f"{verdict:15} {file}:{name}  {''.join(first)}")
    functions = sum(n for v, n in count.items() if v not in ("no function", "not imported"))
    print(f"{len(files)} files, {functions} functions")
    for verdict in ("shown", "refused", "too long", "no function", "not imported", *FAULTS):
        print(f"{count[verdict]:6} {verdict}")
    return 1 if any(count[v] for v in FAULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
