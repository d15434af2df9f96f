"""A refusal passes every handler of the user's; what the user raises is the user's to catch."""

import concurrent.futures
import contextlib
import functools
import math

import numpy as np
import pytest
from scipy.special import mathieu_a

from symdiff import SymdiffError, UnsupportedError, grad, hessian, jvp, value_and_grad
from symdiff.specialize.paths import enumerate_paths

pytestmark = pytest.mark.sampled(every=3)


def bad(x):
    """What has no derivative here: a function of C without a rule."""
    return mathieu_a(1, x)


def bare(x):
    try:
        y = bad(x)
    except:  # noqa: E722
        y = 0.0
    return y + x


def base(x):
    try:
        y = bad(x)
    except BaseException:
        y = 0.0
    return y + x


def several(x):
    try:
        y = bad(x)
    except (ValueError, Exception):
        y = 0.0
    return y + x


def star(x):
    y = 0.0
    try:
        y = bad(x)
    except* Exception:
        y = 0.0
    return y + x


def named(x):
    try:
        y = bad(x)
    except SymdiffError:
        y = 0.0
    return y + x


def suppress(x):
    y = 0.0
    with contextlib.suppress(Exception):
        y = bad(x)
    return y + x


class Swallow:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True


OUTSIDE = Swallow()
SUPPRESS = contextlib.suppress(Exception)


def own_manager(x):
    y = 0.0
    with Swallow():
        y = bad(x)
    return y + x


def manager_from_outside(x):
    y = 0.0
    with OUTSIDE, SUPPRESS:
        y = bad(x)
    return y + x


@contextlib.contextmanager
def swallowing():
    try:  # noqa: SIM105
        yield
    except Exception:
        pass


def generator_manager(x):
    y = 0.0
    with swallowing():
        y = bad(x)
    return y + x


def exit_stack(x):
    y = 0.0
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(Exception))
        stack.push(lambda *error: True)
        y = bad(x)
    return y + x


def decorated(x):
    y = 0.0

    @swallowing()
    def inner():
        nonlocal y
        y = bad(x)

    inner()
    return y + x


def returned(x):
    try:
        return bad(x)
    finally:
        return x * 2  # noqa: B012, SIM107


def broken(x):
    y = 0.0
    for _ in range(1):
        try:
            y = bad(x)
        finally:
            break  # noqa: B012
    return y + x


def continued(x):
    y = 0.0
    for _ in range(1):
        try:
            y = bad(x)
        finally:
            continue  # noqa: B012
    return y + x


class Lazy:
    def __init__(self, x):
        self.x = x

    @property
    def value(self):
        return bad(self.x)

    def __getitem__(self, k):
        if k > 1:
            raise IndexError
        return bad(self.x)

    def __eq__(self, other):
        try:
            return bad(self.x) > 0
        except Exception:
            return False

    __hash__ = None


def has_attribute(x):
    return x + (1.0 if hasattr(Lazy(x), "value") else 0.0)


def attribute_with_default(x):
    return x + getattr(Lazy(x), "value", 0.0)


def equality(x):
    return x if Lazy(x) == 1 else 2 * x


def by_key(x):
    try:
        items = sorted([x, 2 * x], key=lambda v: bad(v))
    except Exception:
        items = [0.0]
    return items[0] + x


def by_map(x):
    try:
        total = sum(map(bad, [x, 2 * x]))
    except Exception:
        total = 0.0
    return total + x


def by_index(x):
    try:
        total = sum(Lazy(x))
    except Exception:
        total = 0.0
    return total + x


def by_reduce(x):
    try:
        total = functools.reduce(lambda a, b: a + bad(b), [x, x])
    except Exception:
        total = 0.0
    return total + x


def by_vectorize(x):
    try:
        y = np.vectorize(bad)(np.array([x]))[0]
    except Exception:
        y = 0.0
    return y + x


@functools.cache
def remembered(x):
    try:
        return bad(x)
    except Exception:
        return 0.0


def cached(x):
    return remembered(x) + x


def generating(x):
    while True:
        try:
            yield bad(x)
        except Exception:
            yield 0.0


def from_generator(x):
    return next(generating(x)) + x


def waiting(x):
    try:
        yield 1
    except ValueError:
        try:
            yield bad(x)
        except Exception:
            yield 0.0


def thrown(x):
    generator = waiting(x)
    next(generator)
    return generator.throw(ValueError) + x


def another_in_its_place(x):
    try:
        try:
            y = bad(x)
        except ValueError:
            raise
        except Exception as error:
            raise KeyError("failed") from error
    except KeyError:
        y = 0.0
    return y + x


def while_another_is_handled(x):
    try:
        raise ValueError
    except ValueError:
        try:
            y = bad(x)
        except Exception:
            y = 0.0
    return y + x


def asserted(x):
    try:
        assert bad(x) > 100
    except Exception:
        return x
    return 2 * x


def again_and_again(x):
    for _ in range(3):
        try:
            return bad(x)
        except Exception:
            continue
    return x


def otherwise(x):
    try:
        y = bad(x)
    except Exception:
        y = 0.0
    else:
        y *= 2
    finally:
        x = x * 3
    return y + x


def text_read_back(x):
    try:
        y = float(f"{x}")
    except Exception:
        y = 0.0
    return y + x


def endless(x):
    try:
        while x < 1e300 + x:
            x = x * 1.0
    except Exception:
        x = 0.0
    return x


def inner_gradient(x):
    try:
        y = grad(bad)(x)
    except Exception:
        y = 0.0
    return y + x


def in_a_pool(x):
    y = 0.0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(bad, x)
        if future.exception() is None:
            y = future.result()
    return y + x


SWALLOWED = [
    *(bare, base, several, star, named, suppress, own_manager, manager_from_outside),
    *(generator_manager, exit_stack, decorated, returned, broken, continued, has_attribute),
    *(attribute_with_default, equality, by_key, by_map, by_index, by_reduce, by_vectorize, cached),
    *(from_generator, thrown, another_in_its_place, while_another_is_handled, asserted),
    *(again_and_again, otherwise, text_read_back, inner_gradient),
    in_a_pool,
]


@pytest.mark.parametrize("f", SWALLOWED, ids=lambda f: f.__name__)
def test_a_refusal_passes_every_handler(f):
    g = value_and_grad(f)
    for _ in range(2):
        with pytest.raises(SymdiffError) as caught:
            g(0.5)
        assert "error: " in str(caught.value)


@pytest.mark.parametrize("f", [bare, suppress, returned, own_manager, by_key])
def test_whatever_is_asked_of_the_function(f):
    for ask in (
        lambda: hessian(f)(0.5),
        lambda: jvp(f, (0.5,), (1.0,)),
        lambda: grad(f).source(0.5),
        lambda: grad(lambda x: f(x) * x)(0.5),
        lambda: grad(lambda x: grad(f)(x))(0.5),
        lambda: enumerate_paths(f),
    ):
        with pytest.raises(SymdiffError):
            ask()


def test_a_loop_without_end_is_not_a_way_out():
    from symdiff import set_step_limit

    set_step_limit(50)
    try:
        with pytest.raises(SymdiffError):
            grad(endless)(0.5)
    finally:
        set_step_limit(100_000)


# -- what the user raises is the user's to catch


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
