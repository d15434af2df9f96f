"""Functions with loops over arrays, which are read, written to, replaced and seen by others."""

# ruff: noqa: B007

from __future__ import annotations

import numpy as np


def slice_(x, n):
    y = np.arange(40.0) * x
    s = 0.0
    for i in range(n):
        s = s + y[:i].sum()
    return s


def index2_(x, n):
    y = np.arange(40.0) * x
    s = 0.0
    for i in range(1, n):
        s = s + y[i] * y[i - 1] - y[-i]
    return s


def write_(x, n):
    y = np.zeros(40)
    for i in range(n):
        y[i] = x * i + (y[i - 1] if i > 0 else 0.0)
    return y.sum() + y[3] * 2


def write2_(x, n):
    y = np.zeros(41)
    y[0] = x
    for i in range(n):
        y[i + 1] = y[i] * 0.9 + 0.1 * i
    return y.sum() + (y**2).sum()


def write_alias_(x, n):
    y = np.zeros(41)
    z = y
    v = y[1:]
    y[0] = x
    for i in range(n):
        y[i + 1] = z[i] * 0.9 + 0.1 * i + v[0]
    return z.sum() + (v**2).sum()


def write_view_(x, n):
    y = np.zeros(41)
    v = y[1:]
    y[0] = x
    for i in range(n):
        v[i] = y[i] * 0.9 + 0.1 * i
    return y.sum() + (v**2).sum()


def array_rebind_(x, n):
    u = np.linspace(0, 1, 5) * x
    w = u
    for i in range(n):
        u = u * 0.9 + 0.1
    u[0] = 7.0
    return u.sum() + 10 * w.sum()


def array_alias_reset_(x, n):
    u0 = np.linspace(0, 1, 5) * x
    u = u0
    for i in range(n):
        if i % 7 == 6:
            u = u0
        else:
            u = u + u0
    return u.sum()


def array_double_(x, n):
    u = np.linspace(0, 1, 5) * x
    v = np.zeros(5)
    for i in range(n):
        v[1:-1] = u[2:] + u[:-2] * 0.3
        u, v = v, u
    return (u * np.arange(5)).sum() - v.sum()


def array_old_(x, n):
    u = np.linspace(0, 1, 5) * x
    old = u
    for i in range(n):
        old = u
        u = u * 0.9 + old.sum()
    old[0] = 3.0
    return u.sum() + old.sum()


def inplace_(x, n):
    u = np.linspace(0, 1, 5) * x
    w = u
    for i in range(n):
        u *= 0.9
        u += 0.1
    return u.sum() + 10 * w[0]


def inplace_scalar_arr_(x, n):
    u = np.linspace(0, 1, 5) * x
    for i in range(n):
        w = u
        w += i
    return u.sum()


def saved_(x, n):
    u = np.linspace(0, 1, 5) * x
    saved = u
    for i in range(n):
        u = u * 0.9
        if i == 6:
            saved = u
    saved[0] = 100.0
    return u.sum() + saved.sum()


def saved2_(x, n):
    u = np.linspace(0, 1, 5) * x
    saved = u
    for i in range(n):
        u[0] = u[0] + 1.0
        u = u * 0.9
        if i == 6:
            saved = u
    return u.sum() + saved.sum()


def view_of_next_(x, n):
    v = np.linspace(0.0, 1.0, 6) * x
    u = v[:5]
    for i in range(n):
        v = v * 0.9 + 0.1
        u = v[:5]
    v[0] = 7.0
    return v.sum() + 10 * u.sum()


def one_array_two_names_(x, n):
    u = np.linspace(0.0, 1.0, 5) * x
    v = u * 2.0
    for i in range(n):
        v = u * 0.5 + v * 0.25
        u = v
    u[0] = 7.0
    return v.sum() + 10 * u.sum()


def swapped_(x, n):
    u = np.linspace(0.1, 1.0, 6) * x
    v, w = u, np.ones(6)
    c = 0.0
    for i in range(n):
        c = np.tanh(v[-1])
        w, u = u, w
    return u.sum() + 2 * v[:5].sum() + 10 * w[:5].sum() + c


def growing_(x, n):
    u = np.linspace(0.0, 1.0, 3) * x
    for i in range(n):
        u = np.concatenate([u * 0.9, u[:1] + 1.0])
    return u.sum()


def transposed_(x, n):
    u = np.linspace(0.0, 1.0, 6).reshape(2, 3) * x
    for i in range(n):
        u = u.T * 0.9
    return (u.reshape(-1) * np.arange(6.0)).sum()


ROLLED = (
    slice_,
    one_array_two_names_,
    swapped_,
    index2_,
    write_,
    write2_,
    write_alias_,
    write_view_,
    array_rebind_,
    inplace_,
    inplace_scalar_arr_,
    saved_,
    array_alias_reset_,
)

UNROLLED = (
    view_of_next_,
    growing_,
    transposed_,
    array_double_,
    array_old_,
    saved2_,
)
