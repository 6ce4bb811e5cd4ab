"""Text that people wrote badly: the wrong language, boilerplate, the text of another."""

from __future__ import annotations

from collections import Counter

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_SERVICE = (
    "Free shipping within 3 days.",
    "We accept returns within 30 days of delivery.",
    "Please contact us before leaving feedback!",
    "Click here to visit our store for more offers.",
)
_SERVICE_ZH = (
    "全场包邮，48小时内发货。",
    "支持七天无理由退换货！",
    "有问题请先联系客服，收藏本店优先发货。",
)


def _has_both(row: Row) -> bool:
    zh, en = row.get("title_zh") or "", row.get("title_en") or ""
    return sum("\u4e00" <= c <= "\u9fff" for c in zh) >= 8 and len(en.split()) >= 4


def _swapped(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n, lambda r: _has_both(r) and dataset.is_clean(r)):
        row["title_en"], row["title_zh"] = row["title_zh"], row["title_en"]
        if dataset.rng.random() < 0.3:
            row["title_zh"] = None  # and the other one was never filled in
        if dataset.rng.random() < 0.5 and row.get("description_en") and row.get("description_zh"):
            row["description_en"], row["description_zh"] = (
                row["description_zh"],
                row["description_en"],
            )
        dataset.label("products", row, "swapped_languages")


def _untranslated(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n, lambda r: _has_both(r) and dataset.is_clean(r)):
        source, target = dataset.rng.choice((("title_zh", "title_en"), ("title_en", "title_zh")))
        row[target] = row[source]
        dataset.label("products", row, "wrong_language")


def _boilerplate(field: str, sentences: tuple[str, ...]) -> Fault:
    def apply(dataset: Dataset, n: int) -> None:
        count = sum(bool(row.get(field)) for row in dataset.products)
        sentence = dataset.rng.choice(sentences)
        n = max(n, 30, count // 80)  # a template is on many pages or it is none
        for row in dataset.pick(
            "products", n, lambda r: bool(r.get(field)) and dataset.is_clean(r)
        ):
            gap = "" if field.endswith("zh") else " "
            row[field] = (
                sentence + gap + row[field]
                if dataset.rng.random() < 0.5
                else row[field] + gap + sentence
            )
            dataset.label("products", row, "boilerplate", cells=(field,))

    return Fault(
        f"boilerplate: {field}", ("boilerplate",), False, apply, needs=f"products with {field}"
    )


def _of_another(dataset: Dataset, n: int) -> None:
    """Two rows of a sheet slipped: a thing has the text of a thing of another maker and kind."""
    described = [
        r
        for r in dataset.products
        if dataset.is_clean(r) and len(r.get("description_en") or "") >= 60 and r.get("brand")
    ]
    dataset.rng.shuffle(described)
    texts = Counter(r["description_en"] for r in described)
    alone = [r for r in described if texts[r["description_en"]] == 1]
    for row, other in zip(alone[: n // 2], alone[n // 2 : n], strict=False):
        if row["brand"].lower() != other["brand"].lower() and row["category"] != other["category"]:
            row["description_en"] = other["description_en"]
            also = ("wrong_category",)
            for one, two in ((row, other), (other, row)):
                dataset.label("products", one, "description_of_another", also=also, on=[two])


FAULTS: tuple[Fault, ...] = (
    Fault(
        "swapped_languages",
        ("swapped_languages",),
        True,
        _swapped,
        needs="products with a Chinese and an English title",
    ),
    Fault(
        "wrong_language",
        ("wrong_language",),
        True,
        _untranslated,
        needs="products with a Chinese and an English title",
    ),
    _boilerplate("description_en", _SERVICE),
    _boilerplate("description_zh", _SERVICE_ZH),
    Fault(
        "the text of another",
        ("description_of_another",),
        False,
        _of_another,
        needs="products of several brands and categories with an English description of their own",
    ),
)
