"""Lists that a function makes for itself: names that hold one, and what a loop does to it.

Such a name is bound to what is new (`[...]`, a comprehension, `list(...)`, `[0.0]*n`) by plain
assignments, and no function in it knows the name. All that is done with it is then seen here:
`values.append(v)`, `values[k]`, `len(values)`, a loop through it, a call that is given it. Where
the name stands in any other place, the list leaves it as one of Python's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ...records import dataclass
from .hook_calls import PREFIX
from .scopes import function_scope, parameters
from .walking import children, held_in, walk

READ = f"{PREFIX}read"
"""Before the names of parameters that loops read, where rewritten code tells of them."""

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_CLOSED = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ClassDef,
    ast.GeneratorExp,
)
"""What keeps a name for later."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a loop does to a list.

    Attributes:
        name: the name that holds it.
        grows: whether anything is appended.
        appends: so many items are appended in one iteration, if no inner loop does it.
        written: whether items are assigned to.
        shrinks: whether the last item is taken away.
    """

    name: str
    grows: bool
    appends: int
    written: bool
    shrinks: bool = False


def lists_of(owner: ast.FunctionDef) -> frozenset[str]:
    """The names of a function that hold nothing but lists that it makes."""
    held = held_in(owner)
    if held.kinds.isdisjoint((ast.List, ast.ListComp)) and "list" not in held.words:
        return frozenset()
    fresh: set[str] = set()
    made: set[str] = set()  # in another way than item by item
    other: set[str] = {a.arg for a in parameters(owner.args)}
    for node in own_nodes(owner.body, other):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            (target,) = node.targets
            if isinstance(target, ast.Name):
                if is_fresh(node.value):
                    fresh.add(target.id)
                    if not isinstance(node.value, ast.List):
                        made.add(target.id)
                elif not isinstance(node.value, ast.Name):
                    other.add(target.id)
                continue
        other.update(_bound_otherwise(node))
    if not fresh:
        return frozenset()
    scope = function_scope(owner, None)
    found = (fresh & scope.bound) - other
    if not found:
        return frozenset()
    found &= made | _changed_in_loops(owner, frozenset(found))
    while True:
        # A name that is bound to another name holds a list where that one does.
        more = {
            node.targets[0].id
            for node in own_nodes(owner.body, set())
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and node.value.id not in found
        } & found
        if not more:
            return frozenset(found)
        found -= more


_LOOPING = (ast.For, ast.While, ast.comprehension)

_READING = frozenset(
    {"len", "sum", "list", "min", "max", "array", "asarray", "zip", "enumerate", "reversed"}
)
"""Functions, by the last part of their names, that read a list which they are given."""


def parameters_of(owner: ast.FunctionDef) -> frozenset[str]:
    """The parameters of which, if they are lists, all items are read in the same way by loops.

    Nothing else is done with them: such a list may be read as an array.
    """
    held = held_in(owner)
    if held.kinds.isdisjoint(_LOOPING) and "list" not in held.words:
        return frozenset()
    names = {a.arg for a in (*owner.args.posonlyargs, *owner.args.args, *owner.args.kwonlyargs)}
    closed: set[str] = set()
    nodes = list(own_nodes(owner.body, closed))
    names -= closed
    for node in nodes:
        names -= _bound_otherwise(node)
        if isinstance(node, ast.Assign):
            names -= {t.id for t in node.targets if isinstance(t, ast.Name)}
    if not names:
        return frozenset()
    known: set[int] = set()
    looped: set[str] = set()
    for node in nodes:
        inner: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            inner = [node.value]
        elif isinstance(node, ast.For | ast.comprehension):
            inner = [node.iter]
            looped.update(n.id for n in walk(node.iter) if isinstance(n, ast.Name))
        elif isinstance(node, ast.Call) and not node.keywords:
            function = node.func
            last = function.attr if isinstance(function, ast.Attribute) else ""
            if (function.id if isinstance(function, ast.Name) else last) in _READING:
                inner = node.args
            if is_listing(node):
                looped.update(n.id for n in node.args if isinstance(n, ast.Name))
        known.update(id(n) for n in inner if isinstance(n, ast.Name))
        if isinstance(node, ast.For | ast.While | ast.ListComp | ast.GeneratorExp):
            for n in walk(node):
                if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name):
                    looped.update([] if _is_constant(n.slice) else [n.value.id])
    other = {n.id for n in nodes if isinstance(n, ast.Name) and id(n) not in known}
    return frozenset((names & looped) - other)


def _changed_in_loops(owner: ast.FunctionDef, names: frozenset[str]) -> set[str]:
    """The names of lists that some loop appends to, or writes to at computed places."""
    found: set[str] = set()
    for loop in own_nodes(owner.body, set()):
        if isinstance(loop, ast.For | ast.While):
            found.update(u.name for u in uses_in(loop.body, names, True))
    return found


def own_nodes(
    body: Iterable[ast.AST], closed: set[str], generators: bool = False
) -> Iterator[ast.AST]:
    """What stands in a function itself; names that something in it keeps go to `closed`.

    Args:
        body: its statements.
        closed: names are added to it.
        generators: whether generators are gone into, too.
    """
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef) and node.name.startswith(PREFIX):
            continue  # it is called where the comprehension stands
        gathered = hasattr(node, "helper") or (generators and isinstance(node, ast.GeneratorExp))
        if isinstance(node, _CLOSED) and not gathered:
            closed.update(_names_in(node))
            continue
        if isinstance(node, _COMPREHENSIONS) or gathered:
            for generator in node.generators:  # type: ignore[attr-defined]
                closed.update(n.id for n in walk(generator.target) if isinstance(n, ast.Name))
        yield node
        waiting.extend(children(node))


def _names_in(node: ast.AST) -> set[str]:
    """The names that a scope within a function may keep: not those that are a lambda's own."""
    if isinstance(node, ast.Lambda):
        own = {a.arg for a in parameters(node.args)}
        given = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        return (_names_in(node.body) - own).union(*map(_names_in, given))
    return {n.id for n in walk(node) if isinstance(n, ast.Name)}


_BINDING = frozenset(
    {
        *(ast.Global, ast.Nonlocal, ast.Delete, ast.Import, ast.ImportFrom, ast.ExceptHandler),
        *(ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.Assign, ast.AugAssign, ast.AnnAssign),
        *(ast.For, ast.NamedExpr, ast.withitem),
    }
)


def _bound_otherwise(node: ast.AST) -> set[str]:
    """The names that a node binds in another way than a plain assignment to one name."""
    if _BINDING.isdisjoint(type(node).__mro__):
        return set()
    if isinstance(node, ast.Global | ast.Nonlocal):
        return set(node.names)
    if isinstance(node, ast.Delete):
        return {n.id for t in node.targets for n in walk(t) if isinstance(n, ast.Name)}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).partition(".")[0] for a in node.names}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        return {node.name}
    if isinstance(node, ast.MatchMapping) and node.rest:
        return {node.rest}
    targets: list[ast.AST] = []
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.NamedExpr):
        targets = [node.target]
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        targets = [node.optional_vars]
    return {
        n.id
        for t in targets
        for n in walk(t)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def is_fresh(value: ast.expr) -> bool:
    """Whether an expression makes a list that nobody else holds."""
    if isinstance(value, ast.List | ast.ListComp):
        return True
    return is_listing(value) or is_repeated(value)


def is_listing(value: ast.expr) -> bool:
    """`list(...)`, unless the name means something else."""
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "list"
        and len(value.args) == 1
        and not value.keywords
        and not isinstance(value.args[0], ast.Starred)
    )


def is_repeated(value: ast.expr) -> bool:
    """`[...] * n`."""
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.Mult)
        and isinstance(value.left, ast.List)
    )


def appended(node: ast.AST) -> str:
    """The name of what a statement appends to, if that is all that it does."""
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "append"
        and isinstance(node.value.func.value, ast.Name)
        and len(node.value.args) == 1
        and not node.value.keywords
        and not isinstance(node.value.args[0], ast.Starred)
    ):
        return node.value.func.value.id
    return ""


def popped(node: ast.AST) -> str:
    """The name of what an expression takes the last item of: `values.pop()`."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "pop"
        and isinstance(node.func.value, ast.Name)
        and not node.args
        and not node.keywords
    ):
        return node.func.value.id
    return ""


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def uses_in(
    body: Iterable[ast.AST], names: frozenset[str], computed: bool = False
) -> tuple[Use, ...]:
    """What the body of a loop does to lists.

    Args:
        body: the statements.
        names: those that hold lists.
        computed: whether items are to count only that are written to at computed places.
    """
    grows: dict[str, int] = {}
    written: set[str] = set()
    shrinks: set[str] = set()
    waiting = [(node, False) for node in body]
    while waiting:
        node, inner = waiting.pop()
        name = appended(node)
        if name in names:
            grows[name] = grows.get(name, 0) + (not inner)
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id in names
            and not (computed and _is_constant(node.slice))
        ):
            written.add(node.value.id)
        if popped(node) in names:
            shrinks.add(popped(node))
        within = inner or isinstance(node, ast.For | ast.While)
        waiting.extend((child, within) for child in children(node))
    return tuple(
        [
            Use(name, name in grows, grows.get(name, 0), name in written, name in shrinks)
            for name in sorted(grows.keys() | written | shrinks)
        ]
    )
