"""What the fifth hand's kinds of dirt are planted with."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from baihuo.exam.independent.dirt.third.tools import LOST, Values, always, read, write
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import EVENTS, PRODUCTS, Row
from baihuo.exam.independent.visits import DAY, SECOND
from baihuo.exam.independent.vocabulary import words

OPEN = "note withhold quarantine repair"
ASKED = 5  # visitors who were asked a price: enough to know it
SOUND = 45  # listings that show how a kind's rows should be, where the shop has none such
OF_VISITOR = (
    "visitor_id",
    "platform",
    "device",
    "country",
    "language",
    "consent_analytics",
    "consent_personalization",
)
COLOURS: dict[str, str] = dict(words()["colours"])
BRANDS: dict[str, str] = dict(words()["brands"])


def sort_of(values: Values) -> dict[str, Any]:
    """What the vocabulary says of a listing's kind of thing; nothing of a listing of another shop."""
    title = str(values.get("title_en") or "")
    return next((t for t in words()["types"] if t["en"] in title), {})


def leaf(values: Values) -> str:
    return str((values.get("category") or [""])[-1])


def both(values: Values) -> bool:
    """Titles and descriptions in two languages."""
    columns = ("title_en", "title_zh", "description_en", "description_zh")
    return all(values.get(c) for c in columns)


def without_variants(values: Values) -> bool:
    return not values.get("variants")


def unsaid(bed: Bed) -> set[str]:
    """Products that nobody was asked a price for."""
    asked = {str(r.values.get("product_id")) for r in bed.shop.events if r.values.get("price")}
    return {str(r.values["product_id"]) for r in bed.shop.products} - asked


def askers(bed: Bed) -> dict[str, set[str]]:
    """Who was asked a price, by product."""
    found: dict[str, set[str]] = {}
    for row in bed.shop.events:
        if row.values.get("price") and row.values.get("visitor_id"):
            name = str(row.values.get("product_id"))
            found.setdefault(name, set()).add(str(row.values["visitor_id"]))
    return found


def let_ask(bed: Bed, row: Row, already: set[str]) -> None:
    """Sound visits, until so many visitors put the listing in a cart at its price that everybody knows it."""
    days = bed.days - 1
    people = [r for r in bed.shop.events if r.values.get("event_type") == "search"]
    missing = ASKED - len(already)
    bed.rng.shuffle(people)
    for near in people:
        who = str(near.values["visitor_id"])
        if missing <= 0:
            break
        if who in already or near.key in bed.taken:
            continue
        already.add(who)
        missing -= 1
        at = bed.start_us + bed.rng.randrange(days * 16) * (DAY // 24) + bed.rng.randrange(SECOND)
        base = {c: near.values[c] for c in OF_VISITOR if c in near.values}
        base["session_id"] = f"sx{bed.rng.getrandbits(40):010x}"
        page = base | {"query_id": f"{base['session_id']}q0", "surface": "home", "position": 1}
        paid = {"price": row.values["price"], "currency": row.values["currency"], "quantity": 1}
        if row.values.get("variants"):
            paid["variant_id"] = row.values["variants"][0]["variant_id"]
        stay = bed.rng.randint(8, 60)
        seen = (
            ("impression", 0, page),
            ("click", 9, page),
            ("dwell", 9 + stay, page | {"dwell_ms": stay * 1000}),
            ("add_to_cart", 14 + stay, base | paid),
        )
        for sort, after, more in seen:
            when = at + after * SECOND + bed.rng.randrange(SECOND // 2)
            times = {"occurred_at_us": when, "received_at_us": when + 400_000}
            head = {"event_id": f"ex{bed.rng.getrandbits(40):010x}", "event_type": sort}
            about = {"product_id": row.values["product_id"]}
            bed.add(EVENTS, head | more | about | times)
    bed.shop.events.sort(key=bed.arrived)


def either(
    name: str,
    words: str,
    change: Callable[[random.Random, str, str], str],
    columns: tuple[str, str],
    *,
    fit: Callable[[Values], bool] = always,
    actions: str = f"{LOST} repair",
) -> None:
    """Register a kind that changes the English text of some listings and the Chinese one of others."""

    def plant(bed: Bed, own: Kind) -> None:
        def is_fit(values: Values) -> bool:
            return any(values.get(c) for c in columns) and fit(values)

        for row in bed.take(PRODUCTS, own.cases, is_fit):
            column = bed.rng.choice([c for c in columns if row.values.get(c)])
            clean = str(row.values[column])
            row.values[column] = change(bed.rng, clean, column)
            bed.case(own, [row], field=column, clean=clean)

    plant.__module__ = change.__module__  # the hand is that of the file that says what changes
    kind(name, words, table=PRODUCTS, actions=actions)(plant)


def beside(
    bed: Bed,
    own: Kind,
    fit: Callable[[Values], bool],
    furnish: Callable[[Bed, Values], Any],
    spoil: Callable[[Bed, Values], Any],
    field: str | Callable[[Values], str],
) -> None:
    """Make listings say what no other listing of the shop says, soundly, then spoil some of them.

    The others show how it should be.
    """
    held = [r for r in bed.shop.products if r.key not in bed.taken and fit(r.values)]
    rows = bed.take(PRODUCTS, min(own.cases + SOUND, max(own.cases, len(held))), fit)
    n_dirty = max(1, min(own.cases, 2 * len(rows) // 3))
    for row in rows:
        furnish(bed, row.values)
    sound = rows[n_dirty:]
    for n, row in enumerate(rows[:n_dirty]):
        column = field if isinstance(field, str) else field(row.values)
        clean = read(row.values, column)
        write(row.values, column, spoil(bed, row.values))
        related = tuple(r.key for r in sound[n::n_dirty])
        bed.case(own, [row], field=column, clean=clean, related=related)


def turned(rng: random.Random, text: str) -> str:
    """Two neighbouring letters of a word, not its first or last, in the other order.

    >>> turned(random.Random(0), "bamboo") != "bamboo"
    True
    """
    pairs = [m.start() for m in re.finditer(r"(?<=[a-z])(?=[a-z][a-z][a-z])", text.lower())]
    pairs = [at for at in pairs if text[at] != text[at + 1]]
    if not pairs:
        return text
    at = rng.choice(pairs)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
