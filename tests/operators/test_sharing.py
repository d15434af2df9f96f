"""One gradient object in many hands: threads, copies, pickles, and what an error leaves behind."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from symdiff import grad, value_and_grad

from ..random_functions.test_random_programs import made


def steps(x: float) -> float:
    total = x
    for k in range(int(x)):
        total = total * math.cos(x) + k
    return total


@grad
def decorated(x: float) -> float:
    return x * x


@pytest.fixture
def hasty() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
def test_many_threads_take_different_paths_at_once() -> None:
    g = grad(steps)
    alone = grad(steps)
    points = [k + 0.37 for k in range(12)]
    expected = {x: alone(x) for x in points}
    wrong: list[object] = []

    def work(seed: int) -> None:
        for x in np.random.default_rng(seed).choice(points, 60):
            try:
                if g(float(x)) != expected[float(x)]:
                    wrong.append(x)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert gc.isenabled()


def test_a_gradient_is_pickled_by_its_function() -> None:
    g = value_and_grad(steps)
    expected = g(2.5)
    assert pickle.loads(pickle.dumps(g))(2.5) == expected
    assert copy.copy(g)(2.5) == copy.deepcopy(g)(2.5) == expected
    second = grad(grad(steps))
    assert pickle.loads(pickle.dumps(second))(0.5) == second(0.5)


def test_a_decorated_function_is_pickled_by_name() -> None:
    decorated(1.0)
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_an_error_of_the_function_leaves_the_object_usable() -> None:
    fails = [True]

    def f(x: float) -> float:
        if fails[0]:
            raise KeyboardInterrupt
        return x * x

    g = grad(f)
    for _ in range(2):
        fails[0] = True
        with pytest.raises(KeyboardInterrupt):
            g(1.0)
        fails[0] = False
        assert g(1.0) == 2.0
    others: list[float] = []
    thread = threading.Thread(target=lambda: others.append(grad(f)(2.0)))
    thread.start()
    thread.join(10)
    assert others == [4.0]


def nested_sines(x: float, n: int) -> float:
    return x if n == 0 else nested_sines(math.sin(x), n - 1)


@pytest.mark.slow
def test_recursion_as_deep_as_python_allows() -> None:
    limit = sys.getrecursionlimit()
    value, slope = value_and_grad(nested_sines)(0.3, 700)
    assert value == nested_sines(0.3, 700)
    assert 0 < slope < 1
    assert sys.getrecursionlimit() == limit


@pytest.mark.slow
def test_recursion_without_end_is_pythons_own_error() -> None:
    def f(x: float) -> float:
        return f(x + 1)

    limit = sys.getrecursionlimit()
    with pytest.raises(RecursionError):
        grad(f)(1.0)
    assert sys.getrecursionlimit() == limit


@pytest.mark.slow
def test_an_expression_of_a_thousand_terms_on_a_line() -> None:
    # Python 3.12 itself cannot compile deeper trees than this.
    terms = 250 if sys.version_info[:2] == (3, 12) else 1500
    source = "def f(x):\n    return " + " + ".join(["x*c"] * terms) + "\n"
    assert grad(made(source, c=2.0))(1.0) == 2.0 * terms
