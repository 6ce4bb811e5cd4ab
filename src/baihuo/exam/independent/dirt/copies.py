"""The same event twice, the same product under two ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import EVENTS, PRODUCTS
from baihuo.exam.independent.visits import DAY, SECOND

TWICE = "merge quarantine"
ALIKE = "merge note"
COPY = "near_duplicate likely_duplicate same_listing shared_code shared_picture"


def send_again(bed: Bed, own: Kind, change: Callable[[dict[str, Any]], None]) -> None:
    sorts = ("click", "add_to_cart", "dwell")
    for row in bed.take(EVENTS, own.cases, lambda v: v["event_type"] in sorts):
        values = dict(row.values)
        change(values)
        bed.case(own, [bed.add(EVENTS, values), row])


def new_id(bed: Bed, values: dict[str, Any]) -> None:
    values["event_id"] = f"d{bed.rng.getrandbits(40):010x}"


def later(values: dict[str, Any], us: int) -> None:
    values["received_at_us"] += us


@kind(
    "event_sent_twice",
    "an event sent twice, with its id",
    actions=TWICE,
    checks="same_id same_content",
)
def event_sent_twice(bed: Bed, own: Kind) -> None:
    send_again(bed, own, lambda v: later(v, 3 * SECOND))


@kind(
    "event_sent_days_later",
    "an event sent again three days later",
    actions=TWICE,
    checks="same_id same_content too_late",
)
def event_sent_days_later(bed: Bed, own: Kind) -> None:
    send_again(bed, own, lambda v: later(v, 3 * DAY))


@kind("event_copied", "an event twice, under two ids", actions=TWICE, checks="same_content")
def event_copied(bed: Bed, own: Kind) -> None:
    send_again(bed, own, lambda v: new_id(bed, v))


@kind(
    "event_retried",
    "a retry with a new id, received seconds later",
    actions=TWICE,
    checks="same_content",
)
def event_retried(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        new_id(bed, values)
        later(values, 6 * SECOND)

    send_again(bed, own, change)


@kind(
    "event_double_fired",
    "a handler that fired twice within a tenth of a second",
    actions="merge note",
    checks="same_content",
)
def event_double_fired(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        new_id(bed, values)
        values["occurred_at_us"] += 60_000
        later(values, 61_000)

    send_again(bed, own, change)


@kind(
    "event_id_reused", "one id for two events", actions="quarantine repair note", checks="reused_id"
)
def event_id_reused(bed: Bed, own: Kind) -> None:
    rows = bed.take(EVENTS, 2 * own.cases, lambda v: v["event_type"] == "impression")
    for row, other in zip(rows[::2], rows[1::2], strict=False):
        row.values["event_id"] = other.values["event_id"]
        bed.case(own, [row, other])


def copy_listing(
    bed: Bed,
    own: Kind,
    change: Callable[[dict[str, Any]], None],
    *,
    is_new: bool = True,
    is_coded: bool = False,
) -> None:
    """A copy of a listing at the end of the file, under an id of its own if ``is_new``."""

    def is_fit(values: dict[str, Any]) -> bool:
        return not is_coded or bool(values.get("codes"))

    for n, row in enumerate(bed.take(PRODUCTS, own.cases, is_fit)):
        values = dict(row.values) | {"attributes": dict(row.values.get("attributes") or {})}
        if is_new:
            values["product_id"] = f"C{own.name[-6:]}{n:03d}"
            values.pop("variants", None)
        change(values)
        bed.case(own, [bed.add(PRODUCTS, values), row])


def alone(values: dict[str, Any]) -> None:
    """Without its code and its picture, which would tell."""
    values.pop("codes", None)
    values.pop("images", None)


@kind(
    "listing_line_twice",
    "the same line twice",
    table=PRODUCTS,
    actions=TWICE,
    checks="same_product product_twice",
)
def listing_line_twice(bed: Bed, own: Kind) -> None:
    copy_listing(bed, own, lambda v: None, is_new=False)


@kind(
    "listing_two_versions",
    "one id, two prices",
    table=PRODUCTS,
    actions="merge quarantine note",
    checks="product_twice same_product",
)
def listing_two_versions(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        values["price"] = f"{float(values.get('price') or 10) * 1.08:.2f}"
        if values.get("updated_at_us"):
            values["updated_at_us"] += 600 * SECOND

    copy_listing(bed, own, change, is_new=False)


@kind("listing_copied", "a listing under two ids", table=PRODUCTS, actions=ALIKE, checks=COPY)
def listing_copied(bed: Bed, own: Kind) -> None:
    copy_listing(bed, own, lambda v: None)


@kind(
    "listing_copied_dearer",
    "a copy at a slightly other price, without code or picture",
    table=PRODUCTS,
    actions=ALIKE,
    checks=COPY,
)
def listing_copied_dearer(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        alone(values)
        values["price"] = f"{float(values.get('price') or 10) * 1.05:.2f}"

    copy_listing(bed, own, change)


@kind(
    "listing_copied_shuffled",
    "a copy with its title's words in another order",
    table=PRODUCTS,
    actions=ALIKE,
    checks=COPY,
)
def listing_copied_shuffled(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        alone(values)
        words = values["title_en"].split()
        values["title_en"] = " ".join(words[2:] + words[:2]).upper()
        values["title_zh"] = None
        values["description_zh"] = None

    copy_listing(bed, own, change)


@kind(
    "listing_copied_prefix",
    "a copy with a seller's words before the title",
    table=PRODUCTS,
    actions=ALIKE,
    checks=COPY,
)
def listing_copied_prefix(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        alone(values)
        values["title_en"] = f"[Official store] {values['title_en']} - fast delivery"
        if values.get("title_zh"):
            values["title_zh"] = f"【官方旗舰店】{values['title_zh']} 顺丰包邮"

    copy_listing(bed, own, change)


@kind(
    "listing_copied_typo",
    "a copy with a letter missing",
    table=PRODUCTS,
    actions=ALIKE,
    checks=COPY,
)
def listing_copied_typo(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        alone(values)
        title = values["title_en"]
        at = bed.rng.randint(14, max(15, len(title) - 4))
        letters = [n for n, c in enumerate(title) if c.isalpha() and n > 3]
        if letters and not title[at : at + 1].isalpha():  # without a digit it may be another model
            at = min(letters, key=lambda n: abs(n - at))
        values["title_en"] = title[:at] + title[at + 1 :]

    copy_listing(bed, own, change)


SAME = {
    "laptop computer": "notebook PC",
    "tablet computer": "touchscreen tablet PC",
    "rain jacket": "waterproof coat",
    "power bank": "portable charger",
    "frying pan": "skillet",
    "hiking backpack": "trekking rucksack",
    "desk lamp": "table light",
    "vacuum flask": "thermos bottle",
    "running shoes": "jogging sneakers",
    "wool blanket": "woollen throw",
    "bookshelf": "bookcase",
    "bluetooth headphones": "wireless headset",
    "笔记本电脑": "手提电脑",
    "充电宝": "移动电源",
    "保温杯": "保温水杯",
    "登山背包": "户外双肩包",
    "煎锅": "平底锅",
    "台灯": "桌灯",
    "蓝牙耳机": "无线耳麦",
    "冲锋衣": "防水外套",
    "书架": "书柜",
    "跑步鞋": "慢跑鞋",
    "grey": "gray",
    "navy blue": "dark blue",
    "lightweight": "light",
    "compact": "small",
    "sturdy": "robust",
    "轻便": "轻巧",
    "结实": "坚固",
    "藏青色": "深蓝色",
}


def in_other_words(text: str | None) -> str | None:
    for word, other in SAME.items():
        text = text.replace(word, other) if text else text
    return text


def synonyms(bed: Bed, own: Kind, *, has_model: bool) -> None:
    def is_fit(values: dict[str, Any]) -> bool:
        return in_other_words(values["title_en"]) != values["title_en"]

    for n, row in enumerate(bed.take(PRODUCTS, own.cases, is_fit)):
        values: dict[str, Any] = dict(row.values)
        alone(values)
        values.pop("variants", None)
        values["product_id"] = f"S{own.name[-6:]}{n:03d}"
        for column in ("title_en", "title_zh"):
            values[column] = in_other_words(values.get(column))
            if not has_model and values[column] and values.get("model"):
                values[column] = values[column].replace(f"{values['model']} ", "")
        if not has_model:
            values.pop("model", None)
        values["description_en"] = values["description_zh"] = None
        bed.case(own, [bed.add(PRODUCTS, values), row])


@kind(
    "listing_copied_synonyms",
    "a copy in synonyms, with its model",
    table=PRODUCTS,
    actions=ALIKE,
    checks=COPY,
)
def listing_copied_synonyms(bed: Bed, own: Kind) -> None:
    synonyms(bed, own, has_model=True)


@kind(
    "listing_copied_synonyms_only",
    "a copy in synonyms, without model, code or picture",
    table=PRODUCTS,
    actions=ALIKE,
    checks=COPY,
)
def listing_copied_synonyms_only(bed: Bed, own: Kind) -> None:
    synonyms(bed, own, has_model=False)


@kind(
    "listing_copied_by_code",
    "another text, the same bar code and model",
    table=PRODUCTS,
    actions=ALIKE,
    checks=COPY,
)
def listing_copied_by_code(bed: Bed, own: Kind) -> None:
    def change(values: dict[str, Any]) -> None:
        values.pop("images", None)
        values["title_en"] = (
            f"{values.get('brand') or ''} {values.get('model') or ''} new in box".strip()
        )
        values["title_zh"] = values["description_en"] = values["description_zh"] = None

    copy_listing(bed, own, change, is_coded=True)
