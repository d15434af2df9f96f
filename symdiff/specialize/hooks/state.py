"""What a loop carries beside numbers and arrays in names: containers and attributes, leaf by leaf.

A name may hold a container of fixed structure that each iteration makes anew, and an iteration may
write to an item or attribute of an object that was there before it (a *place*). Both are carried as
what they hold: numbers and arrays, each under a label of its own. Where an iteration is recorded, a
container is put together anew of what stands for these. A container that may be written to is
carried so only where the iteration has made it and it is found in one place: nobody can tell then
that another one has the same contents. Where no iteration may be made, the loop hands on another
object than was there; that it is asked which, or that it is written to, is found later
(`Watching.ask_single`).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..recording.carried import MISSING, is_same
from ..recording.known import Known
from ..recording.places import Place
from ..recording.pushed import cell_contents
from ..recording.tracer import Tracer
from ..recording.watching import Watch
from .structures import Parts, Step, part_at, parts_of

Path = tuple[Any, ...]
"""A name, and the steps from what it holds to a part of that."""

_MOST_PLACES = 64
"""A loop that writes to more places is unrolled."""

_MOST_SEEN = 400
_MOST_STEPS = 3
"""So far, and through so many objects, it is looked for what names hold."""

_MOST_DEEP = 4
"""Containers within each other to more levels are not taken apart."""


class State:
    """What a loop carries, as its labels and as the names and places that hold it.

    Attributes:
        named: what names hold at the head.
        values: what the labels stand for there; of a container also its structure.
        broken: whether a container is changed in a way that cannot be carried.
    """

    def __init__(self, recorder: Any, is_found: Callable[[Any], bool], known: Known) -> None:
        self.recorder = recorder
        self.is_found = is_found  # whether an object comes from outside
        self.known = known
        self.named: dict[str, Any] = {}
        self.cells: dict[str, Any] = {}
        self.scope: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.places: dict[Path, Place] = {}
        self.nodes: dict[int, Any] = {}  # containers that are taken apart, and those made for them
        self.structures: dict[Any, Any] = {}
        self.strange: dict[Path, None] = {}  # ways to what was there before
        self.broken = False

    # -- at a head

    def begin(self, named: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
        """What there is by labels at a head from which an iteration is watched or recorded."""
        self.scope, self.cells = dict(scope), {}
        for pushed in self.recorder.pushed:
            for name, cell in pushed.cells.items():
                self.cells[self._free_label(name)] = cell
            for name, cell in pushed.free.items():
                self.scope.setdefault(name, cell_contents(cell))
        self.named = self._with_cells(named)
        self.places, self.nodes, self.broken = {}, {}, False
        seen = set()
        for path in self.known.places:
            place = self._resolved(path)
            if place is not None and place.identity not in seen:
                seen.add(place.identity)
                self.places[path] = place
        self.values, nodes = self._flat(self.named, None)
        self.nodes.update(nodes)
        self.broken = any(id(place.owner) in nodes for place in self.places.values())
        return self.values

    def at_end(self, named: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
        """What there is by labels at the end of an iteration."""
        return self._flat(self._with_cells(named), watch)[0]

    def _with_cells(self, named: Mapping[str, Any]) -> dict[str, Any]:
        """What names hold, and what cells do that others have handed over."""
        return {**named, **{label: cell_contents(cell) for label, cell in self.cells.items()}}

    def _free_label(self, name: str) -> str:
        label = name if name.isidentifier() else "count"
        while label in self.scope or label in self.cells:
            label += "_"
        return label

    def learns(self, named: Mapping[str, Any], watch: Watch) -> bool:
        """Whether an iteration has shown that more is to be carried."""
        known = self.known
        before = len(known.places), len(known.trees), len(known.single)
        named = self._with_cells(named)
        for name, value in named.items():
            self._learn_tree((name,), self.named.get(name), value)
        for path, place in self.places.items():
            change = watch.changed.get(place.identity)
            if change is not None:
                self._learn_tree(path, change[1], place.read())
        carried = {place.identity for place in self.places.values()}
        for identity, (place, held) in watch.changed.items():
            if identity in carried:
                continue
            way = self._path_to(place)
            if id(place.owner) in self.nodes or way is None or len(known.places) >= _MOST_PLACES:
                self.broken = True
                continue
            known.places[way] = None
            self._learn_tree(way, held, place.read())
        if before == (len(known.places), len(known.trees), len(known.single)):
            self.strange.clear()
            self._flat(named, watch)
            known.single.update(self.strange)
        return before != (len(known.places), len(known.trees), len(known.single))

    def _learn_tree(self, path: Path, before: Any, after: Any) -> None:
        if path in self.known.trees or after is before:
            return
        if parts_of(before) is not None and parts_of(after) is not None:
            self.known.trees[path] = None

    # -- between labels and what holds them

    def at_head(self) -> dict[str, Any]:
        """What names hold at the head; cells hold what they did."""
        return self._set({n: v for n, v in self.named.items() if v is not MISSING})

    def _set(self, values: dict[str, Any]) -> dict[str, Any]:
        """Let cells hold values; those of names are left."""
        for label, cell in self.cells.items():
            if label in values:
                cell.cell_contents = values.pop(label)
        return values

    def standing(self, leaves: Mapping[str, Any]) -> dict[str, Any]:
        """Let places and containers hold what stands for leaves in an iteration; what names hold.

        Args:
            leaves: new values, by their labels; others stay what they are at the head.
        """

        def note(made: Any, value: Any) -> None:
            if not isinstance(made, tuple):
                self.nodes[id(made)] = made

        return self._built(leaves, note)

    def ended(self, leaves: Mapping[str, Any], uncertain: bool) -> dict[str, Any]:
        """The same after a loop; it may be uncertain whether an iteration has been made."""
        recorder = self.recorder

        def note(made: Any, value: Any) -> None:
            recorder.made_new(made)
            if uncertain:
                for one in (made, value):
                    recorder.rebuilt[id(one)] = (one, recorder.site)

        return self._built(leaves, note)

    def _built(self, leaves: Mapping[str, Any], note: Callable[[Any, Any], Any]) -> dict[str, Any]:
        # On the way that was recorded last, names that stay what they are may hold something else.
        new = {n: v for n, v in self.named.items() if v is not MISSING}
        for name, value in self.named.items():
            if (name,) in self.known.trees:
                new[name] = self._rebuilt((name,), value, leaves, note)
            elif name in leaves:
                new[name] = leaves[name]
        for path, place in self.places.items():
            held = place.read()
            value = held
            if path in self.known.trees:
                value = self._rebuilt(path, held, leaves, note)
            elif self._label(path) in leaves:
                value = leaves[self._label(path)]
            if value is not held:
                self.recorder.about_to_put(place, place.owner)
                place.write(value)
        return self._set(new)

    def _rebuilt(self, path: Path, value: Any, leaves: Mapping[str, Any], note: Any) -> Any:
        parts = self._parts(path, value)
        if parts is None:
            return leaves.get(self._label(path), value)
        held = [
            self._rebuilt((*path, step), part, leaves, note)
            for step, part in zip(parts.steps, parts.held, strict=True)
        ]
        made = parts.rebuilt(held)
        note(made, value)
        return made

    def _flat(self, named: Mapping[str, Any], watch: Watch | None) -> tuple[dict[str, Any], Any]:
        found: dict[str, Any] = {}
        nodes: dict[int, Any] = {}
        for name, value in named.items():
            if (name,) in self.known.trees:
                found[f"{name} "] = self._taken_apart((name,), value, found, nodes, watch)
            else:
                found[name] = value
        for path, place in self.places.items():
            if path in self.known.trees:
                structure = self._taken_apart(path, place.read(), found, nodes, watch)
                found[f"{self._label(path)} "] = structure
            else:
                found[self._label(path)] = place.read()
        return found, nodes

    def _taken_apart(
        self,
        path: Path,
        value: Any,
        found: dict[str, Any],
        nodes: dict[int, Any],
        watch: Watch | None,
    ) -> Any:
        """The structure of a value, whose leaves are found by their labels."""
        parts = self._parts(path, value)
        if parts is None:
            found[self._label(path)] = value
            return self._label(path)
        if parts.may_change:
            if id(value) in nodes:
                return object()  # which is like no other: it is found in two places
            nodes[id(value)] = value
            if watch is not None and id(value) not in watch.fresh and id(value) not in self.nodes:
                self.strange[path] = None
                return object()  # it was there before, and may be known elsewhere
        inner = [
            self._taken_apart((*path, step), part, found, nodes, watch)
            for step, part in zip(parts.steps, parts.held, strict=True)
        ]
        structure = (parts.kind, parts.steps, *inner)
        return self.structures.setdefault(structure, structure)

    def _parts(self, path: Path, value: Any) -> Parts | None:
        """The parts of a container that is carried by what it holds."""
        if len(path) > _MOST_DEEP or path in self.known.single:
            return None
        parts = parts_of(value)
        if parts is not None and parts.may_change and self.is_found(value):
            return None
        return parts

    def _label(self, path: Path) -> str:
        """What a leaf is called in the body of the loop."""
        labels = self.known.labels
        found = labels.get(path)
        if found is None:
            if len(path) == 1:
                return str(path[0])
            words = [path[0], *[str(key) for _, key in path[1:]]]
            found = base = re.sub(r"\W", "_", "_".join(words))
            taken = {*labels.values(), *self.named, *self.scope}
            count = 1
            while found in taken:
                count += 1
                found = f"{base}_{count}"
            labels[path] = found
        return found

    # -- where objects are found

    def arrays(self) -> dict[str, Any]:
        """The arrays in what names hold, by what tells where they are."""
        if not any(_may_hold(v) for v in self.scope.values()):
            return self.scope
        found = {self._text(path): v for path, v in self._reached() if type(v) is Tracer}
        return {**found, **self.scope}

    def _text(self, path: Path) -> str:
        return ".".join([str(path[0]), *[str(key) for _, key in path[1:]]])

    def _path_to(self, place: Place) -> Path | None:
        step: Step = ("attribute" if place.attribute else "item", place.key)
        for path, value in self._reached():
            if value is place.owner:
                return (*path, step)
        return None

    def _reached(self) -> Iterator[tuple[Path, Any]]:
        """What names hold, with the ways there, short ones first."""
        waiting: deque[tuple[Path, Any]] = deque(
            [((n,), v) for n, v in self.scope.items() if n.isidentifier()]
        )
        seen: set[int] = set()
        while waiting and len(seen) < _MOST_SEEN:
            path, value = waiting.popleft()
            yield path, value
            if id(value) in seen or not _may_hold(value) or len(path) > _MOST_STEPS:
                continue
            seen.add(id(value))
            parts = parts_of(value)
            if parts is not None:
                waiting.extend(
                    [((*path, s), v) for s, v in zip(parts.steps, parts.held, strict=True)]
                )

    def _resolved(self, path: Path) -> Place | None:
        """The place at the end of a path, if there is one."""
        value = self.scope.get(path[0], MISSING)
        for step in path[1:-1]:
            value = part_at(value, step)
            if value is MISSING:
                return None
        if part_at(value, path[-1]) is MISSING or type(value) is tuple:
            return None
        way, key = path[-1]
        return None if self.is_found(value) else Place(value, key, way == "attribute")


def _may_hold(value: Any) -> bool:
    kind = type(value)
    return kind not in (Tracer, int, float, str, bool, type(None))


def unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The labels of what is not the same at two heads."""
    labels = before.keys() | after.keys()
    return {n for n in labels if not is_same(before.get(n, MISSING), after.get(n, MISSING))}


def is_leaf(label: str) -> bool:
    """Whether a label is that of a leaf, not of the structure of a container."""
    return not label.endswith(" ")
