"""Which small changes `mutation.py` makes: the files, the operators, and a sample of them.

The changes are made by cosmic-ray. Where an operator may change a place is a *site*; a sample takes
sites and one change at each, so that a `+`, which eleven operators replace, counts once. What no
test could notice is no site: annotations, the names that only they use, the `strict=True` of `zip`,
which is an assertion, `slots` and `frozen` of a dataclass, the size of a cache and the `*` behind
which parameters are given by name. Nor is `return
False` in a function that answers by a truth, where `None` is the same answer.
"""

from __future__ import annotations

import ast
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent

PARTS = {
    "differentiate": ["symdiff/differentiate/*.py"],
    "operations": [
        f"symdiff/{name}.py"
        for name in (
            "operations/statements/builder",
            "operations/table/chain_rule",
            "operations/reductions/composed",
            "operations/table/entry",
            "operations/table/expressions",
            "operations/table/limits",
            "operations/table/linearize",
            "operations/table/lookup",
            "operations/table/lowering",
            "operations/runtime/near_zero",
            "operations/table/nodes",
            "operations/table/quotients",
            "operations/table/signatures",
            "operations/table/structural",
            "operations/table/template",
        )
    ],
    "guards": [
        "symdiff/compile/*.py",
        "symdiff/operators/dispatch.py",
        "symdiff/program/containers.py",
        "symdiff/program/outside.py",
        "symdiff/program/sources.py",
        *(
            f"symdiff/{name}.py"
            for name in (
                "specialize/outside/given",
                "specialize/outside/growing",
                "specialize/recording/memory",
                "specialize/recording/positions",
                "specialize/outside/libraries",
                "specialize/outside/reads",
                "specialize/outside/recipes",
                "specialize/outside/remembered",
                "specialize/outside/seen",
                "specialize/recording/statements",
                "specialize/result",
                "specialize/trace",
                "specialize/traced",
                "specialize/recording/tracer",
                "specialize/outside/writes",
            )
        ),
    ],
}
"""What is changed: all of calculus, the machinery of the table, what records and checks guards."""

PASSED_OVER = re.compile(
    r"VariableReplacer|VariableInserter"  # need names to be given
    r"|Operator_Eq_Is$|Operator_NotEq_IsNot$"  # equal texts and small integers are one object
    r"|Operator_Is_Eq$|Operator_IsNot_NotEq$"  # as are types, functions and instances
    r"|_UAdd$|Invert_Not"
)


class RemoveStatement(Operator):  # type: ignore[misc]
    """Leave out a call, an augmented assignment, or an assignment to an attribute or item."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        if node.parent is None or node.parent.type != "simple_stmt" or not self._acts(node):
            return
        yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        prefix = node.get_first_leaf().prefix
        return parso.python.tree.Keyword("pass", node.start_pos, prefix)

    @staticmethod
    def _acts(node: Any) -> bool:
        if node.type == "atom_expr":
            last = node.children[-1]
            return last.type == "trailer" and last.children[0].value == "("
        if node.type != "expr_stmt":
            return False
        target, sign = node.children[0], node.children[1]
        augmented = sign.type == "operator" and sign.value not in {"=", ":="}
        return augmented or target.type == "atom_expr"

    @classmethod
    def examples(cls) -> Sequence[Example]:
        return (Example("a.append(1)", "pass"), Example("a.b = 1", "pass"))


_NO = {"None", "False"}
_UNSEEN_KEYWORDS = {"strict", "samples", "slots", "frozen", "maxsize"}


class ReturnNone(Operator):  # type: ignore[misc]
    """Return nothing, where a value is returned."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        if node.type == "return_stmt" and node.children[1].get_code().strip() not in _NO:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[1] = parso.parse(" None").children[0]
        return node

    @classmethod
    def examples(cls) -> Sequence[Example]:
        return (Example("return 1", "return None"),)


OWN = {"RemoveStatement": RemoveStatement, "ReturnNone": ReturnNone}


@dataclass(frozen=True)
class Mutant:
    """One change: the n-th that an operator can make in a file, and the lines it changes."""

    part: str
    path: str
    operator: str
    occurrence: int
    first: int
    last: int

    def text(self) -> str | None:
        """The file as changed; None where that is no Python."""
        changed = mutate_code(source(self.path), _operators()[self.operator], self.occurrence)
        try:
            ast.parse(changed)
        except SyntaxError:
            return None
        return None if changed == source(self.path) else str(changed)

    def describe(self, text: str) -> str:
        """The function, and the changed lines before and after, in one line."""
        before, after = source(self.path).splitlines(), text.splitlines()
        start = 0
        while before[start : start + 1] == after[start : start + 1]:
            start += 1
        end = 0
        limit = min(len(before), len(after)) - start
        while end < limit and before[-1 - end] == after[-1 - end]:
            end += 1

        def joined(lines: list[str]) -> str:
            return " ".join(" ".join(lines[start : len(lines) - end]).split())

        where = enclosing(self.path, self.first)
        return f"{self.path} {where}: `{joined(before)}` -> `{joined(after)}`"


@cache
def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def functions(path: str) -> list[tuple[int, int, int, str]]:
    """First line, first and last line of the body, and qualified name, outer functions first."""
    found = []

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{prefix}{child.name}"
                if isinstance(child, ast.FunctionDef):
                    body, end = child.body[0].lineno, child.end_lineno or child.lineno
                    found.append((child.lineno, body, end, name))
                walk(child, f"{name}.")
            else:
                walk(child, prefix)

    walk(ast.parse(source(path)), "")
    return sorted(found)


def enclosing(path: str, line: int) -> str:
    """The qualified name of the innermost function around a line, or "module"."""
    inside = around(path, line)
    return inside[-1] if inside else "module"


def around(path: str, line: int) -> tuple[int, int, int, str] | None:
    """The innermost function around a line, as `functions` gives it."""
    inside = [f for f in functions(path) if f[0] <= line <= f[2]]
    return inside[-1] if inside else None


@cache
def _operators() -> dict[str, Operator]:
    listed = {
        name.split("/")[1]: get_operator(name)()
        for name in operator_names()
        if not PASSED_OVER.search(name)
    }
    return listed | {name: operator() for name, operator in OWN.items()}


def _unseen(path: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations, type variables and imports for them lie, and samples for the tests."""
    found = []

    def take(node: ast.AST | None) -> None:
        if node is not None:
            start = (node.lineno, node.col_offset)  # type: ignore[attr-defined]
            found.append((start, (node.end_lineno, node.end_col_offset)))  # type: ignore[attr-defined]

    for node in ast.walk(ast.parse(source(path))):
        if isinstance(node, ast.AnnAssign | ast.arg):
            take(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            take(node.returns)
            if node.name.endswith("_samples"):
                take(node)
            for decorator in node.decorator_list:
                if "overload" in ast.unparse(decorator):
                    take(node)
        elif (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING") or (
            isinstance(node, ast.keyword) and node.arg in _UNSEEN_KEYWORDS
        ):
            take(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"cast", "TypeVar"}:
            take(node.args[0])
    return found


_TYPES = {
    "ReplaceBinaryOperator": ("operator",),
    "ReplaceComparisonOperator": ("comparison",),
    "ReplaceUnaryOperator": ("factor", "not_test"),
}
"""The nodes that the many operators of a sort look at."""


def _only_separates(node: Any) -> bool:
    """Whether a `*` or `/` says how a lambda is called, and computes nothing."""
    return node.type == "operator" and node.parent.type in {"lambdef", "param"}


def sites(part: str, path: str) -> list[list[Mutant]]:
    """Each place of a file that can be changed, with the changes that can be made there."""
    found: dict[tuple[str, Any, Any], list[Mutant]] = defaultdict(list)
    unseen = _unseen(path)
    nodes = list(ast_nodes(parso.parse(source(path))))
    of_types = {types: [n for n in nodes if n.type in types] for types in _TYPES.values()}
    for name, operator in _operators().items():
        count = 0
        types = _TYPES.get(name.split("_")[0])
        for node in nodes if types is None else of_types[types]:
            for start, end in operator.mutation_positions(node):
                seen = not any(first <= start and end <= last for first, last in unseen)
                if seen and not _only_separates(node):
                    mutant = Mutant(part, path, name, count, start[0], end[0])
                    found[name.split("_")[0], start, end].append(mutant)
                count += 1
    return [found[key] for key in sorted(found, key=str)]


def targets() -> dict[str, str]:
    """The files that are changed, and the part that each belongs to."""
    found = {}
    for part, patterns in PARTS.items():
        for pattern in patterns:
            files = sorted(ROOT.glob(pattern))
            if not files:
                raise FileNotFoundError(f"nothing is at {pattern}, which is to be changed")
            found.update({file.relative_to(ROOT).as_posix(): part for file in files})
    return found


def sample(count: int, seed: int, only: str) -> tuple[list[Mutant], dict[str, int]]:
    """`count` changes, spread over the files by their numbers of sites, and those numbers."""
    every: dict[str, list[list[Mutant]]] = {}
    for path, part in targets().items():
        if re.search(only, path) and (places := sites(part, path)):
            every[path] = places
    generator = random.Random(seed)
    total = sum(map(len, every.values()))
    chosen: list[Mutant] = []
    drawn: dict[str, list[list[Mutant]]] = {}
    share: dict[str, float] = {}
    for path, places in every.items():
        drawn[path] = generator.sample(places, len(places))
        share[path] = min(count * len(places) / total, len(places))
    left = min(count, total) - sum(int(number) for number in share.values())
    # What the division leaves over goes to the files by chance, in proportion to it.
    order = sorted(share, key=lambda path: generator.random() ** (1 / (share[path] % 1 + 1e-9)))
    more = set(order[len(order) - left :])
    for path, places in drawn.items():
        wanted = int(share[path]) + (path in more)
        for changes in places:
            if wanted == 0:
                break
            for mutant in generator.sample(changes, len(changes)):
                if mutant.text() is not None:
                    chosen.append(mutant)
                    wanted -= 1
                    break
    generator.shuffle(chosen)
    return chosen, {path: len(places) for path, places in every.items()}
