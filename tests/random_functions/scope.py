"""What a line of a random function may read and assign."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Scope:
    """The names a line may read, by kind, and those it may assign."""

    numbers: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    owned: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    dicts: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    fixed: set[str] = field(default_factory=set)
    in_loop: bool = False

    def inner(self) -> Scope:
        return Scope(
            list(self.numbers),
            list(self.whole),
            list(self.arrays),
            list(self.owned),
            list(self.views),
            list(self.lists),
            list(self.dicts),
            list(self.functions),
            set(self.fixed),
            self.in_loop,
        )
