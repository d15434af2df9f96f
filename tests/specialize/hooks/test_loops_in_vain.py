"""A loop that is entered many times, and never stays one, costs little more than unrolled."""

import math
import time

import pytest

from symdiff import grad
from symdiff.settings import rolling
from symdiff.specialize.hooks import loops
from symdiff.specialize.outside.remembered import Remembered


@pytest.fixture
def probes(monkeypatch):
    made = []

    class Counted(loops.Probe):
        def __init__(self, *args, **kwargs):
            made.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(loops, "Probe", Counted)
    return made


def unlike(x, n, m):
    a, k = x, 0
    for i in range(n):
        time.time()  # the outer loop is unrolled
        step = 0
        while step < m:
            step += 1
            if step % 5 == 2 and i % 3 == 0:
                k = k + 1.0 if type(k) is int else int(k)  # of another type in some iterations
            a = math.sin(a - x * step)
    return a + 0.1 * k


def alike_at_last(x, n, m):
    a, k = x, 0
    for i in range(n):
        time.time()
        step = 0
        while step < (m if i < n - 1 else 60 * m):
            step += 1
            if step % 5 == 2 and i < n - 1:
                k = k + 1.0 if type(k) is int else int(k)
            a = math.sin(a - x * 0.01 * step)
    return a + 0.1 * k


@pytest.mark.parametrize(("f", "most"), [(unlike, 110), (alike_at_last, 1000)])
def test_loops_that_are_tried_in_vain_are_tried_less_often(f, most, probes):
    g = grad(f)
    for n, m in [(60, 20), (60, 14), (3, 20)]:
        del probes[:]
        found = g(0.3, n, m)
        assert len(probes) < most
        with rolling(False):
            assert found == pytest.approx(grad(f)(0.3, n, m), rel=1e-12)
        h = 1e-7
        slope = (f(0.3 + h, n, m) - f(0.3 - h, n, m)) / (2 * h)
        assert found == pytest.approx(slope, rel=1e-3, abs=1e-5)


def test_a_long_loop_stays_one_after_many_short_ones_that_did_not():
    lines = str(grad(alike_at_last).program(0.3, 60, 20)).splitlines()
    assert sum("sin(" in line for line in lines) < 60 * 20 + 512


def test_what_a_key_is_made_of_is_not_asked_where_the_dict_is_the_functions_own(monkeypatch):
    asked = []
    monkeypatch.setattr(Remembered, "_is_counted", lambda self, key: asked.append(key))

    def f(x, n):
        s, k = x, 0
        for _ in range(n):
            k = k + 1
            s = math.sin(s) + {3: x, 5: 0.2}.get(k, s)
        return s

    g = grad(f)
    for n in (20, 3, 31):
        h = 1e-6
        assert g(0.4, n) == pytest.approx((f(0.4 + h, n) - f(0.4 - h, n)) / (2 * h), rel=1e-5)
    assert not asked
