"""Derivatives where they are hard: every row of the page meets the bar, and the page is current."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import stability  # type: ignore[import-not-found]  # noqa: E402


@pytest.mark.slow
def test_every_row_meets_the_bar_and_the_page_is_current() -> None:
    rows = list(stability.measure(peers=False))
    short = [stability.label(case) for case, mine, _ in rows if not stability.meets(case, mine)]
    assert len(rows) >= 60
    assert not short
    page = stability.PAGE.read_text(encoding="utf-8")
    assert stability.markdown(rows, peers=False) == page, "python tools/stability.py --write"
