"""First pages of people who were never in a shop, by what they would click: with basic information and without it.

    python bench/newcomers.py                       a sample shop of a seed that nothing was chosen on
    python bench/newcomers.py --seed 5 --products 5000 --events 300000

It makes a sample shop, imports and checks it, trains what orders first pages (nothing else does), and asks for the home page of 300 people who were never there, over HTTP and without exploration. One JSON line a system:

popularity        the order that serves where nothing is learned of first pages (`surfaces.home.order: fused`)
without_basics    what serves, to a visitor with nothing known but the language
with_basics       the same, with what the simulation says of each: country, region, referrer, declared interests
best_for_all      one order for everybody, by the true mean P(click): what no shop can know
oracle            the best possible page of each

ndcg10            with the gain P(click, once looked at) of this person for each product; the ideal is over all that can be
                  bought. `declared`: of people who declared interests alone; `not_declared`: of the others
minus_popularity  the paired difference, bootstrap over people, 95%; minus_without: with basics minus without

The first line says what training learned and trusts of basic information.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from baihuo import flow
from baihuo.evaluate import paired_bootstrap
from baihuo.flow.learning import newcomers, seal
from baihuo.quality import QualityReport
from baihuo.settings import Settings, Shop
from baihuo.simulate import UNTIL_US, make_shop
from suites.judged.catalogue import Catalogue
from suites.judged.shops import as_served, unlearned
from suites.newcomers.people import PLACES, Floats, Newcomers, first_page_ndcg
from suites.serve.worker import SERVE_WITH_SETTINGS, served
from suites.shared.measure import emit

_DAY_US = 86_400_000_000


def main() -> None:
    ask_for = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask_for.add_argument("--seed", type=int, default=8080, help="of the shop")
    ask_for.add_argument("--products", type=int, default=2_000, help="of the sample shop")
    ask_for.add_argument("--events", type=int, default=300_000, help="of the sample shop")
    ask_for.add_argument(
        "--work", type=Path, help="keep the shop here (default: a temporary folder)"
    )
    given = ask_for.parse_args()
    with tempfile.TemporaryDirectory(prefix="baihuo-newcomers-") as folder:
        work = given.work or Path(folder)
        shop = trained(work, seed=given.seed, n_products=given.products, n_events=given.events)
        about = {"seed": given.seed, "products": given.products, "events": given.events}
        emit(learned=flow.evaluate(shop)["newcomers"], **about)
        people = Newcomers.read(
            work / "sample" / "truth", Catalogue.read(shop.clean / "products.parquet")
        )
        plain, ours = Path(folder) / "plain", Path(folder) / "served"
        pages = {
            "popularity": first_pages(unlearned(shop.root, plain), people, with_basics=False),
            "without_basics": first_pages(as_served(shop.root, ours), people, with_basics=False),
            "with_basics": first_pages(Shop(ours), people, with_basics=True),
            "best_for_all": [best(people, people.p_click.mean(axis=0))] * len(people),
            "oracle": [best(people, p) for p in people.p_click],
        }
        report(people, pages, seed=given.seed)


def trained(work: Path, *, seed: int, n_products: int, n_events: int) -> Shop:
    """A sample shop that is live without click models; its history ends today."""
    sample, shop = work / "sample", Shop(work / "shop")
    if shop.settings_file.exists() and flow.is_released(shop):
        return shop
    until_us = UNTIL_US + (flow.now_us() - UNTIL_US) // _DAY_US * _DAY_US
    make_shop(sample, seed=seed, n_products=n_products, n_events=n_events, until_us=until_us)
    shop.root.mkdir(parents=True, exist_ok=True)
    shop.write_settings(Settings(name="newcomers", is_simulation=True))
    flow.import_files(shop, [sample / "products.jsonl", sample / "events.jsonl"], progress=_show)
    flow.check(shop, progress=_show)
    index = flow.make_index(shop, progress=_show)
    declared = flow.declared_features(shop)
    learned = [newcomers(shop, flow.engine(shop), progress=_show)]
    quality = QualityReport.load(shop.quality_report)
    bundle = seal(shop, learned, declared, quality, index_id=index.name)
    flow.release(shop, bundle.bundle_id, force_reason="the benchmark asks how it orders")
    return shop


def first_pages(shop: Shop, people: Newcomers, *, with_basics: bool) -> list[tuple[str, ...]]:
    """The top of the home page of each, as somebody new to the shop."""
    tops = []
    with served(shop.root, SERVE_WITH_SETTINGS) as (port, _):
        for i, (language, basics) in enumerate(zip(people.languages, people.basics, strict=True)):
            who = f"new-{'known' if with_basics else 'unknown'}-{i}"
            asked = {"visitor_id": [who], "language": [language], **(basics if with_basics else {})}
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/v1/recommend/home?{urlencode(asked, doseq=True)}"
            )
            with urllib.request.urlopen(request, timeout=60) as response:
                results = json.load(response)["results"]
            tops.append(tuple(one["product_id"] for one in results[:PLACES]))
    return tops


def best(people: Newcomers, worth: Floats) -> tuple[str, ...]:
    """The ten products that are worth most."""
    top = np.argsort(-worth, kind="stable")[:PLACES]
    return tuple(people.product_ids[i] for i in top.tolist())


def ndcg(people: Newcomers, pages: Sequence[tuple[str, ...]]) -> Floats:
    """``[people]``."""
    place_of = {product_id: i for i, product_id in enumerate(people.product_ids)}
    found = np.zeros((len(pages), PLACES))
    for row, page in enumerate(pages):
        for position, product_id in enumerate(page):
            if product_id in place_of:
                found[row, position] = people.p_click[row, place_of[product_id]]
    return first_page_ndcg(found, people.p_click)


def report(people: Newcomers, pages: dict[str, list[tuple[str, ...]]], *, seed: int) -> None:
    """Emit a line a system."""
    values = {name: ndcg(people, tops) for name, tops in pages.items()}
    declared = people.has_declared
    for name, ours in values.items():
        line: dict[str, object] = {
            "ndcg10": round(float(ours.mean()), 4),
            "declared": round(float(ours[declared].mean()), 4) if declared.any() else None,
            "not_declared": round(float(ours[~declared].mean()), 4),
        }
        for other, key in (("popularity", "minus_popularity"), ("without_basics", "minus_without")):
            if name in ("without_basics", "with_basics") and name != other:
                interval = paired_bootstrap(ours, values[other], seed=seed).to_json()
                line[key] = {k: round(v, 4) for k, v in interval.items()}
        emit(system=name, **line, n=len(ours), n_declared=int(declared.sum()))


def _show(what: str, n_done: int, n_total: int) -> None:
    if n_done == 0:
        print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
