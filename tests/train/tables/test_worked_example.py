"""The worked example of docs/train_a_table.md: its figures by hand, by our losses, and by PyTorch."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "train_a_table.md"


def test_the_page_shows_what_its_lines_give() -> None:
    pytest.importorskip("torch")
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.attempted > 15
    assert not found.failed


def test_our_losses_and_their_slopes_are_those_of_the_page() -> None:
    torch = pytest.importorskip("torch")
    from baihuo.models.deep.losses import LOSSES

    labels = torch.tensor([0.8, 0.2])
    odds = torch.logit(torch.tensor([0.9, 0.1])).requires_grad_()
    guesses = torch.tensor([0.9, 0.1], requires_grad=True)
    costs, slopes = {}, {}
    for name, outputs in (("binary", odds), ("squared", guesses)):
        loss = LOSSES[name](outputs, labels, None, None)
        loss.backward()
        costs[name], slopes[name] = loss.item(), outputs.grad.tolist()
    assert costs == pytest.approx({"binary": 0.54480, "squared": 0.01}, abs=1e-5)
    assert slopes["binary"] == pytest.approx([0.05, -0.05])
    assert slopes["squared"] == pytest.approx([0.1, -0.1])
