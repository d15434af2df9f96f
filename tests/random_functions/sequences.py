"""Random loops over parts of arrays, lists that get longer and shorter, windows and iterables."""

from __future__ import annotations

import random

_HEADS = (
    "for i in range(n):",
    "for i in range(2, n):",
    "for i in range(0, n, 2):",
    "for i in reversed(range(n)):",
    "i = -1\n    while i < n - 1:\n        i += 1",
)
_STATEMENTS = (
    "s += np.sum(y[i:i + {w}])*0.3",
    "s = s*0.7 + float(np.dot(np.arange(0.2, 0.2*{w} + 0.1, 0.2), y[i:i + {w}]))",
    "y[i:i + {w}] *= 0.9",
    "y[i + 1] = y[i]*0.5 + y[i + 1]*0.4 + 0.1*math.sin(s)",
    "v = y[i:i + {w}]; y[i] = y[i]*0.8; s += v[0]*v[-1]*0.2",
    "z[i:i + 2] += y[i]*0.3",
    "y[i:i + 2] = y[i + 1:i + 3]*0.9",
    "z[{w}:] = 0.99*z[{w}:]",
    "u = y[max(0, i - 2):i + 1]; s += 0.1*np.sum(u)",
    "k = (k*3 + i) % 7; s += y[k % len(y)]*0.2",
    "s += max(y[i], s*0.1)*0.3",
    "m = max(m, y[i])",
    "m = min(m, y[i]*y[i + 1])",
    "if y[i] > m: m = y[i]*0.9",
    "s += 0.1*max(y[i:i + {w}])",
    "s += 0.1*sum(t*t for t in y[i:i + {w}])",
    "s += 0.1*np.prod(y[i:i + 2])",
    "q.append(y[i]); s += 0.2*sum(q)",
    "q.append(s*0.3); s = 0.5*s + q[0]*q[-1]*0.3",
    "held.append(y[i]*s*0.1)",
    "if held and y[i] > 0: s += 0.3*held.pop()",
    "held += [y[i], s*0.1]",
    "held.extend([y[i]*y[i], 0.2])",
    "s += 0.1*held[-1] if held else 0.05",
    "for a, b in itertools.combinations(range(3), 2): s += 0.05*y[i + a]*y[i + b]",
    "s += 0.1*functools.reduce(lambda a, b: a*0.5 + b, y[i:i + {w}])",
    "d['a'] = d['a']*0.6 + y[i]*0.2",
    "s += 0.1*math.sin(y[:i].sum())",
    "s = 0.8*s + 0.05*np.sum(y[i:])",
    "s = 0.8*s + 0.05*np.sum(y[:i]*z[:i])",
    "y[i] = 0.5*y[i] + 0.05*math.sin(y[:i] @ y[:i])",
    "y[i + 1] -= 0.1*math.tanh(np.dot(y[:i + 1], y[:i + 1]))",
    "s += 0.05*np.sum(y[k:i + {w}]**2)",
    "s = 0.9*s + 0.1*next(steps, s)",
    "if y[i] > 0: s += 0.1*next(steps, 0.2)*y[i]",
    "s += 0.1*max((t*t for t in y[i:i + {w}]), default=0.3)",
    "for a, b in zip(map(math.sin, y[i:i + 3]), y[i:i + 3]): s += 0.1*a*b",
    "if s > 3: s = s*0.25",
    "if abs(y[i]) < 0.05: continue",
    "if s < -4: break",
)
_LATER = (
    "s += 0.1*sum(map(lambda t: t*t*0.5, held))",
    "s += max(y)*0.2",
    "s += sum(filter(lambda t: t > 0, y))*0.1",
    "s += functools.reduce(lambda a, b: a*0.9 + b*0.1, y)",
    "for a in itertools.chain(y, z): s = s*0.95 + 0.05*a*a",
    "for a in itertools.accumulate(y): s += 0.01*a*a",
    "while held: s = 0.9*s + 0.1*held.pop()",
    "s += math.prod(1 + 0.1*t for t in y)",
    "s += min(t*t for t in z)*0.3",
    "s += sum(a*b for a, b in itertools.pairwise(y))*0.1",
    "for a, b in enumerate(map(math.sin, y)): s = 0.95*s + 0.01*a*b",
    "for a, b in zip(map(math.cos, y), map(math.tanh, y)): s = 0.97*s + 0.05*a*b",
    "s += sum(a*b for a, b in zip(y, map(lambda t: t*0.3, y)))",
    "for a in steps: s = 0.97*s + 0.02*a",
    "s += next(steps, 0.3)*next(steps, s)*0.1",
    "s += max((t*s for t in y), default=0.1)*0.2",
)


class SequenceWriter:
    """Writes a function `f(x, n)`."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def write(self) -> str:
        rng = self.rng
        lines = [
            "def f(x, n):",
            "    y = np.sin(x*np.arange(1.0, n + 5.0) + 0.3)",
            "    z, s, m, k = np.zeros(n + 6), 0.0, 0.1, 1",
            "    held, q, d = [], collections.deque([0.0]*3, maxlen=3), {'a': 0.5}",
            "    steps = iter(y)",
            f"    {rng.choice(_HEADS)}",
        ]
        for _ in range(rng.randint(1, 4)):
            lines.append("        " + rng.choice(_STATEMENTS).format(w=rng.choice((2, 3))))
        lines += ["    " + rng.choice(_LATER) for _ in range(rng.randint(0, 2))]
        lines.append("    return s + np.sum(y*y)*0.1 + np.sum(z) + m + sum(held) + d['a'] + 0.0*k")
        return "\n".join(lines) + "\n"
