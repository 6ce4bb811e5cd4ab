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
from baihuo.quality.limits import Share

_TEMPLATES = Path(__file__).with_name("templates")


def _some(names: tuple[str, ...] | str) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


Columns: TypeAlias = Annotated[tuple[str, ...] | str, AfterValidator(_some), Field(min_length=1)]
Where: TypeAlias = Annotated[str, Field(min_length=1)]
"""A condition in DuckDB's dialect over the columns of the table."""
_OF_COLUMNS = ("by", "columns", "column", "field", "text")  # parameters that name columns


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

    def listed(self, parameter: str) -> tuple[str, ...]:
        """The columns that a parameter names; none where it is not given, or the template has no such."""
        return _some(getattr(self, parameter, None) or ())

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
        for name in (name for parameter in _OF_COLUMNS for name in self.listed(parameter)):
            if name not in schema.names:
                raise ValueError(f"{self.table} have no column {name!r}")
        if self.action == "repair" and self.repairs is None:
            raise ValueError("this template repairs no cell: use `quarantine` or `note`")
        if self.action == "repair" and schema.field(str(self.repairs)).type not in SQL_TYPES:
            raise ValueError(f"{self.repairs} is a list, which a check cannot repair")
        return self

    def values(self) -> dict[str, object]:
        """The parameters of its template, as SQL."""
        by, pattern = self.listed("by"), getattr(self, "pattern", "")
        return dict(self) | {
            "at": "occurred_at_us" if self.table == "events" else "NULL::BIGINT",
            "by": ", ".join(by),
            "by_present": " AND ".join(f"{name} IS NOT NULL" for name in by),
            "pattern": sql_text(pattern),
        }

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

    def values(self) -> dict[str, object]:
        of_cell = {"field": self.field or "", "cell": self.field or "NULL"}
        new = self.replacement if self.action == "repair" else "NULL"
        return super().values() | of_cell | {"replacement": new}


class Pattern(Entry):
    """A form (an RE2 expression for the whole cell) that cells of a column have, if ``min_share`` of them do."""

    template: Literal["pattern"]
    column: str
    pattern: str = Field(min_length=1)
    min_share: Share = 0.9


class Grouped(Entry):
    """An entry that compares rows which have the columns ``by`` in common."""

    by: Columns


class Majority(Grouped):
    """Rows of a group that differ in a column from most of the group. A repair writes what most have, into the one column."""

    template: Literal["majority"]
    columns: Columns
    min_rows: PositiveInt = 3
    share: Share = 0.6
    max_broken: Share = 0.05

    @property
    def repairs(self) -> str | None:
        columns = self.listed("columns")
        return columns[0] if len(columns) == 1 else None

    def values(self) -> dict[str, object]:
        columns = self.listed("columns")
        return super().values() | {
            "columns": ", ".join(columns),
            "texts": ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in columns),
            "new": "usual" if self.action == "repair" else "NULL",
        }


class Rare(Grouped):
    """Cells with a value that at most ``max_share`` of their group have, where hardly any cell of the group is rare."""

    template: Literal["rare"]
    column: str
    min_rows: PositiveInt = 50
    max_share: Share = 0.01
    max_rare: Share = 0.02


class Outlier(Grouped):
    """Positive numbers that are ``mads`` deviations and ``times`` times away from the median of their group, in logarithms."""

    template: Literal["outlier"]
    column: str
    min_rows: PositiveInt = 8
    mads: NonNegativeFloat = 6.0
    times: float = Field(default=3.0, gt=1)


class Repeat(Grouped):
    """Rows with the same columns as an earlier row; of events ``within_s`` seconds after the one before, if that is given."""

    template: Literal["repeat"]
    within_s: NonNegativeFloat | None = None
    min_repeats: PositiveInt = 2

    def values(self) -> dict[str, object]:
        within = "NULL" if self.within_s is None else int(self.within_s * 1e6)
        identity = "event_id" if self.table == "events" else "product_id"
        return super().values() | {"within_us": within, "id": identity}


class Rate(Grouped):
    """Rows of whoever has more than ``most`` of them in a window of ``window_s`` seconds."""

    template: Literal["rate"]
    table: Literal["events"]
    window_s: float = Field(gt=0)
    most: PositiveInt

    def values(self) -> dict[str, object]:
        return super().values() | {"window_us": int(self.window_s * 1e6)}


class Order(Grouped):
    """Rows without a row before them that meets ``needs`` and has the same ``by``."""

    template: Literal["order"]
    table: Literal["events"]
    needs: Where
    tolerance_s: NonNegativeFloat = 60.0
    max_share: Share = 0.05

    def values(self) -> dict[str, object]:
        return super().values() | {"tolerance_us": int(self.tolerance_s * 1e6)}


class Stated(Entry):
    """Rows whose ``text`` states another value than ``column`` holds; the first group of ``pattern`` (RE2) is that value."""

    template: Literal["stated"]
    column: str
    text: str
    pattern: str = Field(min_length=1)


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
