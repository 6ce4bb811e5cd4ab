"""The checks of ``_line_pandas.py``: the findings of ours and of the DuckDB script, with pandas.

``e`` holds the rows that are left, repaired, indexed by line. What a step found is written down, then
rows are dropped and cells set. Rules and shortcuts are those of ``_line_by_hand_clean.py``.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
import pandas as pd

US = 1_000_000
MINUTE, HOUR, DAY = 60 * US, 3_600 * US, 86_400 * US
HALF = 30 * MINUTE
OLDEST = 788_918_400_000_000
HAND = ("click", "dwell", "add_to_cart", "remove_from_cart", "search")
BROWSING = ("search", "impression", "click", "dwell", "add_to_cart", "ad_impression", "ad_click")
OUTCOMES = ("click", "dwell", "add_to_cart", "purchase")
FACT = ["event_type", "visitor_id", "product_id", "order_id", "query_id"]
CONTENT = [
    "event_type",
    "visitor_id",
    "session_id",
    "query_id",
    "query_text",
    "product_id",
    "order_id",
    "surface",
    "position",
    "price_minor",
    "currency",
    "quantity",
    "dwell_ms",
    "rating",
    "platform",
    "device",
    "country",
]
OF_EVENT = ["visitor_id", "product_id"]


class Log:
    """The rows that are left, and everything that was found."""

    def __init__(self, events: pd.DataFrame) -> None:
        self.e = events.set_index("line", drop=False).rename_axis(None)
        self.found: list[pd.DataFrame] = []
        self._round: list[pd.DataFrame] = []

    def of(self, *kinds: str) -> pd.DataFrame:
        return self.e[self.e["event_type"].isin(kinds)]

    def note(
        self, lines: object, rule: str, action: str, column: str = "", new: object = None
    ) -> None:
        """Findings of one rule; what they do is done by :meth:`apply`, after all rules of the step."""
        found = pd.DataFrame({"line": np.asarray(lines, np.int64)})
        found["rule"], found["action"], found["column"] = rule, action, column
        found["new"] = pd.Series(
            np.asarray(new, object) if new is not None else None, found.index, object
        )
        self._round.append(found)

    def apply(self) -> None:
        for found in self._round:
            if found["action"].iloc[:1].eq("repair").any():
                column = found["column"].iloc[0]
                new = found.drop_duplicates("line").set_index("line")["new"]
                new = new[new.index.isin(self.e.index)]
                self.e.loc[new.index, column] = new.astype(self.e[column].dtype)
        gone = [
            f["line"]
            for f in self._round
            if f["action"].iloc[:1].isin(["quarantine", "merge"]).any()
        ]
        if gone:
            self.e = self.e[~self.e.index.isin(pd.concat(gone))]
        self.found += [f.assign(step=len(self.found)) for f in self._round]
        self._round = []


def clean(
    events: pd.DataFrame, products: pd.DataFrame, out: Path
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everything cleaned, and as files: the clean rows, the quarantine and the findings."""
    raw = events
    is_wrong = products["price_minor"] < 0
    in_products = [products[is_wrong].assign(rule="bad_listing_price", action="repair")]
    products = products.assign(price_minor=products["price_minor"].where(~is_wrong))
    is_again = products.duplicated("product_id")
    in_products.append(products[is_again].assign(rule="same_product", action="merge"))
    products = products[~is_again]
    log = Log(events)
    zeros = _schema(log)
    for step in (_clocks, _times, _same_id, _same_content):
        step(log)
        log.apply()
    _orphans(log, products)
    log.apply()
    for step in (_order, _floods, _crowds, _ads, _bots):
        step(log)
        log.apply()
    suspects = _merged_sessions(log)
    log.apply()
    _broken_sessions(log, suspects)
    log.apply()
    _told(log)
    log.apply()
    zeros = zeros[zeros.isin(log.e.index[log.e["query_id"].notna() & log.e["position"].isna()])]
    counted = _pages(log, zeros)
    log.apply()
    _positions(log, zeros, counted)
    log.apply()
    _prices(log, products)
    log.apply()
    _holes(log)
    log.apply()
    e = log.e.sort_values(["received_at_us", "event_id", "line"])
    e.to_parquet(out / "clean.parquet", compression="zstd", index=False)
    found = pd.concat(log.found)
    taken = found[found["action"] == "quarantine"].drop_duplicates("line")
    raw.merge(taken[["line", "rule"]], on="line").to_parquet(
        out / "quarantine.parquet", compression="zstd", index=False
    )
    found = pd.concat(
        [found.assign(table="events"), *(p.assign(table="products") for p in in_products)]
    )
    found = found[["table", "line", "rule", "action", "new"]].sort_values(["table", "line", "rule"])
    found["new"] = found["new"].astype("str")
    found.to_parquet(out / "findings.parquet", compression="zstd", index=False)
    return e.reset_index(drop=True), products


def _schema(log: Log) -> pd.Series:
    e = log.e
    zeros = e.loc[(e["position"] == 0).fillna(False), "line"]
    needs = e["event_type"].isin(
        ("impression", "click", "add_to_cart", "purchase", "cancel", "review")
    )
    log.note(e.index[e["product_id"].isna() & needs], "no_product", "quarantine")
    ids = ("event_id", "visitor_id", "session_id", "query_id", "product_id", "order_id")
    huge = e["query_text"].str.len() > 20_000
    for name in ids:
        huge |= e[name].str.len() > 256
    log.note(e.index[huge], "huge_value", "quarantine")
    for name, low, high, rule, action in (
        ("quantity", 1, 100_000, "bad_quantity", "quarantine"),
        ("price_minor", 0, 10**11, "bad_price", "repair"),
        ("position", 1, 10_000, "bad_position", "repair"),
        ("dwell_ms", 0, 12 * HOUR // 1000, "bad_dwell", "quarantine"),
        ("rating", 1, 5, "bad_rating", "quarantine"),
    ):
        bad = ((e[name] < low) | (e[name] > high)).fillna(False).to_numpy(bool)
        log.note(e.index[bad], rule, action, name, np.full(bad.sum(), pd.NA, object))
    log.apply()
    return zeros


def _clocks(log: Log) -> None:
    """Off by about so many half hours, or by one amount of minutes, ten times or more."""
    e = log.e
    odd = pd.DataFrame(
        {
            "line": e["line"],
            "v": e["visitor_id"],
            "o": e["occurred_at_us"],
            "r": e["received_at_us"],
        }
    )
    odd["d"] = odd["o"] - odd["r"]
    odd = odd[((odd["d"] > MINUTE) | (odd["d"] <= -29 * MINUTE)) & (odd["d"].abs() < 400 * DAY)]
    odd["k"] = np.ceil((odd["d"] - MINUTE) / HALF).astype(np.int64)
    odd["near"] = (odd["d"] - odd["k"] * HALF).abs() <= MINUTE

    def spans(groups: pd.core.groupby.DataFrameGroupBy) -> pd.DataFrame:
        s = groups.agg(
            n=("line", "size"), o0=("o", "min"), o1=("o", "max"), r0=("r", "min"), r1=("r", "max")
        )
        s["theirs"], s["ours"] = s["o1"] - s["o0"], s["r1"] - s["r0"]
        return s

    zones = spans(odd.groupby(["v", "k"]))
    zones["near"] = odd.groupby(["v", "k"])["near"].sum()
    n_all = odd.groupby("v").size()
    zones = zones[
        (zones["near"] >= 10)
        & (zones["near"] >= 0.3 * zones["n"])
        & (zones["theirs"] >= 0.5 * zones["ours"])
        & ((zones.index.get_level_values("k") > 0) | (zones["ours"] >= 6 * HOUR))
        & (zones["n"] >= 0.8 * n_all.reindex(zones.index.get_level_values("v")).to_numpy())
    ]
    is_zone = pd.MultiIndex.from_frame(odd[["v", "k"]]).isin(zones.index)
    zone, rest = odd[is_zone], odd[~is_zone].copy()
    log.note(
        zone["line"],
        "wrong_time_zone",
        "repair",
        "occurred_at_us",
        np.minimum(zone["o"] - zone["k"] * HALF, zone["r"]),
    )
    by = rest.groupby("v")["d"]
    rest["n"] = by.transform("size")
    rest["middle"] = by.transform(lambda d: d.quantile(0.5, interpolation="lower"))
    near = rest[
        (rest["n"] >= 10) & rest["d"].between(rest["middle"] - HALF, rest["middle"] + 2 * MINUTE)
    ].copy()
    near["is_in"] = (near["d"] - near["middle"]).abs() <= 2 * MINUTE
    skews = spans(near.groupby("v"))
    skews["n_all"] = near.groupby("v")["n"].first()
    inner = near[near["is_in"]].groupby("v")["d"]
    skews["n_in"], skews["by"] = inner.size(), inner.quantile(0.9, interpolation="higher")
    skews = skews[
        (skews["n_in"] >= 10)
        & (skews["n_in"] >= 0.5 * skews["n_all"])
        & (skews["n"] >= 0.8 * skews["n_all"])
        & (skews["theirs"] >= 0.5 * skews["ours"])
        & ((skews["by"] > 0) | ((skews["by"] <= -HOUR) & (skews["ours"] >= 6 * HOUR)))
    ]
    moved = rest.merge(skews["by"].astype(np.int64), left_on="v", right_index=True)
    moved = moved[
        (moved["d"] > moved["by"] - HALF)
        & (moved["d"] <= moved["by"] + 2 * MINUTE)
        & ((moved["d"] > 0) | (moved["by"] < 0))
    ]
    log.note(
        moved["line"],
        "skewed_clock",
        "repair",
        "occurred_at_us",
        np.minimum(moved["o"] - moved["by"], moved["r"]),
    )


def _times(log: Log) -> None:
    e = log.e
    o, r, v = e["occurred_at_us"], e["received_at_us"], e["visitor_id"]
    old, late = o < OLDEST, o < r - 90 * DAY
    log.note(e.index[r > time.time_ns() // 1000 + DAY], "not_yet", "quarantine")
    log.note(e.index[old], "too_old", "quarantine")
    log.note(e.index[late & ~old], "too_late", "quarantine")
    log.note(e.index[o > r + HOUR], "from_the_future", "quarantine")
    ahead = (o > r + MINUTE) & (o <= r + HOUR)
    log.note(e.index[ahead], "received_before_it_occurred", "repair", "occurred_at_us", r[ahead])
    sound = (o <= r + MINUTE) & ~late & ~old
    lagging = e[sound & (r - o >= 30 * US)]
    at = lagging.groupby(["visitor_id", "occurred_at_us"])["received_at_us"].agg(
        ["size", "min", "max"]
    )
    at = at[(at["size"] >= 5) & (at["max"] - at["min"] >= 30 * US)]
    seen = e[sound & v.isin(at.index.get_level_values(0))]
    stuck = seen[pd.MultiIndex.from_frame(seen[["visitor_id", "occurred_at_us"]]).isin(at.index)]
    log.note(stuck.index, "stuck_clock", "repair", "occurred_at_us", stuck["received_at_us"])
    copied = e[(r == o) & e["event_type"].isin(HAND) & (o % MINUTE != 0)]
    n = copied.groupby(["visitor_id", "occurred_at_us"])["event_id"].nunique()
    seen = e[v.isin(n[n >= 20].index.get_level_values(0)) & e["event_type"].isin(HAND)]
    frozen = pd.MultiIndex.from_frame(seen[["visitor_id", "occurred_at_us"]]).isin(n[n >= 20].index)
    log.note(seen.index[frozen], "frozen_time", "quarantine")


def _same_id(log: Log) -> None:
    twice = log.e[log.e.duplicated("event_id", keep=False)].sort_values(
        ["event_id", "received_at_us", "line"]
    )
    facts = twice[FACT].fillna("")
    first = facts.groupby(twice["event_id"]).transform("first")
    is_first, is_same = ~twice.duplicated("event_id"), (facts == first).all(axis=1)
    log.note(twice.index[~is_first & ~is_same], "reused_id", "quarantine")
    log.note(twice.index[~is_first & is_same], "same_id", "merge")


def _same_content(log: Log) -> None:
    twice = log.e[log.e.duplicated(CONTENT, keep=False)]
    group = twice.groupby(CONTENT, dropna=False, sort=False).ngroup()
    twice = twice.assign(group=group).sort_values(
        ["group", "occurred_at_us", "received_at_us", "line"]
    )
    gap = twice.groupby("group")["occurred_at_us"].diff()
    most = np.where(twice["event_type"] == "add_to_cart", 0, US)
    log.note(twice.index[(gap <= most).to_numpy()], "same_content", "merge")


def _orphans(log: Log, products: pd.DataFrame) -> None:
    e = log.e
    unknown = e.loc[
        e["product_id"].notna() & ~e["product_id"].isin(products["product_id"]), "product_id"
    ]
    titles = products.drop_duplicates("title", keep=False).set_index("title")["product_id"]
    named = unknown.map(titles)
    fits = named.notna()
    log.note(unknown.index[fits], "resolved_product", "repair", "product_id", named[fits])
    log.note(unknown.index[~fits], "unknown_product", "quarantine")


def _order(log: Log) -> None:
    e = log.e
    clicks = log.of("click").assign(page=lambda d: d["query_id"].fillna(d["session_id"]))
    shown = log.of("impression").assign(page=lambda d: d["query_id"].fillna(d["session_id"]))
    shown = shown[shown["page"].isin(clicks["page"])]
    seen = (
        shown.groupby(["visitor_id", "page", "product_id"])["occurred_at_us"].min().rename("seen")
    )
    clicks = clicks[clicks["page"].notna()].join(seen, on=["visitor_id", "page", "product_id"])
    # what has a time of ours instead of theirs proves nothing
    ours = [
        f["line"]
        for f in log.found
        if f["rule"].iloc[:1].isin(["received_before_it_occurred", "stuck_clock"]).any()
    ]
    unsure = log.of("impression", "click", "dwell", "add_to_cart")
    unsure = unsure[unsure.index.isin(pd.concat(ours) if ours else [])]
    unsure = unsure.assign(page=lambda d: d["query_id"].fillna(d["session_id"]))
    clicks = clicks[clicks["seen"] > clicks["occurred_at_us"] + 2 * US]
    pages = pd.MultiIndex.from_frame(
        unsure.loc[unsure["event_type"] == "impression", ["visitor_id", "page", "product_id"]]
    )
    is_sure = ~pd.MultiIndex.from_frame(clicks[["visitor_id", "page", "product_id"]]).isin(pages)
    log.note(clicks.index[is_sure], "click_before_impression", "quarantine")
    bought = log.of("purchase")
    views = log.of("impression", "click", "dwell", "add_to_cart")
    views = views[views["visitor_id"].isin(bought["visitor_id"])]
    viewed = views.groupby(OF_EVENT)["occurred_at_us"].min().rename("seen")
    seen = bought.join(viewed, on=OF_EVENT)["seen"]
    early = bought[seen.isna() | (seen > bought["occurred_at_us"] + 2 * US)]
    is_sure = ~pd.MultiIndex.from_frame(early[OF_EVENT]).isin(
        pd.MultiIndex.from_frame(unsure[OF_EVENT])
    )
    log.note(early.index[is_sure], "purchase_before_view", "quarantine")
    cancels = log.of("cancel").sort_values(["occurred_at_us", "line"]).copy()
    cancels["n"] = cancels["quantity"].fillna(1).astype(np.int64)
    cancels["n_cancelled"] = cancels.groupby(OF_EVENT)["n"].cumsum()
    cancels["at"] = cancels["occurred_at_us"]
    both = cancels[["line", "at", *OF_EVENT]].merge(
        bought[[*OF_EVENT, "occurred_at_us", "quantity"]], on=OF_EVENT
    )
    both = both[both["occurred_at_us"] <= both["at"] + 2 * US]
    n_bought = both["quantity"].fillna(1).astype(np.int64).groupby(both["line"]).sum()
    n_bought = n_bought.reindex(cancels["line"], fill_value=0)
    n = (e["occurred_at_us"] // DAY).value_counts()
    half = n[2 * n.cumsum() >= len(e)].max()  # counts come in descending order
    is_early = (cancels["at"] < (n.index[n > half / 4].min() + 30) * DAY).to_numpy()
    never = (n_bought == 0).to_numpy()
    log.note(cancels.index[never & ~is_early], "cancel_without_purchase", "quarantine")
    log.note(cancels.index[never & is_early], "cancel_of_earlier_purchase", "note")
    more = (n_bought > 0).to_numpy() & (n_bought.to_numpy() < cancels["n_cancelled"].to_numpy())
    log.note(cancels.index[more], "cancel_of_more_than_bought", "note")


def _floods(log: Log) -> None:
    """A hundred clicks within fifty seconds."""
    clicks = log.of("click")
    n = clicks.groupby(["visitor_id", clicks["occurred_at_us"] // DAY]).size()
    busy = clicks[clicks["visitor_id"].isin(n[n >= 50].index.get_level_values(0))]
    busy = busy.sort_values(["visitor_id", "occurred_at_us", "line"])
    until = busy.groupby("visitor_id")["occurred_at_us"].shift(-99)
    dense = busy[until - busy["occurred_at_us"] <= 50 * US].assign(until=until)
    spans = dense.groupby("visitor_id").agg(start=("occurred_at_us", "min"), end=("until", "max"))
    rows = log.e[log.e["visitor_id"].isin(spans.index)].join(spans, on="visitor_id")
    log.note(
        rows.index[rows["occurred_at_us"].between(rows["start"], rows["end"])],
        "flood",
        "quarantine",
    )


def _crowds(log: Log) -> None:
    """An hour of a product with a hundred clicks of visitors who did nothing else."""
    clicks = log.of("click")
    hour = clicks["occurred_at_us"] // HOUR
    n = clicks.groupby(["product_id", hour]).size()
    busy = n[n >= 100].index.to_frame(index=False)
    around = pd.concat([busy.assign(occurred_at_us=busy["occurred_at_us"] + k) for k in (-1, 0, 1)])
    near = clicks.assign(hour=hour).merge(
        around.drop_duplicates().rename(columns={"occurred_at_us": "hour"}),
        on=["product_id", "hour"],
    )
    theirs = log.e[log.e["visitor_id"].isin(near["visitor_id"])]
    only = (
        theirs["event_type"]
        .isin(("click", "ad_click"))
        .groupby(theirs["visitor_id"])
        .agg(["size", "all"])
    )
    near["lone"] = near["visitor_id"].isin(only[(only["size"] <= 3) & only["all"]].index)
    hours = near.groupby(["product_id", "hour"])["lone"].agg(["size", "sum"]).reset_index()
    hours = hours[hours["sum"] >= 0.8 * hours["size"]]
    crowds = hours[hours["sum"] >= 100]
    close = hours.merge(crowds[["product_id", "hour"]], on="product_id", suffixes=("", "_of"))
    close = close[(close["hour"] - close["hour_of"]).abs() <= 1][
        ["product_id", "hour"]
    ].drop_duplicates()
    log.note(
        near[near["lone"]].merge(close, on=["product_id", "hour"])["line"], "crowd", "quarantine"
    )


def _ads(log: Log) -> None:
    ads = log.of("ad_click", "ad_impression")[
        ["line", "event_type", *OF_EVENT, "occurred_at_us"]
    ].copy()
    ads["click"] = ads["event_type"] == "ad_click"
    clicked = pd.MultiIndex.from_frame(ads.loc[ads["click"], OF_EVENT])
    pair = ads[pd.MultiIndex.from_frame(ads[OF_EVENT]).isin(clicked)].copy()
    pair["slack"] = pair["occurred_at_us"] + np.where(pair["click"], 2 * US, 0)
    pair = pair.sort_values([*OF_EVENT, "slack", "click", "line"])
    at = pair["occurred_at_us"].astype("float64")
    by = [pair[c] for c in OF_EVENT]
    pair["shown"] = at.where(~pair["click"]).groupby(by).cummax().groupby(by).ffill()
    pair["before"] = (
        at.where(pair["click"]).groupby(by).cummax().groupby(by).ffill().groupby(by).shift()
    )
    clicks = pair[pair["click"]].copy()
    clicks["again"] = (clicks["occurred_at_us"] - clicks["before"] <= 30 * MINUTE) & (
        clicks["shown"].fillna(0) <= clicks["before"] + 2 * US
    )
    log.note(clicks.index[clicks["again"]], "ad_click_again", "quarantine")
    log.note(
        clicks.index[clicks["shown"].isna() & ~clicks["again"]], "ad_click_not_shown", "quarantine"
    )
    first = clicks[clicks["shown"].notna() & ~clicks["again"]].groupby("visitor_id").size()
    n_shown = ads[~ads["click"]].groupby("visitor_id").size().reindex(first.index)
    fraud = first.index[(first >= 10) & (first >= 0.5 * n_shown)]
    log.note(clicks.index[clicks["visitor_id"].isin(fraud)], "ad_click_fraud", "quarantine")


def _bots(log: Log) -> None:
    """Sixty clicks and more at even distances, nothing read and nothing seen."""
    is_click = (log.e["event_type"] == "click").groupby(log.e["visitor_id"]).agg(["size", "all"])
    many = is_click.index[(is_click["size"] >= 60) & is_click["all"]]
    rows = log.e[log.e["visitor_id"].isin(many)].sort_values(["visitor_id", "occurred_at_us"])
    gaps = rows.groupby("visitor_id")["occurred_at_us"].diff().dropna().groupby(rows["visitor_id"])
    low, middle, high = (gaps.quantile(q, interpolation="nearest") for q in (0.1, 0.5, 0.9))
    even = middle.index[(high - low <= 0.6 * middle) & (gaps.max() <= 3 * HOUR)]
    log.note(rows.index[rows["visitor_id"].isin(even)], "bot", "quarantine")


def _since(e: pd.DataFrame) -> pd.Series:
    dwell = e["dwell_ms"].fillna(0).astype(np.int64) * 1000
    return e["occurred_at_us"] - dwell.where(e["event_type"] == "dwell", 0)


def _spans(e: pd.DataFrame) -> pd.DataFrame:
    e = e[e["session_id"].notna() & e["event_type"].isin(BROWSING)]
    e = e.assign(since=_since(e), acted=e["occurred_at_us"].where(e["event_type"] != "dwell"))
    spans = e.groupby(["session_id", "visitor_id"], as_index=False).agg(
        first=("since", "min"),
        last=("occurred_at_us", "max"),
        acted=("acted", "max"),
        device=("device", "first"),
    )
    spans["acted"] = spans["acted"].fillna(spans["first"])
    return spans


def _merged_sessions(log: Log) -> tuple[pd.DataFrame, pd.Series]:
    """An id that several visitors have, or one visitor has again hours later."""
    spans = _spans(log.e)
    shared = (
        spans[spans.duplicated("session_id", keep=False)]
        .sort_values(["session_id", "first", "visitor_id"])
        .copy()
    )
    by = shared.groupby("session_id")
    shared["before"] = by["last"].cummax().groupby(shared["session_id"]).shift()
    is_other = shared.duplicated("session_id") & (
        (by["visitor_id"].transform("size") >= 5)
        | (shared["first"] > shared["before"] + 8 * HOUR)
        | (shared["device"] != by["device"].transform("first"))
    )
    pair = ["session_id", "visitor_id"]
    long = spans[spans["last"] - spans["first"] > 8 * HOUR]
    verdicts = pd.concat(
        [shared.loc[is_other, pair].assign(other=True), long[pair].assign(other=False)]
    )
    verdicts = verdicts.groupby(pair, as_index=False)["other"].any()
    rows = log.e[log.e["session_id"].isin(verdicts["session_id"])].merge(verdicts, on=pair)
    rows = rows.sort_values([*pair, "occurred_at_us", "line"])
    browsing, since = rows["event_type"].isin(BROWSING), _since(rows)
    by = [rows[c] for c in pair]
    seen = rows["occurred_at_us"].where(browsing).astype("float64")
    before = seen.groupby(by).cummax().groupby(by).ffill().groupby(by).shift()
    cut = since.where(browsing & (since - before > 8 * HOUR)).astype("float64").groupby(by).cummax()
    rows["cut"] = cut.groupby(by).ffill()
    rows = rows[rows["other"] | rows["cut"].notna()]
    cut = rows["cut"].map(lambda us: "" if us != us else str(int(us)))
    ids = (rows["session_id"] + "|" + rows["visitor_id"] + "|" + cut).map(
        lambda text: hashlib.md5(text.encode()).hexdigest()[:8]
    )
    new = rows["session_id"] + "~" + ids
    log.note(rows["line"], "merged_session", "repair", "session_id", new)
    return spans, verdicts["visitor_id"]


def _broken_sessions(log: Log, suspects: tuple[pd.DataFrame, pd.Series]) -> None:
    """Sessions of one visitor that follow each other: one page under several, or again and again."""
    spans, moved = suspects
    again = _spans(log.e[log.e["visitor_id"].isin(moved)])
    spans = pd.concat([spans[~spans["visitor_id"].isin(moved)], again])
    s = spans[spans.duplicated("visitor_id", keep=False)].sort_values(
        ["visitor_id", "first", "session_id"]
    )
    by = s["visitor_id"]
    before = s["last"].groupby(by).cummax().groupby(by).shift()
    acted = s["acted"].groupby(by).cummax().groupby(by).shift()
    s = s.assign(
        chain=(~(s["first"] <= before + 30 * MINUTE)).groupby(by).cumsum(),
        over=s["first"] < acted - 2 * US,
        quick=s["first"] <= before + 5 * MINUTE,
        noted=s["first"] <= before + MINUTE,
    )
    of = ["visitor_id", "chain"]
    s = s[s.duplicated(of, keep=False)].copy()
    s["nth"] = s.groupby(of).cumcount() + 1
    pair = ["visitor_id", "session_id"]
    rows = log.e[log.e["visitor_id"].isin(s["visitor_id"])].merge(
        s[[*pair, "chain", "nth"]], on=pair
    )
    pages = rows[rows["query_id"].notna() & rows["event_type"].isin(BROWSING)]
    pages = pages[[*of, "nth", "query_id"]].drop_duplicates()
    torn = pages[pages["nth"] > pages.groupby([*of, "query_id"])["nth"].transform("min")]
    torn = torn[[*of, "nth"]].drop_duplicates().assign(torn=True)
    s = s.merge(torn, on=[*of, "nth"], how="left")
    s["torn"] = s["torn"].eq(True)
    linked = (s["nth"] > 1) & (s["over"] | s["quick"] | s["torn"])
    s["visit"] = (~linked).groupby([s[c] for c in of]).cumsum()
    by = s.groupby([*of, "visit"])
    s["visit_id"] = by["session_id"].transform("first")
    n, s["wrong"] = by["nth"].transform("size"), s["over"] | s["torn"]
    s["sure"] = s.groupby([*of, "visit"])["wrong"].transform("any") | (n >= 3)
    s = s[(by.cumcount() > 0) & (s["sure"] | s["noted"])]
    rows = rows.merge(s[[*pair, "visit_id", "sure"]], on=pair).sort_values(
        ["occurred_at_us", "line"]
    )
    sure = rows[rows["sure"]]
    log.note(sure["line"], "broken_session", "repair", "session_id", sure["visit_id"])
    log.note(rows[~rows["sure"]].drop_duplicates(pair)["line"], "session_changed", "note")


def _told(log: Log) -> None:
    """The last word counts; a purchase and its cancel of one half hour go together; pages are found again."""
    order = [*OF_EVENT, "order_id"]
    reviews = log.of("review").sort_values("occurred_at_us")
    reviews = reviews[reviews["rating"].notna()]
    by = reviews.groupby(order, dropna=False)
    last, kept = by["rating"].transform("last"), by["line"].transform("last")
    log.note(
        reviews.index[(reviews["line"] != kept) & ((reviews["rating"] - last).abs() >= 2)],
        "contradictory_rating",
        "merge",
    )
    columns = ["line", *order, "occurred_at_us", "quantity"]
    cancels, sold = log.of("cancel")[columns], log.of("purchase")[columns]
    cancels, sold = (d.assign(n=d["quantity"].fillna(1).astype(np.int64)) for d in (cancels, sold))
    named = cancels[cancels["order_id"].notna()]
    orders = (
        sold[sold["visitor_id"].isin(named["visitor_id"])]
        .groupby(order, as_index=False)
        .agg(n_bought=("n", "sum"), start=("occurred_at_us", "min"), end=("occurred_at_us", "max"))
    )
    backs = named.merge(orders, on=order)
    backs = backs[
        backs["occurred_at_us"].between(backs["end"] - 2 * US, backs["start"] + 30 * MINUTE)
    ]
    sums = backs.groupby(order).agg(n=("n", "sum"), n_bought=("n_bought", "first"))
    undone = sums[sums["n"] >= sums["n_bought"]].index.to_frame(index=False)
    lines = pd.concat([sold.merge(undone, on=order)["line"], backs.merge(undone, on=order)["line"]])
    log.note(lines, "undone_purchase", "quarantine")
    both = sold.merge(cancels, on=OF_EVENT, suffixes=("", "_c"))
    after = both["occurred_at_us_c"] - both["occurred_at_us"]
    back = (both["n"] == both["n_c"]) & after.between(0, 30 * MINUTE)
    back &= (
        both["order_id"].isna()
        | both["order_id_c"].isna()
        | (both["order_id"] != both["order_id_c"])
    )
    log.note(both.loc[back, "line"].unique(), "purchase_taken_back", "note")
    e = log.e
    paged = (e["event_type"] == "impression") & e["query_id"].notna()
    surfaces = e.loc[paged, "surface"].unique()
    lost = e[
        e["surface"].isin(surfaces)
        & e["query_id"].isna()
        & e["product_id"].notna()
        & e["event_type"].isin(OUTCOMES)
    ]
    shown = e[paged & e["visitor_id"].isin(lost["visitor_id"])]
    columns = [*OF_EVENT, "surface", "session_id", "position", "occurred_at_us"]
    pairs = lost[["line", *columns]].merge(
        shown[["query_id", *columns]], on=[*OF_EVENT, "surface"], suffixes=("", "_s")
    )
    fits = pairs["occurred_at_us_s"] <= pairs["occurred_at_us"] + 2 * US
    fits &= (
        pairs["position"].isna()
        | pairs["position_s"].isna()
        | (pairs["position"] == pairs["position_s"])
    ).fillna(True)
    has_ids = pairs["session_id"].notna() & pairs["session_id_s"].notna()
    fits &= np.where(
        has_ids,
        pairs["session_id"] == pairs["session_id_s"],
        pairs["occurred_at_us_s"] >= pairs["occurred_at_us"] - 30 * MINUTE,
    )
    queries = pairs[fits].groupby("line")["query_id"].agg(["nunique", "min"])
    found = queries[queries["nunique"] == 1]
    log.note(found.index, "recovered_query", "repair", "query_id", found["min"])
    log.note(lost.index[~lost.index.isin(found.index)], "missing_query", "note")


def _pages(log: Log, zeros: pd.Series) -> pd.DataFrame:
    """Pages that count from 0 without a gap; two products at one place, one product at two."""
    e = log.e
    shown = e[(e["event_type"] == "impression") & e["query_id"].notna() & e["product_id"].notna()]
    from_zero = shown.loc[shown.index.isin(zeros), "query_id"]
    told = shown[shown["query_id"].isin(from_zero)].copy()
    told["told"] = told["position"].astype("float64").mask(told.index.isin(zeros), 0.0)
    at = told["occurred_at_us"].astype("float64")
    by = told.groupby("query_id")
    pages = by.agg(
        n=("told", "size"),
        n_told=("told", "count"),
        n_places=("told", "nunique"),
        last=("told", "max"),
        n_products=("product_id", "nunique"),
    )
    pages["zero"] = at.where(told["told"] == 0).groupby(told["query_id"]).max()
    pages["rest"] = at.where(told["told"] > 0).groupby(told["query_id"]).min()
    whole = pages.index[
        (pages["n"] == pages["n_told"])
        & (pages["n_places"] == pages["last"] + 1)
        & (pages["n_products"] > 1)
        & (pages["zero"] < pages["rest"])
    ]
    counted = told[told["query_id"].isin(whole)]
    log.note(
        counted.index,
        "zero_based_page",
        "repair",
        "position",
        (counted["told"] + 1).astype(np.int64),
    )
    placed = shown[shown["position"].notna()].sort_values("line")
    placed = placed.drop_duplicates(["query_id", "product_id", "position"])
    log.note(
        placed.index[placed.duplicated(["query_id", "position"], keep=False)],
        "shared_position",
        "note",
    )
    log.note(
        placed.index[placed.duplicated(["query_id", "product_id"], keep=False)],
        "product_twice",
        "note",
    )
    return counted


def _positions(log: Log, zeros: pd.Series, counted: pd.DataFrame) -> None:
    e, page = log.e, ["query_id", "product_id"]
    said = e[
        e["event_type"].isin(OUTCOMES) & e["query_id"].notna() & e["product_id"].notna()
    ].copy()
    said["told"] = said["position"].astype("float64").mask(said.index.isin(zeros), 0.0)
    shown = e[
        (e["event_type"] == "impression")
        & e["query_id"].isin(said["query_id"])
        & e["product_id"].notna()
    ]
    seen = shown.groupby(page).agg(
        low=("position", "min"),
        high=("position", "max"),
        shown_us=("occurred_at_us", "min"),
        heard_us=("received_at_us", "min"),
    )
    said = said.join(seen, on=page)
    said = said[said["shown_us"].notna()]
    o, r, window = said["occurred_at_us"], said["received_at_us"], 30 * MINUTE
    late = said["event_type"].isin(("click", "add_to_cart", "purchase")) & (
        o <= said["shown_us"] + window
    )
    late &= (r > said["heard_us"] + window) & (
        (r - o) - (said["heard_us"] - said["shown_us"]) > 5 * MINUTE
    )
    log.note(said.index[late], "late_outcome", "note")
    low, high = said["low"].astype("float64"), said["high"].astype("float64")
    off = said[(low == high) & said["told"].notna() & (said["told"] != low)].copy()
    off["shift"], by = off["told"] - off["low"].astype("float64"), off["query_id"]
    ranges = off.groupby("query_id").agg(
        s0=("shift", "min"), s1=("shift", "max"), p0=("product_id", "min"), p1=("product_id", "max")
    )
    ranges["n_off"] = (off["told"] > 0).groupby(by).sum()
    ranges["n_told"] = (
        e[e["query_id"].isin(by) & e["event_type"].isin(OUTCOMES) & e["product_id"].notna()]
        .groupby("query_id")["position"]
        .count()
    )
    even = (
        (ranges["s0"] == ranges["s1"])
        & (ranges["p0"] != ranges["p1"])
        & (ranges["n_off"] == ranges["n_told"])
    )
    sure = (
        by.isin(even.index[even])
        | (off["told"] == 0)
        | ((off["shift"] == -1) & by.isin(counted["query_id"]))
    )
    log.note(off.index[sure], "shifted_position", "repair", "position", off.loc[sure, "low"])
    log.note(off.index[~sure], "wrong_position", "note")
    clicks = e[(e["event_type"] == "click") & e["query_id"].notna() & e["position"].notna()]
    clicks = clicks[clicks.duplicated(["query_id", "position"], keep=False)]
    n = clicks.groupby(["query_id", "position"])["product_id"].transform("nunique")
    unseen = ~pd.MultiIndex.from_frame(clicks[page]).isin(seen.index)
    log.note(clicks.index[(n > 1) & unseen], "contradictory_click", "note")


def _prices(log: Log, products: pd.DataFrame) -> None:
    e, key = log.e, ["product_id", "currency"]
    priced = e.loc[e["price_minor"].notna(), ["event_type", *key, "price_minor", "quantity"]].copy()
    price = priced["price_minor"].astype("float64")
    priced["x"] = np.log(price.where(price > 0))
    sold = priced[(priced["event_type"] == "purchase") & priced["x"].notna()].copy()
    by = sold.groupby(key)["x"]
    sold["m"] = by.transform("median")
    sold["far"] = (sold["x"] - sold["m"]).abs()
    sold["pieces"] = sold["quantity"].fillna(1).astype("float64")
    own = sold.groupby(key).agg(
        n=("x", "size"), m=("m", "first"), mad=("far", "median"), usual=("pieces", "median")
    )
    priced = priced.join(own[own["n"] >= 5], on=key)
    listed = np.log(products.set_index(key)["price_minor"].astype("float64").rename("listed"))
    priced = priced.join(listed, on=key)
    off = priced["x"] - priced["m"].fillna(priced["listed"])
    far = (off.abs() > np.log(10)) & (
        off.abs() > 6 * np.maximum(1.4826 * priced["mad"].fillna(0), 0.02)
    )
    unit = far & ((off.abs() - np.log(100)).abs() <= np.log(2))
    is_bulk = priced["quantity"].fillna(1).astype("float64") >= 10 * priced["usual"].fillna(1)
    far &= unit | ~is_bulk | ~off.between(-np.log(100), 0)
    new = pd.Series(np.where(off > 0, np.round(price / 100), price * 100), priced.index)[unit]
    log.note(
        priced.index[unit], "price_in_wrong_unit", "repair", "price_minor", new.astype(np.int64)
    )
    log.note(
        priced.index[far & ~unit],
        "price_outlier",
        "repair",
        "price_minor",
        np.full((far & ~unit).sum(), pd.NA, object),
    )
    log.note(
        priced.index[(priced["event_type"] == "purchase") & (price == 0)], "free_purchase", "note"
    )


def _holes(log: Log) -> None:
    """The last row before hours in which next to nothing came: of all, or of one type on one platform."""
    e = log.e
    hour = e["occurred_at_us"] // HOUR
    first = hour.min()
    total = np.bincount(hour - first)
    slices = [(None, np.ones(len(e), bool))]
    slices += [
        (k, np.isin(np.arange(len(e)), at))
        for k, at in e.groupby(["platform", "event_type"]).indices.items()
    ]
    for name, its in slices:
        own, since = np.bincount(hour[its] - first, minlength=len(total)), hour[its].min() - first
        usual = (
            total * own.sum() / total[since:].sum()
            if name
            else np.full(len(total), np.median(total))
        )
        low = (own <= 0.1 * usual) & (usual > 0) & (np.arange(len(total)) > since)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], low, [0]])))
        for start, end in edges.reshape(-1, 2):
            if usual[start:end].sum() < (30 if name else 3 * np.median(total)) or end == len(total):
                continue
            near = e[its & hour.between(first + start - 1, first + end).to_numpy()]
            near = near.sort_values(["occurred_at_us", "line"])
            gap = near["occurred_at_us"].shift(-1) - near["occurred_at_us"]
            log.note([gap.idxmax()], "hole_in_slice" if name else "hole_in_log", "note")
