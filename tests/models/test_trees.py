"""The LightGBM ranker ranks, stops, continues, and is its own text."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from baihuo.evaluate import ndcg_by_group
from baihuo.models import Ranked, Trees, TreesConfig, fit_ranker

_COLUMNS = ("relevance", "price", "noise")
_CONFIG = TreesConfig(n_trees=60, patience=10, min_rows_per_leaf=20)


def _ranked(n_queries: int, seed: int, *, sign: float = 1.0) -> Ranked:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_queries * 12, 3)).astype(np.float32)
    wish = sign * x[:, 0] + 0.5 * np.abs(x[:, 1]) + rng.normal(0, 0.3, len(x))
    grades = (wish > 1.0).astype(np.int32) + (wish > 2.0)
    return Ranked(x, grades.astype(np.int32), np.full(n_queries, 12))


def _ndcg(trees: Trees, rows: Ranked) -> float:
    groups = np.repeat(np.arange(len(rows.n_by_query)), rows.n_by_query)
    return float(
        np.nanmean(
            ndcg_by_group(
                np.exp2(rows.gains).astype(np.float64) - 1, trees.scores(rows.matrix), groups, k=5
            )
        )
    )


def test_it_ranks_better_than_its_best_column() -> None:
    trees, curve = fit_ranker(_ranked(400, 1), _ranked(100, 2), _COLUMNS, _CONFIG)
    test = _ranked(200, 3)
    groups = np.repeat(np.arange(200), 12)
    column = ndcg_by_group(
        np.exp2(test.gains).astype(np.float64) - 1, test.matrix[:, 0].astype(float), groups, k=5
    )
    assert _ndcg(trees, test) > np.nanmean(column) + 0.02
    assert trees.n_trees == int(np.argmax(curve)) + 1
    assert trees.importance()["relevance"] > trees.importance()["noise"]


def test_its_text_read_again_is_the_same_model() -> None:
    trees, _ = fit_ranker(_ranked(100, 1), _ranked(50, 2), _COLUMNS, _CONFIG)
    rows = _ranked(30, 3).matrix
    rows[::5, 1] = np.nan
    again = Trees(trees.text)
    theirs = lightgbm.Booster(model_str=trees.text).predict(rows, raw_score=True)
    np.testing.assert_array_equal(again.scores(rows), trees.scores(rows))
    np.testing.assert_allclose(again.scores(rows), theirs, rtol=1e-12)
    assert again.columns == _COLUMNS


def test_it_stops_growing_when_nothing_is_left_to_learn() -> None:
    rng = np.random.default_rng(4)
    noise = [
        Ranked(
            rng.normal(size=(600, 3)).astype(np.float32),
            rng.integers(0, 2, 600).astype(np.int32),
            np.full(50, 12),
        )
        for _ in range(2)
    ]
    _, curve = fit_ranker(noise[0], noise[1], _COLUMNS, _CONFIG)
    assert len(curve) < 60


def test_continuing_keeps_the_old_trees_and_learns_the_new_world() -> None:
    old, _ = fit_ranker(_ranked(200, 1), _ranked(50, 2), _COLUMNS, _CONFIG)
    new_world = [_ranked(n, seed, sign=-1.0) for n, seed in ((200, 5), (50, 6), (100, 7))]
    new, _ = fit_ranker(new_world[0], new_world[1], _COLUMNS, _CONFIG, continued=old)
    assert new.n_trees > old.n_trees
    rows = new_world[2].matrix
    first = lightgbm.Booster(model_str=new.text).predict(
        rows, raw_score=True, num_iteration=old.n_trees
    )
    np.testing.assert_allclose(first, old.scores(rows), rtol=1e-9)
    assert _ndcg(new, new_world[2]) > _ndcg(old, new_world[2]) + 0.1


def test_the_same_seed_grows_the_same_trees() -> None:
    one, two = (
        fit_ranker(_ranked(80, 1), _ranked(40, 2), _COLUMNS, _CONFIG)[0].text for _ in range(2)
    )
    assert one == two


def test_a_matrix_of_another_width_is_refused() -> None:
    trees, _ = fit_ranker(_ranked(50, 1), _ranked(20, 2), _COLUMNS, _CONFIG)
    with pytest.raises(ValueError, match="want"):
        trees.scores(np.zeros((4, 2), np.float32))
    assert trees.scores(np.zeros((0, 3), np.float32)).shape == (0,)
    with pytest.raises(ValueError, match="queries of"):
        Ranked(np.zeros((4, 3), np.float32), np.zeros(4, np.int32), np.array([3]))
