"""Measure the cost of a kind of dirt: both models, fitted with and without it, on the same held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import Interval, bootstrap_mean
from baihuo.valuation.interests import (
    ClickModel,
    Impressions,
    InterestTest,
    fit_clicks,
    impressions,
    inputs,
    interest_scores,
    interest_test,
    losses,
    purchases_a_turn,
)
from baihuo.valuation.kinds import Kind
from baihuo.valuation.report import MoneyLost, money_costs
from baihuo.valuation.rows import (
    PURCHASE,
    EventRows,
    Mask,
    ProductColumns,
    clean_rows,
    cuts,
    reference_rows,
    variant_of,
)

MIN_VISITORS, MIN_CLICKS = 50, 50  # tested; with fewer a metric is not reported
DAY_US = 86_400_000_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Costs of a kind by metric. Above 0: the models are worse with it. None: not measured."""

    ndcg: Interval | None  # loss of nDCG@20
    log_loss: Interval | None  # rise of the log-loss of clicks, nats a row
    money: MoneyLost | None  # less found on pages of 20, of each visitor; see :meth:`Bench.money`
    skill: Interval | None  # mean share lost of the models' nDCG and log-loss reduction


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """Scores of all folds, concatenated."""

    ndcg: Floats  # [visitors]
    turns: Floats  # [visitors]
    money: Floats  # [visitors]
    loss: Floats  # [impressions]


@dataclass(eq=False)
class Bench:
    """Held-out rows, and models fitted on demand."""

    rows: EventRows
    products: ProductColumns
    kinds: Sequence[Kind]
    folds: int = 2
    seed: int = 7
    _tests: list[InterestTest] = field(default_factory=list)
    _seen: list[Impressions] = field(default_factory=list)
    _start: dict[int, ClickModel] = field(default_factory=dict)
    _cuts: list[tuple[int, int, int]] = field(default_factory=list)
    _clean: _Scores | None = None

    def __post_init__(self) -> None:
        rows = self.rows
        self.reference = believed = reference_rows(rows, self.kinds)
        self._cuts = cuts(rows, folds=self.folds)
        for cut in self._cuts:
            self._tests.append(interest_test(rows, believed, self.products.price, cut))
            inside = believed & (rows.at_us >= cut[1]) & (rows.at_us < cut[2])
            self._seen.append(impressions(rows, inside))
        n_visitors = sum(len(t.visitors) for t in self._tests)
        n_clicks = sum(float(s.is_clicked.sum()) for s in self._seen)
        self.has_interests = n_visitors >= MIN_VISITORS
        self.has_clicks = n_clicks >= MIN_CLICKS
        bought = sum(float((t.money > 0).sum()) for t in self._tests)
        self._purchases_a_turn = purchases_a_turn(rows, believed)
        is_priced = bought >= MIN_VISITORS and self._purchases_a_turn > 0
        self.has_money = self.has_interests and is_priced
        self.n_visitors, self.n_clicks = n_visitors, int(n_clicks)
        self.test_days = (self._cuts[-1][2] - self._cuts[0][1]) / DAY_US

    @property
    def clean(self) -> _Scores:
        """Both models fitted on clean rows."""
        if self._clean is None:
            self._clean = self._scores(self.reference, self.products)
        return self._clean

    def clean_metrics(self) -> dict[str, float]:
        """nDCG@20, log-loss, and the log-loss of one constant, on clean rows."""
        found: dict[str, float] = {}
        if self.has_interests:
            found["ndcg"] = float(np.nanmean(self.clean.ndcg))
        if self.has_clicks:
            found["log_loss"] = float(self.clean.loss.mean())
            found["base_log_loss"] = self._base_loss()
        return found

    def costs(self, kind: Kind, number: int) -> Costs:
        """Return metrics with minus without the kind, on the same held-out rows; 95% intervals over visitors."""
        products, variant = self.products, variant_of(self.rows, kind, number, self.reference)
        if kind.table == "products":
            products = products.before_repair(kind)
        elif variant.is_same:
            return _nothing(self)
        without, with_it = self.clean, self._scores(variant.with_it, products)
        ndcg = loss = money = None
        if self.has_interests:
            ndcg = self._interval(without.ndcg - with_it.ndcg, self._visitors())
        if self.has_money:
            money = self._lost(without, with_it)
        if self.has_clicks:
            loss = self._interval(with_it.loss - without.loss, self._clickers())
        return Costs(ndcg, loss, money, self._skill(ndcg, loss))

    def money(self, lost: Sequence[MoneyLost | None]) -> list[Interval | None]:
        """Return each kind's cost on pages of 20, minor units in 30 days; None if not measured. All kinds together estimate the noise of
        prices."""
        if not self.has_money:
            return [None] * len(lost)
        measured = [one for one in lost if one is not None]
        costs = iter(money_costs(measured, self._visitors(), seed=self.seed))
        per_month = self._purchases_a_turn * len(self.clean.money) * 30 / self.test_days
        return [None if one is None else _times(next(costs), per_month) for one in lost]

    def _lost(self, without: _Scores, with_it: _Scores) -> MoneyLost:
        turns = sum(float(t.turns.sum()) for t in self._tests)
        mean_price = sum(float(t.money.sum()) for t in self._tests) / max(turns, 1.0)
        return MoneyLost(
            mean_price * (without.turns - with_it.turns), without.money - with_it.money
        )

    def misreported(self, kind: Kind, number: int) -> float:
        """Return the money that unfixed purchases of this kind would add to (or take from) the books, minor units."""
        rows = self.rows
        mine = (rows.kind == number) & (rows.event == PURCHASE)
        paid = float(np.nansum(rows.price[mine] * rows.quantity[mine]))
        if kind.action in ("quarantine", "merge"):
            return paid
        if kind.action != "repair":
            return 0.0
        fixed = clean_rows(rows) & np.isin(rows.name, rows.name[mine]) & (rows.event == PURCHASE)
        known = np.where(np.isnan(rows.price), _catalogue_price(rows, self.products), rows.price)
        return paid - float(np.nansum(known[fixed] * rows.quantity[fixed]))

    def _scores(self, learned: Mask, products: ProductColumns) -> _Scores:
        found = []
        for number, (test, seen) in enumerate(zip(self._tests, self._seen, strict=True)):
            ndcg = turns = money = loss = np.zeros(0)
            if self.has_interests:
                scored = interest_scores(self.rows, learned, test)
                ndcg, turns, money = scored.ndcg, scored.turns, scored.money
            if self.has_clicks:
                past = impressions(self.rows, learned & (self.rows.at_us < self._cuts[number][0]))
                x = inputs(self.rows, products, past)
                if number not in self._start:  # the reference
                    self._start[number] = fit_clicks(x, past.is_clicked)
                # all from one start, with the reference: a better start would end nearer to the optimum
                model = fit_clicks(x, past.is_clicked, self._start[number])
                tested = inputs(self.rows, products, seen)
                loss = losses(model, tested, seen.is_clicked)
            found.append((ndcg, turns, money, loss))
        return _Scores(*(np.concatenate(one) for one in zip(*found, strict=True)))

    def _interval(self, values: Floats, clusters: NDArray[np.int64]) -> Interval:
        return bootstrap_mean(values, seed=self.seed, clusters=clusters, n_resamples=500)

    def _visitors(self) -> NDArray[np.int64]:
        return np.concatenate([t.visitors for t in self._tests])

    def _clickers(self) -> NDArray[np.int64]:
        return np.concatenate([self.rows.visitor[s.row] for s in self._seen])

    def _base_loss(self) -> float:
        share = np.concatenate([s.is_clicked for s in self._seen]).mean()
        return float(-(share * np.log(share) + (1 - share) * np.log(1 - share)))

    def _skill(self, ndcg: Interval | None, loss: Interval | None) -> Interval | None:
        metrics, parts = self.clean_metrics(), []
        if ndcg is not None and metrics["ndcg"] > 0:
            parts.append(_times(ndcg, 1 / metrics["ndcg"]))
        if loss is not None and (gain := metrics["base_log_loss"] - metrics["log_loss"]) > 0:
            parts.append(_times(loss, 1 / gain))
        if not parts:
            return None
        mid = sum(p.mid for p in parts) / len(parts)
        low = sum((p.mid - p.low) ** 2 for p in parts) ** 0.5 / len(parts)
        high = sum((p.high - p.mid) ** 2 for p in parts) ** 0.5 / len(parts)
        return Interval(mid, mid - low, mid + high)


def _nothing(bench: Bench) -> Costs:
    zero, nothing = Interval(0.0, 0.0, 0.0), np.zeros(bench.n_visitors)
    return Costs(
        ndcg=zero if bench.has_interests else None,
        log_loss=zero if bench.has_clicks else None,
        money=MoneyLost(nothing, nothing) if bench.has_money else None,
        skill=zero if bench.has_interests or bench.has_clicks else None,
    )


def _times(interval: Interval, factor: float) -> Interval:
    return Interval(interval.mid * factor, interval.low * factor, interval.high * factor)


def _catalogue_price(rows: EventRows, products: ProductColumns) -> Floats:
    return np.where(rows.product >= 0, products.price[rows.product], np.nan)
