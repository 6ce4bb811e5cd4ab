"""Written searches: every set is whole, rules grade as they read, and the bench asks a server of a tiny catalogue."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

import written
from baihuo.core import Product
from suites.judged.asking import Answer
from suites.tables import search as tables
from suites.written import rules
from suites.written.rules import facts, grades, read_set
from suites.written.scoring import Exam, lines, misses, shown

CLASSES = {
    "en": "head attribute model accessory typo unit negation synonym price not_sold".split(),
    "zh": "head attribute thing typo pinyin traditional unit negation synonym not_sold".split(),
}


@pytest.mark.parametrize("name", rules.SETS)
@pytest.mark.parametrize("language", rules.LANGUAGES)
def test_a_set_has_five_queries_of_every_class_with_valid_rules(language: str, name: str) -> None:
    queries = read_set(language, name)  # raises where a rule is no rule
    assert len(queries) == len({q.id for q in queries}) == 50
    assert Counter(q.query_class for q in queries) == dict.fromkeys(CLASSES[language], 5)
    assert {q.query_class for q in queries if not q.is_sold} == {"not_sold"}
    assert all(q.id.startswith(f"{language}-{name}-{q.query_class}-") for q in queries)


@pytest.mark.parametrize("language", rules.LANGUAGES)
def test_no_query_stands_in_both_sets(language: str) -> None:
    choose, report = ({q.query for q in read_set(language, n)} for n in rules.SETS)
    assert not choose & report


def lamp(product_id: str, title: str, price: int, **attributes: str | float | bool) -> Product:
    return Product(
        product_id=product_id,
        title_en=title,
        brand="Norda",
        model=f"N-{product_id}",
        price_minor=price,
        currency="EUR",
        attributes=attributes,
    )


LAMPS = [
    lamp("red", "Norda desk lamp Red", 1900, Height=40.0, Dimmable=True),
    lamp("blue", "Norda desk lamp", 2100, **{"Product colour": "Blue"}),
    lamp("shade", "Norda shade for a desk lamp, red", 900),
    lamp("lens", "Norda lens", 100_000),
]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"title": "DESK LAMP", "not_title": "shade"}, {"red", "blue"}),
        ({"title": ["lamp", "red"]}, {"red", "shade"}),
        ({"text": r"\bblue\b"}, {"blue"}),  # a value of an attribute
        ({"title": r"\bblue\b"}, set()),
        ({"model": "^N-lens$", "brand": "norda"}, {"lens"}),
        ({"price": [9, 19]}, {"red", "shade"}),
        ({"attributes": {"Height": [40, 50]}}, {"red"}),
        ({"attributes": {"Dimmable": True, "Height": [0, 40]}}, {"red"}),
        ({"attributes": {"Product colour": "blue"}}, {"blue"}),
    ],
)
def test_a_condition_holds_where_all_of_its_fields_do(
    condition: rules.Condition, expected: set[str]
) -> None:
    query = rules.Written("q", "head", "lamp", True, (condition,), ({"title": "nothing"},))
    assert grades(query, [facts(p) for p in LAMPS]) == dict.fromkeys(expected, 2)


def test_the_first_of_right_and_close_that_holds_is_the_grade() -> None:
    query = rules.Written("q", "head", "lamp", True, ({"title": "red$"},), ({"title": "lamp"},))
    found = grades(query, [facts(p) for p in LAMPS])
    assert found == {"red": 2, "shade": 2, "blue": 1}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"right": [{"colour": "red"}]}, "colour"),
        ({"right": [{}]}, "empty"),
        ({"close": [{"title": "red"}]}, "right"),
        ({}, "not_sold"),
        ({"not_sold": True, "right": [{"title": "red"}]}, "not_sold"),
        ({"right": [{"title": "red"}], "rigth": []}, "rigth"),
    ],
)
def test_a_line_that_is_no_query_is_refused_by_its_number(
    line: dict[str, object], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {"id": "a", "class": "head", "query": "lamp", **line}
    (tmp_path / "en_choose.jsonl").write_text(json.dumps(whole), "utf-8")
    monkeypatch.setattr(rules, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=rf"en_choose\.jsonl:1: .*{what}"):
        read_set("en", "choose")


def test_pages_are_worth_their_grades_and_what_they_claim() -> None:
    sold = rules.Written("en-x-1", "head", "lamp", True, ({"title": "lamp"},))
    missing = rules.Written("en-x-2", "not_sold", "tea", False)
    answers = {
        "bm25": [Answer(("lens", "red")), Answer(("lens",))],
        "baihuo": [Answer(("red",)), Answer(("lens",), ("not_sold:tea",))],
    }
    exam = Exam("en", "x", [sold, missing], [{"red": 2}, {}], answers)
    of = {line.get("system") or line["query_class"]: line for line in lines(exam)}
    assert of["bm25"]["ndcg10"] == pytest.approx(1 / 1.58496, abs=1e-4)  # second place
    assert (of["bm25"]["not_sold_claimed"], of["baihuo"]["not_sold_claimed"]) == (
        "0 of 1",
        "1 of 1",
    )
    assert of["baihuo"]["ndcg10"] == of["head"]["baihuo"] == of["not_sold"]["baihuo"] == 1
    assert of["baihuo"]["ratio"] == pytest.approx(1.585, abs=1e-3)
    assert "en-x-1  lamp  [1 right, 0 close]" in "\n".join(misses(exam))
    assert "   2 [2] Red lamp" in shown(exam, "en-x-1", {"lens": "Lens", "red": "Red lamp"})
    with pytest.raises(ValueError, match="--misses"):
        next(shown(exam, "en-x-9", {}))
    claimed = {**answers, "baihuo": [Answer(("red",), ("not_sold:lamp",)), Answer(())]}
    wrong = next(
        x for x in lines(Exam("en", "x", exam.queries, exam.grades, claimed)) if "vs_bm25" in x
    )
    assert (wrong["ndcg10"], wrong["wrongly_not_sold"]) == (0, 1)


def test_the_table_has_no_ratio_to_a_bm25_that_finds_nothing() -> None:
    beside = {"vs_bm25": {"mid": 0.5, "low": 0.25, "high": 0.75}}
    of = {"language": "zh", "set": "report"}
    drawn = tables.written(
        [
            {**of, "system": "bm25", "ndcg10": 0.4, "n": 45, "not_sold_claimed": "1 of 5"},
            {
                **of,
                **beside,
                "system": "baihuo",
                "ndcg10": 0.8,
                "n": 45,
                "ratio": 2.0,
                "not_sold_claimed": "4 of 5",
            },
            {
                **of,
                **beside,
                "query_class": "pinyin",
                "n": 5,
                "baihuo": 0.5,
                "bm25": 0,
                "ratio": None,
            },
        ]
    ).splitlines()
    assert "| 45 | 0.800 | 0.400 | 2.00 | +0.500 [+0.250, +0.750] |" in drawn[2]
    assert "| 5 | 4 of 5 | 1 of 5 | – | – |" in drawn[3]
    assert "| pinyin | 5 | 0.500 | 0.000 | – | +0.500" in drawn[4]


@pytest.mark.slow(reason="builds a shop with both encoders and starts a server of it")
def test_the_bench_asks_a_server_of_a_tiny_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for peer in ("bm25s", "jieba"):
        pytest.importorskip(peer)
    kinds = ("卫衣", "羽绒服", "牛仔裤", "连衣裙", "双肩包", "帆布鞋")
    titles = [
        {"title": f"{who}{colour}{kind}", "attributes": {"颜色": colour}}
        for kind in kinds
        for colour in ("黑色", "白色", "红色")
        for who in ("男装", "女装")
    ]
    file = tmp_path / "titles.jsonl"
    file.write_text("\n".join(map(json.dumps, titles)), "utf-8")

    def run(more: str) -> str:
        monkeypatch.setattr(
            sys, "argv", f"written.py --titles {file} --work {tmp_path / 'work'} {more}".split()
        )
        assert written.main() == 0
        return capsys.readouterr().out

    found = [json.loads(line) for line in run("--set choose").splitlines()]
    systems = {line["system"]: line for line in found if "system" in line}
    assert systems["baihuo"]["n"] == systems["bm25"]["n"] > 10
    of = {line["query_class"]: line for line in found if "query_class" in line}
    assert of["head"]["baihuo"] == of["head"]["bm25"] == 1  # each kind is found by its name
    assert of["not_sold"]["n"] == 5
    page = run("--show zh-choose-head-1")
    assert "zh-choose-head-1: 卫衣 (6 graded)" in page
    assert page.count("[2]") == 12  # six of each system
