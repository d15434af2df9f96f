"""Functions read as terms: what is shown is read back, and compared with differences."""

import importlib.util
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from symdiff.command.cli import main
from symdiff.present import formulas
from symdiff.present.algebra import deriving
from symdiff.present.algebra.proving import UnprovedError, prove
from symdiff.present.algebra.reading import read
from symdiff.present.algebra.terms import NoFormulaError
from symdiff.program.dimensions import Dimensions
from symdiff.specialize.paths import enumerate_paths

from ..readback import defined, rows_of, value_of

_FILE = Path(__file__).parents[3] / "tools" / "textbook.py"
_SPEC = importlib.util.spec_from_file_location("textbook", _FILE)
textbook = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(textbook)

SIZES = [{"m": 5, "n": 3}, {"m": 6, "n": 4}]
HEAD = "import numpy as np\nfrom math import *\nfrom scipy.special import digamma\n"


def shown(tmp_path, monkeypatch, entry, *options):
    monkeypatch.setattr("symdiff.command.rendering.WIDTH", 10**6)
    body = entry.body if "return" in entry.body else f"return {entry.body}"
    source = f"{HEAD}\ndef f({entry.arguments}):\n    {body}\n"
    name = re.sub(r"\W", "_", f"read_{abs(hash(source))}")
    (tmp_path / f"{name}.py").write_text(source)
    by = entry.arguments.partition(",")[0]
    result = CliRunner().invoke(main, ["show", str(tmp_path / f"{name}.py"), "--wrt", by, *options])
    assert result.exit_code == 0, result.output
    namespace = {}
    exec(source, namespace)
    lines = result.output.split("\n")[1:]
    return "\n".join(line[2:] for line in lines), namespace["f"]


def shapes_told(text):
    """The shapes that the last line tells."""
    found = {}
    for part in re.findall(r"(\w+) (m×n|n×n|n×m|m×m|k×n|m×k|n×k)", text):
        found[part[0]] = tuple(part[1].split("×"))
    found |= {name: (n,) for name, n in re.findall(r"(\w+) of length (\w+)", text)}
    for names in re.findall(r"^with (.+?)(?: a vector$| vectors of)", text, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), ("n",))
    return found


def draw(rng, shape):
    value = rng.uniform(0.2, 1.2, shape)
    if len(shape) == 2 and shape[0] == shape[1]:
        value = value @ value.T + np.eye(len(value))
    return value


@pytest.mark.parametrize("k", range(len(textbook.ARRAYS)))
def test_textbook(tmp_path, monkeypatch, k):
    entry = textbook.ARRAYS[k]
    text, function = shown(tmp_path, monkeypatch, entry)
    assert "# read_" not in text, text
    told = shapes_told(text)
    (by, *_) = arguments = list(inspect.signature(function).parameters)
    for sizes in SIZES:
        rng = np.random.default_rng(k)
        known = {"k": 2, **sizes}
        point = {name: draw(rng, [known[n] for n in told.get(name, ())]) for name in arguments}
        point = {name: v if np.ndim(v) else float(v) for name, v in point.items()}
        if "b - A @ x" in entry.body:
            point["b"] = point["b"] + 10.0
        names = defined(text, {**point, **sizes})
        row = next(cases for label, cases in rows_of(text).items() if label == f"df/d{by}")
        found = np.broadcast_to(value_of(row, names), np.shape(point[by]))
        for place in np.ndindex(np.shape(point[by])):
            if "cholesky" in entry.body and by == "S":
                continue
            step = np.zeros(np.shape(point[by]))
            step[place] = 1e-6
            sides = [function(**{**point, by: point[by] + s * step}) for s in (1, -1)]
            wanted = (sides[0] - sides[1]) / 2e-6
            assert abs(found[place] - wanted) <= 1e-6 * max(1, abs(wanted)), text


def test_a_formula_that_is_not_proved_is_not_shown(tmp_path, monkeypatch):
    entry = textbook.Entry("x, A", "x @ A @ x", "")
    text, _ = shown(tmp_path, monkeypatch, entry)
    assert "(A + A.T) @ x" in text

    def wrong(algebra, value, by):
        return algebra.matmul(algebra.name("A", ("n", "n")), by)

    monkeypatch.setattr(deriving, "gradient", wrong)
    told = []
    monkeypatch.setattr("builtins.print", lambda *a, **k: told.append(a[0]))
    text, _ = shown(tmp_path, monkeypatch, entry)
    assert "matmul" in text
    assert "df/dx  = A @ x" not in text
    assert any("report this as a bug" in line for line in told)


def programs(function, *points):
    return [enumerate_paths(function, at=dict(p))[0].program for p in points]


def at(shapes, sizes):
    rng = np.random.default_rng(0)
    return {k: draw(rng, [sizes[n] for n in shape]) for k, shape in shapes.items()}


REFUSED = {
    "a place that depends on the length": lambda x: x[len(x) // 2],
    "a part": lambda x: x[1:] @ x[:-1],
    "an order": lambda x: np.sort(x)[0],
    "a constant of no simple form": lambda x: np.sum(x) * len(x) ** 3 * 1.7 ** len(x),
    "a product in an order": lambda x: np.cumsum(x) @ x,
    "an eigenvalue": lambda A: np.linalg.eigvalsh(A)[-1],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_formula_of_mathematics_is_not_read(name):
    function = REFUSED[name]
    shapes = {k: ("n", "n") if k == "A" else ("n",) for k in inspect.signature(function).parameters}
    sizes = [{"n": 7}, {"n": 13}]
    own = programs(function, *[at(shapes, s) for s in sizes])
    with pytest.raises(NoFormulaError):
        read(own, Dimensions(shapes, sizes))


LENGTHS = {
    "n*log(2*pi)": lambda x: len(x) * np.log(2 * np.pi) + 0 * x[0],
    "x @ x/(n - 1)": lambda x: x @ x / (len(x) - 1),
    "3*n": lambda x: 3.0 * len(x) + 0 * x[0],
    "log(3)*x[0]/sqrt(2)": lambda x: np.log(3) * x[0] / np.sqrt(2),
    "sum(x)/7": lambda x: np.sum(x) / 7,
    "mean(x)": lambda x: np.sum(x) / x.size,
}


@pytest.mark.parametrize("text", LENGTHS)
def test_numbers_of_lengths(text):
    from symdiff.present.algebra.layout import Layout
    from symdiff.present.algebra.writing import Text

    sizes = [{"m": 11, "n": 7}, {"m": 5, "n": 13}]
    own = programs(LENGTHS[text], *[at({"x": ("n",)}, s) for s in sizes])
    reading = read(own, Dimensions({"x": ("n",)}, sizes))
    found = Text().write(Layout({}, reading.algebra.as_totals).node(reading.value))
    assert found.replace(" + 0*x[0]", "") == text


def test_a_proof_looks_at_each_size():
    shapes, sizes = {"x": ("n",)}, [{"n": 7}, {"n": 13}]
    own = programs(lambda x: x @ x / len(x), *[at(shapes, s) for s in sizes])
    reading = read(own, Dimensions(shapes, sizes))
    assert prove([reading.value], own, sizes, (), {})
    algebra = reading.algebra
    wrong = algebra.scaled(algebra.matmul(reading.inputs["x"], reading.inputs["x"]), 1 / 7)
    with pytest.raises(UnprovedError):
        prove([wrong], own, sizes, (), {})


def test_the_shorter_form_is_shown():
    assert formulas._cost("f", "f      = x\ndf/dx  = x/t\nwhere t = 1 + x") == 3


@pytest.mark.slow
def test_most_textbook_derivatives_are_shown_at_most_as_long(capsys):
    assert textbook.main() == 0
    assert "99 of 100" in capsys.readouterr().out
