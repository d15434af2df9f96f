"""Which functions of SciPy count as differentiable, and why others do not: plain data.

What is supported is read off the table of primitives and the functions that take functions; only
the names that count and the reasons are written down.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_METHODS = _words("pdf logpdf cdf logcdf sf logsf ppf isf")
_CONTINUOUS = _words(
    """
    norm t gamma chi2 beta expon uniform lognorm laplace logistic cauchy weibull_min halfnorm
    halfcauchy rayleigh gumbel_r gumbel_l pareto invgamma
    """
)

LISTED: dict[str, tuple[str, ...]] = {
    "scipy.special": _words(
        """
        gamma gammaln loggamma rgamma digamma psi polygamma multigammaln beta betaln betainc
        betaincinv betaincc betainccinv gammainc gammaincc gammaincinv gammainccinv binom poch comb
        factorial
        erf erfc erfcx erfinv erfcinv ndtr ndtri log_ndtr owens_t stdtr stdtrit
        expit logit log_expit logsumexp softmax log_softmax xlogy xlog1py entr rel_entr kl_div
        expm1 log1p exp2 exp10 exprel cosm1 cbrt sinc sindg cosdg boxcox boxcox1p expi exp1
        huber pseudo_huber
        jv j0 j1 yv y0 y1 iv i0 i1 ive i0e i1e kv k0 k1 kve k0e k1e
        erfi dawsn wofz fresnel sici shichi expn spence zeta zetac ellipk ellipe ellipkinc
        ellipeinc hyp1f1 hyp2f1 hyp0f1 hyperu lambertw wrightomega struve airy spherical_jn
        spherical_yn spherical_in spherical_kn eval_legendre eval_hermite eval_hermitenorm
        eval_chebyt eval_chebyu eval_laguerre eval_genlaguerre eval_gegenbauer eval_jacobi
        modstruve jn yn kn voigt_profile inv_boxcox inv_boxcox1p
        """
    ),
    "scipy.linalg": _words(
        """
        solve inv det cholesky cho_factor cho_solve solve_triangular expm sqrtm eigh eigvalsh svd
        svdvals qr pinv norm kron toeplitz circulant block_diag solve_sylvester
        logm lu lu_factor lu_solve lstsq eig eigvals polar hankel solve_toeplitz
        solve_banded solveh_banded solve_circulant solve_continuous_lyapunov cosm sinm tanm coshm
        sinhm tanhm expm_frechet fractional_matrix_power
        """
    ),
    "scipy.stats": (
        *(f"{name}.{method}" for name in _CONTINUOUS for method in _METHODS),
        *(
            f"{name}.{method}"
            for name in _words("skewnorm truncnorm")
            for method in _words("pdf logpdf cdf logcdf sf logsf")
        ),
        *(
            f"{name}.{method}"
            for name in _words("poisson binom nbinom bernoulli geom")
            for method in _words("pmf logpmf cdf logcdf sf logsf")
        ),
        *(f"multivariate_normal.{method}" for method in ("pdf", "logpdf", "cdf", "logcdf")),
        *(f"dirichlet.{method}" for method in ("pdf", "logpdf")),
    ),
    "scipy.signal": _words(
        """
        convolve correlate convolve2d fftconvolve oaconvolve lfilter sosfilt filtfilt sosfiltfilt
        savgol_filter detrend hilbert
        """
    ),
    "scipy.integrate": _words(
        "odeint solve_ivp quad dblquad trapezoid simpson romb cumulative_trapezoid fixed_quad"
    ),
    "scipy.optimize": _words(
        """
        rosen rosen_der brentq brenth ridder bisect toms748 newton root_scalar fsolve root
        fixed_point minimize minimize_scalar fmin fmin_powell fmin_bfgs fmin_cg fminbound brent
        golden least_squares leastsq curve_fit
        """
    ),
    "scipy.interpolate": _words(
        """
        CubicSpline interp1d PchipInterpolator splev splint BSpline UnivariateSpline
        InterpolatedUnivariateSpline RegularGridInterpolator interpn make_interp_spline
        pchip_interpolate splrep
        """
    ),
    "scipy.sparse": _words(
        "csr_matrix csr_array csc_matrix csc_array coo_matrix coo_array diags diags_array"
    ),
    "scipy.sparse.linalg": _words("spsolve splu factorized"),
    "scipy.fft": _words(
        """
        fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn fftshift
        ifftshift dct idct dst idst
        """
    ),
    "scipy.ndimage": _words(
        """
        convolve correlate gaussian_filter gaussian_filter1d uniform_filter uniform_filter1d
        map_coordinates
        """
    ),
    "scipy.spatial.transform": tuple(
        f"Rotation.{name}"
        for name in _words(
            "from_rotvec from_euler from_quat apply inv as_euler as_matrix as_quat as_rotvec"
        )
    ),
    "scipy.spatial.distance": _words(
        "cdist pdist squareform euclidean sqeuclidean cityblock cosine"
    ),
}
"""Modules of which only the named functions count."""

FOLLOWED = frozenset({"scipy.optimize.rosen_der", "scipy.integrate.fixed_quad"})
"""Functions that are followed by their own source: no entry of the table stands for them."""

SOLVERS = frozenset(
    {
        *(f"scipy.integrate.{name}" for name in ("odeint", "solve_ivp", "quad", "dblquad")),
        *(f"scipy.interpolate.{name}" for name in LISTED["scipy.interpolate"]),
        "scipy.ndimage.map_coordinates",
        *(
            f"scipy.optimize.{name}"
            for name in LISTED["scipy.optimize"]
            if not name.startswith("rosen")
        ),
        *(
            f"{module}.{name}"
            for module in ("scipy.sparse", "scipy.sparse.linalg", "scipy.spatial.transform")
            for name in LISTED[module]
        ),
    }
)
"""Functions that take the user's function or make one; see the rooms
`operators.solvers` and, for interpolation, splines, grids, sparse matrices, `specialize.calls`."""

REASONS: dict[str, str] = {
    "functions of integers": """
        scipy.special: factorial2 factorialk perm stirling2 bernoulli euler
    """,
    "steps and truth values": """
        scipy.special: round
        scipy.linalg: issymmetric ishermitian bandwidth
    """,
    "counts: only their parameters have a derivative": """
        scipy.stats: poisson.ppf poisson.isf
    """,
    "random draws": """
        scipy.stats: norm.rvs gamma.rvs beta.rvs poisson.rvs multivariate_normal.rvs
    """,
    "the result of a search that no equation characterises": """
        scipy.optimize: differential_evolution dual_annealing basinhopping shgo direct brute milp
    """,
    "not a function of the matrix alone: a basis, or a choice of order": """
        scipy.linalg: null_space orth schur funm
    """,
}
"""Why a function is not differentiable, and the functions of each module."""

WHY_MISSING: dict[str, str] = {
    "scipy.special.wofz": "its derivative, `-2*z*w(z) + 2j/sqrt(pi)`, loses all digits far from 0",
    "scipy.special.voigt_profile": "the real part of `wofz`, whose derivative cancels likewise",
}
"""Why a function that counts has no rule."""

UNSUPPORTED_ARGUMENTS: dict[str, str] = {
    "the order of expn, yn, kn and polygamma": "a whole number",
    "the parameters of hypergeometric functions and of orthogonal polynomials": "no closed form",
    "the coefficients of lfilter and its kin": "write the recurrence as a loop",
    "the start or the bracket of a search": "the result does not depend on it",
    "the knots of CubicSpline, interp1d and PchipInterpolator": "pass them as constants",
    "the values of splines that smooth": "their knots depend on them; use s=0",
}
"""Arguments without a rule, which are refused by name."""


def supported(name: str) -> bool:
    """Whether a function of SciPy has a rule.

    >>> supported("scipy.special.jv"), supported("scipy.special.wofz")
    (True, False)
    """
    from ..operations import TABLE

    return name in TABLE.by_call or name in FOLLOWED or name in SOLVERS


def missing(module: str) -> list[str]:
    """The functions that count and have no rule: they are refused by name.

    >>> missing("scipy.special")
    ['wofz', 'voigt_profile']
    """
    return [name for name in LISTED[module] if not supported(f"{module}.{name}")]
