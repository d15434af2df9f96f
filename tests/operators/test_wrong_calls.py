"""What Python refuses of a call, a gradient refuses, and takes what Python takes."""

from __future__ import annotations

import functools
import linecache
import math
import operator
from typing import Any

import numpy as np
import pytest

from symdiff import grad
from symdiff.errors import SymdiffError

pytestmark = pytest.mark.sampled(every=11)

FORMS = """
max(3.0, x, c=7.0)
min(3.0, x, c=7.0)
max(x, default=3.0)
max(x, 2.0, default=3.0)
max([x], key=None)
max([x, 2.0], key=None, default=1)
max()
min(x)
max([], default=x)
sum([x], 1.0, 2.0)
sum([x], begin=1.0)
sum([x], start=1.0)
sum(x)
sum()
sum(['a', x])
sum([x], '')
sorted([x, 1.0], reversed=True)[0]
sorted([x, 1.0], None)[0]
sorted([x, 1.0], reverse=1)[0]
sorted([x, 1.0], key=None)[0]
sorted([x, 'a'])[0]
sorted(x)
round(x, 1, 2)
round(x, ndigits=1)
round(number=x)
round(x, digits=1)
round(x, 'a')
round(x, 1.0)
abs(x, 1)
abs()
abs(x=x)
pow(x, 2, 3)
pow(x)
pow(base=x, exp=2)
pow(x, exp=2)
pow(x, 2, mod=None)
pow(x, 2, foo=1)
divmod(x)
divmod(x, 2, 3)
divmod(x, 2)[1]
divmod(x, y=2)
float(x, 1)
float(x=x)
float('1.5') * x
float([x])
float('abc') * x
float(None)
float()*x
int(x, 10)
int(x=x)
int('12', 10) * x
int('12', base=8) * x
int('zz', 10) * x
int([x])
int()*x
zip([x], [1.0], foo=1)
sum(a*b for a,b in zip([x], [1.0, 2.0], strict=True))
sum(a*b for a,b in zip([x], [1.0], strict=True))
sum(a for a, in zip([x]))
list(zip())  and x
list(enumerate([x], 1, 2))[0][1]
list(enumerate([x], start=2))[0][0] * x
list(enumerate(iterable=[x], start=2))[0][0] * x
list(enumerate([x], begin=2))[0][0] * x
list(enumerate())[0]
list(enumerate(x))
len([x], 1) * x
len(obj=[x]) * x
len(x) * x
len() * x
sum(range(3, 1, 2, 4)) * x
sum(range()) * x
sum(range(x)) * x
sum(range(1.0)) * x
sum(range(stop=3)) * x
isinstance(x) * x
isinstance(x, float, int) * x
isinstance(x, 3) * x
isinstance(x, (float, 3)) * x
isinstance(obj=x, cls=float) * x
isinstance(x, int | float) * x
isinstance(x, (int, (str, float))) * x
issubclass(x, float) * x
issubclass(float, 3) * x
issubclass(float) * x
getattr(x)
getattr(x, 'real', 1, 2)
getattr(x, 3)
getattr(x, 'foo')
getattr(x, 'foo', 2.0) * x
getattr(x, name='real')
getattr(1, 'real', default=2) * x
hasattr(x, 3) * x
hasattr(x) * x
hasattr(x, 'real', 2) * x
setattr(x, 'a', 1)
any(x) * x
any([x], [x]) * x
any() * x
all(iterable=[x]) * x
bool(x, 1) * x
bool(x=x) * x
list([x], [x])[0]
list(iterable=[x])[0]
list(x)
tuple([x], 1)[0]
set([x], 1) and x
dict([x]) and x
dict(a=x)['a']
dict([('a', x)], b=1)['a']
dict(x) and x
dict.fromkeys([1], x)[1]
dict.fromkeys([1], x, 3)[1]
frozenset([x], 2) and x
reversed(x)
reversed([x], 1)
list(reversed([x]))[0]
list(reversed({x})) and x
iter(x)
iter([x], 1, 2)
next([x])
next(iter([]), x)
next(iter([]), x, 1)
next(iter([]))
next(iter([x]), default=3)
list(map(abs))[0]
list(map(abs, x))
map()
list(filter(None, [x]))[0]
list(filter(None, [x], 1))[0]
list(filter(abs, x))
filter(None)
hash([x]) and x
hash(x, 1) and x
callable(x, 1) or x
callable() or x
id() and x
id(x, 1) and x
str(x, 1, 2, 3) and x
len(str(object=3)) * x
str(x, 'utf8') and x
repr(x, 1) and x
repr() and x
format(x, '.2f', 1) and x
format(x, 3) and x
format(x, 'zz') and x
type(x, 1) and x
type() and x
vars(x) and x
complex(x, 1, 2).real
complex(real=x).real
complex(x, imag=2.0).real
math.sqrt(x, 2)
math.sqrt('a')
math.sqrt()
math.hypot(x, 'a')
math.hypot()*x
math.fsum(x)
math.fsum([x], 1)
math.prod([x], 2)
math.prod([x], start=2)
math.dist([x], [1.0, 2.0])
math.dist([x])
math.isclose(x, 1.5, foo=1) * x
math.isclose(x, 1.5, rel_tol=1e-3) * x
math.isclose(x, 1.5, 0.1) * x
math.floor(x, 1) * x
math.floor() * x
math.atan2(x)
math.log(x, 2, 3)
math.log(x, 2)
functools.reduce(max, [x, 2.0], initial=3)
functools.reduce(max, [])
functools.reduce(max)
operator.add(x)
operator.add(x, 1, 2)
operator.itemgetter()(x)
np.sum([x], foo=1)
np.sum()
np.exp()
np.dot(x)
np.where(x > 0, x)
np.maximum(x)
np.array().item()
np.zeros()[0]*x
np.clip(x)
np.shape() and x
np.copyto(x, 1)
x.foo
x()
x[0]
x.real(3)
x.conjugate(1)
slice(x, 1, 2, 3) and x
[x][x]
[x][1:2:0]
{}[x]
[x] + (x,)
'a' + x
[x] * x
-'a' * x
super(x) and x
property(x) and x
print(x, foo=1) or x
object(1) and x
object(x) and x
staticmethod() and x
"""


def made(form: str) -> Any:
    """A function of `x` that gives what an expression gives."""
    source, name = f"def f(x):\n    return {form}\n", f"<form {form}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space: dict[str, Any] = {"math": math, "functools": functools, "operator": operator, "np": np}
    exec(compile(source, name, "exec"), space)
    return space["f"]


def outcome(call: Any) -> Any:
    try:
        return call(1.5)
    except SymdiffError:
        return None
    except Exception as error:
        return type(error)


if np.lib.NumpyVersion(np.__version__) < "2.1.0":  # `clip` asks for a bound there
    FORMS = FORMS.replace("np.clip(x)\n", "")


@pytest.mark.parametrize("form", FORMS.strip().splitlines())
def test_a_call_is_taken_as_python_takes_it(form: str) -> None:
    f = made(form)
    expected = outcome(f)
    found = outcome(lambda x: grad(f).value_and_grad(x)[0])
    if isinstance(expected, type):
        assert found is expected
    elif found is not None:
        np.testing.assert_allclose(found, expected)
