"""What places a product that nobody clicked: products added to a running shop, and how much people see of them, with and without help.

    python bench/new_products.py                    a sample shop of a seed that nothing was chosen on
    python bench/new_products.py --seed 5 --products 3000 --events 120000 --later 100

A sample shop learns (`baihuo train`, click models and all) and is released without some of its products, drawn evenly. They are then
added to it while it runs (`POST /v1/products`), released just now, and the simulation's people go on visiting: they ask it for pages over
HTTP, look, click, buy, and send that back (`POST /v1/events`). A line a system and as many visits as a day of the log has:

default          as `baihuo serve` does it: newest products are among the candidates of home, and exploration (`serve.exploration`)
no_exploration   no swaps and no random slot
no_help          no exploration, and the newest are no candidates: what is left is what a product says of itself

placed, seen     share of new products among what was placed on first pages, and among what was seen, by surface
                 (`fair`: their share of the catalogue; `before`: of what was seen in the log of the old shop, where they were not new)
clicks           of what was seen: new and others
n_seen, n_clicked  new products that were seen, and clicked, up to then
found            of searches for a product by its whole title, the share with it in the first ten places, before any visit: new products, and as many
                 others, drawn evenly (listings of one family share a title)

The last line of a system is of all days together.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from baihuo import flow
from baihuo.core import secret_file
from baihuo.serve.api.product_models import ProductIn
from baihuo.settings import ExplorationSettings, Shop
from baihuo.simulate import SPAN_DAYS
from baihuo.simulate.along import Along
from baihuo.simulate.policy import LoggingPolicy
from suites.new_products.shop import World, made
from suites.new_products.visits import LiveVisits, Sent, Site
from suites.serve.worker import SERVE_WITH_SETTINGS, served
from suites.shared.measure import emit

_FRESH = (
    "from baihuo.rank.popularity_index import PopularityIndex; "
    "PopularityIndex.__init__.__kwdefaults__['refresh_s'] = 1.0; "
)  # a day of visits takes seconds here
_NO_ARRIVALS = (
    "import numpy; from baihuo.rank.sources import NewArrivals; "
    "NewArrivals.find = lambda self, context: (numpy.empty(0, numpy.int32), numpy.empty(0)); "
)
SYSTEMS = {"default": "", "no_exploration": "", "no_help": _NO_ARRIVALS}


def main() -> None:
    ask_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask_for.add_argument("--seed", type=int, default=9201, help="of the shop")
    ask_for.add_argument("--products", type=int, default=1_500)
    ask_for.add_argument("--events", type=int, default=60_000)
    ask_for.add_argument("--later", type=int, default=50, help="so many products come later")
    ask_for.add_argument("--days", type=int, default=7)
    ask_for.add_argument("--system", action="append", choices=SYSTEMS, help="default: all")
    ask_for.add_argument("--work", type=Path, help="keep the shop here, and use that there")
    given = ask_for.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-new-products-") as folder:
        shop, world = made(
            given.work or Path(folder),
            seed=given.seed,
            n_products=given.products,
            n_events=given.events,
            n_later=given.later,
        )
        # A session is about forty events in the log.
        n_sessions = round(given.events / SPAN_DAYS / 40)
        emit(
            seed=given.seed,
            n_later=len(world.later),
            fair=round(len(world.later) / len(world.shelf), 4),
            before=round(world.share_before, 4),
            sessions_a_day=n_sessions,
        )
        for system in given.system or SYSTEMS:
            copy = _copy(shop, Path(folder) / system, is_exploring=system == "default")
            with served(copy.root, _FRESH + SYSTEMS[system] + SERVE_WITH_SETTINGS) as (port, _):
                _live(system, Site(port, _key(copy)), world, given.days, n_sessions)


def _copy(shop: Shop, folder: Path, *, is_exploring: bool) -> Shop:
    shutil.copytree(shop.root, folder, ignore=shutil.ignore_patterns("0-*", "7-served"))
    copy = Shop(folder)
    if not is_exploring:
        settings = copy.settings()
        still = ExplorationSettings(swap_probability=0.0, slot_probability=0.0)
        serve = settings.serve.model_copy(update={"exploration": still})
        copy.write_settings(settings.model_copy(update={"serve": serve}))
    return copy


def _key(shop: Shop) -> str:
    return (
        secret_file(shop.team_key_file, lambda: f"{secrets.token_urlsafe(32)}\n".encode())
        .decode()
        .strip()
    )


def _live(system: str, site: Site, world: World, n_days: int, n_sessions: int) -> None:
    """Days of visits after the products were added."""
    _add(site, world)
    found = {"new": _found(site, world.offers), "others": _found(site, world.others)}
    policy, rng, sent = LoggingPolicy(world.shelf, world.seed), random.Random(world.seed), Sent()
    along = Along(world.shelf, policy, random.Random("along"))
    row_of = {one.product.product_id: i for i, one in enumerate(world.shelf.listings)}
    visits = LiveVisits(
        world.shelf, world.shoppers, world.basics, policy, rng, sent.emit, along, site=site
    )
    visits.row_of, visits.is_new = row_of, frozenset(row_of[p] for p in world.later)
    n_seen: Counter[str] = Counter()
    n_clicked: Counter[str] = Counter()
    later, total = frozenset(world.later), Counter[tuple[str, str, bool]]()
    for day in range(1, n_days + 1):
        site.n_by_surface.clear()
        for _ in range(n_sessions):
            visits.session(flow.now_us())
            for event in sent.waiting:
                if event.get("product_id") in later:
                    n_seen[event["product_id"]] += event["event_type"] == "impression"
                    n_clicked[event["product_id"]] += event["event_type"] == "click"
            sent.send(site)
        total += site.n_by_surface
        time.sleep(1.5)  # what is popular is counted again
        emit(
            system=system,
            day=day,
            **_shares(site.n_by_surface),
            n_seen=sum(n > 0 for n in n_seen.values()),
            n_clicked=sum(n > 0 for n in n_clicked.values()),
        )
    emit(system=system, days=n_days, **_shares(total), found=found)


def _add(site: Site, world: World) -> None:
    fields, now_us = set(ProductIn.model_fields), flow.now_us()
    rows = [
        {k: v for k, v in offer.items() if k in fields} | {"released_at_us": now_us}
        for offer in world.offers
    ]
    answer = site.post("products", products=rows)
    if answer["n_new"] != len(rows):
        raise SystemExit(f"the shop kept {answer['n_new']} of {len(rows)} products: {answer}")
    found, before = -1.0, -2.0
    while (
        found != before
    ):  # until all of them are in the index: within a second where a core is free
        time.sleep(3)
        before, found = found, _found(site, world.offers)


def _found(site: Site, offers: Sequence[dict[str, Any]]) -> float:
    tops = []
    for offer in offers:
        page = site.get("search", q=str(offer.get("title_en") or offer["title_zh"])[:150])
        tops.append(offer["product_id"] in [r["product_id"] for r in page["results"][:10]])
    return round(sum(tops) / max(1, len(tops)), 3)


def _shares(counts: Counter[tuple[str, str, bool]]) -> dict[str, Any]:
    """Shares of new products by surface, and clicks of what was seen."""

    def n(what: str, surface: str | None, *, is_new: bool) -> int:
        return sum(
            count
            for (kind, place, new), count in counts.items()
            if kind == what and surface in (None, place) and new == is_new
        )

    lines: dict[str, Any] = {}
    for what in ("placed", "seen"):
        lines[what] = {}
        for surface in (None, "search", "home", "similar"):
            new, others = (n(what, surface, is_new=one) for one in (True, False))
            lines[what][surface or "all"] = round(new / max(1, new + others), 4)
    lines["n_impressions"] = n("seen", None, is_new=True)
    lines["clicks"] = {
        name: round(n("clicked", None, is_new=one) / max(1, n("seen", None, is_new=one)), 4)
        for name, one in (("new", True), ("others", False))
    }
    return lines


if __name__ == "__main__":
    main()
