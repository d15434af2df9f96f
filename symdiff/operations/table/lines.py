"""What differentiation needs of a template: lines of templates, derived once."""

from __future__ import annotations

from ...records import dataclass
from .template import COPY, Template


@dataclass(frozen=True, slots=True)
class Line:
    """A template and which variables it reads: operands first, then shared lines, in order."""

    template: Template
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Linearization:
    """What differentiation needs of a template with `n` operands.

    Places number the operands `0 .. n-1`, the shared lines `n .. n+len(shared)-1` and, in
    `reverse` only, the cotangent `-1`.

    Attributes:
        shared: lines that value and partials both need.
        value: the value in terms of operands and shared lines.
        partials: one line an operand; `None` where it is zero everywhere or not asked for.
        reverse: one line an operand, the cotangent times the partial.
        taken: one line an operand, false where a choice makes its partial zero; `None` where no
            choice does.
    """

    shared: tuple[Line, ...]
    value: Line
    partials: tuple[Line | None, ...]
    reverse: tuple[Line | None, ...]
    taken: tuple[Line | None, ...]

    def whole(self, operands: int) -> int:
        """Which shared line is the value itself, of so many operands; negative for none."""
        return self.value.places[0] - operands if self.value.template is COPY else -1
