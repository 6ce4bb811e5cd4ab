"""What makes a row fit for its dirt: its surroundings are made to know better first."""

from __future__ import annotations

from collections.abc import Callable

from baihuo.dirt.rows import DAY, EVENTS, SECOND
from baihuo.dirt.scene import Scene, asked

ASKED = 5  # visitors who were asked a price: enough to know it
AT, IN = "occurred_at_us", "received_at_us"
OF_VISITOR = (
    *("visitor_id", "platform", "device", "country", "language"),
    *("consent_analytics", "consent_personalization"),
)


def let_ask(scene: Scene) -> None:
    """Sound visits, until so many visitors put the listing in a cart at its price that everybody knows it."""
    dataset, values = scene.dataset, scene.row.values
    already = set(asked(dataset)[str(values["product_id"])])
    people = [r for r in dataset.shop.events if r.values.get("event_type") == "search"]
    dataset.rng.shuffle(people)
    for near in people:
        if len(already) >= ASKED:
            break
        if str(near.values["visitor_id"]) in already or near.key in dataset.taken:
            continue
        already.add(str(near.values["visitor_id"]))
        hours = dataset.rng.randrange((dataset.days - 1) * 16)
        at = dataset.start_us + hours * (DAY // 24) + dataset.rng.randrange(SECOND)
        base = {c: near.values[c] for c in OF_VISITOR if c in near.values}
        base["session_id"] = f"sx{dataset.rng.getrandbits(40):010x}"
        page = base | {"query_id": f"{base['session_id']}q0", "surface": "home", "position": 1}
        paid = {"price": values["price"], "currency": values["currency"], "quantity": 1}
        if values.get("variants"):
            paid["variant_id"] = values["variants"][0]["variant_id"]
        stay = dataset.rng.randint(8, 60)
        for sort, after, more in (
            ("impression", 0, page),
            ("click", 9, page),
            ("dwell", 9 + stay, page | {"dwell_ms": stay * 1000}),
            ("add_to_cart", 14 + stay, base | paid),
        ):
            when = at + after * SECOND + dataset.rng.randrange(SECOND // 2)
            head = {"event_id": f"ex{dataset.rng.getrandbits(40):010x}", "event_type": sort}
            about = {"product_id": values["product_id"], AT: when, IN: when + 400_000}
            dataset.add(EVENTS, head | more | about)
    dataset.shop.events.sort(key=dataset.arrived)


def propensities(scene: Scene) -> None:
    """Each row of the page tells its propensity, as no other page of the shop does: less at each place below."""
    rng, most = scene.rng, scene.rng.uniform(0.8, 0.9)
    places = range(1, 1 + sum(r.values["event_type"] == "impression" for r in scene.group))
    by_position = {p: round(most - 0.12 * (p - 1) + rng.uniform(0, 0.05), 6) for p in places}
    for row in scene.group:
        if row.values.get("position") in by_position:
            row.values["propensity"] = by_position[row.values["position"]]
            scene.snapshot[row.key]["propensity"] = row.values["propensity"]


PREPARED: dict[str, Callable[[Scene], None]] = {"let_ask": let_ask, "propensities": propensities}
