"""Functions fit a screen, and take few enough arguments to call without looking them up."""

from __future__ import annotations

import ast
from pathlib import Path

import baihuo

HOUSE = Path(baihuo.__file__).parent
FOLDERS = (HOUSE, HOUSE.parents[1] / "bench", HOUSE.parents[1] / "tests")
_WRITTEN = FOLDERS[1] / "out"  # by benchmarks, such as libraries that they compare with
FILES = sorted(
    path for folder in FOLDERS for path in folder.rglob("*.py") if not path.is_relative_to(_WRITTEN)
)
MOST_LINES = 60  # of a body: the signature and the docstring are read on their own
MOST_ARGUMENTS = 8


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def n_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def is_verb(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A verb of the command line: its arguments are its flags."""
    return any("Annotated" in ast.unparse(a) for a in function.args.args)


def test_functions_fit_a_screen_and_a_call_a_line() -> None:
    found = []
    for path in FILES:
        for function in functions(path):
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            n_arguments = sum(a.arg not in ("self", "cls") for a in arguments)
            where = f"{path.relative_to(HOUSE.parents[1])}:{function.lineno}: {function.name}"
            if n_lines(function) > MOST_LINES:
                found.append(f"{where}: {n_lines(function)} lines")
            if n_arguments > MOST_ARGUMENTS and not is_verb(function):
                found.append(f"{where}: {n_arguments} arguments")
    assert not found
