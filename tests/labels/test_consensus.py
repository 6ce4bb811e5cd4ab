"""One grade of several: from the log, from the shop's file, from files of other shapes."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.core import BrokenFile
from baihuo.events import Judgement, JudgementLog
from baihuo.labels import (
    Ratings,
    consensus_of_ratings,
    file_rows,
    final_grades,
    find_consensus,
    report,
)

RAW = {"ann": 3, "bo": 3, "cy": 0}


def logged(folder: Path, *ratings_given: tuple[str, str, str, int | None]) -> JudgementLog:
    log = JudgementLog(folder / "judgements.sqlite")
    log.append([Judgement(q, p, r, g, 1) for q, p, r, g in ratings_given])
    return log


_rows = st.lists(
    st.tuples(
        st.sampled_from(["usb hub", "Phone", "手机"]),
        st.sampled_from(["p1", "p2", "p3"]),
        st.sampled_from(["ann", "bo", "cy"]),
        st.none() | st.integers(0, 3),
    ),
    max_size=30,
)


@given(_rows)
def test_every_judged_pair_gets_a_grade_that_somebody_gave(rows: Any) -> None:
    consensus = consensus_of_ratings(Ratings.of(rows))
    last = {(q.lower(), p, r): g for q, p, r, g in rows if g is not None}
    assert len(consensus) == len({(q, p) for q, p, _ in last})
    for query, product, grade, sure in zip(
        consensus.ratings.queries,
        consensus.ratings.products,
        consensus.grades,
        consensus.confidence,
        strict=True,
    ):
        given = {g for (q, p, _), g in last.items() if (q, p) == (query, product)}
        assert grade in given
        assert 0 < sure <= 1
    report_json = report(consensus)
    assert report_json["n_judgements"] == len(last)
    exported = list(csv.DictReader(io.StringIO(consensus.to_csv())))
    assert [int(r["rating"]) for r in exported] == consensus.grades.tolist()


def test_two_careful_raters_outvote_three_who_guess() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 4, 300)
    rows = []
    for pair, grade in enumerate(truth):
        for name, right in (("ann", 0.95), ("bo", 0.95), ("x", 0.3), ("y", 0.3), ("z", 0.3)):
            ratings_given = grade if rng.random() < right else rng.integers(0, 4)
            rows.append((f"q{pair % 30}", f"p{pair}", name, int(ratings_given)))
    consensus = consensus_of_ratings(Ratings.of(rows))
    votes = np.stack([(consensus.ratings.grades == g).sum(axis=1) for g in range(4)], axis=1)
    assert (consensus.grades == truth).mean() > 0.93
    assert (consensus.grades == truth).mean() > (votes.argmax(axis=1) == truth).mean() + 0.05


def test_the_shops_file_is_one_more_rater(tmp_path: Path) -> None:
    log = logged(tmp_path, ("usb hub", "p1", "ann", 3), ("usb hub", "p2", "ann", None))
    file = tmp_path / "ratings.csv"
    file.write_text("query,docid,rating\nUSB  Hub,p1,3\nusb hub,p3,0\n")
    consensus = find_consensus(log.table(), file)
    assert dict(consensus.by_query["usb hub"]) == {"p1": 3, "p3": 0}
    report_json = consensus.to_json()
    assert (
        report_json["n_pairs"],
        report_json["n_judgements"],
        report_json["n_raters"],
        report_json["n_from_file"],
    ) == (
        2,
        3,
        1,
        2,
    )
    log.close()


def test_who_exports_and_puts_the_file_in_the_shop_counts_nobody_twice(tmp_path: Path) -> None:
    ratings_given = [("usb hub", "p1", name, grade) for name, grade in RAW.items()]
    log = logged(tmp_path, *ratings_given)
    before = find_consensus(log.table(), None)
    file = tmp_path / "ratings.csv"
    file.write_text(before.to_csv() + "phone,p9,2,0.7,1\n")
    after = find_consensus(log.table(), file)
    assert after.ratings.raters[:3] == ("ann", "bo", "cy")
    assert after.ratings.n_given == 4
    assert dict(after.by_query["phone"]) == {"p9": 2}
    log.close()


@pytest.mark.parametrize(
    "text",
    [
        "query,docid,rater,rating\nusb hub,p1,ann,3\nusb hub,p1,bo,3\nusb hub,p1,cy,0\n",
        "query,docid,ann_rating,bo_rating,cy_rating,final_rating\nusb hub,p1,3,3,0,3\n",
        "query_text,product_id,rater,grade\nusb hub,p1,ann,3.0\nusb hub,p1,bo,3\nusb hub,p1,cy,0\nusb hub,p1,dee,?\n",
    ],
)
def test_files_of_every_shape_say_the_same(tmp_path: Path, text: str) -> None:
    file = tmp_path / "grades.csv"
    file.write_text(text)
    ratings = Ratings.of(file_rows(file))
    assert dict(zip(ratings.raters, ratings.grades[0].tolist(), strict=True)) == RAW
    assert final_grades(file) == ({("usb hub", "p1"): 3} if "final" in text else {})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("query,docid\nusb hub,p1\n", "rating"),
        ("docid,rating\np1,3\n", "query"),
        ("", "query"),
        ("query,docid,rating\nusb hub,p1,4\n", "line 2.*outside"),
        ("query,docid,rating\nusb hub,p1,good\n", "line 2.*whole"),
    ],
)
def test_a_file_that_holds_no_grades_says_why(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "grades.csv"
    file.write_text(text)
    with pytest.raises(BrokenFile, match=why):
        list(file_rows(file))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "query",
                "docid",
                "rating",
                "rater",
                "a_rating",
                "final_rating",
                "3",
                "9",
                "?",
                "",
                '"',
                "\n",
                ",",
                ",",
                "x",
            ]
        ),
        max_size=30,
    ).map("".join)
    | st.text(max_size=40)
)
def test_any_text_is_grades_or_a_refusal(text: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grades.csv"
        head = "query,docid,rating\n" if len(text) % 2 else "query,docid,a_rating,final_rating\n"
        file.write_text(head + text, encoding="utf-8", errors="replace")
        try:
            rows = list(file_rows(file))
            final_grades(file)
        except BrokenFile:
            rows = []
        assert all(q and p and (g is None or 0 <= g <= 3) for q, p, _, g in rows)


def test_an_export_runs_nothing_in_a_spreadsheet_and_is_read_back_as_it_was(tmp_path: Path) -> None:
    ratings_given = [
        ("=cmd|'/c calc'!a1", "+p1", "ann", 3),
        ("'quoted'", "-7", "ann", 1),
        ("x", "@x", "ann", 0),
    ]
    text = consensus_of_ratings(Ratings.of(ratings_given)).to_csv()
    first, second, _ = csv.DictReader(io.StringIO(text))
    assert first["query"].startswith("'=")
    assert (second["query"], second["docid"]) == ("'quoted'", "-7")
    (tmp_path / "ratings.csv").write_text(text)
    back = file_rows(tmp_path / "ratings.csv")
    assert [(q, p, g) for q, p, _, g in back] == [(q, p, g) for q, p, _, g in ratings_given]


def test_the_three_real_raters_are_told_as_the_bench_tells_them(
    shared_data: Callable[[str], Path],
) -> None:
    file = shared_data("icecat") / "individual_ratings.csv"
    report_json = report(
        consensus_of_ratings(Ratings.of(file_rows(file))), final=final_grades(file)
    )
    assert report_json["n_judgements"] == 6006
    equal = report_json["against_final"]["equal"]
    assert equal["consensus"] > max(equal[f"agent_{i}"] for i in (1, 2, 3)) + 0.02
    assert len(report_json["doubtful"]) == 20
