"""The search space: checked against the settings it searches, and given to Optuna."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import ValidationError

from baihuo.core import BadInput, close_match
from baihuo.models import kinds_named, settings_read
from baihuo.train.tables.settings import DeepSettings
from baihuo.train.tuning.settings import Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value: TypeAlias = float | int | str | bool
"""As Optuna stores it; lists are their JSON."""

_FIXED = {
    "loss": "it changes what the measure means",
    "by_rows": "what is searched is no longer chosen by it",
    "min_count": "it changes how the table is read",
    "hash_size": "it changes how the table is read",
    "number_bins": "it changes how the table is read",
    "precision": "it changes the time, hardly the result",
    "compile": "it changes the time, not the result",
    "device": "it changes the time, not the result",
    "threads": "it changes the time, not the result",
    "checkpoint_steps": "it does not change the result",
    "tensorboard": "it does not change the result",
    "projector": "it does not change the result",
    "seed": "the best of several seeds is chance",
}
_OF_THE_NETWORK = frozenset(
    (
        *("layers", "cross_layers", "embedding_size", "dropout"),
        *("attention_blocks", "attention_heads"),
    )
)
_COMMON = {
    "learning_rate": Range(low=1e-4, high=1e-1, log=True),
    "batch_rows": Range(choices=(512, 2048, 4096, 16384)),
    "epochs": Range(low=1, high=3),
    "l2": Range(choices=(0.0, 1e-7, 1e-6, 1e-5, 1e-4)),
}
_BY_SETTING = {
    "embedding_size": Range(choices=(8, 16, 32)),
    "layers": Range(choices=((64,), (128, 64), (256, 128), (400, 400, 400))),
    "dropout": Range(low=0.0, high=0.5),
    "cross_layers": Range(low=1, high=4),
    "attention_blocks": Range(low=1, high=2),
    "attention_heads": Range(choices=(1, 2, 4)),
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One setting that is searched, checked."""

    name: str
    distribution: BaseDistribution

    def nearest(self, value: Any) -> Value:
        """What the space has for a value of the settings: the value, or the end next to it, or the first choice."""
        from optuna.distributions import CategoricalDistribution

        found = self.distribution
        if isinstance(found, CategoricalDistribution):
            coded = _coded(value)
            return coded if coded in found.choices else found.choices[0]
        return type(found.low)(min(max(value, found.low), found.high))

    def all_values(self) -> tuple[Value, ...] | None:
        """Every value, or None where they cannot be counted."""
        from optuna.distributions import CategoricalDistribution, IntDistribution

        found = self.distribution
        if isinstance(found, CategoricalDistribution):
            return tuple(found.choices)
        if isinstance(found, IntDistribution):
            return tuple(range(found.low, found.high + 1))
        return None


class Space:
    """The settings that are searched, around those that stay."""

    def __init__(self, ranges: Mapping[str, Range], base: DeepSettings) -> None:
        """Check the ranges; without any, take those for the model.

        Raises:
            BadInput: an unknown setting, one that cannot be searched or that the model does not read, one value
                alone, ``low`` above ``high``, or a value that the setting does not allow.
        """
        self._base = base
        ranges = ranges or default_ranges(base.model)
        models: tuple[str, ...] = (base.model,)
        if (found := ranges.get("model")) is not None and found.choices:
            models = tuple(str(c) for c in found.choices if _is_model(str(c))) or models
        self.dimensions = tuple(
            Dimension(name, _distribution(name, given, base, models))
            for name, given in ranges.items()
        )

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """By setting."""
        return {d.name: d.distribution for d in self.dimensions}

    def base_values(self) -> tuple[dict[str, Value], list[str]]:
        """The settings of before, as near as the space has them, and which of them it does not have."""
        values = {d.name: d.nearest(getattr(self._base, d.name)) for d in self.dimensions}
        moved = [n for n, v in values.items() if v != _coded(getattr(self._base, n))]
        return values, moved

    def settings(self, values: Mapping[str, Value]) -> DeepSettings:
        """The settings of a trial."""
        changed = {name: decoded(value) for name, value in values.items()}
        return _with(self._base, changed)

    def combinations(self, most: int) -> list[dict[str, Value]] | None:
        """All of them; None where there are more than ``most``."""
        values = [d.all_values() for d in self.dimensions]
        counted = [v for v in values if v is not None]
        if len(counted) < len(values) or math.prod(len(v) for v in counted) > most:
            return None
        names = [d.name for d in self.dimensions]
        return [dict(zip(names, chosen, strict=True)) for chosen in product(*counted)]

    def highest(self, name: str, default: int) -> int:
        """The largest value of a whole number; ``default`` where it is not searched."""
        values = [d.all_values() or () for d in self.dimensions if d.name == name]
        return max([int(v) for found in values for v in found], default=default)

    def to_json(self) -> dict[str, str]:
        """To compare with that of an earlier run."""
        return {d.name: repr(d.distribution) for d in self.dimensions}


def default_ranges(model: str) -> dict[str, Range]:
    """What is searched where nobody says it: the settings that the model reads."""
    read = settings_read(model)
    return {**_COMMON, **{name: _BY_SETTING[name] for name in _BY_SETTING if name in read}}


def decoded(value: Value) -> Any:
    """A stored value as a setting: a list is stored as its JSON."""
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value


def _is_model(name: str) -> bool:
    try:
        return bool(kinds_named(name))
    except ValueError:
        return False


def _coded(value: Any) -> Value:
    return json.dumps(list(value)) if isinstance(value, tuple | list) else value


def _distribution(
    name: str, given: Range, base: DeepSettings, models: Iterable[str]
) -> BaseDistribution:
    where = f"tune.space.{name}"
    if name not in DeepSettings.model_fields:
        near = close_match(name, DeepSettings.model_fields)
        names = ", ".join(n for n in DeepSettings.model_fields if n not in _FIXED)
        raise BadInput(f"{where}: there is no such setting", fix=near or f"settings are {names}")
    if name in _FIXED:
        raise BadInput(
            f"{where} cannot be searched: {_FIXED[name]}",
            fix=f"take it out, and set it with --set {name}=VALUE",
        )
    if name in _OF_THE_NETWORK and not any(name in settings_read(m) for m in models):
        raise BadInput(
            f"{where}: {', '.join(models)} does not read it",
            fix="take it out, or use another model",
        )
    if given.choices is not None:
        return _choices(where, name, given, base)
    return _interval(where, name, given, base)


def _choices(where: str, name: str, given: Range, base: DeepSettings) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution

    if given.type not in (None, "choice") or given.log or (given.low, given.high) != (None, None):
        raise BadInput(
            f"{where} has choices and parts of a range", fix="give low and high, or choices"
        )
    assert given.choices is not None
    values = dict.fromkeys(
        _coded(_allowed(f"{where}.choices", name, c, base)) for c in given.choices
    )
    if len(values) < 2:
        raise _one_value(where, name, given.choices[0] if values else None)
    return CategoricalDistribution(tuple(values))


def _interval(where: str, name: str, given: Range, base: DeepSettings) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    current = getattr(base, name)
    if isinstance(current, str | tuple | bool) or given.type == "choice":
        raise BadInput(f"{where} needs choices", fix=f"{name}: {{choices: [A, B]}}")
    if given.low is None or given.high is None:
        missing = "low" if given.low is None else "high"
        raise BadInput(f"{where} has no {missing}", fix="give low and high, or choices")
    is_whole = isinstance(current, int)
    if given.type is not None and (given.type == "int") != is_whole:
        kind = "a whole number" if is_whole else "any number"
        raise BadInput(f"{where}: it is {kind}, not {given.type}", fix="leave type out")
    if given.low > given.high:
        raise BadInput(
            f"{where}: low {given.low:g} is above high {given.high:g}", fix="exchange them"
        )
    low = _allowed(f"{where}.low", name, given.low, base)
    high = _allowed(f"{where}.high", name, given.high, base)
    if low == high:
        raise _one_value(where, name, low)
    if given.log and low <= 0:
        raise BadInput(f"{where}: log needs low above 0", fix="raise low, or leave log out")
    if is_whole:
        return IntDistribution(low, high, log=given.log)
    return FloatDistribution(low, high, log=given.log)


def _allowed(where: str, name: str, value: Any, base: DeepSettings) -> Any:
    """The value as the setting has it.

    Raises:
        BadInput: the setting does not allow it.
    """
    try:
        return getattr(_with(base, {name: value}), name)
    except ValidationError as error:
        what = error.errors()[0]["msg"]
        description = (DeepSettings.model_fields[name].description or "").replace("`", "")
        raise BadInput(f"{where}: {what} (got {value!r})", fix=description) from error


def _one_value(where: str, name: str, value: Any) -> BadInput:
    if value is None:
        return BadInput(f"{where} has no value", fix="give low and high, or choices")
    return BadInput(
        f"{where} has one value, {value}: there is nothing to search",
        fix=f"give more, or take it out and set it with --set {name}={value}",
    )


def _with(base: DeepSettings, changed: Mapping[str, Any]) -> DeepSettings:
    return DeepSettings.model_validate({**base.model_dump(), **changed})
