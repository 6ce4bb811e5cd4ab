"""How strongly searches belong together: by who searched for both, and by the products that were clicked after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import scipy
from numpy.typing import NDArray

_FEW_CLICKS = 10.0  # … visitors at which a cosine of clicks says half of what it can
_FEW_VISITORS = 3.0  # … beyond what chance explains at which searches of the same visitors do
_BY_VISITORS = 0.5  # what these say at most; clicks say 1
_LEAST = 0.1  # strength from which two belong together
_THROUGH_ANOTHER = (
    0.3  # of the mean strength of what is related by clicks to what is related by clicks
)
_CHANCE = 1.5  # standard deviations that are taken off what was counted
_BACKWARDS = 0.5  # what going from b to a says of b after a
_MOST_SEARCHES = 300  # of one visitor; who has more is a program


def strengths(
    keys: Sequence[str], by_visitor: pa.Table, following: pa.Table, products: pa.Table
) -> scipy.sparse.csr_matrix:
    """``[searches, searches]``: 0 for unrelated ones, below 2; nothing on the diagonal.

    The sum of two evidences, each corrected for what is popular anyway:

    - the cosine of the products clicked, put in the cart or bought, where a product that follows many searches counts
      less (idf), shrunk where few visitors clicked after one of both;
    - visitors who searched for both, and again those who did so next in a visit: less what the popularity of both makes
      expected, less 1.5 standard deviations of the count. Two visitors alone say nothing.

    What is weaker than 0.1 is left out; what is related by clicks to what is related by clicks follows with 0.3 of its mean.

    Args:
        keys: of the searches.
        by_visitor: ``visitor_id``, ``key`` (``searches_of_visitors.sql``).
        following: ``key``, ``next_key``, ``n_visitors`` (``next_searches.sql``).
        products: ``key``, ``product_id``, ``n_visitors`` (``searched_products.sql``).
    """
    number = {key: i for i, key in enumerate(keys)}
    clicked, same = _cosines(number, products), _same_visitors(number, by_visitor, following)
    direct = _at_least(clicked + _BY_VISITORS * same)
    clicked = _at_least(clicked)
    sums = np.asarray(clicked.sum(axis=1)).ravel()
    through = scipy.sparse.diags(1 / np.where(sums > 0, sums, 1)) @ clicked @ clicked
    return _at_least(direct + _THROUGH_ANOTHER * through, 0.0)


def _at_least(matrix: scipy.sparse.csr_matrix, least: float = _LEAST) -> scipy.sparse.csr_matrix:
    """A matrix without its diagonal and what is weaker."""
    kept = scipy.sparse.csr_matrix(matrix)
    kept.setdiag(0)
    kept.data[kept.data < least] = 0
    kept.eliminate_zeros()
    return kept


def _cosines(number: Mapping[str, int], products: pa.Table) -> scipy.sparse.csr_matrix:
    n = len(number)
    ids, columns = _codes(products, "product_id")
    if not len(ids):
        return scipy.sparse.csr_matrix((n, n))
    rows, counts = _numbers(number, products, "key"), _counts(products)
    searches = np.bincount(columns, minlength=len(ids))  # that the product follows
    weights = np.log1p(counts) * np.log1p(n / searches)[columns]
    clicks = scipy.sparse.csr_matrix((weights, (rows, columns)), shape=(n, len(ids)))
    lengths = np.sqrt(np.asarray(clicks.multiply(clicks).sum(axis=1)).ravel())
    unit = scipy.sparse.diags(1 / np.where(lengths > 0, lengths, 1)) @ clicks
    cosines = (unit @ unit.T).tocoo()
    visitors = np.bincount(rows, counts, minlength=n)
    fewer = np.minimum(visitors[cosines.row], visitors[cosines.col])
    shrunk = cosines.data * fewer / (fewer + _FEW_CLICKS)
    return scipy.sparse.csr_matrix((shrunk, (cosines.row, cosines.col)), shape=(n, n))


def _same_visitors(
    number: Mapping[str, int], by_visitor: pa.Table, following: pa.Table
) -> scipy.sparse.csr_matrix:
    n = len(number)
    ids, visitors = _codes(by_visitor, "visitor_id")
    searches = _numbers(number, by_visitor, "key")
    share = np.bincount(searches, minlength=n) / max(len(searches), 1)
    is_person = np.bincount(visitors, minlength=len(ids)) <= _MOST_SEARCHES
    kept = is_person[visitors]
    who = scipy.sparse.csr_matrix(
        (np.ones(kept.sum()), (visitors[kept], searches[kept])), shape=(len(ids), n)
    )
    pairs = (_numbers(number, following, "key"), _numbers(number, following, "next_key"))
    after = scipy.sparse.csr_matrix((_counts(following), pairs), shape=(n, n))
    counts = scipy.sparse.csr_matrix(who.T @ who)
    counts.setdiag(0)
    counts = scipy.sparse.csr_matrix(counts + after + _BACKWARDS * after.T).tocoo()
    expected = np.bincount(counts.row, counts.data, minlength=n)[counts.row] * share[counts.col]
    beyond = np.maximum(counts.data - expected - _CHANCE * np.sqrt(counts.data), 0.0)
    return scipy.sparse.csr_matrix(
        (beyond / (beyond + _FEW_VISITORS), (counts.row, counts.col)), shape=(n, n)
    )


def _codes(table: pa.Table, column: str) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct values of a column, and the number of each row's."""
    encoded = table.column(column).combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return encoded.dictionary.to_pylist(), codes


def _numbers(number: Mapping[str, int], table: pa.Table, column: str) -> NDArray[np.int64]:
    return np.array([number[key] for key in table.column(column).to_pylist()], np.int64)


def _counts(table: pa.Table) -> NDArray[np.float64]:
    return np.asarray(table.column("n_visitors").to_numpy(), np.float64)
