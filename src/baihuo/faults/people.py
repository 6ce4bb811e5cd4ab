"""What shoppers type that ought not to be kept, in both languages; and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from baihuo.faults.cells import made, personal_texts
from baihuo.faults.dataset import Dataset, Fault, Faults, Row

_CHATTER = (
    *("很好用", "发货慢", "质量不错 推荐", "fits well", "colour is off a bit"),
    *("works as described", "物流快，包装好", "第二次买了"),
)
_OF_SELLERS = ("mobile", "landline", "email", "name")
_PURPOSES = ("analytics", "personalization")

FAULTS = Faults()


def _in_reviews(text: Any) -> Callable[[Dataset, int], None]:
    def apply(dataset: Dataset, n: int) -> None:
        reviews = dataset.clean("events", "review")
        # a twelfth, so that other kinds find a clean review, too
        for row in dataset.rng.sample(reviews, min(n, -(-len(reviews) // 12))):
            parts = [made(dataset, text, row), dataset.rng.choice(_CHATTER)]
            dataset.rng.shuffle(parts)
            row["text"] = dataset.rng.choice(("，", ". ", "\n")).join(parts)
            dataset.label(row, "personal_data", cells=("text",))

    return apply


FAULTS.extend(
    (
        Fault(f"{k} in a review", ("personal_data",), False, _in_reviews(c), needs="reviews")
        for k, c in personal_texts().items()
    )
)


def _in_searches(text: Any) -> Callable[[Dataset, int], None]:
    """Typed or pasted into the box for words; the pages that the search led to stay as they are."""

    def apply(dataset: Dataset, n: int) -> None:
        for row in dataset.pick("events", n, "search"):
            typed = made(dataset, text, row)
            row["query_text"] = dataset.rng.choice((typed, f"{row['query_text']} {typed}"))
            dataset.label(row, "personal_data", cells=("query_text",))
        # the sample shop's own shoppers paste a phone number now and then
        for row in dataset.events:
            if (words := row.get("query_text")) and re.search(r"1[3-9]\d{9}", words):
                dataset.excuse(row, "personal_data")

    return apply


FAULTS.extend(
    (
        Fault(f"{k} in a search", ("personal_data",), False, _in_searches(c), needs="searches")
        for k, c in personal_texts().items()
    )
)


@FAULTS.add("contact in a listing", "personal_data_in_listing", is_certain=False, needs="products")
def _in_listings(dataset: Dataset, n: int) -> None:
    """A seller who would rather be rung up."""
    for row in dataset.pick("products", n):
        text = made(dataset, personal_texts()[dataset.rng.choice(_OF_SELLERS)], row)
        fields = ("description_zh", "description_en", "title_zh")
        field = dataset.rng.choice([f for f in fields if row.get(f)] or ["description_en"])
        is_foreign = field.endswith("zh") != bool(re.search(r"[\u4e00-\u9fff]", text))
        also = ("wrong_language",) if is_foreign or not row.get(field) else ()
        row[field] = f"{_text(row, field)} {text}".strip()
        dataset.label(row, "personal_data_in_listing", also=also, cells=(field,))


def _text(row: Row, field: str) -> str:
    return row.get(field) or row.get("title_en") or row.get("title_zh") or ""


@FAULTS.add("a visitor who refused", "no_consent", needs="dwells")
def _refused(dataset: Dataset, n: int) -> None:
    """One purpose, the other, or both; what a banner asks of the rest was agreed to."""
    for row in dataset.pick("events", n, "dwell"):
        refused = dataset.rng.choice((_PURPOSES[:1], _PURPOSES[1:], _PURPOSES))
        for purpose in _PURPOSES:
            row[f"consent_{purpose}"] = "denied" if purpose in refused else "granted"
        dataset.label(row, "no_consent", cells=())
