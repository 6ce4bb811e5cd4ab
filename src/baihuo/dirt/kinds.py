"""Kinds of dirt as rows of data: how they are read, and planted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from baihuo.core import BadInput, load_yaml
from baihuo.dirt.dataset import Dataset
from baihuo.dirt.mutators import MUTATORS
from baihuo.dirt.planting import add_rows, change_rows, lose_rows, visits
from baihuo.dirt.processes import FUNCTIONS
from baihuo.dirt.rows import EVENTS, NoRoom
from baihuo.dirt.scene import CASES, CONDITIONS, TESTS, Kind

ABOUT = {"words", "table", "actions", "checks", "also", "apart", "group", "cases"}
PLANTED = {
    *("events", "where", "take", "rows", "size", "holds", "only", "pick", "each", "nth", "half"),
    *("days", "differ", "let", "secret", "other", "attribute", "prepare", "furnish", "set", "swap"),
    *("rotate", "new", "without", "line", "copy", "add", "visits", "lose", "drop", "picture", "by"),
    *("alone", "field", "clean", "fine", "kept", "case", "far", "with", "related"),
}


class Hands(BaseModel):
    """``hands.yaml``: the files of a folder of kinds, without ``.yaml``, in their order."""

    model_config = ConfigDict(extra="forbid")
    hands: list[str]


class Section(BaseModel):
    """Kinds that share keys."""

    model_config = ConfigDict(extra="allow")
    subject: str
    kinds: dict[str, dict[str, Any]]


class Hand(BaseModel):
    """A file of kinds; ``values`` and ``tables`` are what its rows may name."""

    model_config = ConfigDict(extra="forbid")
    sections: list[Section]
    values: dict[str, Any] = {}
    tables: dict[str, Any] = {}


def read_kinds(folder: Path, tables: dict[str, Any]) -> dict[str, Kind]:
    """The kinds of all ``*.yaml`` files of a folder by name, in the order of its ``hands.yaml``.

    ``tables`` are lists and tables that rows may name in addition to those of their file.

    Raises:
        BadInput: A file is not there, or a row names what there is not.
    """
    index = folder / "hands.yaml"
    if not index.is_file():
        raise BadInput(
            f"{folder} holds no kinds of dirt (no hands.yaml)",
            fix="name its files there (`hands: [mine]` for mine.yaml), or give bench/dirt of Baihuo's repository with --kinds",
        )
    kinds: dict[str, Kind] = {}
    for hand in load_yaml(index, Hands).hands:
        file = load_yaml(folder / f"{hand}.yaml", Hand, is_finite=False)
        for section in file.sections:
            about = (hand, section.subject, file.values, tables | file.tables)
            for name, row in section.kinds.items():
                if name in kinds:
                    raise BadInput(f"two kinds are called {name}", fix=f"rename one in {hand}.yaml")
                kinds[name] = kind_of(name, (section.model_extra or {}) | row, *about)
    return kinds


def kind_of(
    name: str,
    row: dict[str, Any],
    hand: str = "",
    subject: str = "",
    values: dict[str, Any] | None = None,
    tables: dict[str, Any] | None = None,
) -> Kind:
    """One row of data as a kind.

    Raises:
        BadInput: The row has a key, mutator, condition or process that there is not.
    """
    planted = {k: v for k, v in row.items() if k not in ABOUT}
    if swap := planted.pop("swap", None):
        planted["set"] = {swap[0]: {"of": swap[1]}, swap[1]: {"of": swap[0]}}
    if rotate := planted.pop("rotate", None):
        planted["set"] = {c: {"of": rotate[n - 1]} for n, c in enumerate(rotate)}
    values = values or {}
    if "secret" in planted:  # what must not stand in the kept cell: a change, or a named value
        secret = planted.pop("secret")
        secret = {"of": secret} if isinstance(secret, str) and secret in values else secret
        planted["let"] = {"secret": secret, **planted.get("let", {})}
    for unknown in sorted(set(planted) - PLANTED) + sorted(_unknown(planted)):
        raise BadInput(
            f"kind {name}: {unknown!r} is no key, mutator, test or condition of a row",
            fix="docs/decisions/0039-dirt-as-rows-of-data.md names them",
        )
    names = {k: frozenset(row.get(k, "").split()) for k in ("actions", "checks", "also", "apart")}
    return Kind(
        name=name,
        words=row["words"],
        table=row.get("table", EVENTS),
        group=row.get("group", ""),
        cases=row.get("cases", CASES),
        hand=hand,
        subject=subject,
        row=planted,
        values=values,
        tables=tables or {},
        **names,
    )


def _unknown(planted: dict[str, Any]) -> Iterable[str]:
    """Names in a row's changes and conditions that nothing here has."""
    changes = [*planted.get("let", {}).values(), *planted.get("set", {}).values()]
    changes += [*planted.get("furnish", {}).values(), planted.get("line"), planted.get("picture")]
    for process in ("copy", "add", "visits"):
        held = planted.get(process, {})
        for one in held if isinstance(held, list) else [held]:
            changes += one.get("set", {}).values()
    for change in changes:
        for held in change if isinstance(change, list) else [change]:
            if isinstance(held, dict):
                yield from (name for name in held if name not in MUTATORS)
    if "by" in planted:
        yield from {planted["by"]} - set(FUNCTIONS)
    for path, wanted in planted.get("where", {}).items():
        if path == "is":
            yield from (name for name in wanted.split() if name not in CONDITIONS)
        elif isinstance(wanted, dict):
            yield from (name for name in wanted if name not in TESTS)


def plant(dataset: Dataset, kind: Kind) -> None:
    """Put a kind's cases into rows without dirt.

    Raises:
        NoRoom: Other kinds left too few rows that it could go into.
    """
    dataset.known = {}
    if kind.row.get("alone") and not dataset.is_table_clean:
        raise NoRoom
    if "by" in kind.row:
        FUNCTIONS[kind.row["by"]](dataset, kind)
    else:
        PROCESSES[next((p for p in PROCESSES if p in kind.row), "")](dataset, kind)
    if kind.row.get("alone"):  # what one such line does to the names of columns, it does to all
        dataset.mark(dataset.shop.table(kind.table))


PROCESSES: dict[str, Callable[[Dataset, Kind], None]] = {
    "add": add_rows,
    "visits": visits,
    "lose": lose_rows,
    "": change_rows,
}
