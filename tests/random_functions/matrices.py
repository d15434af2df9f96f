"""Small random functions of vectors and matrices, as source text."""

from __future__ import annotations

import random

PARAMETERS = {"x": "n", "w": "n", "y": "m", "X": "mn", "A": "nn", "B": "nn", "c": ""}

_FORMS = {
    "": (
        "{n} @ {n}",
        "np.sum({n})",
        "np.mean({m})",
        "{n} @ {nn} @ {n}",
        "{m} @ {mn} @ {n}",
        "np.trace({nn})",
        "np.sum({mn} ** 2)",
        "np.log(2 + np.sum({m} ** 2))",
        "c * ({n} @ {n})",
        "np.linalg.norm({m})",
        "len({n}) * ({m} @ {m})",
    ),
    "n": (
        "x",
        "w",
        "{nn} @ {n}",
        "{m} @ {mn}",
        "{mn}.T @ {m}",
        "({n} + {n})",
        "({n} * {n})",
        "np.tanh({n})",
        "c * {n}",
        "np.linalg.solve({nn}, {n})",
        "{mn}.sum(axis=0)",
    ),
    "m": ("y", "{mn} @ {n}", "({mn} @ {n} - y)", "np.exp(-(y * y))", "np.mean({mn}, axis=1)"),
    "mn": ("X", "X @ {nn}", "np.outer({m}, {n})", "np.tanh(X)", "(X - {n})"),
    "nn": (
        "A",
        "B",
        "A.T",
        "A @ B",
        "np.outer({n}, {n})",
        "X.T @ X",
        "(A + B)",
        "np.linalg.inv(A)",
    ),
}


def random_text(seed: int) -> str:
    """A function `f` of some of the parameters, that returns a number."""
    rng = random.Random(seed)

    def term(shape: str, depth: int) -> str:
        forms = _FORMS[shape]
        if depth <= 0:
            plain = [f for f in forms if "{" not in f and "np" not in f]
            forms = tuple(plain) or forms[:1]
        text = rng.choice(forms)
        while "{" in text:
            before, _, rest = text.partition("{")
            inner, _, after = rest.partition("}")
            part = term(inner, depth - 1)
            text = f"{before}{part if part.isalnum() else f'({part})'}{after}"
        return text

    lines = [f"    t{k} = {term('', 2)}" for k in range(rng.randint(1, 2))]
    result = " + ".join(f"t{k}" for k in range(len(lines)))
    body = "\n".join([*lines, f"    return {result}"])
    used = [name for name in PARAMETERS if any(name == t for t in _words(body))]
    return f"def f({', '.join(used)}):\n{body}\n"


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
