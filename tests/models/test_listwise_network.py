"""Small listwise networks: they learn an order that is known, and their gradient is the loss's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from baihuo.models import Examples
from baihuo.models.column_quantiles import ColumnQuantiles
from baihuo.models.listwise_network import (
    ListwiseNetworks,
    _first_values,
    _forward,
    _Groups,
    _slopes,
    fit_listwise,
)


def world(seed: int, n_groups: int = 300) -> Examples:
    """Ten candidates a group; the one with the largest x0 · x1 happens, the third column is noise."""
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(0, 1, (n_groups * 10, 3)).astype(np.float32)
    worth = (matrix[:, 0] * matrix[:, 1]).reshape(n_groups, 10)
    label = np.zeros_like(worth)
    label[np.arange(n_groups), worth.argmax(axis=1)] = 1
    return Examples(
        ("a", "b", "noise"),
        matrix,
        label.ravel(),
        label.ravel().astype(np.int32),
        np.repeat(np.arange(n_groups), 10),
    )


def first_right(networks: ListwiseNetworks, rows: Examples) -> float:
    best = networks.scores(rows.matrix).reshape(-1, 10).argmax(axis=1)
    return float((best == rows.labels.reshape(-1, 10).argmax(axis=1)).mean())


def test_it_learns_which_candidate_comes_first() -> None:
    fitted = fit_listwise(world(1), seed=3, effort=4)
    assert first_right(fitted, world(2)) > 0.8  # by chance: 0.1


def test_equal_seeds_give_equal_networks_and_they_come_back_from_json() -> None:
    rows = world(1, 40)
    one, same, other = (fit_listwise(rows, seed=seed, n_networks=2) for seed in (3, 3, 4))
    assert one.to_json() == same.to_json() != other.to_json()
    again = ListwiseNetworks.from_json(json.loads(json.dumps(one.to_json())))
    assert again.scores(rows.matrix).tolist() == one.scores(rows.matrix).tolist()


def test_groups_where_nothing_happened_teach_nothing() -> None:
    rows = world(1, 40)
    empty = Examples(
        rows.columns,
        np.concatenate([rows.matrix, rows.matrix]),
        np.concatenate([rows.labels, 0 * rows.labels]),
        np.concatenate([rows.gains, 0 * rows.gains]),
        np.concatenate([rows.group, 1000 + rows.group]),
    )
    assert fit_listwise(empty, seed=3).members[0][0] == pytest.approx(
        fit_listwise(rows, seed=3).members[0][0],
        abs=0.01,  # quantiles of twice the rows
    )


def test_groups_of_larger_weight_say_which_order_is_learned() -> None:
    """Half of the groups want the opposite order; what the heavy half wants is learned."""
    rows, turned = world(1, 150), world(3, 150)
    values = np.concatenate([rows.matrix, 1 - turned.matrix])
    labels = np.concatenate([rows.labels, turned.labels])
    group = np.concatenate([rows.group, 1000 + turned.group])
    heavy = np.repeat(np.array([1.0, 0.05], np.float32), 1500)

    def fitted(weights: np.ndarray) -> ListwiseNetworks:
        gains = labels.astype(np.int32)
        rows = Examples(("a", "b", "noise"), values, labels, gains, group, weights)
        return fit_listwise(rows, seed=3, n_networks=1, effort=4)

    asked, asked_turned = world(2), world(4)
    asked_turned = Examples(
        asked_turned.columns,
        1 - asked_turned.matrix,
        asked_turned.labels,
        asked_turned.gains,
        asked_turned.group,
    )
    for weights, right in ((heavy, asked), (heavy[::-1].copy(), asked_turned)):
        assert first_right(fitted(weights), right) > 0.6
    same = fitted(np.full(3000, 0.3, np.float32)).to_json()
    assert same == fitted(np.ones(3000, np.float32)).to_json()  # only what differs counts


def test_the_gradient_is_that_of_the_cross_entropy_of_a_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Against differences of the loss itself, in float64 and without dropout."""
    monkeypatch.setattr("baihuo.models.listwise_network._DROPOUT", 0.0)
    rng = np.random.default_rng(5)
    inside = rng.normal(size=(9, 4))
    labels = np.array([1, 0, 0, 0, 1, 1, 0, 1, 0.0])
    counts = np.array([1, 1, 3, 0.5, 1, 1, 2, 1, 10])  # one row stands for so many
    weights = np.array([1.5, 0.5])
    groups = _Groups(inside, labels, counts, np.array([0, 4]), np.array([4, 9]), weights)  # type: ignore[arg-type]
    values = [v.astype(np.float64) + 0.01 for v in _first_values(4, rng)]

    def loss() -> float:
        scores, total = _forward(inside, values)[0], 0.0  # type: ignore[arg-type]
        for start, stop, weight in ((0, 4, 1.5), (4, 9, 0.5)):
            s, y, n = scores[start:stop], labels[start:stop], counts[start:stop]
            entropy = float((y * (s - np.log((n * np.exp(s)).sum()))).sum() / np.sqrt(y.sum()))
            total -= weight * entropy
        return total / 2

    slopes = _slopes(groups, values, rng)  # type: ignore[arg-type]
    for value, slope in zip(values, slopes, strict=True):
        at = tuple(int(rng.integers(n)) for n in value.shape)
        before = value[at]
        value[at] = before + 1e-5
        above = loss()
        value[at] = before - 1e-5
        below = loss()
        value[at] = before
        assert slope[at] == pytest.approx((above - below) / 2e-5, abs=1e-6)


def test_columns_are_placed_by_rank_and_what_is_missing_stands_in_the_middle() -> None:
    column = np.array([1, 2, 3, 4, 1e9, np.nan], np.float32)[:, None]
    constant, empty = np.full((6, 1), 7, np.float32), np.full((6, 1), np.nan, np.float32)
    matrix = np.concatenate([column, constant, empty], axis=1)
    fitted = ColumnQuantiles.fit(matrix, seed=1)
    placed = fitted.apply(matrix)
    assert placed[:5, 0] == pytest.approx(np.linspace(-1.7, 1.7, 5), abs=1e-6)
    assert placed[5].tolist() == [0, 0, 0]
    assert (placed[:, 1:] == 0).all()
    beyond = fitted.apply(np.array([[-5, 7, 1], [1e12, 7, 1]], np.float32))
    assert beyond[:, 0] == pytest.approx([-1.7, 1.7])
    with pytest.raises(ValueError, match="want"):
        fitted.apply(matrix[:, :2])


def test_numpy_scores_as_torch_does() -> None:
    """It serves without a graph of its own: the same layers in torch say the same."""
    import torch

    rows = world(1, 60)
    fitted = fit_listwise(rows, seed=3, n_networks=2)
    inside = torch.from_numpy(fitted.quantiles.apply(rows.matrix))
    total = torch.zeros(len(inside))
    for w_1, w_2, w_3, linear, b_1, b_2, b_3 in (map(torch.from_numpy, m) for m in fitted.members):
        hidden = torch.relu(torch.relu(inside @ w_1 + b_1) @ w_2 + b_2)
        total += (hidden @ w_3 + inside @ linear)[:, 0] + b_3
    expected = (total / len(fitted.members)).numpy()
    np.testing.assert_allclose(fitted.scores(rows.matrix), expected, atol=1e-4)
    assert expected.std() > 0.1
