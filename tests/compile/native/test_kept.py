"""What has been compiled is kept on disk, and nothing else is loaded from there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from symdiff import grad
from symdiff.compile.native import building
from symdiff.operators.targets import NativeWarning

on_a_machine_with_a_compiler = pytest.mark.skipif(
    building.why_not() is not None, reason=f"no native code: {building.why_not()}"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of one's own, and a process that has loaded nothing."""
    monkeypatch.setenv(building.CACHE, str(tmp_path / "kept"))
    monkeypatch.setattr(building, "_loaded", {})
    return tmp_path / "kept"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the compiler was given."""
    texts: list[str] = []
    compile = building._compile

    def noted(folder: Path, key: str, text: str, *rest: Any) -> Path:
        texts.append(text)
        return compile(folder, key, text, *rest)

    monkeypatch.setattr(building, "_compile", noted)
    return texts


def cube(x):
    return x**3 + 0.25


def gradient_anew() -> float:
    building._loaded.clear()
    found: float = grad(cube, target="c")(2.0)
    return found


@on_a_machine_with_a_compiler
def test_a_second_process_compiles_nothing(folder: Path, compiled: list[str]) -> None:
    assert gradient_anew() == 12.0
    assert len(compiled) == 1
    assert gradient_anew() == 12.0
    assert len(compiled) == 1


@on_a_machine_with_a_compiler
def test_the_folder_and_its_files_are_the_users_alone(folder: Path) -> None:
    gradient_anew()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert {f.suffix for f in files} == {".so", ".sha256"}
    assert all(not stat.S_IMODE(f.stat().st_mode) & 0o077 for f in files)


@on_a_machine_with_a_compiler
def test_a_file_that_somebody_has_changed_is_compiled_anew(
    folder: Path, compiled: list[str]
) -> None:
    gradient_anew()
    (module,) = folder.glob("*.so")
    good = module.read_bytes()
    other = folder / "other"
    other.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    other.chmod(0o700)
    os.replace(other, module)
    assert gradient_anew() == 12.0
    assert len(compiled) == 2
    assert module.read_bytes()[:4] == b"\x7fELF" or sys.platform == "darwin"
    (sums,) = folder.glob("*.sha256")
    sums.unlink()
    assert gradient_anew() == 12.0
    assert len(compiled) == 3


@on_a_machine_with_a_compiler
def test_a_file_that_others_may_write_to_is_compiled_anew(
    folder: Path, compiled: list[str]
) -> None:
    gradient_anew()
    (module,) = folder.glob("*.so")
    module.chmod(0o777)
    assert gradient_anew() == 12.0
    assert len(compiled) == 2
    assert not stat.S_IMODE(module.stat().st_mode) & 0o077


@on_a_machine_with_a_compiler
def test_a_folder_that_others_may_write_to_is_closed(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    gradient_anew()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@on_a_machine_with_a_compiler
def test_nothing_is_kept_where_nobody_wants_it(
    folder: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(building.CACHE, "0")
    assert gradient_anew() == 12.0
    assert gradient_anew() == 12.0
    assert len(compiled) == 2
    assert not folder.exists()


@on_a_machine_with_a_compiler
def test_other_flags_are_another_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gradient_anew()
    monkeypatch.setattr(building, "_FLAGS", (*building._FLAGS, "-DOTHER"))
    gradient_anew()
    assert len(list(folder.glob("*.so"))) == 2


def test_without_a_compiler_the_python_form_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(building.COMPILER, "0")
    native = grad(cube, target="c")
    with pytest.warns(NativeWarning, match="no C compiler"):
        assert native(2.0) == 12.0
    assert native(3.0) == 27.0
    assert "no C compiler" in native.native[0]


def test_a_compiler_that_fails_is_a_warning(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "cc"
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho no room >&2\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setenv(building.COMPILER, str(broken))
    with pytest.warns(NativeWarning, match="no room"):
        assert grad(cube, target="c")(2.0) == 12.0


def test_nothing_of_it_is_imported_where_nobody_asks() -> None:
    text = "import sys, math\nfrom symdiff import grad\ngrad(math.sin)(1.0)\n"
    text += "assert 'symdiff.compile.native' not in sys.modules\n"
    subprocess.run([sys.executable, "-c", text], check=True)
