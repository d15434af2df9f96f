"""Derivatives as textbooks have them, beside what `symdiff show` writes, with operation counts.

    python tools/textbook.py            # the table
    python tools/textbook.py --longer   # what is shown longer than the textbook's alone
    python tools/textbook.py --write    # the table in docs/textbook.md

Half are of numbers, from calculus courses and what is modelled with them; half of vectors and
matrices, from matrix calculus, statistics and machine learning. `f` is the function's own value.
Operations are counted as `symdiff.present.algebra.shown` does; a name that is explained below a
formula counts with its explanation. The exit status is 1 if more than `MOST` are longer.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from symdiff.command.cli import main as command
from symdiff.present.algebra.shown import count_operations

MOST = 5


class Entry(NamedTuple):
    """A function, as a user writes it, and its derivative by its first argument."""

    arguments: str
    body: str
    answer: str


_CALL = """d1 = (log(S/K) + (r + sigma**2/2)*T)/(sigma*sqrt(T))
    d2 = d1 - sigma*sqrt(T)
    return S*(1 + erf(d1/sqrt(2)))/2 - K*exp(-r*T)*(1 + erf(d2/sqrt(2)))/2"""
_D1 = "(log(S/K) + (r + sigma**2/2)*T)/(sigma*sqrt(T))"

NUMBERS = [
    Entry("x", "x**3 - 2*x + sin(x)", "3*x**2 - 2 + cos(x)"),
    Entry("x", "x*exp(-x)", "(1 - x)*exp(-x)"),
    Entry("x", "exp(-x**2)", "-2*x*f"),
    Entry("x", "x*log(x)", "log(x) + 1"),
    Entry("x", "log(x)/x", "(1 - log(x))/x**2"),
    Entry("x", "sin(x)/x", "(cos(x) - f)/x"),
    Entry("x", "tan(x)", "1/cos(x)**2"),
    Entry("x", "sin(x)*cos(x)", "cos(x)**2 - sin(x)**2"),
    Entry("x", "sin(x)**2", "2*sin(x)*cos(x)"),
    Entry("x", "sqrt(1 + x**2)", "x/f"),
    Entry("x", "1/(1 + x**2)", "-2*x/(1 + x**2)**2"),
    Entry("x", "(x - 1)/(x + 1)", "2/(x + 1)**2"),
    Entry("x, a, b", "(a*x + b)/(x**2 + 1)", "(a - 2*x*f)/(x**2 + 1)"),
    Entry("x, a", "x**a", "a*x**(a - 1)"),
    Entry("x, a", "a**x", "a**x*log(a)"),
    Entry("x", "x**x", "x**x*(log(x) + 1)"),
    Entry("x", "atan(x)", "1/(1 + x**2)"),
    Entry("x", "asin(x)", "1/sqrt(1 - x**2)"),
    Entry("x", "log(x + sqrt(x**2 + 1))", "1/sqrt(x**2 + 1)"),
    Entry("x", "log(sin(x))", "cos(x)/sin(x)"),
    Entry("x", "exp(sin(x))", "cos(x)*exp(sin(x))"),
    Entry("x", "sinh(x)*cosh(x)", "cosh(x)**2 + sinh(x)**2"),
    Entry("x", "tanh(x)", "1 - tanh(x)**2"),
    Entry("x", "1/(1 + exp(-x))", "f*(1 - f)"),
    Entry("x", "log(1 + exp(x))", "sigmoid(x)"),
    Entry("x, b", "log(1 + exp(b*x))/b", "sigmoid(b*x)"),
    Entry("x", "x/(1 + exp(-x))", "sigmoid(x) + f*(1 - sigmoid(x))"),
    Entry(
        "z, y",
        "p = 1/(1 + exp(-z))\n    return -(y*log(p) + (1 - y)*log(1 - p))",
        "sigmoid(z) - y",
    ),
    Entry("z, y", "max(z, 0) - z*y + log1p(exp(-abs(z)))", "sigmoid(z) - y"),
    Entry(
        "mu, x, sigma", "exp(-(x - mu)**2/(2*sigma**2))/(sigma*sqrt(2*pi))", "f*(x - mu)/sigma**2"
    ),
    Entry(
        "x, mu, sigma", "exp(-(x - mu)**2/(2*sigma**2))/(sigma*sqrt(2*pi))", "f*(mu - x)/sigma**2"
    ),
    Entry(
        "sigma, x, mu",
        "-log(sigma) - (x - mu)**2/(2*sigma**2)",
        "(x - mu)**2/sigma**3 - 1/sigma",
    ),
    Entry("S, K, r, sigma, T", _CALL, f"Phi({_D1})"),
    Entry("sigma, S, K, r, T", _CALL, f"S*phi({_D1})*sqrt(T)"),
    Entry("lam, k", "k*log(lam) - lam - lgamma(k + 1)", "k/lam - 1"),
    Entry("a, b, x", "a*log(b) - lgamma(a) + (a - 1)*log(x) - b*x", "log(b) - digamma(a) + log(x)"),
    Entry("p, k, n", "k*log(p) + (n - k)*log(1 - p)", "k/p - (n - k)/(1 - p)"),
    Entry("x, v, k", "v*x/(k + x)", "v*k/(k + x)**2"),
    Entry("x, r, K", "r*x*(1 - x/K)", "r*(1 - 2*x/K)"),
    Entry("r, eps, s", "4*eps*((s/r)**12 - (s/r)**6)", "24*eps*((s/r)**6 - 2*(s/r)**12)/r"),
    Entry("x, y", "sqrt(x**2 + y**2)", "x/f"),
    Entry("x, y", "atan(y/x)", "-y/(x**2 + y**2)"),
    Entry(
        "x, D, a, c", "D*(1 - exp(-a*(x - c)))**2", "2*D*a*(1 - exp(-a*(x - c)))*exp(-a*(x - c))"
    ),
    Entry("x, m", "log(1 + (x - m)**2)", "2*(x - m)/(1 + (x - m)**2)"),
    Entry("x", "erf(x)", "2*exp(-x**2)/sqrt(pi)"),
    Entry("x", "lgamma(x)", "digamma(x)"),
    Entry("r, P, n, t", "P*(1 + r/n)**(n*t)", "P*t*(1 + r/n)**(n*t - 1)"),
    Entry("t, b, w", "exp(-b*t)*cos(w*t)", "-exp(-b*t)*(b*cos(w*t) + w*sin(w*t))"),
    Entry("r, k", "-k/r", "k/r**2"),
    Entry("x", "abs(x)", "sign(x)"),
]

ARRAYS = [
    Entry("x, a", "a @ x", "a"),
    Entry("x", "x @ x", "2*x"),
    Entry("x", "np.linalg.norm(x)", "x/f"),
    Entry("x", "np.exp(-x @ x/2)", "-f*x"),
    Entry("x, a", "np.exp(a @ x)", "f*a"),
    Entry("x", "np.sum(x**3)", "3*x**2"),
    Entry("x", "np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x)", "softmax(x)"),
    Entry("x", "np.prod(x)", "f/x"),
    Entry("x", "np.var(x, ddof=1)", "2*(x - mean(x))/(n - 1)"),
    Entry("x", "np.std(x)", "(x - mean(x))/(n*f)"),
    Entry("x", "x[-1]", "e_n"),
    Entry("p", "-np.sum(p*np.log(p))", "-(log(p) + 1)"),
    Entry("p, q", "np.sum(p*np.log(p/q))", "log(p/q) + 1"),
    Entry("q, p", "np.sum(p*np.log(p/q))", "-p/q"),
    Entry("z, y", "np.log(np.sum(np.exp(z))) - y @ z", "softmax(z) - y"),
    Entry("x", "np.exp(x[0])/np.sum(np.exp(x))", "f*(e_1 - softmax(x))"),
    Entry(
        "x, y",
        "x @ y/(np.linalg.norm(x)*np.linalg.norm(y))",
        "y/(norm(x)*norm(y)) - f*x/norm(x)**2",
    ),
    Entry("x", "np.sum(np.abs(x))", "sign(x)"),
    Entry("x", "np.max(x)", "where(x == f, 1, 0)"),
    Entry("x, A", "x @ A @ x", "(A + A.T) @ x"),
    Entry("y, x, A", "x @ A @ y", "A.T @ x"),
    Entry("A, x, y", "x @ A @ y", "outer(x, y)"),
    Entry("x, A, b", "0.5*x @ A @ x - b @ x", "(A + A.T) @ x/2 - b"),
    Entry("x, A", "x @ A @ x/(x @ x)", "((A + A.T) @ x - 2*f*x)/(x @ x)"),
    Entry("w, X, y", "np.sum((X @ w - y)**2)", "2*X.T @ (X @ w - y)"),
    Entry("w, X, y", "np.mean((X @ w - y)**2)", "2*X.T @ (X @ w - y)/m"),
    Entry("w, X, y, s", "np.sum(s*(X @ w - y)**2)", "2*X.T @ (s*(X @ w - y))"),
    Entry(
        "w, X, y, lam",
        "r = X @ w - y\n    return r @ r + lam*w @ w",
        "2*X.T @ (X @ w - y) + 2*lam*w",
    ),
    Entry(
        "w, X, y, lam",
        "r = X @ w - y\n    return r @ r/2 + lam*np.sum(np.abs(w))",
        "X.T @ (X @ w - y) + lam*sign(w)",
    ),
    Entry(
        "w, X, y",
        "z = X @ w\n    return np.mean(np.log(1 + np.exp(-y*z)))",
        "-X.T @ (y*sigmoid(-y*(X @ w)))/m",
    ),
    Entry(
        "w, X, y",
        "z = X @ w\n    return np.sum(np.log(1 + np.exp(z)) - y*z)",
        "X.T @ (sigmoid(X @ w) - y)",
    ),
    Entry("w, X, y", "z = X @ w\n    return np.sum(np.exp(z) - y*z)", "X.T @ (exp(X @ w) - y)"),
    Entry("w, x, b", "1/(1 + np.exp(-(w @ x + b)))", "f*(1 - f)*x"),
    Entry("W, x, b, v", "v @ np.tanh(W @ x + b)", "outer(v*(1 - tanh(W @ x + b)**2), x)"),
    Entry("x, A, b", "np.linalg.norm(A @ x - b)", "A.T @ (A @ x - b)/f"),
    Entry("x, A, b, c", "c @ x - np.sum(np.log(b - A @ x))", "c + A.T @ (1/(b - A @ x))"),
    Entry(
        "mu, x, S",
        "L = np.linalg.cholesky(S)\n    z = np.linalg.solve(L, x - mu)\n"
        "    return -0.5*z @ z - np.sum(np.log(np.diag(L)))",
        "inv(S) @ (x - mu)",
    ),
    Entry("A", "np.trace(A)", "eye(n)"),
    Entry("A, B", "np.trace(A @ B)", "B.T"),
    Entry("A, B", "np.trace(A.T @ B)", "B"),
    Entry("A", "np.trace(A @ A)", "2*A.T"),
    Entry("A", "np.trace(A.T @ A)", "2*A"),
    Entry("X, A", "np.trace(X @ A @ X.T)", "X @ (A + A.T)"),
    Entry("A", "np.trace(np.linalg.inv(A))", "-inv(A).T @ inv(A).T"),
    Entry("A", "np.linalg.slogdet(A)[1]", "inv(A).T"),
    Entry("A", "np.linalg.det(A)", "f*inv(A).T"),
    Entry("X", "np.log(np.linalg.det(X.T @ X))", "2*X @ inv(X.T @ X)"),
    Entry("A, b", "b @ np.linalg.inv(A) @ b", "-outer(inv(A).T @ b, inv(A) @ b)"),
    Entry("A, B", "np.sum((A @ B)**2)", "2*A @ B @ B.T"),
    Entry("U, V, X", "np.sum((X - U @ V.T)**2)", "2*(U @ V.T - X) @ V"),
]


def shown(entries: Sequence[Entry]) -> list[str]:
    """What `symdiff show` writes of the derivative of each: the formula, and its names."""
    head = "import numpy as np\nfrom math import *\nfrom scipy.special import digamma\n"
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for k, entry in enumerate(entries):
            path = os.path.join(folder, f"textbook_{k}.py")
            body = entry.body if "return" in entry.body else f"return {entry.body}"
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"{head}\ndef f({entry.arguments}):\n    {body}\n")
            by = entry.arguments.partition(",")[0]
            arguments = ["show", f"{path}:f", "--wrt", by]
            found.append(_derivative(CliRunner().invoke(command, arguments).output))
    return found


def _derivative(output: str) -> str:
    row = re.search(r"^ *df/d\w+ += (.*(?:\n {4,}\S.*)*)", output, re.MULTILINE)
    by_line = len(re.findall(r"# textbook_\d+\.py:", output)) > 0
    if row is None or by_line:
        return ""
    parts = re.findall(r"^ *where (\w+ = .*(?:\n {4,}\S.*)*)", output, re.MULTILINE)
    text = " ".join(row[1].split())
    return "; ".join([text, *[" ".join(part.split()) for part in parts]])


def operations(text: str) -> int:
    return sum(count_operations(re.sub(r"^\w+ = ", "", part)) for part in text.split("; "))


_HEAD = """# A hundred derivatives of textbooks

What `symdiff show` writes of each, beside the textbook's, with the operations of both: operators
and calls, and those of the names that are explained below a formula. `f` is the value of the
function itself. The table is written by `python tools/textbook.py --write`.

| function | by | textbook | | shown | |
|---|---|---|---|---|---|
"""
_END = """
The one that is longer is the force between two atoms: symdiff multiplies the powers of a quotient
out, `(s/r)**6` as `s**6/r**6`, and does not take the quotient for a name.
"""


def table(entries: Sequence[Entry], texts: Sequence[str]) -> str:
    """All of it, for the docs."""
    rows = []
    for entry, text in zip(entries, texts, strict=True):
        body = "<br>".join(f"`{line.strip()}`" for line in entry.body.splitlines())
        by = entry.arguments.partition(",")[0]
        cells = "<br>".join(f"`{part}`" for part in text.split("; "))
        rows.append(
            f"| {body} | `{by}` | `{entry.answer}` | {operations(entry.answer)} "
            f"| {cells} | {operations(text)} |"
        )
    return _HEAD + "\n".join(rows) + "\n" + _END


def main() -> int:
    entries = [*NUMBERS, *ARRAYS]
    longer = 0
    texts = shown(entries)
    if "--write" in sys.argv:
        page = Path(__file__).resolve().parent.parent / "docs" / "textbook.md"
        page.write_text(table(entries, texts), encoding="utf-8")
        return 0
    for entry, text in zip(entries, texts, strict=True):
        answer, own = operations(entry.answer), operations(text) if text else 999
        longer += own > answer
        if own > answer or "--longer" not in sys.argv:
            mark = " " if own <= answer else "!"
            body = " ".join(entry.body.split())
            print(f"{mark} {body}\n    textbook {answer:3}  {entry.answer}")
            print(f"    shown    {own if text else '  -':>3}  {text or 'not as a formula'}")
    print(f"{len(entries) - longer} of {len(entries)} at most as long as the textbook's")
    return int(longer > MOST)


if __name__ == "__main__":
    sys.exit(main())
