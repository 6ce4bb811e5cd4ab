"""Other values at the entities of messages: what stands around them is to be learned, not the few values of the examples."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from baihuo.assist.learning.typos import respanned
from baihuo.assist.learning.utterance_rows import Utterance
from baihuo.assist.understand.spans import place_names
from baihuo.core import has_han

_MADE_UP = 0.3  # share of values that are no word at all
_SEEN = 0.2  # share of values that stand in other messages
_HEX = re.compile(r"\d[a-f]+\d")
_HAS_MORE_ZH = re.compile("[栋室楼座区市]")
_CONSONANTS, _VOWELS, _ENDS = "bcdfghjklmnprstvwz", "aeiou", ["", "n", "r", "s", "l", "x", "t"]
_PARTS_OF = {  # what a kind's name has in it → the list
    "country": ("country", "nation", "国家"),
    "city": ("city", "town", "destination", "place", "城市", "地点"),
    "person": ("person", "name", "customer", "recipient", "姓名", "收件人"),
    "colour": ("colour", "color", "颜色"),
    "product": ("product", "item", "goods", "商品", "产品"),
    "size": ("size", "尺码", "尺寸"),
    "address": ("address", "street", "地址"),
}


@dataclass(frozen=True)
class NewValues:
    """Draws values. ``lists`` are those of ``new_values.yaml``; ``seen`` has the values of each kind in the messages."""

    lists: Mapping[str, Sequence[str]]
    seed_of: random.Random
    seen: Mapping[str, Sequence[str]] = field(default_factory=dict)

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
        name, others = self._list_of(kind), self._seen(kind, old)
        if others and self.seed_of.random() < _SEEN:
            return self.seed_of.choice(others)
        if name == "address":
            return self._address(old)
        if _is_number(old) and not (name == "size" and self.seed_of.random() < _MADE_UP):
            return self._number(kind, old)
        if name == "word" and not _is_name(old):
            # A whole sentence, or what no list is for: another that was seen.
            return self.seed_of.choice(others or [old])
        value = self._word(name, has_han(old))
        if old.islower() and self.seed_of.random() < 0.9:
            return value.lower()
        if old[:1].isupper() and value[:1].islower():
            return value.title() if not old.isupper() or len(old) < 2 else value.upper()
        return value

    def _seen(self, kind: str, old: str) -> list[str]:
        """Other values of the kind that were seen, written alike."""
        return [
            v
            for v in self.seen.get(kind, ())
            if has_han(v) == has_han(old) and v.islower() == old.islower()
        ]

    def _address(self, old: str) -> str:
        """A street and a number; a city, a building and a room only where the old one had more than these, too."""
        draw = self.seed_of
        number = draw.randrange(1, 400)
        if has_han(old):
            city, street = draw.choice(self.lists["city_zh"]), draw.choice(self.lists["street_zh"])
            if _HAS_MORE_ZH.search(old):
                room = f"{draw.randrange(1, 30)}栋{draw.randrange(100, 2000)}室"
                return f"{draw.choice((city, f'{city}市', ''))}{street}{number}号{room}"
            return f"{street}{number}号"
        street, city = draw.choice(self.lists["street"]), draw.choice(place_names("city"))
        if "," not in old:
            return f"{number} {street}"
        zip_code = "".join(str(draw.randrange(10)) for _ in range(5))
        end = draw.choice((city, f"{city} {zip_code}", f"{zip_code} {city}"))
        return f"{number} {street}, {end}"

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
        if name == "product" and is_made_up:
            model = f"{draw.choice('ABCDEFGHKLMNPRSTX')}{draw.randrange(10, 1000)}"
            return f"{self._made_up()} {draw.choice((self._made_up(), model, f'{self._made_up()} {model}'))}"
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
        if _HEX.search(old):
            # Of ids in base 16 only the first letter is always the same.
            return digits[0] + "".join(draw.choice("0123456789abcdef") for _ in digits[1:])
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


def _is_number(value: str) -> bool:
    n_digits = sum(c.isdigit() for c in value)
    return n_digits * 2 >= len(value) or (any(c.isdigit() for c in value[-2:]) and " " not in value)


def _is_name(value: str) -> bool:
    """Whether a value is short, as names of plans and colours are."""
    return len(value) <= 8 if has_han(value) else value.count(" ") <= 1


def values_for(utterances: Iterable[Utterance], draw: random.Random) -> NewValues:
    """Of the lists, and of the values that stand in the messages."""
    seen: dict[str, dict[str, None]] = defaultdict(dict)
    for utterance in utterances:
        for mark in utterance.marked:
            seen[mark.kind][utterance.text[mark.start : mark.end]] = None
    return NewValues(value_lists(), draw, {kind: [*of] for kind, of in seen.items()})


@cache
def value_lists() -> Mapping[str, Sequence[str]]:
    """The lists of ``new_values.yaml``."""
    file = Path(__file__).with_name("new_values.yaml")
    lists: Mapping[str, Sequence[str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return lists
