"""Rows in quarantine, and what a person decides about them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
RowId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}:[0-9]{1,18}$")]
Table = Literal["events", "products"]


class KeptCount(BaseModel):
    """How many rows are in quarantine because of one check."""

    table: str
    step: str = Field(description="`import`: rows that the import refused")
    check: str
    n: int


class Rejection(BaseModel):
    """A person's word that a row stays out."""

    by: str
    why: str
    at_us: int


class KeptRow(BaseModel):
    """One row in quarantine."""

    row_id: str
    table: str
    step: str
    check: str
    detail: dict[str, Any]
    values: dict[str, Any]
    raw: str | None = Field(description="A refused row as it is in its file")
    fix: str | None
    waiting: str | None = Field(description="The row that replaces it with the next check")
    rejected: Rejection | None = Field(default=None, description="Who keeps it out, and why")


class Quarantine(BaseModel):
    """The content of the quarantine."""

    counts: list[KeptCount]
    rows: list[KeptRow]


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Line = Field(examples=["ann"], description="Who decides; stored with the row")
    why: Line = Field(examples=["the till sent no quantity"])
    table: Table | None = None


class FixIn(_Decision):
    """The corrected values of a row."""

    values: dict[Line, str | None] = Field(
        min_length=1,
        max_length=50,
        examples=[{"quantity": "2"}],
        description="null empties a field",
    )


class PreviewIn(BaseModel):
    """Values of a row to try; none: the row as it is."""

    model_config = ConfigDict(extra="forbid")

    values: dict[Line, str | None] = Field(
        default_factory=dict, max_length=50, examples=[{"quantity": "2"}]
    )
    table: Table | None = None


class PreviewFinding(BaseModel):
    """What a check finds in the row."""

    check: str
    action: str
    why: str
    detail: dict[str, Any]


class PreviewOut(BaseModel):
    """What would become of the row. Checks that need the whole log are not asked."""

    is_clean: bool = Field(description="Whether it would be learned from")
    refused: str | None = Field(description="Why an import would refuse it")
    fix: str | None
    values: dict[str, Any] = Field(description="As an import reads them")
    findings: list[PreviewFinding]


class Rejected(BaseModel):
    """How many rows stay out."""

    n_rejected: int


class RowsIn(_Decision):
    """Rows to release from quarantine without changes."""

    rows: list[RowId] = Field(min_length=1, max_length=1_000, examples=[["3:17"]])


class SentIn(BaseModel):
    """The ids of the new rows, in order. The next check examines them."""

    rows: list[str]
