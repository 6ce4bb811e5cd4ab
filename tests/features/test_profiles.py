"""Basic information of visitors outlives a restart: the snapshot and the events after it make the state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from baihuo.core import Event, EventType, VisitorBasics
from baihuo.core.tables import PRODUCTS, events_to_table
from baihuo.engine import DuckTables
from baihuo.features import FeatureState, default_features, snapshot

AT_US = 1_790_000_000_000_000
DAY_US = 86_400_000_000


def profile(number: int, visitor: str, days_ago: float, **basics: Any) -> Event:
    at_us = AT_US - int(days_ago * DAY_US)
    return Event(
        event_id=f"p{number}",
        event_type=EventType.PROFILE,
        visitor_id=visitor,
        occurred_at_us=at_us,
        received_at_us=at_us,
        **basics,
    )


def restarted(folder: Path, events: pa.Table) -> FeatureState:
    features = default_features()
    snapshot(
        DuckTables(threads=1),
        features,
        events=events,
        products=PRODUCTS.empty_table(),
        at_us=AT_US,
        out=folder / "state",
    )
    return FeatureState.load(folder / "state", features)


def test_a_state_that_is_loaded_knows_what_the_events_said(tmp_path: Path) -> None:
    log = [
        profile(1, "a", 500, interests="Toys"),  # too long ago
        profile(2, "b", 20, language="en-GB", interests="Toys | Home"),
        profile(3, "b", 10, region="CN-SH", interests="Home"),
        profile(4, "c", 1, referrer="https://www.blog.example/?q=1", platform="web"),
    ]
    state = restarted(tmp_path, events_to_table(log))
    assert state.basics("a") == VisitorBasics()
    assert state.basics("b") == VisitorBasics(
        language="en", country="CN", region="CN-SH", interests=("Home",)
    )
    state.apply(profile(5, "c", -1, interests="Toys"))
    assert state.basics("c") == VisitorBasics(
        platform="web", referrer="blog.example", interests=("Toys",)
    )
    live = FeatureState(default_features())
    for event in log[1:]:
        live.apply(event)
    assert all(live.basics(v) == restarted(tmp_path, events_to_table(log)).basics(v) for v in "ab")


def test_events_and_snapshots_of_older_versions_say_nothing(tmp_path: Path) -> None:
    events = events_to_table([profile(1, "b", 2, platform="web", interests="Toys")])
    older = events.drop_columns(["language", "region", "referrer", "interests"])
    assert restarted(tmp_path, older).basics("b") == VisitorBasics(platform="web")
    state_folder = tmp_path / "state"
    for name in ("profiles.parquet", "SHA256SUMS"):  # older versions wrote neither
        (state_folder / name).unlink()
    meta = json.loads((state_folder / "meta.json").read_text())
    del meta["sealed"]
    (state_folder / "meta.json").write_text(json.dumps(meta))
    state = FeatureState.load(tmp_path / "state", default_features())
    assert state.basics("b") == VisitorBasics()


def test_what_was_just_said_is_not_undone_by_an_earlier_event_that_the_log_brings_later(
    tmp_path: Path,
) -> None:
    state = restarted(tmp_path, events_to_table([profile(1, "a", 20, interests="Toys")]))
    said_us = profile(3, "a", -2).received_at_us
    state.remember("a", VisitorBasics(interests=("Home",)), said_us)
    state.apply(profile(2, "a", -1, language="en", interests="Travel"))  # sent before, read now
    assert state.basics("a").interests == ("Home",)
    assert state.basics("a").language == "en"
    state.apply(profile(3, "a", -2, interests="Home"))
    state.apply(profile(4, "a", -3, interests="Books"))
    assert state.basics("a").interests == ("Books",)
