"""Chinese titles with attributes, and the words that shoppers could ask for by them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LEAST_TITLES = 20  # of a word that is asked for
WHO = {"女": "女士", "男": "男士", "童": "儿童"}  # character in the title → what is typed
_COLOUR = re.compile(r"[黑白红橙黄绿青蓝紫粉灰棕褐驼米杏咖]色")
_THING = re.compile(r".+[衣裤裙鞋靴衫服帽包套袄裘膜壳机灯杯锅椅桌床被枕车]")
_NO_THING = re.compile(r".*(?:套头|衣服|服装|裤子|鞋子)")
_LOOSE_END = re.compile(r"(?<=..)[型款]$")  # nobody types the last character of 宽松型


@dataclass(frozen=True, slots=True)
class Title:
    """A product: its title and its attributes."""

    product_id: str
    title: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The title and the values, as plain search engines index it."""
        return " ".join((self.title, *self.attributes.values()))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that at least :data:`LEAST_TITLES` titles have, by what they say of a product."""

    kinds: tuple[str, ...]
    colours: tuple[str, ...]
    others: tuple[str, ...]  # values of attributes, or frequent words where there are none


def read_titles(path: Path) -> list[Title]:
    """Titles of a file, each once: JSON lines with ``title`` and ``attributes``, or one title a line."""
    found: dict[str, Title] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line) if line.startswith("{") else {}
            title = row.get("title", line.strip())
            if title and title not in found:
                found[title] = Title(f"t{len(found)}", title, row.get("attributes") or {})
    return list(found.values())


def vocabulary(titles: Sequence[Title], cut: Callable[[str], Iterable[str]]) -> Vocabulary:
    """What can be asked for, by rules.

    Args:
        titles: of the catalogue.
        cut: a text → its words.
    """
    words = Counter(w for t in titles for w in set(cut(t.title)) if len(w) > 1)
    colours = Counter(c for t in titles for c in set(_COLOUR.findall(t.title)))
    values = Counter(_LOOSE_END.sub("", v) for t in titles for v in set(t.attributes.values()))

    def common(counts: Counter[str]) -> list[str]:
        return sorted(w for w, n in counts.items() if n >= LEAST_TITLES)

    kinds = [
        w
        for w in common(words)
        if _THING.fullmatch(w)
        and not _NO_THING.fullmatch(w)
        and not any(w in value for value in values)  # 衬衫 says little where 衬衫领 is a collar
    ]
    others = common(values) if values else common(words)
    known = {*kinds, *colours}
    return Vocabulary(
        tuple(kinds), tuple(common(colours)), tuple(o for o in others if o not in known)
    )
