"""A second, simple simulator: a clean catalogue, its pictures, and (in visits.py) what people do there."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import yaml

from baihuo.dirt import EVENTS, PRODUCTS, Row, Shop, draw

DAY_US = 86_400_000_000


def clean_shop(seed: int, *, events: int, products: int) -> Shop:
    """A shop without dirt. Same seed and sizes, same rows."""
    rng = random.Random(f"clean shop {seed}")
    catalogue = [Row((PRODUCTS, n), product(rng, n)) for n in range(products)]
    pictures = {name: draw(rng) for row in catalogue for name in row.values.get("images", [])}
    return Shop(visits(rng, [r.values for r in catalogue], events), catalogue, pictures)


def ean(rng: random.Random) -> str:
    """A EAN-13 with a right check digit."""
    digits = [6, 9] + [rng.randrange(10) for _ in range(10)]
    total = sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits))
    return "".join(map(str, digits)) + str(-total % 10)


def product(rng: random.Random, n: int) -> dict[str, Any]:
    """One listing, as a catalogue's export would hold it. ``price`` is a decimal text."""
    lists = words()
    sort = rng.choice(lists["types"])
    brand, brand_zh = lists["brands"][rng.randrange(len(lists["brands"]))]
    colour, colour_zh = rng.choice(lists["colours"])
    material, material_zh = rng.choice(sort["materials"])
    look, look_zh = rng.choice(lists["looks"])
    model = "".join(rng.choice("ABCDEFGHKLMNPRSTVW") for _ in range(2)) + str(1000 + n)
    measures = {name: (rng.choice(v[1]), v[0]) for name, v in sort["measures"].items()}
    first, unit = next(iter(measures.values()))
    named = {"brand": brand, "type": sort["en"], "colour": colour, "material": material}
    named |= {"look": look, "model": model}
    named_zh = {"brand": brand_zh, "type": sort["zh"], "colour": colour_zh}
    named_zh |= {"material": material_zh, "look": look_zh, "model": model}
    price = sort["price"] * rng.lognormvariate(0.0, 0.22)
    values: dict[str, Any] = {
        "product_id": f"P{100000 + n}",
        "title_en": f"{brand} {model} {look} {material} {sort['en']} {first} {unit} {colour}",
        "title_zh": f"{brand_zh} {model} {look_zh}{material_zh}{sort['zh']} {first}{unit} {colour_zh}",
        "description_en": text_of(rng, lists["sentences"]["en"], named, " "),
        "description_zh": text_of(rng, lists["sentences"]["zh"], named_zh, ""),
        "brand": brand,
        "model": model,
        "category": list(sort["category"]),
        "codes": [ean(rng)],
        "price": f"{round(price) - rng.choice([0, 0.1, 0.5]):.2f}",
        "currency": "CNY",
        "stock_units": rng.randint(40, 400),
        "attributes": {"Colour": colour, "Material": material}
        | {name: f"{value} {of}" for name, (value, of) in measures.items()},
        "released_at_us": START_US - rng.randint(20, 700) * DAY_US,
        "updated_at_us": START_US + 27 * DAY_US - rng.randint(1, 150) * 3_600_000_000,
    }
    if n % 5 < 2:  # a file for each would be most of an exam's work
        values["images"] = [f"pictures/{n:05d}.png"]
    if "sizes" in sort:
        values["variants"] = [
            {
                "variant_id": f"P{100000 + n}-{size}",
                "attributes": {"Size": size, "Colour": colour},
                "stock_units": rng.randint(20, 90),
                "codes": [ean(rng)],
            }
            for size in sort["sizes"]
        ]
        values["stock_units"] = sum(v["stock_units"] for v in values["variants"])
    return values


def text_of(rng: random.Random, sentences: list[str], named: dict[str, str], between: str) -> str:
    chosen = rng.sample(sentences, 4)
    return between.join(s.format(n=rng.randint(11, 99), **named) for s in chosen)


# What people do in the second simulator: visits of searches, impressions, clicks, carts, orders, reviews.


START_US = 1_740_960_000_000_000  # Monday, 3 March 2025, 00:00 UTC
SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
DAYS = 28
PER_VISIT = 13.5  # events of a visit, about
HOURS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]  # UTC: a Chinese day
BUSY = [3, 4, 5, 6, 6, 5, 5, 6, 6, 6, 7, 8, 9, 9, 7, 4]


@dataclass(slots=True)
class Visitor:
    """One person: the same language and device in every visit."""

    name: str
    language: str
    platform: str
    device: str
    likes: list[str]
    busy: set[int] = field(default_factory=set)  # hours of a visit: a visitor makes one at a time


@dataclass(slots=True)
class Log:
    """Events as they are made; the ids count up."""

    rng: random.Random
    goods: dict[str, list[dict[str, Any]]]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def event(self, base: dict[str, Any], at: int, sort: str, **more: Any) -> dict[str, Any]:
        n = len(self.rows)
        event = {"event_id": f"e{n:08x}", "event_type": sort} | base
        event |= {"occurred_at_us": at, "received_at_us": at + self.rng.randint(120, 2500) * 1000}
        event |= {k: v for k, v in more.items() if v is not None}
        self.rows.append(event)
        return event


def visits(rng: random.Random, products: list[dict[str, Any]], n: int) -> list[Row]:
    """About ``n`` events over four weeks, in the order received."""
    goods: dict[str, list[dict[str, Any]]] = {}
    for product in products:
        goods.setdefault(" > ".join(product.get("category") or ["all"]), []).append(product)
    log = Log(rng, goods)
    people = [someone(rng, i, list(goods)) for i in range(max(40, n // 24))]
    visit = 0
    while len(log.rows) < n:
        day = rng.randrange(DAYS)
        at = START_US + day * DAY + rng.choices(HOURS, BUSY)[0] * HOUR
        person = people[int(len(people) * rng.random() ** 1.4)]
        hour = at // HOUR
        if person.busy & {hour - 1, hour, hour + 1}:
            continue
        person.busy.add(hour)
        visit += 1
        one_visit(log, person, f"s{visit:06d}", at + rng.randrange(HOUR))
    end = START_US + DAYS * DAY
    events = [e for e in log.rows if e["received_at_us"] < end]
    events.sort(key=lambda e: e["received_at_us"])
    return [Row((EVENTS, i), e) for i, e in enumerate(events)]


def someone(rng: random.Random, i: int, shelves: list[str]) -> Visitor:
    platform = rng.choice(["web", "web", "ios", "android"])
    device = {"web": "desktop", "ios": "iphone", "android": "pixel"}[platform]
    likes = rng.sample(shelves, min(4, len(shelves)))
    return Visitor(f"v{i:05d}", rng.choice(["zh", "zh", "en"]), platform, device, likes)


def one_visit(log: Log, person: Visitor, session: str, at: int) -> None:
    rng = log.rng
    base = {"visitor_id": person.name, "session_id": session, "platform": person.platform}
    base |= {"device": person.device, "country": "CN", "language": person.language}
    base |= {"consent_analytics": "granted", "consent_personalization": "granted"}
    for n in range(rng.choice([1, 1, 2])):
        shelf = rng.choice(person.likes)
        at = one_page(log, person, base, shelf, at, f"{session}q{n}")
        at += rng.randint(20, 200) * SECOND


def popular(rng: random.Random, goods: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """Different products of a shelf; the first ones are shown most."""
    places = sorted(range(len(goods)), key=lambda i: rng.random() ** ((i + 1) ** 0.6), reverse=True)
    return [goods[i] for i in places[:n]]


def typed(rng: random.Random, product: dict[str, Any], language: str) -> str:
    """A search: the colour and kind of a product on the shelf, now and then its brand."""
    title = str(product.get(f"title_{language}") or product.get("title_en") or "gift")
    words = title.split()
    if language == "zh":
        return words[-1] if len(words) < 4 else f"{words[-1]}{words[2][2:8]}"
    return " ".join(words[-2:] if rng.random() < 0.5 else words[3:6] or words)


def one_page(
    log: Log, person: Visitor, base: dict[str, Any], shelf: str, at: int, query: str
) -> int:
    rng = log.rng
    shown = popular(rng, log.goods[shelf], rng.randint(3, 6))
    is_search = rng.random() < 0.7
    surface = "search" if is_search else "home"
    text = typed(rng, shown[0], person.language) if is_search else None
    page = base | {"query_id": query, "surface": surface}
    if is_search:
        log.event(page, at, "search", query_text=text)
    at += 300_000
    for place, product in enumerate(shown, 1):
        at += rng.randint(30, 90) * 1000
        log.event(
            page,
            at,
            "impression",
            product_id=product["product_id"],
            position=place,
            query_text=text,
        )
    for place, product in enumerate(shown, 1):
        if rng.random() < 0.6 / place:
            at += rng.randint(3, 25) * SECOND
            at = one_look(
                log, base, page | {"query_text": text} if text else page, product, place, at
            )
    return at


def one_look(
    log: Log,
    base: dict[str, Any],
    page: dict[str, Any],
    product: dict[str, Any],
    place: int,
    at: int,
) -> int:
    """A click and what follows it; answers when the visitor goes on."""
    rng = log.rng
    about = {"product_id": product["product_id"]}
    log.event(page, at, "click", position=place, **about)
    stay = rng.randint(6, 90) * SECOND + rng.randrange(SECOND)
    log.event(page, at + stay, "dwell", dwell_ms=stay // 1000, position=place, **about)
    at += stay
    if rng.random() > 0.5 or product.get("price") is None:
        return at
    variant = rng.choice(product.get("variants") or [{}]).get("variant_id")
    paid = about | {"price": product["price"], "currency": product["currency"]}
    if rng.random() < 0.06:  # a coupon
        less = rng.choice([0.9, 0.85, 0.8, 0.7])
        paid["price"] = f"{float(product['price']) * less:.2f}"
    paid |= {"quantity": rng.choices([1, 2, 3, 5], [8, 2, 2, 1])[0], "variant_id": variant}
    at += rng.randint(2, 30) * SECOND
    log.event(base, at, "add_to_cart", **paid)
    if rng.random() > 0.7:
        return at
    at += rng.randint(40, 300) * SECOND
    order = f"o{len(log.rows):07d}"
    log.event(base, at, "purchase", order_id=order, **paid)
    later(log, base, product, paid, order, at)
    return at


def later(
    log: Log,
    base: dict[str, Any],
    product: dict[str, Any],
    paid: dict[str, Any],
    order: str,
    at: int,
) -> None:
    """Days after an order: some cancel it, some write a review, in visits of their own."""
    rng = log.rng
    day = at + rng.randint(2, 9) * DAY + rng.randrange(3 * HOUR)
    again = base | {"session_id": f"{base['session_id']}r{len(log.rows)}"}
    if rng.random() < 0.06:
        log.event(again, day, "cancel", order_id=order, **paid)
    elif rng.random() < 0.8:
        text = review(rng, product, str(base["language"]))
        about = {"product_id": product["product_id"], "order_id": order}
        log.event(again, day, "review", rating=rng.choice([3, 4, 4, 5, 5]), text=text, **about)


def review(rng: random.Random, product: dict[str, Any], language: str) -> str:
    lists = words()
    attributes = product.get("attributes") or {}
    title = str(product.get(f"title_{language}") or product.get("title_en") or "")
    sort = next((t for t in lists["types"] if t[language] in title), None)
    pairs = dict(lists["colours"])
    colour, material = str(attributes.get("Colour", "")), str(attributes.get("Material", ""))
    if language == "zh":
        colour = pairs.get(colour, colour)
        material = dict(sort["materials"]).get(material, material) if sort else material
    kind = sort[language] if sort else (title.split() or ["item"])[-1]
    sentences = rng.sample(lists["reviews"][language], 2)
    join = "" if language == "zh" else " "
    return join.join(
        s.format(type=kind, colour=colour, material=material, n=rng.randint(2, 12))
        for s in sentences
    )


# What the second simulator sells and says: ``words.yaml``.


@functools.cache
def words() -> dict[str, Any]:
    """What the simulator sells and says."""
    text = (resources.files(__package__) / "words.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
