"""How long somebody stayed, against the click before it: every other stay ends as long after its click as it says."""

from __future__ import annotations

from baihuo.exam.independent.dirt.fourth.common import (
    Rows,
    clicked,
    keys,
    kind,
    on_page,
    page_rows,
)
from baihuo.exam.independent.dirt.second.common import AT, COPY, FIXED, again, only
from baihuo.exam.independent.kinds import Bed, Kind
from baihuo.exam.independent.rows import Row


def ends_right(row: Row, rows: Rows) -> bool:
    """The click on the product was as long before as the stay says, to five seconds."""
    values = row.values
    return any(
        r.values["product_id"] == values["product_id"]
        and abs(values[AT] - r.values[AT] - values["dwell_ms"] * 1000) < 5_000_000
        for r in only(rows, "click")
    )


@kind(
    "dwell_in_seconds",
    "a stay of 35 ms whose click was 35 s before",
    actions=FIXED,
)
def dwell_in_seconds(bed: Bed, own: Kind) -> None:
    def fit(row: Row, rows: Rows) -> bool:
        return ends_right(row, rows) and row.values["dwell_ms"] > 4000

    for row, rows in page_rows(bed, own.cases, "dwell", "dwell_ms", fit=fit):
        clean = row.values["dwell_ms"]
        row.values["dwell_ms"] = clean // 1000
        whole = (clean // 1000 * 1000,)  # as exact as it can be had from the row alone
        bed.case(own, [row], field="dwell_ms", clean=clean, fine=whole, related=keys(rows))


on_page(
    "dwell_in_microseconds",
    "a stay a thousand times as long as since its click",
    "dwell",
    "dwell_ms",
    lambda bed, row, rows: row.values["dwell_ms"] * 1000,
    fit=lambda row, rows: ends_right(row, rows) and row.values["dwell_ms"] > 4000,
    actions=FIXED,
)


on_page(
    "dwell_longer_than_since_its_click",
    "a stay of 80 s that was sent 20 s after its click",
    "dwell",
    "dwell_ms",
    lambda bed, row, rows: int(row.values["dwell_ms"] * bed.rng.uniform(2.5, 6)),
    fit=lambda row, rows: ends_right(row, rows) and 5000 < row.values["dwell_ms"] < 100_000,
    actions=FIXED,
)


@kind("dwell_sent_twice", "one stay sent twice, 0.9 s apart, when its page closed", actions=COPY)
def dwell_sent_twice(bed: Bed, own: Kind) -> None:
    for row, rows in page_rows(bed, own.cases, "dwell", "dwell_ms", fit=ends_right):
        added = again(bed, row, bed.rng.randrange(700_000, 1_100_000))
        bed.case(own, [added, row], related=keys(rows))


on_page(
    "dwell_typed_click",
    "a stay that is called a click, as long after the click as it says",
    "dwell",
    "event_type",
    lambda bed, row, rows: "click",
    fit=ends_right,
    actions=FIXED,
)


def not_clicked(rows: Rows) -> list[str]:
    return [
        r.values["product_id"]
        for r in only(rows, "impression")
        if r.values["product_id"] not in clicked(rows)
    ]


on_page(
    "dwell_of_another_product",
    "a stay at another product of the page than the only one that was clicked",
    "dwell",
    "product_id",
    lambda bed, row, rows: bed.rng.choice(not_clicked(rows)),
    fit=lambda row, rows: (
        ends_right(row, rows) and len(clicked(rows)) == 1 and bool(not_clicked(rows))
    ),
    actions=FIXED,
)
