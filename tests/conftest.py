"""What several test files share: texts that are compared with a file."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

# What a test derives with a rule of its own is nothing for later processes.
os.environ["SYMDIFF_DERIVATIVES_CACHE"] = "0"

from symdiff.compile import function
from symdiff.compile.function import Compiled
from symdiff.operators.dispatch import Dispatcher
from symdiff.operators.targets import Targeted


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write the texts in tests/golden anew instead of comparing with them",
    )


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test with many cases that is `sampled`, the quick loop runs some, evenly spread."""
    cases: Counter[str] = Counter()
    for item in items:
        sampled = item.get_closest_marker("sampled")
        if sampled is None:
            continue
        function = item.nodeid.partition("[")[0]
        if cases[function] % sampled.kwargs["every"]:
            item.add_marker(pytest.mark.slow)
        cases[function] += 1


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(name, text)` compares a text with `tests/golden/name.txt`."""

    def check(name: str, text: str) -> None:
        file = Path(__file__).parent / "golden" / f"{name}.txt"
        if request.config.getoption("--rewrite-golden"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return check


if os.environ.get("SYMDIFF_TEST_ARRAYS"):  # the whole suite with small arrays as arrays

    @pytest.fixture(autouse=True)
    def arrays_stay_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing is taken apart into numbers."""
        monkeypatch.setattr(function, "with_numbers", lambda program, own: program)


if os.environ.get("SYMDIFF_TEST_TARGET"):  # the whole suite on native code: `c` or `numba`

    @pytest.fixture(autouse=True)
    def another_target(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is asked for nothing else is compiled to the target of the environment.

        Texts are those of the Python form all the same, which stands behind.
        """
        if "native" in request.path.parts:  # its tests say themselves what they compile to
            return
        if request.node.get_closest_marker("default_form"):
            pytest.skip("of the default form alone")
        made = Targeted.__init__
        text: Any = vars(Compiled)["source"]

        def init(self: Targeted, target: str, name: str) -> None:
            wanted = os.environ["SYMDIFF_TEST_TARGET"] if target == "python" else target
            made(self, wanted, name)
            self.told = target == "python"

        def source(self: Compiled) -> str:
            behind = self if self.python is None else replace(self, function=self.python, native="")
            return str(text.fget(behind))

        monkeypatch.setattr(Targeted, "__init__", init)
        monkeypatch.setattr(Compiled, "source", property(source))


@pytest.fixture(autouse=True)
def compiled_code_fails_only_as_numbers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The careful form is for numbers that leave their domain; anything else it would hide."""
    compiled = Dispatcher.compiled

    def watched(self: Dispatcher, *args: Any, careful: bool = False, **kwargs: Any) -> Any:
        error = sys.exception()
        if careful and error is not None and not isinstance(error, ArithmeticError | ValueError):
            raise AssertionError(f"the compiled function failed: {error!r}") from error
        return compiled(self, *args, careful=careful, **kwargs)

    monkeypatch.setattr(Dispatcher, "compiled", watched)
