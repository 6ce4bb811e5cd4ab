"""Pairs to judge, judgements, and the report on raters."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from baihuo import labels

QueryText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
Rater = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
ProductId = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class JudgedProduct(BaseModel):
    """A product as a rater sees it."""

    title_en: str | None
    title_zh: str | None
    brand: str | None
    category: str | None
    price_minor: int | None
    currency: str | None
    description: str = Field(description="The first 300 characters")
    image: str | None


class QuestionOut(BaseModel):
    """A query and a product to judge, and why."""

    query_text: str
    product_id: str
    product: JudgedProduct
    position: int | None = Field(description="In the current order; null: beyond its first rows")
    position_bm25: int | None
    n_judged: int = Field(description="Number of grades so far")
    p_relevant: float = Field(description="Estimated probability of relevance, 0 to 1")
    value: float = Field(description="Expected reduction of the variance of the metric")
    why: str


class QuestionsOut(BaseModel):
    """What to judge next, grouped by query."""

    questions: list[QuestionOut]


class JudgementIn(BaseModel):
    """The grade of one rater for a product and a query."""

    model_config = ConfigDict(extra="forbid")

    query_text: QueryText = Field(examples=["usb hub"])
    product_id: ProductId = Field(examples=["p1"])
    rater: Rater = Field(examples=["ann"])
    grade: Annotated[int, Field(ge=0, le=labels.N_GRADES - 1, strict=True)] | None = Field(
        examples=[3],
        description="0 irrelevant, 1 complement, 2 substitute, 3 exact match; null: cannot say",
    )


class JudgementsIn(BaseModel):
    """Judgements. All of them are recorded, or none."""

    model_config = ConfigDict(extra="forbid")

    judgements: list[JudgementIn] = Field(min_length=1, max_length=1_000)
    change: bool = Field(
        default=False,
        description="Grades that differ from earlier ones of the same rater are intended",
    )


class RecordedOut(BaseModel):
    """The result of a batch of judgements; sent again, all are known."""

    n_new: int
    n_known: int
    n_changed: int


class RatersReport(BaseModel):
    """Agreement of raters, errors of each, and pairs without a clear consensus."""

    n_pairs: int
    n_queries: int
    n_judgements: int
    n_raters: int
    n_from_file: int = Field(description="Grades of the shop's ratings.csv")
    alpha: float | None = Field(
        description="Krippendorff's alpha with grades as distances; 1 is perfect agreement"
    )
    n_doubtful: int
    agreement: dict[str, Any] | None = Field(
        description="By rater and by pair of raters; null: nothing was judged"
    )
    doubtful: list[dict[str, Any]]
