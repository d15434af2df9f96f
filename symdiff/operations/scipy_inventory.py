"""Which functions of SciPy count as differentiable, and why others do not: plain data.

What is supported is read off the table of primitives and the functions that take functions; only
the names that count and the reasons are written down.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_METHODS = _words("pdf logpdf cdf logcdf sf logsf ppf isf")
_CONTINUOUS = _words(
    "norm t gamma chi2 beta expon uniform lognorm laplace logistic cauchy weibull_min"
)

LISTED: dict[str, tuple[str, ...]] = {
    "scipy.special": _words(
        """
        gamma gammaln loggamma rgamma digamma psi polygamma multigammaln beta betaln betainc
        betaincinv gammainc gammaincc gammaincinv gammainccinv binom poch comb factorial
        erf erfc erfcx erfinv erfcinv ndtr ndtri log_ndtr owens_t stdtr stdtrit
        expit logit log_expit logsumexp softmax log_softmax xlogy xlog1py entr rel_entr kl_div
        expm1 log1p exp2 exp10 exprel cosm1 cbrt sinc sindg cosdg boxcox boxcox1p expi exp1
        huber pseudo_huber
        jv j0 j1 yv y0 y1 iv i0 i1 ive i0e i1e kv k0 k1 kve k0e k1e
        erfi dawsn wofz fresnel sici shichi expn spence zeta zetac ellipk ellipe ellipkinc
        ellipeinc hyp1f1 hyp2f1 hyp0f1 hyperu lambertw wrightomega struve airy spherical_jn
        spherical_yn spherical_in spherical_kn eval_legendre eval_hermite eval_chebyt
        """
    ),
    "scipy.linalg": _words(
        """
        solve inv det cholesky cho_factor cho_solve solve_triangular expm sqrtm eigh eigvalsh svd
        svdvals qr pinv norm kron toeplitz circulant block_diag solve_sylvester
        logm lu lu_factor lu_solve lstsq eig eigvals schur polar funm hankel solve_toeplitz
        solve_banded cosm sinm tanm expm_frechet
        """
    ),
    "scipy.stats": (
        *(f"{name}.{method}" for name in _CONTINUOUS for method in _METHODS),
        *(f"poisson.{method}" for method in _words("pmf logpmf cdf logcdf sf logsf")),
        *(f"multivariate_normal.{method}" for method in ("pdf", "logpdf", "cdf")),
    ),
    "scipy.signal": ("convolve", "correlate", "convolve2d", "fftconvolve", "oaconvolve", "lfilter"),
    "scipy.integrate": ("odeint", "solve_ivp", "trapezoid", "simpson", "quad"),
    "scipy.optimize": ("rosen", "rosen_der"),
    "scipy.interpolate": ("CubicSpline", "interp1d", "PchipInterpolator"),
}
"""Modules of which only the named functions count."""

FOLLOWED = frozenset({"scipy.optimize.rosen_der"})
"""Functions that are followed by their own source: no entry of the table stands for them."""

SOLVERS = frozenset({"scipy.integrate.odeint", "scipy.integrate.solve_ivp"})
"""Functions that take the user's function; see `symdiff.odes`."""

REASONS: dict[str, str] = {
    "functions of integers": """
        scipy.special: factorial2 factorialk perm stirling2 bernoulli euler
    """,
    "steps and truth values": """
        scipy.special: round log_wright_bessel
        scipy.linalg: issymmetric ishermitian bandwidth
    """,
    "counts: only their parameters have a derivative": """
        scipy.stats: poisson.ppf poisson.isf
    """,
    "random draws": """
        scipy.stats: norm.rvs gamma.rvs beta.rvs poisson.rvs multivariate_normal.rvs
    """,
    "the solution of a search: differentiate what it solves": """
        scipy.optimize: minimize root root_scalar brentq newton least_squares curve_fit
    """,
}
"""Why a function is not differentiable, and the functions of each module."""

UNSUPPORTED_ARGUMENTS: dict[str, str] = {
    "the order of expn, yn, kn and polygamma": "a whole number",
    "the times of odeint and solve_ivp": "scale the time in the right-hand side",
}
"""Arguments without a rule, which are refused by name."""


def supported(name: str) -> bool:
    """Whether a function of SciPy has a rule.

    >>> supported("scipy.special.jv"), supported("scipy.special.dawsn")
    (True, False)
    """
    from . import TABLE

    return name in TABLE.by_call or name in FOLLOWED or name in SOLVERS


def missing(module: str) -> list[str]:
    """The functions that count and have no rule: they are refused by name.

    >>> missing("scipy.optimize")
    []
    """
    return [name for name in LISTED[module] if not supported(f"{module}.{name}")]
