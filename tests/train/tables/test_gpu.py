"""The same code on a GPU: it learns what the processor learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.train.tables.rows_of_pairs import job, weights_of

from baihuo.core import Unsupported
from baihuo.models.deep.processor import device_named, precision_named
from baihuo.train import TableModel, train_table

if torch.cuda.is_available():  # nobody waits for a skip: these are there wherever torch sees a GPU

    @pytest.mark.parametrize("more", [{}, {"model": "deepfm+dcn"}])
    def test_a_step_on_a_gpu_is_that_on_the_processor(
        files: Path, tmp_path: Path, more: dict[str, Any]
    ) -> None:
        one_step = {"epochs": 1, "batch_rows": 20_000, "precision": "float32", **more}
        for device in ("cpu", "cuda"):
            train_table(job(files, tmp_path / device, device=device, **one_step))
        cpu, gpu = (weights_of(tmp_path / device) for device in ("cpu", "cuda"))
        for part, array in cpu.items():
            np.testing.assert_allclose(gpu[part], array, atol=1e-4, rtol=1e-3, err_msg=part)

    @pytest.mark.parametrize("precision", ["float32", "bfloat16"])
    def test_a_training_on_a_gpu_learns_as_much_and_is_served_without_one(
        files: Path, tmp_path: Path, precision: str
    ) -> None:
        found = [
            train_table(job(files, tmp_path / name, device=name, precision=precision))["validation"]
            for name in ("cpu", "cuda")
        ]
        assert abs(found[0]["auc"] - found[1]["auc"]) < 0.01
        rows = [{"taste": "t1", "style": "s1", "price": 2.0}]
        assert 0 < TableModel(tmp_path / "cuda").score_rows(rows)[0] < 1


def test_auto_takes_what_there_is_and_a_gpu_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert device_named("auto") == torch.device("cuda")
    assert precision_named("auto", torch.device("cuda")) == torch.bfloat16
    with pytest.raises(Unsupported, match="no cuda:2"):
        device_named("cuda:2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_named("auto") == torch.device("cpu")
    with pytest.raises(Unsupported, match="no cuda"):
        device_named("cuda")
