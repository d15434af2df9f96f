"""The rooms of the package, measured: modules at the root, long files, circles of imports.

    python tools/rooms.py

Imports count wherever they stand, in functions and under `TYPE_CHECKING` too. There is to be none
of these: the exit status is 1 where there is one.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "symdiff"

AT_THE_ROOT = ("__init__.py", "__main__.py", "errors.py", "records.py", "settings.py")
LONGEST = 450
COLLECTED = ("tests/zoo", "tests/published", "tests/present/shown")
"""Functions under test, as users write them: a longer file of them holds no second idea."""

Graph = dict[str, dict[str, set[str]]]
"""`graph[a][b]`: the names that `a` imports of `b`."""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The files of all modules of the package, by dotted name."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(known: Mapping[str, Path]) -> Graph:
    """Who imports what of whom, within the package."""
    graph: Graph = {name: defaultdict(set) for name in known}
    for name, path in known.items():
        home = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in known:
                        graph[name][alias.name].add(alias.name)
            elif isinstance(node, ast.ImportFrom):
                start = home[: len(home) - node.level + 1] if node.level else []
                base = ".".join([*start, *([node.module] if node.module else [])])
                for alias in node.names:
                    module = f"{base}.{alias.name}"
                    module = module if module in known else base
                    if module in known and module != name:
                        graph[name][module].add(alias.name)
    return graph


def room_of(name: str, known: Mapping[str, Path]) -> str:
    """The package that a module is in, below the package itself."""
    package = name if known[name].stem == "__init__" else name.rpartition(".")[0]
    return package.partition(".")[2]


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module, the largest first."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            place = stack.index(name)
            component = stack[place:]
            del stack[place:]
            if len(component) > 1:
                found.append(sorted(component))

    for name in graph:
        if name not in index:
            visit(name)
    return sorted(found, key=len, reverse=True)


def ties(graph: Graph, circle: list[str]) -> list[tuple[str, str, list[str]]]:
    """Arrows to leave out, so that nothing of a circle remains; few, not always the fewest."""
    left = {a: {b: graph[a][b] for b in graph[a] if b in circle} for a in circle}
    found = []
    while remaining := circles(left):
        held = remaining[0]
        weight = {a: sum(1 for b in held if a in left[b]) for a in held}
        # The module whose importers in the circle are the fewest is let go of.
        arrows = [(weight[b], len(left[a][b]), a, b) for a in held for b in left[a] if b in held]
        for _, _, a, b in sorted(arrows)[:1]:
            found.append((a, b, sorted(left[a].pop(b))))
    return found


def long_files(root: Path = ROOT) -> list[tuple[int, str]]:
    """Files of more than `LONGEST` lines, in the package and its tests, but collections."""
    found = []
    for top in (PACKAGE, "tests"):
        for path in sorted((root / top).rglob("*.py")):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            name = path.relative_to(root).as_posix()
            if lines > LONGEST and not name.startswith(COLLECTED):
                found.append((lines, name))
    return sorted(found, reverse=True)


def strangers(root: Path = ROOT) -> list[str]:
    """Modules at the root of the package that belong in a room."""
    return sorted(p.name for p in (root / PACKAGE).glob("*.py") if p.name not in AT_THE_ROOT)


def main() -> int:
    known = modules()
    graph = imports(known)
    root, long, found = strangers(), long_files(), circles(graph)
    print(f"modules at the root, beside {', '.join(AT_THE_ROOT)}: {', '.join(root) or 'none'}")
    print(f"\nfiles over {LONGEST} lines: {len(long)}")
    for lines, name in long:
        print(f"  {lines:5} {name}")
    print(f"\ncircles: {len(found)}")
    for circle in found:
        print(f"  {len(circle)}: {', '.join(n.partition('.')[2] for n in circle)}")
        for a, b, names in ties(graph, circle):
            print(f"    {a.partition('.')[2]} -> {b.partition('.')[2]}: {', '.join(names)}")
    return int(bool(root or long or found))


if __name__ == "__main__":
    sys.exit(main())
