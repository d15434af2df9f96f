"""A refusal passes every handler of the user's."""

import concurrent.futures
import contextlib
import functools

import numpy as np
import pytest
from scipy.special import mathieu_a

from symdiff import SymdiffError, grad, hessian, jvp, value_and_grad
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
