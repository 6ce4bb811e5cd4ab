"""Orders, shoppers and variants of the sample shop, made from its simulated purchases.

In the form of tau-bench's three files, with dates, currency and names in both languages in addition.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from baihuo.simulate.service.word_lists import people

_DAY_US = 86_400_000_000
_PENDING_DAYS = 1.5  # after so long an order has left
_P_RETURNED = 0.03  # of delivered orders
_P_GIFT_CARD = 0.15
_CURRENCY = "CNY"


@dataclass(frozen=True, slots=True, eq=False)
class OrderBook:
    """Everything about orders. Ids are those of the events."""

    users: dict[str, dict[str, Any]]
    orders: dict[str, dict[str, Any]]
    products: dict[str, dict[str, Any]]
    language: dict[str, str]  # user_id → "en" or "zh"

    @classmethod
    def of(cls, shop: Path, *, seed: int, until_us: int) -> OrderBook:
        """From the files of a sample shop.

        Args:
            shop: The folder that ``make_shop`` wrote.
            seed: Of names, addresses and payments.
            until_us: Now: how far an order is depends on its age.
        """
        rng = random.Random(f"orders:{seed}")
        products = _products(shop)
        bought, cancelled = _purchases(shop, products)
        users, language, user_of = _users(shop, bought, rng)
        orders: dict[str, dict[str, Any]] = {}
        for order_id, lines in bought.items():
            user_id = user_of[str(lines[0]["visitor_id"])]
            user = users[user_id]
            order = _order(order_id, lines, user_id, user, products, until_us, rng)
            if all((order_id, line["product_id"]) in cancelled for line in lines):
                order["status"], order["fulfillments"] = "cancelled", []
                order["payment_history"].append(
                    {**order["payment_history"][0], "transaction_type": "refund"}
                )
            orders[order_id] = order
            user["orders"].append(order_id)
        return cls(users, orders, products, language)

    def write(self, out: Path) -> None:
        """``users.json``, ``orders.json`` and ``products.json``."""
        for name in ("users", "orders", "products"):
            written = orjson.dumps(getattr(self, name), option=orjson.OPT_INDENT_2)
            (out / f"{name}.json").write_bytes(written)


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines that are JSON objects; dirty ones are left out."""
    read = []
    with path.open("rb") as file:
        for line in file:
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(row, dict):
                read.append(row)
    return read


def _products(shop: Path) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for row in _lines(shop / "products.jsonl"):
        product_id, price = row.get("product_id"), row.get("price_minor")
        if not isinstance(product_id, str) or not isinstance(price, int) or price <= 0:
            continue
        names = {la: row[f"title_{la}"] for la in ("en", "zh") if row.get(f"title_{la}")}
        if not names or product_id in made:
            continue  # the first line of a product is the true one, dirt follows it
        options = {
            str(k).casefold(): str(v)
            for k, v in (row.get("attributes") or {}).items()
            if k == "Colour"
        }
        variants = row.get("variants") or [{"variant_id": product_id, "attributes": {}}]
        made[product_id] = {
            "name": names.get("en") or names["zh"],
            "names": names,
            "short_name": f"{row.get('brand', '')} {row.get('model', '')}".strip(),
            "category": row.get("category"),
            "currency": _CURRENCY,
            "product_id": product_id,
            "variants": {
                v["variant_id"]: {
                    "item_id": v["variant_id"],
                    "options": options
                    | {str(k).casefold(): str(x) for k, x in v["attributes"].items()},
                    "available": bool(v.get("stock_units", row.get("stock_units", 1))),
                    "price": price / 100,
                }
                for v in variants
            },
        }
    return made


def _purchases(
    shop: Path, products: dict[str, dict[str, Any]]
) -> tuple[dict[str, list[dict[str, Any]]], set[tuple[str, str]]]:
    """Lines by order in the order of time, and what was cancelled; of products and visitors that there are."""
    known = set(pq.read_table(shop / "truth" / "visitors.parquet")["visitor_id"].to_pylist())
    bought: dict[str, list[dict[str, Any]]] = {}
    cancelled, seen = set(), set()
    for row in _lines(shop / "events.jsonl"):
        kind, order_id = row.get("event_type"), row.get("order_id")
        if kind not in ("purchase", "cancel") or not isinstance(order_id, str):
            continue
        product_id, at_us = row.get("product_id"), row.get("occurred_at_us")
        if product_id not in products or row.get("visitor_id") not in known:
            continue
        if kind == "cancel":
            cancelled.add((order_id, str(product_id)))
        elif row["event_id"] not in seen and isinstance(at_us, int):
            seen.add(row["event_id"])
            received_us = row.get("received_at_us")
            if isinstance(received_us, int) and received_us < at_us:
                row["occurred_at_us"] = received_us  # the clock of this visitor is wrong
            bought.setdefault(order_id, []).append(row)
    return bought, cancelled


def _users(
    shop: Path, bought: dict[str, list[dict[str, Any]]], rng: random.Random
) -> tuple[dict[str, dict[str, Any]], dict[str, str], dict[str, str]]:
    """People who ordered, the language of each, and whose a visitor id is."""
    rows = pq.read_table(shop / "truth" / "visitors.parquet").to_pylist()
    person_of = {row["visitor_id"]: (int(row["person"]), str(row["language"])) for row in rows}
    country_of = {
        str(line["visitor_id"]): str(line.get("country") or "CN")
        for lines in bought.values()
        for line in lines
    }
    users: dict[str, dict[str, Any]] = {}
    language: dict[str, str] = {}
    user_of: dict[str, str] = {}
    for visitor_id, country in country_of.items():
        person, spoken = person_of[visitor_id]
        user_id = f"u{person + 1:05d}"
        user_of[visitor_id], language[user_id] = user_id, spoken
        if user_id not in users:
            users[user_id] = _user(person, spoken, country, rng)
        users[user_id]["visitor_ids"].append(visitor_id)
    return users, language, user_of


def _user(person: int, language: str, country: str, rng: random.Random) -> dict[str, Any]:
    words = people()
    if language == "zh":
        i = rng.randrange(len(words["chinese"]["first"]))
        last, _, spelled = rng.choice(words["chinese"]["last"]).partition("|")
        first, mail = words["chinese"]["first"][i], f"{spelled}.{words['chinese']['spelled'][i]}"
    else:
        first, last = (rng.choice(words["english"][part]) for part in ("first", "last"))
        mail = f"{first}.{last}".lower()
    known = country if country in words["cities"] else "CN"
    city, state, postal = rng.choice(words["cities"][known])
    street = rng.choice(words["streets"]["CN" if known == "CN" else "other"])
    number = rng.randint(1, 199)
    methods: dict[str, dict[str, Any]] = {
        "alipay": {"source": "alipay"},
        "gift_card": {"source": "gift_card", "balance": float(rng.randint(0, 80) * 10)},
    }
    if known != "CN":
        four = f"{rng.randrange(10_000):04d}"
        card = {"source": "credit_card", "brand": "visa", "last_four": four}
        methods = {"credit_card": card, "gift_card": methods["gift_card"]}
    return {
        "name": {"first_name": first, "last_name": last},
        "email": f"{mail}{person + 1}@example.com",
        "address": {
            "address1": f"{street}{number}号" if known == "CN" else f"{number} {street}",
            "address2": "",
            "city": city,
            "state": state,
            "country": known,
            "zip": postal,
        },
        "payment_methods": {
            f"{name}_{person + 1}": {**what, "id": f"{name}_{person + 1}"}
            for name, what in methods.items()
        },
        "currency": _CURRENCY,
        "visitor_ids": [],
        "orders": [],
    }


def _order(
    order_id: str,
    lines: list[dict[str, Any]],
    user_id: str,
    user: dict[str, Any],
    products: dict[str, dict[str, Any]],
    until_us: int,
    rng: random.Random,
) -> dict[str, Any]:
    items = []
    for line in lines:
        product = products[line["product_id"]]
        item_id = line.get("variant_id")
        if item_id not in product["variants"]:
            item_id = next(iter(product["variants"]))
        variant = product["variants"][item_id]
        quantity = line.get("quantity")
        for _ in range(quantity if isinstance(quantity, int) and 0 < quantity < 10 else 1):
            items.append(
                {
                    "name": product["name"],
                    "product_id": line["product_id"],
                    "item_id": item_id,
                    "price": variant["price"],
                    "options": variant["options"],
                }
            )
    ordered_us = int(lines[0]["occurred_at_us"])
    sent_us = ordered_us + int(rng.uniform(0.2, _PENDING_DAYS) * _DAY_US)
    delivered_us = sent_us + int(rng.uniform(2, 4) * _DAY_US)
    status = "pending" if sent_us > until_us else "processed"
    if delivered_us <= until_us:
        status = "return requested" if rng.random() < _P_RETURNED else "delivered"
    tracking = f"SF{rng.randrange(10**12):012d}"
    methods = list(user["payment_methods"])
    return {
        "order_id": order_id,
        "user_id": user_id,
        "address": dict(user["address"]),
        "items": items,
        "fulfillments": []
        if status == "pending"
        else [{"tracking_id": [tracking], "item_ids": [item["item_id"] for item in items]}],
        "status": status,
        "payment_history": [
            {
                "transaction_type": "payment",
                "amount": round(sum(item["price"] for item in items), 2),
                "payment_method_id": methods[rng.random() < _P_GIFT_CARD],
            }
        ],
        "currency": _CURRENCY,
        "ordered_at": _utc(ordered_us),
        "sent_at": None if status == "pending" else _utc(sent_us),
        "delivered_at": _utc(delivered_us) if delivered_us <= until_us else None,
    }


def _utc(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
