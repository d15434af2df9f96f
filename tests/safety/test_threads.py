"""Threads, processes, pickles, locks and interrupts: the quick ones among `tools/threads.py`."""

import functools
import importlib.util
import operator
import pickle
import sys
from collections import OrderedDict, deque
from pathlib import Path

import numpy as np
import pytest

import symdiff as sd
from symdiff.program.changes import commit, difference

pytestmark = pytest.mark.sampled(every=11)

_PATH = Path(__file__).resolve().parents[2] / "tools" / "threads.py"
_SPEC = importlib.util.spec_from_file_location("checks_of_threads", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
threads = importlib.util.module_from_spec(_SPEC)
sys.modules["checks_of_threads"] = threads
_SPEC.loader.exec_module(threads)

QUICK = [
    "first_calls_of_grad",
    "first_calls_of_jacobian",
    "first_calls_of_batched",
    "first_calls_of_sparse_hessian",
    "first_calls_of_new_functions",
    "many_paths_in_threads",
    "saturated_calls_in_threads",
    "writes_to_items_of_an_array",
    "writes_to_items_of_a_list",
    "writes_to_items_of_a_dict",
    "writes_to_rows_of_a_matrix",
    "appends_to_a_list",
    "additions_to_a_set",
    "readers_see_every_key",
    "attributes_of_instances",
    "a_counter_under_a_lock",
    "a_queue_after_its_own_lock",
    "an_executor_whose_task_takes_the_lock",
    "a_wait_after_a_change_under_a_lock_is_refused",
    "settings_of_numpy_belong_to_the_thread",
    "a_pool_by_fork",
    "a_fork_inside_the_function",
    "pickle_grad",
    "pickle_derivative",
    "pickle_hessian",
    "pickle_batched",
    "pickle_sparse_jacobian",
    "pickle_a_decorated_method",
    "interrupted_warm_call_with_arrays",
    "interrupted_first_call_with_effects",
    "interrupts_from_another_thread",
]


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function _at_fork")  # of JAX
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function gc_cumul")  # of Hypothesis
def test_check(name):
    if name not in threads.CHECKS:
        pytest.skip("this system has no fork")
    assert threads.run(name) == ""


def test_there_are_many_checks():
    assert len(threads.CHECKS) >= 60


# --- changes are those of items ---------------------------------------------------------------


def _swap(values):
    values[0], values[2] = values[2], values[0]


def _rotate(values):
    values.append(values.popleft())


def _move_to_end(table):
    table["a"] = table.pop("a")


@pytest.mark.parametrize(
    ("make", "change", "kind"),
    [
        (lambda: [1.0, 2.0, 3.0], lambda v: operator.setitem(v, 1, 9.0), "items"),
        (lambda: [1.0, 2.0, 3.0], _swap, "items"),
        (lambda: [1.0, 2.0, 3.0], lambda v: v.append(4.0), "append"),
        (lambda: [1.0, 2.0, 3.0], lambda v: v.insert(1, 4.0), "splice"),
        (lambda: [1.0, 2.0, 3.0], lambda v: v.pop(0), "splice"),
        (lambda: [1.0, 2.0, 3.0], list.clear, "splice"),
        (lambda: {"a": 1.0, "b": 2.0}, lambda d: d.update(b=5.0, c=6.0), "keys"),
        (lambda: {"a": 1.0, "b": 2.0}, _move_to_end, "keys"),
        (lambda: {"a": 1.0, "b": 2.0}, dict.clear, "keys"),
        (lambda: OrderedDict(a=1.0, b=2.0, c=3.0), lambda d: d.move_to_end("a", False), "keys"),
        (lambda: OrderedDict(a=1.0, b=2.0, c=3.0), lambda d: d.move_to_end("a"), "keys"),
        (lambda: deque([1.0, 2.0, 3.0]), _rotate, "shift"),
        (lambda: deque([1.0, 2.0, 3.0], 3), lambda d: d.append(4.0), "shift"),
        (lambda: deque([1.0, 2.0, 3.0]), lambda d: d.appendleft(0.0), "shift"),
        (lambda: {1, 2, 3}, lambda s: (s.discard(2), s.add(7)), "members"),
    ],
)
def test_what_changed_is_changed_and_no_more(make, change, kind):
    now, outside = make(), make()
    items = list(now) if not isinstance(now, dict) else [*now, *now.values()]
    before = set(now) if isinstance(now, set) else items
    for one, other in zip(items, list(outside), strict=False):  # the same objects
        assert one == other or isinstance(now, dict)
    change(now)
    found = list(difference(before, now, type(now)))
    assert [k for k, _, _ in found] == [kind]
    commit([(k, outside, key, values) for k, key, values in found])
    assert outside == now
    assert list(outside) == list(now)


@pytest.mark.parametrize(
    "change",
    [
        lambda a, x: operator.setitem(a, 1, x),
        lambda a, x: operator.setitem(a, slice(0, 2), a[1:3]),
        lambda a, x: operator.setitem(a, [0, 2], x),
        lambda a, x: operator.setitem(a, int(x) % 3, x),
        lambda a, x: operator.setitem(a, a > 1.5, x),
        lambda a, x: operator.iadd(a, x),
        lambda a, x: (operator.setitem(a, 0, a[1] * 2), operator.setitem(a, 1, a[0] + x)),
        lambda a, x: operator.setitem(a[1:], 0, x),
    ],
)
def test_writes_to_an_array_are_made_in_their_order(change):
    ours, theirs = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])

    def f(x, array):
        change(array, x)
        return x * x

    g = sd.grad(f)
    for x in (1.5, 2.5, 0.5):
        assert g(x, ours) == 2 * x
        f(x, theirs)
        np.testing.assert_array_equal(ours, theirs)


def test_a_write_out_of_range_leaves_everything_as_it_was():
    array, table = np.zeros(3), {"n": 0.0}

    def f(x):
        table["n"] = x
        array[0] = x
        array[int(x)] = x
        return x * x

    g = sd.grad(f)
    assert g(1.5) == 3.0
    before = array.copy()
    with pytest.raises(IndexError):
        g(7.5)
    # The function itself wrote these before it raised.
    assert table == {"n": 7.5}
    np.testing.assert_array_equal(array[1:], before[1:])


# --- methods ----------------------------------------------------------------------------------


class Spring:
    def __init__(self, stiffness):
        self.stiffness = stiffness
        self.calls = 0

    @sd.grad
    def energy(self, x):
        self.calls += 1
        return self.stiffness * x**2 / 2

    @sd.value_and_grad(wrt="all")
    def work(self, x, y=2.0):
        """Work."""
        return self.stiffness * x * y

    @classmethod
    @sd.grad
    def of_class(cls, x):
        return x**3 * len(cls.__name__)

    @classmethod
    @sd.value_and_grad(wrt="all")
    def both_of_class(cls, x, y=2.0, *, k=1.0):
        return x**3 * len(cls.__name__) * y * k


class Coil(Spring):
    pass


def test_a_method_is_traced_once_for_all_instances():
    springs = [Spring(float(k)) for k in range(1, 20)]
    for _ in range(2):
        for spring in springs:
            assert spring.energy(3.0) == 3.0 * spring.stiffness
    assert springs[0].energy.trace_count == 1
    assert all(spring.calls == 2 for spring in springs)


def test_a_bound_operator_offers_what_an_operator_does():
    spring = Spring(5.0)
    assert spring.work(3.0) == (30.0, (10.0, 15.0))
    assert spring.work(3.0, y=4.0) == (60.0, (20.0, 15.0))
    assert spring.energy.value(2.0) == 10.0
    assert "stiffness" in str(spring.energy.program(2.0))
    assert spring.work.__name__ == "work"
    assert spring.work.__doc__ == "Work."
    assert sd.grad(spring.energy)(2.0) == 5.0
    assert sd.grad(lambda x: spring.energy(x) * x)(2.0) == 20.0
    assert Spring.of_class(2.0) == 72.0


def test_an_operator_in_a_classmethod_leaves_the_class_out():
    for _ in range(2):
        assert Spring.of_class(2.0) == 72.0
        assert Coil.of_class(2.0) == Coil(1.0).of_class(x=2.0) == 48.0
        assert Spring.both_of_class(2.0, y=3.0) == (144.0, (216.0, 48.0, 144.0))
    assert sd.grad(lambda x: Spring.of_class(x) * x)(2.0) == 216.0


def test_a_bound_operator_is_pickled_with_its_instance():
    spring = Spring(5.0)
    again = pickle.loads(pickle.dumps(spring.energy))
    assert again(2.0) == 10.0
    assert functools.partial(again, 3.0)() == 15.0
