"""Every model that can be learned, in the order in which they are fitted: a new one is a file, and its name here.

Files are imported on first use, and import training libraries (torch, scikit-learn) inside ``fit``: serving does not need them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter, ValidationError

from baihuo.core import BadInput, close_match
from baihuo.models.contract import Examples, Files, FitContext, Learns, Model, ModelSpec

FILES: tuple[str, ...] = (
    "click_trees",
    "click_network",
    "click_blend",
    "purchase_ranker",
    "topicality",
)
"""Modules of this room whose ``MODEL`` is a :class:`~baihuo.models.contract.ModelSpec`; a blend after its parts."""


@cache
def registered() -> Mapping[str, ModelSpec]:
    """Every model by name, in the order of fitting.

    Raises:
        ValueError: two files have the same name, or a blend precedes one of its parts.
    """
    specs: dict[str, ModelSpec] = {}
    for file in FILES:
        spec: ModelSpec = import_module(f"baihuo.models.{file}").MODEL
        if spec.name in specs:
            raise ValueError(f"{file}: another model is named {spec.name!r}")
        if not set(spec.made_of) <= specs.keys():
            raise ValueError(f"{file}: one of its parts is not registered before it")
        specs[spec.name] = spec
    return specs


def models_of(learns: Learns) -> tuple[ModelSpec, ...]:
    """The models that learn from the same examples, in the order of fitting."""
    return tuple(spec for spec in registered().values() if spec.learns == learns)


def with_parts(name: str) -> tuple[str, ...]:
    """Return a model after its parts."""
    parts = [inner for part in registered()[name].made_of for inner in with_parts(part)]
    return (*dict.fromkeys(parts), name)


def checked_settings(
    learns: Learns, settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Settings by model, as its dataclass has them.

    Raises:
        BadInput: no such model learns from such examples, or it has no such setting, or not such a value.
    """
    specs = {spec.name: spec for spec in models_of(learns)}
    found: dict[str, Mapping[str, Any]] = {}
    for name, values in settings.items():
        if name not in specs:
            can_be_set = (n for n, spec in specs.items() if spec.settings is not None)
            raise BadInput(
                f"no model of {learns} is named {name}", fix=f"one of {', '.join(can_be_set)}"
            )
        kind = specs[name].settings
        if kind is None:
            raise BadInput(f"the model {name} has no settings", fix="leave it out")
        known = [field.name for field in fields(kind)]
        if unknown := [key for key in values if key not in known]:
            near = close_match(unknown[0], known) or f"settings are {', '.join(known)}"
            raise BadInput(f"the model {name} has no setting {unknown[0]}", fix=near)
        try:
            checked = TypeAdapter(kind).validate_python(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise BadInput(
                f"the model {name}, {where}: {first['msg']}", fix="correct the value"
            ) from error
        found[name] = {key: getattr(checked, key) for key in values}
    return found


def fit_models(
    learns: Learns,
    train: Examples,
    validation: Examples | None,
    context: FitContext,
    *,
    settings: Mapping[str, Mapping[str, Any]],
    continued: Mapping[str, Files] | None = None,
) -> dict[str, Model]:
    """Fit every registered model for such examples, by name.

    Args:
        validation: Newer rows to stop on.
        context: Shared context; its curves are filled as ``name/curve``.
        settings: By model, changes of its defaults.
        continued: By model, the files to continue from; other models start from scratch.

    Raises:
        BadInput: settings for a model that does not learn from such examples, or unknown ones.
    """
    settings, fitted = checked_settings(learns, settings), dict[str, Model]()
    for spec in models_of(learns):
        curves: dict[str, list[float]] = {}
        own = replace(
            context,
            settings=settings.get(spec.name, {}),
            continued=(continued or {}).get(spec.name),
            parts={part: fitted[part] for part in spec.made_of},
            curves=curves,
        )
        fitted[spec.name] = spec.fit(train, validation, own)
        context.curves.update({f"{spec.name}/{name}": values for name, values in curves.items()})
    return fitted


def open_models(stored: Mapping[str, Files]) -> dict[str, Model]:
    """Models from their files, by name, in the order of the registry.

    Raises:
        BadInput: a model or its part is not registered or not stored.
    """
    specs = registered()
    wanted = {*stored, *(part for name in stored if name in specs for part in specs[name].made_of)}
    if lost := sorted(name for name in wanted if name not in specs or name not in stored):
        raise BadInput(
            f"models that this version cannot open: {', '.join(lost)}",
            fix="train again with this version: baihuo train",
        )
    models: dict[str, Model] = {}
    for spec in specs.values():
        if spec.name in stored:
            parts = {part: models[part] for part in spec.made_of}
            models[spec.name] = spec.open(stored[spec.name], parts)
    return models
