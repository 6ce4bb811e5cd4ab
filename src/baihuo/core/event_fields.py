"""Types of event fields, and the field list from which columns, imports and the API are derived."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, TypeAlias, get_args, get_type_hints

ValueType: TypeAlias = Literal[
    "id",
    "text",  # free text
    "label",  # a short text from a small set of values
    "event_type",
    "time",  # microseconds since 1970, UTC
    "integer",
    "int32",
    "number",
    "currency",  # ISO 4217
    "consent",  # granted, denied
]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The type of the values of a field, and limits of numbers."""

    type: ValueType
    minimum: float | None = None
    maximum: float | None = None
    is_minimum_excluded: bool = False


@dataclass(frozen=True, slots=True)
class EventField:
    """One field of events."""

    name: str
    spec: FieldSpec
    is_required: bool


def event_fields(event_class: type[Any]) -> tuple[EventField, ...]:
    """The fields of :class:`baihuo.core.Event`, or of a dataclass derived from it, in order.

    Columns of event files (``core.tables``), columns of imported files (``connect``) and the events of
    the API (``serve``) are derived from this list.

    Raises:
        TypeError: a field is not annotated with exactly one :class:`FieldSpec`.
    """
    hints = get_type_hints(event_class, include_extras=True)
    return tuple(
        EventField(
            field.name,
            _spec_of(field.name, hints[field.name]),
            is_required=field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(event_class)
    )


def _spec_of(name: str, hint: Any) -> FieldSpec:
    found = list(_specs_in(hint))
    if len(found) != 1:
        raise TypeError(
            f"the field {name} needs one FieldSpec, as in Annotated[str, FieldSpec('id')]"
        )
    return found[0]


def _specs_in(hint: Any) -> list[FieldSpec]:
    specs = [m for m in getattr(hint, "__metadata__", ()) if isinstance(m, FieldSpec)]
    return specs + [spec for argument in get_args(hint) for spec in _specs_in(argument)]
