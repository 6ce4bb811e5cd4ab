"""The features file: what it says, and how it says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from baihuo.core import BadInput
from baihuo.features.spec.file import (
    DEFAULT_TEXT,
    KINDS,
    FeaturesFile,
    example_features,
    parse_features,
    read_features_file,
)

KNOWN = ("price_log", "product_clicks_28d", "position")


def one(line: str) -> str:
    return f"features:\n  - {{{line}}}\n"


def test_no_file_and_an_empty_one_declare_nothing(tmp_path: Path) -> None:
    assert read_features_file(tmp_path / "none.yaml") == FeaturesFile()
    (tmp_path / "empty.yaml").write_text("")
    assert read_features_file(tmp_path / "empty.yaml") == FeaturesFile()


def test_the_file_we_write_has_a_line_of_every_kind_and_declares_nothing_until_asked() -> None:
    assert parse_features(DEFAULT_TEXT, known=KNOWN).features == ()
    assert {line.kind for line in example_features().features} == set(KINDS)


def test_a_line_that_looks_back_becomes_a_column_a_window() -> None:
    file = parse_features(
        one(
            "name: clicks, kind: look_back, entity: [product], events: [click], "
            "half_lives_days: [0.5, 7], windows_days: [3]"
        )
    )
    assert file.feature_set().lookback_names[-3:] == (
        "clicks_half_0_5d",
        "clicks_half_7d",
        "clicks_3d",
    )
    assert file.transforms == ()


@pytest.mark.parametrize(
    ("text", "says", "fix"),
    [
        (one("name: x, kind: scail, of: [price_log]"), "line 2: x.kind", "did you mean 'scale'"),
        (one("name: x, kind: scale, of: [price_lgo], method: log"), "price_lgo", "'price_log'"),
        (one("name: x, kind: scale, of: [price_log], method: standart"), "method", "'standard'"),
        (one("name: x, kind: target, of: [brand], strenght: 3"), "strenght", "'strength'"),
        (one("name: x, kind: target, of: [brnad]"), "line 2: x", "'brand'"),
        (one("name: x, kind: target, of: [brand], strength: -1"), "greater than 0", "correct"),
        (one("name: X y, kind: target, of: [brand]"), "name", "correct"),
        (one("name: x, kind: pca, gives: [query]"), "no word vectors", "taste"),
        (one("name: x, kind: look_back, entity: [product], events: [click]"), "no window", "half"),
        (
            one("name: x, kind: look_back, entity: [shop], events: [click], windows_days: [1]"),
            "entity",
            "choose",
        ),
        ("features: 3\n", "features", "correct"),
        ("features: [\n", "not YAML", "correct that line"),
        ("- a\n", "not a list of settings", "features:"),
        ("fetures: []\n", "fetures", "'features'"),
        ("select: {by: lasso, keep: 3}\n", "select.by", "correct"),
    ],
)
def test_a_mistake_is_named_with_what_was_meant(text: str, says: str, fix: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_features(text, known=KNOWN)
    assert says in caught.value.what
    assert fix in caught.value.fix


def test_a_name_twice_is_refused() -> None:
    line = "{name: x, kind: target, of: [brand]}"
    with pytest.raises(BadInput, match="exists already"):
        parse_features(f"features:\n  - {line}\n  - {line}\n")
    with pytest.raises(BadInput, match="exists already"):
        parse_features(one("name: price_log, kind: target, of: [brand]"), known=KNOWN)
