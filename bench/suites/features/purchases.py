"""What transforms add to the ranker of purchases: the same windows, candidates and trees, with and without.

Only transforms that such data has the material for: orders and titles, no pages. Scaling is left out since trees do not
see it, crosses since a shop of orders alone has no names to cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core.progress import Progress, silent
from baihuo.evaluate import Interval, ndcg_by_query, paired_bootstrap, recall_by_query
from baihuo.features.transforms.sequence import SkipGramConfig, skip_gram
from baihuo.features.transforms.target import Smoothing
from baihuo.features.transforms.text_features import Tfidf, truncated_svd, unit
from baihuo.models.baskets import DAY_US, Baskets
from baihuo.models.candidate_features import FEATURES, CandidateFeatures
from baihuo.models.neighbours import Neighbours
from baihuo.models.purchase_history import PurchaseHistory
from baihuo.models.purchase_model import batches
from baihuo.models.titles import alike_titles
from baihuo.train.purchases.learn import BOOSTING, PurchaseTraining

Floats = NDArray[np.float32]
LINES: dict[str, tuple[str, tuple[str, ...]]] = {
    "sold": ("look_back", tuple(f"sold_half_{d}d" for d in (1, 7, 28, 90))),
    "rebought": ("target", ("rebought",)),
    "words": ("tfidf", ("words_taste",)),
    "topic": ("svd", tuple(f"topic_{i}" for i in range(16))),
    "together": ("word2vec over orders", ("together_taste", "together_last")),
}
MORE = tuple(c for _, columns in LINES.values() for c in columns)
COLUMNS = (*FEATURES, *MORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseGain:
    """One line: with its columns, less without; above 0 is better."""

    name: str
    kind: str
    n_columns: int
    recall20: Interval
    ndcg20: Interval
    n_visitors: int


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What the lines before a cut teach of products."""

    sold: Floats  # [products, 4]
    rebought: Floats  # [products]
    words: Any  # [products, words] sparse
    topic: Floats  # [products, 16]
    together: Floats  # [products, dim], length 1 or 0

    @classmethod
    def before(
        cls, past: Baskets, cut_us: int, titles: Sequence[str], window_us: int, seed: int
    ) -> _Known:
        age = past.age_days(cut_us)
        sold = [
            np.bincount(past.product, np.exp2(-age / days), minlength=past.n_products)
            for days in (1, 7, 28, 90)
        ]
        tfidf = Tfidf.fit(titles)
        rows = tfidf.rows(titles)
        directions = truncated_svd(rows, 16, seed=seed)
        topic = np.zeros((len(titles), 16), np.float32)  # a shop of few words fills fewer
        topic[:, : directions.shape[1]] = rows @ directions
        orders: dict[int, list[str]] = {}
        for order, product in zip(past.order.tolist(), past.product.tolist(), strict=True):
            orders.setdefault(order, []).append(str(product))
        # An order has no order in it: a window of eight of a shuffled one reaches any two of its products.
        rng = np.random.default_rng(seed)
        sentences = [[one[i] for i in rng.permutation(len(one))] for one in orders.values()]
        learned = skip_gram(sentences, SkipGramConfig(window=8, epochs=3, seed=seed))
        together = np.zeros((past.n_products, learned.vectors.shape[1]), np.float32)
        together[[int(w) for w in learned.words]] = unit(learned.vectors)
        return cls(
            np.stack(sold, axis=1).astype(np.float32),
            _rebought(past, cut_us - window_us),
            rows,
            topic,
            together,
        )

    def columns(
        self, bought: PurchaseHistory, visitor: NDArray[np.int32], product: NDArray[np.int32]
    ) -> Floats:
        """``[pairs, MORE]``."""
        fading, last = bought.matrix(bought.fading), bought.matrix(_is_last(bought))
        words = fading @ self.words
        lengths = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel())
        by_word = np.asarray(words[visitor].multiply(self.words[product]).sum(axis=1)).ravel()
        taste, latest = unit(fading @ self.together), unit(last @ self.together)
        mine = self.together[product]
        return np.column_stack(
            [
                self.sold[product],
                self.rebought[product],
                by_word / np.maximum(lengths[visitor], 1e-9),
                self.topic[product],
                (taste[visitor] * mine).sum(axis=1),
                (latest[visitor] * mine).sum(axis=1),
            ]
        ).astype(np.float32)


def _rebought(past: Baskets, middle_us: int) -> Floats:
    """Of those who had bought a product before ``middle_us``, how many did again until the cut, smoothed."""
    pair = past.visitor.astype(np.int64) * past.n_products + past.product
    had = np.unique(pair[past.at_us < middle_us])
    again = np.isin(had, pair[past.at_us >= middle_us]).astype(np.float64)
    product = had % max(past.n_products, 1)
    n = np.bincount(product, minlength=past.n_products).astype(np.float64)
    total = np.bincount(product, again, minlength=past.n_products).astype(np.float64)
    prior = float(again.mean()) if len(again) else 0.0
    return Smoothing(strength=20).smoothed(n, total, prior).astype(np.float32)


def _is_last(bought: PurchaseHistory) -> NDArray[np.float64]:
    """1 for what a visitor bought on their last day, else 0."""
    last = np.full(bought.n_visitors, np.inf)
    np.minimum.at(last, bought.visitor, bought.last_days)
    return (bought.last_days <= last[bought.visitor] + 1).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Candidates of one cut with their columns, by visitor."""

    matrix: Floats
    label: NDArray[np.int8]
    visitor: NDArray[np.int64]
    n_wanted: NDArray[np.int64]  # [visitors] what was bought, candidates or not


def _pairs(
    past: Baskets,
    after: Baskets,
    cut_us: int,
    titles: Sequence[str],
    alike: Neighbours,
    *,
    training: PurchaseTraining,
    window_us: int,
    most: int,
    keep: float,
) -> _Pairs:
    rng = np.random.default_rng([training.seed, cut_us % 2**31])
    visitors = np.intersect1d(past.visitor, after.visitor).astype(np.int32)
    if len(visitors) > most:
        visitors = np.sort(rng.choice(visitors, most, replace=False))
    evidence = CandidateFeatures.fit(past, at_us=cut_us, alike=alike)
    known = _Known.before(past, cut_us, titles, window_us, training.seed)
    labels = after.of(visitors)
    wanted = np.unique(labels.visitor.astype(np.int64) * past.n_products + labels.product)
    parts: list[tuple[Floats, NDArray[np.int8], NDArray[np.int64]]] = []
    for start, batch in batches(past.of(visitors), past.n_products):
        bought = PurchaseHistory.from_baskets(batch, at_us=cut_us)
        look = evidence.look(bought)
        visitor, product = evidence.candidates(look)
        label = np.isin((start + visitor).astype(np.int64) * past.n_products + product, wanted)
        kept = label | (rng.random(len(label)) < keep)
        visitor, product = visitor[kept], product[kept]
        both = np.concatenate(
            [
                evidence.features(look, visitor, product),
                known.columns(look.bought, visitor, product),
            ],
            axis=1,
        )
        parts.append((both, label[kept].astype(np.int8), start + visitor.astype(np.int64)))
    n_wanted = np.bincount(wanted // past.n_products, minlength=len(visitors))
    return _Pairs(
        np.concatenate([matrix for matrix, _, _ in parts]),
        np.concatenate([label for _, label, _ in parts]),
        np.concatenate([visitor for _, _, visitor in parts]),
        n_wanted,
    )


def purchase_feature_report(
    lines: Baskets,
    *,
    test_from_us: int,
    titles: Sequence[str],
    training: PurchaseTraining = PurchaseTraining(),  # noqa: B008 - frozen
    n_seeds: int = 2,
    most_test_visitors: int = 1_500,
    threads: int = 2,
    progress: Progress = silent,
) -> tuple[dict[str, float], list[PurchaseGain]]:
    """Learn on windows before ``test_from_us``, judge on what was bought after it, by visitor.

    Args:
        lines: All purchases; those from ``test_from_us`` on only test.
        titles: One a product.

    Returns:
        Recall@20 and nDCG@20 of the default columns, and a gain for each line, all lines, other seeds, noise.
    """
    past, alike = lines.before(test_from_us), alike_titles(titles)
    first_us = int(past.at_us.min())
    window_us = training.window_us(first_us, test_from_us)
    taught = []
    for i, cut_us in enumerate(cuts := training.cuts(first_us, test_from_us)):
        progress("purchases: windows", i, len(cuts) + 1)
        taught.append(
            _pairs(
                past.before(cut_us),
                past.between(cut_us, cut_us + window_us),
                cut_us,
                titles,
                alike,
                training=training,
                window_us=window_us,
                most=training.max_visitors,
                keep=0.12,
            )
        )
    progress("purchases: windows", len(cuts), len(cuts) + 1)
    test = _pairs(
        past,
        lines.between(test_from_us, int(lines.at_us.max()) + 1),
        test_from_us,
        titles,
        alike,
        training=training,
        window_us=window_us,
        most=most_test_visitors,
        keep=1.0,
    )
    rng = np.random.default_rng(training.seed)
    taught = [_noised(one, rng) for one in taught]
    test = _noised(test, rng)
    columns = (*COLUMNS, "noise")
    seeds = [training.seed + i for i in range(n_seeds)]
    fit = _Fit(taught, test, columns, threads)
    base = fit.judged(FEATURES, seeds)
    said = {
        "recall20": float(np.nanmean(base[0])),
        "ndcg20": float(np.nanmean(base[1])),
        "n_columns": len(FEATURES),
    }
    variants: list[tuple[str, str, tuple[str, ...], list[int]]] = [
        ("other seeds", "control", FEATURES, [s + 1000 for s in seeds]),
        ("noise", "control", (*FEATURES, "noise"), seeds),
        *((name, kind, (*FEATURES, *more), seeds) for name, (kind, more) in LINES.items()),
        ("all lines", "all", COLUMNS, seeds),
    ]
    gains = []
    for i, (name, kind, chosen, of) in enumerate(variants):
        progress(f"purchases: with {name}", i, len(variants))
        recall, ndcg = fit.judged(chosen, of)
        gains.append(
            PurchaseGain(
                name=name,
                kind=kind,
                n_columns=len(chosen) - len(FEATURES),
                recall20=paired_bootstrap(recall, base[0], seed=training.seed),
                ndcg20=paired_bootstrap(ndcg, base[1], seed=training.seed),
                n_visitors=int((~np.isnan(recall)).sum()),
            )
        )
    return said, gains


def _noised(pairs: _Pairs, rng: np.random.Generator) -> _Pairs:
    noise = rng.normal(size=(len(pairs.label), 1)).astype(np.float32)
    return _Pairs(
        np.concatenate([pairs.matrix, noise], axis=1), pairs.label, pairs.visitor, pairs.n_wanted
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Trees of any columns over the same windows, judged on the same candidates."""

    taught: Sequence[_Pairs]
    test: _Pairs
    columns: tuple[str, ...]
    threads: int

    def judged(
        self, chosen: tuple[str, ...], seeds: Sequence[int], k: int = 20
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Recall@20 and nDCG@20 of each test visitor, scores averaged over seeds."""
        import lightgbm

        at = [self.columns.index(c) for c in chosen]
        matrix = np.concatenate([one.matrix[:, at] for one in self.taught])
        label = np.concatenate([one.label for one in self.taught])
        sizes = np.concatenate(
            [np.unique(one.visitor, return_counts=True)[1] for one in self.taught]
        )
        scores = np.zeros(len(self.test.label))
        for seed in seeds:
            data = lightgbm.Dataset(matrix, label, group=sizes, feature_name=list(chosen))
            grown = lightgbm.train(
                {**BOOSTING, "seed": seed, "num_threads": self.threads}, data, num_boost_round=220
            )
            raw = np.asarray(
                grown.predict(self.test.matrix[:, at], num_threads=self.threads), np.float64
            )
            scores += raw / raw.std()
        order = np.lexsort((-scores, self.test.visitor))
        visitor = self.test.visitor[order]
        place = np.arange(len(order)) - np.searchsorted(visitor, visitor)
        hits = np.zeros((len(self.test.n_wanted), k))
        top = place < k
        hits[visitor[top], place[top]] = self.test.label[order][top]
        n_wanted = self.test.n_wanted.astype(np.int64)
        ideal = (np.arange(k)[None, :] < n_wanted[:, None]).astype(np.float64)
        recall = recall_by_query(hits > 0, n_wanted, k=k, is_capped=True)
        return recall, ndcg_by_query(hits, k=k, ideal=ideal)


TEST_DAYS = 42


def last_weeks_from(lines: Baskets) -> int:
    """Where the last six weeks begin."""
    return int(lines.at_us.max()) - TEST_DAYS * DAY_US
