"""``features.yaml``: features added to the default ones, one spec a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from baihuo.core import BadInput, YamlProblem, close_match, parse_yaml
from baihuo.features.spec.declare import EventKind, FeatureSet, Lookback, Value
from baihuo.features.spec.default import default_features

DEFAULT_TEXT: Final = """\
# features.yaml: inputs of the click models added to the default features, one line a feature.
# `baihuo features report` says what each line adds on this shop's own newest days, with an interval; keep those
# whose interval is above zero. Everything is learned from the training window alone and kept in the bundle.
version: 1
features: []
  # Take out the # of what you want, and the [] above.
  #
  # Decayed counts of the past, one column a half-life (or windows_days: [7, 28] for plain counts).
  # - {name: clicks, kind: look_back, entity: [product], events: [click], half_lives_days: [1, 7, 28]}
  # - {name: category_clicks, kind: look_back, entity: [visitor, category], events: [click], half_lives_days: [1, 28]}
  # Scaling: an extra column for each of those named. Trees do not need it; networks may.
  # - {name: standard, kind: scale, of: [price_log, age_days, product_clicks_28d], method: standard}
  # - {name: min_max, kind: scale, of: [price_log, age_days, product_clicks_28d], method: min_max}
  # - {name: uniform, kind: scale, of: [price_log, age_days, product_clicks_28d], method: quantile_uniform}
  # - {name: normal, kind: scale, of: [price_log, age_days, product_clicks_28d], method: quantile_normal}
  # - {name: log, kind: scale, of: [product_clicks_28d, visitor_clicks_28d, query_impressions_28d], method: log}
  #
  # Crosses, hashed: a column a bucket (one_hot) or the number of the bucket (bucket).
  # - {name: where, kind: cross, of: [surface, category], buckets: 32, gives: one_hot}
  # - {name: brand_band, kind: cross, of: [brand, price_band], buckets: 256, gives: bucket}
  #
  # How often rows like this one were clicked, shrunk to the mean as if by `strength` rows; with `steepness` by
  # Micci-Barreca's sigmoid. A training row sees only labels known before it.
  # - {name: ctr_product, kind: target, of: [product], strength: 20}
  # - {name: ctr_query_category, kind: target, of: [query, category], strength: 20}
  # - {name: ctr_surface_brand, kind: target, of: [surface, brand], strength: 20, steepness: 10}
  #
  # Words of titles. Similarity of a product to the typed words (query), to what the visitor clicked (taste), to their
  # last click (last), to the product looked at (anchor); with svd reduced to dim numbers (components).
  # - {name: words, kind: tfidf, gives: [query, taste, last, anchor]}
  # - {name: topics, kind: tfidf, svd: true, dim: 16, gives: [query, taste, anchor]}
  # - {name: topic, kind: tfidf, svd: true, dim: 16, gives: [components]}
  #
  # word2vec over sessions (products seen together) or over titles (words that occur together).
  # - {name: together, kind: word2vec, over: sessions, dim: 32, gives: [taste, last, anchor]}
  # - {name: wording, kind: word2vec, over: titles, dim: 32, gives: [query, taste, anchor]}
  #
  # The encoder's vectors, reduced.
  # - {name: meaning, kind: pca, dim: 16, gives: [components]}
#
# Feature selection: only the best columns, by l1, mutual_information or permutation.
# select: {by: mutual_information, keep: 60}
"""
"""Printed by ``baihuo features file``: a features file to start from."""


def example_features() -> FeaturesFile:
    """Return the default file with all examples enabled: a report tries these if a shop declares nothing."""
    return parse_features(
        DEFAULT_TEXT.replace("  # - {", "  - {").replace("features: []", "features:")
    )


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
    events: tuple[EventKind, ...]
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
SelectionMethod: TypeAlias = Literal["l1", "mutual_information", "permutation"]
"""How columns are selected."""


class SelectSpec(BaseModel):
    """Feature selection: which columns the models read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: SelectionMethod
    keep: PositiveInt


class FeaturesFile(BaseModel):
    """``features.yaml``, read and checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    features: tuple[FeatureSpec, ...] = ()
    select: SelectSpec | None = None

    @property
    def look_back_specs(self) -> tuple[LookBackSpec, ...]:
        return tuple(one for one in self.features if isinstance(one, LookBackSpec))

    @property
    def transforms(self) -> tuple[FeatureSpec, ...]:
        """All fitted specs: those other than lookbacks."""
        return tuple(one for one in self.features if not isinstance(one, LookBackSpec))

    def feature_set(self) -> FeatureSet:
        """The default features with the lookbacks of this file."""
        return default_features().with_features(
            *(one for line in self.look_back_specs for one in line.lookbacks())
        )


def read_features_file(path: Path | None, *, known: Sequence[str] = ()) -> FeaturesFile:
    """Read the file; a missing one is empty.

    Args:
        known: Columns that lines may read, with those of earlier lines.

    Raises:
        BadInput: names the wrong line and field, with a suggestion.
    """
    if path is None or not path.exists():
        return FeaturesFile()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8: {error}", fix="save it as UTF-8") from error
    return parse_features(text, where=str(path), known=known)


def parse_features(
    text: str, *, where: str = "features.yaml", known: Sequence[str] = ()
) -> FeaturesFile:
    """Parse a features file from text."""
    try:
        file = parse_yaml(text, FeaturesFile)
    except YamlProblem as problem:
        raise _explained(problem, text).as_bad_input(where) from problem
    _check(file, where, known)
    return file


def _check(file: FeaturesFile, where: str, known: Sequence[str]) -> None:
    columns_before = {*known, *(c for one in file.look_back_specs for c in one.columns())}
    names: set[str] = set()
    for one in file.features:
        columns = one.columns()
        if one.name in names or (not isinstance(one, LookBackSpec) and columns_before & {*columns}):
            raise BadInput(
                f"{where}: {one.name!r} makes a column that exists already", fix="rename it"
            )
        names.add(one.name)
        if isinstance(one, ScaleSpec) and known:
            for column in one.of:
                if column not in columns_before:
                    raise BadInput(
                        f"{where}: {one.name!r} is of {column!r}, which no line before it makes",
                        fix=close_match(column, sorted(columns_before))
                        or "list columns: baihuo features columns",
                    )
        if isinstance(one, PcaSpec) or (isinstance(one, Word2VecSpec) and one.over == "sessions"):
            _refuse_query_comparison(one, where)
        columns_before.update(columns)
    file.feature_set()  # a wrong lookback raises its own error


def _refuse_query_comparison(one: SpaceSpec, where: str) -> None:
    if "query" in one.gives:
        raise BadInput(
            f"{where}: {one.name!r} has no word vectors to compare a query with",
            fix="give it taste, last, anchor or components; compare queries by tfidf",
        )


def _explained(problem: YamlProblem, text: str) -> YamlProblem:
    """Return the problem with the feature's name and a suggestion."""
    path = tuple(part for part in problem.path if part not in KINDS)
    if path[:1] == ("features",) and len(path) > 1:
        spec = yaml.safe_load(text)["features"][path[1]]
        name = spec.get("name") if isinstance(spec, dict) else None
        path = (*((name,) if name else path[:2]), *path[2:])
    fix = "correct it; `baihuo features file` prints one with every kind"
    if problem.kind == "extra_forbidden":
        fix = close_match(str(path[-1]), {n for kind in _MODELS for n in kind.model_fields}) or fix
    elif problem.kind in ("union_tag_invalid", "union_tag_not_found"):
        path = (*path, "kind")
        kind = problem.value.get("kind", "") if isinstance(problem.value, dict) else problem.value
        fix = close_match(str(kind), KINDS) or f"kinds are {', '.join(KINDS)}"
    elif problem.kind == "literal_error":
        known = re.findall(r"'([^']+)'", problem.what)
        fix = close_match(str(problem.value), known) or fix
    elif not problem.kind:
        fix = problem.fix
    problem.path, problem.fix = path, fix
    return problem


_MODELS: tuple[type[BaseModel], ...] = (
    LookBackSpec,
    ScaleSpec,
    CrossSpec,
    TargetSpec,
    TfidfSpec,
    Word2VecSpec,
    PcaSpec,
    SelectSpec,
    FeaturesFile,
)


# The specs of a features file, and the columns that each makes.

KINDS = ("look_back", "scale", "cross", "target", "tfidf", "word2vec", "pca")
