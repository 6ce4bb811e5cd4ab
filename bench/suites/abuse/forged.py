"""Floods of bots with the storefront's cookies: what the checks leave of them, and what they change for everybody else.

A bot is a browser without a cookie that asks for one page. Its token names it in batches, so all of them send within seconds.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import duckdb

from baihuo import bundle, flow
from baihuo.release import GateReport
from suites.abuse.server import STRANGER, Server
from suites.overload.callers import closed_loop
from suites.shared.measure import emit

Row: TypeAlias = "dict[str, Any]"
_DAY_US, _SECOND_US = 86_400_000_000, 1_000_000
_DAYS = 13  # back to which the bots date
_N_BOTS = {"backdated": 132, "undated": 132}
_N_EVENTS = {"backdated": 64, "undated": 32}  # of a bot
_N_TARGETS, _N_POPULAR, _N_REVIEWS, _N_SHOPPERS = 3, 20, 30, 24
_FAULTS = (
    "It broke",
    "It came broken",
    "The colour is wrong",
    "It smells",
    "Much too small",
    "Loud",
)
_WHEN = (
    "after a day.",
    "at once!",
    "and nobody answered.",
    "within the first week.",
    "again, sadly.",
)
_TALKS = "/v1/assist/conversations"


@dataclass
class _Seen:
    """What a visitor of whom nothing is known sees."""

    stars: float | None  # of the product that was reviewed
    is_suggested: bool
    home: list[str]


@dataclass
class _Flood:
    """Bots, what they want, and honest newcomers of the same minute."""

    server: Server
    dice: random.Random
    targets: list[str] = field(default_factory=list)
    phrase: str = ""
    popular: list[str] = field(default_factory=list)
    reviewed: str = ""
    bots: dict[str, list[str]] = field(default_factory=dict)  # tokens by kind of flood
    shoppers: list[str] = field(default_factory=list)
    n_sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


def floods(server: Server, seconds: float) -> None:
    """Bots of many addresses, dated over thirteen days, lift three products and a phrase, and lower a rating; bots of one address, not dated, click what is popular. Then a check, an index and a release."""
    flood = _Flood(server, random.Random(server.seed))
    _choose(flood)
    before, failed_before = _seen(flood), _failed(_gate(server))
    flood.bots = {kind: _tokens(server, n) for kind, n in _N_BOTS.items()}
    server.attack("floods of bots", _send_beside_pages, flood, seconds)
    flow.check(server.shop)
    clean, honest = _clean(flood)
    report = _gate(server)  # before a new index: pages of the floods' time are what is compared
    skew_share, closed = _skew(server), sorted(_failed(report) - failed_before)
    flow.make_index(server.shop)
    reason = None if report.is_open else "what the floods changed is measured"
    flow.release_if_open(server.shop, report, force_reason=reason)
    time.sleep(5.0)  # until the server has opened it
    after = _seen(flood)
    stars = after.stars or before.stars or 3.0
    n_sent = flood.n_sent
    figures = {
        "flood_clean_share": sum(clean[kind] for kind in _N_BOTS)
        / sum(n_sent[kind] for kind in _N_BOTS),
        "honest_lost_share": 1 - honest / n_sent["honest"],
        "rating_moved": abs(stars - (before.stars or 3.0)),
        "n_forged_suggestions": int(after.is_suggested and not before.is_suggested),
        "n_lifted": len(set(flood.targets) & (set(after.home) - set(before.home))),
        "skew_share": skew_share,
        "n_checks_closed": len(closed),
        "n_clean_late": clean.pop("late"),  # beyond the minutes that every visitor may be late
    }
    server.figure(**figures)
    shares = {kind: n / n_sent[kind] for kind, n in clean.items()}
    why = {"checks_closed": closed, "stars": [before.stars, after.stars]}
    emit(attack="floods of bots, checked and released", **figures, clean_share=shares, **why)


def _choose(flood: _Flood) -> None:
    """Three products that few want, one with some reviews, and words that find something and nobody typed."""
    files = [str(file) for file in sorted(flood.server.shop.clean_events.glob("*.parquet"))]
    clicked = duckdb.execute(
        "SELECT product_id FROM read_parquet($1, union_by_name = true) WHERE event_type = 'click' "
        "GROUP BY product_id ORDER BY count(*) DESC, product_id",
        [files],
    ).fetchall()
    by_clicks = [str(row[0]) for row in clicked]
    flood.targets = flood.dice.sample(by_clicks[len(by_clicks) // 2 :], _N_TARGETS)
    flood.popular = by_clicks[:_N_POPULAR]
    reviewed = duckdb.execute(
        "SELECT product_id FROM read_parquet($1, union_by_name = true) WHERE rating IS NOT NULL "
        "GROUP BY product_id HAVING avg(rating) > 3.5 AND count(*) > 1 ORDER BY count(*), product_id LIMIT 1",
        [files],
    ).fetchall()
    flood.reviewed = str(reviewed[0][0]) if reviewed else flood.targets[0]
    with flood.server.client() as client:
        titles = [
            client.get(f"/v1/products/{p}").json()["title_en"].lower() for p in flood.targets[:2]
        ]
    words = [re.findall(r"[a-z]{4,}", title) or ["lamp"] for title in titles]
    flood.phrase = f"{words[0][-1]} {words[1][0]} bargain"


def _send_beside_pages(flood: _Flood, seconds: float) -> Mapping[str, object]:
    """Both floods within ``seconds``, the shoppers' visits among them, while shoppers and bots ask for pages."""
    server = flood.server
    bots = [token for tokens in flood.bots.values() for token in tokens]
    flood.dice.shuffle(bots)
    streams = [server.pages("search"), server.pages("home")]
    streams += [server.pages("search", bots), server.pages("home", bots)]
    asked = (page for pages in zip(*streams, strict=True) for page in pages)

    async def pages(for_s: float) -> None:
        await closed_loop(server.port, server.pid, asked, n=1, seconds=for_s)

    sender = threading.Thread(target=_send_all, args=(flood, seconds))
    sender.start()
    while sender.is_alive():
        asyncio.run(pages(1.0))
    sender.join()
    asyncio.run(pages(2.0))
    return {"statuses": dict(flood.statuses), "n_sent": dict(flood.n_sent)}


def _send_all(flood: _Flood, seconds: float) -> None:
    batches = list[tuple[str, list[Row]]]()
    for kind, tokens in flood.bots.items():
        rows = [row for i, token in enumerate(tokens) for row in _events(flood, kind, i, token)]
        flood.n_sent[kind] = len(rows)
        batches += [(kind, rows[i : i + 352]) for i in range(0, len(rows), 352)]
    now_us = flow.now_us()
    reviews: list[Row] = [
        {
            "event_id": f"star-{i}",
            "event_type": "review",
            "visitor_id": token,
            "product_id": flood.reviewed,
            "rating": 1,
            "text": f"{flood.dice.choice(_FAULTS)} {flood.dice.choice(_WHEN)}",
            "occurred_at_us": now_us - flood.dice.randrange(_DAYS * _DAY_US),
        }
        for i, token in enumerate(flood.bots["backdated"][:_N_REVIEWS])
    ]
    flood.n_sent["reviews"] = len(reviews)
    batches.append(("reviews", reviews))
    flood.dice.shuffle(batches)
    start = time.monotonic()
    for i, (kind, rows) in enumerate(batches):
        _post(flood, STRANGER if kind == "undated" else f"203.0.113.{10 + i % 90}", rows)
        if i < _N_SHOPPERS:
            _shop(flood, f"192.0.2.{10 + i}")
        early = start + seconds * (i + 1) / len(batches) - time.monotonic()
        time.sleep(max(0.0, early))


def _post(flood: _Flood, address: str, rows: list[Row]) -> None:
    with flood.server.client(address) as client:
        answer = client.post("/v1/events", json={"events": rows})
        flood.statuses[str(answer.status_code)] += 1


def _tokens(server: Server, n: int) -> list[str]:
    return [server.cookie(f"203.0.113.{10 + i % 90}") for i in range(n)]


def _events(flood: _Flood, kind: str, number: int, token: str) -> list[Row]:
    """All events of a bot: visits of four, at random moments of thirteen days, or all of them now."""
    rows, dice = list[Row](), flood.dice
    now_us = flow.now_us()
    for visit in range(_N_EVENTS[kind] // 4):
        at_us = now_us - dice.randrange(_DAYS * _DAY_US)
        target = dice.choice(flood.targets if kind == "backdated" else flood.popular)
        where: Row = {"product_id": target, "surface": "search", "position": 1}
        search: Row = {"event_type": "search", "query_text": flood.phrase, "surface": "search"}
        click, seen = {"event_type": "click", **where}, {"event_type": "impression", **where}
        around = {
            "event_type": "click",
            "product_id": dice.choice(flood.popular),
            "surface": "home",
        }
        visits: tuple[list[Row], ...] = (
            [seen, click, {"event_type": "dwell", **where, "dwell_ms": 21_000}, click],
            [search, seen, click, {"event_type": "add_to_cart", **where, "quantity": 1}],
            [around, seen, click, around],
        )
        for step, row in enumerate(visits[number % len(visits)]):
            at_us += int(dice.uniform(3, 40) * _SECOND_US)
            when = {"occurred_at_us": min(at_us, now_us)} if kind == "backdated" else {}
            event_id = f"{kind}-{number}-{visit}-{step}"
            session = {"session_id": f"{kind}-{number}-{visit}", "visitor_id": token}
            rows.append({**row, **when, **session, "event_id": event_id})
    return rows


def _shop(flood: _Flood, address: str) -> None:
    """The visit of an honest newcomer: a page, what a browser sends of it, and the order that the shop's own server sends."""
    token = flood.server.cookie(address)
    flood.shoppers.append(token)
    with flood.server.client(address, cookie=token) as client:
        page = client.get("/v1/recommend/home", params={"visitor_id": token}).json()
        shown = page["results"][:8]
        where = {"query_id": page["query_id"], "surface": "home"}
        rows: list[Row] = [
            {
                **where,
                "event_id": f"{page['query_id']}-{one['position']}",
                "event_type": "impression",
                "product_id": one["product_id"],
                "position": one["position"],
            }
            for one in shown
        ]
        one = flood.dice.choice(shown)
        about = {"product_id": one["product_id"], "position": one["position"], **where}
        rows.append({**about, "event_id": f"{page['query_id']}-click", "event_type": "click"})
        client.post("/v1/events", json={"events": rows})
    order = {
        "event_id": f"{page['query_id']}-order",
        "event_type": "purchase",
        "visitor_id": token,
        "product_id": one["product_id"],
        "order_id": page["query_id"],
        "quantity": 1,
        "price_minor": one["product"]["price_minor"],
        "currency": one["product"]["currency"],
    }
    with flood.server.client(has_key=True) as shop:
        shop.post("/v1/events", json={"events": [order]})
    flood.n_sent["honest"] += len(rows) + 1


def _clean(flood: _Flood) -> tuple[dict[str, int], int]:
    """Rows that the checks kept: of each flood, and of the shoppers."""
    files = [str(file) for file in sorted(flood.server.shop.clean_events.glob("*.parquet"))]

    def kept(tokens: list[str], where: str) -> int:
        ids = [token.rpartition(".")[0] for token in tokens]
        found = duckdb.execute(
            "SELECT count(*) FROM read_parquet($1, union_by_name = true) "
            f"WHERE visitor_id IN (SELECT unnest($2)) AND {where}",
            [files, ids],
        ).fetchone()
        return int(found[0]) if found else 0

    sent = (
        "event_type NOT IN ('review', 'profile')"  # a profile is of the page that gave the cookie
    )
    clean = {kind: kept(tokens, sent) for kind, tokens in flood.bots.items()}
    clean["reviews"] = kept(flood.bots["backdated"], "event_type = 'review'")
    late_us = int(flood.server.shop.settings().serve.floods.late_minutes * 60e6)
    is_late = f"{sent} AND occurred_at_us < received_at_us - {late_us}"
    clean["late"] = kept(flood.bots["backdated"], is_late)
    return clean, kept(flood.shoppers, sent)


def _seen(flood: _Flood) -> _Seen:
    with flood.server.client() as client:
        begun = client.post(_TALKS, json={"language": "en"})
        for _ in range(60):  # customer service opens its part of a release a little later
            if begun.is_success:
                break
            time.sleep(1.0)
            begun = client.post(_TALKS, json={"language": "en"})
        talk = begun.raise_for_status().json()["conversation_id"]
        ask = {"text": "What do people say about it?", "page_product_id": flood.reviewed}
        said = client.post(f"{_TALKS}/{talk}/messages", json=ask).json()
        stars = re.search(r"([0-9.]+) of 5", json.dumps(said.get("sentences", said)))
        suggested = client.get("/v1/suggest", params={"q": flood.phrase[:-3]}).json()
        home = client.get("/v1/recommend/home", params={"page_size": 24}).json()
    return _Seen(
        float(stars[1]) if stars else None,
        flood.phrase in json.dumps(suggested.get("queries", suggested)).lower(),
        [one["product_id"] for one in home["results"]],
    )


def _gate(server: Server) -> GateReport:
    """What the gate finds of the bundle that is live: the same before the floods and after them, unless they changed it."""
    live = bundle.read_live(server.shop.bundles)
    if live is None:
        raise SystemExit("the shop has no live bundle")
    return flow.release(server.shop, live.bundle_id, is_dry=True)


def _failed(report: GateReport) -> set[str]:
    return {check.name for check in report.checks if not check.is_passed}


def _skew(server: Server) -> float:
    """The share of served values that differ, as the gate measured it."""
    measured = json.loads(server.shop.skew_file.read_text())
    if not measured["n_values"]:
        raise SystemExit(f"the skew of no page was measured: {measured['why_nothing']}")
    return float(measured["share_different"])
