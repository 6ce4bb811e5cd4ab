"""No file and no folder of a room imports, through others, itself: what is read first needs nothing that follows."""

from __future__ import annotations

import ast
from pathlib import Path

import baihuo

HOUSE = Path(baihuo.__file__).parent


def imports(room: Path, house: Path = HOUSE) -> dict[str, set[str]]:
    """Each module of a room with those of the same room that it imports, for types only or not.

    ``from room.a import b`` is an import of ``room.a.b`` where that is a module, and of ``room.a``
    where it is a name. Python reads the packages above too; they are not counted.
    """
    files = {_name(path, house): path for path in room.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        found: set[str] = set()
        stub = path.with_suffix(".pyi")  # what a lazy ``__init__`` loads is listed there
        text = (stub if stub.exists() else path).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) + 1 - node.level]
                base = ".".join(
                    [*(above if node.level else ()), *([node.module] if node.module else ())]
                )
                full = (f"{base}.{alias.name}" for alias in node.names)
                found.update(one if one in files else base for one in full)
        graph[name] = {one for one in found if one in files and one != name}
    return graph


def folders(graph: dict[str, set[str]], package: str) -> dict[str, set[str]]:
    """What stands directly in a package, files and folders, with what else there each imports from."""
    inside = f"{package}."
    children: dict[str, set[str]] = {}
    for name, imported in graph.items():
        if name.startswith(inside):
            child = inside + name.removeprefix(inside).split(".")[0]
            found = children.setdefault(child, set())
            others = (o for o in imported if o.startswith(inside))
            found |= {inside + o.removeprefix(inside).split(".")[0] for o in others} - {child}
    return children


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Sets of modules that each reach all others of the set, the largest first."""
    reached = {name: _reached(graph, name) for name in graph}
    rings = {
        tuple(sorted(o for o in reached[name] if name in reached[o]))
        for name in graph
        if name in reached[name]
    }
    return sorted((list(ring) for ring in rings), key=lambda ring: (-len(ring), ring))


def _reached(graph: dict[str, set[str]], name: str) -> set[str]:
    seen: set[str] = set()
    todo = [name]
    while todo:
        new = graph[todo.pop()] - seen
        seen |= new
        todo += new
    return seen


def _name(path: Path, house: Path) -> str:
    parts = (house.name, *path.relative_to(house).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_file_and_no_folder_of_a_room_imports_itself_through_others() -> None:
    found: list[list[str]] = []
    for room in (path.parent for path in HOUSE.glob("*/__init__.py")):
        graph = imports(room)
        found += circles(graph)
        for path in room.rglob("__init__.py"):
            found += circles(folders(graph, _name(path, HOUSE)))
    assert found == []


def test_an_import_for_types_only_closes_a_circle_too(tmp_path: Path) -> None:
    house = tmp_path / "house"
    room = house / "room"
    (room / "inner").mkdir(parents=True)
    (room / "__init__.py").write_text("from house.room.a import first\n")
    (room / "a.py").write_text("from house.room import b\nfrom house.room.inner.c import third\n")
    (room / "b.py").write_text("import json\n\nfrom .inner import c\n")
    (room / "inner" / "__init__.py").write_text("")
    (room / "inner" / "c.py").write_text("if TYPE_CHECKING:\n    from ..a import First\n")
    assert circles(imports(room, house)) == [
        ["house.room.a", "house.room.b", "house.room.inner.c"],
    ]
    (room / "inner" / "c.py").write_text("")
    assert circles(imports(room, house)) == []
    (room / "__init__.pyi").write_text("from .a import first\n")
    (room / "b.py").write_text("from house.room import first\n")
    assert circles(imports(room, house)) == [["house.room", "house.room.a", "house.room.b"]]


def test_two_folders_that_import_each_other_are_a_circle_though_their_files_are_not(
    tmp_path: Path,
) -> None:
    house = tmp_path / "house"
    room = house / "room"
    for folder in (room, room / "engine", room / "report"):
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
    (room / "engine" / "run.py").write_text("from house.room.report.page import page\n")
    (room / "engine" / "counts.py").write_text("")
    (room / "report" / "page.py").write_text("from house.room.engine.counts import count\n")
    graph = imports(room, house)
    assert circles(graph) == []
    assert circles(folders(graph, "house.room")) == [["house.room.engine", "house.room.report"]]
