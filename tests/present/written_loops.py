"""Random functions whose loops write to arrays and append to lists."""

from __future__ import annotations

from random import Random

_BACK = ([-1], [-1, 0], [-1, -2], [0], [1], [-1, 1], [-2])
_AHEAD = ([1], [1, 0], [1, 2], [0], [-1])


def _at(name: str, apart: int) -> str:
    return f"{name}[i{apart:+}]" if apart else f"{name}[i]"


def _expression(rng: Random, arrays: list[str], own: str, reads: list[int]) -> str:
    terms = []
    for _ in range(rng.randint(1, 3)):
        kind = rng.random()
        if kind < 0.35:
            terms.append(_at("x", rng.choice([0, 0, 0, 1, -1])))
        elif kind < 0.55 and own:
            terms.append(_at(own, rng.choice(reads)))
        elif kind < 0.65 and arrays:
            terms.append(_at(rng.choice(arrays), rng.choice([0, 0, -1, 1])))
        else:
            terms.append(rng.choice(["i", "a", "a", "0.5", "2.0"]))
    text = terms[0] + "".join([rng.choice("*+-") + t for t in terms[1:]])
    return f"math.sin({text})" if rng.random() < 0.25 else text


def _list(rng: Random, name: str) -> list[str]:
    first = rng.choice(["", "x[0]", "a"])
    item = rng.choice(["x[i]", "a*x[i]", "math.sin(x[i])", "x[i]*i"])
    if first and rng.random() < 0.6:
        item += rng.choice(["+0.5*", "*"]) + f"{name}[-1]"
    lines = [f"{name} = [{first}]", "for i in range(len(x)):", f"    {name}.append({item})"]
    return lines


def _array(rng: Random, name: str, arrays: list[str]) -> list[str]:
    more = rng.choice(["", "", " + 1"])
    lines = [f"{name} = np.{rng.choice(['zeros', 'ones'])}(len(x){more})"]
    if rng.random() < 0.4:
        lines.append(f"{name}[0] = {rng.choice(['x[0]', 'a', '2.0'])}")
    low, high = rng.choice([0, 1, 1, 2]), rng.choice([0, 0, 1])
    if rng.random() < 0.7:
        lines.append(f"for i in range({low}, len(x) - {high}):")
        reads = rng.choice(_BACK)
    else:
        lines.append(f"for i in range(len(x) - {high + 1}, {low - 1}, -1):")
        reads = rng.choice(_AHEAD)
    if rng.random() < 0.2:
        for head in ("if x[i] > 0.33:", "else:"):
            value = _expression(rng, arrays, name, reads)
            lines += [f"    {head}", f"        {name}[i] = {value}"]
    else:
        value = _expression(rng, arrays, name, reads)
        lines.append(f"    {name}[i] {rng.choice(['=', '=', '+=', '*='])} {value}")
    return lines


def written_loops(rng: Random) -> str:
    """The source of a function `f(x, a)` of a vector and a number."""
    lines: list[str] = []
    arrays: list[str] = []
    for name in "yz"[: rng.randint(1, 2)]:
        lines += _list(rng, name) if rng.random() < 0.15 else _array(rng, name, arrays)
        arrays.append(name)
    last, first = arrays[-1], arrays[0]
    if rng.random() < 0.6:
        result = [f"sum({last})", f"{last}[-1]*{first}[0]", f"{last}[1]", f"np.dot({last}, x)"]
        lines.append(f"return {rng.choice(result)}")
    else:
        term = [f"{last}[i]**2", f"{last}[i]*{last}[i - 1]", f"math.sin({last}[i])*{first}[i]"]
        lines += ["t = 0.0", f"for i in range({rng.choice([0, 1])}, len(x)):"]
        lines += [f"    t += {rng.choice(term)}", "return t"]
    return "\n".join(["def f(x, a):", *[f"    {line}" for line in lines]]) + "\n"
