"""Pages, and what people do there."""

from __future__ import annotations

from typing import Any

from baihuo.exam.independent.dirt.second.common import (
    COPY,
    FIXED,
    again,
    of,
    only,
    pages,
    put,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind


@kind("render_loop", "an impression that a page's code sends a dozen times a second", actions=COPY)
def render_loop(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("impression")):
        copies = [again(bed, row, n * 16_700) for n in range(1, 13)]
        bed.case(own, [*copies, row])


@kind("keystrokes", "a search for each letter that is typed", actions=COPY)
def keystrokes(bed: Bed, own: Kind) -> None:
    def is_fit(values: dict[str, Any]) -> bool:
        return values["event_type"] == "search" and len(str(values.get("query_text"))) >= 4

    for row in bed.take(own.table, 12, is_fit):
        text = row.values["query_text"]
        for n in range(1, min(len(text), 9)):
            added = again(
                bed,
                row,
                (n - 10) * 140_000,
                query_text=text[:n],
                query_id=f"{row.values['query_id']}k{n}",
            )
            bed.case(own, [added], related=(row.key,))


@kind("text_of_other_page", "results under the text of another search", actions=FIXED)
def text_of_other_page(bed: Bed, own: Kind) -> None:
    chosen = pages(bed, own.cases)
    texts = [only(rows, "search")[0].values["query_text"] for rows in chosen]
    for rows, own_text, other in zip(chosen, texts, texts[1:] + texts[:1], strict=True):
        dirty = [
            r for r in only(rows, "impression", "click", "dwell") if r.values.get("query_text")
        ]
        for row in dirty:
            row.values["query_text"] = other
        if other != own_text:
            bed.case(
                own, dirty, field="query_text", clean=own_text, related=tuple(r.key for r in rows)
            )


@kind("page_id_of_cache", "a cached page: one search id for three people", actions=FIXED)
def page_id_of_cache(bed: Bed, own: Kind) -> None:
    chosen = pages(bed, own.cases)
    for n, rows in enumerate(chosen):
        first = chosen[n - n % 3][0].values
        if n % 3 and first["visitor_id"] != rows[0].values["visitor_id"]:
            clean = rows[0].values["query_id"]
            for row in rows:
                row.values["query_id"] = first["query_id"]
                bed.case(
                    own,
                    [row],
                    field="query_id",
                    clean=clean,
                    related=tuple(r.key for r in chosen[n - n % 3]),
                )


@kind("position_pixels", "where on the screen, in pixels, as the position", actions=FIXED)
def position_pixels(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, own.cases):
        placed = [r for r in rows if r.values.get("position")]
        clean = placed[0].values["position"]
        for row in placed:
            row.values["position"] = 96 + 248 * row.values["position"]
        bed.case(own, placed, field="position", clean=clean)


@kind("click_not_on_page", "a click on a thing that its page did not show", actions=FIXED)
def click_not_on_page(bed: Bed, own: Kind) -> None:
    for rows in pages(bed, 50, search=False):
        clicks = only(rows, "click")
        if not clicks:
            continue
        clean = clicks[-1].values["product_id"]
        about = [r for r in only(rows, "click", "dwell") if r.values["product_id"] == clean]
        other = bed.rng.choice(bed.sound_products()).values["product_id"]
        for row in about:
            row.values["product_id"] = other
        bed.case(own, about, field="product_id", clean=clean, related=tuple(r.key for r in rows))


@kind("search_with_product", "a search that carries a product and a price", actions=FIXED)
def search_with_product(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("search")):
        product = bed.rng.choice(bed.sound_products()).values
        put(
            row,
            product_id=product["product_id"],
            price=product["price"],
            currency="CNY",
            quantity=1,
        )
        bed.case(own, [row])


@kind("double_tagging", "everything a second time, under the id of a second tracker", actions=COPY)
def double_tagging(bed: Bed, own: Kind) -> None:
    for rows in bed.take_visitors(6, lambda rows: 14 <= len(rows) <= 40):
        name = f"GA1.2.{bed.rng.randrange(10**9)}.{1740900000 + bed.rng.randrange(9999)}"
        for row in rows:
            added = again(
                bed,
                row,
                bed.rng.randint(3, 9) * 1000,
                visitor_id=name,
                session_id=f"ga{row.values.get('session_id')}",
            )
            bed.case(own, [added, row], related=tuple(r.key for r in rows))
