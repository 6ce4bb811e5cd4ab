"""The checks of a group, as written down in ``checks.yaml`` of its folder.

An entry with a ``template`` is a contract (:mod:`baihuo.quality.contracts`), whose rows :func:`contract_findings` finds. Of the others,
``where`` is true of a single row, or a detector of the group finds the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag

from baihuo.core import load_yaml
from baihuo.quality.contracts.contract import Contract
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import SCHEMAS, FindingsStore, On
from baihuo.quality.spec import Action, Check, CheckContext

_CONDITION = re.compile(r"\{([a-z_]+)\}")


class _Entry(BaseModel):
    """A check; see :class:`baihuo.quality.spec.Check`. One of a single row says ``where``; of others the group's detectors find the rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: On
    action: Action
    why: str = Field(min_length=1)
    fix: str = Field(min_length=1)
    version: str | int = "1"
    field: str | None = None
    where: str | None = None
    replacement: str = "NULL"
    fatal_for: tuple[str, ...] = ()
    one_per: tuple[str, ...] = ()


def _kind_of(entry: object) -> str:
    return "contract" if isinstance(entry, dict) and "template" in entry else "check"


_Any: TypeAlias = Annotated[
    Annotated[_Entry, Tag("check")] | Annotated[Contract, Tag("contract")], Discriminator(_kind_of)
]


class _File(RootModel[dict[str, _Any]]):
    root: dict[str, _Any]


def read_checks(module_file: str, step: str, **conditions: str) -> tuple[Check, ...]:
    """Return the checks of ``checks.yaml`` next to a module, which passes its ``__file__``.

    Args:
        step: The name of their step.
        conditions: SQL that stands in ``where`` and ``replacement`` as ``{name}``; what stays there is a setting of the step.
    """

    def filled(sql: str | None) -> str | None:
        return sql and _CONDITION.sub(lambda found: conditions.get(found[1], found[0]), sql)

    def check(name: str, entry: _Entry | Contract) -> Check:
        if isinstance(entry, _Entry):
            field, where, new, contract = entry.field, entry.where, entry.replacement, None
        else:
            field, where, new, contract = entry.repairs, None, None, entry
        return Check(
            name=name,
            step=step,
            on=entry.table,
            action=entry.action,
            why=entry.why,
            fix=entry.fix,
            version=str(entry.version),
            field=field,
            contract=contract,
            predicate=filled(where),
            replacement=filled(new) or "NULL",
            fatal_for=entry.fatal_for if isinstance(entry, _Entry) else (),
            one_per=entry.one_per if isinstance(entry, _Entry) else (),
        )

    file = Path(module_file).with_name("checks.yaml")
    entries = load_yaml(file, _File, is_finite=False).root
    return tuple(check(name, entry) for name, entry in entries.items())


def contract_findings(
    checks: Iterable[Check], findings: FindingsStore, context: CheckContext
) -> list[str]:
    """Return a SELECT of findings for each check of the table that a template finds and that is not turned off."""
    names = SCHEMAS[findings.table].names
    selects = []
    for check in context.running(checks):
        if check.contract is None or check.on != findings.table:
            continue
        used = {*re.findall(r"[a-z_]+", check.contract.sql("")), "occurred_at_us"}
        rows = findings.rows(*(name for name in names if name in used))
        new = "new" if check.action == "repair" else "NULL"
        field = "json_extract_string(to_json(detail), '$.field')"
        selects.append(finding_sql(check.contract.sql(rows), check, field=field, new=new))
    return selects
