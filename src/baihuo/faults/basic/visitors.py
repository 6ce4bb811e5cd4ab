"""Ids of visitors that came wrapped or are nobody's, and labels in another form than the shop's."""

from __future__ import annotations

from collections.abc import Iterator

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.sessions.visits import visits_of
from baihuo.faults.traffic.client import (
    Client,
    is_possible,
    random_start,
    seen_products,
    typed_texts,
)

_SECOND_US, _MINUTE_US = 1_000_000, 60_000_000
_NAMES = {"CN": "China", "DE": "Germany", "FR": "France", "GB": "United Kingdom", "JP": "Japan"} | {
    "US": "United States",
    "SG": "Singapore",
}
_ROWS_OF_A_DEVICE = 24


def _from_visits(dataset: Dataset, n: int) -> Iterator[tuple[Row, list[Row]]]:
    """An impression out of each of ``n`` visits, and the visit's other rows."""
    visits = visits_of(dataset, 6)
    for rows in dataset.rng.sample(visits, min(n, len(visits) // 4)):
        shown = [r for r in rows if r["event_type"] == "impression"]
        if shown:
            row = dataset.rng.choice(shown)
            yield row, [r for r in rows if r is not row]


def _wrapped(dataset: Dataset, n: int) -> None:
    """A tracker that sends the cookie as it is, quotes and all."""
    forms = ('"{}"', "'{}'", '{{"id":"{}"}}', "{}; path=/; secure", "%22{}%22")
    for row, others in _from_visits(dataset, n):
        row["visitor_id"] = dataset.rng.choice(forms).format(row["visitor_id"])
        dataset.label("events", row, "visitor_form", on=others, cells=("visitor_id",))
        for other in others:
            dataset.reserve(other)


def _swapped(dataset: Dataset, n: int) -> None:
    """Two columns were read in the wrong order, now and then."""
    for row, others in _from_visits(dataset, n):
        row["visitor_id"], row["session_id"] = row["session_id"], row["visitor_id"]
        cells = ("visitor_id", "session_id")
        dataset.label(
            "events", row, "swapped_ids", also=("merged_session",), on=others, cells=cells
        )
        for other in others:
            dataset.reserve(other)


def _testers(dataset: Dataset, n: int) -> None:
    """What testers and a router's visitors did: they look at a page, and open what is on it."""
    if not is_possible(dataset, "search", "impression", "click", n_products=8):
        return
    for i in range(max(2, n // 12)):
        number = dataset.rng.randint(1, 99)
        name = f"qa-test-{i}{number}" if i % 2 else f"10.0.{i % 250}.{number}"
        client, at_us = Client(dataset, "odd_visitor", name), random_start(dataset, 1)
        products = dataset.rng.sample(seen_products(dataset), 8)
        query_id = client.page(at_us, products, dataset.rng.choice(typed_texts(dataset)))
        client.send(
            "click",
            at_us + 9 * _SECOND_US,
            query_id=query_id,
            surface="search",
            product_id=products[2],
            position=3,
        )


def _names_for_codes(dataset: Dataset, n: int) -> None:
    """One tracker says the country by its name."""
    rows = [
        r
        for r in dataset.events
        if dataset.is_clean(r) and r["event_type"] == "impression" and r.get("country") in _NAMES
    ]
    for row in dataset.rng.sample(rows, min(n, len(rows) // 100)):
        row["country"] = _NAMES[row["country"]]
        dataset.label("events", row, "label_form", also=("row_against_page",), cells=("country",))


def _other_makers(dataset: Dataset, n: int) -> None:
    """A device that does not run its platform, once in each of several visits by that device."""
    if not is_possible(dataset, "search", "impression", n_products=_ROWS_OF_A_DEVICE):
        return
    products = seen_products(dataset)
    for _ in range(max(2, n // 2)):
        client, at_us = Client(dataset, "device_against_platform"), random_start(dataset, 1)
        client.kept |= {"platform": "ios", "device": "iPhone"}
        query_id, text = dataset.new_id("query"), dataset.rng.choice(typed_texts(dataset))
        where: Row = {"query_id": query_id, "surface": "search", "query_text": text}
        client.send("search", at_us, is_fault=False, **where)
        odd = dataset.rng.randrange(_ROWS_OF_A_DEVICE)
        for i, product in enumerate(dataset.rng.sample(products, _ROWS_OF_A_DEVICE)):
            more = {"platform": "android"} if i == odd else {}
            row = client.send(
                "impression",
                at_us + 20_000 * (i + 1),
                is_fault=i == odd,
                **where,
                product_id=product,
                position=i + 1,
                **more,
            )
            if i == odd:
                dataset.excuse("events", row, "row_against_page")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a visitor's id in quotes or JSON",
        ("visitor_form",),
        True,
        _wrapped,
        needs="visits of six rows",
    ),
    Fault(
        "visitor and session in each other's column",
        ("swapped_ids",),
        True,
        _swapped,
        needs="visits of six rows",
    ),
    Fault(
        "testers and addresses of the network",
        ("odd_visitor",),
        True,
        _testers,
        needs="searches, impressions and clicks",
    ),
    Fault(
        "a country by its name",
        ("label_form",),
        True,
        _names_for_codes,
        needs="impressions with a country's code",
    ),
    Fault(
        "a device that does not run its platform",
        ("device_against_platform",),
        True,
        _other_makers,
        needs="searches and impressions of two dozen products",
    ),
)
