"""The specs of a features file, and the columns that each makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from baihuo.core import BadInput, EventType
from baihuo.features.spec.declare import Lookback, Value

GroupKey: TypeAlias = Literal[
    "brand",
    "category",
    "product",
    "surface",
    "query",
    "anchor_brand",
    "anchor_category",
    "hour",
    "weekday",
    "price_band",
]
"""Names (not numbers) by which rows can be grouped."""
ComparedWith: TypeAlias = Literal["query", "taste", "last", "anchor"]
"""Compare a product's vector with: typed words, decayed mean of the visitor's clicks, last click, anchor."""
ScalingMethod: TypeAlias = Literal[
    "standard", "min_max", "quantile_uniform", "quantile_normal", "log"
]
"""How a number is scaled."""
SelectionMethod: TypeAlias = Literal["l1", "mutual_information", "permutation"]
"""How columns are selected."""

_NAME = r"^[a-z][a-z0-9_]{0,39}$"


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=_NAME)

    def columns(self) -> tuple[str, ...]:
        """Names of the columns it makes, in order."""
        return (self.name,)


class LookBackSpec(_Declared):
    """Counts of the past, a column for each window (see :class:`~baihuo.features.Lookback`)."""

    kind: Literal["look_back"]
    entity: tuple[str, ...]
    events: tuple[EventType, ...]
    half_lives_days: tuple[PositiveFloat, ...] = ()
    windows_days: tuple[PositiveInt, ...] = ()
    value: Value | None = None

    def columns(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.lookbacks())

    def lookbacks(self) -> Iterator[Lookback]:
        """Return one for each window and half-life.

        Raises:
            BadInput: the declaration contradicts itself.
        """
        if not self.half_lives_days and not self.windows_days:
            raise BadInput(
                f"feature {self.name!r} names no window",
                fix="give half_lives_days: [1, 7, 28] or windows_days: [7, 28]",
            )
        same: dict[str, Any] = {"entity": self.entity, "events": self.events, "value": self.value}
        for days in self.half_lives_days:
            name = f"{self.name}_half_{f'{days:g}'.replace('.', '_')}d"
            yield Lookback(name=name, aggregate="decayed", half_life_days=days, **same)
        counted: Literal["count", "sum"] = "count" if self.value is None else "sum"
        for window in self.windows_days:
            yield Lookback(
                name=f"{self.name}_{window}d", aggregate=counted, window_days=window, **same
            )


class ScaleSpec(_Declared):
    """Scaled columns, ``<name>_<column>``."""

    kind: Literal["scale"]
    of: tuple[str, ...] = Field(min_length=1)
    method: ScalingMethod
    n_quantiles: PositiveInt = 256

    def columns(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{column}" for column in self.of)


class CrossSpec(_Declared):
    """A hashed combination of names: its bucket's number, or a column for each bucket."""

    kind: Literal["cross"]
    of: tuple[GroupKey, ...] = Field(min_length=1)
    buckets: int = Field(default=32, ge=2, le=1_000_000)
    gives: Literal["one_hot", "bucket"] = "one_hot"

    def columns(self) -> tuple[str, ...]:
        if self.gives == "bucket":
            return (self.name,)
        return tuple(f"{self.name}_{i}" for i in range(self.buckets))


class TargetSpec(_Declared):
    """Smoothed click rate of earlier rows with the same names."""

    kind: Literal["target"]
    of: tuple[GroupKey, ...] = Field(min_length=1)
    strength: PositiveFloat = 20.0  # weight of the prior, in rows
    steepness: PositiveFloat | None = None  # with it: Micci-Barreca's sigmoid
    start: float = Field(default=0.05, ge=0, le=1)  # prior click rate


class SpaceSpec(_Declared):
    """A vector for each product; gives similarities, or the components of the vector."""

    dim: int = Field(default=16, ge=1, le=256)
    gives: tuple[ComparedWith | Literal["components"], ...] = Field(min_length=1)

    def columns(self) -> tuple[str, ...]:
        names: list[str] = []
        for one in self.gives:
            if one == "components":
                names.extend(f"{self.name}_{i}" for i in range(self.dim))
            else:
                names.append(f"{self.name}_{one}")
        return tuple(names)


class TfidfSpec(SpaceSpec):
    """TF-IDF of titles; with ``svd`` reduced to ``dim`` numbers."""

    kind: Literal["tfidf"]
    svd: bool = False
    min_titles: PositiveInt = 2
    most_words: PositiveInt = 20_000


class Word2VecSpec(SpaceSpec):
    """word2vec: vectors of products from their neighbours in sessions, or of words from titles."""

    kind: Literal["word2vec"]
    over: Literal["sessions", "titles"]
    window: PositiveInt = 4
    epochs: PositiveInt = 5
    min_count: PositiveInt = 3


class PcaSpec(SpaceSpec):
    """The encoder's vectors of products, reduced."""

    kind: Literal["pca"]


FeatureSpec: TypeAlias = Annotated[
    LookBackSpec | ScaleSpec | CrossSpec | TargetSpec | TfidfSpec | Word2VecSpec | PcaSpec,
    Field(discriminator="kind"),
]
KINDS = ("look_back", "scale", "cross", "target", "tfidf", "word2vec", "pca")


class SelectSpec(BaseModel):
    """Feature selection: which columns the models read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: SelectionMethod
    keep: PositiveInt
