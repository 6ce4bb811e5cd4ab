"""The trees learn a probability, stop, continue, and are their own text."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from baihuo.models import (
    Labelled,
    Trees,
    TreesConfig,
    fit_trees,
)

_COLUMNS = ("relevance", "price", "noise")
_CONFIG = TreesConfig(n_trees=60, patience=10, min_rows_per_leaf=20)


def _labelled(n: int, seed: int, *, sign: float = 1.0) -> Labelled:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)).astype(np.float32)
    wish = sign * x[:, 0] + 0.5 * np.abs(x[:, 1]) + rng.normal(0, 0.3, n)
    return Labelled(x, (wish > 1.0).astype(np.float32))


def _auc(trees: Trees, rows: Labelled) -> float:
    return float(roc_auc_score(rows.labels, trees.scores(rows.matrix)))


def test_it_orders_better_than_its_best_column_and_its_scores_are_log_odds() -> None:
    trees, curve = fit_trees(_labelled(4_800, 1), _labelled(1_200, 2), _COLUMNS, _CONFIG)
    test = _labelled(2_400, 3)
    assert _auc(trees, test) > roc_auc_score(test.labels, test.matrix[:, 0]) + 0.01
    p = 1 / (1 + np.exp(-trees.scores(test.matrix)))
    assert p.mean() == pytest.approx(test.labels.mean(), abs=0.02)
    assert log_loss(test.labels, p) == pytest.approx(min(curve), abs=0.05)
    assert trees.n_trees == int(np.argmin(curve)) + 1
    assert trees.importance()["relevance"] > trees.importance()["noise"]


def test_rows_that_count_more_are_learned_more() -> None:
    rows = _labelled(1_200, 1)
    heavy = np.where(rows.labels > 0, 4.0, 1.0).astype(np.float32)
    weighted = Labelled(rows.matrix, rows.labels, heavy)
    plain, more = (
        fit_trees(one, _labelled(600, 2), _COLUMNS, _CONFIG)[0] for one in (rows, weighted)
    )
    test = _labelled(600, 3).matrix
    assert more.scores(test).mean() > plain.scores(test).mean() + 0.5


def test_its_text_read_again_is_the_same_model() -> None:
    trees, _ = fit_trees(_labelled(1_200, 1), _labelled(600, 2), _COLUMNS, _CONFIG)
    rows = _labelled(360, 3).matrix
    rows[::5, 1] = np.nan
    again = Trees(trees.text)
    theirs = lightgbm.Booster(model_str=trees.text).predict(rows, raw_score=True)
    np.testing.assert_array_equal(again.scores(rows), trees.scores(rows))
    np.testing.assert_allclose(again.scores(rows), theirs, rtol=1e-12)
    assert again.columns == _COLUMNS


def test_it_stops_growing_when_nothing_is_left_to_learn() -> None:
    rng = np.random.default_rng(4)
    noise = [
        Labelled(
            rng.normal(size=(600, 3)).astype(np.float32),
            rng.integers(0, 2, 600).astype(np.float32),
        )
        for _ in range(2)
    ]
    _, curve = fit_trees(noise[0], noise[1], _COLUMNS, _CONFIG)
    assert len(curve) < 60


def test_continuing_keeps_the_old_trees_and_learns_the_new_world() -> None:
    old, _ = fit_trees(_labelled(2_400, 1), _labelled(600, 2), _COLUMNS, _CONFIG)
    new_world = [_labelled(n, seed, sign=-1.0) for n, seed in ((2_400, 5), (600, 6), (1_200, 7))]
    new, _ = fit_trees(new_world[0], new_world[1], _COLUMNS, _CONFIG, continued=old)
    assert new.n_trees > old.n_trees
    rows = new_world[2].matrix
    first = lightgbm.Booster(model_str=new.text).predict(
        rows, raw_score=True, num_iteration=old.n_trees
    )
    np.testing.assert_allclose(first, old.scores(rows), rtol=1e-9)
    assert _auc(new, new_world[2]) > _auc(old, new_world[2]) + 0.1


def test_the_same_seed_grows_the_same_trees() -> None:
    one, two = (
        fit_trees(_labelled(960, 1), _labelled(480, 2), _COLUMNS, _CONFIG)[0].text for _ in range(2)
    )
    assert one == two


def test_a_matrix_of_another_width_is_refused() -> None:
    trees, _ = fit_trees(_labelled(600, 1), _labelled(240, 2), _COLUMNS, _CONFIG)
    with pytest.raises(ValueError, match="want"):
        trees.scores(np.zeros((4, 2), np.float32))
    assert trees.scores(np.zeros((0, 3), np.float32)).shape == (0,)
