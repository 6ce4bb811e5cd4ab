"""bench/ctr.py: what it reads and refuses, how it splits, and the lines that it prints."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from baihuo.core import BadInput, BrokenFile
from suites.ctr.generator import make_log
from suites.ctr.measures import apart, measures
from suites.ctr.peers import lightgbm_probabilities
from suites.ctr.reading import Parts, read_parts
from suites.ctr.spec import CRITEO_COLUMNS, EXAMPLE, CtrSpec, read_spec

BENCH = Path(__file__).parents[2] / "bench"
N = 400


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "log.tsv"
    make_log(path, n_rows=3000, seed=3)
    return path


def written(tmp_path: Path, change: dict[str, Any] | None = None) -> Path:
    """A headed file: time falls, so that the file's order is not that of time."""
    columns: dict[str, Any] = {
        "click": lambda i: i % 2,
        "price": lambda i: i % 7,
        "site": lambda i: f"s{i % 5}",
        "day": lambda i: N - i,
        "part": lambda i: "b" if i < 100 else "a",
        **(change or {}),
    }
    path = tmp_path / "rows.csv"
    lines = (",".join(str(f(i)) for f in columns.values()) for i in range(N))
    path.write_text(",".join(columns) + "\n" + "\n".join(lines) + "\n")
    return path


def read(path: Path, spec: CtrSpec | None, share: float = 0.25) -> Parts:
    return read_parts(path, spec, path.parent / "parts", test_share=share)


def column(file: Path, name: str) -> list[Any]:
    found: list[Any] = pq.read_table(file)[name].to_pylist()
    return found


def test_a_criteo_shaped_file_needs_no_specification_with_a_header_or_without(
    log: Path, tmp_path: Path
) -> None:
    parts = read(log, None)
    assert (len(parts.numeric), len(parts.categorical)) == (13, 26)
    assert len(column(parts.train, "label")) == 2250
    lines = log.read_text().splitlines()
    first = lines[0].split("\t")
    assert column(parts.train, "C1")[0] == first[14]
    assert [str(int(v)) if v is not None else "" for v in column(parts.train, "I2")][:50] == [
        line.split("\t")[2] for line in lines[:50]
    ]
    headed = tmp_path / "headed.csv"
    rows = [",".join(line.split("\t")) for line in lines[:600]]
    names = ["Id", "Label", *CRITEO_COLUMNS[1:]]
    headed.write_text(
        ",".join(names) + "\n" + "\n".join(f"{i},{row}" for i, row in enumerate(rows)) + "\n"
    )
    again = read(headed, None)
    assert (again.numeric, again.categorical) == (parts.numeric, parts.categorical)
    zipped = tmp_path / "log.tsv.gz"
    with gzip.open(zipped, "wt") as file:
        file.write(log.read_text())
    assert column(read(zipped, None).test, "C7") == column(parts.test, "C7")


def test_the_test_is_the_last_part_by_time_by_fold_or_by_the_order_of_the_file(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    ignore = ("day", "part")
    by_order = read(path, CtrSpec(label="click", ignore=ignore))
    assert by_order.split == "last 25% of the file"
    assert (by_order.numeric, by_order.categorical) == (("price",), ("site",))
    assert column(by_order.test, "price") == [i % 7 for i in range(300, 400)]
    by_time = read(path, CtrSpec(label="click", time="day", ignore=("part",)))
    assert column(by_time.test, "price") == [i % 7 for i in reversed(range(100))]
    by_fold = read(path, CtrSpec(label="click", fold="part", ignore=("day",)))
    assert by_fold.split == "part in b"
    assert len(column(by_fold.test, "price")) == 100
    other = read(path, CtrSpec(label="click", fold="part", test_folds=("a",), ignore=("day",)))
    assert len(column(other.test, "price")) == 300
    dates = written(tmp_path, {"day": lambda i: f"2024-01-{1 + i % 28:02d} 10:00:00"})
    by_date = read(dates, CtrSpec(label="click", time="day", ignore=("part",)))
    assert 80 < len(column(by_date.test, "price")) <= 100


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("label: clik\n", "no column 'clik'", "did you mean 'click'?"),
        ("label: click\nnumerik: [price]\n", "numerik", "did you mean 'numeric'?"),
        (
            "label: click\nnumeric: [site]\n",
            "row 1, column 'site': 's0' is no number",
            "categorical",
        ),
        ("label: site\n", "row 1, column 'site': 's0' is no outcome", "positive:"),
        ("label: site\npositive: s9\n", "no row has the site 's9'", "s0"),
        ("label: click\nignore: [price]\nnumeric: [price]\n", "'price' twice", "keep one"),
        ("label: click\ntime: site\n", "row 1, column 'site': 's0' is no time", "seconds"),
        ("label: click\nfold: part\ntest_folds: [c]\n", "part 'c'", "a, b"),
        ("label: click\ntest_folds: [c]\n", "without a fold", "fold:"),
        ("label: click\nfold: part\ntime: day\n", "a time (day) and a fold (part)", "keep one"),
        ("numeric: [price]\n", "label", ""),
    ],
)
def test_a_wrong_specification_is_named_with_the_fix(
    tmp_path: Path, text: str, what: str, fix: str
) -> None:
    path = written(tmp_path)
    (tmp_path / "spec.yaml").write_text(text)
    with pytest.raises(BadInput) as caught:
        read(path, read_spec(tmp_path / "spec.yaml"))
    assert what in caught.value.what
    assert fix in str(caught.value)


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        read(tmp_path / "none.csv", None)
    with pytest.raises(BadInput, match="not Criteo-shaped"):
        read(written(tmp_path), None)
    with pytest.raises(BadInput, match="all with the label 1"):
        read(written(tmp_path, {"click": lambda i: int(i > 100)}), CtrSpec(label="click"))
    short = tmp_path / "short.tsv"
    short.write_text("1\t2\t3\n0\t1\t2\n")
    with pytest.raises(BadInput, match="row 1: 3 values, a Criteo-shaped"):
        read(short, None)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and nothing")
    with pytest.raises(BrokenFile):
        read(broken, CtrSpec(label="click"))


def rows_of(path: Path, rows: list[list[Any]], **how: Any) -> Path:
    with path.open("w", newline="", encoding=how.pop("encoding", "utf-8")) as file:
        csv.writer(file, **how).writerows(rows)
    return path


def odd() -> list[list[Any]]:
    """Names with spaces, commas, quotes; values with commas, quotes and missing ones; another column named Label."""
    head = ["id", "Clicked?", " Price, EUR", 'site "name"', "Label", "empty"]
    site = ("a, b", 'c "d"', "", "日本")
    rows = [[i, i % 2, ("", "NA", "3", "1e3")[i % 4], site[i % 3], i % 5, ""] for i in range(N)]
    return [head, *rows]


@pytest.mark.parametrize(
    "how",
    [{"delimiter": d} for d in ",;|\t"]
    + [{"quoting": csv.QUOTE_ALL}, {"encoding": "utf-8-sig"}, {"lineterminator": "\n"}],
)
def test_odd_headers_quotes_and_what_stands_between_values_are_read(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    spec = CtrSpec(label="Clicked?", ignore=("id",))
    parts = read(rows_of(tmp_path / "odd.csv", odd(), **how), spec)
    assert parts.numeric == ("Price, EUR", "Label (a column)")
    assert parts.categorical == ('site "name"',)
    assert column(parts.train, "label")[:3] == [0, 1, 0]
    assert column(parts.train, "Price, EUR")[:4] == [None, None, 3, 1000]
    assert column(parts.train, 'site "name"')[:3] == ["a, b", 'c "d"', None]


@pytest.mark.parametrize(
    ("words", "positive"),
    [
        *(
            (words, None)
            for words in (("0", "1"), ("0.0", "1.0"), ("False", "True"), ("no", "yes"))
        ),
        *((words, words[1]) for words in (("-1", "1"), ("skip", "buy"))),
    ],
)
def test_outcomes_may_be_words(
    tmp_path: Path, words: tuple[str, str], positive: str | None
) -> None:
    path = written(tmp_path, {"click": lambda i: words[i % 2]})
    parts = read(path, CtrSpec(label="click", positive=positive, ignore=("day", "part")))
    assert column(parts.train, "label")[:4] == [0, 1, 0, 1]


def test_a_specification_takes_single_names_and_numbers(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("label: click\npositive: 1\nnumeric: price\nfold: part\ntest_folds: 2\n")
    spec = read_spec(file)
    assert (spec.positive, spec.numeric, spec.test_folds) == ("1", ("price",), ("2",))
    file.write_text("label: click\npositive: yes\n")
    with pytest.raises(BadInput, match="quotes"):
        read_spec(file)


def test_a_word_after_the_first_rows_makes_a_column_a_category(tmp_path: Path) -> None:
    path = written(tmp_path, {"price": lambda i: "cheap" if i == 390 else i % 7})
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *lines[1:] * 4]) + "\n")
    assert "price" in read(path, CtrSpec(label="click")).categorical
    with pytest.raises(BadInput, match=r"row 391, column 'price': 'cheap' is no number"):
        read(path, CtrSpec(label="click", numeric=("price",)))


def test_rows_and_letters_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    ragged = odd()
    ragged[300] = ragged[300][:3]
    spec = CtrSpec(label="Clicked?")
    with pytest.raises(BrokenFile, match="301") as caught:
        read(rows_of(tmp_path / "ragged.csv", ragged), spec)
    assert "correct that row" in str(caught.value)
    latin = [[str(v).replace("日本", "é") for v in row] for row in odd()]
    latin[2][3] = "é"
    with pytest.raises(BrokenFile, match="UTF-8"):
        read(rows_of(tmp_path / "latin.csv", latin, encoding="latin-1"), spec)
    (tmp_path / "none.csv").write_text("")
    with pytest.raises(BadInput, match="is empty"):
        read(tmp_path / "none.csv", None)


def test_criteo_between_commas_needs_no_header(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(log.read_text().replace("\t", ","))
    parts = read(path, None)
    assert (len(parts.numeric), len(parts.categorical)) == (13, 26)


def test_the_example_of_the_help_is_a_specification(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(EXAMPLE)
    spec = read_spec(tmp_path / "spec.yaml")
    assert (spec.label, spec.time, spec.fold) == ("click", "timestamp", None)


def test_measures_are_those_of_scikit_learn_and_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(1, 3, 4000)
    labels = (rng.random(4000) < truth).astype(np.float64)
    found = measures(truth, labels)
    assert found["auc"] == pytest.approx(roc_auc_score(labels, truth))
    assert found["log_loss"] == pytest.approx(log_loss(labels, truth))
    constant = measures(np.full(4000, labels.mean()), labels)
    assert constant["ne"] == pytest.approx(1)
    noisy = [np.clip(truth + rng.normal(scale=0.2, size=4000), 0.01, 0.99) for _ in range(3)]
    gaps = apart([truth] * 3, noisy, labels)
    assert gaps["auc"]["low"] > 0
    assert gaps["log_loss"]["high"] < 0
    same = apart([truth], [truth], labels)
    assert same["auc"] == {"mid": 0, "low": 0, "high": 0}
    # the interval of the difference is as long as what drawing rows again gives
    drawn = []
    for _ in range(200):
        rows = rng.integers(0, 4000, 4000)
        drawn.append(
            roc_auc_score(labels[rows], truth[rows]) - roc_auc_score(labels[rows], noisy[0][rows])
        )
    one = apart([truth], noisy[:1], labels)["auc"]
    assert one["high"] - one["low"] == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.25)


def test_lightgbm_gets_categories_as_its_own_and_learns(log: Path) -> None:
    parts = read(log, None)
    found, about = lightgbm_probabilities(parts, seed=1)
    assert roc_auc_score(column(parts.test, "label"), found) > 0.6
    assert about["trees"] > 5


@pytest.mark.slow(reason="each system is a process of its own that imports its library")
def test_every_system_gets_a_line_and_ours_its_distance_from_the_others(log: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, str(BENCH / "ctr.py"), "--data", str(log), "--seed", "1"),
            *("--systems", "baihuo logistic,logistic_regression", "--set", "epochs=3"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    *lines, about = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["system"] for line in lines] == ["baihuo logistic", "logistic_regression"]
    for line in lines:
        assert 0.5 < line["auc"] < 1
        assert 0 < line["log_loss"] < 1
        assert 0.5 < line["ne"] < 1.2
        assert 0 <= line["ece"] < 0.5
        assert line["cpu_s"] > 0
        assert line["peak_mb"] > 0
    gap = lines[0]["vs"]["logistic_regression"]["auc"]
    assert gap["mid"] == pytest.approx(lines[0]["auc"] - lines[1]["auc"], abs=1e-4)
    assert gap["low"] <= gap["mid"] <= gap["high"]
    assert (about["train_rows"], about["test_rows"]) == (2400, 600)


def test_a_wrong_setting_or_system_ends_with_two_lines(log: Path) -> None:
    for words, what in (
        (["--systems", "catboost"], "catboost"),
        (["--set", "epoch=3"], "did you mean 'epochs'?"),
    ):
        done = subprocess.run(
            [sys.executable, str(BENCH / "ctr.py"), "--data", str(log), *words],
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 1
        assert what in done.stderr
        assert "Traceback" not in done.stderr
