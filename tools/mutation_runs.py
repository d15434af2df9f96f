"""Run tests against changed code in forked processes: the engine of `mutation.py`.

`Map` knows which test executes which line. `Judge` runs, for one change, the tests that can notice
it. A `Child` is a process for one change; `Unimported` is one that has not imported symdiff and
forks for changes to what runs while symdiff is imported.
"""

from __future__ import annotations

import contextlib
import difflib
import gc
import importlib
import inspect
import os
import pickle
import random
import re
import resource
import select
import signal
import sys
import time
import types
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from mutants import Mutant, around, enclosing

Send = Callable[[Any], None]

MEMORY = 8 << 30
PATIENCE = 30.0
"""A test hangs that takes so many seconds more than twenty times its usual time."""

_IN_TURN = 80
"""So many tests that execute a line are taken in turn from all files."""

_OWN = 60
"""So many tests of the module that is changed, and of others of its room."""

_WHOLE_IN_TURN = 200
"""So many of a file that is recorded whole, which goes through much of symdiff quickly."""

MOST_IMPORTED = 300
"""So many tests are run where symdiff and the files of the tests are imported for one change."""


# -- which test executes which line


class Map:
    """Tests with their seconds, and for each line of each file the set of tests as bits."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.tests: list[str] = []
        self.seconds: list[float] = []
        self.lines: dict[str, dict[int, int]] = defaultdict(dict)
        self.at_import: dict[str, set[int]] = {}
        self.texts: dict[str, list[str]] = {}

    def follow(self, texts: dict[str, list[str]]) -> None:
        """Move what is known of each line to where it is now, in files that were changed since."""
        for path, now in texts.items():
            before = self.texts.get(path, now)
            if before != now:
                blocks = difflib.SequenceMatcher(None, before, now, False).get_matching_blocks()
                moved = {a + k: b + k for a, b, size in blocks for k in range(1, size + 1)}
                known = self.lines[path].items()
                self.lines[path] = {moved[k]: bits for k, bits in known if k in moved}
        self.texts = texts

    def add(self, tests: list[tuple[str, float]], lines: dict[str, dict[int, list[str]]]) -> None:
        bits = {}
        for name, seconds in tests:
            bits[name] = 1 << len(self.tests)
            self.tests.append(name)
            self.seconds.append(seconds)
        for path, contexts in lines.items():
            mine = self.lines[path]
            for line, names in contexts.items():
                for name in names:
                    mine[line] = mine.get(line, 0) | bits.get(name, 0)

    def executing(self, path: str, lines: Iterable[int]) -> int:
        found, mine = 0, self.lines.get(path, {})
        for line in lines:
            found |= mine.get(line, 0)
        return found

    def in_turn(self, bits: int) -> list[str]:
        """The tests of a set, the fastest of each file in turn; slow ones in a later turn."""
        files: dict[str, list[int]] = defaultdict(list)
        for k in range(bits.bit_length()):
            if bits >> k & 1:
                files[self.tests[k].split("::")[0]].append(k)
        ranked = []
        for tests in files.values():
            for turn, k in enumerate(sorted(tests, key=lambda k: self.seconds[k])):
                ranked.append((turn + 10 * self.seconds[k], self.seconds[k], k))
        return [self.tests[k] for _, _, k in sorted(ranked)]


def measure(paths: list[str], work: Callable[[Any], None]) -> dict[str, dict[int, list[str]]]:
    """The lines of some files that are executed under each context which `work` switches to."""
    import coverage

    files = [str(Path.cwd() / path) for path in paths]
    cover = coverage.Coverage(data_file=None, include=files, config_file=False)
    cover.set_option("run:disable_warnings", ["no-data-collected"])
    cover.start()
    try:
        work(cover)
    finally:
        cover.stop()
    data = cover.get_data()
    return {path: dict(data.contexts_by_lineno(file)) for path, file in zip(paths, files)}


def import_everything() -> None:
    for file in sorted(Path("symdiff").rglob("*.py")):
        name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("__main__"):
            importlib.import_module(name)


def lines_at_import(paths: list[str]) -> dict[str, set[int]]:
    """The lines that are executed while symdiff is imported, asked for in a child."""

    def work(send: Send) -> None:
        send(measure(paths, lambda cover: import_everything()))

    child = Child(work)
    try:
        found = child.next(600)
    finally:
        child.end()
    if not isinstance(found, dict):
        raise RuntimeError(f"importing symdiff: {found}")
    return {path: set(lines) for path, lines in found.items()}


def mapped(
    items: dict[str, Any],
    paths: list[str],
    seconds: float,
    skip: Iterable[str],
    whole: Iterable[str],
    kept: Path,
    jobs: int,
) -> Map:
    """Run some seconds of the tests of each file, in an order by chance, and see what they do.

    What was recorded before, of a map that is not whole, is kept.
    """
    made: Map = pickle.loads(kept.read_bytes()) if kept.exists() else Map()
    made.follow({path: Path(path).read_text(encoding="utf-8").splitlines() for path in paths})
    files: dict[str, list[Any]] = defaultdict(list)
    for name, item in items.items():
        file = name.split("::")[0]
        files["doctests" if file.startswith("symdiff/") else file].append(item)
    longest = 20 * seconds + 300
    waiting: list[tuple[str, Callable[[Send], None]]] = []
    for file, tests in files.items():
        if Path(file).name in skip or file in made.files:
            continue
        random.Random(0).shuffle(tests)
        longer = seconds * (100 if Path(file).name in whole else 1)

        def work(send: Send, tests: list[Any] = tests, longer: float = longer) -> None:
            done: list[tuple[str, float]] = []

            def note(message: Any) -> None:
                if message[0] == "passed":
                    done.append(message[1:])

            def measured(cover: Any) -> None:
                end = time.process_time() + longer
                for item in tests:
                    if time.process_time() > end:
                        break
                    if sys.gettrace() is None:  # a test has taken the tracer for itself
                        cover.stop()
                        cover.start()
                    cover.switch_context(item.nodeid)
                    run_items([item], note)

            lines = measure(paths, measured)
            send((done, lines))

        waiting.append((file, work))
    for file, found, took in side_by_side(waiting, jobs, longest):
        if found is None or isinstance(found[0], str):
            print(f"  {file}: no map: {found}", flush=True)
            continue
        made.add(*found)
        made.files.add(file)
        kept.write_bytes(pickle.dumps(made))
        print(f"  {file}: {len(found[0])} of {len(files[file])} tests, {took:.0f} s", flush=True)
    return made


# -- processes


def side_by_side(
    works: list[tuple[str, Callable[[Send], None]]], jobs: int, longest: float
) -> Iterator[tuple[str, Any, float]]:
    """The first message of each work, by its name, with its seconds; None where none comes."""
    waiting, running = list(reversed(works)), dict[Child, tuple[str, float]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            name, work = waiting.pop()
            running[Child(work)] = name, time.monotonic()
        late = [c for c, (_, begun) in running.items() if time.monotonic() - begun > longest]
        for child in Child.heard(running, 1.0) or late:
            name, begun = running.pop(child)
            message = child.next(0)
            child.end()
            yield name, message, time.monotonic() - begun


def write(pipe: int, message: Any) -> None:
    pickled = pickle.dumps(message)
    pickled = len(pickled).to_bytes(8, "big") + pickled
    while pickled:
        pickled = pickled[os.write(pipe, pickled) :]


def read(pipe: int) -> Any:
    def taken(count: int) -> bytes:
        parts = []
        while count:
            part = os.read(pipe, min(count, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    return pickle.loads(taken(int.from_bytes(taken(8), "big")))


class Child:
    """A forked process, in which `work` is given a function that sends messages here."""

    def __init__(self, work: Callable[[Send], None]) -> None:
        out, into = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(out)
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

            def send(message: Any) -> None:
                write(into, message)

            try:
                work(send)
                send(("ended",))
            except BaseException as error:
                send(("broken", repr(error)[:300]))
            finally:
                os._exit(0)
        os.close(into)
        self._pipe = out

    def next(self, seconds: float) -> Any:
        """The next message; None where none comes in time, `("lost",)` where none can come."""
        ready, _, _ = select.select([self._pipe], [], [], seconds)
        if not ready:
            return None
        try:
            return read(self._pipe)
        except EOFError:
            return ("lost",)

    @staticmethod
    def heard(children: Iterable[Child], seconds: float) -> list[Child]:
        """Those of some children that have sent something, or have come to their end."""
        pipes = {child._pipe: child for child in children}
        return [pipes[pipe] for pipe in select.select(list(pipes), [], [], seconds)[0]]

    def end(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._pipe)


class Unimported:
    """A process that has not imported symdiff; it forks for each list of tests it is told."""

    def __init__(self) -> None:
        told, tell = os.pipe()

        def serve(send: Send) -> None:
            while True:
                names = read(told)
                child = Child(lambda send, names=names: collected(names, send))
                send(("process", child.pid))
                message = None
                while message is None or message[0] not in {"ended", "broken", "lost"}:
                    message = child.next(3600)
                    send(message or ("lost",))
                child.end()
                send(("over",))

        self._server = Child(serve)
        os.close(told)
        self._tell = tell
        self._pid = 0

    def start(self, names: list[str]) -> Unimported:
        write(self._tell, names)
        self._pid = self._server.next(60)[1]
        return self

    def next(self, seconds: float) -> Any:
        return self._server.next(seconds)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
        while self._server.next(60)[0] != "over":
            pass

    def close(self) -> None:
        self._server.end()


class Collected:
    """A plugin that has the session do other work than to run the tests it has collected."""

    def __init__(self, work: Callable[[dict[str, Any]], None]) -> None:
        self._work = work
        self.worked = False

    def pytest_runtestloop(self, session: Any) -> bool:
        if not session.testsfailed:
            self.worked = True
            self._work({item.nodeid: item for item in session.items})
        return True


def session(work: Callable[[dict[str, Any]], None], files: Iterable[str]) -> bool:
    """Collect tests, and do some work with them; whether they could be collected."""
    import pytest

    plugin = Collected(work)
    quiet = ["--assert=plain", "-p", "no:cacheprovider", "-p", "no:terminal"]
    chosen = ["-o", "addopts=--doctest-modules", *files]
    pytest.main([*quiet, *chosen], plugins=[plugin])
    return plugin.worked


def collected(names: list[str], send: Send) -> None:
    """Collect the files of some tests, and run those."""
    files = dict.fromkeys(name.split("::")[0] for name in names)

    def work(items: dict[str, Any]) -> None:
        run_items([items[name] for name in names if name in items], send)

    if not session(work, files):
        send(("failed", "collecting", 0.0))


def run_items(items: list[Any], send: Send) -> None:
    """Run tests, and send before each and after each what there is to say."""
    from _pytest.runner import runtestprotocol

    for item, following in zip(items, [*items[1:], None]):
        send(("starts", item.nodeid))
        started = time.process_time()
        reports = runtestprotocol(item, nextitem=following, log=False)
        outcome = "failed" if any(report.failed for report in reports) else "passed"
        send((outcome, item.nodeid, time.process_time() - started))


# -- changed code


def pairs(old: types.CodeType, new: types.CodeType) -> Iterator[tuple[Any, Any]]:
    """The functions of two versions of a file; ValueError where more than their code differs."""

    def inner(code: types.CodeType) -> list[types.CodeType]:
        return [c for c in code.co_consts if isinstance(c, types.CodeType)]

    def plain(code: types.CodeType) -> Any:
        constants = [repr(c) for c in code.co_consts if not isinstance(c, types.CodeType)]
        return code.co_code, constants, code.co_names, code.co_varnames

    mine, theirs = inner(old), inner(new)
    if [c.co_name for c in mine] != [c.co_name for c in theirs]:
        raise ValueError("other functions")
    if not old.co_flags & inspect.CO_NEWLOCALS and plain(old) != plain(new):
        raise ValueError("other code of a module or class")
    for before, after in zip(mine, theirs):
        if before.co_flags & inspect.CO_NEWLOCALS:
            if before.co_freevars != after.co_freevars:
                raise ValueError("other cells")
            yield before, after
        yield from pairs(before, after)


class Functions:
    """The functions of this process by their code, and their replacement."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], list[types.FunctionType]] = defaultdict(list)
        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType):
                code = thing.__code__
                key = code.co_filename, code.co_qualname, code.co_firstlineno
                self._known[key].append(thing)

    def replace(self, path: str, text: str) -> None:
        """Give the functions of a file the code that they have in a changed text."""
        file = Path.cwd() / path
        old = compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True)
        new = compile(text, str(file), "exec", dont_inherit=True)
        for before, after in list(pairs(old, new)):
            key = str(file), before.co_qualname, before.co_firstlineno
            for function in self._known.get(key, ()):
                function.__code__ = after


class Judge:
    """Decides of each change whether a test notices it."""

    def __init__(
        self,
        known: Map,
        items: dict[str, Any],
        functions: Functions,
        unimported: Unimported,
        budget: float,
        first: str = "",
        whole: Iterable[str] = (),
    ) -> None:
        self.whole = frozenset(whole)
        self.map, self.items, self.functions = known, items, functions
        self.unimported, self.budget = unimported, budget
        self.unreliable: set[str] = set()
        self.first = [name for name in items if first and re.search(first, name)]
        self._usual = dict(zip(known.tests, known.seconds))
        self.chance = random.Random(0)
        self.recorded = Counter(name.split("::")[0] for name in known.tests)
        self.unrecorded: dict[str, list[str]] = defaultdict(list)
        for name in items:
            if name not in self._usual:
                self.unrecorded[name.split("::")[0]].append(name)
        seconds: Counter[str] = Counter()
        for name, took in self._usual.items():
            seconds[name.split("::")[0]] += took  # type: ignore[assignment]
        self._typical = {path: took / self.recorded[path] for path, took in seconds.items()}

    def candidates(self, mutant: Mutant) -> list[str]:
        """Tests in the order in which they are to be run, for `budget` seconds.

        First some from all files that execute the line, and those of files that are recorded whole;
        then all from the files whose tests do so most often.
        """
        inside = around(mutant.path, mutant.first)
        body = range(inside[1], inside[2] + 1) if inside else range(0)
        line = self.map.executing(mutant.path, range(mutant.first, mutant.last + 1))
        function = self.map.executing(mutant.path, body)
        file = self.map.executing(mutant.path, self.map.lines.get(mutant.path, ()))
        near = self.map.in_turn(line) or self.map.in_turn(function)
        often = Counter(name.split("::")[0] for name in near)
        # Of files of which most tests come here, those that were not recorded may come as well;
        # and so may those of the same room.
        ranked = []
        room = Path(mutant.path).parent.as_posix().replace("symdiff", "tests", 1)
        for path, names in self.unrecorded.items():
            share = often[path] / max(self.recorded[path], 1)
            if share and Path(path).parent.as_posix() == room:
                share += 0.5
            ranked += [(share * (0.2 + self.chance.random()), name) for name in names]
        for name in near[_IN_TURN:]:
            path = name.split("::")[0]
            ranked.append((often[path] / self.recorded[path], name))
        ranked.sort(key=lambda pair: -pair[0])
        # A test whose case bears the name of the function, or of what the line enters, comes first.
        words = {enclosing(mutant.path, mutant.first).split(".")[-1].strip("_")}
        if not inside:
            for text in self.map.texts[mutant.path][mutant.first - 1 : mutant.last]:
                words.update(re.findall(r"\w{4,}", text))
        like = [
            name for name in self.items if words.intersection(re.split(r"\W+", name.split("[")[-1]))
        ]
        rest = [name for _, name in ranked] + self.map.in_turn((file | function) & ~line)
        whole = [name for name in near if Path(name.split("::")[0]).name in self.whole]
        # The tests of a module bear its name, and those of its room know it best.
        stem = f"{room}/test_{Path(mutant.path).stem}"
        known = self.map.in_turn(line | function)
        own = [name for name in known if name.startswith(stem)][:_OWN]
        own += [name for name in known if name.startswith(f"{room}/test_")][:_OWN]
        turn = [*near[:20], *own, *whole[:_WHOLE_IN_TURN], *near[20:_IN_TURN]]
        near = self.first + like[:10] + turn
        chosen, total = [], 0.0
        for name in dict.fromkeys(near + rest):
            if name in self.items and name not in self.unreliable:
                total += self.usual(name) + 0.005
                if total > self.budget:
                    break
                chosen.append(name)
        return chosen

    def usual(self, name: str) -> float:
        known = self._usual.get(name)
        return self._typical.get(name.split("::")[0], 3.0) if known is None else known

    def judge(self, mutant: Mutant, text: str) -> tuple[str, str, int]:
        """killed, hangs or survived; the test that noticed; how many were run."""
        while True:
            outcome, name, count = self._attempt(mutant, text, self.candidates(mutant))
            if outcome != "killed" or name not in self.items or self.passes_unchanged(name):
                return outcome, name, count
            self.unreliable.add(name)

    def _attempt(self, mutant: Mutant, text: str, names: list[str]) -> tuple[str, str, int]:
        file = Path(mutant.path)
        original = file.read_text(encoding="utf-8")
        executed = self.map.at_import.get(mutant.path, set())
        inside = around(mutant.path, mutant.first)

        def work(send: Send) -> None:
            try:
                self.functions.replace(mutant.path, text)
            except ValueError:
                send(("other",))
                return
            file.write_text(text, encoding="utf-8")  # for processes that a test starts
            run_items([self.items[name] for name in names], send)

        try:
            if inside and executed.isdisjoint(range(inside[1], inside[2] + 1)):
                outcome = self.watch(Child(work))
                if outcome[0] != "other":
                    return outcome
            file.write_text(text, encoding="utf-8")
            return self.watch(self.unimported.start(names[:MOST_IMPORTED]))
        finally:
            file.write_text(original, encoding="utf-8")

    def watch(self, child: Child | Unimported) -> tuple[str, str, int]:
        name, count, patience = "", 0, 4 * PATIENCE
        try:
            while True:
                message = child.next(patience)
                if message is None:
                    return "hangs", name, count
                if message[0] == "starts":
                    name, patience = message[1], PATIENCE + 20 * self.usual(message[1])
                elif message[0] == "passed":
                    count += 1
                elif message[0] == "failed":
                    return "killed", message[1], count + 1
                elif message[0] == "other":
                    return "other", "", 0
                elif message[0] == "ended":
                    return "survived", "", count
                else:  # the process has come to its end
                    return "killed", name, count
        finally:
            child.end()

    def passes_unchanged(self, name: str) -> bool:
        child = Child(lambda send: run_items([self.items[name]], send))
        return self.watch(child)[0] == "survived"
