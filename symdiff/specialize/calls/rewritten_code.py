"""The code of functions after rewriting, made once for each code object."""

from __future__ import annotations
import __future__

import ast
import dataclasses
from types import (
    CodeType,
    FunctionType,
)

from ...source.functions import FunctionSource, function_source
from ..rewriting.check import check_syntax
from ..rewriting.generating import emits
from ..rewriting.recursion import loop_of
from ..rewriting.rewrite import rewrite
from ..rewriting.sites import OfCode

_rewritten: OfCode[CodeType] = OfCode()


def rewritten_code(function: FunctionType) -> CodeType:
    """The code of a function after rewriting; made once for a code object.

    Raises:
        SourceNotFoundError: the function has no source to rewrite.
        UnsupportedSyntaxError: it has syntax that cannot be differentiated.
    """
    code = function.__code__

    def make() -> CodeType:
        source = function_source(function)
        check_syntax(source)
        return compile_rewritten(source, code)

    return _rewritten.get(code, make)


_emitting: OfCode[CodeType | None] = OfCode()


def emitting_code(function: FunctionType) -> CodeType | None:
    """The code that hands over the items of a generator, if that is one that only yields."""
    code = function.__code__

    def make() -> CodeType | None:
        source = function_source(function)
        check_syntax(source)
        return compile_rewritten(source, code, True) if emits(source.node) else None

    return _emitting.get(code, make)


_looping: OfCode[CodeType | None] = OfCode()


def looping_code(function: FunctionType) -> CodeType | None:
    """The code that does by loops what a function does by calling itself, if there is one."""
    code = function.__code__

    def make() -> CodeType | None:
        source = function_source(function)
        check_syntax(source)
        loop = loop_of(source.node) if isinstance(source.node, ast.FunctionDef) else None
        if loop is None:
            return None
        return compile_rewritten(dataclasses.replace(source, node=loop), code)

    return _looping.get(code, make)


def compile_rewritten(source: FunctionSource, code: CodeType, as_emitter: bool = False) -> CodeType:
    """Rewrite and compile the definition of a code object."""
    postponed = bool(code.co_flags & __future__.annotations.compiler_flag)
    tree = rewrite(source, frozenset(code.co_freevars), postponed, as_emitter)
    module = compile(tree, source.file, "exec", dont_inherit=True)
    return next(c for c in module.co_consts if isinstance(c, CodeType))
