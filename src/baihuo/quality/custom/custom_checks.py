"""A shop's own checks: SQL or Python in files of its own, named in ``quality.yaml``. See docs/checks.md.

They run last, as the step ``own``, and are counted, explained and limited like ours. A file that
cannot be used is said with its line, and stops nothing but itself.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from baihuo.core.yaml_model import YamlProblem, parse_yaml
from baihuo.quality.custom.settings import CustomRules
from baihuo.quality.findings import SCHEMAS, SQL_TYPES
from baihuo.quality.spec import Check, On

STEP_NAME = "own"


class CheckHeader(BaseModel):
    """What a check's file says of itself, in its first comment, as YAML."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="", pattern=r"^$|^[a-z][a-z0-9_]{0,60}$")  # default: the file's
    table: On  # not "on": YAML reads that word as true
    then: Literal["quarantine", "repair", "note"] = "note"
    field: str | None = None  # the column that a repair changes
    why: str = Field(min_length=1)
    mend: str = Field(min_length=1)
    example: str = ""
    version: str | int | float | None = None  # default: a hash of the file
    columns: tuple[str, ...] = ()  # what a Python check reads

    @model_validator(mode="after")
    def _makes_sense(self) -> CheckHeader:
        schema = SCHEMAS[self.table]
        for name in (*self.columns, *([] if self.field is None else [self.field])):
            if name not in schema.names:
                raise ValueError(f"{self.table} have no column {name!r}")
        if (self.field is None) is (self.then == "repair"):
            raise ValueError("a repair names its `field`, and nothing else does")
        if self.field in ("import_id", "line"):
            raise ValueError(f"{self.field} names a row and is not repaired")
        if self.field is not None and schema.field(self.field).type not in SQL_TYPES:
            raise ValueError(f"{self.field} is a list, which a check cannot repair")
        return self


@dataclass(frozen=True, slots=True)
class CustomCheck:
    """One file, understood."""

    check: Check
    path: Path
    text: str
    columns: tuple[str, ...]

    @property
    def is_python(self) -> bool:
        return self.path.suffix == ".py"


@dataclass(frozen=True, slots=True)
class CustomChecks:
    """All of a shop's own checks, and what is wrong with the files that are none."""

    checks: tuple[CustomCheck, ...] = ()
    failed: tuple[str, ...] = ()  # "refunds.sql, line 2: no `why` …"

    @property
    def version(self) -> str:
        """What the files say, as a short hash; empty without any."""
        said = [f"{c.path.name}\0{c.text}\0" for c in self.checks] + list(self.failed)
        return hashlib.sha256("".join(said).encode()).hexdigest()[:12] if said else ""

    def on(self, table: On) -> tuple[CustomCheck, ...]:
        """Those for one table."""
        return tuple(c for c in self.checks if c.check.on == table)


def own_checks(rules: CustomRules, beside: Path, known: Sequence[str] = ()) -> CustomChecks:
    """Read the files that ``own.checks`` of ``quality.yaml`` names, relative to the folder ``beside``.

    Args:
        known: names that checks of ours have, so that no file takes one.
    """
    paths, failed = _files(rules.checks, beside)
    found: list[CustomCheck] = []
    taken = set(known)
    for path in paths:
        try:
            one = _read(path)
            if one.check.name in taken:
                raise _Wrong(1, f"a check is called {one.check.name!r} already")
        except _Wrong as wrong:
            failed.append(f"{path.name}, line {wrong.line}: {wrong.what}")
            continue
        taken.add(one.check.name)
        found.append(one)
    return CustomChecks(tuple(found), tuple(failed))


class _Wrong(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


def _files(named: Sequence[str], beside: Path) -> tuple[list[Path], list[str]]:
    paths: list[Path] = []
    failed = []
    for name in named:
        path = beside / name
        if path.is_dir():
            paths += sorted(p for p in path.iterdir() if p.suffix in (".sql", ".py"))
        elif path.suffix in (".sql", ".py") and path.is_file():
            paths.append(path)
        elif name != "checks":  # the default folder need not be there
            failed.append(
                f"{name}, line 0: quality.yaml names it under own.checks, and it is not there"
            )
    return paths, failed


def _read(path: Path) -> CustomCheck:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _Wrong(1, "it is not UTF-8") from None
    first, said = _python_header(text) if path.suffix == ".py" else _sql_header(text)
    try:
        header = parse_yaml(said, CheckHeader)
    except YamlProblem as problem:
        raise _Wrong(first + problem.line - 1, f"its header: {problem}") from None
    name = header.name or path.stem
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise _Wrong(first, f"{name!r} is no name for a check: use small letters, digits and _")
    version = header.version or hashlib.sha256(text.encode()).hexdigest()[:8]
    check = Check(
        name=name,
        step=STEP_NAME,
        on=header.table,
        action=header.then,
        field=header.field,
        why=header.why,
        fix=header.mend,
        example=header.example,
        version=str(version),
    )
    return CustomCheck(check, path, text, header.columns)


def _sql_header(text: str) -> tuple[int, str]:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line[2:].removeprefix(" "))
    return 1, "\n".join(lines)


def _python_header(text: str) -> tuple[int, str]:
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        raise _Wrong(error.lineno or 1, f"it is not Python: {error.msg}") from None
    said = ast.get_docstring(module, clean=True)
    if said is None:
        return 1, ""
    starts_below = text[: text.find(said.splitlines()[0] if said else "")].count("\n")
    return 1 + starts_below, said
