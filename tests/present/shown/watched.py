"""Show every function of a file in a process of its own, and print what that did to the world.

    python watched.py FILE [--no-import]

Prints JSON: for each function its status, output and errors, and the acts that Python's audit
events or the state of the process told of.
"""

import contextlib
import gc
import io
import json
import os
import random
import signal
import sys
import threading

import click
import numpy as np

ACTS = ("_thread.", "os.", "shutil.", "socket.", "subprocess.", "tempfile.", "urllib.", "sqlite3.")
ACTS += ("time.sleep", "signal.", "ctypes.call_function", "webbrowser.", "pty.", "mmap.")
LOOKS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

seen: list[str] = []
watching = False


def audit(event, arguments):
    if not watching:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(mode, str) and not set(mode).isdisjoint("wax+")
        if writes or (isinstance(flags, int) and flags & WRITING):
            seen.append(f"open {path}")
    elif event.startswith(ACTS) and event not in LOOKS:
        seen.append(event)
    elif event == "import" and arguments[0] in ("actor", "this", "antigravity"):
        seen.append(f"import {arguments[0]}")


def state(module, folder):
    files = {n: os.path.getsize(os.path.join(folder, n)) for n in sorted(os.listdir(folder))}
    held = {
        k: repr(v)
        for k, v in vars(module).items()
        if isinstance(v, int | float | str | list | dict | set | np.ndarray) and k[:1] != "_"
    }
    return {
        "files": files,
        "module": held,
        "random": hash(random.getstate()),
        "numpy.random": hash(np.random.get_state()[1].tobytes()),
        "environ": dict(os.environ),
        "folder": os.getcwd(),
        "threads": threading.active_count(),
        "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM)],
        "settings": [str(np.geterr()), sys.getrecursionlimit(), gc.isenabled(), id(sys.stdout)],
        "printing": str(np.get_printoptions()),
        "remove": id(os.remove),
        "alarm": signal.getitimer(signal.ITIMER_REAL)[0],
    }


def main():
    global watching
    file, *options = sys.argv[1:]
    folder = os.path.dirname(os.path.abspath(file))
    from symdiff.command.cli import main as command
    from symdiff.command.files import load, load_unimported
    from symdiff.command.targets import functions_of

    module = load_unimported(file).module if options else load(file)
    names = [name for name, _ in functions_of(module, file, None)]
    sys.addaudithook(audit)
    found = {}
    for name in names:
        out, err = io.StringIO(), io.StringIO()
        before = state(module, folder)
        seen.clear()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            watching = True
            try:
                command(["show", f"{file}:{name}", *options], standalone_mode=False)
                status = 0
            except SystemExit as error:
                status = error.code
            except click.ClickException as error:
                status = f"{type(error).__name__}: {error}"
            except BaseException as error:
                status = f"{type(error).__name__}: {error}"
            finally:
                watching = False
        after = state(module, folder)
        changed = [k for k in before if before[k] != after[k] and k != "settings"]
        changed += ["settings"] if before["settings"][:3] != after["settings"][:3] else []
        found[name] = [status, out.getvalue(), err.getvalue(), [*dict.fromkeys(seen), *changed]]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
