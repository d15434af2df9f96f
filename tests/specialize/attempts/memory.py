"""How an argument and an intermediate array lie in memory."""

from __future__ import annotations

import numpy as np

from ._attempt import attempt


def memory(name, f):
    def make():
        h = [np.arange(6.0).reshape(2, 3)]

        def g(x):
            return f(x, h[0])

        return g, [
            lambda: h.__setitem__(0, np.asfortranarray(np.arange(6.0).reshape(2, 3))),
            lambda: h.__setitem__(0, np.arange(12.0).reshape(4, 3)[::2]),
            lambda: h[0].setflags(write=False),
            lambda: h.__setitem__(0, np.arange(6.0).reshape(3, 2).T),
            lambda: h.__setitem__(0, np.broadcast_to(np.arange(3.0), (2, 3))),
            lambda: h.__setitem__(0, np.arange(6.0).reshape(2, 3)),
        ]

    make.__name__ = "memory_" + name
    attempt(make)


memory("c_contiguous", lambda x, a: x if a.flags.c_contiguous else x * x)


memory("f_contiguous", lambda x, a: x if a.flags["F_CONTIGUOUS"] else x * x)


memory("writeable", lambda x, a: x if a.flags.writeable else x * x)


memory("owndata", lambda x, a: x if a.flags.owndata else x * x)


memory("strides", lambda x, a: x * a.strides[0])


memory("base", lambda x, a: x if a.base is None else x * x)


memory("isfortran", lambda x, a: x if np.isfortran(a) else x * x)


memory("ravel_shares", lambda x, a: x if np.shares_memory(a.ravel(), a) else x * x)


memory("may_share", lambda x, a: x if np.may_share_memory(a.reshape(-1), a) else x * x)


memory("flags_of_T", lambda x, a: x if a.T.flags.c_contiguous else x * x)


memory("strides_of_slice", lambda x, a: x * a[:, 1:].strides[0] + x * a.T.strides[0])


memory("copy_k", lambda x, a: x if a.copy(order="K").flags.c_contiguous else x * x)


@attempt
def broadcast_flags():
    return lambda x: x if np.broadcast_to(np.array([x, x]), (3, 2)).flags.writeable else x * x, []


@attempt
def diagonal_flags():
    return lambda x: x if np.diagonal(np.array([[x, x], [x, x]])).flags.writeable else x * x, []


@attempt
def transposed_flags():
    return lambda x: x if (np.array([[x, x, x], [x, x, x]]).T + 0).flags.c_contiguous else x * x, []
