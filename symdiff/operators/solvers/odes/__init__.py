"""Differential equations inside a differentiated function: `scipy.integrate.odeint`, `solve_ivp`.

The right-hand side is traced into programs of its own (`equations`). The solution is the one that
the user's own call gives (`solve`); its derivatives are those of the exact solution, computed with
the state, forward, to tighter tolerances than the user's (`sensitivities`).

Here belongs what solves in time. Equations without one do not: see `implicit.py` beside this
package. Open `calls.py` first.
"""

from . import adjoint_rule, calls, events, found, ivp, slopes, states

__all__ = ["adjoint_rule", "calls", "events", "found", "ivp", "slopes", "states"]
