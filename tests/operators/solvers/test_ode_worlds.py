"""Right-hand sides that count, keep and change things; traces, refusals, and higher order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint, solve_ivp

from symdiff import grad, hessian, jacobian, jvp, value_and_grad
from symdiff.errors import UnsupportedError
from symdiff.testing.numeric import extrapolated

pytestmark = pytest.mark.sampled(every=3)

TIGHT = {"rtol": 1e-10, "atol": 1e-12}


class Model:
    def __init__(self) -> None:
        self.calls = 0
        self.rate = 2.0

    def slope(self, t: Any, y: Any, k: Any) -> Any:
        self.calls += 1
        return [-k * self.rate * y[0]]


MODEL = Model()
CALLS = [0]
TOTAL = {"calls": 0}
count = 0


def on_an_object(k: Any) -> Any:
    return solve_ivp(MODEL.slope, (0, 1), [1.0], args=(k,)).y[0, -1]


def in_a_list(k: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        CALLS[0] += 1
        return -k * y

    return odeint(f, 1.0, [0.0, 1.0], tfirst=True)[1, 0]


def in_a_dict(k: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        TOTAL["calls"] += 2
        return -k * y

    return odeint(f, 1.0, [0.0, 1.0], tfirst=True)[1, 0]


def in_a_global(k: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        global count
        count += 1
        return -k * y

    return odeint(f, 1.0, [0.0, 1.0], tfirst=True)[1, 0]


@pytest.mark.parametrize(
    ("f", "read"),
    [
        (on_an_object, lambda: MODEL.calls),
        (in_a_list, lambda: CALLS[0]),
        (in_a_dict, lambda: TOTAL["calls"]),
        (in_a_global, lambda: count),
    ],
)
def test_a_count_goes_up_by_the_calls_of_the_solver(f: Any, read: Any) -> None:
    before = read()
    f(0.7)
    plain = read() - before
    gradient = grad(f)
    for _ in range(2):
        before = read()
        gradient(0.7)
        assert read() - before == plain > 5


def test_a_count_of_the_function_itself() -> None:
    def f(k: Any) -> Any:
        n = 0

        def slope(t: Any, y: Any) -> Any:
            nonlocal n
            n += 1
            return -k * y

        return odeint(slope, 1.0, [0.0, 1.0], tfirst=True)[1, 0] + n

    value, slope = value_and_grad(f)(0.7)
    assert value == pytest.approx(f(0.7), rel=1e-12)
    assert slope == pytest.approx(-np.exp(-0.7), rel=1e-6)


def test_numbers_outside_are_read_again() -> None:
    gradient = grad(on_an_object)
    for rate in (2.0, 3.0):
        MODEL.rate = rate
        assert gradient(0.7) == pytest.approx(-rate * np.exp(-0.7 * rate), rel=1e-5)


LOG: list[Any] = []


def appends(k: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        LOG.append(t)
        return -k * y

    return odeint(f, 1.0, [0.0, 1.0], tfirst=True)[1, 0]


def remembers(k: Any) -> Any:
    heating = [True]

    def f(t: Any, y: Any) -> Any:
        if y[0] > 1.0:
            heating[0] = False
        if y[0] < 0.8:
            heating[0] = True
        return (2.0 if heating[0] else 0.0) - k * y

    return odeint(f, [0.9], [0.0, 3.0], tfirst=True)[1, 0]


def adds_up(k: Any) -> Any:
    total = np.zeros(1)

    def f(t: Any, y: Any) -> Any:
        total[0] += 1e-3 * y[0]
        return -k * y + total

    return odeint(f, [0.9], [0.0, 3.0], tfirst=True)[1, 0]


def hands_out(k: Any) -> Any:
    last: dict[str, Any] = {}

    def f(t: Any, y: Any) -> Any:
        last["y"] = y[0]
        return -k * y

    odeint(f, [0.9], [0.0, 3.0], tfirst=True)
    return last["y"]


def slides(k: Any) -> Any:
    return odeint(lambda t, y: -np.sign(y - 0.2) * k, [1.0], [0.0, 3.0], tfirst=True)[1, 0]


def another_length(k: Any) -> Any:
    return odeint(lambda t, y: [-k * y[0], 0.0], [1.0], [0.0, 3.0], tfirst=True)[1, 0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("f", "error", "what"),
    [
        (appends, UnsupportedError, "keeps"),
        (remembers, UnsupportedError, "keeps"),
        (adds_up, UnsupportedError, "hands one of them out"),
        (hands_out, UnsupportedError, "keeps"),
        (slides, UnsupportedError, "switches too often"),
        (another_length, RuntimeError, "length 1"),
    ],
)
def test_refused(f: Any, error: Any, what: str) -> None:
    with pytest.raises(error, match=what) as caught:
        grad(f)(0.7)
    if error is UnsupportedError:
        assert caught.value.where is not None


def test_a_buffer_that_is_filled_anew() -> None:
    def f(k: Any) -> Any:
        made = np.zeros(2)

        def slope(t: Any, y: Any) -> Any:
            made[0] = -k * y[0]
            made[1] = k * y[0]
            return made

        return odeint(slope, [1.0, 0.0], [0.0, 1.0], tfirst=True)[1, 1]

    assert grad(f)(0.7) == pytest.approx(np.exp(-0.7), rel=1e-6)


def test_the_number_of_steps_makes_no_trace_where_only_ends_are_read() -> None:
    def f(k: Any) -> Any:
        found = solve_ivp(lambda t, y: -k * y**2, (0, 2.0), [1.0])
        return found.y[0, -1] + found.y[:, -1][0] + found.y[0][-1] * found.t[-1]

    gradient = grad(f)
    for k in (0.5, 5.0, 50.0):
        assert gradient(k) == pytest.approx(4 * -2.0 / (1 + 2 * k) ** 2, rel=1e-3)
    assert gradient._dispatcher.trace_count == 1


def test_steps_are_fixed_times() -> None:
    def f(k: Any) -> Any:
        found = solve_ivp(lambda t, y: -k * y, (0, 2.0), [1.0], **TIGHT)
        return np.sum(found.y[0] * found.t)

    for k in (0.7, 3.0):
        t = solve_ivp(lambda t, y: -k * y, (0, 2.0), [1.0], **TIGHT).t
        assert grad(f)(k) == pytest.approx(np.sum(-(t**2) * np.exp(-k * t)), rel=1e-7)


def test_branches_met_later_are_traced_then() -> None:
    def f(k: Any) -> Any:
        def slope(t: Any, y: Any) -> Any:
            if y[0] > 2.0:
                return [-k * y[0]]
            if y[0] > 1.0:
                return [-2 * k * y[0]]
            return [-3 * k * y[0]]

        return solve_ivp(slope, (0, 1.0), [1.5], method="LSODA", rtol=1e-8, atol=1e-9).y[0, -1]

    gradient = grad(f)
    for k in (0.05, 1.0, 0.05, 0.6):
        late = 2 * k > np.log(1.5)
        y = 1.5**1.5 * np.exp(-3 * k) if late else 1.5 * np.exp(-2 * k)
        assert gradient(k) == pytest.approx((-3 if late else -2) * y, rel=1e-5)
    assert gradient._dispatcher.trace_count <= 3


def pendulum(p: Any) -> Any:
    rows = odeint(lambda y, t: [y[1], -p[0] * np.sin(y[0])], [p[1], 0.0], [0.0, 1.5], **TIGHT)
    return rows[1, 0]


def to_the_ground(p: Any) -> Any:
    def ground(t: Any, y: Any) -> Any:
        return y[0]

    ground.terminal = True
    found = solve_ivp(lambda t, y: [y[1], -p[0]], (0, 50), [p[1], 3.0], events=ground, **TIGHT)
    return found.t_events[0][0]


def until(p: Any) -> Any:
    return solve_ivp(lambda t, y: -p[0] * y, (0, p[1]), [1.0], **TIGHT).y[0, -1]


@pytest.mark.parametrize("f", [pendulum, to_the_ground, until])
def test_hessian(f: Any) -> None:
    x = np.array([1.3, 0.8])
    gradient, found = grad(f), hessian(f)(x)
    for k, e in enumerate(np.eye(2)):
        want = extrapolated(lambda h, e=e: gradient(x + h * e), 1e-2)
        assert found[k] == pytest.approx(want, rel=1e-5, abs=1e-7)
    directed = jvp(lambda p: grad(f)(p), (x,), (np.array([0.3, -0.5]),))[1]
    assert directed == pytest.approx(found @ np.array([0.3, -0.5]), rel=1e-5, abs=1e-7)


def network(p: Any) -> Any:
    w = p.reshape(4, 5)

    def slope(t: Any, y: Any) -> Any:
        return np.tanh(w @ np.concatenate([y, [t]])) - 0.5 * y

    return solve_ivp(slope, (0, 2), np.linspace(-1, 1, 4), t_eval=[0, 1, 2], **TIGHT).y


@pytest.mark.slow
def test_many_parameters() -> None:
    p = 0.4 * np.sin(np.arange(20.0))
    weights = np.arange(12.0).reshape(4, 3) - 5.0
    loss = lambda p: np.sum(weights * network(p) ** 2)
    direction = np.cos(np.arange(20.0))
    want = extrapolated(lambda h: loss(p + h * direction), 1e-2)
    gradient = grad(loss)
    assert gradient(p) @ direction == pytest.approx(want, rel=1e-7)
    rows = jacobian(network)(p)
    want = extrapolated(lambda h: network(p + h * direction), 1e-2)
    assert rows @ direction == pytest.approx(want, rel=1e-6, abs=1e-8)


@pytest.mark.slow
def test_second_order_of_many_parameters() -> None:
    def loss(p: Any) -> Any:
        w = p.reshape(3, 5)
        slope = lambda t, y: np.tanh(w @ np.concatenate([y, y[:2]])) - 0.5 * y
        return np.sum(
            odeint(slope, np.linspace(-1, 1, 3), [0.0, 1.0], tfirst=True, **TIGHT)[1] ** 2
        )

    p = 0.4 * np.sin(np.arange(15.0))
    direction = np.cos(np.arange(15.0))
    gradient = grad(loss)
    want = extrapolated(lambda h: gradient(p + h * direction), 1e-2)
    found = jvp(lambda q: grad(loss)(q), (p,), (direction,))[1]
    assert found == pytest.approx(want, rel=1e-5, abs=1e-7)
