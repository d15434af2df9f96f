"""Derivatives that are kept on disk: the same as derived anew, and believed only if they can be."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from symdiff.operations.table import kept
from symdiff.operations.table.kept import Kept, Unkept, from_text, key_of, to_text
from symdiff.operations.table.linearization import linearization
from symdiff.operations.table.linearize import linearize
from symdiff.operations.table.template import Literal, Template

CODES: list[tuple[Any, ...]] = [
    (0, "sin"),
    (0, 1, "mul", "tanh", Literal.of(0.1), "mul"),
    (0, Literal.of(3), "pow", 1, "div"),
    (0, Literal.of(-0.0), "add", Literal.of(True), "mul"),
    (0, 1, "lt", 0, "exp", 1, "log", "where"),
    (0, "abs", 1, "hypot", 2, "sub"),
    (0, Literal.of(1e-300), "mul", Literal.of(float("inf")), "add"),
]

SCRIPT = """
import sys
from symdiff import grad, hessian
import numpy as np, math
def f(x, y):
    total = 0.0
    for k in range(5):
        total = total + math.sin(k * x) * math.exp(-y) / (1.0 + x * x) + math.log(x * y) ** 3
    return total
def h(v):
    return np.sum(np.tanh(v) * v) ** 2
g = grad(f, (0, 1))
for _ in range(4):
    found = g(0.7, 1.3)
print([v.hex() for v in found], hessian(h)(np.array([0.5, -1.5])).tolist(), g.source(0.7, 1.3))
print("sympy" in sys.modules)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def run(script: Path, folder: Path | str) -> tuple[str, bool]:
    """What the script prints with derivatives kept in a folder, and whether it loads SymPy."""
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, kept.VARIABLE: str(folder)},
        check=True,
    )
    text, loaded = done.stdout.rstrip("\n").rsplit("\n", 1)
    return text, loaded == "True"


def test_a_later_process_does_without_sympy_and_finds_the_same(
    script: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    derived, loaded = run(script, folder)
    assert loaded
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert run(script, folder) == (derived, False)
    assert run(script, "0") == (derived, True)


@pytest.mark.parametrize("damage", ["changed", "cut", "another", "open to others"])
def test_what_was_damaged_is_derived_anew(script: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "kept"
    derived, _ = run(script, folder)
    (file,) = folder.iterdir()
    text = file.read_text()
    if damage == "changed":
        file.write_text(text.replace('"cos"', '"sin"'))
    elif damage == "cut":
        file.write_text(text[: len(text) // 2])
    elif damage == "another":  # whole, and of nothing that is written here
        other = json.dumps({key: ["import os"] for key in json.loads(text.split("\n", 1)[1])})
        file.write_text(f"{kept._hash(other)}\n{other}")
    else:
        file.chmod(0o644)
    assert run(script, folder) == (derived, True)
    assert run(script, folder) == (derived, False)


@pytest.mark.parametrize("code", CODES, ids=str)
def test_text_of_a_linearization_and_back(code: tuple[Any, ...]) -> None:
    template = Template.of(code)
    for whole in ((), (0,)):
        made = linearize(template, tuple(range(template.arity)), whole)
        text = json.loads(json.dumps(to_text(made)))
        assert from_text(text, template.arity) == made


def test_a_key_tells_equal_numbers_apart() -> None:
    numbers = [1, 1.0, True, 0.0, -0.0, 0]
    keys = {key_of(Template.of((0, Literal.of(n), "mul")), (0,), ()) for n in numbers}
    assert len(keys) == len(numbers)
    with pytest.raises(Unkept):
        key_of(Template.of((0, Literal.of(1j), "mul")), (0,), ())


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "sin",
        [[], [], [], [], []],
        [[], [[["exec"], []]], [None], [None], [None]],
        [[], [[[0, "sin", "__import__('os')"], [0]]], [None], [None], [None]],
        [[], [[[0, 0], [0]]], [None], [None], [None]],
        [[], [[["mul"], []]], [None], [None], [None]],
        [[], [[[0, "sin"], [0, 1]]], [None], [None], [None]],
        [[], [[[0, "sin"], [7]]], [None], [None], [None]],
        [[], [[[0, "sin"], ["0"]]], [None], [None], [None]],
        [[], [[[["int", "1+1"]], []]], [None], [None], [None]],
        [[], [[[["code", "1"]], []]], [None], [None], [None]],
        [[], [[[0, "matmul"], [0]]], [None], [None], [None]],
        [[], [[[0, "sin"], [0]]], [None, None], [None], [None]],
    ],
    ids=str,
)
def test_what_is_no_linearization_is_not_believed(found: Any) -> None:
    with pytest.raises(Unkept):
        from_text(found, 1)


def test_processes_add_to_what_others_have_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "kept"))
    first, second = Kept(), Kept()
    sine, cosine = Template.of((0, "sin")), Template.of((0, "cos"))
    assert first.find(sine, (0,), ()) is None
    assert second.find(sine, (0,), ()) is None
    first.add(sine, (0,), (), linearization(sine, (0,)))
    second.add(cosine, (0,), (), linearization(cosine, (0,)))
    first.write()
    second.write()
    third = Kept()
    assert third.find(sine, (0,), ()) == linearization(sine, (0,))
    assert third.find(cosine, (0,), ()) == linearization(cosine, (0,))
    assert third.find(cosine, (), ()) is None
    monkeypatch.setattr(kept, "_MOST", 1)
    third.add(sine, (), (), linearization(sine, ()))
    third.write()
    assert len(kept.read()) == 1
    assert Kept().find(sine, (), ()) is not None


def test_another_version_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "kept"))
    sine, first = Template.of((0, "sin")), Kept()
    first.add(sine, (0,), (), linearization(sine, (0,)))
    first.write()
    monkeypatch.setattr(kept, "_known_surroundings", ["0" * 64])
    assert Kept().find(sine, (0,), ()) is None


def test_files_of_versions_that_are_gone_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    monkeypatch.setenv(kept.VARIABLE, str(folder))
    folder.mkdir()
    own = folder / "mine.json"
    own.write_text("{}")
    os.utime(own, (0, 0))
    sine = Template.of((0, "sin"))
    for version in range(12):
        monkeypatch.setattr(kept, "_known_surroundings", [f"{version:064}"[::-1]])
        made = Kept()
        made.add(sine, (0,), (), linearization(sine, (0,)))
        made.write()
        (file,) = folder.glob(f"*{kept._known_surroundings[0][:40]}.json")
        os.utime(file, (version, version))
    assert len(list(folder.iterdir())) == 9
    assert own.exists()
    assert Kept().find(sine, (0,), ()) is not None


def test_looking_for_derivatives_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "kept"))
    assert Kept().find(Template.of((0, "sin")), (0,), ()) is None
    assert not list(tmp_path.iterdir())


def test_what_waits_to_be_written_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that goes on for ever keeps the newest."""
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path))
    monkeypatch.setattr(kept, "_MOST_ADDED", 3)
    own = kept.Kept()
    templates = [Template.of((0, Literal.of(float(k)), "mul")) for k in range(5)]
    made = linearization(templates[0], (0,))
    for template in templates:
        own.add(template, (0,), (), made)
    assert [key[0] for key in own.added] == templates[2:]
    own.write()
    assert not own.added
    assert len(kept.read()) == 3
