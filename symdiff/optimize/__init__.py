"""Program to Program: the same meaning, less work.

Here belongs what is right for every program. What makes a derivative another one does not: that is
`differentiate`. Open `value_numbering.py` first.
"""

from .dead_code import remove_dead_code
from .late_writes import with_late_writes
from .loops import in_bodies
from .marks import without_marks
from .parts import with_parts_outside
from .value_numbering import number_values

__all__ = [
    "in_bodies",
    "number_values",
    "remove_dead_code",
    "with_late_writes",
    "with_parts_outside",
    "without_marks",
]
