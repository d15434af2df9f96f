"""What the user's code raises, the user's code may catch."""

import contextlib
import math

import numpy as np
import pytest

from symdiff import SymdiffError, UnsupportedError, grad

from .test_caught_refusals import bad

pytestmark = pytest.mark.sampled(every=3)


@pytest.mark.parametrize("name", ["shape", "dtype", "sum", "T", "real", "hex", "no_such_name"])
def test_attributes_are_there_where_the_value_has_them(name):
    def with_default(x):
        return x * (1.0 if getattr(x, name, None) is None else 2.0)

    def tried(x):
        try:
            getattr(x, name)
        except AttributeError:
            return x
        return 2 * x

    for f in (with_default, tried):
        for x in (1.5, np.float64(1.5)):
            assert grad(f)(x) == f(x) / x
        assert grad(lambda x, f=f: np.sum(f(x)))(np.ones(2))[0] == np.sum(f(np.ones(2))) / 2


def domain(x):
    try:
        return math.log(x)
    except ValueError:
        return x * x


def chained(x):
    try:
        try:
            return math.sqrt(x)
        except ValueError as error:
            raise KeyError("x") from error
    except KeyError:
        return 3 * x
    finally:
        x = 0.0


def suppressed(x):
    y = x * x
    with contextlib.suppress(ZeroDivisionError):
        y = 1 / (x if x > 0 else 0)
    return y


def grouped(x):
    y = x
    try:
        if x < 0:
            raise ExceptionGroup("both", [ValueError("a"), TypeError("b")])
        y = x * x
    except* ValueError:
        y = y * 2
    except* TypeError:
        y = y * 3
    return y


def finished(x):
    try:
        return 1 / (x if x > 0 else 0)
    except ZeroDivisionError:
        pass
    finally:
        x = x * 5
    return x


@pytest.mark.parametrize(
    ("f", "there", "here"),
    [
        (domain, 1 / 2.0, -4.0),
        (chained, 0.5 / math.sqrt(2.0), 3.0),
        (suppressed, -0.25, -4.0),
        (grouped, 4.0, 6.0),
        (finished, -0.25, 5.0),
    ],
    ids=lambda f: getattr(f, "__name__", ""),
)
def test_what_the_function_raises_it_may_catch(f, there, here):
    g = grad(f)
    for _ in range(2):
        assert g(2.0) == pytest.approx(there)
        assert g(-2.0) == pytest.approx(here)


def test_a_caller_that_has_caught_a_refusal_may_go_on():
    found = []
    for f in (bad, domain, suppressed, chained):
        try:
            found.append(grad(f)(-2.0))
        except UnsupportedError:
            found += [grad(domain)(-2.0), grad(suppressed)(-2.0), grad(chained)(-2.0)]
    assert found == [-4.0, -4.0, 3.0, -4.0, -4.0, 3.0]


def test_nothing_is_left_behind():
    log = []

    def f(x):
        try:
            log.append(1)
            y = bad(x)
        except Exception:
            y = 0.0
            log.append(2)
        return y + x

    for _ in range(2):
        with pytest.raises(SymdiffError):
            grad(f)(0.5)
    assert log == []
