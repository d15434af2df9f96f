"""Small changes to the machinery, and whether the tests notice: a mutation score.

    python tools/mutation.py --count 300 --seed 1        # a sample; the score of each part
    python tools/mutation.py --count 40 --only masks.py  # of the files with such a path
    python tools/mutation.py --count 40 --show           # the sample alone; nothing is run
    python tools/mutation.py --again                     # the survivors of the last run

`mutants.py` says what is changed (`pip install -e .[mutation]` has what it needs). The first run
records which test executes which line, some seconds of tests from each file (`--remap` does so
anew). For a change the tests that execute its line are run first, the fastest of each file in turn;
then those that execute its function, its file, and others, up to `--budget` seconds. A change is
killed by a test that fails, if it passes without the change, and by one that hangs. A change that
all pass survives, although a test that was not run might have noticed.

Everything happens in a copy of the repository. All tests are collected once, in a process that
forks for each change: in the child the code of the changed function is replaced. What runs while
symdiff is imported is imported anew instead, in a child of a process that has not done so.

`mutation_survivors.md` lists survivors with the reason; the last line says how many of the sample
that accounts for.
"""

from __future__ import annotations

import argparse
import compileall
import gc
import importlib
import importlib.machinery
import os
import pickle
import py_compile
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

HASH_SEED = "0"
if os.environ.get("PYTHONHASHSEED") != HASH_SEED:  # the same sample, and the same sets, every time
    os.environ["PYTHONHASHSEED"] = HASH_SEED
    os.execv(sys.executable, [sys.executable, *sys.argv])

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy: threads do not survive a fork
sys.dont_write_bytecode = True

from mutants import ROOT, Mutant, sample, targets  # noqa: E402
from mutation_runs import (  # noqa: E402
    Functions,
    Judge,
    Unimported,
    lines_at_import,
    mapped,
    session,
)

KEPT = ROOT / ".mutation"
SURVIVORS = ROOT / "tools" / "mutation_survivors.md"

PRELOADED = (
    "autograd.numpy",
    "hypothesis",
    "mpmath",
    "pytest",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.linalg",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.signal",
    "scipy.sparse.linalg",
    "scipy.spatial.transform",
    "scipy.special",
    "scipy.stats",
    "sympy",
)
ABSENT = ("jax", "numba", "pandas", "torch")
"""Libraries with threads of their own, which do not survive a fork; tests skip what needs them."""

LEFT_OUT = (
    "test_cli.py",
    "test_distribution.py",
    "test_documentation.py",
    "test_examples.py",
    "test_safe_to_show.py",
    "test_show_everything.py",
    "test_stability.py",
    "test_typing.py",
)
"""Tests that run long on what others test too, or other programs: they are run last."""


WHOLE = ("test_emitted.py",)
"""Tests that go through much of symdiff each, and quickly: all of them are recorded."""


class Present(importlib.machinery.PathFinder):
    """Finds what Python finds, but for the libraries that are to be absent."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> Any:
        return None if fullname in ABSENT else super().find_spec(fullname, path, target)


def copied() -> Path:
    """A copy of the repository, compiled; Python goes by the text of a file, not by its time."""
    folder = Path(tempfile.mkdtemp(prefix="mutation-"))
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for path in listed.stdout.decode().splitlines():
        if (ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)
    compileall.compile_dir(
        folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
    )
    return folder


def prepare(folder: Path) -> None:
    """Take the copy for the repository from now on, and load what takes long."""
    os.chdir(folder)
    sys.path[:] = [str(folder), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    os.environ["PYTHONPATH"] = str(folder)
    sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Present
    for name in PRELOADED:
        importlib.import_module(name)
    if any(name.startswith("symdiff") for name in sys.modules):
        raise RuntimeError("symdiff must not be imported before it is changed")


def listed() -> set[str]:
    """The survivors that the list accounts for, as `describe` writes them."""
    if not SURVIVORS.exists():
        return set()
    lines = SURVIVORS.read_text(encoding="utf-8").splitlines()
    return {line.removeprefix("- ") for line in lines if line.startswith("- symdiff/")}


def report(results: list[tuple[Mutant, str, str]]) -> None:
    """The score of each part, and the survivors."""
    known = listed()
    parts: dict[str, Counter[str]] = {}
    for mutant, outcome, text in results:
        if outcome == "survived" and text in known:
            outcome = "listed"
        for part in (mutant.part, "all"):
            parts.setdefault(part, Counter())[outcome] += 1
    print("\npart            changes  killed  survived  listed   score  without listed")
    for part in sorted(parts, key=lambda part: (part == "all", part)):
        counts = parts[part]
        total, killed = sum(counts.values()), counts["killed"] + counts["hangs"]
        print(
            f"{part:<15} {total:>7} {killed:>7} {counts['survived']:>9} {counts['listed']:>7}"
            f" {killed / total:>7.1%} {killed / max(total - counts['listed'], 1):>15.1%}"
        )
    for outcome, wanted in (("survived", False), ("accounted for", True)):
        texts = [t for _, o, t in results if o == "survived" and (t in known) is wanted]
        print("".join(f"\n{outcome}: {text}" for text in sorted(texts)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=60, help="how many changes (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: 0)")
    parser.add_argument("--only", default="", metavar="REGEX", help="files with such a path")
    parser.add_argument("--show", action="store_true", help="print the sample and run nothing")
    parser.add_argument("--again", action="store_true", help="the survivors of the last run")
    parser.add_argument("--first", default="", metavar="REGEX", help="tests to run before others")
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests for a change")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many minutes")
    parser.add_argument("--remap", action="store_true", help="record anew what tests execute")
    parser.add_argument("--map-seconds", type=float, default=3, help="of tests from each file")
    parser.add_argument("--jobs", type=int, default=2, help="processes that record (default: 2)")
    options = parser.parse_args()

    last = KEPT / "survivors"
    if options.again:
        chosen = pickle.loads(last.read_bytes())
        chosen = [mutant for mutant in chosen if mutant.text() is not None]
    else:
        chosen, numbers = sample(options.count, options.seed, options.only)
        print(f"{len(chosen)} of {sum(numbers.values())} sites in {len(numbers)} files")
    if options.show:
        for mutant in chosen:
            print(f"{mutant.operator}: {mutant.describe(mutant.text() or '')}")
        return
    KEPT.mkdir(exist_ok=True)
    folder = copied()
    try:
        run(options, chosen, folder, last)
    finally:
        os.chdir(ROOT)
        shutil.rmtree(folder, ignore_errors=True)


def run(options: argparse.Namespace, chosen: list[Mutant], folder: Path, last: Path) -> None:
    prepare(folder)
    unimported = Unimported()
    kept = KEPT / "map"
    paths = list(targets())
    at_import = lines_at_import(paths)
    results: list[tuple[Mutant, str, str]] = []
    survivors: list[Mutant] = []

    def work(items: dict[str, Any]) -> None:
        functions = Functions()
        gc.collect()
        gc.freeze()  # so that no child has to look at all this
        if options.remap:
            kept.unlink(missing_ok=True)
        known = mapped(items, paths, options.map_seconds, LEFT_OUT, WHOLE, kept, options.jobs)
        known.at_import = at_import
        judge = Judge(known, items, functions, unimported, options.budget, options.first, WHOLE)
        begun = time.monotonic()
        for mutant in chosen:
            if time.monotonic() - begun > 60 * options.minutes:
                print("out of time", flush=True)
                break
            started, text = time.monotonic(), mutant.text() or ""
            outcome, name, count = judge.judge(mutant, text)
            described = mutant.describe(text)
            results.append((mutant, outcome, described))
            if outcome == "survived":
                survivors.append(mutant)
                last.write_bytes(pickle.dumps(survivors))
            print(
                f"{outcome} {time.monotonic() - started:.1f} s, {count} tests, "
                f"{mutant.operator}: {described} {name}",
                flush=True,
            )

    try:
        if not session(work, ["tests", "symdiff"]):
            raise RuntimeError("the tests could not be collected")
    finally:
        unimported.close()
    last.write_bytes(pickle.dumps(survivors))
    report(results)


if __name__ == "__main__":
    main()
