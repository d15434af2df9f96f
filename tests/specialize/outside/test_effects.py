"""A gradient call has the effects of one plain call of the function, on every call.

Each world is made afresh: a function and a way to look at what it changes. One world is called
plainly, its twin through its gradient, and after every call both must look alike. The derivative
is compared with differences between further twins that have lived through the same calls.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import itertools
import logging
import math
import queue
import random
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import symdiff
from symdiff import grad

from .worlds import World, after, check_world, snapshot

pytestmark = pytest.mark.sampled(every=11)

INPUTS = (1.5, 2.0, -1.0, 1.5, 0.5, -1.0)

WORLDS: list[Callable[[], World]] = []


def world(make: Callable[[], World]) -> Callable[[], World]:
    WORLDS.append(make)
    return make


# --- attributes -----------------------------------------------------------------------------


class Counting:
    """An object that counts its calls and keeps what it has seen."""

    total = 0

    def __init__(self) -> None:
        self.calls = 0
        self.scale = 2.0
        self.history: list[Any] = []
        self.table = {"a": 1.0}
        self.last: Any = None
        self.seen: set[Any] = set()
        self.recent: Any = collections.deque(maxlen=3)
        self.buffer = np.zeros(3)

    def count(self, x):
        self.calls += 1
        return self.scale * x * x * self.calls

    def keep(self, x):
        self.history.append(x * 2)
        return x * len(self.history) + self.history[0]

    def keep_pairs(self, x):
        self.history.append((x, {"square": x * x}))
        return x * self.history[-1][1]["square"]

    def keep_lists(self, x):
        self.history.append([x, 1.0])
        self.history[0][1] += 1.0
        return x * self.history[0][1]

    def change_table(self, x):
        self.table["a"] += x
        self.table["b"] = x * x
        return self.table["a"] * x

    def drop_from_table(self, x):
        self.table.setdefault("b", 3.0)
        value = self.table.pop("b")
        self.table.update(c=value * x)
        return self.table["c"] * x

    def guarded(self, x):
        self.calls += 1
        y = x * x
        if y > 2:
            self.history.append("large")
            return y * self.calls
        self.history.append("small")
        return y

    def through_alias(self, x):
        me = self
        me.scale = me.scale + 1.0
        return self.scale * x

    def through_method(self, x):
        self._bump()
        self._bump()
        return self.calls * x

    def _bump(self):
        self.calls += 1

    def class_counter(self, x):
        type(self).total += 1
        return x * self.total

    def new_attribute(self, x):
        self.fresh = x * 3
        return self.fresh * x

    def delete_attribute(self, x):
        self.temporary = x
        y = self.temporary * x
        del self.temporary
        return y

    def keep_object(self, x):
        self.last = SimpleNamespace(value=x, name="n")
        return self.last.value * x

    def replace_list(self, x):
        self.history.append(x)
        old = self.history
        self.history = [x * 2]
        old.append(7.0)
        return self.history[0] * x

    def add_to_set(self, x):
        self.seen.add(x > 0)
        self.seen.add(len(self.seen))
        return x * len(self.seen)

    def rotate(self, x):
        self.recent.append(x)
        self.recent.appendleft(1.0)
        return sum(self.recent) * x

    def write_array(self, x):
        self.buffer[1] = x
        self.buffer += 1.0
        return (self.buffer * x).sum()

    def keep_array(self, x):
        self.last = np.ones(2) * x
        return self.last.sum() * x

    def set_by_name(self, x):
        setattr(self, "calls", getattr(self, "calls") + 2)  # noqa: B009, B010
        return self.calls * x

    def raising(self, x):
        self.calls += 1
        if x < 0:
            raise ValueError("negative")
        self.history.append(x)
        return x * self.calls

    def in_finally(self, x):
        try:
            y = math.log(x)
        except ValueError:
            self.history.append("bad")
            y = x
        finally:
            self.calls += 1
        return y * self.calls


def attribute_world(name: str) -> None:
    def make() -> World:
        fresh = type("Counting", (Counting,), {"total": 0})
        owner = fresh()

        def look() -> Any:
            state = dict(vars(owner))
            if isinstance(state["last"], SimpleNamespace):
                state["last"] = vars(state["last"])
            return state | {"total": fresh.total}

        return getattr(owner, name), look

    make.__name__ = name
    WORLDS.append(make)


for _name in [n for n in vars(Counting) if not n.startswith("_") and n not in ("total", "raising")]:
    attribute_world(_name)


# --- globals, closure cells, containers ------------------------------------------------------

_count = 0
_log: list[Any] = []
_nested: dict[str, Any] = {"inner": {"n": 0}, "list": [1.0, [2.0]]}


def _reset() -> None:
    global _count
    _count = 0
    _log.clear()
    _nested.clear()
    _nested.update({"inner": {"n": 0}, "list": [1.0, [2.0]]})


@world
def global_counter() -> World:
    _reset()

    def f(x):
        global _count
        _count += 1
        return x * _count

    return f, lambda: _count


def _bump_global():
    global _count
    _count += 1
    _log.append(_count)


@world
def global_counter_in_a_helper() -> World:
    _reset()

    def f(x):
        _bump_global()
        y = x * _count
        _bump_global()
        return y + x * x * _count

    return f, lambda: (_count, list(_log))


@world
def nested_containers() -> World:
    _reset()

    def f(x):
        _nested["inner"]["n"] += 1
        _nested["list"][1][0] = x
        _nested["list"].append(x)
        return x * _nested["inner"]["n"] + _nested["list"][1][0] * x

    return f, lambda: _nested


@world
def nonlocal_counter() -> World:
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * count

    return f, lambda: count


@world
def nonlocal_counter_in_a_helper() -> World:
    count = 0

    def bump():
        nonlocal count
        count += 1
        return count

    def f(x):
        return bump() * x + bump() * x * x + count

    return f, lambda: count


@world
def list_methods() -> World:
    values = [3.0, 1.0, 2.0]

    def f(x):
        values.append(x)
        values.extend([x * x, 4.5])
        values.sort()
        values.insert(0, 9.0)
        last = values.pop(0)
        values.remove(4.5)
        values.reverse()
        return last * x + values[0]

    return f, lambda: values


@world
def list_cleared() -> World:
    values = [3.0]

    def f(x):
        y = values[0] * x
        values.clear()
        values.append(y)
        del values[1:]
        return y

    return f, lambda: values


@world
def list_slices() -> World:
    values = [1.0, 2.0, 3.0]
    alias = values

    def f(x):
        values[1:] = [x, x * x]
        alias[0] += 1.0
        return sum(values) * x

    return f, lambda: (values, alias is values)


@world
def bound_method_from_outside() -> World:
    values: list[float] = []
    append = values.append

    def f(x):
        append(x)
        return x * x

    return f, lambda: values


@world
def set_and_counter() -> World:
    names: set[str] = set()
    counter: collections.Counter[str] = collections.Counter()
    groups: Any = collections.defaultdict(list)
    ordered: Any = collections.OrderedDict(a=1.0, b=2.0)

    def f(x):
        key = "positive" if x > 0 else "negative"
        names.add(key)
        counter[key] += 1
        groups[key].append(x)
        ordered.move_to_end("a")
        return x * counter[key] + len(names) * x * x + len(groups)

    return f, lambda: (names, counter, groups, list(ordered))


@world
def generator_from_outside() -> World:
    numbers = (k * 1.0 for k in range(100))

    def f(x):
        return next(numbers) * x

    return f, lambda: None


@world
def iterator_consumed_in_a_loop() -> World:
    count = itertools.count(1)

    def f(x):
        total = 0.0
        for k in count:
            total += k * x
            if total > 4.1 or k % 3 == 0:
                break
        return total

    return f, lambda: repr(count)


@world
def iterator_that_ends() -> World:
    numbers = iter([1.0, 2.0, 3.0, 4.0])

    def f(x):
        return next(numbers, 10.0) * x + sum(numbers)

    return f, lambda: list(itertools.islice(numbers, 0))


@world
def mutable_default() -> World:
    def helper(x, seen=[]):  # noqa: B006
        seen.append(x)
        return x * len(seen)

    def f(x):
        return helper(x) + helper(2 * x)

    return f, lambda: helper.__defaults__


@world
def own_mutable_default() -> World:
    def f(x, seen=[]):  # noqa: B006
        seen.append(x)
        return x * len(seen)

    return f, lambda: f.__defaults__


@world
def function_attribute() -> World:
    def f(x):
        f.calls += 1
        return x * f.calls

    f.calls = 0
    return f, lambda: f.calls


@world
def decorator_that_counts() -> World:
    log: list[str] = []

    def counted(g):
        @functools.wraps(g)
        def wrapper(*args, **kwargs):
            wrapper.calls += 1
            log.append(g.__name__)
            return g(*args, **kwargs)

        wrapper.calls = 0
        return wrapper

    @counted
    def helper(x):
        return x * x

    @counted
    def f(x):
        return helper(x) + helper(x + 1)

    return f, lambda: (log, f.calls, helper.calls)


@world
def cached_helper() -> World:
    log: list[int] = []

    @functools.lru_cache
    def coefficient(n):
        log.append(n)
        return n * 2.0

    def f(x):
        return coefficient(2) * x + coefficient(3) * x + coefficient(2)

    return f, lambda: (log, coefficient.cache_info())


@world
def property_with_effects() -> World:
    class Sensor:
        def __init__(self):
            self.reads = 0
            self._value = 2.0

        @property
        def value(self):
            self.reads += 1
            return self._value

        @value.setter
        def value(self, new):
            self.reads += 10
            self._value = new

    sensor = Sensor()

    def f(x):
        y = sensor.value * x
        sensor.value = sensor._value + 1.0
        return y + sensor.value

    return f, lambda: vars(sensor)


@world
def getattr_with_effects() -> World:
    class Lazy:
        def __init__(self):
            self.asked = []

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            self.asked.append(name)
            return len(name) * 1.0

    lazy = Lazy()

    def f(x):
        return lazy.abc * x + lazy.de

    return f, lambda: lazy.asked


@world
def descriptor_with_effects() -> World:
    class Field:
        reads = 0

        def __get__(self, owner, kind):
            Field.reads += 1
            return owner.store

        def __set__(self, owner, value):
            owner.store = value

    class Holder:
        field = Field()

        def __init__(self):
            self.store = 3.0

    holder = Holder()

    def f(x):
        holder.field = holder.field * 2.0
        return holder.field * x

    return f, lambda: (vars(holder), Field.reads)


@world
def slots() -> World:
    class Slotted:
        __slots__ = ("n", "values")

        def __init__(self):
            self.n = 0
            self.values = []

    owner = Slotted()

    def f(x):
        owner.n += 1
        owner.values.append(x)
        return owner.n * x * len(owner.values)

    return f, lambda: (owner.n, owner.values)


@world
def dataclass_fields() -> World:
    @dataclasses.dataclass
    class State:
        n: int = 0
        values: list = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(frozen=True)
    class Frozen:
        state: State

    frozen = Frozen(State())

    def f(x):
        frozen.state.n += 1
        frozen.state.values.append(x)
        return x * frozen.state.n

    return f, lambda: dataclasses.asdict(frozen)


@world
def frozen_refuses() -> World:
    @dataclasses.dataclass(frozen=True)
    class Frozen:
        a: float = 2.0

    frozen = Frozen()
    log: list[str] = []

    def f(x):
        try:
            frozen.a = x
        except dataclasses.FrozenInstanceError:
            log.append("frozen")
        return frozen.a * x

    return f, lambda: (frozen.a, log)


@world
def objects_in_lists_in_dicts() -> World:
    model = {"layers": [SimpleNamespace(n=0, w=2.0), SimpleNamespace(n=0, w=3.0)]}

    def f(x):
        for layer in model["layers"]:
            layer.n += 1
            x = x * layer.w
        return x * model["layers"][0].n

    return f, lambda: [vars(layer) for layer in model["layers"]]


@world
def own_context_manager() -> World:
    log: list[Any] = []

    class Timer:
        entered = 0

        def __enter__(self):
            Timer.entered += 1
            log.append("enter")
            return self

        def __exit__(self, *error):
            log.append("exit")
            return False

    timer = Timer()

    def f(x):
        with timer as t, Timer():
            y = x * t.entered
        return y

    return f, lambda: (log, Timer.entered)


@world
def generator_context_manager() -> World:
    log: list[Any] = []

    @contextlib.contextmanager
    def logged(name):
        log.append(name)
        try:
            yield len(log)
        finally:
            log.append("end")

    def f(x):
        with logged("a") as n, logged("b"):
            return x * n

    return f, lambda: log


@world
def swallowing_context_manager() -> World:
    log: list[Any] = []

    class Swallow:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, trace):
            log.append(kind.__name__ if kind else "none")
            return kind is ValueError

    def f(x):
        y = x
        with Swallow():
            y = y * math.sqrt(x)
            y = y + 1
        return y * 3

    return f, lambda: log


@world
def suppressed() -> World:
    log: list[Any] = []

    def f(x):
        y = x * 2
        with contextlib.suppress(ValueError):
            y = math.log(x) * x
            log.append("logged")
        return y

    return f, lambda: log


@world
def generators_with_effects() -> World:
    log: list[Any] = []

    def terms(x):
        try:
            for k in range(3):
                log.append(k)
                yield x**k
        finally:
            log.append("closed")

    def f(x):
        total = 0.0
        for t in terms(x):
            total += t
            if total > 4:
                break
        return total + sum(terms(x)) * x

    return f, lambda: log


@world
def instances_made_inside() -> World:
    class Node:
        made = 0
        registry: Any = []

        def __init__(self, v):
            Node.made += 1
            self.registry.append("node")
            self.v = v

    def f(x):
        a, b = Node(x), Node(x * x)
        return a.v * b.v * Node.made

    return f, lambda: (Node.made, Node.registry)


@world
def array_written() -> World:
    buffer = np.zeros((2, 2))
    view = buffer[1]

    def f(x):
        buffer[0, 0] += x
        view[1] = x * x
        return buffer.sum() * x

    return f, lambda: (buffer, view)


@world
def array_in_containers() -> World:
    state = {"m": np.zeros(2), "v": [np.ones(2)]}

    def f(x):
        state["m"] = 0.5 * state["m"] + x
        state["v"][0] *= 2.0
        return (state["m"] * state["v"][0]).sum() * x

    return f, lambda: state


@world
def logging_and_warnings() -> World:
    records: list[str] = []
    logger = logging.Logger("zoo")

    class Handler(logging.Handler):
        def emit(self, record):
            records.append(record.getMessage())

    logger.addHandler(Handler())

    def f(x):
        logger.info("called with %s", x)
        logger.warning(f"{x:.2f}")
        return x * x

    return f, lambda: records


@world
def seeded_inside() -> World:
    def f(x):
        rng = np.random.default_rng(7)
        noise = rng.normal(size=2)
        more = random.Random(3)
        return (x * noise).sum() + more.random() * x + rng.random() * x

    return f, lambda: None


@world
def generators_of_random_numbers() -> World:
    rng = np.random.default_rng(0)
    legacy = np.random.RandomState(1)
    plain = random.Random(2)
    owner = SimpleNamespace(rng=np.random.default_rng(5))

    def f(x):
        a = rng.normal() + rng.uniform(0, 1, size=3).sum() + owner.rng.integers(0, 5)
        b = legacy.rand(2).sum() + legacy.randn()
        c = plain.random() + plain.gauss(0, 1) + plain.choice([1.0, 2.0, 3.0])
        if c > 1:
            return x * x * a
        return x * b * c

    return f, lambda: (rng.random(), legacy.rand(), plain.random(), owner.rng.random())


@world
def shuffled() -> World:
    plain = random.Random(2)
    rng = np.random.default_rng(2)

    def f(x):
        order = [1.0, 2.0, 3.0]
        plain.shuffle(order)
        a, b = plain.sample([1.0, 2.0, 4.0], 2)
        p = rng.permutation(3)
        return order[0] * x + a * x * x + b + p[0] * x

    return f, lambda: plain.random()


@world
def map_and_comprehensions() -> World:
    log: list[Any] = []

    def note(v):
        log.append(v)
        return v * v

    def f(x):
        values = [note(v) for v in (x, 2.0)] + list(map(note, [x * 2]))
        return sum(values) + max([x, 1.25], key=note)

    return f, lambda: log


@world
def object_as_function() -> World:
    class Loss:
        def __init__(self):
            self.calls = 0

        def __call__(self, x):
            self.calls += 1
            return x * x * self.calls

    loss = Loss()
    return loss, lambda: loss.calls


@world
def operators_with_effects() -> World:
    log: list[str] = []

    class Money:
        def __init__(self, v):
            self.v = v

        def __add__(self, other):
            log.append("add")
            return Money(self.v + other.v)

        def __getitem__(self, k):
            log.append("item")
            return self.v * k

        def __len__(self):
            log.append("len")
            return 2

        def __contains__(self, k):
            log.append("in")
            return k == 2

        def __iter__(self):
            log.append("iter")
            return iter([self.v, 2.0])

        def __bool__(self):
            log.append("bool")
            return True

    base = Money(3.0)

    def f(x):
        total = base + Money(x)
        a, b = total
        y = a * b + total[2] + len(base) * x
        if 2 in base:
            y = y + x
        if base:
            y = y * 2
        return y

    return f, lambda: log


# --- the tests ----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", WORLDS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("with_value", [False, True])
def test_one_call_has_the_effects_of_one_call(make: Any, with_value: bool) -> None:
    if make in (generators_of_random_numbers, shuffled):
        looks = 1  # looking draws, too
    else:
        looks = len(INPUTS)
    plain, look = make()
    states = []
    for k, x in enumerate(INPUTS):
        plain(x)
        if k >= len(INPUTS) - looks:
            states.append(snapshot(look()))
    f, look = make()
    g = symdiff.value_and_grad(f) if with_value else grad(f)
    slopes = []
    for k, x in enumerate(INPUTS):
        slopes.append(g(x))
        if k >= len(INPUTS) - looks:
            assert states[k - len(INPUTS) + looks] == snapshot(look()), f"after call {k + 1}"
    for k, x in enumerate(INPUTS):
        before = INPUTS[:k]
        up, down = after(make, before, x + 1e-5), after(make, before, x - 1e-5)
        found = slopes[k]
        if with_value:
            value, found = found
            assert value == pytest.approx(after(make, before, x), rel=1e-12)
        assert found == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-6), f"call {k + 1}"


def test_effects_before_an_exception_stay() -> None:
    plain, through = Counting(), Counting()
    g = grad(through.raising)
    for x in (1.0, -1.0, 2.0, -2.0, 3.0):
        outcomes = []
        for f in (plain.raising, g):
            try:
                f(x)
                outcomes.append("fine")
            except ValueError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
        assert (plain.calls, plain.history) == (through.calls, through.history)


def test_a_miss_half_way_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    log: list[Any] = []

    def f(x):
        log.append("start")
        print("first", x)
        r = random.random()
        y = x * x * r
        log.append(r)
        if x > 1:
            print("large", y)
            log.append("large")
            y = y * random.random()
            if x > 2:
                print("larger")
                y = y * 2
        return y

    inputs = (0.5, 3.0, 1.5, 0.25, 2.5, 1.25, 0.75, 5.0)
    random.seed(3)
    for x in inputs:
        f(x)
    expected = list(log), capsys.readouterr().out
    log.clear()
    random.seed(3)
    g = grad(f)
    for x in inputs:
        g(x)
    assert log == expected[0]
    assert capsys.readouterr().out == expected[1]
    assert g.trace_count == 3


def test_printing_text_made_of_traced_values(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x):
        print(f"x = {x:.3f}", x * 2, sep="; ")
        print(str(x), "{:.1f}".format(x), repr(x), [x, (x, "a")])  # noqa: UP032
        return x * x

    for x in (1.0, 2.0, 3.0):
        f(x)
    expected = capsys.readouterr().out
    g = grad(f)
    for x in (1.0, 2.0, 3.0):
        assert g(x) == 2 * x
    assert capsys.readouterr().out == expected


def test_warnings_are_given_each_time() -> None:
    def f(x):
        warnings.warn("look out", UserWarning, stacklevel=1)
        return x * x

    g = grad(f)
    for x in (1.0, 2.0, 3.0):
        with pytest.warns(UserWarning, match="look out") as seen:
            assert g(x) == 2 * x
        assert len(seen) == 1


def test_the_clock_is_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x):
        return x * time.time()

    g = grad(f)
    first = g(1.0)
    time.sleep(0.01)
    assert g(1.0) > first


def test_module_level_random_numbers() -> None:
    def f(x):
        return x * (np.random.rand() + np.random.normal(size=2).sum() + random.gauss(0, 1))

    def draws():
        np.random.seed(4)
        random.seed(4)
        return [f(1.0) for _ in range(4)]

    expected = draws()
    np.random.seed(4)
    random.seed(4)
    g = grad(f)
    assert [g(2.0) for _ in range(4)] == pytest.approx(expected, rel=1e-14)
    assert g.trace_count == 1


def test_random_calls_do_not_trace_again() -> None:
    f, _ = generators_of_random_numbers()
    g = grad(f)
    for x in INPUTS * 3:
        g(x)
    assert g.trace_count <= 2


class Pair(NamedTuple):
    """A named tuple, with a method."""

    a: float
    b: float

    def product(self):
        return self.a * self.b


def test_arguments_that_the_function_changes() -> None:
    def f(x, values, table, array, owner):
        values.append(x)
        table["n"] = table.get("n", 0) + 1
        array[0] = x * x
        owner.seen = x
        return x * len(values) + array.sum() + table["n"] * owner.seen

    def arguments():
        return [1.0], {}, np.zeros(2), SimpleNamespace(seen=0.0)

    g = grad(f)
    mine, theirs = arguments(), arguments()
    for x in (1.0, 2.0, -3.0):
        f(x, *mine)
        assert g(x, *theirs) == pytest.approx(len(mine[0]) + 2 * x + mine[1]["n"])
        assert snapshot(list(mine[:3])) == snapshot(list(theirs[:3]))
        assert vars(mine[3]) == vars(theirs[3])
    other = arguments()
    g(4.0, *other)
    assert other[0] == [1.0, 4.0]
    assert len(theirs[0]) == 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pair(2.0, 3.0),
        lambda: dataclasses.make_dataclass("D", ["a", "b"])(2.0, 3.0),
        lambda: dataclasses.make_dataclass("F", ["a", "b"], frozen=True)(2.0, 3.0),
        lambda: SimpleNamespace(a=2.0, b=3.0),
    ],
)
def test_objects_as_arguments(make: Any) -> None:
    def f(x, p):
        return p.a * x * x + p.b * x

    g = grad(f)
    p = make()
    assert g(1.0, p) == 7.0
    assert g(2.0, p) == 11.0
    q = p._replace(a=10.0) if isinstance(p, Pair) else make()
    assert g(2.0, q) == (43.0 if isinstance(p, Pair) else 11.0)


def test_named_tuples_unpack_and_have_methods() -> None:
    def f(x, p):
        a, _ = p
        return x * a + x * x * p.product() * p[1] + len(p)

    g = grad(f)
    assert g(1.0, Pair(2.0, 3.0)) == 2 + 2 * 18
    assert g(1.0, Pair(3.0, 5.0)) == 3 + 2 * 75
    assert g.trace_count == 1


class _Records(logging.Handler):
    def __init__(self, seen: list[Any]) -> None:
        super().__init__()
        self.seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info and record.exc_info[1]
        self.seen.append((record.getMessage(), type(error), str(error)))


def test_a_log_of_the_exception_that_is_handled() -> None:
    def make() -> World:
        seen: list[Any] = []
        log = logging.Logger("effects")
        log.addHandler(_Records(seen))

        def f(x: Any) -> Any:
            y = x
            try:
                if x < 1:
                    raise ValueError("small %s" % x)  # noqa: UP031
                y = x / 0 if x > 2 else x
            except ValueError:
                log.exception("bad %s", x)
                y = x * x
            except ZeroDivisionError as error:
                log.error("zero", exc_info=True)
                log.warning("again", exc_info=error)
                log.info("%s", sys.exc_info()[0])
            log.exception("nothing is handled here")
            return y * x

        return f, lambda: seen

    check_world(make, [1.5, 0.5, 2.5, 0.25, 1.5])


def test_the_text_of_a_traceback_is_refused() -> None:
    def f(x: Any) -> Any:
        try:
            raise ValueError
        except ValueError:
            print(traceback.format_exc())
        return x * x

    with pytest.raises(symdiff.UnsupportedError, match=r"traceback\.format_exc"):
        grad(f)(1.0)


def test_exceptions_of_calls_that_the_function_catches(tmp_path: Any) -> None:
    path = tmp_path / "settings"

    def make() -> World:
        path.unlink(missing_ok=True)
        told, waiting = [], queue.SimpleQueue[float]()
        steps = iter([None, None, "2.5", "text", None, "3.5"])

        def f(x: Any) -> Any:
            told.append(len(told))
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                try:
                    warnings.warn("no", stacklevel=1)
                    y = x
                except UserWarning:
                    y = x * 2
            try:
                y = y * waiting.get_nowait()
            except queue.Empty:
                y = y * 3
            try:
                return y * x * float(path.read_text())
            except FileNotFoundError as error:
                log.append(str(error))
            except ValueError:
                y = y * 5
            return y * x

        log: list[str] = []

        def look() -> Any:
            step = next(steps, None)
            path.unlink(missing_ok=True)
            if step is not None:
                path.write_text(step)
                waiting.put(2.0)
            return [told, log, waiting.qsize()]

        return f, look

    filters = list(warnings.filters)
    for operator in (grad, symdiff.value_and_grad):
        (plain, look), (f, other_look) = make(), make()
        g = operator(f)
        for _ in range(6):
            expected = plain(1.5)
            found = g(1.5)
            slope = found[1] if isinstance(found, tuple) else found
            assert slope == pytest.approx(2 * expected / 1.5)
            assert snapshot(look()) == snapshot(other_look())
    assert list(warnings.filters) == filters


def test_a_list_that_a_context_manager_fills_is_refused() -> None:
    def f(x: Any) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.warn("no", stacklevel=1)
        return x * x * len(caught)

    with pytest.raises(symdiff.UnsupportedError, match="fills"):
        grad(f)(1.0)
