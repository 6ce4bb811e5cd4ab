"""What is printed into a pipe or a file is whole: no terminal sets a width there."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from baihuo.bundle import write
from baihuo.cli.app import app
from baihuo.settings import Shop


def test_no_figure_of_a_piped_table_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    shop = Shop(tmp_path)
    against = {"mid": 0.0381234, "low": 0.0291234, "high": 0.0461234}
    bought = {"mode": "new_to_the_visitor", "recall20": 0.3, "ndcg20": 0.2, "n": 1_234_567}
    judged = [
        {**bought, "system": "implicit alternating least squares"},
        {
            **bought,
            "system": "baihuo",
            "vs": {"implicit alternating least squares": against},
        },
    ]
    write(shop.bundles, {"report.json": {"index_id": "i", "purchases": {"judged": judged}}})
    done = CliRunner().invoke(app, ["evaluate", "--shop", str(tmp_path)])
    assert done.exit_code == 0, done.output
    [row] = [line for line in done.stdout.splitlines() if "implicit" in line]
    for whole in ("new_to_the_visitor", "least squares", "1,234,567", "+0.0381 [+0.0291, +0.0461]"):
        assert whole in row
    assert all(line == line.rstrip() or len(line) < 300 for line in done.stdout.splitlines())
