"""The picture of the rooms in docs/architecture.md, drawn from the imports.

python tools/picture.py            print it
python tools/picture.py --write    put it into the page
python tools/picture.py --check    exit status 1 where the page shows another one
"""

from __future__ import annotations

import sys

from rooms import ROOT, imports, modules, room_of

PAGE = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- rooms: written by `python tools/picture.py --write` -->\n"
END = "<!-- end of rooms -->\n"


def arrows() -> dict[str, set[str]]:
    """Which rooms each room imports of; a room within another is one of its own."""
    known = modules()
    found: dict[str, set[str]] = {room_of(name, known): set() for name in known}
    for name, others in imports(known).items():
        for other in others:
            one, two = room_of(name, known), room_of(other, known)
            if one != two and one and two:
                found[one].add(two)
    del found[""]
    return found


def reduced(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Without the arrows that follow from the others, in a graph without circles."""

    def below(room: str, seen: set[str]) -> set[str]:
        for other in graph[room]:
            if other not in seen:
                seen.add(other)
                below(other, seen)
        return seen

    reach = {room: below(room, set()) for room in graph}
    return {
        room: {
            other
            for other in others
            if not any(
                other in reach[between] and room not in reach[between]
                for between in others
                if between != other
            )
        }
        for room, others in graph.items()
    }


def picture() -> str:
    """The rooms and the arrows between them as Mermaid text, rooms within rooms drawn so."""
    graph = reduced(arrows())
    lines = ["```mermaid", "flowchart TD"]

    def named(room: str) -> str:
        return room.replace(".", "_") + "_"  # some names are words of Mermaid

    def draw(room: str, depth: int) -> None:
        inner = sorted(r for r in graph if r.rpartition(".")[0] == room)
        pad = "    " * depth
        label = room.rpartition(".")[2]
        if inner:
            lines.append(f'{pad}subgraph {named(room)}rooms["{label}"]')
            lines.append(f'{pad}    {named(room)}["its own files"]')
            for each in inner:
                draw(each, depth + 1)
            lines.append(f"{pad}end")
        else:
            lines.append(f'{pad}{named(room)}["{label}"]')

    for room in sorted(r for r in graph if "." not in r):
        draw(room, 1)
    for room in sorted(graph):
        for other in sorted(graph[room]):
            lines.append(f"    {named(room)} --> {named(other)}")
    return "\n".join([*lines, "```", ""])


def page_with(drawn: str) -> str:
    """The page with this picture between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, mark, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise SystemExit(f"{PAGE.name} has no marks for the picture")
    return before + BEGIN + drawn + END + after


def main() -> int:
    drawn = picture()
    if "--write" in sys.argv:
        PAGE.write_text(page_with(drawn), encoding="utf-8")
    elif "--check" in sys.argv:
        if page_with(drawn) != PAGE.read_text(encoding="utf-8"):
            print("docs/architecture.md shows other rooms: run python tools/picture.py --write")
            return 1
    else:
        print(drawn, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
