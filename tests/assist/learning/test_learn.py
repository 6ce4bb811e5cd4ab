"""From the folder of examples to the part of a bundle: held out, measured, and what is worse than what serves is not taken."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.assist.learning.stand_in import StandIn, passage

from baihuo.assist.judged_pairs import JudgedPair, JudgedPairs
from baihuo.assist.learning.examples import read_examples
from baihuo.assist.learning.learn import LearnedService, learn_service
from baihuo.assist.learning.split import split
from baihuo.assist.learning.trainer import ServiceTrainer
from baihuo.assist.turns import Passage
from baihuo.core import BadInput, Unsupported


def learn(examples: Path, trainer: ServiceTrainer, **more: Any) -> LearnedService | None:
    return learn_service(examples, lambda: trainer, **more)


def faq(service_files: Path) -> list[Passage]:
    lines = (service_files / "faq.en.md").read_text(encoding="utf-8").splitlines()
    lines += (service_files / "faq.zh.md").read_text(encoding="utf-8").splitlines()
    questions = [(i, line[4:]) for i, line in enumerate(lines) if line.startswith("### ")]
    return [passage(n, question, lines[i + 2]) for n, (i, question) in enumerate(questions)]


@pytest.fixture
def examples(service_files: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    folder.mkdir()
    for name in ("utterances.csv", "pairs.jsonl"):
        shutil.copyfile(service_files / name, folder / name)
    return folder


def live_of(learned: LearnedService, folder: Path) -> Path:
    """The part as it lies in a bundle."""
    for name, file in learned.files.items():
        if isinstance(file, Path):
            shutil.copytree(file, folder / name)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(json.dumps(file), encoding="utf-8")
    return folder


def test_nothing_held_out_is_fitted_on(examples: Path, service_files: Path, tmp_path: Path) -> None:
    trainer = StandIn(faq(service_files))
    learned = learn(examples, trainer, out=tmp_path / "out")
    assert learned is not None
    parts = split(read_examples(examples))
    n_held = len(parts.choosing.utterances) + len(parts.reporting.utterances)
    assert n_held > 100
    saw = set(trainer.saw)
    assert not saw & {u.text for u in parts.choosing.utterances + parts.reporting.utterances}
    assert parts.choosing.questions
    held = {q.conversation for q in parts.choosing.questions + parts.reporting.questions}
    assert held
    assert not held & trainer.saw_conversations


def test_the_report_has_intents_answers_and_cleaning(
    examples: Path, service_files: Path, tmp_path: Path
) -> None:
    learned = learn(examples, StandIn(faq(service_files), p_right=0.25), out=tmp_path / "out")
    assert learned is not None
    report = learned.report
    assert report["understanding"]["accuracy"]["mid"] > 0.6
    answers = report["answers"]
    # the stand-in is BM25 over the same texts: neither is better
    assert answers["recall1_over_bm25"]["mid"] == pytest.approx(0, abs=0.05)
    assert 0.2 < answers["recall1"]["mid"] < 1
    assert {0.7 <= least <= 0.8 for least in report["thresholds"].values()} == {True}
    assert set(report["thresholds"]) <= {"answer_from", "answer_from_zh"}
    counts = report["cleaning"]["questions"]
    assert counts["n_rows"] == counts["n_kept"] + counts["n_merged"] + sum(
        counts["dropped"].values()
    )
    assert set(learned.files) == {"report.json", "thresholds.json", "understanding", "answers"}


def test_worse_intents_keep_the_live_ones(
    examples: Path, service_files: Path, tmp_path: Path
) -> None:
    passages = faq(service_files)
    first = learn(examples, StandIn(passages), out=tmp_path / "a")
    assert first is not None
    live = live_of(first, tmp_path / "live")
    second = learn(examples, StandIn(passages, learns=False), out=tmp_path / "b", live=live)
    assert second is not None
    assert second.files["understanding"] == live / "understanding"
    assert "live" in second.report["understanding"]["kept_live"]
    assert second.report["understanding"]["accuracy"] == first.report["understanding"]["accuracy"]


def test_a_ranking_that_is_worse_than_without_it_is_left_out(
    examples: Path, service_files: Path, tmp_path: Path
) -> None:
    learned = learn(examples, StandIn(faq(service_files), first=3), out=tmp_path / "out")
    assert learned is not None
    assert "answers" not in learned.files
    assert "without what was learned" in learned.report["answers"]["left_out"]
    assert learned.report["answers"]["is_fitted"] is False


def test_learned_probabilities_that_are_off_are_left_out(
    examples: Path, service_files: Path, tmp_path: Path
) -> None:
    """On a shop with few examples that is likely, and no reason to release nothing of it."""
    learned = learn(examples, StandIn(faq(service_files), p_right=0.01), out=tmp_path / "out")
    assert learned is not None
    assert "answers" not in learned.files
    assert "P(right) as learned is surely off by" in learned.report["answers"]["left_out"]
    assert learned.report["answers"]["is_fitted"] is False


def test_examples_that_break_keep_what_is_live(
    examples: Path, service_files: Path, tmp_path: Path
) -> None:
    first = learn(examples, StandIn(faq(service_files)), out=tmp_path / "a")
    assert first is not None
    live = live_of(first, tmp_path / "live")
    (examples / "pairs.jsonl").write_bytes(b"{broken\n" * 900)
    second = learn(examples, StandIn(faq(service_files)), out=tmp_path / "b", live=live)
    assert second is not None
    assert second.files["understanding"] == live / "understanding"
    assert "900 of 900" in second.report["not_learned"]
    assert second.report["keeps_live"]


def test_a_shop_without_examples_has_no_such_part(tmp_path: Path) -> None:
    assert learn(tmp_path / "none", StandIn([]), out=tmp_path / "out") is None


def test_too_few_examples_teach_nothing(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("utterance,intent\nwhere is it,track_order\n")
    learned = learn(tmp_path, StandIn([]), out=tmp_path / "out")
    assert learned is not None
    assert learned.files == {}
    assert "too few" in learned.report["not_learned"]


def rows(tmp_path: Path, text: str) -> Any:
    (tmp_path / "some.csv").write_text(text, encoding="utf-8")
    return read_examples(tmp_path)


def test_cleaning_counts_what_it_merges_masks_and_drops(tmp_path: Path) -> None:
    head = "utterance,intent,entity_type,entity_value,start_offset,end_offset\n"
    good = "".join(
        f"where is order number {i},track_order,order_id,{i},22,{22 + len(str(i))}\n"
        for i in range(30)
    )
    found = rows(
        tmp_path,
        head
        + good
        + "Where is  order number 3,track_order,,,,\n"  # the same again
        + "mail me at ada@example.com,contact,,,,\n"
        + ",empty,,,,\n"
        + "pay by card,payment,,,,\npay by card,refund,,,,\n"  # two intents, as often
        + "cancel it,cancel_order,order_id,77,10,12\n",  # not in the text
    )
    counts = found.counts["utterances"]
    assert counts.n_rows == 36
    assert counts.n_rows == counts.n_kept + counts.n_merged + counts.dropped.total()
    assert counts.n_masked == 1
    assert counts.dropped == {
        "without a text": 1,
        "with two intents": 1,
        "whose entity is not in the text": 1,
    }
    assert not any("ada@" in u.text for u in found.utterances)
    assert [u.entities[0].value for u in found.utterances[:3]] == ["0", "1", "2"]


def test_a_file_without_a_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"some\.csv has no column 'intent'"):
        rows(tmp_path, "utterance,label\nhello,greeting\n")


def test_files_of_which_much_is_broken_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="cannot be used"):
        rows(tmp_path, "utterance,intent\n" + ",x\n" * 5 + "hello,greeting\n")


def test_what_the_desk_sent_corrected_and_rejected_is_learned_from(tmp_path: Path) -> None:
    pairs = JudgedPairs(tmp_path / "desk.sqlite")
    kinds: tuple[Literal["sent", "corrected", "rejected"], ...] = ("sent", "corrected", "rejected")
    for number, kind in enumerate(kinds):
        pairs.add(
            JudgedPair(
                pair_id=f"m{number}",
                conversation_id="c1",
                visitor_id="v1",
                kind=kind,
                language="en",
                question=f"how much is shipping to zone {number}",
                answer="It is free from 99 CNY",
                by="mei",
                at_us=number,
            )
        )
    pairs.close()
    found = read_examples(tmp_path)
    assert [q.is_right for q in found.questions] == [True, True, False]
    assert len({q.conversation for q in found.questions}) == 1
