"""What names are usually given to: where a number, a vector and a matrix would all do."""

from __future__ import annotations

import re

CAPITAL = re.compile(r"[A-Z]\d*(?:_\w+)?$")
"""Of matrices."""

VECTOR = re.compile(r"(?:[uvwxyz]\d*|targets?|labels?)(?:_\w+)?$")
"""Of vectors."""

DESIGN = re.compile(r"(?:X|Z|Phi)\d*(?:_\w+)?$")
"""Of matrices of observations: to their products an intercept is added, which is a number."""
