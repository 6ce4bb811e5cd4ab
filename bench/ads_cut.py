"""The cheap part of an auction: which of 100,000 ads may be shown on a page.

    python bench/ads_cut.py --seed N

Campaigns ask for a surface, categories, hours and keywords of all kinds, so that about a tenth of the ads is eligible for a search. Prints a
JSON line: CPU of a page (median and 99th percentile, ms), the same without comparing broad keywords by meaning, of compiling all campaigns (s), and how many ads were eligible.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from baihuo.ads import (
    Bid,
    BidKind,
    Campaign,
    CompiledTargeting,
    Keyword,
    Match,
    PageContext,
    Targeting,
    broad_texts,
)
from suites.shared.measure import cpu_s, emit

_DIM, _N_WORDS, _N_PRODUCTS = 256, 3_000, 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--ads", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=300)
    arguments = parser.parse_args()
    emit(**time_it(arguments.seed, arguments.ads, arguments.pages))


def time_it(seed: int, n_ads: int, n_pages: int) -> dict[str, object]:
    """Measure targeting alone."""
    rng = np.random.default_rng(seed)
    made = [_campaign(i, rng) for i in range(n_ads // _N_PRODUCTS)]
    texts = broad_texts(made, latin=True)
    vectors = _unit(rng.normal(size=(len(texts) + n_pages, _DIM)))
    began = cpu_s()
    compiled = CompiledTargeting(made, vectors={True: vectors[: len(texts)]})
    compile_s = cpu_s() - began
    times, word_times, n_eligible = [], [], []
    for vector in vectors[len(texts) :]:
        page = PageContext(
            surface="search",
            at_us=10,
            hour=int(rng.integers(24)),
            query_text=_words(rng, 4),
            query_vector=vector,
            categories=(("Root", f"Part {rng.integers(20)}", f"Shelf {rng.integers(10)}"),),
        )
        began_ns = time.process_time_ns()
        found = compiled.eligible(page)
        times.append((time.process_time_ns() - began_ns) / 1e6)
        by_words = replace(page, query_vector=None)
        began_ns = time.process_time_ns()
        compiled.eligible(by_words)
        word_times.append((time.process_time_ns() - began_ns) / 1e6)
        n_eligible.append(len(found))
    return {
        "n_ads": len(compiled),
        "n_campaigns": len(made),
        "n_broad_texts": len(texts),
        "n_eligible": float(np.mean(n_eligible)),
        "cpu_p50_ms": float(np.median(times)),
        "cpu_p99_ms": float(np.quantile(times, 0.99)),
        "cpu_p50_ms_without_vectors": float(np.median(word_times)),
        "compile_cpu_s": compile_s,
    }


def _campaign(number: int, rng: np.random.Generator) -> Campaign:
    kinds = list(Match)
    keywords = tuple(
        Keyword(
            _words(rng, int(rng.integers(1, 4))),
            kinds[rng.integers(3)],
            bool(rng.random() < 0.1),
        )
        for _ in range(20)
    )
    categories = (f"Root > Part {rng.integers(20)}",)
    return Campaign(
        campaign_id=f"c{number}",
        advertiser_id="a",
        name="",
        currency="EUR",
        product_ids=tuple(f"p{number}-{i}" for i in range(_N_PRODUCTS)),
        bid=Bid(BidKind.CLICK, 10),
        starts_at_us=0,
        targeting=Targeting(
            surfaces=("search",) if rng.random() < 0.5 else (),
            keywords=keywords if rng.random() < 0.95 else (),
            categories=categories if rng.random() < 0.2 else (),
            hours=tuple(range(8, 22)) if rng.random() < 0.3 else (),
        ),
    )


def _words(rng: np.random.Generator, n: int) -> str:
    """Some words, the frequent ones more often: P(rank) is about 1 / (rank + 3)."""
    ranks = 3 * (np.power((_N_WORDS + 3) / 3, rng.random(n)) - 1)
    return " ".join(f"word{int(rank)}" for rank in ranks)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


if __name__ == "__main__":
    main()
