"""What a room offers is a list (``__init__.pyi``); other rooms import nothing else of it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("room", ROOMS)
def test_every_listed_name_is_there(room: str) -> None:
    module = importlib.import_module(f"baihuo.{room}")
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert not missing


@pytest.mark.parametrize("room", ROOMS)
def test_a_listed_name_is_one_that_no_module_can_take_the_place_of(room: str) -> None:
    """A module that is imported becomes an attribute of its package, and would hide what is listed."""
    stub = HOUSE / room / "__init__.pyi"
    for node in ast.parse(stub.read_text(encoding="utf-8")).body if stub.exists() else ():
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1
            for alias in node.names:
                assert alias.asname == alias.name, "a lazy list renames nothing"
                is_module = (stub.parent / f"{alias.name}.py").exists()
                assert not is_module or node.module == alias.name
