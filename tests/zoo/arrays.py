"""Arrays: elementwise functions, broadcasting, indexing, products, reductions, norms."""

import numpy as np
from numpy.linalg import norm

from . import Case, call, matrix, vector

# --- elementwise and broadcasting ---------------------------------------------------------------


def elementwise(x):
    return (np.sin(x) * np.exp(-x * x) + x**3).sum()


def softplus(x):
    return np.sum(np.log1p(np.exp(x)))


def log_sum_exp(x):
    top = x.max()
    return np.log(np.sum(np.exp(x - top))) + top


def softmax_entropy(x):
    e = np.exp(x - np.max(x))
    p = e / e.sum()
    return -np.sum(p * np.log(p))


def where_guarded(x):
    return np.sum(np.where(x > 0, np.sqrt(np.abs(x)), x * x))


def relu(x):
    return np.sum(np.maximum(x, 0.0) ** 2)


def clip(x):
    return np.sum(np.clip(x, -0.5, 0.5) * x)


def scalar_with_array(x, a):
    return np.sum(x * a + a / x)


def row_and_column(x):
    return np.sum(x[:, None] * x[None, :] + x)


def broadcast_vector(x, a):
    return np.sum((a - x) ** 2 * x)


def ufunc_spellings(x):
    y = np.add(np.multiply(x, x), np.subtract(x, 1.0))
    return np.sum(np.divide(np.negative(y), np.add(2.0, np.square(x))))


def logaddexp(x, y):
    return np.sum(np.logaddexp(x, y))


# --- indexing, slicing, shapes ------------------------------------------------------------------


def single_elements(x):
    return x[0] * x[-1] + x[1] ** 2


def rosenbrock(x):
    return sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def strided(x):
    return np.sum(x[::2] ** 2) + np.sum(x[1::2] * 3) + np.sum(x[::-1] * x)


def repeated_index(x):
    return np.sum(x[[0, 0, 1]] * vector(1.0, 2.0, 3.0))


def boolean_mask(x):
    return np.sum(x[x > 0] ** 2)


def rows_and_columns(x):
    return np.sum(x[0] * x[-1]) + np.sum(x[:, 1] ** 2) + x[0, 1] * x[1, 0]


def reshaped(x):
    y = x.reshape(-1)
    return np.sum(y * np.arange(y.size)) + np.sum(np.reshape(x, (x.size, 1)) ** 2)


def transposed(x):
    return np.sum(x.T @ x * 0.5) + np.sum(np.transpose(x) ** 3)


def flattened(x):
    return (x.ravel()[1:] * x.flatten()[:-1]).sum()


def shape_dependent(x):
    if x.ndim == 1:
        return np.sum(x * x)
    return np.sum(x) * x.shape[0]


def loop_over_shape(x):
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            total += x[i, j] ** (i + 1) * (j + 1)
    return total


def stacked(x):
    y = np.array([x[0], x[1] * x[0], 2.0])
    return np.sum(y * y)


def concatenated(x):
    return np.sum(np.concatenate([x, x * x]) ** 2)


# --- products -----------------------------------------------------------------------------------


def twice_dot(x):
    return 2 * np.dot(x, x)


def quadratic_form(x, a):
    return x @ a @ x


def matrix_vector(x, v):
    return np.sum((x @ v) ** 2)


def matrix_matrix(x):
    return np.sum(x @ x.T)


def dot_method(x, y):
    return x.dot(y) * 3


def least_squares(w, a, b):
    r = a @ w - b
    return r @ r / len(b)


def outer_product(x):
    return np.sum(np.outer(x, x) * np.outer(x, np.ones(x.size)))


def two_layers(w, x):
    h = np.tanh(x @ w)
    return np.mean((h @ w.T - x) ** 2)


# --- reductions and norms -----------------------------------------------------------------------


def means(x):
    return x.mean() * np.mean(x * x)


def variance_by_hand(x):
    m = np.mean(x)
    return np.mean((x - m) ** 2)


def sums_along_axes(x):
    return np.sum(x.sum(axis=0) ** 2) + np.sum(np.sum(x, axis=1, keepdims=True) * x)


def negative_axis(x):
    return (x.mean(axis=-1) ** 2).sum()


def euclidean_norm(x):
    return np.linalg.norm(x) + norm(2 * x) ** 2


def one_norm(x):
    return norm(x, 1) + np.abs(x).sum()


def norm_along_axis(x):
    return np.sum(norm(x, axis=1))


def extremes(x):
    return x.max() * 2 + np.min(x) * np.max(x * x)


def product(x):
    return np.prod(x) + x.prod()


def python_sum(x):
    return sum(x) * sum(v * v for v in x)


# --- methods that numbers do not have -----------------------------------------------------------


def doubled_until_large(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c.sum()


def methods_of_numbers(x):
    return x.sum() * x.norm() + (x * x).mean()


_VECTORS = [vector(1.0, 2.0), vector(-0.5, 3.0, 0.75), vector(0.25, -1.0, 2.0, -3.0)]
_POSITIVE = [vector(1.0, 2.0), vector(0.5, 3.0, 0.75), vector(0.25, 1.0, 2.0, 3.0)]
_MATRICES = [matrix(2, 2), matrix(3, 2, 1), matrix(2, 4, 2)]


def sizes_along_axes(x):
    return np.size(x) * np.sum(x**2) / np.size(x, 1) + np.size(x, axis=0) * x[0, 0]


def every_element_with_its_place(x):
    total = 0.0
    for place, value in np.ndenumerate(x):
        total += value**2 * (sum(place) + 1) if value > 0 else value
    return total


CASES = [
    Case(elementwise, [*_VECTORS, matrix(2, 3)], oracle="autograd"),
    Case(softplus, [*_VECTORS, matrix(2, 3)], oracle="autograd"),
    Case(log_sum_exp, [*_VECTORS, vector(1000.0, 999.0, -5.0)]),
    Case(softmax_entropy, _VECTORS, oracle="autograd", tolerance=1e-11),
    Case(where_guarded, _VECTORS),
    Case(relu, _VECTORS),
    Case(clip, [vector(0.25, 0.75), vector(-3.0, 0.125, 2.0), matrix(2, 2)]),
    Case(scalar_with_array, [(2.0, vector(1.0, 2.0)), (-1.5, matrix(2, 3)), (0.5, vector(3.0))]),
    Case(
        scalar_with_array,
        [(2.0, vector(1.0, 2.0)), (-1.5, matrix(2, 3)), (0.5, vector(3.0))],
        wrt=1,
        name="array_with_scalar",
    ),
    Case(row_and_column, _VECTORS, oracle="autograd"),
    Case(
        broadcast_vector,
        [
            (vector(1.0, 2.0), matrix(3, 2)),
            (vector(1.0), matrix(3, 2)),
            (matrix(3, 1), matrix(3, 2)),
            (vector(1.0, -2.0), vector(3.0, 0.5)),
        ],
        oracle="autograd",
    ),
    Case(ufunc_spellings, _VECTORS, oracle="autograd"),
    Case(logaddexp, [(v, v[::-1] * 0.5) for v in _VECTORS], oracle="autograd"),
    Case(single_elements, _VECTORS, oracle="autograd"),
    Case(rosenbrock, _VECTORS),
    Case(strided, _VECTORS),
    Case(repeated_index, _VECTORS),
    Case(boolean_mask, _VECTORS),
    Case(rows_and_columns, _MATRICES, oracle="autograd"),
    Case(reshaped, [*_MATRICES, vector(1.0, 2.0, 3.0)]),
    Case(transposed, _MATRICES, oracle="autograd"),
    Case(flattened, _MATRICES),
    Case(shape_dependent, [vector(1.0, 2.0), matrix(2, 2), matrix(3, 2), vector(5.0)]),
    Case(loop_over_shape, _MATRICES),
    Case(stacked, _VECTORS),
    Case(concatenated, _VECTORS, oracle="autograd"),
    Case(twice_dot, [np.arange(4.0), *_VECTORS], oracle="autograd"),
    Case(
        quadratic_form,
        [(v, matrix(v.size, v.size, v.size)) for v in _VECTORS],
        oracle="autograd",
    ),
    Case(
        quadratic_form,
        [(v, matrix(v.size, v.size, v.size)) for v in _VECTORS],
        wrt=1,
        oracle="autograd",
        name="quadratic_form_wrt_1",
    ),
    Case(matrix_vector, [(m, np.arange(1.0, 1 + m.shape[1])) for m in _MATRICES]),
    Case(
        matrix_vector,
        [(m, np.arange(1.0, 1 + m.shape[1])) for m in _MATRICES],
        wrt=1,
        name="matrix_vector_wrt_1",
    ),
    Case(matrix_matrix, _MATRICES, oracle="autograd"),
    Case(dot_method, [(v, v + 1.5) for v in _VECTORS]),
    Case(
        least_squares,
        [
            (vector(1.0, 2.0), matrix(3, 2), vector(1.0, 0.0, 2.0)),
            (vector(1.0, 2.0, -1.0), matrix(4, 3), vector(1.0, 0.0, 2.0, 3.0)),
            (vector(0.5), matrix(2, 1), vector(1.0, 0.0)),
        ],
        oracle="autograd",
    ),
    Case(outer_product, _VECTORS, oracle="autograd"),
    Case(
        two_layers,
        [
            (matrix(3, 2), matrix(4, 3)),
            (matrix(2, 2, 1), matrix(1, 2)),
            (matrix(2, 5), matrix(3, 2)),
        ],
    ),
    Case(means, [*_VECTORS, matrix(2, 3)], oracle="autograd"),
    Case(variance_by_hand, _VECTORS, oracle="autograd"),
    Case(sums_along_axes, _MATRICES, oracle="autograd"),
    Case(negative_axis, _MATRICES, oracle="autograd"),
    Case(euclidean_norm, [*_VECTORS, matrix(2, 3)]),
    Case(one_norm, _VECTORS),
    Case(norm_along_axis, _MATRICES, oracle="autograd"),
    Case(extremes, _VECTORS),
    Case(product, [*_POSITIVE, vector(-1.0, 2.0)]),
    Case(python_sum, _VECTORS),
    Case(sizes_along_axes, _MATRICES),
    Case(every_element_with_its_place, [*_MATRICES, vector(1.0, -2.0)]),
    Case(
        doubled_until_large, [1.5, -2.0, vector(1.0, 2.0), vector(-300.0, 3.0), matrix(2, 2), 1e5]
    ),
    Case(methods_of_numbers, [1.5, -2.0, call(3.0)]),
]
