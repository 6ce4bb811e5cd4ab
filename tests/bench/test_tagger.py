"""The benchmark of taggers tells titles that were seen from others, and counts brands as they would be named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.tag.made_titles import BRANDS, NEW_BRANDS, as_file, titles

import tagger


def test_systems_are_compared_on_all_and_on_unseen_titles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    made, new = titles(120, BRANDS), titles(30, NEW_BRANDS, seed=2)
    train, dev = tmp_path / "train.txt", tmp_path / "dev.txt"
    as_file(made, train)
    as_file([*made[:40], *new], dev)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("suites.tagger.bilstm.EPOCHS", 1)
    command = f"tagger.py --train {train} --dev {dev} --systems dictionary,crf,bilstm"
    monkeypatch.setattr(sys, "argv", command.split())
    tagger.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {"train": 120, "test": 70, "unseen": 30}
    f1 = {
        (line["system"], line["titles"], line["tag"]): line["f1"] for line in lines if "f1" in line
    }
    assert f1["dictionary", "all", "HPPX"] > 0.6
    assert f1["dictionary", "unseen", "HPPX"] == 0.0  # no brand of these was ever seen
    assert f1["crf", "unseen", "HCCX"] > 0.9
    named = [line for line in lines if line.get("system") == "crf" and "least" in line]
    assert [line["least"] for line in named] == [0.5, 0.7, 0.8, 0.9, 0.95]
    assert all(line["with_brand"] == 30 for line in named)
    assert named[0]["named"] >= named[-1]["named"]
    assert any(line.get("system") == "bilstm" and "f1" in line for line in lines)
