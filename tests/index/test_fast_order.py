"""Orders of scores are those of numpy's stable sort, whatever the scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from baihuo.index.fast_order import ascending, descending, n_above

_SCORES = st.floats(width=32, allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.0])


@given(arrays(np.float32, st.integers(0, 40), elements=_SCORES), st.sampled_from([1, 60, 300]))
def test_an_order_is_that_of_a_stable_sort(scores: np.ndarray, n_times: int) -> None:
    many = np.tile(scores, n_times)
    assert ascending(many).tolist() == np.argsort(many, kind="stable").tolist()
    assert descending(many).tolist() == np.argsort(-many, kind="stable").tolist()


@given(arrays(np.float32, st.integers(0, 40), elements=_SCORES))
def test_those_above_are_counted_past_equal_ones(scores: np.ndarray) -> None:
    ordered = np.sort(scores)
    assert n_above(ordered).tolist() == [int((ordered > one).sum()) for one in ordered]
