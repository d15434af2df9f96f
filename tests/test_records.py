"""Dataclasses as symdiff's own modules declare them."""

import copy
import pickle

import pytest

from symdiff.records import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2


@dataclass(slots=True)
class Counter:
    count: int = 0

    def __repr__(self):
        return "a counter"


@dataclass(frozen=True, eq=False)
class Place:
    name: str


def test_frozen_ones_are_compared_and_hashed_by_their_fields():
    assert Point(1) == Point(1, 2) != Point(1, 3)
    assert len({Point(1), Point(1, 2), Point(2)}) == 2
    assert Place("a") != Place("a")
    assert len({Place("a"), Place("a")}) == 2


def test_others_have_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counter())


def test_shown_with_their_fields_unless_they_say_how():
    assert repr(Point(1)) == "Point(x=1, y=2)"
    assert repr(Counter()) == "a counter"


@pytest.mark.parametrize(
    "make", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]
)
def test_copies_are_equal(make):
    assert make(Point(3, 4)) == Point(3, 4)
