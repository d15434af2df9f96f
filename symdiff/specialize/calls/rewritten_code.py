"""The code of functions after rewriting, made once for each code object."""

from __future__ import annotations
import __future__

from types import (
    CodeType,
    FunctionType,
)
from typing import TYPE_CHECKING

from ...source.functions import FunctionSource, function_source
from ..rewriting.check import check_syntax
from ..rewriting.pushing import emits
from ..rewriting.rewrite import rewrite
from ..rewriting.sites import OfCode

if TYPE_CHECKING:
    pass

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


def compile_rewritten(source: FunctionSource, code: CodeType, as_emitter: bool = False) -> CodeType:
    """Rewrite and compile the definition of a code object."""
    postponed = bool(code.co_flags & __future__.annotations.compiler_flag)
    tree = rewrite(source, frozenset(code.co_freevars), postponed, as_emitter)
    module = compile(tree, source.file, "exec", dont_inherit=True)
    return next(c for c in module.co_consts if isinstance(c, CodeType))
