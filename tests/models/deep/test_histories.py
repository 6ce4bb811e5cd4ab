"""Networks that read a history: against torch's own layers, against their own ONNX, and what a missing event may change."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from baihuo.models import (
    DEEP_MODELS,
    HISTORY_MODELS,
    IS_THERE,
    DeepShape,
    History,
    TableScorer,
    deep_model,
    single_deep_model,
)
from baihuo.models.deep.transformer import Block
from baihuo.train.tables.model_folder import scored

N_VALUES, N_TYPES = 7, 4
LENGTH = 5


def shape_of(n_fields: int, n_numbers: int, **more: Any) -> DeepShape:
    """A history of items of the row's first field with their types, and one of items of its own."""
    histories = (
        History(first=n_fields, length=LENGTH, n_parts=2, target=0 if n_fields else None),
        History(first=n_fields + 2 * LENGTH, length=3),
    )
    return DeepShape(
        n_fields=n_fields,
        n_numbers=n_numbers,
        embedding_size=4,
        layers=(8,),
        histories=histories,
        **more,
    )


def offsets_of(n_fields: int) -> np.ndarray[Any, Any]:
    """Every field has values of the same number; types come after them."""
    items, types = [0] * LENGTH, [N_VALUES * 2] * LENGTH
    fields = [N_VALUES * (place % 2) for place in range(n_fields)]
    return np.array([*fields, *items, *types, *([N_VALUES] * 3)], dtype=np.int32)


def rows_of(n: int, n_fields: int, seed: int) -> np.ndarray[Any, Any]:
    """Numbers of values; the first row has no history."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, N_TYPES, (n, n_fields + 2 * LENGTH + 3)).astype(np.int32)
    found[0, n_fields:] = 0
    return found


def given(network: Any, shape: DeepShape, categories: np.ndarray[Any, Any], tables: Any) -> Any:
    places = torch.from_numpy(categories + offsets_of(shape.n_fields)).long()
    rows = {name: table[places] for name, table in tables.items()}
    return {**rows, IS_THERE: torch.from_numpy(categories > 0).to(next(iter(rows.values())).dtype)}


@pytest.mark.parametrize("name", DEEP_MODELS)
@pytest.mark.parametrize(("n_fields", "n_numbers"), [(2, 1), (1, 0), (0, 1), (0, 0)])
def test_the_onnx_of_a_network_with_histories_says_what_the_network_says(
    name: str, n_fields: int, n_numbers: int
) -> None:
    torch.manual_seed(0)
    shape = shape_of(n_fields, n_numbers, dropout=0.5, n_blocks=2)
    network = single_deep_model(name, shape).eval()
    for parameter in network.parameters():  # none stays at its first small value
        parameter.data.normal_(std=0.5)
    widths = deep_model(name).tables(shape)
    tables = {table: torch.randn(2 * N_VALUES + N_TYPES, width) for table, width in widths.items()}
    offsets = torch.from_numpy(offsets_of(n_fields))
    served = TableScorer(network, tables, offsets, loss="binary")
    session = onnxruntime.InferenceSession(served.to_onnx())
    categories = rows_of(20, n_fields, 0)
    numbers = np.random.default_rng(1).normal(size=(20, n_numbers)).astype(np.float32)
    with torch.no_grad():
        rows = given(network, shape, categories, tables)
        expected = torch.sigmoid(network(rows, torch.from_numpy(numbers))).numpy()
    found = scored(session, categories, numbers)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    alone = scored(session, categories[3:4], numbers[3:4])
    np.testing.assert_allclose(alone, expected[3:4], atol=1e-5)
    assert np.ptp(found) > 1e-3


@pytest.mark.parametrize("name", HISTORY_MODELS)
def test_what_stands_in_a_slot_without_an_event_changes_nothing_and_gets_no_slope(
    name: str,
) -> None:
    torch.manual_seed(0)
    shape = shape_of(1, 0, n_blocks=2)
    network = single_deep_model(name, shape).eval()
    for parameter in network.parameters():
        parameter.data.normal_(std=0.5)
    tables = {"vectors": torch.randn(2 * N_VALUES + N_TYPES, 4)}
    categories = rows_of(20, 1, 0)
    rows = given(network, shape, categories, tables)
    rows["vectors"].requires_grad_()
    numbers = torch.empty(20, 0)
    before = network(rows, numbers)
    before.sum().backward()
    missing = torch.from_numpy(categories == 0)
    missing[:, 0] = False  # the row's own item
    missing[:, 1 + LENGTH : 1 + 2 * LENGTH] = missing[:, 1 : 1 + LENGTH]  # types of what is there
    assert rows["vectors"].grad[missing].abs().max() == 0
    other = rows["vectors"].detach().clone()
    other[missing] += 1.0
    torch.testing.assert_close(network({**rows, "vectors": other}, numbers), before)
    there = other.clone()
    there[:, LENGTH] += torch.randn(4)  # the newest item
    assert (network({**rows, "vectors": there}, numbers) - before)[1:].abs().max() > 1e-3


def test_a_block_attends_as_torchs_own_attention_does() -> None:
    torch.manual_seed(0)
    shape = DeepShape(n_fields=0, n_numbers=0, embedding_size=8)
    block = Block(shape, 5, only_last=False).eval()
    block.recency.data.zero_()
    x = torch.randn(3, 5, 8)
    earlier = torch.ones(5, 5).tril()
    heard_all = block(x, (1 - earlier) * -1e9)
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
    with torch.no_grad():
        weights = torch.cat([block.asks.weight, block.answers.weight])
        theirs.in_proj_weight.copy_(weights)
        theirs.in_proj_bias.copy_(torch.cat([block.asks.bias, block.answers.bias]))
        theirs.out_proj.weight.copy_(block.heard.weight)
        theirs.out_proj.bias.copy_(block.heard.bias)
    given = block.before_attention(x)
    y = x + theirs(given, given, given, attn_mask=earlier == 0)[0]
    y = y + block.narrow(torch.relu(block.wide(block.before_layers(y))))
    torch.testing.assert_close(heard_all, y)
    block.only_last = True
    last = block(x, (1 - earlier[-1:]) * -1e9)
    torch.testing.assert_close(last, heard_all[:, -1:])


@pytest.mark.parametrize("name", DEEP_MODELS)
def test_the_slope_of_a_history_is_what_a_small_change_of_it_does(name: str) -> None:
    torch.manual_seed(1)
    shape = shape_of(1, 1)
    network = single_deep_model(name, shape).double().eval()
    network.dtype = torch.float64
    for module in network.modules():  # in float32, whatever came in: for this test in float64
        if hasattr(module, "out") and hasattr(module, "layers"):
            module.out.float()
    numbers = torch.randn(6, 1, dtype=torch.float64)
    categories = rows_of(6, 1, 3)
    widths = deep_model(name).tables(shape)
    tables = {
        table: torch.randn(2 * N_VALUES + N_TYPES, width, dtype=torch.float64)
        for table, width in widths.items()
    }
    rows = given(network, shape, categories, tables)
    for table in widths:
        rows[table].requires_grad_()
    found = torch.autograd.grad(network(rows, numbers).sum(), [rows[t] for t in widths])
    for table, slope in zip(widths, found, strict=True):
        ends = []
        for step in (1e-3, -1e-3):
            moved = rows[table].detach().clone()
            moved[1, LENGTH, 0] += step
            ends.append(network({**rows, table: moved}, numbers).sum().item())
        change = (ends[0] - ends[1]) / 2e-3
        assert slope[1, LENGTH, 0].item() == pytest.approx(change, abs=2e-3)


def test_what_reads_histories_says_so() -> None:
    assert tuple(n for n in DEEP_MODELS if deep_model(n).reads_histories) == HISTORY_MODELS
