"""An independent check of a gradient: differences along random directions.

Central differences at two steps, extrapolated (Richardson), have an error of the fourth order in
the step, so that a wrong digit in the gradient cannot hide behind the difference itself.
"""

import numpy as np


def slope(f, point, direction, step=1e-3):
    """The derivative of `f` at `point` along `direction`; both are tuples of arrays."""

    def central(h):
        ahead = f(*[p + h * d for p, d in zip(point, direction, strict=True)])
        behind = f(*[p - h * d for p, d in zip(point, direction, strict=True)])
        return (ahead - behind) / (2 * h)

    return (4 * central(step / 2) - central(step)) / 3


def worst_error(f, point, gradient, directions=3, step=1e-3, seed=0):
    """The largest relative error of a gradient along random directions."""
    rng = np.random.default_rng(seed)
    worst = 0.0
    for _ in range(directions):
        direction = tuple(rng.normal(size=np.shape(p)) for p in point)
        expected = slope(f, point, direction, step)
        found = sum(float(np.sum(g * d)) for g, d in zip(gradient, direction, strict=True))
        assert np.isfinite(found)
        worst = max(worst, abs(found - expected) / (1e-8 + abs(expected)))
    return worst
