"""How sellers write: titles and descriptions in two languages, each seller in a slightly other way."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass

from baihuo.simulate.vocabulary import Attribute, Brand, Colour, ProductType, Word


@dataclass(frozen=True, slots=True)
class Draft:
    """What a listing is about, before it is put into words."""

    kind: ProductType
    name: Word  # what this seller calls the kind
    brand: Brand
    line: Word
    model: str
    colour: Colour
    chosen: dict[str, Word | float | bool]  # attribute key → value
    points: tuple[Word, ...]  # three things that the seller praises

    @property
    def gender(self) -> str:
        """``"men"`` or ``"women"`` where the type has one, else ``""``."""
        value = self.chosen.get("Gender")
        return value.en if isinstance(value, Word) else ""

    def attribute(self, key: str) -> Attribute:
        return next(a for a in self.kind.attributes if a.key == key)

    def specs(self, language: str) -> list[str]:
        """The attribute values that belong into the title."""
        shown = (self.attribute(k).shown(self.chosen[k], language) for k in self.kind.in_title)
        return [s for s in shown if s]

    def flags(self, language: str) -> list[str]:
        """The words of flags that are on and that the type's name does not already say."""
        shown = (
            self.attribute(k).shown(v, language)
            for k, v in self.chosen.items()
            if isinstance(v, bool) and k not in self.kind.in_title
        )
        name = self.name.of(language).casefold()
        return [s for s in shown if s and s.casefold() not in name]


def title(draft: Draft, language: str, rng: random.Random) -> str:
    """A listing's title in ``language`` ("en" or "zh")."""
    return _title_zh(draft, rng) if language == "zh" else _title_en(draft, rng)


def _title_zh(draft: Draft, rng: random.Random) -> str:
    brand, kind = draft.brand.name, draft.kind
    maker = rng.choice((f"{brand.zh}（{brand.en}）", brand.zh, f"{brand.en} {brand.zh}"))
    start = f"{maker} {draft.line.zh}{draft.model} {''.join(draft.flags('zh'))}{draft.name.zh}"
    parts = [start, _joined(draft.specs("zh"), "+", " ")]
    if kind.is_coloured:
        parts.append(draft.colour.name.zh)
    parts += [p.zh for p in draft.points[: rng.choices((0, 1, 2), (4, 5, 1))[0]]]
    return " ".join(p for p in parts if p)


def _title_en(draft: Draft, rng: random.Random) -> str:
    flags = [f.title() if f.islower() or " " in f else f for f in draft.flags("en")]
    start = " ".join([draft.brand.name.en, draft.line.en, draft.model, *flags, draft.name.en])
    middle = _joined(draft.specs("en"), " + ", ", ")
    colour = draft.colour.name.en if draft.kind.is_coloured else ""
    if rng.random() < 0.5:
        return ", ".join(p for p in (start, middle, colour) if p)
    ending = f"({colour})" if colour else ""
    praise = f"– {draft.points[0].en[0].upper()}{draft.points[0].en[1:]}"
    return " ".join(p for p in (start, middle, ending, praise) if p)


def _joined(specs: list[str], pair: str, usual: str) -> str:
    is_memory = len(specs) > 1 and specs[-1].endswith(("GB", "TB"))
    return (pair if is_memory else usual).join(specs)


_OPENINGS = {
    "en": (
        "The {line} {model} by {brand}: {p0}, {p1}.",
        "From the {brand} {line} series, with {p0}.",
        "{brand} made the {line} {model} for every day: {p0} and {p1}.",
    ),
    "zh": (
        "{brand}{line}{model}，{p0}，{p1}。",
        "来自{brand}{line}系列的{kind}，{p0}。",
        "这款{brand}{kind}{p0}，更有{p1}。",
    ),
}


def description(draft: Draft, language: str, rng: random.Random) -> str:
    """Some sentences of praise, then every attribute with its value, in no fixed order."""
    p0, p1, p2 = (p.of(language) for p in draft.points)
    opening = rng.choice(_OPENINGS[language]).format(
        brand=draft.brand.name.of(language),
        line=draft.line.of(language),
        model=draft.model,
        kind=draft.name.of(language),
        p0=p0,
        p1=p1,
    )
    colon, semicolon = ("：", "；") if language == "zh" else (": ", "; ")
    specs = [
        f"{a.name.of(language)}{colon}{_plain(a, draft.chosen[a.key], language)}"
        for a in draft.kind.attributes
    ]
    if draft.kind.is_coloured:
        specs.append(
            f"{'颜色' if language == 'zh' else 'Colour'}{colon}{draft.colour.name.of(language)}"
        )
    rng.shuffle(specs)
    if language == "zh":
        return f"{opening}{p2}。{semicolon.join(specs)}。"
    return f"{opening} {p2[0].upper()}{p2[1:]}. {semicolon.join(specs)}."


def _plain(attribute: Attribute, value: Word | float | bool, language: str) -> str:
    if isinstance(value, bool):
        return ("否", "是")[value] if language == "zh" else ("no", "yes")[value]
    return attribute.shown(value, language)


def nameable(draft: Draft, language: str) -> frozenset[str]:
    """What a shopper may type in addition to the type's name and find this listing satisfies.

    Values in words, flags that are on, numbers of the title, the line, the colour. A shade counts as its
    colour, too: wine red is red.
    """
    named = {*draft.specs(language), *draft.flags(language), draft.line.of(language)}
    named |= {v.of(language) for v in draft.chosen.values() if isinstance(v, Word)}
    if draft.kind.is_coloured:
        colour = draft.colour.name.of(language)
        named |= {colour, colour.rpartition(" ")[2]} if language == "en" else {colour, colour[-2:]}
    return frozenset(w.casefold() for w in named)


def texts(draft: Draft, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the title and what the description say, in pieces that many listings share.

    A shop that looks for substrings finds them piece by piece, so it need not read every text. Praise that
    only some openings repeat, and the model's number, are left out.
    """
    colour = draft.colour.name.of(language) if draft.kind.is_coloured else ""
    brand = (
        f"{draft.brand.name.zh} {draft.brand.name.en}" if language == "zh" else draft.brand.name.en
    )
    kind, line = draft.name.of(language), draft.line.of(language)
    title_words = (brand, line, kind, colour, *draft.specs(language), *draft.flags(language))
    colon = "：" if language == "zh" else ": "
    below = [
        f"{a.name.of(language)}{colon}{_plain(a, draft.chosen[a.key], language)}"
        for a in draft.kind.attributes
    ]
    points = (draft.points[0].of(language), draft.points[2].of(language))
    return _folded(title_words), _folded((*below, *points, line, colour))


def _folded(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """Interned, so that a million listings hold each piece once."""
    return tuple(sys.intern(p.casefold()) for p in pieces if p)
