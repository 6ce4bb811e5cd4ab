"""What a room offers is a list (``__init__.pyi``); other rooms import nothing else of it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import baihuo

HOUSE = Path(baihuo.__file__).parent
ROOMS = sorted(path.parent.name for path in HOUSE.glob("*/__init__.py"))
FILES = sorted(HOUSE.rglob("*.py"))


def of_other_rooms(path: Path) -> list[tuple[str, str, int]]:
    """Module, name and line of each import from another room."""
    own = path.relative_to(HOUSE).parts[0].removesuffix(".py")
    return [
        (node.module, alias.name, node.lineno)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0
        for alias in node.names
        if node.module.startswith("baihuo.") and node.module.split(".")[1] not in (own, "")
    ]


def test_a_file_imports_only_what_another_room_lists() -> None:
    reaching_in = [
        f"{path.relative_to(HOUSE)}:{line}: {name} of {module}"
        for path in FILES
        for module, name, line in of_other_rooms(path)
        if module.count(".") > 1
        or (module.split(".")[1] in ROOMS and name not in importlib.import_module(module).__all__)
    ]
    assert not reaching_in


def test_every_listed_name_is_there() -> None:
    modules = [importlib.import_module(f"baihuo.{room}") for room in ROOMS]
    missing = [
        f"{m.__name__}.{name}" for m in modules for name in m.__all__ if not hasattr(m, name)
    ]
    assert not missing


def test_a_listed_name_is_one_that_no_module_can_take_the_place_of() -> None:
    """A module that is imported becomes an attribute of its package, and would hide what is listed."""
    for stub in HOUSE.glob("*/__init__.pyi"):
        for node in ast.parse(stub.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ImportFrom):
                continue
            assert node.level == 1, stub
            for alias in node.names:
                assert alias.asname == alias.name, "a lazy list renames nothing"
                is_module = (stub.parent / f"{alias.name}.py").exists()
                assert not is_module or node.module == alias.name
