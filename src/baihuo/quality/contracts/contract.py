"""What an entry of a table of contracts says, and the SQL that it becomes.

An entry names a template and fills its parameters; each template is one file of ``templates``. The statement that comes of it
answers with ``import_id``, ``line``, ``new`` (the cell that a repair writes) and ``detail`` (a struct), as the SQL of a shop's own checks does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveInt,
    RootModel,
    model_validator,
)

from baihuo.core import close_match
from baihuo.engine import sql_file, sql_text
from baihuo.quality.findings import SCHEMAS, SQL_TYPES, On

_TEMPLATES = Path(__file__).with_name("templates")


def _some(names: tuple[str, ...] | str) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


Columns: TypeAlias = Annotated[tuple[str, ...] | str, AfterValidator(_some), Field(min_length=1)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Where: TypeAlias = Annotated[str, Field(min_length=1)]
"""A condition in DuckDB's dialect over the columns of the table."""


class Entry(BaseModel):
    """What every entry says: the table, what becomes of a row, and two sentences for a person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: str  # a file of ``templates``
    table: On
    action: Literal["quarantine", "repair", "note"] = "note"
    why: str = Field(min_length=1)  # completes "this row was touched because …"
    fix: str = Field(min_length=1)  # what to do at the source
    version: str | int | float = "1"
    where: Where = "true"  # the rows that are looked at

    @property
    def repairs(self) -> str | None:
        """The column that a repair writes."""
        return None

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that its parameters name, besides those in conditions."""
        return ()

    @model_validator(mode="before")
    @classmethod
    def _names_are_known(cls, values: object) -> object:
        """Say what the template's parameters are, where one is misspelt."""
        for name in values if isinstance(values, dict) else ():
            if name not in cls.model_fields:
                hint = close_match(str(name), cls.model_fields) or "it has: " + ", ".join(
                    cls.model_fields
                )
                raise ValueError(f"the template has no parameter {name!r}; {hint}")
        return values

    @model_validator(mode="after")
    def _columns_are_there(self) -> Entry:
        schema = SCHEMAS[self.table]
        for name in self.named:
            if name not in schema.names:
                raise ValueError(f"{self.table} have no column {name!r}")
        if self.action == "repair" and self.repairs is None:
            raise ValueError("this template repairs no cell: use `quarantine` or `note`")
        if self.action == "repair" and schema.field(str(self.repairs)).type not in SQL_TYPES:
            raise ValueError(f"{self.repairs} is a list, which a check cannot repair")
        return self

    def values(self) -> dict[str, object]:
        """The parameters of its template, as SQL."""
        return {"where": self.where, "at": _time_of(self.table)}

    def sql(self, rows: str) -> str:
        """Return its statement over ``rows``, a table or a SELECT in parentheses with the table's columns."""
        template = sql_file(str(_TEMPLATES / "any"), self.template)
        return template(**self.values(), rows=rows)


class Predicate(Entry):
    """A condition that no row should meet. A repair puts ``replacement`` (SQL; NULL: not known) into ``field``."""

    template: Literal["predicate"]
    where: Where
    field: str | None = None
    replacement: str = "NULL"

    @property
    def repairs(self) -> str | None:
        return self.field

    @property
    def named(self) -> tuple[str, ...]:
        return (self.field,) if self.field else ()

    def values(self) -> dict[str, object]:
        new = self.replacement if self.action == "repair" else "NULL"
        field = self.field or ""
        return {
            **super().values(),
            "field": field,
            "cell": self.field or "NULL",
            "replacement": new,
        }


class Pattern(Entry):
    """A form (an RE2 expression for the whole cell) that cells of a column have, if ``min_share`` of them do."""

    template: Literal["pattern"]
    column: str
    pattern: str = Field(min_length=1)
    min_share: Share = 0.9

    @property
    def named(self) -> tuple[str, ...]:
        return (self.column,)

    def values(self) -> dict[str, object]:
        pattern = sql_text(self.pattern)
        return {
            **super().values(),
            "column": self.column,
            "pattern": pattern,
            "min_share": self.min_share,
        }


class Grouped(Entry):
    """An entry that compares rows which have the columns ``by`` in common."""

    by: Columns

    @property
    def named(self) -> tuple[str, ...]:
        return _some(self.by)

    def values(self) -> dict[str, object]:
        by = _some(self.by)
        present = " AND ".join(f"{name} IS NOT NULL" for name in by)
        return {**super().values(), "by": ", ".join(by), "by_present": present}


class Majority(Grouped):
    """Rows of a group that differ in a column from most of the group. A repair writes what most have, into the one column."""

    template: Literal["majority"]
    columns: Columns
    min_rows: PositiveInt = 3
    share: Share = 0.6
    max_broken: Share = 0.05

    @property
    def repairs(self) -> str | None:
        columns = _some(self.columns)
        return columns[0] if len(columns) == 1 else None

    @property
    def named(self) -> tuple[str, ...]:
        return (*_some(self.by), *_some(self.columns))

    def values(self) -> dict[str, object]:
        columns = _some(self.columns)
        return {
            **super().values(),
            "columns": ", ".join(columns),
            "texts": ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in columns),
            "new": "usual" if self.action == "repair" else "NULL",
            **self.model_dump(include={"min_rows", "share", "max_broken"}),
        }


class Rare(Grouped):
    """Cells with a value that at most ``max_share`` of their group have, where hardly any cell of the group is rare."""

    template: Literal["rare"]
    column: str
    min_rows: PositiveInt = 50
    max_share: Share = 0.01
    max_rare: Share = 0.02

    @property
    def named(self) -> tuple[str, ...]:
        return (*_some(self.by), self.column)

    def values(self) -> dict[str, object]:
        return super().values() | self.model_dump(
            include={"column", "min_rows", "max_share", "max_rare"}
        )


class Outlier(Grouped):
    """Positive numbers that are ``mads`` deviations and ``times`` times away from the median of their group, in logarithms."""

    template: Literal["outlier"]
    column: str
    min_rows: PositiveInt = 8
    mads: NonNegativeFloat = 6.0
    times: float = Field(default=3.0, gt=1)

    @property
    def named(self) -> tuple[str, ...]:
        return (*_some(self.by), self.column)

    def values(self) -> dict[str, object]:
        return super().values() | self.model_dump(include={"column", "min_rows", "mads", "times"})


class Repeat(Grouped):
    """Rows with the same columns as an earlier row; of events ``within_s`` seconds after the one before, if that is given."""

    template: Literal["repeat"]
    within_s: NonNegativeFloat | None = None
    min_repeats: PositiveInt = 2

    def values(self) -> dict[str, object]:
        within = "NULL" if self.within_s is None else int(self.within_s * 1e6)
        identity = "event_id" if self.table == "events" else "product_id"
        return super().values() | {
            "within_us": within,
            "id": identity,
            "min_repeats": self.min_repeats,
        }


class Rate(Grouped):
    """Rows of whoever has more than ``most`` of them in a window of ``window_s`` seconds."""

    template: Literal["rate"]
    table: Literal["events"]
    window_s: float = Field(gt=0)
    most: PositiveInt

    def values(self) -> dict[str, object]:
        return super().values() | {"window_us": int(self.window_s * 1e6), "most": self.most}


class Order(Grouped):
    """Rows without a row before them that meets ``needs`` and has the same ``by``."""

    template: Literal["order"]
    table: Literal["events"]
    needs: Where
    tolerance_s: NonNegativeFloat = 60.0
    max_share: Share = 0.05

    def values(self) -> dict[str, object]:
        tolerance = int(self.tolerance_s * 1e6)
        return super().values() | {
            "needs": self.needs,
            "tolerance_us": tolerance,
            "max_share": self.max_share,
        }


class Stated(Entry):
    """Rows whose ``text`` states another value than ``column`` holds; the first group of ``pattern`` (RE2) is that value."""

    template: Literal["stated"]
    column: str
    text: str
    pattern: str = Field(min_length=1)

    @property
    def named(self) -> tuple[str, ...]:
        return (self.column, self.text)

    def values(self) -> dict[str, object]:
        pattern = sql_text(self.pattern)
        return {**super().values(), "column": self.column, "text": self.text, "pattern": pattern}


CheckName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
Contract: TypeAlias = Annotated[
    Predicate | Pattern | Majority | Rare | Outlier | Repeat | Rate | Order | Stated,
    Field(discriminator="template"),
]


class ContractFile(RootModel[dict[CheckName, Contract]]):
    """A table of contracts: the name of each check, and its entry."""

    root: dict[CheckName, Contract] = {}


def contract_types() -> dict[str, type[Entry]]:
    """Return the model of each template's entries, by the template's name."""
    union = get_args(get_args(Contract)[0])
    return {get_args(one.model_fields["template"].annotation)[0]: one for one in union}


def _time_of(table: On) -> str:
    """The column with a row's time; a listing has none."""
    return "occurred_at_us" if table == "events" else "NULL::BIGINT"
