"""Dataclasses as symdiff's own modules declare them: checked as such, and quick to define.

`dataclasses` compiles every method of a class from text, and a frozen class has seven. The classes
of a first gradient would take a quarter of the time from the start of a process to its result; and
an instance of a frozen class takes three times as long to make. Type checkers see that of the
standard library here, with all that `frozen=True` forbids. What runs has neither the methods that
forbid it nor a `__repr__` of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(cls=None, /, *, frozen=False, eq=True, **options):
        """A dataclass, of which nothing is checked when it runs."""

        def made(cls):
            if "__repr__" not in vars(cls):
                cls.__repr__ = _shown
            return dataclasses.dataclass(
                cls, repr=False, eq=eq, unsafe_hash=frozen and eq, **options
            )

        return made if cls is None else made(cls)

    def _shown(self):
        fields = [f for f in dataclasses.fields(self) if f.repr]
        given = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields)
        return f"{type(self).__qualname__}({given})"


__all__ = ["dataclass"]
