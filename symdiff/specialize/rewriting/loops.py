"""Loops that may stay loops: the names that one changes, and what is asked at the head of each.

A loop is *plain* where all that it stores goes to names of its own function, into items or into
attributes, and nothing in it suspends the function, catches an exception, or binds a name in
another way than by an assignment. Only of a plain loop are the hooks asked at each head. What else
would make one iteration different from the next is seen while it runs (`recording/watching.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from typing import Any

from ...records import dataclass
from .hook_calls import PREFIX, call_hook, hook, last_name, text
from .liveness import live_at_heads
from .scopes import Scope, bound_in, function_scope, own_nodes
from .walking import children, held_in, walk

SEQUENCES = frozenset({"enumerate", "filter", "map", "range", "reversed", "zip"})
"""What a loop may go through by a position: its arguments are handed over one by one."""

_OF_LIBRARIES = frozenset(
    {
        "accumulate",
        "chain",
        "combinations",
        "combinations_with_replacement",
        "count",
        "cycle",
        "from_iterable",
    }
    | {"islice", "ndenumerate", "ndindex", "pairwise", "permutations", "product", "repeat"}
    | {"starmap"}
)
"""The same of `itertools` and NumPy, by the last part of its name."""

_PLAIN_STATEMENTS = (
    ast.Assign,
    ast.AugAssign,
    ast.AnnAssign,
    ast.Assert,
    ast.Break,
    ast.Continue,
    ast.Expr,
    ast.For,
    ast.If,
    ast.Match,
    ast.Pass,
    ast.Raise,
    ast.Return,
    ast.While,
)
_BY_TEXT = frozenset({"eval", "exec"})
_QUIET = frozenset({"errstate", "nullcontext"})
"""What makes context managers that catch nothing, by the last part of its name."""

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SUSPENDING = (ast.Await, ast.Yield, ast.YieldFrom)

Loop = ast.For | ast.While


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a plain loop stores.

    Attributes:
        carried: those that an iteration may find as the one before has left them.
        scratch: those that every iteration stores before it reads them, and that nobody reads
            after the loop.
        target: the one that a `for` loop itself stores, if it is a single name.
    """

    carried: tuple[str, ...]
    scratch: tuple[str, ...]
    target: str = ""


def mark_plain_loops(function: ast.AST) -> None:
    """Note at its plain loops that they are, whatever is made of their bodies later."""
    loops: list[Any] = [n for n in walk(function) if isinstance(n, Loop)]
    for node in loops:
        vars(node).pop("names", None)
    found = plain_loops(function)
    for node in loops:
        node.names = found.get(id(node))


def plain_loops(function: ast.AST) -> dict[int, Names]:
    """The plain loops of a function and of those in it, by the identity of their nodes."""
    found: dict[int, Names] = {}
    if held_in(function).kinds.isdisjoint((ast.For, ast.While)):
        return found
    marked = [n for n in walk(function) if isinstance(n, Loop) and hasattr(n, "names")]
    if marked:
        return {id(n): n.names for n in marked if n.names is not None}
    loops = [n for n in walk(function) if isinstance(n, Loop)]
    if not loops:
        return found
    reads = reads_of(function)
    for owner in walk(function):
        if isinstance(owner, ast.FunctionDef):
            scope = function_scope(owner, None)
            own = [node for node in own_nodes(owner.body) if isinstance(node, Loop)]
            if not own or _reads_by_text(owner):
                continue
            live = live_at_heads(owner)
            for node in own:
                names = _names(node, scope, reads, live.get(id(node)))
                if names is not None:
                    found[id(node)] = names
    return found


def _reads_by_text(function: ast.FunctionDef) -> bool:
    """Whether names may be read that are not there to be seen, as by `eval("a + b")`."""
    return any(isinstance(n, ast.Name) and n.id in _BY_TEXT for n in own_nodes(function.body))


def reads_of(node: ast.AST) -> dict[str, int]:
    """How often each name is read."""
    found: dict[str, int] = {}
    waiting = [node]
    while waiting:
        n = waiting.pop()
        if isinstance(n, ast.FunctionDef) and n.name.startswith(PREFIX):
            continue  # it does what a comprehension does
        if n is not node and isinstance(n, _COMPREHENSIONS):
            own = {t.id for g in n.generators for t in walk(g.target) if type(t) is ast.Name}
            first = reads_of(n.generators[0].iter)
            for name, count in reads_of(n).items():
                seen = first.get(name, 0) if name in own else count
                if seen:
                    found[name] = found.get(name, 0) + seen
            continue
        waiting.extend(children(n))
        if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store):
            found[n.id] = found.get(n.id, 0) + 1
        elif isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name):
            found[n.target.id] = found.get(n.target.id, 0) + 1
        elif isinstance(n, ast.Nonlocal):  # read and written where it cannot be seen
            for name in n.names:
                found[name] = found.get(name, 0) + 1
    return found


def _names(
    loop: Loop, scope: Scope, reads: dict[str, int], live: Collection[str] | None
) -> Names | None:
    parts: list[ast.AST] = [*loop.body]
    parts += [loop.test] if isinstance(loop, ast.While) else [loop.target]
    if not all(map(is_plain, parts)):
        return None
    stored = bound_in(parts)
    target = ""
    if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and not applies(loop):
        target = loop.target.id
        if target in bound_in(loop.body):
            return None  # what it is at the end of an iteration cannot be told at the next head
    caught = {n.name for part in parts for n in walk(part) if isinstance(n, ast.ExceptHandler)}
    stored = {n for n in stored if not n.startswith(PREFIX) and n not in caught}
    if not stored <= scope.bound:
        return None
    inside: dict[str, int] = {}
    for part in parts:
        for name, count in reads_of(part).items():
            inside[name] = inside.get(name, 0) + count
    scratch = {
        name
        for name in stored
        if (live is not None and name not in live)
        or (inside.get(name, 0) == reads.get(name, 0) and _is_scratch(name, loop))
    }
    return Names(tuple(sorted(stored - scratch)), tuple(sorted(scratch)), target)


def is_plain(node: ast.AST) -> bool:
    """Whether all that it stores goes to names, items or attributes, and nothing is caught."""
    for n in walk(node):
        if isinstance(n, ast.stmt) and not isinstance(n, _PLAIN_STATEMENTS):
            caught = isinstance(n, ast.Try) and not n.finalbody
            if not (caught or is_quiet(n)):
                return False
        if isinstance(n, _SUSPENDING):
            return False
    return True


def is_quiet(node: ast.AST) -> bool:
    """Whether a statement is a `with` whose managers do nothing to what happens in it, by name."""
    return isinstance(node, ast.With) and all(
        item.optional_vars is None
        and isinstance(item.context_expr, ast.Call)
        and last_name(item.context_expr.func) in _QUIET
        for item in node.items
    )


def _mentions(name: str, *nodes: ast.AST | None) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name
        for node in nodes
        if node is not None
        for n in walk(node)
    )


def _targets(node: ast.expr) -> set[str]:
    """The names that an assignment to a target stores for certain."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Tuple | ast.List):
        return {name for element in node.elts for name in _targets(element)}
    if isinstance(node, ast.Starred):
        return _targets(node.value)
    return set()


def _is_scratch(name: str, loop: Loop) -> bool:
    """Whether each iteration stores a name before it reads it, whatever it decides."""
    if isinstance(loop, ast.While):
        if _mentions(name, loop.test):
            return False
    elif name in _targets(loop.target):
        return True
    return stored_first(name, loop.body) is True


def stored_first(name: str, body: Sequence[ast.stmt]) -> bool | None:
    """Whether statements store a name before they read it, whatever is decided.

    `None` if they do neither.
    """
    for statement in body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if _mentions(name, statement.value):
                return False
            if statement.value is not None and name in set().union(*map(_targets, targets)):
                return True
            if _mentions(name, *targets):
                return False
        elif isinstance(statement, ast.For) and (
            name in _targets(statement.target) or stored_first(name, statement.body) is True
        ):
            # Stored if it goes round at all; so it must be read nowhere but there.
            whole = sum(reads_of(part).get(name, 0) for part in body)
            own = sum(reads_of(part).get(name, 0) for part in statement.body)
            return whole == own and not _mentions(name, statement.iter)
        elif isinstance(statement, ast.Match) and any(
            name in pattern_names(case.pattern) for case in statement.cases
        ):
            # Stored where such a case fits; so it must be read nowhere but in those.
            cases = [case for case in statement.cases if name in pattern_names(case.pattern)]
            parts = [n for case in cases for n in (*case.body, case.guard) if n is not None]
            whole = sum(reads_of(part).get(name, 0) for part in body)
            return whole == sum(reads_of(part).get(name, 0) for part in parts)
        elif _mentions(name, statement):
            return False
    return None


def pattern_names(pattern: ast.pattern) -> list[str]:
    """The names that a pattern binds, once each."""
    found: list[str] = []
    for node in walk(pattern):
        name = getattr(node, "rest", None) or getattr(node, "name", None)
        if isinstance(name, str) and name not in found:
            found.append(name)
    return found


# -- what is asked at a head


def method(owner: str, name: str, *args: ast.expr) -> ast.expr:
    """A call of a method of a temporary."""
    return ast.Call(ast.Attribute(ast.Name(owner, ast.Load()), name, ast.Load()), list(args), [])


def entered(loop: str) -> ast.expr:
    """Whether names are to be set at this head."""
    live = ast.Attribute(ast.Name(loop, ast.Load()), "live", ast.Load())
    enter = method(loop, "enter", ast.Call(hook("locals"), [], []))
    return ast.BoolOp(ast.And(), [live, enter])


def set_in_statements(loop: str, names: Names) -> list[ast.stmt]:
    """Set the names that are to be set."""
    return [
        ast.If(
            method(loop, "sets", text(name)),
            [ast.Assign([ast.Name(name, ast.Store())], method(loop, "value", text(name)))],
            [],
        )
        for name in names.carried
    ]


def set_in_expression(loop: str, names: Names) -> ast.expr:
    """The same in an expression, which is true."""
    parts: list[ast.expr] = [
        ast.BoolOp(
            ast.And(),
            [
                method(loop, "sets", text(name)),
                ast.NamedExpr(ast.Name(name, ast.Store()), method(loop, "value", text(name))),
            ],
        )
        for name in names.carried
    ]
    return ast.List(
        [ast.BoolOp(ast.And(), [entered(loop), ast.List(parts, ast.Load())])], ast.Load()
    )


def leave(loop: str) -> ast.stmt:
    """A loop is left by `break` or `return`, or because its condition fails."""
    return ast.Expr(method(loop, "leave"))


def again(loop: str) -> ast.stmt:
    """Before a loop is left: an iteration that was recorded for all others is made once more."""
    return ast.If(method(loop, "again"), [ast.Continue()], [])


def raises(loop: str) -> ast.stmt:
    """Before an exception is raised: whether an iteration that is recorded for others does."""
    return ast.If(method(loop, "raises"), [ast.Continue()], [])


def goes_on(loop: str, test: ast.expr) -> ast.expr:
    """The condition of a `while` loop, with the same where it fails."""
    return ast.BoolOp(ast.Or(), [test, method(loop, "again")])


def skipped(loop: str) -> ast.stmt:
    """At the start of the body of a `while` loop, to get to its head."""
    skips = ast.Attribute(ast.Name(loop, ast.Load()), "skips", ast.Load())
    return ast.If(skips, [ast.Continue()], [])


def is_over(loop: str) -> ast.stmt:
    """A `for` loop that has used up what it goes through."""
    return ast.If(method(loop, "is_over"), [ast.Continue()], [])


_NAMED = {"enumerate": "start", "zip": "strict"}
"""The keyword that may be given to what a loop goes through."""


def _is_sequence(node: ast.Call) -> bool:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr in _OF_LIBRARIES and not node.keywords
    if not isinstance(function, ast.Name):
        return False
    starred = any(isinstance(a, ast.Starred) for a in node.args)
    if node.keywords and (starred or any(k.arg != _NAMED.get(function.id) for k in node.keywords)):
        return False
    return function.id in _OF_LIBRARIES or (function.id in SEQUENCES and not starred)


_APPLYING = frozenset({"filter", "map", "starmap"})
_AROUND = frozenset({"enumerate", "zip"})


def is_applied(node: ast.expr) -> bool:
    """Whether a loop goes through what calls a function of each item, by its name."""
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func)
    return name in _APPLYING or (name in _AROUND and any(map(is_applied, node.args)))


def applies(loop: ast.For) -> bool:
    """Whether the body of a loop calls a function first, to come to its item."""
    return is_applied(loop.iter) or hasattr(loop, "applies")


def as_sequence(node: ast.expr, rewriter: Any) -> ast.expr:
    """What a `for` loop goes through: the arguments of `range`, `zip` and the like themselves."""
    if isinstance(node, ast.Call) and _is_sequence(node):
        site = rewriter.site(node)
        function = rewriter.expr(node.func)
        args = [
            rewriter.argument(a) if isinstance(a, ast.Starred) else as_sequence(a, rewriter)
            for a in node.args
        ]
        args += [rewriter.expr(k.value) for k in node.keywords]
        names = [text(tuple([k.arg for k in node.keywords]))] if node.keywords else []
        hooked = "sequence_named" if names else "sequence"
        return ast.copy_location(call_hook(hooked, site, function, *names, *args), node)
    return rewriter.held_list(node)  # type: ignore[no-any-return]
