"""Run random programs against an oracle: `python tools/random_programs.py --count 5000 --seed 0`.

Each is called through one gradient object on several inputs, which take different paths, and value
and gradient are compared with the function itself and with differences of 60 digits. Prints how
many agree, are refused with a line, are wrong, end in an exception of symdiff's own, or take longer
than the limit; ends with status 1 unless the last three are 0.
"""

from __future__ import annotations

import argparse
import collections
import random
import re
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from symdiff import grad
from symdiff.errors import SymdiffError
from symdiff.operators.targets import NativeWarning, Target
from tests.random_functions.helpers import NAMES
from tests.random_functions.language import LanguageWriter
from tests.random_functions.test_random_programs import agrees, made

NATIVE: collections.Counter[str] = collections.Counter()
WHY: collections.Counter[str] = collections.Counter()


class _Slow(BaseException):
    pass


def _late(*_: Any) -> None:
    raise _Slow


def run(seed: int, limit: int, without: str | None, target: Target) -> tuple[str, str]:
    """What becomes of one program, and what to say of it."""
    rng = random.Random(seed)
    source = LanguageWriter(rng.randint).function()
    if without is not None and re.search(without, source):
        return "left out", ""
    names: dict[str, Any] = {"G": 0.7, "TABLE": [0.5, -1.25], **NAMES}
    inputs = [
        (number(rng), number(rng), np.array([number(rng) for _ in range(3)])) for _ in range(3)
    ]
    compared = 0
    signal.alarm(limit)
    try:
        f = made(source, **names)
        g = grad(f, "all", target=target)
        for scale in (0.7, rng.choice([-1.3, 2])):
            f.__globals__["G"] = names["G"] = scale
            for call in inputs:
                compared += agrees(source, names, f, g, call)
    except SymdiffError as error:
        kind = "internal" if type(error).__name__ == "InternalError" else "refused"
        return kind, f"{str(error).splitlines()[0]}\n{source if kind == 'internal' else ''}"
    except AssertionError as error:
        return "wrong", f"{error}\n{source}"
    except _Slow:
        return "slow", source
    except Exception as error:
        return "internal", f"{error!r}\n{source}"
    finally:
        signal.alarm(0)
    NATIVE.update(["native" if way.startswith("native") else "python" for way in g.native])
    WHY.update([way.rpartition(": ")[2] for way in g.native if not way.startswith("native")])
    return ("right" if compared else "nothing to compare"), ""


def number(rng: random.Random) -> float:
    return round(rng.uniform(-2, 2), 3) + 1 / 7e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=60, help="seconds for one program")
    parser.add_argument("--without", help="leave programs out in which this expression is found")
    parser.add_argument("--show", type=int, default=20, help="how many failures to print")
    parser.add_argument("--target", default="python", help="what gradients are compiled to")
    options = parser.parse_args()
    warnings.simplefilter("ignore", NativeWarning)
    signal.signal(signal.SIGALRM, _late)
    found: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    begun = time.time()
    for seed in range(options.seed, options.seed + options.count):
        kind, text = run(seed, options.limit, options.without, options.target)
        found[kind] += 1
        if kind == "refused":
            reasons[text.partition("error: ")[2].split("\n")[0]] += 1
        elif text and found["wrong"] + found["internal"] + found["slow"] <= options.show:
            print(f"--- seed {seed}: {kind}\n{text}", flush=True)
    print(f"{options.count} programs from seed {options.seed}, {time.time() - begun:.0f} s")
    for kind, count in found.most_common():
        print(f"{count:6}  {kind}")
    for way, count in NATIVE.items():
        print(f"{count:6}  paths: {way}")
    for way, count in WHY.most_common(20):
        print(f"{count:6}    python: {way}")
    for reason, count in reasons.most_common(10):
        print(f"{count:6}    refused: {reason}")
    return 1 if found["wrong"] or found["internal"] or found["slow"] else 0


if __name__ == "__main__":
    sys.exit(main())
