"""Every module has a room: the root of the package is a table of contents, and stays one."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"


@pytest.fixture(scope="module")
def rooms():
    spec = importlib.util.spec_from_file_location("rooms_measured", TOOLS / "rooms.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def graph(rooms):
    return rooms.imports(rooms.modules())


def test_no_module_joins_the_root(rooms):
    assert rooms.strangers() == []


def test_a_module_that_joins_the_root_is_seen(rooms, tmp_path):
    (tmp_path / "symdiff").mkdir()
    for name in (*rooms.AT_THE_ROOT, "helpers.py"):
        (tmp_path / "symdiff" / name).touch()
    assert rooms.strangers(tmp_path) == ["helpers.py"]


def test_imports_are_followed_wherever_they_stand(rooms, tmp_path):
    package = tmp_path / "symdiff"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "inner" / "__init__.py").write_text("from . import a\n")
    (package / "inner" / "a.py").write_text("def f():\n    from ..b import g\n")
    (package / "b.py").write_text("if TYPE_CHECKING:\n    from .inner.a import f\n")
    (package / "c.py").write_text("import symdiff.b\nfrom symdiff import inner\n")
    known = rooms.modules(tmp_path)
    found = {a: sorted(others) for a, others in rooms.imports(known).items()}
    assert found == {
        "symdiff": [],
        "symdiff.b": ["symdiff.inner.a"],
        "symdiff.c": ["symdiff.b", "symdiff.inner"],
        "symdiff.inner": ["symdiff.inner.a"],
        "symdiff.inner.a": ["symdiff.b"],
    }
    circle = ["symdiff.b", "symdiff.inner.a"]
    assert rooms.circles(rooms.imports(known)) == [circle]
    tied = rooms.ties(rooms.imports(known), circle)
    assert len(tied) == 1


@pytest.mark.slow
def test_there_are_no_circles_and_no_long_files(rooms, graph):
    assert rooms.circles(graph) == []
    assert rooms.long_files() == []


def test_every_room_says_what_belongs_in_it(rooms):
    for name, path in rooms.modules().items():
        if path.name != "__init__.py":
            continue
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert text, name
        if name == "symdiff":
            continue  # its text is for users
        assert re.search(r"Here\s+belongs?\s", text), name
        first = re.search(r"Open\s+`([\w/]+\.py)`\s+first", text)
        assert first, name
        assert (path.parent / first[1]).is_file(), (name, first[1])


def test_the_tests_have_the_rooms_of_the_package():
    rooms = {p.parent.relative_to(ROOT / "symdiff") for p in ROOT.glob("symdiff/**/__init__.py")}
    folders = {p.parent.relative_to(ROOT / "tests") for p in ROOT.glob("tests/**/test_*.py")}
    functions = {Path(name) for name in ("random_functions",)}
    assert folders - functions <= rooms


@pytest.mark.slow
def test_the_picture_in_the_page_is_that_of_the_imports():
    done = subprocess.run(
        [sys.executable, str(TOOLS / "picture.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
