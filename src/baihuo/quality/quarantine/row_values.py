"""The values of a row in quarantine, as an import reads them."""

from __future__ import annotations

import json
from typing import Any

from baihuo.core import CATEGORY_SEPARATOR
from baihuo.quality.quarantine.quarantined import IMPORT, QuarantinedRow

_JSON_FIELDS = ("attributes", "variants")
_LISTS = ("codes", "images")


def values_of(row: QuarantinedRow) -> dict[str, Any]:
    """The values that an import reads back as the same: category paths and lists written out."""
    values = dict(row.values)
    if row.step == IMPORT:
        return values
    if values.get("category"):
        path = values["category"].split(CATEGORY_SEPARATOR)
        values["category"] = json.dumps(path, ensure_ascii=False)
    for name in _JSON_FIELDS:
        if values.get(name):
            values[name] = _parsed(values[name])
    for name in _LISTS:
        if name in values:
            values[name] = list(values[name])
    return values


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
