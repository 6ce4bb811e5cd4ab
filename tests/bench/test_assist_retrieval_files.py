"""The files of the retrieval benchmark, by its command: judged lines teach nothing, and bad files are named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from baihuo.assist.knowledge.pair_terms import pair_terms
from baihuo.core import BadInput
from suites.assist_retrieval.files import read_sides

ROOT = Path(__file__).resolve().parents[2]


def written(folder: Path, name: str, lines: list[str], end: str = "\n") -> Path:
    path = folder / name
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def pairs_of(folder: Path, name: str, n: int, end: str = "\n") -> tuple[Path, Path]:
    asked = [f"亲您好,有什么可以帮您的,第{i}种商品什么时候可以发货呢" for i in range(n)]
    said = [f"亲爱的第{i}种商品预计{i}天以后为您安排发货哦" for i in range(n)]
    return written(folder, f"{name}q", asked, end), written(folder, f"{name}a", said, end)


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "bench" / "assist_retrieval.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_lines_that_end_as_on_windows_are_the_same_lines(tmp_path: Path) -> None:
    known = pairs_of(tmp_path, "k", 5)
    plain = read_sides(known, pairs_of(tmp_path, "p", 4), share=0.2, seed=1)
    windows = read_sides(known, pairs_of(tmp_path, "w", 4, "\r\n"), share=0.2, seed=1)
    assert plain[1] == windows[1]
    assert len(plain[1]) == 4


def test_a_blank_line_is_left_out_and_those_after_it_stay_beside_their_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = pairs_of(tmp_path, "k", 5)
    dev = (
        written(tmp_path, "q", ["几天到", "", "能退吗", "在吗", ""]),
        written(tmp_path, "a", ["两天", "三天", "可以", "", ""]),
    )
    judged = read_sides(known, dev, share=0.2, seed=1)[1]
    assert [(p.utterances[-1][0], p.answer) for p in judged] == [
        ("几天到", "两天"),
        ("能退吗", "可以"),
    ]
    assert (
        "3 lines without a question or an answer left out, such as 2, 4, 5"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("ends", [("", "\n\n"), ("\n\n\n", ""), (" \t\n", "")])
def test_blank_lines_at_the_end_of_one_file_are_no_lines(
    tmp_path: Path, ends: tuple[str, str]
) -> None:
    known = pairs_of(tmp_path, "k", 5)
    dev = pairs_of(tmp_path, "d", 4)
    for path, end in zip(dev, ends, strict=True):
        path.write_text(path.read_text("utf-8") + end, "utf-8")
    assert len(read_sides(known, dev, share=0.2, seed=1)[1]) == 4


def test_a_tab_is_a_space_within_a_message(tmp_path: Path) -> None:
    known = pairs_of(tmp_path, "k", 5)
    dev = written(tmp_path, "q", ["几天\t到,\t"]), written(tmp_path, "a", ["\t两天"])
    (pair,) = read_sides(known, dev, share=0.2, seed=1)[1]
    assert pair_terms(pair.answer) == pair_terms("两天")
    assert len(pair.utterances) == 1


def test_judged_answers_do_not_teach_who_speaks(tmp_path: Path) -> None:
    known = pairs_of(tmp_path, "k", 40)
    line = "亲爱的第7种商品预计为您安排发货哦"
    asked = written(tmp_path, "q", [f"{line},好的", "嗯,嗯"] * 30)
    shop = written(tmp_path, "a1", ["亲爱的为您安排发货哦"] * 60)
    shoppers = written(tmp_path, "a2", ["什么时候可以发货呢"] * 60)
    one, other = (
        read_sides(known, (asked, said), share=0.2, seed=1)[1] for said in (shop, shoppers)
    )
    assert [p.utterances for p in one] == [p.utterances for p in other]
    assert one[0].utterances[0] == (line, True)


def test_a_share_of_the_conversations_is_held_out_without_dev_files(tmp_path: Path) -> None:
    train, judged = read_sides(pairs_of(tmp_path, "k", 50), (None, None), share=0.2, seed=1)
    assert len(train) + len(judged) == 50
    with pytest.raises(BadInput, match=r"--share 2 "):
        read_sides(pairs_of(tmp_path, "k", 50), (None, None), share=2, seed=1)


def test_the_command_names_what_is_wrong_with_its_files(tmp_path: Path) -> None:
    questions, answers = pairs_of(tmp_path, "k", 320)
    few, said = pairs_of(tmp_path, "other", 30)
    short = written(tmp_path, "short", ["只有一行"])
    known = ("--questions", questions, "--answers", answers)
    for arguments, told in (
        (
            (*known, "--dev-questions", few, "--dev-answers", short),
            "30 lines of questions, 1 of answers",
        ),
        ((*known, "--dev-questions", few), "--dev-answers is not given"),
        ((*known, "--dev-questions", few, "--dev-answers", tmp_path / "none"), "no file"),
        (("--questions", few, "--answers", said, "--share", 0.5), "a re-ranker needs 300"),
    ):
        done = command(*arguments)
        assert done.returncode == 1
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_too_few_other_answers_for_a_list_are_said_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    questions, answers = pairs_of(tmp_path, "k", 320)
    dev = [f"另外一种商品第{i}号什么时候到货" for i in range(30)]
    dev_questions = written(tmp_path, "dq", dev)
    dev_answers = written(tmp_path, "da", [f"{line}还不清楚呢" for line in dev])
    done = command(
        *("--questions", questions, "--answers", answers),
        *("--dev-questions", dev_questions, "--dev-answers", dev_answers),
    )
    assert done.returncode == 1
    assert "have 29 answers other than" in done.stderr
    assert "a list needs 99" in done.stderr
