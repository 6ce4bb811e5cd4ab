"""Whether a product comes in a colour or a size that is named, at which price, and whether it is there now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from baihuo.assist.goods.prices import price_text
from baihuo.assist.goods.words import ATTRIBUTE_NAMES, described, share_held
from baihuo.assist.turns import Language
from baihuo.core import Product, Variant, fold

_MOST_SHOWN = 4  # variants of one answer
_MOST_VALUES = 12
_HELD = 0.5  # of the words of a description
_ABOUT_VALUES = frozenset(
    "colour colours color colors size sizes come comes available stock other variant version option options different only still "
    "anything code also got extra sold".split()
)
_THIS = re.compile(r"[这那][个款件条双只台种]")
_HAN_VALUE = re.compile(
    r"((?<!没)有(?:没有|货)|现货|还|没|其他|别|颜色|尺码|[a-z0-9]*码|号|红|蓝|绿|黑|白|黄|粉|紫|灰|棕|橙|橘|色|现在|库存|出|货|这|款|个|它|大|小|中|加|只|卖|吧|么|啊|没有|买|能|可以)+"
)
_COLOURS: Final[Mapping[str, tuple[str, ...]]] = {
    name: (name, *others.split())
    for name, others in {
        "red": "红 红色",
        "blue": "蓝 蓝色 navy 藏青 藏青色",
        "green": "绿 绿色",
        "black": "黑 黑色",
        "white": "白 白色",
        "yellow": "黄 黄色",
        "pink": "粉 粉色 粉红 粉红色",
        "purple": "紫 紫色 violet",
        "grey": "gray 灰 灰色",
        "brown": "棕 棕色 咖啡色 褐色",
        "orange": "橙 橙色 橘色",
        "beige": "米色 杏色",
        "gold": "金 金色 golden",
        "silver": "银 银色",
    }.items()
}
_SIZES: Final[Mapping[str, tuple[str, ...]]] = {
    "xs": ("xs", "extra small", "加小"),
    "s": ("s", "small", "小号", "小码"),
    "m": ("m", "medium", "中号", "中码"),
    "l": ("l", "large", "大号", "大码"),
    "xl": ("xl", "extra large", "x large", "加大", "加大号", "加大码"),
    "xxl": ("xxl", "2xl", "xx large"),
    "xxxl": ("xxxl", "3xl"),
}
_HAN_COLOUR = re.compile(r"(藏青|粉红|咖啡|[红蓝绿黑白黄粉紫灰棕褐橙橘米杏金银])(?=色|的)")
_NUMBER_SIZE = re.compile(r"\bsize (\d{1,3}(?:\.5)?)\b|(?<![\d.])(\d{2,3}(?:\.5)?)\s?码")
_LETTER_SIZE = re.compile(
    r"(?<![a-z0-9])(x{0,3}[sl]|[2-4]xl|m)\s?(?=码|号|尺码)|(?<=[\u4e00-\u9fff])(x{0,3}[sl]|[2-4]xl|m)(?![a-z0-9])"
)
_SIZE_WORD = re.compile(
    r"\b(?:size|in|an?|the)( an?| size)? (x{0,3}[sl]|[2-4]xl|m)\b(?!\w)|\b(xs|xl|xxl|xxxl|[2-4]xl)\b"
)
_LARGER = re.compile(r"\b(extra[ -]large|x-large|extra[ -]small)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedVariant:
    """What was named, and which variants have it."""

    fact: str  # "colour", "size", or the name of another attribute
    said: str  # as the catalogue writes it, else as the message says it
    names: tuple[str, ...]  # attributes of the catalogue that hold it
    variants: tuple[Variant, ...]  # that have all that was named
    is_of_product: bool  # the product itself has it, whatever its variants
    others: tuple[str, ...]  # the values that there are


def asked_variant(product: Product, text: str) -> AskedVariant | None:
    """The colour, the size or another value of a variant that a message names; None where it names none.

    A colour or a size is recognised by the words of both languages, also where the product does not have it; any other value by
    itself. Of two that are named, as in "a blue one in L", variants must have both.
    """
    folded = " ".join(fold(text).split())
    named = {"colour": _colour(folded), "size": _size(folded)}
    named = {fact: value for fact, value in named.items() if value}
    values = _values(product)
    chosen: dict[str, str] = {}  # attribute → value of the catalogue
    missing: tuple[str, str] | None = None
    for fact, canonical in named.items():
        names = [n for n in values if ATTRIBUTE_NAMES[fact].search(fold(n))]
        found = next(((n, v) for n in names for v in values[n] if _is(fact, v, canonical)), None)
        if found is not None:
            chosen[found[0]] = found[1]
        elif names and missing is None:
            missing = (fact, canonical)
    if missing is not None:
        fact, canonical = missing
        names = [n for n in values if ATTRIBUTE_NAMES[fact].search(fold(n))]
        return AskedVariant(
            fact=fact,
            said=_as_said(fact, canonical, folded),
            names=tuple(names),
            variants=(),
            is_of_product=False,
            others=tuple(v for n in names for v in values[n]),
        )
    if not chosen:
        chosen = _by_itself(product, values, folded)
    if not chosen:
        return None
    variants = tuple(
        v for v in product.variants if all(_has(v, product, n, x) for n, x in chosen.items())
    )
    first = next(iter(chosen))
    return AskedVariant(
        fact=first,
        said=", ".join(chosen.values()),
        names=tuple(chosen),
        variants=variants,
        is_of_product=not product.variants,
        others=tuple(v for n in chosen for v in values[n]),
    )


def variant_text(product: Product, asked: AskedVariant, title: str, language: Language) -> str:
    """What a shopper hears: the variants that were named with price and stock, or what there is instead."""
    zh = language == "zh"
    if asked.is_of_product:
        offer = _offer(product, None, zh)
        return f"{title}（{asked.said}）：{offer}。" if zh else f"{title} in {asked.said}: {offer}."
    if not asked.variants:
        others = ("、" if zh else ", ").join(dict.fromkeys(asked.others[:_MOST_VALUES]))
        name = asked.names[0]
        if zh:
            return f"{title}没有{asked.said}。现有的{name}：{others}。"
        return f"{title} does not come in {asked.said}. {name}: {others}."
    shown = asked.variants[:_MOST_SHOWN]
    lines = [f"{_label(v, product)}: {_offer(product, v, zh)}" for v in shown]
    if zh:
        lines = [line.replace(": ", "：", 1) for line in lines]
        said = f"{title}：{'；'.join(lines)}。"
    else:
        said = f"{title}: {'; '.join(lines)}."
    n_more = len(asked.variants) - len(shown)
    if n_more:
        said += f"还有{n_more}种。" if zh else f" And {n_more} more."
    if not any(_is_there(product, v) for v in asked.variants):
        there = [_label(v, product) for v in product.variants if _is_there(product, v)]
        if there:
            listed = ("、" if zh else ", ").join(dict.fromkeys(there[:_MOST_VALUES]))
            said += f"有货的：{listed}。" if zh else f" In stock: {listed}."
    return said


def rest_is_of(product: Product, text: str) -> bool:
    """Whether what a message describes, beside the colour or the size, is the product: else another one is looked for."""
    folded = " ".join(fold(text).split())
    forms = {f for c in (*_COLOURS.values(), *_SIZES.values()) for f in c}
    values = fold(" ".join(v for vs in _values(product).values() for v in vs))
    texts = (product.title_en, product.title_zh, product.brand, *product.category, values)
    known = " ".join(t for t in texts if t)
    rest = [
        w
        for w in described(_THIS.sub("", folded))
        if w not in forms
        and w not in _ABOUT_VALUES
        and not _HAN_VALUE.fullmatch(w)
        and not w.isdigit()
    ]
    return not rest or share_held(tuple(rest), known) >= _HELD


def _label(variant: Variant, product: Product) -> str:
    values = [_text(v) for v in variant.attributes.values() if not isinstance(v, bool)]
    return ", ".join(values) or variant.variant_id


def _offer(product: Product, variant: Variant | None, zh: bool) -> str:
    minor = product.price_minor
    if variant is not None and variant.price_minor is not None:
        minor = variant.price_minor
    stock = ("有货" if zh else "in stock", "缺货" if zh else "out of stock")
    price = price_text(minor, product.currency)
    parts = [price] if price else []
    parts.append(stock[0] if _is_there(product, variant) else stock[1])
    return ("，" if zh else ", ").join(parts)


def _is_there(product: Product, variant: Variant | None) -> bool:
    units = product.stock_units
    if variant is not None and variant.stock_units is not None:
        units = variant.stock_units
    return units is None or units > 0


def _values(product: Product) -> dict[str, list[str]]:
    """Values by attribute, as the catalogue writes them, each once."""
    found: dict[str, list[str]] = {}
    for attributes in (product.attributes, *(v.attributes for v in product.variants)):
        for name, value in attributes.items():
            if not isinstance(value, bool):
                shown = _text(value)
                if shown not in found.setdefault(name, []):
                    found[name].append(shown)
    return found


def _text(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _has(variant: Variant, product: Product, name: str, value: str) -> bool:
    own = variant.attributes.get(name, product.attributes.get(name))
    return own is not None and not isinstance(own, bool) and _text(own) == value


def _is(fact: str, value: str, canonical: str) -> bool:
    """Whether a value of the catalogue is the colour or the size that is meant: "Navy blue" is blue, "L (42)" is L."""
    folded = fold(value)
    words = set(re.findall(r"[a-z0-9.]+", folded))
    forms = (_COLOURS if fact == "colour" else _SIZES).get(canonical, (canonical,))
    if fact == "size":
        return any(f == folded or f in words for f in forms)
    return any((f in words) if f.isascii() else (f in folded) for f in forms)


def _colour(folded: str) -> str:
    words = set(re.findall(r"[a-z]+", folded))
    han = [m[1] for m in _HAN_COLOUR.finditer(folded)]
    for canonical, forms in _COLOURS.items():
        if any(f in words if f.isascii() else f in han for f in forms):
            return canonical
    return ""


def _size(folded: str) -> str:
    if match := _NUMBER_SIZE.search(folded):
        return next(g for g in match.groups() if g)
    if match := _LETTER_SIZE.search(folded):
        return _canonical(match[1] or match[2])
    if match := _LARGER.search(folded):
        return "xs" if "small" in match[1] else "xl"
    if match := _SIZE_WORD.search(folded):
        return _canonical(match[2] or match[3])
    for canonical in ("xl", "m", "s", "l"):
        forms = _SIZES[canonical]
        if any(re.search(rf"\b{f}\b", folded) if f.isascii() else f in folded for f in forms[1:]):
            return canonical
    return ""


def _canonical(size: str) -> str:
    return next((c for c, forms in _SIZES.items() if size in forms), size)


def _as_said(fact: str, canonical: str, folded: str) -> str:
    """The value in the message's own words."""
    forms = (_COLOURS if fact == "colour" else _SIZES).get(canonical, (canonical,))
    said = [f for f in forms if (len(f) > 2 or not f.isascii()) and f in folded]
    if said:
        return max(said, key=len)
    return canonical.upper() if fact == "size" else canonical


def _by_itself(product: Product, values: dict[str, list[str]], folded: str) -> dict[str, str]:
    """Another value of a variant that the message contains: "128 GB", "oak"."""
    of_variants = {n for v in product.variants for n in v.attributes}
    padded = f" {re.sub(r'[^a-z0-9.]+', ' ', folded)} "
    packed = folded.replace(" ", "")
    for name in values:
        for value in values[name] if name in of_variants else ():
            form = fold(value)
            plain = re.sub(r"[^a-z0-9.]+", " ", form).strip()
            is_unit = bool(re.search(r"\d", form)) and len(form) > 2
            if (
                (len(plain) > 2 and f" {plain} " in padded)
                or (not form.isascii() and form in folded)
                or (is_unit and form.replace(" ", "") in packed)
            ):
                return {name: value}
    return {}
