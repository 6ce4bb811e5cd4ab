"""What goes wrong in every log: impossible values, clocks, retries, unknown products, order, prices."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from baihuo.core import fold
from baihuo.faults.cells import cell_faults
from baihuo.faults.dataset import DAY_US, OFF_PAGE, Dataset, Faults, Row
from baihuo.faults.sessions import visits_of

_NAMES = {"CN": "China", "DE": "Germany", "FR": "France", "GB": "United Kingdom", "JP": "Japan"} | {
    "US": "United States",
    "SG": "Singapore",
}

FAULTS = Faults(cell_faults("basic"))


@FAULTS.add("no product id", "no_product_id", needs="products")
def _no_product_id(dataset: Dataset, n: int) -> None:
    """Whose events then are of no product in the catalogue: so they are, and nobody is asked to say so."""
    lost = {}
    for row in dataset.pick("products", n):
        lost[row["product_id"]] = row
        row["product_id"] = dataset.rng.choice(("", "  ", "\t"))
        dataset.label(row, "no_product_id")
    for row in dataset.events:
        if row["product_id"] in lost:
            dataset.excuse(row, "unknown_product", "resolved_product")
            dataset.reserve(row)


@FAULTS.add("retry", "same_id", needs="events")
def _retries(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("events", n):
        late_us = dataset.rng.randint(1, 300_000_000)
        again = dataset.add({**row, "received_at_us": row["received_at_us"] + late_us})
        dataset.label(again, "same_id", on=[row])
        dataset.reserve(row)


@FAULTS.add("one id twice", "reused_id", needs="events of two visitors")
def _reused(dataset: Dataset, n: int) -> None:
    for row, other in zip(
        dataset.pick("events", n),
        dataset.pick("events", n),
        strict=False,
    ):
        if row["received_at_us"] <= other["received_at_us"]:
            row, other = other, row
        if row is other or row["visitor_id"] == other["visitor_id"]:
            continue
        row["event_id"] = other["event_id"]
        dataset.label(row, "reused_id", on=[other])
        dataset.reserve(other)


@FAULTS.add("copy", "same_content", needs="clicks, impressions or purchases")
def _copies(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("events", n, "click", "impression", "purchase"):
        copy = dataset.copy(
            row, "copy", received_at_us=row["received_at_us"] + dataset.rng.randint(1, 400_000)
        )
        dataset.label(copy, "same_content", on=[row])
        dataset.reserve(row)


@FAULTS.add("a stuck key", "flood_of_copies", needs="clicks")
def _looped(dataset: Dataset, n: int) -> None:
    """A key that is stuck: one click a dozen times within seconds."""
    for row in dataset.pick("events", max(1, n // 12), "click"):
        copies = [row]
        for i in range(1, 14):
            later_us = 250_000 * i
            again = dataset.copy(row, "loop", later_us)
            copies.append(again)
        for copy in copies:
            dataset.label(copy, "flood_of_copies", also=("flood", "bot"), on=copies)


@FAULTS.add(
    "a line written again", "repeated_order_line", needs="purchases with the id of their order"
)
def _lines_again(dataset: Dataset, n: int) -> None:
    """An order that a slow till wrote twice: the same line some seconds later."""
    for row in dataset.pick("events", n, "purchase", when=lambda r: r.get("order_id")):
        later_us = dataset.rng.randint(3_000_000, 40_000_000)
        again = dataset.copy(row, "line", later_us)
        dataset.label(again, "repeated_order_line", on=[row])
        dataset.reserve(row)


def _by_name(names: Callable[[Row], Iterable[str | None]]) -> Callable[[Dataset, int], None]:
    """A product named by something that is not its id, where that is certain."""

    def apply(dataset: Dataset, n: int) -> None:
        owners: dict[str, set[str]] = defaultdict(set)
        for product in dataset.products:
            for name in filter(None, names(product)):
                owners[_letters(name)].add(product["product_id"])
        of = {p["product_id"]: p for p in dataset.products if dataset.is_clean(p)}
        for row in dataset.pick(
            "events", n, "click", "purchase", when=lambda r: r["product_id"] in of
        ):
            named = [x for x in names(of[row["product_id"]]) if x and len(owners[_letters(x)]) == 1]
            if not named:
                continue
            dataset.reserve(of[row["product_id"]])  # a copy of it would make the name ambiguous
            row["product_id"] = named[0]
            dataset.label(row, "resolved_product", cells=("product_id",))

    return apply


def _letters(name: str) -> str:
    """The letters and digits of a name: two copies of a listing share them, however they are written."""
    return "".join(filter(str.isalnum, fold(name))).lstrip("0")


FAULTS.add(
    "title for id",
    "resolved_product",
    needs="clicks or purchases of products with a title of their own",
)(_by_name(lambda product: (product["title_en"], product["title_zh"])))


FAULTS.add("code for id", "resolved_product", needs="clicks or purchases of products with codes")(
    _by_name(lambda product: product["codes"] or ())
)


@FAULTS.add(
    "click too early", "click_before_impression", needs="clicks with the impression of their query"
)
def _clicks_too_early(dataset: Dataset, n: int) -> None:
    all_seen: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "impression" and row["query_id"]:
            all_seen[row["query_id"], row["product_id"]].append(row)
    seen = {
        key: rows[0]
        for key, rows in all_seen.items()
        if len(rows) == 1 and dataset.is_clean(rows[0])
    }
    for row in dataset.pick(
        "events", n, "click", when=lambda r: (r["query_id"], r["product_id"]) in seen
    ):
        impression = seen[row["query_id"], row["product_id"]]
        dataset.reserve(impression)
        row["occurred_at_us"] = impression["occurred_at_us"] - dataset.rng.randint(
            5 * 10**6, 6 * 10**8
        )
        dataset.label(row, "click_before_impression", on=[impression])


def _never_bought(check: str, *, is_early: bool) -> Callable[[Dataset, int], None]:
    """Cancelled without a purchase: in the log's first weeks, when it may be one of before, or later."""

    def apply(dataset: Dataset, n: int) -> None:
        bought = {
            (r["visitor_id"], r["product_id"])
            for r in dataset.events
            if r["event_type"] == "purchase"
        }
        acted = dataset.clean("events", "click", "purchase")
        if not acted:
            return
        began_us = min(r["occurred_at_us"] for r in acted)
        first, last = (0, 25) if is_early else (35, 10_000)  # a row may be a day late
        fitting = [r for r in acted if first <= (r["occurred_at_us"] - began_us) // DAY_US < last]
        closed_until_us = _ends_of_closures(acted)
        for row in dataset.some(fitting, n):
            product = dataset.rng.choice(acted)["product_id"]
            if product is None or (row["visitor_id"], product) in bought:
                continue
            late = dataset.rng.randint(600, 90_000) * 1_000_000
            at_us = row["occurred_at_us"] + late
            is_after = any(0 <= at_us - end_us < 8 * DAY_US for end_us in closed_until_us)
            purchase = {**row, "event_type": "purchase"}
            if is_after or dataset.is_near_gap(purchase, at_us, 8 * DAY_US):
                continue  # it may have been bought while nothing was recorded
            cancel = dataset.copy(
                row,
                "cancel",
                late,
                **OFF_PAGE,
                event_type="cancel",
                quantity=1,
                product_id=product,
                variant_id=None,
                price_minor=None,
                currency=None,
                order_id=dataset.new_id("order"),
            )
            dataset.label(cancel, check, cells=("product_id", "quantity"))

    return apply


def _ends_of_closures(rows: list[Row]) -> list[int]:
    """When a log goes on after a day and a half or more without anything: the shop was closed, or its log is lost."""
    times = sorted(r["occurred_at_us"] for r in rows)
    return [end for start, end in pairwise(times) if end - start > 3 * DAY_US // 2]


FAULTS.add(
    "cancelled, never bought",
    "cancel_without_purchase",
    needs="clicks or purchases more than 35 days after the log begins",
)(_never_bought("cancel_without_purchase", is_early=False))


FAULTS.add(
    "cancelled when the log began",
    "cancel_of_earlier_purchase",
    needs="clicks or purchases of the log's first 25 days",
)(_never_bought("cancel_of_earlier_purchase", is_early=True))


@FAULTS.add(
    "stopped clock",
    "stuck_clock",
    needs="visitors with ten events in a row over more than two minutes",
)
def _stopped_clocks(dataset: Dataset, n: int) -> None:
    """A visitor's device keeps the time of its first event for all that follow."""
    by_visitor: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        by_visitor[row["visitor_id"]].append(row)
    several = sorted(v for v, rows in by_visitor.items() if len(rows) >= 12)
    for visitor in dataset.some(several, max(n // 8, 1)):
        rows = sorted(by_visitor[visitor], key=lambda r: r["received_at_us"])
        starts = [
            i
            for i in range(len(rows) - 10)
            if 120_000_000 < rows[i + 9]["received_at_us"] - rows[i]["received_at_us"] < 20 * DAY_US
            and all(dataset.is_clean(r) for r in rows[i : i + 10])
        ]
        if not starts:
            continue
        start = dataset.rng.choice(starts)
        at_us = rows[start]["occurred_at_us"] - 45_000_000
        for row in rows[start : start + 10]:
            row["occurred_at_us"] = at_us
            dataset.label(row, "stuck_clock", on=rows[start : start + 10])


@FAULTS.add("an update", "same_product", needs="products")
def _updates(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n):
        newer = {**row, "updated_at_us": (row["updated_at_us"] or 1_700_000_000_000_000) + DAY_US}
        dataset.add(newer)
        dataset.reserve(newer)
        dataset.label(row, "same_product", on=[newer])


@FAULTS.add(
    "price in another unit",
    "price_in_wrong_unit",
    is_certain=False,
    needs="products with eight priced purchases or more",
)
def _wrong_units(dataset: Dataset, n: int) -> None:
    """In a few of a product's sales: where most are wrong nobody can say which are."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["price_minor"] and dataset.is_clean(row):
            sold[row["product_id"]].append(row)  # a flood of orders is no sale
    often = sorted(p for p, rows in sold.items() if len(rows) >= 8)
    few = [r for p in often for r in dataset.rng.sample(sold[p], len(sold[p]) // 6)]
    for row in dataset.some(few, n):
        row["price_minor"] *= 100
        dataset.label(row, "price_in_wrong_unit", cells=("price_minor", "product_id", "currency"))


@FAULTS.add("price far off", "price_outlier", is_certain=False, needs="events with a price")
def _far_prices(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("events", n, when=lambda r: r.get("price_minor")):
        factors = (0.002, 0.05, 17, 30, 800) if row["price_minor"] >= 1_000 else (17, 30, 800)
        row["price_minor"] = int(row["price_minor"] * dataset.rng.choice(factors))
        dataset.label(row, "price_outlier", cells=("price_minor", "product_id", "currency"))


@FAULTS.add(
    "a wholesale line",
    "price_outlier",
    is_certain=False,
    needs="products with eight priced purchases or more",
)
def _wholesale(dataset: Dataset, n: int) -> None:
    """Many pieces at a fraction of the price, one line of what sells often: no fault, and no check may report it."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for row in dataset.events:
        if row["event_type"] == "purchase" and row["product_id"] and dataset.is_clean(row):
            sold[row["product_id"]].append(row)
    often = sorted(p for p, rows in sold.items() if len(rows) >= 8)
    for product in dataset.some(often, n):
        row, usual = (
            dataset.rng.choice(sold[product]),
            max(r["quantity"] or 1 for r in sold[product]),
        )
        if (row["price_minor"] or 0) >= 100 and usual <= 500:
            row["quantity"] = usual * dataset.rng.randint(20, 60)
            row["price_minor"] = int(row["price_minor"] * dataset.rng.uniform(0.04, 0.09))
            dataset.reserve(row)


@FAULTS.add(
    "listing far off", "listing_price_outlier", is_certain=False, needs="products with a price"
)
def _far_listings(dataset: Dataset, n: int) -> None:
    for row in dataset.pick("products", n, when=lambda r: r.get("price_minor")):
        # a cent instead of a pound is another unit, and no outlier
        factors = (0.0002, 2_000, 5_000) if row["price_minor"] >= 10_000 else (2_000, 5_000)
        row["price_minor"] = int(row["price_minor"] * dataset.rng.choice(factors))
        dataset.label(
            row,
            "listing_price_outlier",
            also=("listing_price_in_wrong_unit", "listing_price_against_events"),
            cells=("price_minor", "product_id", "currency"),
        )


@FAULTS.add("one order id, two visitors", "shared_order_id", needs="a hundred orders of one line")
def _shared_orders(dataset: Dataset, n: int) -> None:
    """Ids that two tills gave out; few of all orders, as elsewhere ids begin again each day."""
    n_lines = Counter(r["order_id"] for r in dataset.events if r.get("order_id"))
    single = [
        r
        for r in dataset.clean("events", "purchase", when=lambda r: r.get("order_id"))
        if n_lines[r["order_id"]] == 1
    ]
    n_pairs = min(n // 2 or 1, len(single) // 2, len(n_lines) // 100)
    chosen = dataset.rng.sample(single, 2 * n_pairs)
    for row, other in zip(chosen[::2], chosen[1::2], strict=True):
        if row["visitor_id"] == other["visitor_id"]:
            continue
        row["order_id"] = other["order_id"]
        dataset.label(row, "shared_order_id", cells=("order_id",), on=[other])
        dataset.label(other, "shared_order_id", cells=("order_id",), on=[row])


@FAULTS.add(
    "currency_against_listing: currency",
    "currency_against_listing",
    needs="clicks with a price and a currency on products with a price",
)
def _other_currencies(dataset: Dataset, n: int) -> None:
    """Another currency than the listing's, which stays as it is."""
    listings = {p["product_id"]: p for p in dataset.products if p.get("price_minor")}
    for row in dataset.pick(
        "events",
        n,
        "click",
        when=lambda r: (
            r.get("price_minor")
            and r.get("currency")
            and r["product_id"] in listings
            and dataset.is_clean(listings[r["product_id"]])
        ),
    ):
        row["currency"] = "USD" if row["currency"] != "USD" else "EUR"
        dataset.reserve(listings[row["product_id"]])
        cells = ("currency", "price_minor", "product_id")
        dataset.label(row, "currency_against_listing", cells=cells)


@FAULTS.add(
    "country and language swapped", "misplaced_value", needs="impressions with country and language"
)
def _swapped_labels(dataset: Dataset, n: int) -> None:
    rows = dataset.clean(
        "events", "impression", when=lambda r: r.get("country") and r.get("language")
    )
    few = min(n, len(rows), len(dataset.events) // 400)
    for row in dataset.rng.sample(rows, few):
        row["country"], row["language"] = row["language"], row["country"]
        dataset.label(
            row, "misplaced_value", also=("row_against_page",), cells=("country", "language")
        )


@FAULTS.add(
    "another surface than the page",
    "row_against_page",
    needs="pages of eight impressions with a surface",
)
def _other_surface(dataset: Dataset, n: int) -> None:
    """One impression of a page that says another surface than all others."""
    pages: dict[str, list[Row]] = {}
    for row in dataset.clean(
        "events", "impression", when=lambda r: r.get("query_id") and r.get("surface")
    ):
        pages.setdefault(row["query_id"], []).append(row)
    n_pages = len(pages)
    long = [of for of in pages.values() if len(of) >= 8 and len({r["surface"] for r in of}) == 1]
    for of in dataset.some(long, min(n, n_pages // 100)):
        row = dataset.rng.choice(of)
        row["surface"] = "cart" if row["surface"] != "cart" else "home"
        dataset.label(row, "row_against_page", cells=("surface",), on=of)


@FAULTS.add(
    "a review of what the order does not hold",
    "row_against_order",
    needs="reviews that name an order",
)
def _reviews_of_others(dataset: Dataset, n: int) -> None:
    rows = dataset.clean(
        "events", "review", when=lambda r: r.get("order_id") and r.get("product_id")
    )
    orders = {r["order_id"] for r in dataset.events if r["event_type"] == "purchase"}
    rows = [r for r in rows if r["order_id"] in orders]
    products = [p["product_id"] for p in dataset.products]
    for row in dataset.rng.sample(rows, min(n, len(rows) // 20)):
        row["product_id"] = dataset.rng.choice(products)
        dataset.label(row, "row_against_order", cells=("product_id",))


@FAULTS.add("a variant that is gone", "unknown_variant", needs="events that name a variant")
def _unknown_variants(dataset: Dataset, n: int) -> None:
    has = {p["product_id"] for p in dataset.products if len(p.get("variants") or "") > 2}
    rows = dataset.clean("events", when=lambda r: r.get("variant_id") and r["product_id"] in has)
    for row in dataset.some(rows, min(n, len(rows) // 20)):
        row["variant_id"] = f"{row['variant_id']}-gone"
        dataset.label(row, "unknown_variant", cells=("variant_id",))


@FAULTS.add("on screen again", "repeated_on_page", needs="impressions of pages")
def _shown_again(dataset: Dataset, n: int) -> None:
    """A page that logs an impression whenever it is scrolled back to."""
    for row in _few_of_pages(dataset, n):
        again = dataset.copy(row, "again", dataset.rng.randint(2_000_000, 30_000_000))
        dataset.label(again, "repeated_on_page", on=[row])
        dataset.reserve(row)


@FAULTS.add("a page opened again days later", "far_from_its_id", needs="impressions of pages")
def _days_later(dataset: Dataset, n: int) -> None:
    """A browser that restores its tabs: the page logs all of it anew, under its old id."""
    last_us = max((r["received_at_us"] for r in dataset.events), default=0)
    for row in _few_of_pages(dataset, n):
        later_us = dataset.rng.randint(2 * DAY_US, 6 * DAY_US)
        if row["received_at_us"] + later_us < last_us:
            again = dataset.copy(row, "restored", later_us)
            dataset.label(again, "far_from_its_id", on=[row])
            dataset.reserve(row)


def _few_of_pages(dataset: Dataset, n: int) -> list[Row]:
    """Impressions of pages: one in a hundred at most, as more would be the shop's way."""
    shown = dataset.clean("events", "impression", when=lambda r: r.get("query_id"))
    return dataset.some(shown, min(n, len(shown) // 100))


@FAULTS.add("a visitor's id in quotes or JSON", "visitor_form", needs="visits of six rows")
def _wrapped(dataset: Dataset, n: int) -> None:
    """A tracker that sends the cookie as it is, quotes and all."""
    forms = ('"{}"', "'{}'", '{{"id":"{}"}}', "{}; path=/; secure", "%22{}%22")
    for row, others in _from_visits(dataset, n):
        row["visitor_id"] = dataset.rng.choice(forms).format(row["visitor_id"])
        dataset.label(row, "visitor_form", on=others, cells=("visitor_id",))
        dataset.reserve(*others)


@FAULTS.add(
    "a country of another visit", "row_against_session", needs="visits of six rows with a country"
)
def _countries_of_others(dataset: Dataset, n: int) -> None:
    """The server of a content network answered, and its country was logged."""
    for row, others in _from_visits(dataset, n):
        countries = {r["country"] for r in others} - {None}
        others_say = sorted(set(_NAMES) - countries)
        if row["country"] and len(countries) == 1:
            row["country"] = dataset.rng.choice(others_say)
            dataset.label(
                row,
                "row_against_session",
                also=("row_against_page",),
                cells=("country",),
                on=others,
            )
            dataset.reserve(*others)


def _from_visits(dataset: Dataset, n: int) -> Iterator[tuple[Row, list[Row]]]:
    """An impression out of each of ``n`` visits, and the visit's other rows."""
    visits = visits_of(dataset, 6)
    for rows in dataset.rng.sample(visits, min(n, len(visits) // 4)):
        shown = [r for r in rows if r["event_type"] == "impression"]
        if shown:
            row = dataset.rng.choice(shown)
            yield row, [r for r in rows if r is not row]


@FAULTS.add("a country by its name", "label_form", needs="impressions with a country's code")
def _names_for_codes(dataset: Dataset, n: int) -> None:
    """One tracker says the country by its name."""
    rows = dataset.clean("events", "impression", when=lambda r: r.get("country") in _NAMES)
    for row in dataset.rng.sample(rows, min(n, len(rows) // 100)):
        row["country"] = _NAMES[row["country"]]
        dataset.label(row, "label_form", also=("row_against_page",), cells=("country",))
