"""Print how many digits derivatives have where they are hard, beside JAX, PyTorch and autograd.

    python tools/stability.py                 # the table, with the peers that are installed
    python tools/stability.py --only REGEX
    python tools/stability.py --write         # docs/stability.md
    python tools/stability.py --write --own   # the same, and what peers have stays as it is

Each row is a function as users write it, at one input: the error of the first derivatives (reverse
and forward mode) and of the second ones (forward over reverse, reverse over reverse), the largest
of each. The right values are those of the same code run by mpmath. The bar is that a derivative has
the digits of the value: an error of at most 1e-10, or 1e-4 in single precision.

The errors of symdiff in the page are rounded up to the bar they meet, so that the page is the same
everywhere. What peers have is written where they are installed, and kept where they are not.
"""

from __future__ import annotations

import argparse
import inspect
import math
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tools"))

from stability_cases import CASES, Case  # noqa: E402
from stability_peers import PEERS, Peer, input_of, version_of, with_names  # noqa: E402

import symdiff  # noqa: E402
from symdiff.testing.differences import Differences  # noqa: E402

PAGE = ROOT / "docs" / "stability.md"
BAR = {False: 1e-10, True: 1e-4}


def label(case: Case) -> tuple[str, str]:
    """The function as written, and its input."""
    lines = [line.strip() for line in inspect.getsource(case.function).splitlines()]
    start = next(k for k, line in enumerate(lines) if line.startswith("def "))
    body = [line for line in lines[start + 1 :] if not line.startswith('"""')]
    text = "; ".join(body).replace("return ", "").replace("special.", "")
    where = ", ".join(f"{v:g}" for v in np.ravel(case.at))
    return text.replace("np.", "").replace("linalg.", ""), where + (" (single)" * case.single)


# -- the right values, by mpmath


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    return np.frompyfunc(function, len(inspect.signature(function).parameters), 1)


def _ratio_of(x: Any, y: Any) -> Any:
    return mpmath.mpf(0) if x == 0 else x * mpmath.log(x / y)


def _raised(x: Any, y: Any) -> Any:
    return mpmath.mpf(0) if x == 0 and y > 0 else x**y


class _Numbers(np.ndarray):
    """An array of mpmath's numbers, whose powers at 0 are those of the reals."""

    def __pow__(self, other: Any) -> Any:
        return _each(lambda x, y: _raised(x, y))(np.asarray(self), other)


def _exact_namespaces() -> tuple[Any, Any]:
    mp = mpmath.mp
    unary = {
        "exp": lambda x: mp.exp(x),
        "log": lambda x: mp.log(x),
        "log1p": lambda x: mp.log1p(x),
        "expm1": lambda x: mp.expm1(x),
        "sin": lambda x: mp.sin(x),
        "cos": lambda x: mp.cos(x),
        "tanh": lambda x: mp.tanh(x),
        "cosh": lambda x: mp.cosh(x),
        "sqrt": lambda x: mp.sqrt(x),
        "abs": lambda x: abs(x),
        "sinh": lambda x: mp.sinh(x),
        "tan": lambda x: mp.tan(x),
        "arctanh": lambda x: mp.atanh(x),
        "arccos": lambda x: mp.acos(x),
        "log10": lambda x: mp.log10(x),
        "arcsinh": lambda x: mp.asinh(x),
        "arcsin": lambda x: mp.asin(x),
        "arccosh": lambda x: mp.acosh(x),
        "arctan": lambda x: mp.atan(x),
        "sinc": lambda x: mp.mpf(1) if x == 0 else mp.sinpi(x) / (mp.pi * x),
        "expit": lambda x: 1 / (1 + mp.exp(-x)),
        "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
        "exprel": lambda x: mp.mpf(1) if x == 0 else mp.expm1(x) / x,
        "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
        "log_ndtr": lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
        "erfc": lambda x: mp.erfc(x),
        "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
        "gammaln": lambda x: mp.loggamma(x),
        "gamma": lambda x: mp.gamma(x),
        "digamma": lambda x: mp.digamma(x),
    }
    binary = {
        "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
        "arctan2": lambda x, y: mp.atan2(x, y),
        "hypot": lambda x, y: mp.hypot(x, y),
        "xlogy": lambda x, y: mp.mpf(0) if x == 0 else x * mp.log(y),
        "rel_entr": _ratio_of,
        "kl_div": lambda x, y: _ratio_of(x, y) - x + y,
        "maximum": lambda x, y: max(mp.mpf(x), y),
        "minimum": lambda x, y: min(mp.mpf(x), y),
    }
    functions: dict[str, Any] = {name: _each(f) for name, f in (unary | binary).items()}
    functions |= {
        "pi": mpmath.mpf(np.pi),
        "sum": np.sum,
        "max": np.max,
        "mean": lambda x: np.sum(x) / mp.mpf(np.size(x)),
        "dot": np.dot,
        "outer": np.outer,
        "where": lambda c, x, y: x if c else y,
        "trace": np.trace,
        "logsumexp": lambda x: mp.log(sum(mp.exp(v) for v in x)),
        "linalg": types.SimpleNamespace(
            norm=lambda x: mp.sqrt(sum(v * v for v in np.ravel(x))),
            det=lambda x: x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0],
            slogdet=lambda x: (1, mp.log(abs(x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0]))),
            inv=lambda x: (
                np.array([[x[1, 1], -x[0, 1]], [-x[1, 0], x[0, 0]]], dtype=object)
                / (x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0])
            ),
        ),
    }
    names = types.SimpleNamespace(**functions)
    return names, names


def right_values(case: Case) -> tuple[list[Any], list[Any]]:
    """Gradient and Hessian, flat; `None` where the function has no such derivative."""
    point = input_of(case)
    function = with_names(case.function, *_exact_namespaces())
    shape, size = np.shape(point), int(np.size(point))

    def exact(*numbers: Any) -> Any:
        if not shape:
            return function(numbers[0])
        array = np.empty(size, dtype=object).view(_Numbers)
        array[:] = numbers
        result = function(array.reshape(shape))
        return result.item() if isinstance(result, np.ndarray) else result

    reference = Differences(exact, [float(v) for v in np.ravel(point)])
    first = [reference.partial(k) for k in range(size)]
    second = [reference.partial(k, j) for k in range(size) for j in range(size)]
    return first, second


def error(have: Any, want: Sequence[Any], single: bool, scale: float = 0.0) -> float:
    """The largest relative error; infinite for NaN and for infinity.

    Where all should be 0, `scale` is the measure: what terms are that cancel exactly.
    """
    worst, largest = 0.0, 3.4e38 if single else 1.79e308
    if any(right is not None and abs(right) > largest for right in want):
        want = [None] * len(want)  # of what leaves the range of floats nothing comes back
    tiny = float(np.finfo(np.float32 if single else np.float64).tiny)
    for value, right in zip(np.ravel(have), want, strict=True):
        if right is None:
            continue
        if not math.isfinite(value):
            return math.inf
        gap = abs(mpmath.mpf(float(value)) - right)
        if gap > tiny:
            # Beside what is exactly 0 the others are the measure.
            size = abs(right) or max(abs(r) for r in want if r is not None)
            size = size or mpmath.mpf(scale)
            worst = max(worst, float(gap / size) if size else math.inf)
    return worst


# -- by symdiff


def by_symdiff(case: Case) -> tuple[list[Any], list[Any]]:
    """First derivatives in both modes, and second ones in two of the four."""
    f, x = case.function, input_of(case)
    if isinstance(case.at, list):
        gradient = symdiff.grad(f)
        return (
            [gradient(x), symdiff.jacfwd(f)(x)],
            [symdiff.hessian(f)(x), symdiff.jacrev(gradient)(x)],
        )
    gradient = symdiff.grad(f)
    one = type(x)(1.0)

    def along(v: Any) -> Any:
        return symdiff.jvp(f, (v,), (one,))[1]

    return (
        [gradient(x), symdiff.jvp(f, (x,), (one,))[1]],
        [symdiff.grad(gradient)(x), symdiff.jvp(gradient, (x,), (one,))[1], symdiff.grad(along)(x)],
    )


def errors_of(
    compute: Callable[[Case], tuple[list[Any], list[Any]]], case: Case, right: Any
) -> tuple[float, float] | None:
    """The errors of first and second derivatives; `None` where the function cannot be run."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = compute(case)
            scales = (0.0, max([float(abs(r)) for r in right[0] if r is not None], default=0.0))
            one, two = (
                max(error(np.asarray(have, dtype=float), want, case.single, size) for have in some)
                for some, want, size in zip(found, right, scales, strict=True)
            )
        except Exception:
            return None
    return one, two


def meets(case: Case, errors: tuple[float, float] | None) -> bool:
    """Whether a row has the digits that are asked of it."""
    return errors is not None and max(errors) <= BAR[case.single]


# -- the table


def _short(value: float) -> str:
    if math.isinf(value):
        return "none"
    return f"{value:.0e}" if value < 10 else ">10"


def _rounded(value: float, single: bool) -> str:
    bar = BAR[single]
    return f"<{bar:.0e}" if value <= bar else _short(value)


def _pair(errors: tuple[float, float] | None) -> str:
    return "–" if errors is None else f"{_short(errors[0])}, {_short(errors[1])}"


_MEASURED = "The other libraries are "
HEADER = """# How many digits derivatives have

<!-- written by `python tools/stability.py --write` -->

Wherever the value of a function is accurate in floating point, so is its derivative, of first and
second order, in both modes. These are functions as users write them, at inputs where a careless
formula leaves the range of floats, or cancels: the largest relative error of first derivatives and
of second ones, against the same code run by mpmath at hundreds of digits. *none* is NaN, infinity,
or a number where there should be 0; a dash says that the library does not run the function. Where a
second derivative leaves the range of floats, as of `1/x` at 1e-200, none of them is compared.

A formula that itself cancels, so that its value has few digits, has a derivative with as few: of
`p*(1 - p)`, where `p` has been rounded to 1, the value is 0, and so are some of its slopes. What is
written in several statements is differentiated statement by statement, but what is exponential
is seen through, so that `e = exp(x); e/(1 + e)` has all its digits at 700. Through a sum over an
array that is not done: of `e = exp(x); e/sum(e)` those second derivatives are lost that are 1e-170
times as large as the others.

"""


def known_peers() -> dict[tuple[str, str], list[str]]:
    """What the page says of the peers, by row."""
    found: dict[tuple[str, str], list[str]] = {}
    if PAGE.exists():
        for line in PAGE.read_text(encoding="utf-8").splitlines():
            cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
            if len(cells) == 4 + len(PEERS) and cells[0].startswith("`"):
                found[cells[0].strip("`"), cells[1]] = cells[4:]
    return found


def measure(only: str = "", peers: bool = True) -> Iterator[tuple[Case, Any, list[Any]]]:
    """Each case with the errors of symdiff, and of the peers that are installed."""
    here = {p: Peer(p) for p in PEERS if peers and version_of(p)}
    for case in CASES:
        if not re.search(only, case.function.__name__):
            continue
        right = right_values(case)
        mine = errors_of(by_symdiff, case, right)
        theirs = [errors_of(here[p].derivatives, case, right) if p in here else None for p in PEERS]
        yield case, mine, theirs


def _versions(peers: bool) -> str:
    """Which versions the columns of the peers are of."""
    if not peers and PAGE.exists():
        text = PAGE.read_text(encoding="utf-8")
        line = next((line for line in text.splitlines() if line.startswith(_MEASURED)), "")
        return line.partition(". ")[0].removesuffix(".") + "." if line else ""
    return _MEASURED + ", ".join(f"{p} {version_of(p)}" for p in PEERS if version_of(p)) + "."


def markdown(rows: list[tuple[Case, Any, list[Any]]], peers: bool) -> str:
    """The page; without `peers`, with what it says of them already."""
    kept = known_peers()
    met: dict[str, list[bool | None]] = {peer: [] for peer in PEERS}
    lines = [
        f"| function | at | first | second | {' | '.join(PEERS)} |",
        "|---|---|---|---|" + "---|" * len(PEERS),
    ]
    for case, mine, theirs in rows:
        text, where = label(case)
        own = ["none"] * 2 if mine is None else [_rounded(e, case.single) for e in mine]
        others = kept.get((text, where), ["–"] * len(PEERS))
        if peers:
            others = [_pair(e) for e in theirs]
        lines.append(f"| `{text}` | {' | '.join([where, *own, *others])} |")
        for peer, cell in zip(PEERS, others, strict=True):
            met[peer].append(_has_digits(cell, case.single))
    versions = _versions(peers)
    summary = ", ".join(
        f"{peer} in {sum(filter(None, have))} of {len(have) - have.count(None)}"
        for peer, have in met.items()
    )
    mine = sum(meets(case, errors) for case, errors, _ in rows)
    about = versions and (
        f"{versions} Of the rows that each runs it has the digits: symdiff in {mine} of "
        f"{len(rows)}, {summary}.\n\n"
    )
    return HEADER + about + "\n".join(lines) + "\n"


def _has_digits(cell: str, single: bool) -> bool | None:
    """Whether a pair of errors meets the bar; `None` where the function is not run."""
    if cell == "–":
        return None
    return all(e not in ("none", ">10") and float(e) <= BAR[single] for e in cell.split(", "))


def main() -> None:
    """Print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="functions whose names match")
    parser.add_argument("--write", action="store_true", help="write docs/stability.md")
    parser.add_argument("--own", action="store_true", help="without the peers")
    options = parser.parse_args()
    rows = []
    for case, mine, theirs in measure(options.only, peers=not options.own):
        rows.append((case, mine, theirs))
        text, where = label(case)
        others = "  ".join(f"{p} {_pair(e)}" for p, e in zip(PEERS, theirs, strict=True))
        met = "ok" if meets(case, mine) else "SHORT"
        print(f"{met:6}{text}  at {where}: {_pair(mine)}  {others}", flush=True)
    short = [row for row in rows if not meets(*row[:2])]
    if options.write:
        installed = not options.own and all(map(version_of, PEERS))
        PAGE.write_text(markdown(rows, installed), encoding="utf-8")
    print(f"{len(rows) - len(short)} of {len(rows)} rows meet the bar")
    sys.exit(bool(short))


if __name__ == "__main__":
    main()
