"""``features.yaml``: lookbacks added to the default features, one spec a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from baihuo.core import BadInput, YamlProblem, close_match, parse_yaml
from baihuo.features.spec.declare import EventKind, FeatureSet, Lookback, Value
from baihuo.features.spec.default import default_features

DEFAULT_TEXT: Final = """\
# features.yaml: inputs of the click models added to the default features, one line a feature: counts or decayed sums of the
# past, a column a half-life or window. `baihuo features report` says what each line adds on this shop's own newest days, with
# an interval; keep those whose interval is above zero.
version: 1
features: []
  # Take out the # of what you want, and the [] above.
  # - {name: clicks, kind: look_back, entity: [product], events: [click], half_lives_days: [1, 7, 28]}
  # - {name: category_clicks, kind: look_back, entity: [visitor, category], events: [click], half_lives_days: [1, 28]}
  # - {name: reviews, kind: look_back, entity: [product], events: [review], windows_days: [90]}
"""
"""Printed by ``baihuo features file``: a features file to start from."""


def example_features() -> FeaturesFile:
    """Return the default file with all examples enabled: a report tries these if a shop declares nothing."""
    return parse_features(
        DEFAULT_TEXT.replace("  # - {", "  - {").replace("features: []", "features:")
    )


class LookBackSpec(BaseModel):
    """Counts of the past, a column for each window (see :class:`~baihuo.features.Lookback`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    kind: Literal["look_back"]
    entity: tuple[str, ...]
    events: tuple[EventKind, ...]
    half_lives_days: tuple[PositiveFloat, ...] = ()
    windows_days: tuple[PositiveInt, ...] = ()
    value: Value | None = None

    def columns(self) -> tuple[str, ...]:
        """Names of the columns it makes, in order."""
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


class FeaturesFile(BaseModel):
    """``features.yaml``, read and checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    features: tuple[LookBackSpec, ...] = ()

    def feature_set(self) -> FeatureSet:
        """The default features with the lookbacks of this file."""
        return default_features().with_features(
            *(one for line in self.features for one in line.lookbacks())
        )


def read_features_file(path: Path | None, *, known: Sequence[str] = ()) -> FeaturesFile:
    """Read the file; a missing one is empty.

    Args:
        known: Columns that exist without the file.

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
    names, columns_before = set[str](), {*known}
    for one in file.features:
        if one.name in names or columns_before & {*one.columns()}:
            raise BadInput(
                f"{where}: {one.name!r} makes a column that exists already", fix="rename it"
            )
        names.add(one.name)
        columns_before.update(one.columns())
    file.feature_set()  # a wrong lookback raises its own error


def _explained(problem: YamlProblem, text: str) -> YamlProblem:
    """Return the problem with the feature's name and a suggestion."""
    path = tuple(problem.path)
    if path[:1] == ("features",) and len(path) > 1:
        spec = yaml.safe_load(text)["features"][path[1]]
        name = spec.get("name") if isinstance(spec, dict) else None
        path = (*((name,) if name else path[:2]), *path[2:])
    fix = "correct it; `baihuo features file` prints examples"
    if problem.kind == "extra_forbidden":
        known = {*LookBackSpec.model_fields, *FeaturesFile.model_fields}
        fix = close_match(str(path[-1]), known) or fix
    elif problem.kind == "literal_error":
        choices = re.findall(r"'([^']+)'", problem.what)
        fix = close_match(str(problem.value), choices) or f"one of {', '.join(choices)}"
    elif not problem.kind:
        fix = problem.fix
    problem.path, problem.fix = path, fix
    return problem
