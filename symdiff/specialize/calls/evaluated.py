"""`eval` of text that does not vary: parsed, and followed as if it stood in the function."""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
from types import CodeType, FrameType, FunctionType
from typing import TYPE_CHECKING, Any, NoReturn

from ..outside.names import Globals
from ..recording.text import Text, TracedText
from ..recording.tracer import contains_tracer
from ..rewriting.hook_calls import MARK, PREFIX

if TYPE_CHECKING:
    from ..outside.parts import Calls

_NAME = "evaluated"


def evaluate(calls: Calls, source: Any, globals: Any = None, locals: Any = None) -> Any:
    """`eval(source, globals, locals)`.

    Raises:
        UnsupportedError: the text varies with the inputs, or the names are not held in dicts.
    """
    if type(source) is Text or isinstance(source, TracedText) or contains_tracer(source):
        _refuse(calls, "text that is made of what is differentiated")
    if isinstance(source, CodeType):
        _refuse(calls, "compiled code")
    if any(names is not None and not isinstance(names, dict) for names in (globals, locals)):
        _refuse(calls, "text with names that are not in a dict")
    text = source.decode() if isinstance(source, bytes) else source
    tree = ast.parse(text.strip(" \t"), "<eval>", "eval")  # raises as `eval` does
    frame = _caller()
    known: dict[str, Any] = {}
    if globals is not None:
        known.update(globals)
    else:
        known.update({k: v for k, v in frame.f_locals.items() if k.isidentifier()})
    known.update(locals or {})
    used = compile(tree, "<eval>", "eval").co_names  # not what a lambda in it reads, as in Python
    names = [name for name in known if name in used]
    namespace = {"__builtins__": builtins} if globals is not None else _namespace(frame)
    function = _function(tree, names, namespace)
    return calls.call(calls.recorder.site, function, *[known[name] for name in names])


def _refuse(calls: Calls, what: str) -> NoReturn:
    calls.recorder.refuse(
        f"`eval` of {what}",
        why="symdiff follows a function as straight Python code",
        remedy="write the expression in the function",
    )


def _caller() -> FrameType:
    """The frame of the function that is traced."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and MARK not in frame.f_globals:
        frame = frame.f_back
    assert frame is not None
    return frame


def _namespace(frame: FrameType) -> dict[str, Any]:
    """The globals of the function as it was written."""
    found = frame.f_globals[f"{PREFIX}globals"]
    assert isinstance(found, Globals)
    return found.namespace


def _function(tree: ast.Expression, names: list[str], namespace: dict[str, Any]) -> FunctionType:
    """A function of those names that returns the expression; its text can be looked up."""
    lines = [f"def {_NAME}({', '.join(names)}):\n", f"    return {ast.unparse(tree)}\n"]
    file = f"<eval of {ast.unparse(tree)} with {', '.join(names)}>"
    text = "".join(lines)
    if file not in linecache.cache:  # the same list each time: what is parsed of it is kept
        linecache.cache[file] = (len(text), None, lines, file)
    module = compile(text, file, "exec", dont_inherit=True)
    code = next(c for c in module.co_consts if isinstance(c, CodeType))
    return FunctionType(code, namespace, _NAME)
