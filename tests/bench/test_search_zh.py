"""The benchmark of Chinese searches grades by what titles say, and its queries in pinyin find what the clean ones find."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import search_zh
from suites.search_zh.titles import Title, Vocabulary, read_titles, vocabulary
from suites.search_zh.writing import Words, grade, write_queries

COLOURS, LENGTHS, WHO = ("红色", "黑色", "白色"), ("长袖", "短袖"), ("男装", "女装")
KINDS = ("卫衣", "衬衫", "外套")


def titles() -> list[Title]:
    every = [
        (kind, colour, length, who)
        for kind in KINDS
        for colour in COLOURS
        for length in LENGTHS
        for who in WHO
    ]
    return [
        Title(f"t{at}", f"{who}{colour} {length} {kind}", {"袖长": length})
        for at, (kind, colour, length, who) in enumerate(every * 2)
    ]


def test_products_are_graded_by_the_words_of_their_titles() -> None:
    some = [
        Title("all", "女装 红色 卫衣", {"袖长": "长袖"}),
        Title("one missing", "女装 红色 卫衣"),
        Title("two missing", "女装 黑色 卫衣"),
        Title("another kind", "女装 红色 衬衫", {"袖长": "长袖"}),
    ]
    assert grade(Words(("女", "红色", "长袖"), "卫衣", False), some) == {"all": 3, "one missing": 1}
    unwanted = Words(("女",), "卫衣", False, unwanted="红色")
    assert grade(unwanted, some) == {"two missing": 3}
    assert unwanted.text() == "女士卫衣 不要红色"


def test_every_class_writes_the_same_wish() -> None:
    known = Vocabulary(KINDS, COLOURS, LENGTHS)
    noises = {
        "typo": lambda word: word[:-1] + "○",
        "pinyin": lambda word: f"<{word}>",
        "traditional": lambda word: f"[{word}]",
    }
    queries = write_queries(titles(), known, noises, n=5, seed=3)
    clean = [q for q in queries if q.query_class == "clean"]
    assert len(clean) == 5
    for name in ("order", "traditional", "typo", "pinyin", "mixed"):
        grades = [q.grades for q in queries if q.query_class == name]
        assert grades, name
        assert all(g in [q.grades for q in clean] for g in grades), name
    assert all(max(q.grades.values()) == 3 for q in queries)
    assert queries == write_queries(titles(), known, noises, n=5, seed=3)


def test_words_come_from_frequent_titles(tmp_path: Path) -> None:
    file = tmp_path / "titles.jsonl"
    lines = [
        json.dumps(
            {
                "title": f"款{i} 红色 卫衣",
                "attributes": {"版型": "宽松型", "领型": "卫衣领" if not i else "圆领"},
            }
        )
        for i in range(30)
    ]
    file.write_text("\n".join([*lines, lines[0]]), "utf-8")
    read = read_titles(file)
    assert len(read) == 30  # each title once
    known = vocabulary(read, str.split)
    assert known.colours == ("红色",)
    assert known.others == ("圆领", "宽松")
    assert known.kinds == ()  # 卫衣 is also a part of a collar's name
    assert vocabulary(read[1:], str.split).kinds == ("卫衣",)


@pytest.mark.slow(reason="loads the dictionary of jieba and both encoders")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of zhconv's file
def test_the_bench_compares_both_by_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for peer in ("bm25s", "jieba", "zhconv", "pypinyin"):
        pytest.importorskip(peer)
    file = tmp_path / "titles.jsonl"
    file.write_text(
        "\n".join(
            json.dumps({"title": f"{t.title} 款{i}", "attributes": dict(t.attributes)})
            for i, t in enumerate(titles() * 2)
        ),
        "utf-8",
    )
    looked = tmp_path / "looked.md"
    monkeypatch.setattr(
        sys, "argv", f"search_zh.py --titles {file} --queries 4 --looked {looked}".split()
    )
    search_zh.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    of = {line["query_class"]: line for line in lines}
    assert {"clean", "order", "typo", "pinyin", "all"} <= set(of)
    assert of["clean"]["n"] == 4
    assert of["clean"]["baihuo"] > 0.9
    assert of["pinyin"]["bm25"] < 0.2  # no title has the letters
    assert "## clean: " in looked.read_text("utf-8")
