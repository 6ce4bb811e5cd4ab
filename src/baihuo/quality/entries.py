"""The checks of a group, as written down in ``checks.yaml`` of its folder."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel

from baihuo.core import load_yaml
from baihuo.quality.findings import On
from baihuo.quality.spec import Action, Check

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


class _File(RootModel[dict[str, _Entry]]):
    root: dict[str, _Entry]


def read_checks(module_file: str, step: str, **conditions: str) -> tuple[Check, ...]:
    """Return the checks of ``checks.yaml`` beside a module, which passes its ``__file__``.

    Args:
        step: The name of their step.
        conditions: SQL that stands in ``where`` and ``replacement`` as ``{name}``; what stays there is a setting of the step.
    """

    def filled(sql: str | None) -> str | None:
        return sql and _CONDITION.sub(lambda found: conditions.get(found[1], found[0]), sql)

    return tuple(
        Check(
            name=name,
            step=step,
            on=entry.table,
            action=entry.action,
            why=entry.why,
            fix=entry.fix,
            version=str(entry.version),
            predicate=filled(entry.where),
            field=entry.field,
            replacement=filled(entry.replacement) or "NULL",
            fatal_for=entry.fatal_for,
            one_per=entry.one_per,
        )
        for name, entry in load_yaml(Path(module_file).with_name("checks.yaml"), _File).root.items()
    )
