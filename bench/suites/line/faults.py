"""The faults of a generated log: every kind of dirt that a check of events looks for, at fixed rates.

Rates are shares of rows, of one kind of event, of pages or of visitors, so that a log of any size
is equally dirty. They are injected blindly: some land on rows that have another fault already.
"""

from __future__ import annotations

import numpy as np

from suites.line.rows import (
    AD_CLICK,
    AD_SEEN,
    CANCEL,
    CART,
    CLICK,
    DAY,
    DWELL,
    HOUR,
    IMPRESSION,
    N_DAYS,
    NONE,
    PRODUCT_NAMED,
    PRODUCT_UNKNOWN,
    PURCHASE,
    REVIEW,
    SECOND,
    START_US,
    TYPO,
    Column,
    Rows,
    joined,
    row_of,
)

MINUTE = 60 * SECOND
OUTAGE = (START_US + 40 * DAY + 9 * HOUR, START_US + 40 * DAY + 21 * HOUR)  # the collector was down
MUTE = (START_US + 60 * DAY, START_US + 63 * DAY)  # a release of the app that lost its dwells
BLOCK_PAGES = 8_000  # one bot, crowd, fraud and frozen export, and two floods, for so many pages


def with_faults(rows: Rows, rng: np.random.Generator, prices: Column, n_visitors: int) -> Rows:
    """The rows of some pages with every kind of fault in them."""
    rows = joined(
        [rows, *_more(rows, rng, len(prices)), *_blocks(rows, rng, len(prices), n_visitors)]
    )
    n = len(rows["kind"])
    rows["number"] = rows["number"][0] + np.arange(n)
    rows["received"] = np.where(
        rows["received"] == NONE, rows["occurred"] + 400_000, rows["received"]
    )
    at, is_mute = rows["occurred"], (rows["visitor"] % 10 < 3) & (rows["kind"] == DWELL)
    gone = (at >= START_US + N_DAYS * DAY) | ((at >= OUTAGE[0]) & (at < OUTAGE[1]))
    gone |= is_mute & (at >= MUTE[0]) & (at < MUTE[1])
    rows = {k: v[~gone] for k, v in rows.items()}
    _of_pages(rows, rng)
    _of_visitors(rows)
    _of_rows(rows, rng, prices)
    return joined([rows, _repeated(rows, rng)])


def _of_rows(rows: Rows, rng: np.random.Generator, prices: Column) -> None:
    """Single cells. One draw a row: no row gets two of these."""
    kind, draw = rows["kind"].copy(), rng.random(len(rows["kind"]))
    price_of = prices[np.clip(rows["product"], 0, len(prices) - 1)]
    taken = 0.0

    def some(share: float, *kinds: int) -> Column:
        """Rows of some kinds (or all), that share of them, none of them drawn before."""
        nonlocal taken
        low, taken = taken, taken + share
        is_in = (draw >= low) & (draw < taken)
        return is_in & np.isin(kind, kinds) if kinds else is_in

    rows["kind"][some(1e-4)] = TYPO
    rows["product"][some(2e-4, IMPRESSION)] = NONE
    rows["session"][some(2e-5)] += 10**12
    rows["occurred"][some(1e-4)] = NONE  # refused by the import
    has_product = rows["product"] >= 0
    rows["product"][some(1e-3) & has_product] += PRODUCT_UNKNOWN
    rows["product"][some(5e-4) & has_product] += PRODUCT_NAMED
    rows["occurred"][some(3e-4)] += 3 * DAY
    rows["occurred"][some(5e-4)] += 5 * MINUTE
    rows["occurred"][some(1e-4)] -= 100 * DAY
    rows["occurred"][some(5e-5)] = 1_000 * SECOND
    for column in ("received", "occurred"):  # seconds read as milliseconds, or the like
        rows[column][(draw >= taken) & (draw < taken + 2e-5)] += 40_000 * DAY
    taken += 2e-5
    rows["number"][some(1e-4)] -= 50  # an id that another event has
    rows["position"][some(2e-4, IMPRESSION)] = 20_000
    taken += 0.01
    rows["quantity"][some(3e-3, CART, PURCHASE)] = -1
    rows["price"][some(2e-3, CART, PURCHASE)] *= -1
    rows["currency"][some(2e-3, CART, PURCHASE)] = 1
    rows["currency"][some(2e-3, CART, PURCHASE)] = 2
    rows["price"][some(4e-3, CART, PURCHASE)] *= 100
    rows["price"][some(2e-3, CART, PURCHASE)] *= 37
    rows["price"][some(2e-3, PURCHASE)] = 0
    rows["dwell"][some(3e-3, DWELL)] *= -1
    rows["rating"][some(0.02, REVIEW)] = 9
    w = some(0.01, PURCHASE)  # never seen by this visitor
    rows["product"][w] = rng.integers(0, len(prices), w.sum())
    rows["price"][w] = price_of[w]
    rows["occurred"][some(0.01, CLICK)] -= 2 * MINUTE
    rows["received"][some(6e-3, CLICK)] += 45 * MINUTE
    rows["position"][some(6e-3, CLICK)] += 3
    rows["query"][some(6e-3, CLICK)] = NONE
    w = some(3e-3, CLICK)
    rows["query"][w] = rows["session"][w] = NONE
    for column in ("occurred", "received"):
        rows[column][w] += 2 * HOUR


def _of_pages(rows: Rows, rng: np.random.Generator) -> None:
    """Whole pages: how they count, their sessions, their clock. One draw a page."""
    page, kind = rows["session"].copy(), rows["kind"]
    is_page: Column = page != NONE
    low = page[is_page].min()
    nth = np.maximum(page - low, 0)
    draw = rng.random(nth.max() + 1)[nth]
    is_outcome = np.isin(kind, (CLICK, DWELL, CART, PURCHASE))

    def of(n: int) -> Column:
        """Rows of the pages with fault number ``n``."""
        has_fault: Column = is_page & (draw >= n * 1e-3) & (draw < (n + 1) * 1e-3)
        return has_fault

    rows["position"][of(0) & (rows["position"] > 0)] -= 1
    rows["position"][of(1) & (kind == IMPRESSION) & (rows["position"] == 3)] = 2
    rows["position"][of(2) & is_outcome & (rows["position"] > 0)] += 1
    rows["session"][of(3) & (rows["position"] > 4)] += 10**9  # one page under two ids
    rows["session"][of(4)] = 2 * 10**9 + page[of(4)] // 8_000  # a cached page: everybody's id
    late = of(5) & ((rows["position"] > 5) | is_outcome)  # a tab that was opened again at night
    for column in ("occurred", "received"):
        rows[column][late] += 10 * HOUR
    seen = np.flatnonzero(of(7) & (kind == IMPRESSION))  # a product again, further down the page
    second = np.full(nth.max() + 1, NONE)
    second[nth[seen[rows["position"][seen] == 2]]] = rows["product"][
        seen[rows["position"][seen] == 2]
    ]
    fifth = seen[rows["position"][seen] == 5]
    rows["product"][fifth] = second[nth[fifth]]
    stuck = np.flatnonzero(of(6) & np.isin(kind, (IMPRESSION, CLICK, DWELL)))
    rows["received"][stuck] += 40 * SECOND + 10 * SECOND * np.maximum(rows["position"][stuck], 0)
    first = np.full(nth.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, nth[stuck], rows["occurred"][stuck])
    rows["occurred"][stuck] = first[nth[stuck]]


def _of_visitors(rows: Rows) -> None:
    """Clocks of devices: a local time sent as UTC, one seventeen minutes ahead."""
    rows["occurred"][rows["visitor"] % 1_009 == 7] += 8 * HOUR
    rows["occurred"][rows["visitor"] % 1_013 == 11] += 17 * MINUTE


def _more(rows: Rows, rng: np.random.Generator, n_products: int) -> list[Rows]:
    """Events that contradict one that is there: cancels, second reviews, second clicks."""

    def after(what: int, share: float, seconds: float, **new: object) -> Rows:
        found = np.flatnonzero(rows["kind"] == what)
        chosen = found[rng.random(len(found)) < share]
        more = {k: v[chosen].copy() for k, v in rows.items()}
        more["occurred"] = more["occurred"] + int(seconds * 1e6)
        more["received"] = np.full(len(chosen), NONE)
        for name, value in new.items():
            more[name] = np.broadcast_to(np.asarray(value), len(chosen)).astype(np.int64)
        return more

    gone = {"query": NONE, "session": NONE, "word": NONE, "position": NONE, "price": NONE}
    undone = after(PURCHASE, 0.01, 300, kind=CANCEL, **gone)
    taken_back = after(PURCHASE, 0.01, 300, kind=CANCEL, **gone)
    taken_back["order"] = taken_back["order"] + 10**9
    twice = after(CANCEL, 0.05, 86_400, order=NONE)
    baseless = after(PURCHASE, 0.01, 3_600, kind=CANCEL, order=NONE, **gone)
    baseless["product"] = rng.integers(0, n_products, len(baseless["kind"]))
    review = after(REVIEW, 0.05, 86_400, rating=1)
    # same place of the same page, and a product that was not on it
    click = after(CLICK, 0.005, 20)
    click["product"] = rng.integers(0, n_products, len(click["kind"]))
    second = after(AD_CLICK, 0.03, 60)
    unseen = after(AD_CLICK, 0.02, 5)
    unseen["product"] = rng.integers(0, n_products, len(unseen["kind"]))
    return [undone, taken_back, twice, baseless, review, click, second, unseen]


def _blocks(rows: Rows, rng: np.random.Generator, n_products: int, n_visitors: int) -> list[Rows]:
    """Programs: bots, floods, crowds, fraud on ads, an export with one time for all."""
    searches = np.flatnonzero(rows["kind"] == 0)
    first, found = rows["query"][searches[0]], []
    for n, at_row in enumerate(searches[:: BLOCK_PAGES // 6]):
        at, who = rows["occurred"][at_row], n_visitors + first * 10 + n * 1_000
        product = rng.permutation(n_products)
        kind = n % 6
        if kind == 0:  # a bot: a product every 24 seconds for two hours, nothing else
            m = 300
            occurred = at + np.arange(m) * 24 * SECOND + rng.integers(0, SECOND, m)
        elif kind in (1, 2):  # a flood: five clicks a second
            m = 130
            occurred = at + np.arange(m) * SECOND // 5
        elif kind == 3:  # a crowd: one product, one hour, everybody once
            m = 120
            occurred = at // HOUR * HOUR + np.sort(rng.integers(0, 55 * MINUTE, m))
            who, product = who + np.arange(m), product[:1]
        elif kind == 4:  # clicks on nearly every ad that is shown
            m = 40
            occurred = at + np.arange(m) // 2 * 5 * MINUTE + np.arange(m) % 2 * 7 * SECOND
            product = np.repeat(product[:20], 2)
        else:  # an export that gives each click the time of the visit
            m = 24
            occurred = np.full(m, at)
        block = row_of(
            kind=np.where(np.arange(m) % 2, AD_CLICK, AD_SEEN) if kind == 4 else np.full(m, CLICK),
            visitor=np.broadcast_to(who, m),
            occurred=occurred,
            product=product[np.arange(m) % len(product)],
        )
        if kind == 5:
            block["received"] = occurred
        found.append(block)
    return found


def _repeated(rows: Rows, rng: np.random.Generator) -> Rows:
    """Retries under the same id, copies under another, and double fires a moment later."""
    draw = rng.random(len(rows["kind"]))
    again = {k: v[draw < 4e-3].copy() for k, v in rows.items()}
    how = draw[draw < 4e-3]
    again["again"][how >= 2e-3] = 1
    fired = (
        (how >= 3e-3) & np.isin(again["kind"], (IMPRESSION, CLICK)) & (again["occurred"] != NONE)
    )
    for column in ("occurred", "received"):
        again[column][fired] += 300_000
    return again
