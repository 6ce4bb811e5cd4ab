"""Fraud among the clicks of ads, in money: what is credited back of it, and of honest clicks.

    python bench/ads_fraud.py --seeds 301 302 303 304
    python bench/ads_fraud.py --seeds 301 --share 0.02 --events 200000

A simulated shop sells places to brands, and five kinds of fraud click on them (``baihuo simulate --ad-fraud``); its log has the usual dirt. Every
click is charged at its brand's price, drawn from a lognormal distribution; then come ``baihuo import``, ``check`` and ``ads credit``, as a shop runs
them. Seeds to 4 chose the settings.

A line a seed: ``fraud_share`` of all money charged; ``credited``, of fraud, the share of its money that came back, and by kind; ``honest_credited``,
of honest clicks, and by check; ``check_cpu_s``, and ``check_cpu_s_without`` the check of clicks without interest.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from baihuo import connect, flow
from baihuo.ads.ledger import CampaignDay, ClickCharge, Ledger, click_id
from baihuo.settings import Shop
from baihuo.simulate import make_shop
from suites.shared.measure import Clock, emit

_AT_US = 1_796_256_000_000_000


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--seeds", type=int, nargs="+", default=[301, 302, 303, 304])
    ask.add_argument("--events", type=int, default=600_000)
    ask.add_argument("--share", type=float, default=0.086, help="of ad clicks that are fraud")
    given = ask.parse_args()
    for seed in given.seeds:
        with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
            _measure(seed, Path(folder), given.events, given.share)


def _measure(seed: int, work: Path, n_events: int, share: float) -> None:
    made = make_shop(work / "made", seed=seed, n_events=n_events, ad_fraud=share)
    frauds = map(json.loads, (made.truth / "ad_frauds.jsonl").read_text().splitlines())
    kinds = {(row["query_id"], row["product_id"]): row["kind"] for row in frauds}
    shop = Shop(work / "shop")
    flow.import_files(shop, [made.products, made.events])
    prices = _charge(shop, random.Random(seed))
    (shop.root / "quality.yaml").write_text("skip: [ad_click_without_interest]\n")
    with Clock() as without:
        flow.check(shop, is_full=True)
    (shop.root / "quality.yaml").unlink()
    with Clock() as clock:
        flow.check(shop, is_full=True)
    credited = {one.click_id: one.finding_id for one in flow.credit_invalid_clicks(shop)}
    charged, back, checks = Counter[str](), Counter[str](), Counter[str]()
    for (page, product), price in prices.items():
        kind = kinds.get((page, product), "honest")
        finding = credited.get(click_id(page, _slot(product)))
        for kind_or_all in {kind, "honest" if kind == "honest" else "fraud"}:
            charged[kind_or_all] += price
            back[kind_or_all] += price if finding else 0
        if finding and kind == "honest":
            checks[finding.split()[0]] += price
    emit(
        seed=seed,
        n_events=n_events,
        n_ad_clicks=len(prices),
        fraud_share=charged["fraud"] / (charged["fraud"] + charged["honest"]),
        credited=back["fraud"] / max(charged["fraud"], 1),
        honest_credited=back["honest"] / charged["honest"],
        honest_by_check={check: money / charged["honest"] for check, money in checks.items()},
        by_kind={kind: back[kind] / charged[kind] for kind in sorted(set(kinds.values()))},
        check_cpu_s=clock.cpu_s,
        check_cpu_s_without=without.cpu_s,
    )


def _charge(shop: Shop, dice: random.Random) -> dict[tuple[str, str], int]:
    """Charge each click on an ad once; its price by page and product."""
    tables = flow.engine(shop)
    clicks = tables.sql(
        """
        SELECT DISTINCT query_id, product_id, coalesce(brand, '') AS brand FROM events LEFT JOIN products USING (product_id)
        WHERE event_type = 'ad_click' AND query_id IS NOT NULL AND product_id IS NOT NULL ORDER BY ALL
        """,
        events=connect.segments(shop.raw, "events"),
        products=connect.segments(shop.raw, "products"),
    ).to_pylist()
    brands = sorted({click["brand"] for click in clicks})
    bids = {brand: round(100 * dice.lognormvariate(0, 0.6)) for brand in brands}
    prices = {(c["query_id"], c["product_id"]): bids[c["brand"]] for c in clicks}
    with closing(Ledger(shop.ads_ledger_file)) as ledger:
        ledger.deposit("brands", 10 * sum(prices.values()), reference="all", at_us=_AT_US)
        on = CampaignDay(
            campaign_id="all",
            advertiser_id="brands",
            day="2026-12-03",
            budget_day_minor=None,
            budget_total_minor=None,
        )
        charges = [
            ClickCharge(
                click_id=click_id(page, _slot(product)),
                on=on,
                campaign_version=1,
                product_id=product,
                price_minor=price,
            )
            for (page, product), price in prices.items()
        ]
        for start in range(0, len(charges), 1_000):
            ledger.charge_clicks(charges[start : start + 1_000], at_us=_AT_US)
    return prices


def _slot(product: str) -> int:
    """A place of its own on every page for a product."""
    return int.from_bytes(product.encode(), "big")


if __name__ == "__main__":
    main()
