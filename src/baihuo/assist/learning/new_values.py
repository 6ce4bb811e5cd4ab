"""Other values at the entities of messages: what stands around them is to be learned, not the few values of the examples."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from baihuo.assist.learning.typos import respanned
from baihuo.assist.learning.utterance_rows import Utterance
from baihuo.assist.understand.spans import place_names
from baihuo.core import has_han

_MADE_UP = 0.3  # share of values that are no word at all
_CONSONANTS, _VOWELS, _ENDS = "bcdfghjklmnprstvwz", "aeiou", ["", "n", "r", "s", "l", "x", "t"]
_PARTS_OF = {  # what a kind's name has in it → the list
    "country": ("country", "nation", "国家"),
    "city": ("city", "town", "destination", "place", "城市", "地点"),
    "person": ("person", "name", "customer", "recipient", "姓名", "收件人"),
    "colour": ("colour", "color", "颜色"),
    "product": ("product", "item", "goods", "商品", "产品"),
}


@dataclass(frozen=True)
class NewValues:
    """Draws values. ``lists`` are those of ``new_values.yaml``."""

    lists: Mapping[str, Sequence[str]]
    seed_of: random.Random

    def swapped(self, utterance: Utterance) -> Utterance:
        """A copy with another value at each entity; the text around them stays."""
        old = [utterance.text[m.start : m.end] for m in utterance.marked]
        new = [
            self.value(mark.kind, value) for mark, value in zip(utterance.marked, old, strict=True)
        ]
        text, marked = respanned(utterance.text, utterance.marked, new)
        return Utterance(text, utterance.intent, tuple(marked))

    def value(self, kind: str, old: str) -> str:
        """A value of the same kind, written like the old one: a number like a number, small letters as small letters."""
        if sum(c.isdigit() for c in old) * 2 >= len(old) or any(c.isdigit() for c in old[-2:]):
            return self._number(kind, old)
        value = self._word(self._list_of(kind), has_han(old))
        if old.islower() and self.seed_of.random() < 0.9:
            return value.lower()
        if old[:1].isupper() and value[:1].islower():
            return value.title() if not old.isupper() or len(old) < 2 else value.upper()
        return value

    def _list_of(self, kind: str) -> str:
        low = kind.lower()
        return next((k for k, parts in _PARTS_OF.items() if any(p in low for p in parts)), "word")

    def _word(self, name: str, is_chinese: bool) -> str:
        draw = self.seed_of
        if is_chinese:
            of = {"person": "name_zh"}.get(name, f"{name}_zh")
            return draw.choice(self.lists[of])
        if name == "country":
            return draw.choice(place_names("country"))
        is_made_up = draw.random() < _MADE_UP
        if name == "person":
            first = self._made_up() if is_made_up else draw.choice(self.lists["first_name"])
            last = self._made_up() if is_made_up else draw.choice(self.lists["surname"])
            form = draw.random()
            if form < 0.45:
                return f"{draw.choice(self.lists['title'])} {last}"
            return f"{first} {last}" if form < 0.95 else first
        if is_made_up:
            return self._made_up()
        if name == "city":
            return draw.choice(place_names("city"))
        value = draw.choice(self.lists[name])
        if name == "word" and draw.random() < 0.1:
            value = f"{value} {draw.choice(self.lists['word'])}"
        return value

    def _made_up(self) -> str:
        draw = self.seed_of
        syllables = (
            draw.choice(_CONSONANTS) + draw.choice(_VOWELS) + draw.choice(_ENDS)
            for _ in range(draw.choice((2, 2, 3)))
        )
        return "".join(syllables).title()

    def _number(self, kind: str, old: str) -> str:
        """Digits drawn again, mostly with as many; sometimes in another form that numbers of the kind have."""
        draw = self.seed_of
        if any(word in kind.lower() for word in ("amount", "price", "money", "金额")):
            n = draw.choice((draw.randrange(1, 100), draw.randrange(100, 10_000)))
            return draw.choice((f"{n}", f"{n}", f"{n}.{draw.randrange(100):02}", f"{n:,}"))
        length = draw.choice((0, 0, 0, 1, -1, 2, -2, 3))
        digits = [str(draw.randrange(10)) if c.isdigit() else c for c in old]
        if length < 0 and len(digits) + length >= 4 and all(c.isdigit() for c in digits[length:]):
            digits = digits[:length]
        made = "".join(digits) + "".join(str(draw.randrange(10)) for _ in range(length))
        form = draw.random()
        if form < 0.12:
            letters = "".join(
                draw.choice("ABCDEFGHKLMNPRSTWXYZ") for _ in range(draw.choice((1, 2, 3)))
            )
            hash_mark, rest = ("#", made[1:]) if made.startswith("#") else ("", made)
            return f"{hash_mark}{letters}{draw.choice(('', '', '-'))}{rest}"
        if form < 0.18 and len(made) > 6:
            return f"{made[:3]}-{made[3:]}"
        return made


@cache
def value_lists() -> Mapping[str, Sequence[str]]:
    """The lists of ``new_values.yaml``."""
    file = Path(__file__).with_name("new_values.yaml")
    lists: Mapping[str, Sequence[str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return lists
