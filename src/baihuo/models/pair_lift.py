"""Pairs of products in baskets more often than their popularity explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from baihuo.models.baskets import Baskets
from baihuo.models.neighbours import Neighbours

_PRIOR = 0.25  # weight of the prior lift of 1, in expected baskets
_Z = 1.0  # standard deviations from a lift to its bound: five of six true lifts lie above it
_KINDS_PRIOR = 1.0  # _PRIOR, for the lift of two kinds
_KINDS_Z = 2.5  # _Z, for two kinds: of thousands of pairs of kinds few may be wrong
_LENT = 6.0  # weight of two kinds' lift for a pair of their products
_TINY = 1e-12
_ROUNDS = 100  # of proportional fitting, which converges in about ten
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairLift:
    """The lower bound of each pair's lift, times the sales of the other product.

    Lift is a pair's frequency over that of independent products. Expectations keep the products' totals, separately for pairs of one kind
    and of two kinds (quasi-independence), because comparing two shirts does not relate shirts to milk. A pair's lift is shrunk to that of
    its two kinds, and that of
    kinds to 1 (gamma-Poisson). The bound, one standard deviation below the lift, minus 1, times the share of the other product, is the
    weight: its extra sales with this product. Other pairs are left out, so that best-sellers are not everything's complement. A basket
    counts less the older and the larger it is.

    Sources: DuMouchel, Bayesian Data Mining in Large Frequency Tables (1999), for the quantile; Goodman, The Analysis of
    Cross-Classified Data (1968), for quasi-independence; McAuley et al., Inferring Networks of Substitutable
    and Complementary Products (2015), for complements and substitutes.
    """

    neighbours: Neighbours

    @classmethod
    def fit(
        cls,
        baskets: Baskets,
        *,
        at_us: int,
        kinds: NDArray[np.int64] | None = None,
        half_life_days: float = 120,
        keep: int = 100,
    ) -> PairLift:
        """From the baskets before ``at_us``.

        Args:
            baskets: Purchases (or clicks of one visit).
            at_us: Nothing from then on is seen.
            kinds: ``[products]``, the number of the kind of each, -1: none; None: kinds unknown.
            half_life_days: Of a basket's weight.
            keep: Number of strongest pairs of each product.
        """
        inside, age = baskets.before(at_us).orders(at_us)
        size = np.asarray(inside.sum(axis=1)).ravel()
        fresh = np.exp2(-age / half_life_days)
        weight = fresh / np.sqrt(np.maximum(size - 1, 1))
        n = baskets.n_products
        known = np.full(n, -1, np.int64) if kinds is None else np.asarray(kinds, np.int64)
        share = np.asarray(inside.sum(axis=0)).ravel() / max(1, inside.shape[0])
        pairs = _Pairs.of(inside, fresh, weight, known)
        unit = float((pairs.weight * pairs.unit).sum() / max(pairs.weight.sum(), _TINY))
        kinds_lift = _Kinds.of(pairs, inside, fresh, unit)
        seen = _seen(pairs, kinds_lift, unit) * share[pairs.other]
        weights = scipy.sparse.csr_matrix((seen, (pairs.one, pairs.other)), (n, n))
        unseen = _unseen(pairs, kinds_lift, unit, share, keep)
        return cls(_strongest(weights + unseen, keep))


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of products in baskets, with their expectations."""

    one: NDArray[np.int32]  # [pairs] a product; every pair occurs both ways
    other: NDArray[np.int32]  # [pairs]
    weight: _Floats  # [pairs] of the baskets that have both
    unit: _Floats  # [pairs] baskets in 1 of weight
    expected: _Floats  # [pairs], in weight
    kind: NDArray[np.int64]  # [products], -1: none
    is_same: NDArray[np.bool_]  # [pairs] of one kind
    between: (
        _Floats  # [products]: expected with a product of another kind is the product of the two
    )

    @classmethod
    def of(
        cls,
        inside: scipy.sparse.csr_matrix,
        fresh: _Floats,
        weight: _Floats,
        kind: NDArray[np.int64],
    ) -> _Pairs:
        """From baskets ``[baskets, products]``, with their weights by age alone and by age and size."""
        pairs, squared = _both(inside, weight), _both(inside, weight**2)
        one, other = pairs.row, pairs.col
        is_same = (kind[one] == kind[other]) & (kind[one] >= 0)
        inner = _sums(one[is_same], pairs.data[is_same], len(kind))
        between = _independent(_sums(one[~is_same], pairs.data[~is_same], len(kind)), kind)
        within = inner / np.sqrt(np.maximum(_of_kinds(inner, kind), _TINY))[kind]
        expected = np.where(is_same, within[one] * within[other], between[one] * between[other])
        by_baskets = pairs.data / _plain_lift(inside, fresh)
        return cls(
            one,
            other,
            pairs.data,
            pairs.data / squared.data,
            np.maximum(expected, by_baskets),
            kind,
            is_same,
            between,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Pairs of kinds in baskets, ``[kinds + 1, kinds + 1]`` each; last: no kind."""

    counted: _Floats  # baskets
    expected: _Floats

    @classmethod
    def of(
        cls, pairs: _Pairs, inside: scipy.sparse.csr_matrix, fresh: _Floats, unit: float
    ) -> _Kinds:
        """Sums over pairs of products; ``unit``: baskets in 1 of weight."""
        by_kind = _of_kinds(pairs.between, pairs.kind)
        n = len(by_kind)
        counted = np.zeros((n, n))
        np.add.at(counted, (pairs.kind[pairs.one], pairs.kind[pairs.other]), pairs.weight * unit)
        belongs = scipy.sparse.csr_matrix(
            (np.ones(len(pairs.kind)), (np.arange(len(pairs.kind)), pairs.kind % n)),
            (len(pairs.kind), n),
        )
        has = (inside @ belongs).tocsr()
        has.data[:] = 1.0
        both = _both(has, fresh)
        by_baskets = np.zeros((n, n))
        by_baskets[both.row, both.col] = counted[both.row, both.col] / _plain_lift(has, fresh)
        return cls(counted, np.maximum(np.outer(by_kind, by_kind) * unit, by_baskets))


def _both(inside: scipy.sparse.csr_matrix, weight: _Floats) -> scipy.sparse.coo_matrix:
    pairs = (inside.T @ scipy.sparse.diags(np.maximum(weight, _TINY)) @ inside).tocsr()
    pairs.setdiag(0)
    pairs.eliminate_zeros()
    pairs.sort_indices()
    return pairs.tocoo()


def _plain_lift(inside: scipy.sparse.csr_matrix, fresh: _Floats) -> _Floats:
    """Return ``[pairs]``: baskets with both over the number under independence in all baskets, single ones included."""
    both = _both(inside, fresh)
    has = np.asarray(fresh @ inside).ravel()
    return np.asarray(both.data * fresh.sum() / (has[both.row] * has[both.col]))


def _of_kinds(values: _Floats, kind: NDArray[np.int64]) -> _Floats:
    """``[kinds + 1]``: the sum over the products of each; last, of those without one."""
    n = int(kind.max(initial=-1)) + 1
    return _sums(np.where(kind < 0, n, kind), values, n + 1)


def _sums(number: NDArray[Any], values: _Floats, n: int) -> _Floats:
    """``[n]``: the sum of the values of each number."""
    return np.bincount(number, values, n).astype(np.float64)


def _independent(total: _Floats, kind: NDArray[np.int64]) -> _Floats:
    """``a`` with ``a[i] · (sum of a over products of other kinds) = total[i]``, by proportional fitting, half the way a round."""
    a = total / np.sqrt(max(total.sum(), _TINY))
    for _ in range(_ROUNDS):
        others = a.sum() - np.where(kind >= 0, _of_kinds(a, kind)[kind], a)
        a = np.sqrt(a * np.where(total > 0, total / np.maximum(others, _TINY), 0.0))
    return np.asarray(a)


def _near_to_1(counted: _Floats, expected: _Floats) -> _Floats:
    """Return the lift nearest to 1 in the credible interval of two kinds."""
    shape = _KINDS_PRIOR + np.maximum(counted, 0.0)
    rate = _KINDS_PRIOR + np.maximum(expected, 0.0)
    return np.clip(1.0, _quantile(shape, rate, -_KINDS_Z), _quantile(shape, rate, _KINDS_Z))


def _quantile(shape: _Floats, rate: _Floats, z: float) -> _Floats:
    """Return a quantile of a gamma distribution, by Wilson and Hilferty (1931): within 3% for shapes of 1 or more."""
    cube = 1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape))
    return np.asarray(shape * np.maximum(cube, 0.0) ** 3 / rate)


def _bound(of_kinds: _Floats, counted: _Floats, expected: _Floats) -> _Floats:
    """Return the lower bound of a lift, minus 1; at least 0."""
    prior = np.where(of_kinds == 1.0, _PRIOR, _LENT)
    bound = _quantile(prior * of_kinds + counted, prior + expected, -_Z)
    return np.maximum(bound - 1.0, 0.0)


def _seen(pairs: _Pairs, kinds: _Kinds, unit: float) -> _Floats:
    """Return ``[pairs]``: the bound of each, which its kinds do not count twice."""
    places = pairs.kind[pairs.one], pairs.kind[pairs.other]
    of_kinds = _near_to_1(
        kinds.counted[places] - pairs.weight * unit, kinds.expected[places] - pairs.expected * unit
    )
    of_kinds[pairs.is_same | (places[0] < 0) | (places[1] < 0)] = 1.0
    return _bound(of_kinds, pairs.weight * pairs.unit, pairs.expected * pairs.unit)


def _unseen(
    pairs: _Pairs, kinds: _Kinds, unit: float, share: _Floats, keep: int
) -> scipy.sparse.csr_matrix:
    """Return ``[products, products]``: weights of unseen pairs by the lift of their kinds."""
    n, lift = len(share), _near_to_1(kinds.counted, kinds.expected)[:-1, :-1]
    np.fill_diagonal(lift, 1.0)
    rows, columns, values = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for kind, other in np.argwhere(lift > 1.0).tolist():
        here = np.flatnonzero(pairs.kind == kind)
        there = np.flatnonzero(pairs.kind == other)
        there = there[np.argsort(-share[there], kind="stable")][:keep]
        expected = np.outer(pairs.between[here], pairs.between[there]) * unit
        bound = _bound(np.full_like(expected, lift[kind, other]), np.zeros(1), expected)
        rows.append(np.repeat(here, len(there)))
        columns.append(np.tile(there, len(here)))
        values.append((bound * share[there]).ravel())
    found = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    is_seen = scipy.sparse.csr_matrix((np.ones(len(pairs.one)), (pairs.one, pairs.other)), (n, n))
    unseen = scipy.sparse.csr_matrix(found, (n, n))
    return (unseen - unseen.multiply(is_seen)).tocsr()


def _strongest(weights: scipy.sparse.csr_matrix, keep: int) -> Neighbours:
    """The ``keep`` largest of each row."""
    entries = weights.tocoo()
    order = np.lexsort((entries.col, -entries.data, entries.row))
    row = entries.row[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = order[(place < keep) & (entries.data[order] > 0)]
    found = entries.data[kept].astype(np.float32), (entries.row[kept], entries.col[kept])
    return Neighbours(scipy.sparse.csr_matrix(found, weights.shape))
