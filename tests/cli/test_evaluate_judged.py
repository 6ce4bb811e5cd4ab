"""``baihuo evaluate`` on a shop with judged searches: what it prints is what pages, asked as a visitor asks, are worth."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.waiting import wait_until_ready
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop

pytestmark = pytest.mark.xdist_group("flow")

_N_QUERIES = 12


@pytest.fixture
def judged_shop(released_shop: Shop, sample_files: Path) -> Shop:
    """The sample shop with the simulator's truth of some searches as its judged set."""
    truth = pq.read_table(sample_files / "truth" / "relevance.parquet")
    texts = sorted(set(truth.column("query_text").to_pylist()))
    chosen = texts[:: max(1, len(texts) // _N_QUERIES)]
    kept = truth.filter(pa.compute.is_in(truth.column("query_text"), pa.array(chosen)))
    pq.write_table(kept, released_shop.judged)
    return released_shop


def _evaluated(shop: Shop) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["evaluate", "--shop", str(shop.root), "--json"])
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    lines: list[dict[str, Any]] = json.loads(done.stdout)["judged_searches"]
    return lines


def _right_at_10(shop: Shop, order: str) -> float:
    """Asked over HTTP, counted by hand: right products on the first ten places, of those that could be there."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for row in pq.read_table(shop.judged).to_pylist():
        grades[row["query_text"]][row["product_id"]] = row["grade"]
    switches = (("search", order),)
    still = ServeConfig(swap_probability=0.0, slot_probability=0.0, order_switches=switches)
    shares = []
    with TestClient(create_app(shop.root, still)) as client:
        wait_until_ready(client)
        sold = {str(p) for p in pq.read_table(_products(shop)).column("product_id").to_pylist()}
        for n, (text, of_query) in enumerate(grades.items()):
            right = {p for p, grade in of_query.items() if grade >= 2 and p in sold}
            if not right:
                continue
            asked = {"q": text, "visitor_id": f"new-{n}"}
            results = client.get("/v1/search", params=asked).json()["results"][:10]
            shares.append(len(right & {r["product_id"] for r in results}) / min(10, len(right)))
    return sum(shares) / len(shares)


def _products(shop: Shop) -> Path:
    return shop.clean / "products.parquet"


def test_evaluate_prints_what_the_pages_of_both_orders_are_worth(judged_shop: Shop) -> None:
    lines = {line["measure"]: line for line in _evaluated(judged_shop)}
    assert set(lines) == {"right_at_10", "ndcg10"}
    right = lines["right_at_10"]
    assert right["of"] == "judged.parquet"
    assert right["words"] == pytest.approx(_right_at_10(judged_shop, "text"), abs=0.01)
    assert right["learned"] == pytest.approx(_right_at_10(judged_shop, "learned"), abs=0.01)
    for line in lines.values():
        gain = line["learned_minus_words"]
        assert gain["mid"] == pytest.approx(line["learned"] - line["words"])
        assert gain["low"] <= gain["mid"] <= gain["high"]
        assert max(line["words"], line["learned"]) <= line["best"] + 1e-9 <= 1.0 + 2e-9


def test_evaluate_prints_judged_searches_as_a_table(judged_shop: Shop) -> None:
    done = CliRunner().invoke(app, ["evaluate", "--shop", str(judged_shop.root)])
    assert done.exit_code == 0, done.output
    assert "Judged searches" in done.stdout
    assert "right@10" in done.stdout


def test_judgements_of_people_know_no_best_order(judged_shop: Shop) -> None:
    table = pq.read_table(judged_shop.judged)
    with judged_shop.ratings.open("w") as file:
        file.write("query,docid,rating\n")
        for row in table.to_pylist():
            file.write(f'"{row["query_text"]}","{row["product_id"]}",{row["grade"]}\n')
    judged_shop.judged.unlink()
    lines = _evaluated(judged_shop)
    assert {line["of"] for line in lines} == {"judgements"}
    assert all(line["best"] is None for line in lines)


def test_nothing_judged_prints_nothing_of_it(released_shop: Shop) -> None:
    assert _evaluated(released_shop) == []


def test_an_index_that_is_gone_is_named_and_the_rest_is_printed(judged_shop: Shop) -> None:
    shutil.rmtree(judged_shop.index)
    done = CliRunner().invoke(app, ["evaluate", "--shop", str(judged_shop.root)])
    assert done.exit_code == 0, done.output
    assert "Rankings" in done.stdout
    assert "judged searches were not run" in done.stderr
