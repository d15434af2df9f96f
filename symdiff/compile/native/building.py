"""Compile C with the system's compiler, and keep what was compiled on disk.

A module is kept under a hash of everything that it depends on: its text, the compiler, the flags,
Python and NumPy. Beside it lies a hash of the file itself, which is checked before it is loaded:
what somebody has changed is compiled anew. The folder is the user's alone.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.machinery
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...safety.private_files import is_private, private_folder
from .values import NoNativeForm

CACHE = "SYMDIFF_NATIVE_CACHE"
"""The folder of what is kept; `0` keeps nothing beyond the process."""

COMPILER = "SYMDIFF_CC"
"""The compiler to call instead of `cc`; `0` is none."""

_FLAGS = ("-march=native", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off")
_loaded: dict[str, Any] = {}


@functools.lru_cache(8)
def _compiler_called(wanted: str) -> tuple[str, ...]:
    for name in wanted.split()[:1] or ["cc", "gcc", "clang"]:
        found = shutil.which(name)
        if found:
            asked = subprocess.run(
                [found, "--version"], capture_output=True, text=True, check=False
            )
            if asked.returncode == 0:
                return found, *(wanted.split()[1:]), asked.stdout
    return ()


def compiler() -> tuple[str, ...]:
    """The command that compiles C, and what it says of its version; empty where there is none."""
    wanted = os.environ.get(COMPILER, "")
    if wanted == "0" or sys.platform == "win32":
        return ()
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        return ()
    return _compiler_called(wanted)


def why_not() -> str | None:
    """Why nothing can be compiled here; `None` where it can."""
    if compiler():
        return None
    if sys.platform == "win32":
        return "native code is made on Linux and macOS alone so far"
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        return "Python's headers are not installed (python3-dev, python3-devel)"
    return "no C compiler was found (cc, gcc, clang)"


def flags(long: bool) -> list[str]:
    """What the compiler is told; a very long function is not looked at as closely."""
    made = ["-O1" if long else "-O3", *_FLAGS, "-std=gnu11", "-fPIC", "-w"]
    if not long:
        made += vector_forms()
    return made


@functools.lru_cache(1)
def vector_forms() -> tuple[str, ...]:
    """Has the compiler call the C library's functions of several numbers at once, if there are."""
    kind, version = platform.libc_ver()
    if kind != "glibc" or platform.machine() != "x86_64":
        return ()
    if "gcc" not in " ".join(compiler()[-1:]).lower() and "Free Software" not in compiler()[-1]:
        return ()
    major, minor = (int(n) for n in version.split(".")[:2])
    number = 100 * major + minor
    if number < 222:
        return ()
    # Of what the compiler makes of sin and cos of one number there is no vector form.
    return f"-DSD_VECTOR={number}", "-fno-builtin-sin", "-fno-builtin-cos"


def built(text: str, long: bool = False) -> Any:
    """The module of a C text.

    Raises:
        NoNativeForm: it cannot be compiled here.
    """
    found = compiler()
    if not found:
        raise NoNativeForm(why_not() or "no C compiler")
    options = flags(long)
    key = _key([text, *found, *options, *_surroundings()])
    known = _loaded.get(key)
    if known is not None:
        return known
    folder = cache_folder()
    module = None if folder is None else _kept(folder, key)
    if module is None:
        if folder is None:
            with tempfile.TemporaryDirectory(prefix="symdiff-") as place:
                module = _load(key, _compile(Path(place), key, text, found[:-1], options))
        else:
            module = _load(key, _compile(folder, key, text, found[:-1], options))
    _loaded[key] = module
    return module


def _surroundings() -> list[str]:
    return [
        sys.version,
        str(sysconfig.get_config_var("SOABI")),
        np.__version__,
        platform.platform(),
        _processor(),
    ]


@functools.lru_cache(1)
def _processor() -> str:
    """What tells processors apart that `-march=native` compiles for."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return "".join(sorted({x for x in lines if x.startswith(("model name", "flags", "Features"))}))


def _key(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def cache_folder() -> Path | None:
    """The folder of what is kept, which is the user's alone; `None` where nothing may be kept."""
    return private_folder(CACHE, "native")


def _kept(folder: Path, key: str) -> Any:
    """The module that lies in the cache, if it is what was put there."""
    path, sums = folder / f"{key}.so", folder / f"{key}.sha256"
    try:
        if not (is_private(path) and is_private(sums)):
            return None
        if hashlib.sha256(path.read_bytes()).hexdigest() != sums.read_text().strip():
            return None
        return _load(key, path)
    except (OSError, ImportError, UnicodeDecodeError):
        return None


def _load(key: str, path: Path) -> Any:
    name = f"symdiff_native_{key}"
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def _compile(
    folder: Path, key: str, text: str, command: Sequence[str], options: Sequence[str]
) -> Path:
    """Compile beside the goal, and put the whole file there in one step."""
    name = f"symdiff_native_{key}"
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as place:
        source, made = Path(place) / f"{key}.c", Path(place) / f"{key}.so"
        source.write_text(text.replace("SD_NAME", name))
        include = [f"-I{sysconfig.get_paths()['include']}", f"-I{np.get_include()}"]
        shared = ["-shared"]
        if sys.platform == "darwin":
            shared = ["-bundle", "-undefined", "dynamic_lookup"]
        libraries = ["-lmvec", "-lm"] if any("SD_VECTOR" in o for o in options) else ["-lm"]
        call = [*command, *options, *include, *shared, str(source), "-o", str(made), *libraries]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [call[0]]
            said = next((line for line in lines if "error" in line), lines[0])
            raise NoNativeForm(f"the C compiler refused: {said}")
        made.chmod(0o700)
        sums = Path(place) / f"{key}.sha256"
        sums.write_text(hashlib.sha256(made.read_bytes()).hexdigest())
        sums.chmod(0o600)
        goal = folder / f"{key}.so"
        os.replace(sums, folder / f"{key}.sha256")
        os.replace(made, goal)
    return goal
