"""A step's checks of very many listings run one after the other: together their tables may not fit into memory."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import few_checks

from baihuo import flow
from baihuo.quality import findings
from baihuo.settings import Settings, Shop
from baihuo.simulate import make_shop


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop with the dirt that the simulation puts into it."""
    sample = tmp_path_factory.mktemp("sample")
    make_shop(sample, seed=3, n_products=300, n_events=300, dirt=0.2)
    return sample


def _found(sample: Path, root: Path) -> list[tuple[object, ...]]:
    shop = Shop(root)
    shop.root.mkdir()
    shop.write_settings(Settings(name="many"))
    few_checks(shop.rules_file, "schema", "attributes")
    flow.import_files(shop, [sample / "products.jsonl", sample / "events.jsonl"])
    flow.check(shop)
    rows = pq.read_table(shop.clean / "findings.parquet").to_pylist()
    return sorted(tuple(map(repr, row.values())) for row in rows)


@pytest.mark.slow(reason="two checks of a catalogue, one of them a statement for each check")
def test_one_after_the_other_they_find_what_they_find_together(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: dict[str, list[int]] = {}
    find = findings.FindingsStore._find

    def counted(
        store: findings.FindingsStore, step: str, selects: list[str], *rest: object
    ) -> None:
        statements.setdefault(store.table, []).append(len(selects))
        find(store, step, selects, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(findings.FindingsStore, "_find", counted)
    together = _found(sample, tmp_path / "together")
    of_all = statements.pop("products")
    assert max(of_all) > 1
    monkeypatch.setattr(findings, "_MANY_PRODUCTS", 1)
    alone = _found(sample, tmp_path / "alone")
    assert statements.pop("products") == [1] * sum(of_all)
    assert alone == together
    assert len(together) > 10
