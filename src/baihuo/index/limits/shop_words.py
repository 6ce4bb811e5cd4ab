"""The shop's own words for its values and units, as far as queries are read by them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from baihuo.core import BrokenFile, fold

_LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class ShopWords:
    """Names of stored values in both languages, and units of attributes whose values are numbers."""

    names: dict[str, list[str]] = field(default_factory=dict)  # stored value → names, folded
    units: dict[str, str] = field(default_factory=dict)  # attribute → unit, as in "kg"


def read_shop_words(folder: Path | None) -> ShopWords:
    """The words of ``SHOP/words/<language>.json``; none where there is no such file.

    Raises:
        BrokenFile: a file is not an object of objects of texts.
    """
    names: dict[str, list[str]] = {}
    units: dict[str, str] = {}
    for path in [] if folder is None else [folder / f"{code}.json" for code in _LANGUAGES]:
        if not path.exists():
            continue
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
            for stored, shown in content.get("values", {}).items():
                name = fold(str(shown))
                if name and name not in names.setdefault(str(stored), []):
                    names[str(stored)].append(name)
            for attribute, unit in content.get("units", {}).items():
                units.setdefault(str(attribute), str(unit))
        except (ValueError, AttributeError) as error:
            raise BrokenFile(
                f"{path} is not a file of translations: {error}",
                fix='write {"values": {"Red": "红色"}, "units": {"Weight": "kg"}}',
            ) from error
    return ShopWords(names, units)
