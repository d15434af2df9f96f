"""Comprehensions whose items are numbers, as loops that append: those may stay loops.

    y = [e for v in x if t]   =>  def _sd_items(over):        (at the start of the function)
                                      found = []
                                      for v in over:
                                          if t: found.append(e)
                                      return found
                                  y = _sd_items(x) if _sd_gathers() else [e for v in x if t]

So are those, and generators, that `sum` and the like are given. As a loop a comprehension has a
scope of its own as well, and evaluates what it does in the same order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import count as counting
from typing import Any

from .generating import may_generate
from .hook_calls import PREFIX, definition, last_name
from .lists import is_listing, lists_of
from .loops import is_applied
from .walking import children, fill_locations, forget, held_in, walk

_TAKING = frozenset(
    {"array", "asarray", "dot", "len", "max", "mean", "min", "prod", "reduce", "sum"}
)
"""Functions, by the last part of their names, that read a list of numbers and do not keep it."""

_EXHAUSTING = frozenset({"sum", "max", "min", "prod"})
"""Those of them that go through a generator to its end."""

_COLLECTING = frozenset({"sum", "max", "min", "list", "tuple", "sorted"})
"""Functions that go through all items, and then do something with them."""

_ASKING = _TAKING | _EXHAUSTING | _COLLECTING
"""Of what goes by another name, nobody wants the items."""

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

HELPER = f"{PREFIX}items"
"""How the functions are called that go through a comprehension."""


class GatheredList(ast.ListComp):
    """A comprehension for which there is a function, named `helper`, that does the same."""

    helper: str
    original: ast.expr | None = None  # what stands there, if that is no comprehension
    taking: ast.expr | None = None  # what makes a list of it then


class GatheredGenerator(ast.GeneratorExp):
    """A generator for which there is one that makes a list of its items."""

    helper: str
    original: ast.expr | None = None  # what stands there, if that is no generator


class GatheredCall(ast.Call):
    """A call of which all items are wanted if it gives a generator: `collector` makes a list."""

    collector: str
    taking: ast.expr


GATHERED = (GatheredList, GatheredGenerator)


def gather(root: ast.AST, copied: Callable[[Any], Any]) -> None:
    """Mark comprehensions in a function, and add what does the same with a loop.

    Args:
        root: the function, which is changed.
        copied: copies a tree.
    """
    held = held_in(root)
    if held.kinds.isdisjoint(_COMPREHENSIONS) and held.words.isdisjoint(_ASKING):
        return
    forget(root)
    names = map(f"{HELPER} {{}}".format, counting(1))
    for owner in [n for n in walk(root) if isinstance(n, ast.FunctionDef)]:
        if not _suspends(owner):
            _gather_in(owner, names, copied)


def _gather_in(owner: ast.FunctionDef, names: Iterator[str], copied: Callable[[Any], Any]) -> None:
    lists = lists_of(owner)
    helpers: list[ast.FunctionDef] = []
    for node in _of_own_scope(owner.body):
        for holder, key, kind in _places(node, lists):
            value = holder[key] if isinstance(holder, list) else getattr(holder, key)
            if kind is GatheredCall and isinstance(value, ast.Call):
                call = GatheredCall(value.func, value.args, value.keywords)
                assert isinstance(node, ast.Call)
                call.collector, call.taking = next(names), copied(node.func)
                helpers.append(_collector(call.collector, value, copied))
                holder[key] = ast.copy_location(call, value)
                continue
            original = None
            if isinstance(value, ast.Call):
                original, value = value, _items_of(value)
            elif not _may_gather(value):
                continue
            made = kind(value.elt, value.generators)
            made.original = original
            if kind is GatheredList and isinstance(original, ast.Call):
                made.taking = copied(original.func)
            made.helper = next(names)
            ast.copy_location(made, value)
            helpers.append(_helper(made.helper, value, copied))
            _gather_in(helpers[-1], names, copied)
            if isinstance(holder, list):
                holder[key] = made
            else:
                setattr(holder, key, made)
    start = _after_declarations(owner.body)
    owner.body[start:start] = helpers


def _of_own_scope(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """What stands in a function, and in no scope within it."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _SCOPES):
            continue
        if isinstance(node, _COMPREHENSIONS):
            waiting.append(node.generators[0].iter)
            continue
        yield node
        waiting.extend(children(node))


def _places(node: ast.AST, lists: frozenset[str]) -> Iterator[tuple[Any, Any, Any]]:
    """Where comprehensions stand in a node of which a list is wanted."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and may_generate(node.args[0]):
        (arg,) = node.args
        if _gives_items(arg) and _takes_all(node):
            yield node.args, 0, GatheredGenerator
        elif last_name(node.func) in _COLLECTING:
            yield node.args, 0, GatheredCall
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        (target,) = node.targets
        named = isinstance(target, ast.Name) and target.id in lists
        if named and (type(node.value) is ast.ListComp or _lists_applied(node.value)):
            yield node, "value", GatheredList
    elif isinstance(node, ast.Call) and last_name(node.func) in _TAKING:
        for k, arg in enumerate(node.args):
            if type(arg) is ast.ListComp:
                yield node.args, k, GatheredList
        if _takes_all(node) and (
            type(node.args[0]) is ast.GeneratorExp or _gives_items(node.args[0])
        ):
            yield node.args, 0, GatheredGenerator


def _takes_all(node: ast.Call) -> bool:
    """Whether a call goes through an iterator to its end, by the name of what is called."""
    function = node.func
    if isinstance(function, ast.Attribute):  # it is asked for twice
        named = isinstance(function.value, ast.Name) and function.value.id == "math"
    else:
        named = isinstance(function, ast.Name)
    alone = len(node.args) == 1 and all(map(_is_default, node.keywords))
    return named and alone and last_name(function) in _EXHAUSTING


def _is_default(node: ast.keyword) -> bool:
    """Whether a keyword says what is given where there are no items, and computes nothing."""
    value = node.value
    signed = isinstance(value, ast.UnaryOp) and isinstance(value.operand, ast.Constant)
    return node.arg == "default" and (signed or isinstance(value, ast.Constant | ast.Name))


def _gives_items(node: ast.expr) -> bool:
    """Whether a call gives an iterator of items that a loop may go through by place."""
    if not isinstance(node, ast.Call) or node.keywords or len(node.args) < 1:
        return False
    starred = any(isinstance(a, ast.Starred) for a in node.args)
    return not starred and (is_applied(node) or last_name(node.func) == "chain")


def _lists_applied(node: ast.expr) -> bool:
    """Whether a list is made of such items."""
    return is_listing(node) and isinstance(node, ast.Call) and _gives_items(node.args[0])


def _items_of(node: ast.Call) -> ast.ListComp:
    """All items that a call gives, or those in a list that is made of it."""
    through = node.args[0] if is_listing(node) else node
    item = f"{PREFIX}item"
    generator = ast.comprehension(ast.Name(item, ast.Store()), through, [], 0)
    made = ast.copy_location(ast.ListComp(ast.Name(item, ast.Load()), [generator]), node)
    return fill_locations(made)


def _suspends(owner: ast.FunctionDef) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in walk(owner))


def _may_gather(node: Any) -> bool:
    """Whether nothing in a comprehension reaches into the scope around it but by reading."""
    return not any(
        isinstance(n, ast.NamedExpr | ast.Lambda | ast.Await)
        or (isinstance(n, ast.Name) and n.id in ("super", "__class__"))
        or (isinstance(n, ast.comprehension) and n.is_async)
        for n in walk(node)
    )


def _collector(name: str, node: ast.Call, copied: Callable[[Any], Any]) -> ast.FunctionDef:
    """The function that makes the list of the items of a generator."""
    item = f"{PREFIX}item"
    through = ast.comprehension(ast.Name(item, ast.Store()), node, [], 0)
    whole = ast.copy_location(ast.ListComp(ast.Name(item, ast.Load()), [through]), node)
    return _helper(name, fill_locations(whole), copied)


def _helper(name: str, node: Any, copied: Callable[[Any], Any]) -> ast.FunctionDef:
    """The function that makes the list of what a comprehension gives."""
    found, over = f"{PREFIX}found", f"{PREFIX}over"
    append = ast.Attribute(ast.Name(found, ast.Load()), "append", ast.Load())
    inner: ast.stmt = ast.copy_location(
        ast.Expr(ast.copy_location(ast.Call(append, [copied(node.elt)], []), node.elt)), node.elt
    )
    for k, generator in reversed(list(enumerate(node.generators))):
        for test in reversed(generator.ifs):
            inner = ast.copy_location(ast.If(copied(test), [inner], []), test)
        iterable = copied(generator.iter) if k else ast.Name(over, ast.Load())
        inner = ast.For(copied(generator.target), iterable, [inner], [])
        if is_applied(generator.iter):
            vars(inner)["applies"] = True
        ast.copy_location(inner, generator.iter)
    body = [
        ast.Assign([ast.Name(found, ast.Store())], ast.List([], ast.Load())),
        inner,
        ast.Return(ast.Name(found, ast.Load())),
    ]
    made = definition(name, [ast.arg(over)], [ast.copy_location(s, node) for s in body])
    ast.copy_location(made, node)
    return fill_locations(made)


def _after_declarations(body: list[ast.stmt]) -> int:
    """Where the statements of a function begin."""
    return next(
        (k for k, s in enumerate(body) if not isinstance(s, ast.Global | ast.Nonlocal)), len(body)
    )
