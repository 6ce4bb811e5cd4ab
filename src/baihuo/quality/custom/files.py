"""Custom checks: YAML, SQL or Python files of the shop, named in ``quality.yaml``. See docs/checks.md.

They run last, as the step ``own``, and are counted, explained and limited like ours. A file that
cannot be used is reported with its line, and stops nothing but itself.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from baihuo.core import YamlProblem, parse_yaml
from baihuo.quality.contracts.contract import ContractFile
from baihuo.quality.custom.settings import CustomRules
from baihuo.quality.findings import SCHEMAS, SQL_TYPES
from baihuo.quality.spec import Check, On

STEP_NAME = "own"
_YAML = (".yaml", ".yml")
_SUFFIXES = (".sql", ".py", *_YAML)
_EARLIER_NAMES = {"action": "then", "fix": "mend"}


class CheckHeader(BaseModel):
    """The header of a check's file: its first comment, as YAML."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="", pattern=r"^$|^[a-z][a-z0-9_]{0,60}$")  # default: the file's
    table: On  # not "on": YAML reads that word as true
    action: Literal["quarantine", "repair", "note"] = Field(
        default="note", validation_alias=AliasChoices("action", _EARLIER_NAMES["action"])
    )
    field: str | None = None  # the column that a repair changes
    why: str = Field(min_length=1)
    fix: str = Field(min_length=1, validation_alias=AliasChoices("fix", _EARLIER_NAMES["fix"]))
    example: str = ""
    version: str | int | float | None = None  # default: a hash of the file
    columns: tuple[str, ...] = ()  # what a Python check reads

    @model_validator(mode="after")
    def _makes_sense(self) -> CheckHeader:
        schema = SCHEMAS[self.table]
        for name in (*self.columns, *([] if self.field is None else [self.field])):
            if name not in schema.names:
                raise ValueError(f"{self.table} have no column {name!r}")
        if (self.field is None) is (self.action == "repair"):
            raise ValueError("a repair has a `field`, and no other check has one")
        if self.field in ("import_id", "line"):
            raise ValueError(f"{self.field} names a row and is not repaired")
        if self.field is not None and schema.field(self.field).type not in SQL_TYPES:
            raise ValueError(f"{self.field} is a list, which a check cannot repair")
        return self


@dataclass(frozen=True, slots=True)
class CustomCheck:
    """One file that can be used."""

    check: Check
    path: Path
    text: str  # of a contract, the SQL that its entry becomes
    columns: tuple[str, ...] = ()
    line: int | None = None  # of a contract's entry

    @property
    def is_python(self) -> bool:
        return self.path.suffix == ".py"


@dataclass(frozen=True, slots=True)
class CustomChecks:
    """All custom checks of a shop, and what is wrong with the files that cannot be used."""

    checks: tuple[CustomCheck, ...] = ()
    failed: tuple[str, ...] = ()  # "refunds.sql, line 2: no `why` …"

    @property
    def version(self) -> str:
        """A short hash of the files; empty without any."""
        texts = [f"{c.path.name}\0{c.text}\0" for c in self.checks] + list(self.failed)
        return hashlib.sha256("".join(texts).encode()).hexdigest()[:12] if texts else ""

    def on(self, table: On) -> tuple[CustomCheck, ...]:
        """Those for one table."""
        return tuple(c for c in self.checks if c.check.on == table)


def load_custom_checks(rules: CustomRules, folder: Path, known: Sequence[str] = ()) -> CustomChecks:
    """Read the files that ``own.checks`` of ``quality.yaml`` lists, relative to ``folder``.

    Args:
        known: names that checks of ours have, so that no file takes one.
    """
    paths, failed = _files(rules.checks, folder)
    checks: list[CustomCheck] = []
    taken = set(known)
    for path in paths:
        try:
            read = _read_contracts(path) if path.suffix in _YAML else [_read(path)]
        except _HeaderError as error:
            failed.append(f"{path.name}, line {error.line}: {error.message}")
            continue
        for one in read:
            name = one.check.name
            if name in taken:
                where = f"{path.name}, line {one.line or 1}"
                failed.append(f"{where}: a check is called {name!r} already")
                continue
            taken.add(name)
            checks.append(one)
    return CustomChecks(tuple(checks), tuple(failed))


class _HeaderError(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def _files(names: Sequence[str], folder: Path) -> tuple[list[Path], list[str]]:
    paths: list[Path] = []
    failed = []
    for name in names:
        path = folder / name
        if path.is_dir():
            paths += sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES)
        elif path.suffix in _SUFFIXES and path.is_file():
            paths.append(path)
        elif name != "checks":  # the default folder need not be there
            failed.append(
                f"{name}, line 0: quality.yaml names it under own.checks, and it is not there"
            )
    return paths, failed


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _HeaderError(1, "it is not UTF-8") from None


def _read_contracts(path: Path) -> list[CustomCheck]:
    """Return the entries of a table of contracts, each as the SQL that it becomes."""
    text = _text(path)
    try:
        entries = parse_yaml(text, ContractFile).root
    except YamlProblem as problem:
        raise _HeaderError(problem.line, str(problem)) from None
    lines = text.splitlines()
    checks = []
    for name, entry in entries.items():
        line = next((n for n, one in enumerate(lines, 1) if one.startswith(f"{name}:")), 1)
        check = Check(
            name=name,
            step=STEP_NAME,
            on=entry.table,
            action=entry.action,
            field=entry.repairs if entry.action == "repair" else None,
            why=entry.why,
            fix=entry.fix,
            version=str(entry.version),
        )
        checks.append(CustomCheck(check, path, entry.sql(entry.table), line=line))
    return checks


def _read(path: Path) -> CustomCheck:
    text = _text(path)
    first_line, header_text = _python_header(text) if path.suffix == ".py" else _sql_header(text)
    try:
        header = parse_yaml(header_text, CheckHeader)
    except YamlProblem as problem:
        line = first_line + problem.line - 1
        raise _HeaderError(line, f"its header: {problem}") from None
    name = header.name or path.stem
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise _HeaderError(
            first_line, f"{name!r} is no name for a check: use small letters, digits and _"
        )
    version = header.version or hashlib.sha256(text.encode()).hexdigest()[:8]
    check = Check(
        name=name,
        step=STEP_NAME,
        on=header.table,
        action=header.action,
        field=header.field,
        why=header.why,
        fix=header.fix,
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
        raise _HeaderError(error.lineno or 1, f"it is not Python: {error.msg}") from None
    docstring = ast.get_docstring(module, clean=True)
    if docstring is None:
        return 1, ""
    n_above = text[: text.find(docstring.splitlines()[0] if docstring else "")].count("\n")
    return 1 + n_above, docstring
