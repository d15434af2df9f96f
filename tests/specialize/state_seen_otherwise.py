"""Functions with loops over containers and objects that are seen in other ways, too."""

# ruff: noqa: B007

from __future__ import annotations

import math

import numpy as np

from .looping_over_state import Body, Point


def changed_while_aliased_(x, n):
    state = [x, 1.0]
    other = state
    for k in range(n):
        state = [state[0] * 0.9, state[1] + 0.1]
    state[0] = state[0] + 5.0
    return other[0] * 2 + state[0] + state[1]


def changed_by_the_other_name_(x, n):
    state = [x, 1.0]
    other = state
    for k in range(n):
        state = [state[0] * 0.9, state[1] + 0.1]
    other[0] = 7.0 * x
    return other[0] * 2 + state[0] + state[1]


def two_names_of_one_(x, n):
    a = b = [x, 1.0]
    for k in range(n):
        a = b = [a[0] * 0.9, b[1] + 0.1]
        a[1] = a[1] * 0.5
    a[0] += 1.0
    return a[0] + b[0] * 2 + b[1]


def kept_elsewhere_(x, n):
    log = {"last": None}
    state = [x, 1.0]
    for k in range(n):
        state = [state[0] * 0.9, state[1] + 0.1]
        log["last"] = state
    state[0] = 3.0 * x
    return state[0] + (log["last"][0] if log["last"] is not None else 0.0)


def kept_first_(x, n):
    log = {"first": None}
    state = [x, 1.0]
    for k in range(n):
        state = [state[0] * 0.9, state[1] + 0.1]
        if k == 0:
            log["first"] = state
    state[0] = 3.0 * x
    return state[0] + (log["first"][0] if log["first"] is not None else 0.0)


def old_container_is_changed_(x, n):
    state = [x, 1.0]
    other = state
    for k in range(n):
        state[0] = state[0] + 0.5
        state = [state[0] * 0.9, state[1]]
    return other[0] + state[0]


def identity_(x, n):
    state = first = (x, 1.0)
    for k in range(n):
        state = (state[0] * 0.9, state[1])
    return state[0] + (2.0 if state is first else 0.0)


def list_identity_(x, n):
    state = first = [x, 1.0]
    for k in range(n):
        state = [state[0] * 0.9, state[1]]
    return state[0] + (2.0 if state is first else 0.0)


def new_key_(x, n):
    s = {"a": x}
    for k in range(n):
        s[k % 3] = s["a"] * k
        s["a"] = s["a"] * 0.9
    return s["a"] + sum(s.values()) + len(s)


def new_attribute_(x, n):
    p = Body(x)
    for k in range(n):
        p.step()
        if k == 4:
            p.extra = p.v
    return p.v + (p.extra if hasattr(p, "extra") else 0.0)


def other_structure_(x, n):
    state = (x,)
    for k in range(n):
        state = (state[0] * 0.9, *state[:2])
    return sum(state)


def none_first_(x, n):
    p = Body(x)
    p.w = None
    for k in range(n):
        p.w = p.v if p.w is None else p.w * 0.9 + p.v
        p.v = p.v * 0.5
    return p.v + (p.w or 0.0)


def rotated_objects_(x, n):
    p, q = Body(x), Body(1.0)
    for k in range(n):
        p, q = q, p
        p.v = p.v * 0.9 + 0.1
    return p.v + 2 * q.v


def rotated_functions_(x, n):
    f, g = math.sin, math.cos
    for k in range(n):
        for j in range(n):
            f, g = g, f
        x = x * 0.9
    return f(x) + 2 * g(x)


def array_written_beside_(x, n):
    u = np.ones(4) * x
    v = u
    for k in range(n):
        u[0] += 0.1
        v = v * 0.9
    return np.sum(u) + 2 * np.sum(v)


def chosen_object_(x, n):
    bodies = [Body(x), Body(1.0)]
    for k in range(n):
        p = bodies[k % 2]
        p.v = p.v * 0.9 + 0.1
    return bodies[0].v + 2 * bodies[1].v


def appended_attribute_(x, n):
    p = Point(x)
    for k in range(n):
        p.x = p.x * 0.9
        p.log.append(p.x)
    return p.x + sum(p.log)


def by_dict_of_attributes_(x, n):
    p = Body(x)
    held = p.__dict__
    for k in range(n):
        held["v"] = held["v"] * 0.9 + 0.1
        p.w = p.w + p.v
        p.v = p.v + 0.01
    return held["w"] + p.v


def text_state_(x, n):
    s = {"mode": "up", "v": x}
    for k in range(n):
        if s["mode"] == "up":
            s["v"] += 0.3
            if s["v"] > 2.0:
                s["mode"] = "down"
        else:
            s["v"] -= 0.7
            if s["v"] < 0.0:
                s["mode"] = "up"
    return s["v"]


def deleted_(x, n):
    s = {"a": x, "b": 1.0}
    for k in range(n):
        s["b"] = s["a"] * 0.5
        del s["a"]
        s["a"] = s["b"] + 0.1
    return s["a"]


def popped_(x, n):
    s = {"a": x, "b": 1.0}
    for k in range(n):
        a = s.pop("a")
        s["a"] = a * 0.9 + s["b"]
    return s["a"]


def updated_(x, n):
    s = {"a": x, "b": 1.0}
    for k in range(n):
        s.update(a=s["a"] * 0.9, b=s["b"] + s["a"])
    return s["a"] + s["b"]


def state_of_inner_loop_(x, n):
    t = 0.0
    for k in range(n):
        s = {"a": x + 0.1 * k}
        for j in range(n):
            s["a"] = s["a"] * 0.9
        t += s["a"]
    return t


def array_shared_by_places_(x, n):
    u = np.ones(4) * x
    s = {"u": u, "v": u}
    for k in range(n):
        s["u"] += 0.1
        s["v"] = s["v"] * 0.9
    return np.sum(s["u"]) + 2 * np.sum(s["v"]) + 3 * np.sum(u)


def array_rebound_to_another_(x, n):
    s = {"u": np.ones(4) * x, "v": np.zeros(4)}
    for k in range(n):
        s["v"] = s["u"]
        s["u"] = s["u"] * 0.9
    s["v"][1] = 5.0
    return np.sum(s["u"]) + 2 * np.sum(s["v"])


EITHER = [v for k, v in dict(vars()).items() if k.endswith("_") and not k.startswith("_")]
