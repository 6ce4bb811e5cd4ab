"""Networks against formulas written out by hand, against finite differences, and against their own ONNX."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import onnxruntime
import pytest
import torch

from baihuo.models import (
    DEEP_MODELS,
    ROW_KINDS,
    DeepShape,
    RowKind,
    TableScorer,
    deep_model,
)
from baihuo.models.deep.dcn import Crosses
from baihuo.models.deep.layers import sum_over_pairs
from baihuo.train.tables.model_folder import scored

SIZES = (3, 5, 2)
OFFSETS = np.array([0, 3, 8], dtype=np.int32)


def test_the_sum_over_pairs_is_every_pair_multiplied_and_its_slope_is_exact() -> None:
    vectors = torch.randn(4, 5, 3, dtype=torch.float64, requires_grad=True)
    pairs = sum((vectors[:, a] * vectors[:, b]).sum(1) for a, b in combinations(range(5), 2))
    torch.testing.assert_close(sum_over_pairs(vectors), pairs)
    assert torch.autograd.gradcheck(sum_over_pairs, vectors)


def test_a_cross_layer_multiplies_the_first_input_with_a_linear_map_of_the_last() -> None:
    """Equation 1 of DCN V2, by hand: x1 = x0 * (W x0 + b) + x0, x2 = x0 * (V x1 + c) + x1."""
    crosses = Crosses(2, 2)
    first, second = crosses.crosses
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 2.0], [0.0, -1.0]]))
        first.bias.copy_(torch.tensor([0.5, 0.0]))
        second.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        second.bias.copy_(torch.tensor([0.0, 1.0]))
    # x0 = (1, 3): W x0 + b = (7.5, -3), x1 = (8.5, -6); V x1 + c = (-6, 9.5), x2 = (2.5, 22.5)
    torch.testing.assert_close(crosses(torch.tensor([[1.0, 3.0]])), torch.tensor([[2.5, 22.5]]))


def test_a_logistic_regression_adds_the_weights_of_a_rows_values() -> None:
    network = deep_model("logistic")(DeepShape(n_fields=2, n_numbers=1))
    with torch.no_grad():
        network.linear.weight.fill_(2.0)
        network.linear.bias.fill_(0.25)
    rows = {"weights": torch.tensor([[[1.0], [-3.0]]])}
    assert network(rows, torch.tensor([[0.5]])).item() == pytest.approx(1 - 3 + 1 + 0.25)


@pytest.mark.parametrize("name", DEEP_MODELS)
@pytest.mark.parametrize(("n_fields", "n_numbers"), [(3, 2), (3, 0), (0, 2)])
@pytest.mark.parametrize("layers", [(8, 6), ()])
def test_the_onnx_of_a_network_says_what_the_network_says(
    name: str, n_fields: int, n_numbers: int, layers: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    shape = DeepShape(
        n_fields=n_fields, n_numbers=n_numbers, embedding_size=4, layers=layers, dropout=0.5
    )
    kind = deep_model(name)
    network = kind(shape).eval()
    with torch.no_grad():  # nothing at its start, where parts are 0
        for parameter in network.parameters():
            parameter.normal_()
    tables = {table: torch.randn(sum(SIZES), width) for table, width in kind.tables(shape).items()}
    offsets = torch.from_numpy(OFFSETS[:n_fields])
    served = TableScorer(network, tables, offsets, loss="binary")
    session = onnxruntime.InferenceSession(served.to_onnx())
    rng = np.random.default_rng(0)
    categories = rng.integers(0, SIZES[:n_fields], (20, n_fields)).astype(np.int32)
    numbers = rng.normal(size=(20, n_numbers)).astype(np.float32)
    places = torch.from_numpy(categories + OFFSETS[:n_fields]).long()
    looked_up = {table: rows[places] for table, rows in tables.items()}
    with torch.no_grad():
        expected = torch.sigmoid(network(looked_up, torch.from_numpy(numbers))).numpy()
    found = scored(session, categories, numbers)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", DEEP_MODELS)
def test_the_slope_of_each_looked_up_number_is_what_a_small_change_of_it_does(name: str) -> None:
    torch.manual_seed(1)
    shape = DeepShape(n_fields=3, n_numbers=2, embedding_size=4, layers=(8,))
    kind = deep_model(name)
    network = kind(shape).double().eval()
    network.dtype = torch.float64
    if hasattr(network, "out"):  # in float32, whatever came in: for this test in float64
        network.out.float()
    numbers = torch.randn(2, 2, dtype=torch.float64)
    names = list(kind.tables(shape))
    rows = [
        torch.randn(2, 3, w, dtype=torch.float64, requires_grad=True)
        for w in kind.tables(shape).values()
    ]

    def output(*given: torch.Tensor) -> torch.Tensor:
        return network(dict(zip(names, given, strict=True)), numbers)

    found = torch.autograd.grad(output(*rows).sum(), rows)
    step = 1e-3
    for place, (table, slope) in enumerate(zip(rows, found, strict=True)):
        up = [r.detach().clone() for r in rows]
        down = [r.detach().clone() for r in rows]
        up[place][0, 1, 0] += step
        down[place][0, 1, 0] -= step
        change = (output(*up).sum() - output(*down).sum()).item() / (2 * step)
        assert slope[0, 1, 0].item() == pytest.approx(change, abs=2e-3)
        assert slope.shape == table.shape


def test_a_network_that_nobody_registered_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="deepfm"):
        deep_model("perceiver")


@pytest.mark.parametrize("name", DEEP_MODELS)
@pytest.mark.parametrize("kind", ROW_KINDS)
def test_compressed_tables_are_near_to_the_whole_ones(name: str, kind: RowKind) -> None:
    torch.manual_seed(0)
    shape = DeepShape(n_fields=3, n_numbers=2, embedding_size=4, layers=(8, 6))
    network = deep_model(name)(shape).eval()
    rng = np.random.default_rng(1)
    widths = type(network).tables(shape)
    tables = {table: torch.randn(sum(SIZES), width) for table, width in widths.items()}
    served = TableScorer(network, tables, torch.from_numpy(OFFSETS), loss="binary", rows=kind)
    session = onnxruntime.InferenceSession(served.to_onnx())
    categories = rng.integers(0, SIZES, (20, 3)).astype(np.int32)
    numbers = rng.normal(size=(20, 2)).astype(np.float32)
    found = scored(session, categories, numbers)
    places = torch.from_numpy(categories + OFFSETS).long()
    with torch.no_grad():
        looked_up = {table: rows[places] for table, rows in tables.items()}
        expected = torch.sigmoid(network(looked_up, torch.from_numpy(numbers))).numpy()
    np.testing.assert_allclose(found, expected, atol=3e-2 if kind == "int8" else 2e-3)
