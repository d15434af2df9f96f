"""What is installed and what is published: editable installs, the wheel, the source distribution.

Each test works with a copy of this tree in a folder named as the project is, and with a virtual
environment that takes the libraries from the one which runs the tests. Only what builds the
distribution comes from the package index; where that is out of reach, these tests are skipped.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (".ci", ".github", "benchmarks", "docs", "examples", "symdiff", "tests", "tools")
WASTE = shutil.ignore_patterns(
    ".git",
    ".venv*",
    "__pycache__",
    "*.pyc",
    ".*_cache",
    ".hypothesis",
    ".mutation",
    "build",
    "dist",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

if not (ROOT / "pyproject.toml").exists() or importlib.util.find_spec("pip") is None:
    pytest.skip("needs pip", allow_module_level=True)


def run(*command: str | Path, cwd: Path, fails: bool = False) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MYPY"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert fails or done.returncode == 0, done.stdout
    return done.stdout


def environment(folder: Path) -> Path:
    """The interpreter of a new environment that sees the libraries of the running one."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    packages = run(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
    )
    # Read last, and without its own `.pth` files: the running one's editable installs are not seen.
    libraries = Path(packages.strip()) / "zz_libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def install(python: Path, *what: str | Path, cwd: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    run(*pip, *what, cwd=cwd)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds a copy of this tree, named `symdiff`."""
    folder = tmp_path_factory.mktemp("home")
    backend = PROJECT["build-system"]["requires"]
    reached = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--dest",
            folder / "tried",
            "--no-deps",
            *backend,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if reached.returncode:
        pytest.skip(f"the package index is out of reach: {reached.stderr.strip()[-200:]}")
    shutil.copytree(ROOT, folder / "symdiff", ignore=WASTE)
    return folder


@pytest.fixture(scope="module")
def editable(home: Path) -> Path:
    """The interpreter of an environment where the copy is installed as editable."""
    python = environment(home / "editable")
    install(python, "--no-deps", "--editable", home / "symdiff", cwd=home)
    return python


@pytest.mark.parametrize("where", [".", "symdiff", "symdiff/symdiff", "symdiff/tests"])
def test_an_editable_install_is_imported_from_any_folder(
    home: Path, editable: Path, where: str
) -> None:
    line = "from symdiff import grad; import symdiff; print(grad.__module__, symdiff.__file__)"
    shown = run(
        editable, "-P" if where == "symdiff/symdiff" else "-q", "-c", line, cwd=home / where
    )
    module, file = shown.split()
    assert module.startswith("symdiff.")
    assert Path(file).resolve() == (home / "symdiff" / "symdiff" / "__init__.py").resolve()


def test_an_editable_install_is_the_checkout(home: Path, editable: Path) -> None:
    """A change is seen, the command is there, and its version is that of the project."""
    command = editable.with_name("symdiff")
    assert run(command, "--version", cwd=home).split()[-1] == PROJECT["project"]["version"]
    settings = home / "symdiff" / "symdiff" / "settings.py"
    before = settings.read_text(encoding="utf-8")
    try:
        settings.write_text(before + "\nADDED = 5\n", encoding="utf-8")
        assert run(editable, "-c", "from symdiff.settings import ADDED as a; print(a)", cwd=home)
    finally:
        settings.write_text(before, encoding="utf-8")


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_a_type_checker_finds_an_editable_install(home: Path, editable: Path) -> None:
    user = home / "user.py"
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", editable)
    mypy = (*mypy, "--cache-dir", home / "mypy_cache", user)
    user.write_text(
        "from symdiff import grad, jacobian, Variable\n\n\n"
        "def bump(x: float) -> float:\n    return x**3\n\n\n"
        "slope: float = grad(bump)(2.0)\n"
        "kept = Variable(1.0)\n",
        encoding="utf-8",
    )
    assert "Success" in run(*mypy, cwd=home)
    user.write_text("from symdiff import gard\n", encoding="utf-8")
    assert 'has no attribute "gard"' in run(*mypy, cwd=home, fails=True)


@pytest.fixture(scope="module")
def built(home: Path) -> tuple[Path, Path]:
    """The source distribution and the wheel of the copy."""
    python = environment(home / "builder")
    install(python, *PROJECT["build-system"]["requires"], cwd=home)
    run(python, "-m", "hatchling", "build", "-d", home / "built", cwd=home / "symdiff")
    (source,) = (home / "built").glob("*.tar.gz")
    (wheel,) = (home / "built").glob("*.whl")
    return source, wheel


def files(root: Path, *folders: str) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_nothing_else(home: Path, built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = set(wheel.namelist())
        (entries,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "symdiff = symdiff." in wheel.read(entries).decode()
        (metadata,) = (name for name in names if name.endswith("METADATA"))
        told = wheel.read(metadata).decode()
    package = {name for name in names if ".dist-info/" not in name}
    assert package == files(home / "symdiff", "symdiff")
    assert "symdiff/py.typed" in package
    assert "Name: symdiff-grad\n" in told
    for extra in PROJECT["project"]["optional-dependencies"]:
        assert f"Provides-Extra: {extra}\n" in told


def test_the_source_distribution_holds_all_that_its_tests_need(
    home: Path, built: tuple[Path, Path]
) -> None:
    with tarfile.open(built[0]) as source:
        source.extractall(home / "unpacked", filter="data")
    (tree,) = (home / "unpacked").iterdir()
    assert files(tree, *FOLDERS) == files(home / "symdiff", *FOLDERS)
    told = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    expected = {*told, "LICENSE", "README.md", "pyproject.toml"}
    assert expected - {p.name for p in tree.iterdir()} == set()
    # All files are imported, the tests of one are run.
    line = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "test_chapter")
    shown = run(sys.executable, *line, cwd=tree).splitlines()[-1]
    assert " passed" in shown
    assert "error" not in shown
