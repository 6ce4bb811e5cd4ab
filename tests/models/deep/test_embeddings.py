"""Adam against that of torch, on all weights and on touched rows only."""

from __future__ import annotations

import pytest
import torch

from baihuo.models.deep.embeddings import EmbeddingTable, TouchedRows, adam, field_offsets, grown


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_a_step_moves_weights_as_that_of_torch_does(l2: float) -> None:
    torch.manual_seed(0)
    theirs = torch.nn.Parameter(torch.randn(4, 3))
    ours = theirs.detach().clone()
    peer = torch.optim.Adam([theirs], lr=0.1, weight_decay=l2)
    moments = [torch.zeros_like(ours) for _ in range(2)]
    for step in range(1, 12):
        slopes = torch.randn(4, 3)
        theirs.grad = slopes.clone()
        peer.step()
        adam(ours, slopes.clone(), moments, 0.1, step, l2=l2)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-5, atol=1e-6)


def test_touched_rows_move_as_in_sparse_adam_and_all_others_stay() -> None:
    """Rows that come twice in a batch add their slopes; a row that comes back later kept its moments."""
    torch.manual_seed(0)
    table = EmbeddingTable.new([4, 6], 3, torch.Generator().manual_seed(1))
    start = table.weights.clone()
    theirs = torch.nn.Embedding.from_pretrained(start.clone(), freeze=False, sparse=True)
    peer = torch.optim.SparseAdam(theirs.parameters(), lr=0.05)
    batches = [[[0, 4], [1, 4], [1, 5]], [[1, 9], [3, 4]], [[0, 4], [0, 4]]]
    for step, batch in enumerate(batches, 1):
        places = torch.tensor(batch, dtype=torch.int32)
        factor = torch.randn(*places.shape, 3)
        looked_up = table.look_up(places.view(-1), places.shape)
        (looked_up * factor).sum().backward()
        assert looked_up.grad is not None
        table.move(TouchedRows(places.view(-1)), looked_up.grad, 0.05, step)
        peer.zero_grad()
        (theirs(places.long()) * factor).sum().backward()
        peer.step()
        torch.testing.assert_close(table.weights, theirs.weight.detach(), rtol=1e-5, atol=1e-6)
    untouched = [2, 6, 7, 8]
    assert torch.equal(table.weights[untouched], start[untouched])


def test_sums_of_touched_rows_are_those_of_adding_one_by_one() -> None:
    torch.manual_seed(0)
    places = torch.randint(0, 50, (300,), dtype=torch.int32)
    slopes = torch.randn(300, 4)
    touched = TouchedRows(places)
    expected = torch.zeros(50, 4).index_add_(0, places.long(), slopes)
    assert torch.equal(touched.rows, torch.unique(places).long())
    torch.testing.assert_close(touched.sums(slopes), expected[touched.rows])


def test_a_value_that_no_row_taught_adds_nothing() -> None:
    table = EmbeddingTable.new([3, 4], 5, torch.Generator())
    assert (table.weights[[0, 3]] == 0).all()
    assert (table.weights[[1, 2, 4, 5, 6]] != 0).all()


def test_a_table_that_grows_keeps_every_old_value_and_its_vector() -> None:
    old = torch.arange(5.0).view(5, 1)  # fields of 2 and 3 rows
    found = grown(old, [2, 3], torch.full((8, 1), -1.0), [4, 4])
    assert found.view(-1).tolist() == [0, 1, -1, -1, 2, 3, 4, -1]


def test_fields_follow_each_other_in_the_table() -> None:
    assert field_offsets([2, 3, 4]).tolist() == [0, 2, 5]
    assert field_offsets([]).tolist() == []
