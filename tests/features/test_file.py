"""The features file: what it says, and how it says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from baihuo.core import BadInput
from baihuo.features.spec.file import (
    DEFAULT_TEXT,
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


def test_the_file_we_write_has_examples_and_declares_nothing_until_asked() -> None:
    assert parse_features(DEFAULT_TEXT, known=KNOWN).features == ()
    assert len(example_features().features) == 3


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


@pytest.mark.parametrize(
    ("text", "says", "fix"),
    [
        (
            one("name: x, kind: look_bakc, events: [click]"),
            "line 2: x.kind",
            "did you mean 'look_back'",
        ),
        (one("name: x, kind: target, of: [brand]"), "line 2: x.kind", "one of look_back"),
        (
            one("name: x, kind: look_back, entity: [product], events: [click], window_days: [1]"),
            "window_days",
            "'windows_days'",
        ),
        (
            one("name: x, kind: look_back, entity: [product], events: [click], windows_days: [-1]"),
            "greater than 0",
            "correct",
        ),
        (
            one(
                "name: X y, kind: look_back, entity: [product], events: [click], windows_days: [1]"
            ),
            "name",
            "correct",
        ),
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
    ],
)
def test_a_mistake_is_named_with_what_was_meant(text: str, says: str, fix: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_features(text, known=KNOWN)
    assert says in caught.value.what
    assert fix in caught.value.fix


def test_a_name_twice_is_refused() -> None:
    line = "name: x, kind: look_back, entity: [product], events: [click], windows_days: [1]"
    with pytest.raises(BadInput, match="exists already"):
        parse_features(one(line) + one(line).partition("\n")[2])
    with pytest.raises(BadInput, match="exists already"):
        parse_features(one(line), known=("x_1d",))
