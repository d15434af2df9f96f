"""Differential equations inside a differentiated function: `scipy.integrate.odeint`, `solve_ivp`.

The right-hand side is traced into programs of its own (`equations`). The solution is the one that
the user's own call gives (`solve`); its derivatives are those of the exact solution, computed with
the state, forward, to tighter tolerances than the user's (`sensitivities`).
"""

from . import adjoint_rule, calls, events, found, ivp, rules, slopes

__all__ = ["adjoint_rule", "calls", "events", "found", "ivp", "rules", "slopes"]
