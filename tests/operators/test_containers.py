"""Arguments and results that are containers: lists, dicts, named tuples, dataclasses, others."""

from __future__ import annotations

import importlib.util
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import optree
import pytest

from symdiff import grad, hessian, hvp, jacobian, jvp, linearize, value_and_grad, vjp
from symdiff.errors import SymdiffError, UsageError
from symdiff.program.trees import flatten, parse_place, replace, unflatten

from ..comparing import assert_close, assert_trees_close


class Layer(NamedTuple):
    w: Any
    b: Any


@dataclass
class Model:
    layers: list[Layer]
    scale: float = 1.0
    name: str = "net"
    history: list[float] = field(default_factory=list)

    def __call__(self, x):
        for layer in self.layers:
            x = np.tanh(layer.w @ x + layer.b)
        return self.scale * x.sum()


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float

    @property
    def size(self):
        return self.x * self.x + self.y * self.y


class Box:
    """A class of its own, registered below."""

    def __init__(self, content, label):
        self.content = content
        self.label = label


optree.register_pytree_node(
    Box,
    lambda box: ([box.content], box.label, ("content",)),
    lambda label, children: Box(next(iter(children)), label),
    namespace="symdiff",
)

W = np.array([[0.5, -1.0], [2.0, 0.3]])
B = np.array([0.1, -0.2])
X = np.array([0.7, -0.4])


def model() -> Model:
    return Model([Layer(W, B), Layer(W.T, 2 * B)], 1.5)


def as_dict(m: Model) -> dict[str, Any]:
    return {"layers": [{"w": w, "b": b} for w, b in m.layers], "scale": m.scale}


def dict_loss(params, x):
    for layer in params["layers"]:
        x = np.tanh(layer["w"] @ x + layer["b"])
    return params["scale"] * x.sum()


def test_a_dict_of_lists_of_dicts() -> None:
    params = as_dict(model())
    found = grad(dict_loss)(params, X)
    assert list(found) == ["layers", "scale"]
    for k in range(2):
        for name in ("w", "b"):
            at = found["layers"][k][name]
            assert at.shape == params["layers"][k][name].shape
            assert at.dtype == np.float64
            for where in np.ndindex(at.shape):

                def slope(h: float, k: int = k, name: str = name, where: Any = where) -> Any:
                    moved = as_dict(model())
                    moved["layers"][k][name] = moved["layers"][k][name].copy()
                    moved["layers"][k][name][where] += h
                    return dict_loss(moved, X)

                numeric = (slope(1e-6) - slope(-1e-6)) / 2e-6
                assert at[where] == pytest.approx(numeric, rel=1e-7, abs=1e-9)
    assert found["scale"] == pytest.approx(dict_loss(params, X) / 1.5)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX not installed")
def test_dicts_against_jax() -> None:
    import jax

    from ..oracle import in_jax

    params = as_dict(model())
    twin = in_jax(dict_loss)
    assert_trees_close(grad(dict_loss)(params, X), jax.grad(twin)(params, X))
    expected = jax.jit(jax.hessian(twin))(params, X)
    assert_trees_close(hessian(dict_loss)(params, X), expected, 1e-9)
    moved = jax.tree.map(np.cos, params)
    product = jax.jvp(lambda p: jax.grad(twin)(p, X), (params,), (moved,))[1]
    assert_trees_close(hvp(dict_loss)(params, X, moved), product, 1e-9)


def test_a_dataclass_of_named_tuples_and_its_methods() -> None:
    def loss(m, x):
        return m(x)

    found = grad(loss)(model(), X)
    assert type(found) is Model
    assert type(found.layers[0]) is Layer
    assert found.name is None
    expected = grad(dict_loss)(as_dict(model()), X)
    assert_trees_close(as_dict(found), expected)
    assert_close(grad(loss, "m.layers[1].w")(model(), X), expected["layers"][1]["w"])
    assert grad(loss, "m.scale")(model(), X) == pytest.approx(expected["scale"])
    value, (one, other) = value_and_grad(loss, ("m.layers[0].b", "x"))(model(), X)
    assert value == pytest.approx(model()(X))
    assert_close(one, expected["layers"][0]["b"])
    assert_close(other, grad(dict_loss, "x")(as_dict(model()), X))


def test_a_frozen_dataclass_with_a_property() -> None:
    g = grad(lambda p: p.size * p.x)
    assert g(Point(2.0, 3.0)) == Point(21.0, 12.0)
    assert g(Point(1.0, 1.0)) == Point(4.0, 2.0)
    assert g.trace_count == 1


def test_a_named_tuple_is_read_again_at_every_call() -> None:
    pair = namedtuple("pair", "a b")

    def f(x, p):
        a, b = p
        return x * a + x * x * p.b + p[0] * b

    g = grad(f)
    assert g(2.0, pair(3.0, 5.0)) == 23.0
    assert g(2.0, pair(4.0, 1.0)) == 8.0
    assert grad(f, "p")(2.0, pair(3.0, 5.0)) == pair(7.0, 7.0)
    assert grad(f, ("p.a", "p[1]"))(2.0, pair(3.0, 5.0)) == (7.0, 7.0)
    assert g.trace_count == 1


def test_registered_containers() -> None:
    def f(box):
        return box.content["w"] @ box.content["w"] * box.content["c"]

    g = grad(f)
    found = g(Box({"w": X, "c": 2.0}, "first"))
    assert type(found) is Box
    assert found.label == "first"
    assert_close(found.content["w"], 4 * X)
    assert found.content["c"] == pytest.approx(X @ X)
    assert g(Box({"w": X, "c": 3.0}, "first")).content["w"] == pytest.approx(6 * X)
    assert g.trace_count == 1
    g(Box({"w": X, "c": 3.0}, "second"))
    assert g.trace_count == 2

    def h(d):
        return d["a"] * d["b"] ** 2

    found = grad(h)(OrderedDict(b=3.0, a=2.0))
    assert type(found) is OrderedDict
    assert found == OrderedDict(b=12.0, a=9.0)


def test_results_of_every_kind() -> None:
    def f(x):
        return {
            "point": Point(x * x, 2 * x),
            "layer": Layer(w=[x, 3.0], b=(x**3,)),
            "box": Box(x * 5, "label"),
        }

    found = jacobian(f)(2.0)
    assert found["point"] == Point(4.0, 2.0)
    assert found["layer"] == Layer([1.0, 0.0], (12.0,))
    assert (found["box"].content, found["box"].label) == (5.0, "label")
    value, tangent = jvp(f, (2.0,), (10.0,))
    assert value["point"] == Point(4.0, 4.0)
    assert tangent["layer"] == Layer([10.0, 0.0], (120.0,))
    value, push = linearize(f, 2.0)
    assert push(10.0)["point"] == tangent["point"]
    assert grad(f, has_aux=False).value(2.0)["point"] == Point(4.0, 4.0)
    cotangent = {"point": Point(1.0, 0.0), "layer": Layer([0.0, 0.0], (1.0,)), "box": Box(0.0, "")}
    assert vjp(f, 2.0)[1](cotangent) == (16.0,)


def test_containers_in_and_out() -> None:
    def f(p):
        return [p["a"] * p["b"], (p["b"] ** 2,)]

    p = {"a": 2.0, "b": 3.0}
    rows = [{"a": 3.0, "b": 2.0}, ({"a": 0.0, "b": 6.0},)]
    assert jacobian(f)(p) == rows
    assert jacobian(f, mode="forward")(p) == jacobian(f, mode="reverse")(p) == rows
    assert vjp(f, p)[1]([1.0, (10.0,)]) == ({"a": 3.0, "b": 62.0},)
    assert jvp(f, (p,), ({"a": 1.0, "b": 0.0},))[1] == [3.0, (0.0,)]


def test_containers_inside_a_differentiated_function() -> None:
    def inner(p, x):
        return p.x * x**2 + p.y * x

    def f(x):
        slopes = grad(inner)(Point(x, 2.0 * x), x)
        return slopes.x * slopes.y

    assert f(3.0) == 27.0
    assert grad(f)(3.0) == 27.0

    def trained(p):
        step = grad(inner)(p, 2.0)
        moved = Point(p.x - 0.1 * step.x * p.y, p.y - 0.1 * step.y)
        return inner(moved, 2.0)

    assert grad(trained)(Point(1.0, 2.0)) == Point(4.0, 2.0 - 4 * 0.4)
    assert grad(lambda d: grad(lambda e: e["a"][0] ** 3)(d)["a"][0])({"a": [2.0]}) == {"a": [12.0]}


def test_leaves_that_are_no_numbers_stay_out() -> None:
    def f(p):
        return p["w"] ** 2 if p["square"] else p["w"]

    g = grad(f)
    assert g({"w": 3.0, "square": True, "name": "a", "none": None}) == {
        "w": 6.0,
        "square": None,
        "name": None,
        "none": None,
    }
    assert g({"w": 3.0, "square": False, "name": "a", "none": None})["w"] == 1.0
    with pytest.raises(UsageError):
        grad(lambda p: 1.0)("text")


def test_lists_of_numbers_and_whole_numbers() -> None:
    assert grad(lambda p: p[0] * p[1] ** 2)([3.0, 2.0]) == [4.0, 12.0]
    assert grad(lambda p: p[0] * p[1] ** 2)([3, 2]) == [4.0, 12.0]
    assert grad(lambda *p: p[0] * p[1] ** 2, "p")(3.0, 2.0) == (4.0, 12.0)
    assert grad(lambda *p: p[0] * p[1] ** 2, "p[1]")(3.0, 2.0) == 12.0
    assert grad(lambda x, **kw: x * kw["a"] ** 2, "kw.a")(3.0, a=2.0) == 12.0


def test_arguments_are_left_alone_unless_the_function_changes_them() -> None:
    m = model()
    grad(lambda m: m(X))(m)
    assert_close(m.layers[0].w, W)
    assert m.history == []

    def counting(m, x):
        m.scale = m.scale * 2
        return m.scale * x

    m = model()
    assert grad(counting, "x")(m, 1.0) == 3.0
    assert m.scale == 3.0
    assert grad(counting, ("m", "x"))(m, 1.0)[1] == 6.0
    assert m.scale == 6.0


def test_other_structures_are_traced_anew() -> None:
    def total(p):
        return sum(v * v for v in p)

    g = grad(total)
    assert g([1.0, 2.0]) == [2.0, 4.0]
    assert g([1.0, 2.0, 3.0]) == [2.0, 4.0, 6.0]
    assert g((1.0, 2.0)) == (2.0, 4.0)
    assert g([1.0, 2.0]) == [2.0, 4.0]
    assert g.trace_count == 3


def test_paths() -> None:
    assert parse_place("p.a[0]['x y']") == ("p", ("a", 0, "x y"))
    assert parse_place("1p") is None
    params = {"w": [1.0, {"deep key": 2.0}]}
    assert grad(lambda p: p["w"][1]["deep key"] ** 2, "p.w[1]['deep key']")(params) == 4.0
    for wrong in ("p.v", "p.w[7]", "p.w.x", "p..w", "q.w"):
        with pytest.raises(SymdiffError):
            grad(lambda p: p["w"][0], wrong)(params)
    leaves, structure = flatten({"b": [1, Point(2, 3)], "a": None})
    assert leaves == [1, 2, 3]
    assert unflatten(structure, leaves) == {"b": [1, Point(2, 3)], "a": None}
    assert replace((1, [2, 3]), (-1, 0), lambda v: -v) == (1, [-2, 3])


@pytest.mark.parametrize("container", [list, tuple])
@pytest.mark.parametrize(
    ("wrt", "expected"),
    [("p[-1]", 6.0), ("p[-2]", 1.0), ("p[-3]", 11.0), (("p[-1]", "p[1]"), (6.0, 1.0))],
)
def test_a_place_may_be_counted_from_the_end(container, wrt, expected):
    def f(p):
        return p[0] * p[1] + p[2] ** 2 * p[0]

    assert grad(f, wrt=wrt)(container([1.0, 2.0, 3.0])) == expected
