"""Files that training and a generative model made: what names an erased visitor goes, the rest stays and is still believed."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.privacy_scan import files_with
from tests.small_events_shop import LEAVES, SECRETS, TEXT, made

from baihuo import bundle, flow
from baihuo.labels import ModelGrades, read_model_grades, write_model_grades
from baihuo.llm import Answer, AnswerCache, Prompt
from baihuo.settings import Shop

AGREEMENT = {"is_usable": True}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = made(tmp_path_factory.mktemp("made") / "shop")
    grades = {TEXT.lower(): {"p1": 0.99}, "lamp": {"p1": 0.98, "p2": 0.01}}
    write_model_grades(shop.llm, ModelGrades(grades, AGREEMENT, "a model"))
    (shop.llm / "synonyms.txt").write_text(f"# read\n{TEXT} => lamp\nlamps => lamp\n")
    cache = AnswerCache(shop.llm / "answers.sqlite")
    for task in ("rewrites/1", "grades/1", "attributes/1"):
        prompt = Prompt(task=task, instructions="", text=TEXT, max_tokens=1)
        cache.put("model", prompt, Answer(f"not {TEXT}" if task == "rewrites/1" else "yes", 2))
    cache.close()
    run = shop.train / "20261127-101112"
    run.mkdir(parents=True)
    (run / "report.json").write_text(json.dumps({"example": {"query_id": f"query-{LEAVES}-3"}}))
    (run / "curves.json").write_text(json.dumps({"loss": [1, 2]}))
    examples = {"query_id": [f"query-{LEAVES}-3", "query-visitor-1-3"], "position": [1, 2]}
    pq.write_table(pa.table(examples), shop.features / "examples.parquet")
    half = shop.raw / "events" / ".000009.parquet.x1"  # of a killed import
    half.write_bytes(b"PAR1" + LEAVES.encode())
    spilled = shop.features / ".spill" / "old.tmp"
    spilled.parent.mkdir(exist_ok=True)
    spilled.write_bytes(LEAVES.encode())
    os.utime(spilled, (time.time() - 200_000,) * 2)
    (shop.root / "backups.json").write_text(json.dumps([{"path": str(shop.raw)}]))
    flow.forget(shop, [LEAVES])
    return shop


def test_no_made_file_names_the_visitor(shop: Shop) -> None:
    assert files_with(shop.root, [*SECRETS, TEXT.lower(), f"query-{LEAVES}"]) == {}


def test_what_names_nobody_stays(shop: Shop) -> None:
    assert (shop.llm / "synonyms.txt").read_text() == "# read\nlamps => lamp\n"
    assert (shop.train / "20261127-101112" / "curves.json").exists()
    examples = pq.read_table(shop.features / "examples.parquet")
    assert examples.to_pylist() == [{"query_id": "query-visitor-1-3", "position": 2}]
    cache = AnswerCache(shop.llm / "answers.sqlite")
    prompts = (
        Prompt(task=t, instructions="", text=TEXT, max_tokens=1)
        for t in ("rewrites/1", "grades/1", "attributes/1")
    )
    kept = [cache.get("model", prompt) is not None for prompt in prompts]
    cache.close()
    assert kept == [False, False, True], "answers about products are not about searches"


def test_grades_of_a_model_that_stay_are_still_believed(shop: Shop) -> None:
    grades = read_model_grades(shop.llm)
    assert grades is not None
    assert grades.probabilities == {"lamp": {"p1": 0.98, "p2": 0.01}}


def test_a_backup_that_is_still_there_keeps_the_receipt_from_its_end(shop: Shop) -> None:
    (receipt,) = flow.erasures(shop)
    assert (receipt.status, receipt.backups) == ("erased", (str(shop.raw),))
    assert receipt.removed["4-train/20261127-101112/report.json"] == 1
    assert receipt.removed["3-features/examples.parquet"] == 1


def test_bundles_that_can_serve_no_more_go_and_the_others_wait(tmp_path: Path, shop: Shop) -> None:
    shop = Shop(Path(shutil.copytree(shop.root, tmp_path / "shop")))
    (shop.root / "backups.json").unlink()
    run_id = json.loads(shop.quality_report.read_bytes())["run_id"]

    def sealed(name: str, **report: object) -> str:
        return bundle.write(
            shop.bundles, {"report.json": {"quality": {"run_id": run_id}, "name": name, **report}}
        )

    never, back, live = sealed("never"), sealed("back"), sealed("live", example="visitor-1")
    for one in (back, live):
        bundle.set_live(shop.bundles, one, "index")
    shutil.rmtree(shop.features / "state")  # of features that these bundles do not declare
    (receipt,) = flow.forget(shop, ["visitor-1"])
    assert (receipt.status, receipt.live_bundle) == ("waits_for_retraining", live)
    there = {path.name for path in shop.bundles.iterdir() if path.is_dir()}
    assert there == {back, live}, f"{never} serves nobody"
    bundle.set_live(shop.bundles, sealed("next", trained="later", quality={"run_id": "x"}), "index")
    flow.complete_receipts(shop)
    assert flow.erasures(shop)[-1].status == "complete"
    flow.forget(shop)
    gone = {path.name for path in shop.bundles.iterdir() if path.is_dir()}
    assert live not in gone, "its report names the visitor"
