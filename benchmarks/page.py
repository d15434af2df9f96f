"""What `peers.py` has measured, as tables in Markdown, and as a picture."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from workloads.repeated import PREFIX

INTERPRETED = (
    "symdiff",
    "SymPy",
    "CasADi",
    "Advect",
    "tangent",
    "autograd",
    "PyTorch",
)
COMPILED = ("symdiff C", "JAX", "torch.compile", "CasADi C", "numba")
GROUPS = {"Without a compiler": INTERPRETED, "Compiled to machine code": COMPILED}
BY_HAND = ("hand", "numba")
HEADS = {"numba": "by hand, numba", "tangent": "tangent-ad"}
"""What a column is called in the page, where it is called otherwise."""

BEGIN = "<!-- measured: written by `benchmarks/peers.py --markdown` -->\n"
END = "<!-- end of what is measured -->\n"

BUSY = (
    "**The machine was busy.** Ratios of fastest rounds suffer little from that, but for gradients "
    "of many milliseconds; first gradients and starts took a multiple of what they take alone."
)
GLANCE = (
    "Medians over the workloads that a library differentiates, and *over symdiff* over those that "
    "both do:"
)

Rows = Sequence[dict[str, Any]]


def time_text(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "–"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * 0.9995:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def number_text(number: float) -> str:
    if not math.isfinite(number):
        return "–"
    if number < 0.0995:
        return f"{number:.2g}"
    if number < 9.995:
        return f"{number:.2f}"
    return f"{number:.0f}" if number < 9999.5 else f"{number:,.0f}"


def percent_text(share: float) -> str:
    return f"{100 * share:.0f} %" if math.isfinite(share) else "–"


def ratio(row: dict[str, Any], name: str, over: str = "hand") -> float:
    """The fastest round of a library over that of another one."""
    times = row["times"]
    if name not in times or over not in times:
        return math.nan
    return times[name]["least"] / times[over]["least"]


def middle(numbers: Iterable[float]) -> float:
    known = [n for n in numbers if math.isfinite(n)]
    return statistics.median(known) if known else math.nan


# -- tables


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns of even width, so that it can be read as text, too; numbers to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]

    def line(cells: Sequence[str]) -> str:
        padded = [c.rjust(w) if k else c.ljust(w) for k, (c, w) in enumerate(zip(cells, widths))]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * w if k == 0 else "-" * (w - 1) + ":" for k, w in enumerate(widths)]
    return ["", line(lines[0]), f"| {' | '.join(rule)} |", *map(line, lines[1:]), ""]


def best_in_bold(numbers: dict[str, float], text: Callable[[float], str]) -> list[str]:
    """The least number of a library in bold, and those that look the same."""
    known = [x for name, x in numbers.items() if math.isfinite(x) and name not in BY_HAND]
    least = text(min(known)) if known else ""
    texts = {name: text(x) for name, x in numbers.items()}
    return [f"**{t}**" if t == least and n not in BY_HAND else t for n, t in texts.items()]


def heads(names: Iterable[str]) -> list[str]:
    return [HEADS.get(name, name) for name in names]


def short(name: str) -> str:
    return name.removeprefix(PREFIX)


def is_loop(row: dict[str, Any]) -> bool:
    return bool(row["name"].startswith(PREFIX))


def in_group(names: Iterable[str], group: Iterable[str]) -> list[str]:
    return [name for name in group if name in names]


def compared(rows: Rows, names: Sequence[str]) -> list[str]:
    """A warm gradient by each library over the one by hand."""
    lines = []
    for row in rows:
        cells = best_in_bold({name: ratio(row, name) for name in names}, number_text)
        by_hand = row["times"].get("hand", {}).get("least", math.nan)
        lines.append([short(row["name"]), time_text(by_hand), *cells])
    return table(["", "by hand", *heads(names)], lines)


def at_a_glance(result: dict[str, Any]) -> list[str]:
    """A row for each library."""
    rows, starts = result["rows"], result["start_up"]
    names = [n for n in result["names"] if n != "hand"]
    lines = []
    for name in names:
        done = sum(name in row["times"] for row in rows)
        line = [HEADS.get(name, name), f"{done} of {len(rows)}"]
        for loops in (False, True):
            line.append(number_text(middle(ratio(r, name) for r in rows if is_loop(r) is loops)))
        line.append(number_text(middle(ratio(r, name, "symdiff") for r in rows)))
        line.append(time_text(middle(row["first"].get(name, math.nan) for row in rows)))
        for found in starts.values():
            for kind in ("fresh", "kept"):
                line.append(time_text(found.get(name, {}).get(kind, math.nan)))
        lines.append(line)
    head = ["", "workloads", "formulas, arrays", "loops", "over symdiff", "first gradient"]
    for name in starts:
        head += [f"start: {re.split('[,_ ]', name)[0]}", "again"]
    return table(head, lines)


def memory(result: dict[str, Any]) -> list[str]:
    """A row for each library, a column for each workload with large arguments."""
    found = {name: by for name, by in result["memory"].items() if by.get("hand", math.nan) >= 0.5}
    if not found:
        return []
    lines = [["by hand", *(f"{by['hand']:.1f} MB" for by in found.values())]]
    columns = []
    names = [n for n in result["names"] if n != "hand" and any(n in by for by in found.values())]
    for by in found.values():
        numbers = [by.get(name, math.nan) / by["hand"] for name in names]
        columns.append([number_text(n) for n in numbers])
    lines += [[HEADS.get(n, n), *cells] for n, *cells in zip(names, *columns)]
    return table(["", *found], lines)


def rounds(rows: Rows, names: Sequence[str]) -> list[str]:
    """The fastest round, the median, and the spread."""
    lines = []
    for row in rows:
        line = [short(row["name"])]
        for name in names:
            found = row["times"].get(name, {})
            line += [time_text(found.get(kind, math.nan)) for kind in ("least", "median")]
            line.append(percent_text(found.get("spread", math.nan)))
        lines.append(line)
    return table(["", *(h for n in heads(names) for h in (n, "median", "spread"))], lines)


def folded(title: str, *lines: str) -> list[str]:
    return ["", "<details>", f"<summary>{title}</summary>", *lines, "</details>", ""]


def tables(result: dict[str, Any]) -> list[str]:
    """All that is shown of a result."""
    rows, names = result["rows"], result["names"]
    state = result["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in state["versions"].items())
    loads = " before, ".join(state["load"]) + " after" * (len(state["load"]) > 1)
    lines = [
        f"Measured on {state['date']}: {state['processor']}, one thread; load {loads}.",
        f"{versions}.",
    ]
    if max(map(float, state["load"])) >= state["cores"]:
        lines += ["", BUSY]
    kinds = {
        "Formulas and arrays": [row for row in rows if not is_loop(row)],
        f"Loops of {result['loops']:,} iterations": [row for row in rows if is_loop(row)],
    }
    kinds = {title: found for title, found in kinds.items() if found}
    groups = {title: in_group(names, group) for title, group in GROUPS.items()}
    groups = {title: group for title, group in groups.items() if group}
    lines += ["", "### At a glance", "", GLANCE, *at_a_glance(result)]
    for kind, found in kinds.items():
        lines += ["", f"### {kind}"]
        for group, members in groups.items():
            lines += ["", f"{group}:", *compared(found, members)]
    used = memory(result)
    if used:
        lines += ["", "### Memory", "", "What a warm gradient takes at most, over the one by hand:"]
        lines += used
    for group, members in groups.items():
        first = []
        for row in rows:
            seconds = {name: row["first"].get(name, math.nan) for name in members}
            first.append([row["name"], *best_in_bold(seconds, time_text)])
        lines += folded(f"First gradients: {group.lower()}", *table(["", *heads(members)], first))
    shown = [name for name in ("hand", "symdiff", "symdiff C") if name in names]
    lines += folded(
        "Fastest rounds, medians, and the middle half over the median", *rounds(rows, shown)
    )
    spreads = [
        [
            HEADS.get(n, n),
            percent_text(middle(r["times"].get(n, {}).get("spread", math.nan) for r in rows)),
        ]
        for n in names
    ]
    lines += folded("The middle half over the median, by library", *table(["", "spread"], spreads))
    return [line for k, line in enumerate(lines) if line or not k or lines[k - 1]]


def write(result: dict[str, Any], path: Path) -> None:
    """Put the tables into a page, between its marks; a page without them is all tables."""
    made = "\n".join(tables(result)).strip("\n") + "\n"
    before, after = "", ""
    if path.exists():
        text = path.read_text(encoding="utf-8")
        if BEGIN in text:
            before, rest = text.split(BEGIN, 1)
            after = rest.split(END, 1)[1]
    if before:
        made = f"{before}{BEGIN}\n{made}\n{END}{after}"
    path.write_text(made, encoding="utf-8")


# -- the picture

INK, PAPER, OWN, OTHER, RULE = "#1f2328", "#ffffff", "#c2410c", "#6e7781", "#d0d7de"
AT_NIGHT = {
    INK: "#e6edf3",
    PAPER: "#0d1117",
    OWN: "#fb923c",
    OTHER: "#8b949e",
    RULE: "#30363d",
}
"""The colours by day, and what they are where the reader has a dark page."""


def draw(result: dict[str, Any], path: Path) -> None:
    """A line for each library, with a point for each workload: how long, over the one by hand."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    kinds = {
        "Formulas and arrays": [row for row in result["rows"] if not is_loop(row)],
        f"Loops of {result['loops']:,} iterations": [r for r in result["rows"] if is_loop(r)],
    }
    panels = []
    for title, rows in kinds.items():
        found = {
            name: [x for row in rows if math.isfinite(x := ratio(row, name))]
            for name in result["names"]
            if name != "hand"
        }
        order = sorted((n for n in found if found[n]), key=lambda n: middle(found[n]))
        if order:
            panels.append((title, rows, {name: found[name] for name in order}))
    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": "symdiff",
        "font.family": "sans-serif",
        "font.size": 11,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": RULE,
        "xtick.color": INK,
        "ytick.color": INK,
        "figure.facecolor": PAPER,
        "axes.facecolor": "none",
        "grid.color": RULE,
    }
    with matplotlib.rc_context(settings):
        heights = [len(found) for *_, found in panels]
        figure, grid = pyplot.subplots(
            len(panels),
            1,
            figsize=(6.0, 0.29 * sum(heights) + 0.75 * len(panels) + 0.35),
            height_ratios=heights,
            sharex=True,
            squeeze=False,
            layout="constrained",
        )
        for axes, (title, rows, found) in zip(grid[:, 0], panels):
            panel(axes, title, len(rows), found)
        grid[-1, 0].set_xlabel(
            "time of a gradient, over the one by hand\n(left is faster; a bar is the median)"
        )
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    if path.suffix == ".svg":
        path.write_text(with_night(path.read_text(encoding="utf-8")), encoding="utf-8")


def panel(axes: Any, title: str, count: int, found: dict[str, list[float]]) -> None:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    for place, (name, ratios) in enumerate(found.items()):
        colour = OWN if name.startswith("symdiff") else OTHER
        axes.plot(
            ratios,
            [place] * len(ratios),
            "o",
            color=colour,
            markersize=5.5,
            markeredgewidth=0,
            alpha=0.55,
        )
        axes.plot([middle(ratios)] * 2, [place - 0.36, place + 0.36], color=colour, linewidth=2.5)
    axes.axvline(1.0, color=INK, linewidth=1, zorder=0)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,g}")
    axes.set_yticks(range(len(found)), [f"{HEADS.get(n, n)}" for n in found])
    for label, name in zip(axes.get_yticklabels(), found):
        if name.startswith("symdiff"):
            label.set_color(OWN)
            label.set_fontweight("bold")
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(len(found)), [f"{len(r)}/{count}" for r in found.values()])
    right.tick_params(length=0, labelsize=9)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", which="both", labelbottom=True, labelsize=10)
    axes.minorticks_off()
    axes.grid(axis="x", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    right.spines["right"].set_visible(False)


def with_night(text: str) -> str:
    """A picture that has other colours on dark pages, and a font that is there."""
    rules = "".join(
        f'[style*="{kind}: {day}"]{{{kind}:{night}!important}}'
        for day, night in AT_NIGHT.items()
        for kind in ("fill", "stroke")
        if f"{kind}: {day}" in text
    )
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    text = re.sub(r"(<svg\b[^>]*>)", lambda m: m[1] + "\n" + style, text, count=1)
    # `font: SIZE 'A', 'B', ..., sans-serif` of Matplotlib names all fonts that it would try.
    text = re.sub(r"'[^']*'(?:, '[^']*')*, sans-serif", "system-ui, sans-serif", text)
    return re.sub(r"[ \t]+$", "", text, flags=re.M)
