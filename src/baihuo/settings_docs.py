"""The page of ``baihuo docs settings``: name, type, default, meaning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from baihuo.settings import Settings

_HEAD = """# The settings of a shop: `shop.yaml`

`shop.yaml` is in the shop's folder (`--shop`, else `$BAIHUO_SHOP`, else `./shop`). Every setting has a default, so an empty file or none is a
working shop. An unknown name or a value out of range is an error that names the line. The thresholds of the checks are in
`quality.yaml` beside it (`baihuo check --default-rules`), and more features of the click models in `features.yaml`
([features](features.md)).
"""
_EXAMPLE: dict[str, Any] = {
    "name": "Lamps and more",
    "currency": "EUR",
    "languages": ["en"],
    "engine": {"memory_mb": 4096},
    "serve": {"port": 8080, "workers": 2},
    "gate": {"lowest_lift": -0.05},
}


def settings_page() -> str:
    """The whole page."""
    Settings.model_validate(_EXAMPLE)  # the example must be valid
    example = yaml.safe_dump(_EXAMPLE, sort_keys=False, allow_unicode=True)
    return (
        "\n".join([_HEAD, "```yaml", example.rstrip(), "```", "", *_section("", Settings)]) + "\n"
    )


def _section(prefix: str, section: type[BaseModel]) -> Iterator[str]:
    """A table of the settings of one section, then its subsections."""
    subsections: list[tuple[str, type[BaseModel]]] = []
    if prefix:
        text = " ".join((section.__doc__ or "").split()).replace("``", "`")
        yield from (f"## {prefix}", "", text, "")
    rows = []
    for name, field in section.model_fields.items():
        full = f"{prefix}.{name}" if prefix else name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            subsections.append((full, field.annotation))
            continue
        default = f"`{shown(field.default)}`" if field.default is not None else "unset"
        rows.append(f"| `{full}` | {kind_of(field)} | {default} | {field.description or ''} |")
    if rows:
        head = ("| setting | type | default | meaning |", "| --- | --- | --- | --- |")
        yield from (*head, *rows, "")
    for full, subsection in subsections:
        yield from _section(full, subsection)


def kind_of(field: FieldInfo) -> str:
    """What a setting may be, in words: ``number, from 0, below 1``."""
    limits = {
        "Ge": ("ge", "from {}"),
        "Gt": ("gt", "above {}"),
        "Le": ("le", "up to {}"),
        "Lt": ("lt", "below {}"),
    }
    parts = []
    for rule in field.metadata:
        name, template = limits.get(type(rule).__name__, ("", ""))
        if name:
            parts.append(template.format(getattr(rule, name)))
    return ", ".join([_named(field.annotation), *parts])


def _named(annotation: Any) -> str:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        kinds = [_named(a) for a in inside if a is not NoneType]
        return " or ".join(kinds) + (", or unset" if NoneType in inside else "")
    if origin is Literal:
        return " or ".join(f"`{a}`" for a in inside)
    if origin is dict:
        return "names, each with its values"
    if origin is tuple:
        return f"list of {_named(inside[0])}"
    if inside and hasattr(annotation, "__metadata__"):  # PositiveInt and similar types
        above = any(type(rule).__name__ == "Gt" for rule in annotation.__metadata__)
        return _named(inside[0]) + (" above 0" if above else "")
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
    return names[annotation]


def shown(default: object) -> str:
    """A default as YAML on one line."""
    value = list(default) if isinstance(default, tuple) else default
    text = yaml.safe_dump(value, default_flow_style=True, width=200)
    return text.removesuffix("\n...\n").strip()
