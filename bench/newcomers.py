"""First pages of people who were never in a shop, by what they would click: with basic information and without it.

    python bench/newcomers.py --seed 8080 8091 8092 8093 8094 8095   # sample shops of seeds that nothing was chosen on
    python bench/newcomers.py --seed 5 --products 5000 --events 300000

For each seed it makes a sample shop, imports and checks it, trains what orders first pages (nothing else does), and asks for the home page of 300 people who were never there, over HTTP and without exploration. One JSON line a shop says what training learned and trusts
of basic information; then one line a system:

popularity        the order that serves where nothing is learned of first pages (`surfaces.home.order: fused`)
without_basics    what serves, to a visitor with nothing known but the language
with_basics       the same, with what the simulation says of each: country, region, referrer, declared interests
best_for_all      one order for everybody, by the true mean P(click): what no shop can know
oracle            the best possible page of each

ndcg10            with the gain P(click, once looked at) of this person for each product; the ideal is over all that can be
                  bought. `declared`: of people who declared interests alone; `not_declared`: of the others; `by_shop`: of each shop
minus_popularity  the paired difference; minus_without: with basics minus without. Who says nothing of themselves gets the page that everybody
                  gets, ten products: so the 95% interval is by Student's t over shops; of one shop there is none. `minus_popularity_by_shop`: of each
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
from numpy.typing import NDArray

from baihuo import flow
from baihuo.evaluate import clustered_mean
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
    ask_for.add_argument("--seed", type=int, nargs="+", default=[8080], help="of the shops")
    ask_for.add_argument("--products", type=int, default=2_000, help="of the sample shop")
    ask_for.add_argument("--events", type=int, default=300_000, help="of the sample shop")
    ask_for.add_argument("--work", type=Path, help="keep shops here (default: temporary folders)")
    given = ask_for.parse_args()
    made = []
    for seed in given.seed:
        with tempfile.TemporaryDirectory(prefix="baihuo-newcomers-") as folder:
            work = given.work / str(seed) if given.work else Path(folder)
            shop = trained(work, seed=seed, n_products=given.products, n_events=given.events)
            about = {"seed": seed, "products": given.products, "events": given.events}
            emit(learned=flow.evaluate(shop)["newcomers"], **about)
            made.append(pages(shop, work / "sample" / "truth", Path(folder)))
    report(made)


def pages(shop: Shop, truth: Path, folder: Path) -> tuple[Newcomers, dict[str, Floats]]:
    """The people, and for each system ``[people]``: nDCG of their first pages."""
    people = Newcomers.read(truth, Catalogue.read(shop.clean / "products.parquet"))
    plain, ours = folder / "plain", folder / "served"
    tops = {
        "popularity": first_pages(unlearned(shop.root, plain), people, with_basics=False),
        "without_basics": first_pages(as_served(shop.root, ours), people, with_basics=False),
        "with_basics": first_pages(Shop(ours), people, with_basics=True),
        "best_for_all": [best(people, people.p_click.mean(axis=0))] * len(people),
        "oracle": [best(people, p) for p in people.p_click],
    }
    return people, {name: ndcg(people, found) for name, found in tops.items()}


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


def report(shops: Sequence[tuple[Newcomers, dict[str, Floats]]]) -> None:
    """Emit a line a system, over all shops."""
    declared = np.concatenate([people.has_declared for people, _ in shops])
    shop_of = np.repeat(np.arange(len(shops)), [len(people) for people, _ in shops])
    values = {name: np.concatenate([found[name] for _, found in shops]) for name in shops[0][1]}
    for name, ours in values.items():
        line: dict[str, object] = {
            "ndcg10": round(float(ours.mean()), 4),
            "declared": round(float(ours[declared].mean()), 4) if declared.any() else None,
            "not_declared": round(float(ours[~declared].mean()), 4),
            "by_shop": by_shop(ours, shop_of),
        }
        for other, key in (("popularity", "minus_popularity"), ("without_basics", "minus_without")):
            if name in ("without_basics", "with_basics") and name != other:
                gain = ours - values[other]
                if len(shops) > 1:  # one says nothing of the next
                    interval = clustered_mean(gain, shop_of).interval(0.95).to_json()
                    line[key] = {k: round(v, 4) for k, v in interval.items()}
                line[f"{key}_by_shop"] = by_shop(gain, shop_of)
        emit(system=name, **line, n=len(ours), n_declared=int(declared.sum()), n_shops=len(shops))


def by_shop(values: Floats, shop_of: NDArray[np.int64]) -> list[float]:
    """The mean of each shop."""
    return [round(float(values[shop_of == n].mean()), 4) for n in range(int(shop_of.max()) + 1)]


def _show(what: str, n_done: int, n_total: int) -> None:
    if n_done == 0:
        print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
