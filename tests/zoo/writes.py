"""Arrays changed in place: by every kind of index, through views and aliases, in objects."""

import numpy as np

from . import Case, vector


def element(x):
    a = np.zeros(3)
    a[0] = x[0] * x[1]
    a[-1] = x[1] ** 2
    return (a * a).sum()


def slice_written(x):
    a = np.ones(4)
    a[1:3] = x[:2] * 2
    a[::3] = x[0]
    return (a * np.arange(4.0)).sum() + a[1] * a[2]


def whole(x):
    a = np.empty(x.shape)
    a[:] = x * x
    a[...] += x
    return a.sum() * a[0]


def scalar_broadcast(x):
    a = np.zeros((2, 3))
    a[:, 1] = x[0]
    a[1] = x[1]
    return (a * np.arange(6.0).reshape(2, 3)).sum() * x[0]


def fancy_written(x):
    a = np.zeros(4)
    a[[2, 0]] = x[:2] * 3
    a[np.array([1, 3])] = x[0]
    return (a**2).sum()


def boolean_written(x):
    a = x.copy()
    a[x < 0.5] = 0.25
    a[a > 1] = a[a > 1] * 2
    return (a * x).sum()


def boolean_array_written(x):
    a = np.zeros(x.shape)
    mask = np.arange(x.size) % 2 == 0
    a[mask] = x[mask] ** 2
    return (a * np.arange(1.0, 1 + x.size)).sum()


def augmented_element(x):
    a = x.copy()
    a[0] += x[1]
    a[1] *= x[0]
    a[1] -= 2
    a[0] /= 3
    a[0] **= 2
    return a.sum() + a[0] * a[1]


def augmented_whole(x):
    a = x * 2
    a += x
    a *= x
    a -= 1
    a /= 2
    a **= 2
    return a.sum()


def alias_seen(x):
    a = np.zeros(2)
    b = a
    b[0] = x[0]
    a[1] = b[0] * x[1]
    return b.sum() * a[1]


def view_by_slice(x):
    a = np.zeros(5)
    b = a[1:4]
    b[1] = x[0]
    b += x[1]
    return (a * np.arange(5.0)).sum() * a[2]


def view_of_view(x):
    a = np.ones(6)
    b = a[::2][1:]
    b[0] = x[0]
    c = b[::-1]
    c[0] = x[1] * b[0]
    return (a * np.arange(1.0, 7.0)).sum()


def view_by_reshape(x):
    a = np.zeros(6)
    b = a.reshape(2, 3)
    b[1, 2] = x[0]
    b[:, 0] = x[1]
    return (a * np.arange(1.0, 7.0)).sum() * a[5]


def view_by_transpose(x):
    a = np.ones((2, 3))
    a.T[2] = x[0]
    a.T[0, 1] *= x[1]
    return (a * np.arange(6.0).reshape(2, 3)).sum() ** 2


def view_by_ravel(x):
    a = np.ones((2, 2))
    flat = a.ravel()
    flat[3] = x[0] * 2
    flat[1:3] += x[1]
    return (a @ a).sum()


def copy_is_no_view(x):
    a = x * 1.0
    b = a.copy()
    c = a.flatten()
    b[0] = 100.0
    c[1] = 100.0
    return a.sum() * a[0]


def fancy_read_is_no_view(x):
    a = x * 1.0
    b = a[[0, 1]]
    b[0] = 7.0
    return (a * a).sum() + b.sum()


def view_read_before_write(x):
    a = x * 1.0
    b = a[:2]
    before = b.sum()
    a[0] = x[1] ** 2
    return before * b.sum()


def base_written_view_read(x):
    a = x * 2
    b = a[1:]
    a[1] = x[0] ** 3
    return (b * b).sum()


def out_argument(x):
    a = np.zeros(x.shape)
    np.multiply(x, x, out=a)
    np.add(a, x, out=a)
    return a.sum() * a[0]


def rows_written_in_loop(x):
    a = np.zeros((3, x.size))
    for k, row in enumerate(a):
        row[:] = x * k
        row[0] += x[1]
    return (a**2).sum()


def rows_swapped(x):
    a = np.array([[x[0], 1.0], [x[1], 2.0], [3.0, x[0] * x[1]]])
    a[[0, 1]] = a[[1, 0]]
    return a[0, 0] ** 2 * a[1, 0] + a[2].sum()


def elements_swapped(x):
    a = x * 1.0
    a[0], a[1] = a[1], a[0]
    return a[0] ** 2 * a[1]


def shifted_overlap(x):
    a = x * x
    a[1:] = a[:-1]
    return (a * np.arange(1.0, 1 + x.size)).sum()


def reversed_into_itself(x):
    a = x * x
    a[:] = a[::-1]
    return (a * np.arange(1.0, 1 + x.size)).sum()


def list_into_slice(x):
    a = np.zeros(4)
    a[1:3] = [x[0], x[1] * 2]
    a[:1] = (x[0] * x[1],)
    return (a * a).sum()


def nested_list_built(x):
    a = np.array([[x[0], 1.0], [2.0, x[1]]])
    b = np.array([[x[0], x[1]], x[:2]])
    return (a @ b).sum() * a[0, 0]


def array_of_rows(x):
    a = np.array([x, x * 2, x**2])
    return (a * a).sum() + a[1, 0] * a[2, 1]


def integer_array_written(x):
    a = np.zeros(3, dtype=int)
    a[0] = 2
    b = a * x[0]
    b[1] = x[1]
    return b.sum() * b[0]


def stored_in_list(x):
    store = [np.zeros(2), np.ones(2)]
    store[0][1] = x[0]
    store[1] += x[1]
    a, b = store
    return (a * b).sum()


class _Grid:
    def __init__(self, n):
        self.cells = np.zeros(n)
        self.middle = self.cells[1:-1]

    def put(self, k, v):
        self.cells[k] = v
        return self


def stored_in_object(x):
    grid = _Grid(4).put(1, x[0]).put(2, x[1])
    grid.middle *= 2.0
    return (grid.cells**2).sum() + grid.middle[0] * grid.middle[1]


def stored_in_dictionary(x):
    state = {"m": np.zeros(2), "v": np.ones(2)}
    for _ in range(3):
        state["m"] = 0.9 * state["m"] + 0.1 * x[:2]
        state["v"] += state["m"] ** 2
    return (state["m"] / np.sqrt(state["v"])).sum()


def recurrence(x):
    a = np.zeros(6)
    a[0], a[1] = x[0], x[1]
    for k in range(2, 6):
        a[k] = a[k - 1] * x[0] + a[k - 2] * 0.5
    return a[-1] + a.sum()


def heat_steps(x):
    u = np.concatenate([x, np.zeros(3)])
    for _ in range(4):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return (u * u).sum()


def fill_and_zeroed(x):
    a = x * 2
    a.fill(x[0])
    b = np.full(2, x[1])
    b[0] = a[1]
    return a.sum() * b.sum()


def diagonal_written(x):
    a = np.eye(2)
    a[np.arange(2), np.arange(2)] = x[:2]
    a[[0, 1], [1, 0]] += x[0]
    return np.linalg.det(a) + a.sum()


def written_by_computed_index(x):
    a = np.zeros(4)
    k = int(x[0]) % 4
    a[k] = x[1]
    a[np.argmax(x)] += x[0] * 2
    return (a * np.arange(1.0, 5.0)).sum()


def add_at(x):
    a = np.zeros(3)
    np.add.at(a, [0, 0, 2], np.array([x[0], x[1], x[0] * x[1]]))
    return (a * a).sum()


def helper_that_writes(x):
    def scale(a, k):
        a *= k
        a[0] = k

    b = x * 1.0
    scale(b, x[0])
    scale(b[1:], x[1])
    return (b * b).sum()


def ellipsis_and_newaxis(x):
    a = np.zeros((2, 1, 2))
    a[..., 0] = x[:2, None]
    a[None, 1, 0, 1] = x[0] * x[1]
    return (a**2).sum() * a[0, 0, 0]


def negative_step_written(x):
    a = np.zeros(4)
    a[::-2] = x[:2]
    a[-2::-2] += x[0]
    return (a * np.arange(1.0, 5.0)).sum() * a[0]


def cumulative_by_hand(x):
    a = x.copy()
    for k in range(1, a.size):
        a[k] += a[k - 1]
    return (a * a).sum()


def put_and_take(x):
    a = x * 3
    b = a.take([0, 1]) * np.take(x, [1, 0])
    return b.sum() ** 2


def zero_dimensional(x):
    a = np.array(x[0] * 2)
    a += x[1]
    a[...] = a * a
    return a * 3.0


def numbers_indexed(x):
    """A NumPy number takes `[()]`, `[...]` and `[None]`, as an array without dimensions does."""
    low = x[0][...] * x[1] + x.sum()[()] * x[1]
    return low + (x[1][None] * x[0]).sum() + x.mean()[None, ..., None].sum() ** 2


def zero_dimensional_views(x):
    a = np.array(x[0])
    b = a[...]
    b[...] = x[1] * 2
    b += x[0]
    row = a[None]
    row[0] *= x[1]
    number = a[()]
    a *= 3
    return a * x[1] + b * number + row.sum()


def zero_dimensional_made_by_zeros(x):
    total = np.zeros(())
    total[...] = x[0]
    total[()] += x[1]
    total += total[()] * x[0]
    return total


def element_of_a_matrix_as_a_view(x):
    m = np.zeros((2, 2))
    place = m[0, 1, ...]
    place[...] = x[0]
    place *= x[1]
    return m.sum() * x[1]


def where_and_write(x):
    a = np.where(x > 0.5, x, 0.0)
    a[0] = a[1] + x[0]
    return (a * a).sum()


def parts_of_complex_numbers_written(x):
    z = np.zeros(len(x), complex)
    z.real[:] = x
    z.imag = x**2
    part = z.imag
    part[0] *= x[1]
    z *= 2j
    np.real(z)[1] += part[0]
    return np.abs(z).sum() + part.sum()


def filled_after_empty_like(x):
    out = np.empty_like(x)
    np.exp(x, out=out)
    return (out * x).sum()


_XS = [vector(1.5, 2.0), vector(-0.5, 3.0), vector(0.3, -1.2)]
_LONG = [vector(1.5, 2.0, 0.7), vector(-0.5, 3.0, 1.1), vector(0.3, -1.2, 2.2, 0.9)]
_LONGER = [element, slice_written, whole, fancy_written, augmented_element, augmented_whole]
_LONGER += [copy_is_no_view, view_read_before_write, base_written_view_read, out_argument]
_LONGER += [rows_written_in_loop, shifted_overlap, reversed_into_itself, array_of_rows]
_LONGER += [boolean_written, boolean_array_written, heat_steps, fill_and_zeroed]
_LONGER += [helper_that_writes, cumulative_by_hand, where_and_write]
_SHORT = [scalar_broadcast, alias_seen, view_by_slice, view_of_view, view_by_reshape]
_SHORT += [view_by_transpose, view_by_ravel, fancy_read_is_no_view, rows_swapped]
_SHORT += [elements_swapped, list_into_slice, nested_list_built, integer_array_written]
_SHORT += [stored_in_list, stored_in_object, stored_in_dictionary, recurrence]
_SHORT += [diagonal_written, written_by_computed_index, add_at, ellipsis_and_newaxis]
_SHORT += [negative_step_written, put_and_take, zero_dimensional]
_SHORT += [numbers_indexed, zero_dimensional_views, zero_dimensional_made_by_zeros]
_SHORT += [element_of_a_matrix_as_a_view, parts_of_complex_numbers_written]
_SHORT += [filled_after_empty_like]

CASES = [
    *[Case(f, _LONG, oracle="difference") for f in _LONGER],
    *[Case(f, _XS, oracle="difference") for f in _SHORT],
]
