"""What `odeint` and `solve_ivp` are called with, and what is read of their results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint, solve_ivp

from symdiff import UnsupportedError, grad, jvp
from symdiff.testing.numeric import extrapolated

pytestmark = pytest.mark.sampled(every=23)

TIGHT = {"rtol": 1e-11, "atol": 1e-12}
CASES: list[Any] = []


def case(x: Any, step: float = 1e-2, rel: float = 1e-7) -> Callable[[Any], Any]:
    """Enter a function of one number or a vector, with where it is differentiated."""

    def enter(f: Any) -> Any:
        CASES.append(pytest.param(f, x, step, rel, id=f.__name__))
        return f

    return enter


@case(0.7)
def rate_is_a_number(k: Any) -> Any:
    return odeint(lambda y, t: -k * y, 2.0, [0.0, 1.0], **TIGHT)[-1, 0]


@case(1.3)
def rate_of_time_alone(x: Any) -> Any:
    return odeint(lambda y, t: np.sin(x * t), 0.0, [0.0, 1.0], **TIGHT)[-1, 0]


@case(0.7)
def rate_is_a_tuple(k: Any) -> Any:
    return odeint(lambda y, t: (-k * y[0],), (2.0,), (0.0, 1.0), **TIGHT)[-1][0]


@case(0.7)
def end_without_t_eval(k: Any) -> Any:
    return solve_ivp(lambda t, y: [-k * y[0]], (0, 2.0), [1.0], **TIGHT).y[0, -1]


@case(0.7)
def number_from_solve_ivp(k: Any) -> Any:
    return solve_ivp(lambda t, y: -k * y, (0, 2.0), [1.0], **TIGHT).y[0][-1]


@case(0.7)
def end_moves(end: Any) -> Any:
    return solve_ivp(lambda t, y: -0.5 * y, (0, end), [1.0], **TIGHT).y[0][-1]


@case(0.7)
def beginning_moves(start: Any) -> Any:
    return solve_ivp(lambda t, y: -0.5 * t * y, (start, 2.0), [1.0], **TIGHT).y[0][-1]


@case(0.7)
def last_time(end: Any) -> Any:
    return solve_ivp(lambda t, y: -0.5 * y, (0, end), [1.0], **TIGHT).t[-1] ** 2


@case(0.7)
def times_run_backwards(k: Any) -> Any:
    return odeint(lambda y, t: -k * y * t, [1.0], [2.0, 1.0, 0.0], **TIGHT)[-1, 0]


@case(0.7)
def all_times_move(p: Any) -> Any:
    return np.sum(odeint(lambda y, t: -y, [2.0], p * np.linspace(0, 2, 5), **TIGHT))


@case(np.array([1.2, 0.4]))
def times_begin_at_the_start(p: Any) -> Any:
    def sir(t: Any, y: Any) -> Any:
        return [-p[0] * y[0] * y[1], p[0] * y[0] * y[1] - p[1] * y[1]]

    t = np.linspace(0.0, 8.0, 9)
    return np.sum(solve_ivp(sir, (0, 8.0), [0.99, 0.01], t_eval=t, **TIGHT).y[1] ** 2)


@case(np.array([1.2, 0.4]))
def times_end_early(p: Any) -> Any:
    found = solve_ivp(lambda t, y: p[0] - p[1] * y, (0.0, 9.0), [0.1], t_eval=[0.5, 2.0], **TIGHT)
    return found.y[0, 0] * found.y[0, 1]


@case(np.array([1.2, 0.4]))
def filled_in_place(p: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        d = np.zeros_like(y)
        d[0] = -p[0] * y[0]
        d[1] = p[0] * y[0] - p[1] * y[1]
        return d

    return solve_ivp(f, [0, 3], np.array([p[0], 0.0]), method="LSODA", **TIGHT).y[1, -1]


@case(np.array([1.2, 0.4]), rel=1e-5)
def in_columns(p: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        return np.vstack([-p[0] * y[0], p[0] * y[0] - p[1] * y[1]])

    found = solve_ivp(f, [0, 3], [1.0, 0.0], method="Radau", vectorized=True, rtol=1e-7, atol=1e-9)
    return found.y[1, -1]


@case(np.array([1.2, 0.4]))
def full_output(p: Any) -> Any:
    y, info = odeint(
        lambda y, t: [-p[0] * y[0], p[0] * y[0] - p[1] * y[1]],
        [1.0, 0.0],
        [0, 1, 2],
        full_output=True,
        **TIGHT,
    )
    assert info["message"] == "Integration successful."
    return y[-1, 1] + 0 * info["nst"][-1]


@case(np.array([1.2, 0.4]), rel=1e-4)
def with_args_and_jacobian(p: Any) -> Any:
    def f(t: Any, y: Any, a: Any, b: Any) -> Any:
        return [-a * y[0] * y[1], a * y[0] - b * y[1]]

    def jac(t: Any, y: Any, a: Any, b: Any) -> Any:
        return [[-a * y[1], -a * y[0]], [a, -b]]

    found = solve_ivp(f, (0, 3), [1.0, 0.2], args=(p[0], p[1]), jac=jac, method="BDF", rtol=1e-7)
    return found.y[1, -1] if found.success else 0.0


@case(np.array([1.2, 0.4]))
def time_first_and_bounds(p: Any) -> Any:
    f = lambda t, y, a: [-a * y[0] + np.sin(3 * t), y[0] - p[1] * y[1]]
    atol = np.array([1e-12, 1e-11])
    rows = odeint(f, [1, 0], [0, 1], args=(p[0],), tfirst=True, rtol=1e-11, atol=atol, hmax=0.1)
    return rows[1] @ np.array([1.0, 2.0])


@case(9.81)
def time_of_an_event(g: Any) -> Any:
    def ground(t: Any, y: Any) -> Any:
        return y[0]

    ground.terminal = True
    ground.direction = -1
    return solve_ivp(lambda t, y: [y[1], -g], (0, 100), [10.0, 3.0], events=ground).t_events[0][0]


@case(9.81)
def state_at_an_event(g: Any) -> Any:
    def ground(t: Any, y: Any) -> Any:
        return y[0]

    ground.terminal = True
    found = solve_ivp(lambda t, y: [y[1], -g], (0, 100), [10.0, 3.0], events=[ground], **TIGHT)
    assert found.status == 1
    return found.y[1, -1] + found.t[-1] + found.y_events[0][0][1]


@case(np.array([0.7, 0.3]))
def passing_events(p: Any) -> Any:
    first = lambda t, y: y[0] - p[1]
    second = lambda t, y: t * y[1] - 1.0
    found = solve_ivp(
        lambda t, y: [y[1], -p[0] * y[0]], (0, 9), [0.0, 1.0], events=(first, second), **TIGHT
    )
    return np.sum(found.t_events[0]) + found.y_events[0][1, 1] + 0.0 * len(found.t_events[1])


@case(0.7)
def at_any_time(k: Any) -> Any:
    found = solve_ivp(
        lambda t, y: [-k * y[0], k * y[0]], (0, 2.0), [1.0, 0.0], dense_output=True, **TIGHT
    )
    return found.sol(k)[0] + found.sol(np.array([0.5, 1.5]))[1, 1]


@case(0.7)
def table_of_inputs(k: Any) -> Any:
    times, values = np.array([0, 0.5, 1.0, 2.0]), np.array([1.0, 2.0, 0.5, 0.0])
    f = lambda y, t: np.interp(t, times, values) - k * y
    return odeint(f, [1.0], [0.0, 2.0], hmax=0.05, **TIGHT)[-1, 0]


@case(0.7)
def corner(k: Any) -> Any:
    f = lambda y, t: -k * max(y[0] - 0.5, 0.0)
    return odeint(f, [1.0], [0.0, 2.0], **TIGHT)[-1, 0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("f", "x", "step", "rel"), CASES)
def test_both_modes(f: Any, x: Any, step: float, rel: float) -> None:
    direction = np.array([0.3, -0.7])[: np.size(x)] if np.ndim(x) else 1.0
    want = extrapolated(lambda h: f(x + h * direction), step)
    gradient = grad(f)
    assert np.sum(gradient(x) * direction) == pytest.approx(want, rel=rel)
    assert jvp(f, (x,), (direction,))[1] == pytest.approx(want, rel=rel)
    elsewhere = x * 1.1
    want = extrapolated(lambda h: f(elsewhere + h * direction), step)
    assert np.sum(gradient(elsewhere) * direction) == pytest.approx(want, rel=rel)


def threshold(k: float) -> tuple[float, float]:
    """Half a unit decays at the rate k down to 0.6, and then at three times the rate."""
    y = 0.6 * np.exp(-6.0 * k) / 0.6**3
    return y, -6.0 * y


def branch_by_state(k: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        if y[0] > 0.6:
            return [-k * y[0]]
        return [-3 * k * y[0]]

    return solve_ivp(f, (0, 2.0), [1.0], method="LSODA", rtol=1e-9, atol=1e-10).y[0, -1]


def choice_by_state(k: Any) -> Any:
    f = lambda y, t: -k * y * np.where(y > 0.6, 1.0, 3.0)
    return odeint(f, [1.0], [0.0, 2.0])[-1, 0]


def step_by_state(k: Any) -> Any:
    f = lambda y, t: -k * y * (2.0 - np.sign(y - 0.6))
    return odeint(f, [1.0], [0.0, 2.0])[-1, 0]


def dose(k: float) -> tuple[float, float]:
    """A dose of 2 up to the time k, with losses at the rate 0.3, from nothing to the time 2."""
    y = (2.0 / 0.3) * (np.exp(-0.3 * (2.0 - k)) - np.exp(-0.6))
    return y, 2.0 * np.exp(-0.3 * (2.0 - k))


def choice_by_time(k: Any) -> Any:
    f = lambda y, t: np.where(t < k, 2.0, 0.0) - 0.3 * y
    return odeint(f, [0.0], [0.0, 2.0], hmax=0.05)[-1, 0]


def branch_by_time(k: Any) -> Any:
    def f(t: Any, y: Any) -> Any:
        rate = 0.0
        if t < k:
            rate = 2.0
        return rate - 0.3 * y

    return solve_ivp(f, (0.0, 2.0), [0.0], rtol=1e-7, max_step=0.1).y[0, -1]


def whole_number_of_time(k: Any) -> Any:
    f = lambda t, y: 2.0 - 2.0 * np.minimum(np.floor(t / k), 1.0) - 0.3 * y
    return solve_ivp(f, (0.0, 2.0), [0.0], rtol=1e-7, max_step=0.1).y[0, -1]


@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (branch_by_state, threshold),
        (choice_by_state, threshold),
        (step_by_state, threshold),
        (choice_by_time, dose),
        (branch_by_time, dose),
        (whole_number_of_time, dose),
    ],
)
def test_jumps(f: Any, exact: Any) -> None:
    """The time of a change moves as well: without it the derivative is another one."""
    gradient = grad(f)
    for k in (0.7, 1.3, 0.9):
        y, slope = exact(k)
        assert f(k) == pytest.approx(y, rel=1e-4)
        assert gradient(k) == pytest.approx(slope, rel=1e-6)
        assert jvp(f, (k,), (2.0,))[1] == pytest.approx(2.0 * slope, rel=1e-6)


def test_values_are_those_of_the_solver() -> None:
    def f(p: Any) -> Any:
        found = solve_ivp(lambda t, y: -p * y, (0.0, 2.0), [1.0], t_eval=[0.0, 1.0, 2.0])
        return found.y[0]

    value, _ = jvp(f, (0.7,), (1.0,))
    np.testing.assert_allclose(value, f(0.7), rtol=1e-13)


def deciding_event(g: Any, choose: Any) -> Any:
    ground = choose
    ground.terminal = True
    return solve_ivp(lambda t, y: [y[1], -g], (0, 100), [10.0, 3.0], events=ground, **TIGHT).t[-1]


def test_an_event_that_decides_is_refused_or_followed() -> None:
    def by_if(t: Any, y: Any) -> Any:
        return y[0] - 1.0 if t < 0.5 else 2.0 * y[0]

    def by_where(t: Any, y: Any) -> Any:
        return np.where(t < 0.5, y[0] - 1.0, 2.0 * y[0])

    with pytest.raises(UnsupportedError, match="the time of an event whose function decides"):
        grad(lambda g: deciding_event(g, by_if))(9.81)
    g, h = 9.81, 1e-4
    landing = lambda g: (3.0 + np.sqrt(9.0 + 20.0 * g)) / g
    want = (landing(g + h) - landing(g - h)) / (2 * h)
    assert grad(lambda g: deciding_event(g, by_where))(g) == pytest.approx(want, rel=1e-6)


def test_what_an_event_carries_is_read_at_every_call() -> None:
    def ground(t: Any, y: Any) -> Any:
        return y[0]

    def last(g: Any) -> Any:
        return solve_ivp(lambda t, y: [y[1], -g], (0, 5), [10.0, 3.0], events=ground, **TIGHT).t[-1]

    slope = grad(last)
    assert slope(9.81) == 0.0
    ground.terminal = True  # type: ignore[attr-defined]
    assert slope(9.81) == pytest.approx(-0.10886291385, rel=1e-6)
    ground.direction = 1  # type: ignore[attr-defined]
    assert slope(9.81) == 0.0
