"""Rows by value, and vectors by runs, against plain loops."""

from __future__ import annotations

import numpy as np

from baihuo.index.int8_vectors import Int8Vectors
from baihuo.index.value_rows import ValueRows


def test_the_rows_of_values_are_those_whose_lists_have_them() -> None:
    rng = np.random.default_rng(3)
    lists = [sorted({*rng.integers(0, 9, rng.integers(0, 5)).tolist()}) for _ in range(40)]
    starts = np.concatenate(([0], np.cumsum([len(one) for one in lists]))).astype(np.int64)
    rows_of = ValueRows.of(starts, np.array([c for one in lists for c in one], np.int32))
    for codes in ([], [0], [8, 2], [3, 99]):
        found = rows_of.with_any(np.array(codes, np.int64))
        plain = {row for row, one in enumerate(lists) if {*one} & {*codes}}
        assert {*found.tolist()} == plain


def test_no_row_has_a_value_where_there_are_none() -> None:
    rows_of = ValueRows.of(np.zeros(4, np.int64), np.empty(0, np.int32))
    assert not len(rows_of.with_any(np.array([0, 1], np.int64)))


def test_products_of_runs_are_those_of_all_vectors_at_their_places() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((50, 16)).astype(np.float32)
    stored, asked = Int8Vectors.of(vectors), vectors[7]
    runs = [slice(3, 9), slice(9, 9), slice(20, 41)]
    places = [*range(3, 9), *range(20, 41)]
    assert np.array_equal(stored.dots_of_runs(runs, asked), stored.dot(asked)[places])
    assert not stored.dots_of_runs(runs, np.zeros(16, np.float32)).any()
    assert not len(stored.dots_of_runs([], asked))
    among = stored.take(np.array(places)).gram()
    plain = stored.codes[places].astype(np.int64) @ stored.codes[places].astype(np.int64).T
    scales = stored.scales[places]
    assert np.array_equal(among, plain.astype(np.float32) * scales * scales[:, None])
