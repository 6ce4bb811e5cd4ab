"""Dirt in what shoppers read: damaged text, and measures in the wrong unit."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_ACCENTS = (
    "It’s made in Köln – ready in 5 minutes.",
    "Café quality, 100 % naïve charm.",
    "Garantía de dos años.",
    "“Best in test” – €20 less than before…",
    "Für Mädchen und Jungen, 30 °C waschbar.",
    "Emballage recyclé à 80 %.",
)
_TWINS = {
    "a": "а",
    "e": "е",
    "o": "о",
    "p": "р",
    "c": "с",
    "x": "х",
    "A": "А",
    "B": "В",
    "C": "С",
    "E": "Е",
    "H": "Н",
    "K": "К",
    "M": "М",
    "O": "О",
    "P": "Р",
    "T": "Т",
    "X": "Х",
}
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


def _browser(raw: bytes) -> str:
    """Bytes as a careless reader shows them: cp1252, with the five undefined ones as controls."""
    return "".join(_one(b) for b in raw)


def _one(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def _text(
    check: str,
    field: str,
    spoil: Callable[[str, random.Random], str | None],
    when: Callable[[str], bool] = lambda text: True,
) -> Fault:
    """One text put wrong; ``spoil`` may decline with None."""

    def apply(dataset: Dataset, n: int) -> None:
        for row in dataset.pick(
            "products", n, lambda r: bool(r.get(field)) and dataset.is_clean(r) and when(r[field])
        ):
            spoiled = spoil(row[field], dataset.rng)
            if spoiled is not None and spoiled != row[field]:
                row[field] = spoiled
                dataset.label("products", row, check, also=_ALSO.get(check, ()), cells=(field,))

    return Fault(f"{check}: {field}", (check,), True, apply)


def _more(text: str, rng: random.Random) -> str:
    return f"{text} {rng.choice(_ACCENTS)}"


def _latin(text: str, rng: random.Random) -> str:
    read = rng.choice((_browser, lambda raw: raw.decode("latin-1")))
    damaged = read(_more(text, rng).encode())
    return read(damaged.encode()) if rng.random() < 0.25 else damaged


def _utf8_as_latin(text: str, rng: random.Random) -> str:
    return rng.choice((_browser, lambda raw: raw.decode("latin-1")))(text.encode())


def _gbk_as_latin(text: str, rng: random.Random) -> str | None:
    return _browser(text.encode("gbk", "ignore"))


def _utf8_as_gbk(text: str, rng: random.Random) -> str | None:
    try:
        return text.encode().decode("gbk")
    except UnicodeDecodeError:
        return None  # with something lost it is another kind of damage


def _lost(text: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return text.encode("gbk", "ignore").decode("utf-8", "replace")
    return text.encode("ascii", "replace").decode()


def _html(text: str, rng: random.Random) -> str:
    return rng.choice(
        (
            f"<p>{text}</p>",
            f'<div class="desc"><b>{text}</b><br/>&nbsp;</div>',
            text.replace(". ", ".<br>", 1) + "&amp; more",
            f"{text}<script type='text/javascript'>track('x < y');</script>",
            f"&lt;ul&gt;&lt;li&gt;{text}&lt;/li&gt;&lt;/ul&gt;",
            f'<span style="color:red">{text}</span>',
        )
    )


def _hidden(text: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(text))
    mark = rng.choice(("\u200b", "\u200e", "\u202e", "\u00ad", "\x0c", "\u2060", "\x07"))
    return "\ufeff" + text if rng.random() < 0.25 else text[:at] + mark + text[at:]


def _twin(text: str, rng: random.Random) -> str | None:
    words = text.split(" ")
    able = [
        i
        for i, w in enumerate(words)
        if w.isascii() and w.isalnum() and len(w) > 2 and any(c in _TWINS for c in w)
    ]
    if not able:
        return None
    i = rng.choice(able)
    letters = [k for k, c in enumerate(words[i]) if c in _TWINS]
    k = rng.choice(letters)
    words[i] = words[i][:k] + _TWINS[words[i][k]] + words[i][k + 1 :]
    return (
        " ".join(words)
        if words[i].isalnum() and not all(c in _TWINS.values() for c in words[i])
        else None
    )


def _escaped(text: str, rng: random.Random) -> str:
    if rng.random() < 0.4:
        return json.dumps(_more(text, rng))[1:-1]
    return text.replace(". ", ".\\n", 1) + "\\nMade to last."


def _again(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    if rng.random() < 0.5:
        noun = rng.choice(("Phone Case", "Running Shoes", "Sale", "Gift Box"))
        return f"{noun} {noun} {noun} {text}"
    plain = [w for w in words if w.isalpha()][:4]
    return (
        f"{text} {' '.join(plain)} {' '.join(plain)}"
        if len(plain) >= 3
        else f"{text} gift gift gift"
    )


def _stuffed(text: str, rng: random.Random) -> str:
    kinds = [
        f"{text}, gift for women, gift for men, gift for girls, gift for boys, birthday gift, home gift, gift idea",
        f"{text} hot sale cheap best seller free shipping new arrival wholesale factory price brand new",
        f"{text}, summer, winter, outdoor, indoor, travel, party, office, school, beach, wedding, holiday, fashion",
    ]
    return rng.choice(kinds)


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

    return Fault(f"boilerplate: {field}", ("boilerplate",), False, apply)


# --- measures ------------------------------------------------------------------------------------

# attribute: its unit in this shop, and other ways to say one of it
_UNITS: dict[str, tuple[str, tuple[tuple[str, float], ...]]] = {
    "Storage": ("GB", ((" GB", 1), ("GB", 1), ("G", 1), (" MB", 1024))),
    "Memory": ("GB", ((" GB", 1), ("GB", 1), (" MB", 1024))),
    "Screen size": ("inch", (("″", 1), ('"', 1), ("英寸", 1), (" cm", 2.54), (" inches", 1))),
    "Battery": ("mAh", ((" mAh", 1), (" Ah", 0.001))),
    "Volume": ("ml", ((" ml", 1), ("毫升", 1), (" L", 0.001), (" cl", 0.1))),
    "Weight": ("g", (("g", 1), (" kg", 0.001), ("克", 1), ("公斤", 0.001), ("斤", 0.002))),
    "Net weight": ("kg", ((" kg", 1), (" g", 1000), ("斤", 2))),
    "Diameter": ("cm", ((" cm", 1), (" mm", 10), ("厘米", 1))),
    "Blade": ("cm", (("cm", 1), (" mm", 10))),
    "Thickness": ("mm", ((" mm", 1), (" cm", 0.1))),
    "Power": ("W", (("W", 1), (" kW", 0.001), ("瓦", 1))),
    "Capacity": ("L", ((" L", 1), ("升", 1), (" ml", 1000))),
}


def _plain(number: float) -> str:
    return f"{round(number, 6):g}" if number < 100_000 else str(int(number))


def _numeric(row: Row, key: str) -> float | None:
    value = json.loads(row.get("attributes") or "{}").get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _attribute(
    check: str,
    spoil: Callable[[Dataset, Row, str, float], Any],
    *,
    certain: bool,
    only: tuple[str, ...] = tuple(_UNITS),
) -> Fault:
    """One attribute put wrong, on shelves where enough others have it to know better.

    Which unit a bare number is in must be said somewhere: where no title of the shelf does, as in many real
    catalogues, nobody can say that grams are the wrong one.
    """
    needs_unit = check in ("unit_form", "unit_slip")

    def apply(dataset: Dataset, n: int) -> None:
        shelves: Counter[tuple[Any, str]] = Counter()
        titled: Counter[tuple[Any, str]] = Counter()
        for r in dataset.products:
            title = (r.get("title_en") or "").lower().replace(" ", "")
            for k in only:
                if (number := _numeric(r, k)) is not None:
                    shelves[r.get("category"), k] += 1
                    titled[r.get("category"), k] += (
                        f"{_plain(number)}{_UNITS[k][0]}".lower() in title
                    )

        def keys(row: Row) -> list[str]:
            its = [(row.get("category"), k) for k in only if _numeric(row, k) is not None]
            return [
                k
                for shelf, k in its
                if shelves[shelf, k] >= 50
                and (not needs_unit or titled[shelf, k] >= 0.3 * shelves[shelf, k])
            ]

        spoiled: Counter[tuple[Any, str]] = Counter()
        for row in dataset.pick(
            "products", 20 * n, lambda r: dataset.is_clean(r) and bool(keys(r))
        ):
            key = dataset.rng.choice(keys(row))
            shelf = row.get("category"), key
            number = _numeric(row, key)
            if sum(spoiled.values()) >= n or spoiled[shelf] * 25 >= shelves[shelf] or not number:
                continue
            value = spoil(dataset, row, key, number)
            if value is not None:
                spoiled[shelf] += 1
                changed = {**json.loads(row["attributes"]), key: value}
                row["attributes"] = json.dumps(changed, ensure_ascii=False, sort_keys=True)
                dataset.label("products", row, check, also=_ALSO.get(check, ()))

    return Fault(check, (check,), certain, apply)


_ALSO = {
    "mixed_units": ("title_contradicts_attribute",),
    "unit_form": ("mixed_units",),
    "repeated_words": ("keyword_stuffing",),
}


def _other_unit(dataset: Dataset, row: Row, key: str, number: float) -> str:
    behind, times = dataset.rng.choice(_UNITS[key][1])
    return _plain(number * times) + behind


def _other_number(dataset: Dataset, row: Row, key: str, number: float) -> str:
    text = _plain(number)
    if "." in text and dataset.rng.random() < 0.7:
        return text.replace(".", ",")
    return (
        text.translate({ord("0") + i: ord("０") + i for i in range(10)})
        if dataset.rng.random() < 0.7
        else text
    )


_SLIPS = {
    "Storage": 1024.0,
    "Memory": 1024.0,
    "Volume": 0.001,
    "Weight": 0.001,
    "Power": 0.001,
    "Diameter": 10.0,
    "Thickness": 0.1,
    "Capacity": 1000.0,
    "Screen size": 2.54,
    "Blade": 10.0,
    "Net weight": 1000.0,
}


def _slip(dataset: Dataset, row: Row, key: str, number: float) -> float | None:
    return float(_plain(number * _SLIPS[key]))


def _mixed(dataset: Dataset, row: Row, key: str, number: float) -> str:
    return f"{_plain(number)} {'kg' if _UNITS[key][0] not in ('g', 'kg') else 'ml'}"


def _not_as_titled(dataset: Dataset, row: Row, key: str, number: float) -> float | None:
    unit, title = _UNITS[key][0], (row.get("title_en") or "").lower().replace(" ", "")
    if f"{_plain(number)}{unit}".lower() not in title:
        return None
    same = Counter(
        _numeric(r, key) for r in dataset.products if r.get("category") == row.get("category")
    )
    others = [
        v for v, n in same.items() if v and n >= 20 and f"{_plain(v)}{unit}".lower() not in title
    ]
    return dataset.rng.choice(others) if others else None


FAULTS: tuple[Fault, ...] = (
    _text("damaged_encoding", "description_en", _latin),
    _text("damaged_encoding", "title_zh", _utf8_as_latin),
    _text("damaged_encoding", "title_zh", _gbk_as_latin),
    _text("damaged_encoding", "description_zh", _utf8_as_gbk),
    _text(
        "unreadable_characters",
        "title_zh",
        _lost,
        lambda t: sum("\u4e00" <= c <= "\u9fff" for c in t) >= 6,
    ),
    _text("escaped_text", "description_en", _escaped),
    _text("markup", "description_en", _html),
    _text("markup", "title_zh", _html),
    _text("hidden_characters", "title_en", _hidden),
    _text("hidden_characters", "description_zh", _hidden),
    _text("lookalike_letters", "title_en", _twin),
    Fault("swapped_languages", ("swapped_languages",), True, _swapped),
    Fault("wrong_language", ("wrong_language",), True, _untranslated),
    _boilerplate("description_en", _SERVICE),
    _boilerplate("description_zh", _SERVICE_ZH),
    _text("repeated_words", "title_en", _again),
    _text("keyword_stuffing", "title_en", _stuffed),
    _attribute("unit_form", _other_unit, certain=False),
    _attribute("number_form", _other_number, certain=True),
    _attribute("unit_slip", _slip, certain=False, only=tuple(_SLIPS)),
    _attribute("mixed_units", _mixed, certain=False),
    _attribute("title_contradicts_attribute", _not_as_titled, certain=False),
)
