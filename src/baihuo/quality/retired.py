"""Names of checks and settings that earlier versions had: ``baihuo upgrade`` takes them out of a shop's ``quality.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from baihuo.core import load_yaml

_FILE = Path(__file__).with_suffix(".yaml")


class Retired(BaseModel):
    """What is not known any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checks: dict[str, str | None]
    """Earlier name → the check that may find such rows now; None: only the learned ones may."""
    settings: frozenset[str]
    """Settings, as ``section.name``."""


@cache
def retired() -> Retired:
    """Return the names that earlier versions had and this one has not."""
    return load_yaml(_FILE, Retired)


def retired_names(text: str) -> tuple[str, ...]:
    """Return the retired names that a ``quality.yaml`` uses, as in ``skip: same_review`` and ``traffic.hoard_products``."""
    return tuple(name for name, _ in _found(text))


def without_retired(text: str) -> str:
    """Return a ``quality.yaml`` without retired names; all other lines and comments stay as they are."""
    while found := next(_found(text), None):
        start, end, new = found[1]
        text = text[:start] + new + text[end:]
    return text


_Edit = tuple[int, int, str]
"""Characters from, to, and what is put into their place."""


def _found(text: str) -> Iterator[tuple[str, _Edit]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):  # whoever loads the file reports it
        return
    if not isinstance(root, yaml.MappingNode):
        return
    checks, settings = retired().checks, retired().settings
    for key, value in root.value:
        section = str(key.value)
        if section == "skip" and isinstance(value, yaml.SequenceNode):
            names = [str(node.value) for node in value.value]
            kept = [name for name in names if name not in checks]
            for name in names:
                if name in checks:
                    yield f"skip: {name}", _whole(value, f"[{', '.join(kept)}]")
        elif section == "notes" and isinstance(value, yaml.MappingNode):
            for limit, held in value.value:
                if isinstance(held, yaml.MappingNode):
                    yield from _entries(text, f"notes.{limit.value}", limit, held, set(checks))
        elif isinstance(value, yaml.MappingNode):
            names_of = {
                name.partition(".")[2] for name in settings if name.startswith(f"{section}.")
            }
            yield from _entries(text, section, key, value, names_of)


def _entries(
    text: str, of: str, key: yaml.Node, mapping: yaml.MappingNode, gone: set[str]
) -> Iterator[tuple[str, _Edit]]:
    """The entries of a section whose names are retired; a section of such entries alone goes whole."""
    left = [(k, v) for k, v in mapping.value if k.value not in gone]
    for name, value in mapping.value:
        if name.value not in gone:
            continue
        path = f"{of}.{name.value}"
        if not left:
            yield (
                path,
                _lines(text, key, mapping) if not mapping.flow_style else _whole(mapping, "{}"),
            )
        elif mapping.flow_style:
            pairs = (text[k.start_mark.index : v.end_mark.index] for k, v in left)
            yield path, _whole(mapping, f"{{{', '.join(pairs)}}}")
        else:
            yield path, _lines(text, name, value)


def _whole(node: yaml.Node, new: str) -> _Edit:
    return node.start_mark.index, _end(node), new


def _lines(text: str, key: yaml.Node, value: yaml.Node) -> _Edit:
    """The lines of an entry in block style."""
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    end = text.find("\n", _end(value))
    return start, len(text) if end < 0 else end + 1, ""


def _end(node: yaml.Node) -> int:
    """Where a node ends; in block style its mark is behind the comments that follow."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)
