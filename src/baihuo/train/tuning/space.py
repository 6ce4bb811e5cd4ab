"""The search space of any settings: ranges checked against the class whose fields they are, drawn by Optuna."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from baihuo.core import BadInput, close_match
from baihuo.train.tuning.settings import Range

if TYPE_CHECKING:
    from optuna.trial import Trial

Value: TypeAlias = float | int | str | bool
"""As Optuna stores it; lists are their JSON."""
Settings = TypeVar("Settings")
"""A class of pydantic, or a dataclass."""


@dataclass(frozen=True, slots=True)
class Space(Generic[Settings]):
    """The settings that are searched, around ``base``, whose other settings stay."""

    base: Settings
    ranges: Mapping[str, Range]

    @classmethod
    def checked(
        cls,
        base: Settings,
        ranges: Mapping[str, Range],
        fixed: Mapping[str, str],
        *,
        set_with: str = "--set {name}=VALUE",
    ) -> Space[Settings]:
        """A space of ranges that a person gave.

        Args:
            fixed: Settings that cannot be searched, and why.
            set_with: What sets these.

        Raises:
            BadInput: an unknown or fixed setting, or a value that the setting does not allow.
        """
        fields = as_dict(base)
        for name, given in ranges.items():
            where = f"tune.space.{name}"
            if name not in fields:
                near = close_match(name, fields)
                names = ", ".join(n for n in fields if n not in fixed)
                raise BadInput(
                    f"{where}: there is no such setting", fix=near or f"settings are {names}"
                )
            if name in fixed:
                raise BadInput(
                    f"{where} cannot be searched: {fixed[name]}",
                    fix=f"take it out, and set it with {set_with.format(name=name)}",
                )
            if given.choices is None and not _is_number(getattr(base, name)):
                raise BadInput(f"{where} needs choices", fix=f"{name}: {{choices: [A, B]}}")
            for value in given.choices or (given.low, given.high):
                try:
                    cls(base, {}).settings({name: _coded(value)})
                except ValidationError as error:
                    known = getattr(type(base), "model_fields", {})
                    meaning = (known[name].description or "" if known else "").replace("`", "")
                    raise BadInput(
                        f"{where}: {error.errors()[0]['msg']} (got {value!r})",
                        fix=meaning or "correct the value",
                    ) from error
        return cls(base, ranges)

    def drawn(self, trial: Trial) -> Settings:
        """The settings of a trial."""
        return self.settings({name: self._suggested(trial, name) for name in self.ranges})

    def settings(self, values: Mapping[str, Value]) -> Settings:
        """The settings with these values, as Optuna stores them."""
        changed = {name: decoded(value) for name, value in values.items()}
        return TypeAdapter(type(self.base)).validate_python({**as_dict(self.base), **changed})

    def start(self) -> tuple[dict[str, Value], list[str]]:
        """The settings of ``base``, as near as the space has them, and which of them it does not have."""
        values, moved = {}, []
        for name, given in self.ranges.items():
            value = _coded(getattr(self.base, name))
            if given.choices is not None:
                choices = [_coded(choice) for choice in given.choices]
                near = value if value in choices else choices[0]
            else:
                near = type(value)(min(max(value, given.low), given.high))
            values[name] = near
            if near != value:
                moved.append(name)
        return values, moved

    @property
    def n_combinations(self) -> float:
        """How many settings it has; infinite with a range of fractions."""
        return math.prod(
            len(r.choices)
            if r.choices is not None
            else int(r.high or 0) - int(r.low or 0) + 1
            if isinstance(getattr(self.base, name), int)
            else math.inf
            for name, r in self.ranges.items()
        )

    def highest(self, name: str) -> int:
        """The largest value of a whole number, searched or not."""
        given = self.ranges.get(name)
        return int(
            getattr(self.base, name) if given is None else given.high or max(given.choices or (0,))
        )

    def to_json(self) -> dict[str, Any]:
        """To compare with that of an earlier run."""
        return {n: r.model_dump(mode="json", exclude_defaults=True) for n, r in self.ranges.items()}

    def _suggested(self, trial: Trial, name: str) -> Value:
        given = self.ranges[name]
        if given.choices is not None:
            return trial.suggest_categorical(name, [_coded(c) for c in given.choices])
        assert given.low is not None
        assert given.high is not None
        if isinstance(getattr(self.base, name), int):
            return trial.suggest_int(name, int(given.low), int(given.high), log=given.log)
        return trial.suggest_float(name, given.low, given.high, log=given.log)


def as_dict(settings: Any) -> dict[str, Any]:
    """Settings by name."""
    return settings.model_dump() if isinstance(settings, BaseModel) else asdict(settings)


def decoded(value: Value) -> Any:
    """A stored value as a setting: a list is stored as its JSON."""
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value


def _coded(value: Any) -> Any:
    return json.dumps(list(value)) if isinstance(value, tuple | list) else value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
