"""Every error symdiff raises: what is wrong, where, why, and what to do about it.

One family, rooted at `SymdiffError`. Each error prints as a compiler would::

    model.py:4:11: error: cannot differentiate `math.floor` twice
        return math.floor(x)
               ^^^^^^^^^^^^^
      why: ...
      try: ...
"""

from __future__ import annotations

import linecache

from .records import dataclass


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """A stretch of the user's source: file, 1-based line, 1-based column, and its end.

    >>> str(SourceSpan("f.py", 4, 11, 4, 20))
    'f.py:4:11'
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def text(self) -> str:
        """The source line the span starts on, without its newline; empty if it cannot be read."""
        return linecache.getline(self.file, self.line).rstrip("\n")

    def excerpt(self, indent: str = "    ") -> str:
        """The source line with carets under the span, or an empty string."""
        line = self.text()
        body = line.lstrip()
        if not body:
            return ""
        dropped = len(line) - len(body)
        start = max(self.column - 1 - dropped, 0)
        stop = self.end_column - 1 - dropped if self.end_line == self.line else len(body)
        carets = " " * start + "^" * max(stop - start, 1)
        return f"{indent}{body}\n{indent}{carets}"


class SymdiffError(Exception):
    """Something symdiff cannot or will not do: what, where, why, and what to do.

    >>> print(SymdiffError("no derivative", why="it jumps", remedy="use detach"))
    error: no derivative
      why: it jumps
      try: use detach
    """

    def __init__(
        self,
        what: str,
        *,
        where: SourceSpan | None = None,
        why: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        head = f"{self.where}: error: {self.what}" if self.where else f"error: {self.what}"
        parts = [head]
        if self.where:
            parts.append(self.where.excerpt())
        if self.why:
            parts.append(f"  why: {self.why}")
        if self.remedy:
            parts.append(f"  try: {self.remedy}")
        return "\n".join(part for part in parts if part)


class UsageError(SymdiffError, TypeError):
    """An operator was asked for something that makes no sense, such as an unknown `wrt` name."""


class SourceNotFoundError(SymdiffError):
    """A function has no Python source that symdiff can read."""


class UnsupportedError(SymdiffError):
    """The function uses something symdiff cannot differentiate, here and now."""


class OutOfReachError(UnsupportedError, ArithmeticError):
    """A derivative that exists, at a point where no method here finds its digits."""


class LoopError(UnsupportedError):
    """What is done to a program knows no loops: traced again, with loops unrolled, it may do.

    For symdiff itself, which does that.
    """


class LengthError(SymdiffError):
    """What is recorded for all lengths of an array depends on one: traced again, for that length.

    For symdiff itself, which does that.
    """


class UnsupportedSyntaxError(UnsupportedError):
    """Syntax symdiff does not differentiate, found before anything runs; all places at once.

    `problems` holds one `UnsupportedError` for each place.
    """

    def __init__(self, problems: list[UnsupportedError]) -> None:
        first = problems[0]
        super().__init__(first.what, where=first.where, why=first.why, remedy=first.remedy)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class NonScalarError(SymdiffError, TypeError):
    """A gradient was asked of a function whose result is not one number."""


class StepLimitError(SymdiffError):
    """A loop ran longer than the step limit allows while it was being unrolled."""


class RecursionLimitError(StepLimitError, RecursionError):
    """A function calls itself deeper than Python allows while it is being followed."""


class ConcreteValueError(SymdiffError):
    """The code needs the value of an argument that is only known as a symbol."""


class TooLargeError(SymdiffError):
    """A closed form would be too large to read."""


class InternalError(SymdiffError):
    """symdiff itself has failed: a defect of it, not of the user's code.

    The exception that it comes from is its `__cause__`.
    """


class InvalidProgramError(SymdiffError):
    """A `Program` breaks one of its own rules: a defect of symdiff, not of the user's code."""


def an(name: str) -> str:
    """The name of a type with its article, as messages have it.

    >>> an("list"), an("int"), an("uint8")
    ('a list', 'an int', 'a uint8')
    """
    vowel = name[:1].lower() in tuple("aeiou") and not name.startswith(("uint", "union", "u4"))
    return f"{'an' if vowel else 'a'} {name}"
