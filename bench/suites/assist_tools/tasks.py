"""Task files in the form of tau-bench: JSON, JSON lines, or Python literals. Python is read, never run."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.core import BadInput


@dataclass(frozen=True, slots=True)
class Action:
    """One call of a tool."""

    name: str
    arguments: Mapping[str, Any]
    forbidden_by: str = ""  # of files that we make: the rule that must refuse it


@dataclass(frozen=True, slots=True)
class Task:
    """What a user wants, and the calls that do it."""

    user_id: str
    instruction: str
    actions: tuple[Action, ...]
    outputs: tuple[str, ...]  # what must be said to the user


def read_tasks(path: Path) -> list[Task]:
    """The tasks of a file.

    Raises:
        BadInput: it has no list of tasks, or one of them cannot be used; the message says which, and why.
    """
    text = path.read_text(encoding="utf-8")
    rows = _json(text)
    if rows is None:
        rows = _literals(path, text)
    if not rows:
        raise BadInput(
            f"{path} has no list of tasks",
            fix="give a list of {user_id, instruction, actions, outputs}",
        )
    return [_task(path, i, row) for i, row in enumerate(rows)]


def write_tasks(path: Path, tasks: list[Task]) -> None:
    """Write tasks as JSON."""
    rows = [
        {
            "user_id": t.user_id,
            "instruction": t.instruction,
            "actions": [
                {"name": a.name, "arguments": dict(a.arguments)}
                | ({"forbidden_by": a.forbidden_by} if a.forbidden_by else {})
                for a in t.actions
            ],
            "outputs": list(t.outputs),
        }
        for t in tasks
    ]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


def _json(text: str) -> list[Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return None
    if isinstance(found, dict):
        found = next((v for v in found.values() if isinstance(v, list)), None)
    return found if isinstance(found, list) else None


def _literals(path: Path, text: str) -> list[Any]:
    """The longest list of tasks in Python text: of dictionaries, or of calls with keywords such as ``Task(user_id=…)``."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise BadInput(
            f"{path} is neither JSON nor Python literals: {error}", fix="export it again"
        ) from error
    lists = [_value(n) for n in ast.walk(tree) if isinstance(n, ast.List)]
    tasks = [v for v in lists if v and all(isinstance(r, dict) and "actions" in r for r in v)]
    return max(tasks, key=len, default=[])


def _value(node: ast.expr) -> Any:
    """A literal; a call is the dictionary of its keywords. Anything else is None: nothing is run."""
    match node:
        case ast.Constant():
            return node.value
        case ast.List() | ast.Tuple():
            return [_value(n) for n in node.elts]
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return {_value(k): _value(v) for k, v in pairs if k is not None}
        case ast.Call():
            return {k.arg: _value(k.value) for k in node.keywords if k.arg}
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand)
        case ast.BinOp(op=ast.Add()):
            return _value(node.left) + _value(node.right)
    return None


def _task(path: Path, i: int, row: Any) -> Task:
    try:
        return Task(
            user_id=str(row["user_id"]),
            instruction=str(row.get("instruction", "")),
            actions=tuple(_actions(row["actions"])),
            outputs=tuple(map(str, row.get("outputs") or ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        what = f"{path}, task {i}: {type(error).__name__}: {error}"
        raise BadInput(what, fix="a task has user_id, instruction, actions and outputs") from error


def _actions(rows: Any) -> Iterator[Action]:
    for row in rows:
        arguments = row.get("kwargs", row.get("arguments")) or {}
        if isinstance(arguments, str):
            arguments = json.loads(arguments)
        yield Action(str(row["name"]), dict(arguments), str(row.get("forbidden_by") or ""))
