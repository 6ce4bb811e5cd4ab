from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.features.conftest import (
    DAY_US,
    EVERY_KIND,
    EXAMPLES,
    PRODUCTS,
    START_US,
    brute_force,
    by_sql,
    later,
    looks,
    random_events,
    shuffled,
    truth,
)

from baihuo.core import Event, EventType
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.features import FeatureSet, Lookback, compute, default_features


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sql_finds_what_brute_force_finds_whatever_the_order_of_the_rows(
    seed: int, tmp_path: Path
) -> None:
    events = random_events(seed, 150)
    examples = looks(seed, events, 80)
    found = by_sql(EVERY_KIND, shuffled(events, seed), examples, tmp_path)
    expected = truth(EVERY_KIND, events, examples)
    assert (expected != 0).mean() > 0.3  # the comparison is about something
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_half_life_of_minutes_survives_years_of_log(tmp_path: Path) -> None:
    features = FeatureSet(
        tuple(
            Lookback(
                name=f"clicks_{i}",
                entity=("product",),
                events=(EventType.CLICK,),
                aggregate="decayed",
                half_life_days=days,
            )
            for i, days in enumerate((0.003, 1, 700))
        )
    )
    years = 12  # 0.003 days fit more than a million times into it: 2 ** 1e6 is no float
    events = [
        replace(one, product_id="p1", event_type=EventType.CLICK)
        for one in random_events(5, 3000, days=365 * years)
    ]
    bursts = [later(one, int(gap)) for one in events[::10] for gap in (2e6, 6e7, 3e8)]
    events = sorted([*events, *bursts], key=lambda one: one.received_at_us)
    examples = [{**one, "product_id": "p1"} for one in looks(5, events, 60)]
    found = by_sql(features, events, examples, tmp_path)
    np.testing.assert_allclose(found, truth(features, events, examples), rtol=1e-5, atol=1e-6)
    assert (found[:, 0] > 0.01).sum() > 3


def test_an_event_received_at_the_very_moment_of_the_example_is_not_known_yet(
    tmp_path: Path,
) -> None:
    click = _click(START_US)
    examples = [_look(START_US + after) for after in (0, 1)]
    found = by_sql(_clicks(), [click], examples, tmp_path)
    assert found[:, 0].tolist() == [0, 1]


def test_a_window_holds_the_bucket_of_now_and_whole_buckets_before_it(tmp_path: Path) -> None:
    midnight = START_US // DAY_US * DAY_US
    click = _click(midnight)
    examples = [_look(midnight + days * DAY_US + us) for days, us in ((1, 0), (4, -1), (4, 0))]
    assert by_sql(_clicks(), [click], examples, tmp_path)[:, 0].tolist() == [1, 1, 0]


def test_all_products_of_one_page_see_what_came_before_it(tmp_path: Path) -> None:
    """A page is many examples at one microsecond, and of one visitor."""
    features = FeatureSet(
        tuple(
            Lookback(
                name=f"{of}_clicks",
                entity=(of,),
                events=(EventType.CLICK,),
                aggregate="count",
                window_days=3,
            )
            for of in ("visitor", "product")
        )
    )
    page = [
        _look(START_US + 5) | {"example_id": str(i), "product_id": f"p{i % 2}"} for i in range(6)
    ]
    next_page = [_look(START_US + 9) | {"example_id": str(i), "product_id": "p1"} for i in (6, 7)]
    found = by_sql(features, [_click(START_US)], [*next_page, *page], tmp_path)
    assert found[:, 0].tolist() == [1] * 8
    assert found[:, 1].tolist() == [1, 1, *[0, 1] * 3]


def test_a_click_that_arrives_later_changes_nothing(tmp_path: Path) -> None:
    events = random_events(7, 100)
    examples = looks(7, events, 40)
    before = by_sql(EVERY_KIND, events, examples, tmp_path)
    newest = max(int(str(one["at_us"])) for one in examples)
    # It occurred long before every example, and we heard of it after.
    late = [
        replace(one, event_id=f"late{i}", received_at_us=newest + i, occurred_at_us=START_US)
        for i, one in enumerate(events)
    ]
    np.testing.assert_array_equal(before, by_sql(EVERY_KIND, [*events, *late], examples, tmp_path))


def test_a_feature_that_reads_the_future_is_caught(tmp_path: Path) -> None:
    """The same probe that clears ``compute`` convicts a plain join on the day, the usual leak."""
    events = random_events(8, 200, days=4)
    examples = looks(8, events, 60)
    clicks = FeatureSet((EVERY_KIND.lookbacks[EVERY_KIND.names.index("product_touches_3d")],))

    def honest(known: list[Event]) -> np.ndarray:
        return by_sql(clicks, known, examples, tmp_path)

    def leaking(known: list[Event]) -> np.ndarray:
        counted = DuckTables(threads=1).sql(
            f"""SELECT x.example_id, count(e.event_id) AS n FROM x LEFT JOIN e
                ON x.product_id = e.product_id AND e.received_at_us // {DAY_US} = x.at_us // {DAY_US}
                AND e.event_type IN ('click', 'dwell') GROUP BY x.example_id ORDER BY x.example_id""",
            x=pa.Table.from_pylist(examples, schema=EXAMPLES),
            e=events_to_table(known),
        )
        by_id = dict(zip(counted["example_id"].to_pylist(), counted["n"].to_pylist(), strict=True))
        return np.array([[by_id[one["example_id"]]] for one in examples], np.float32)

    def reads_the_future(feature: object) -> bool:
        """Take away what is received from a moment on: examples before it may not change."""
        for cut in np.quantile([int(str(one["at_us"])) for one in examples], [0.25, 0.5, 0.75]):
            past = [one for one in events if one.received_at_us < cut]
            before = np.array([int(str(one["at_us"])) <= cut for one in examples])
            if not np.array_equal(feature(events)[before], feature(past)[before]):  # type: ignore[operator]
                return True
        return False

    assert reads_the_future(leaking)
    assert not reads_the_future(honest)


def test_no_value_is_ever_missing(tmp_path: Path) -> None:
    features = default_features()
    nobody = {"visitor_id": None, "product_id": None, "query_text": None}
    examples: list[dict[str, object]] = [
        *looks(9, random_events(9, 50), 20),
        {"example_id": "x", **nobody, "at_us": START_US},
    ]
    for events in ([], random_events(9, 50)):
        assert np.isfinite(by_sql(features, events, examples, tmp_path)).all()


def test_no_examples_make_an_empty_table_with_every_column(tmp_path: Path) -> None:
    assert by_sql(default_features(), random_events(1, 20), [], tmp_path).shape == (
        0,
        len(default_features().names),
    )


def test_rows_keep_the_order_and_the_type_of_their_ids(tmp_path: Path) -> None:
    out = tmp_path / "features.parquet"
    ids = np.random.default_rng(0).permutation(100)
    examples = pa.table(
        {
            "example_id": ids,
            "visitor_id": ["v0"] * 100,
            "product_id": ["p1"] * 100,
            "query_text": pa.nulls(100, pa.string()),
            "at_us": START_US + ids * DAY_US // 20,
        }
    )
    compute(
        DuckTables(threads=2),
        EVERY_KIND,
        events=events_to_table(random_events(2, 60)),
        products=products_to_table(PRODUCTS),
        examples=examples,
        out=out,
    )
    table = DuckTables().sql("SELECT * FROM f", f=out)
    assert table["example_id"].to_pylist() == ids.tolist()
    assert table.schema.field("visitor_clicks_2h").type == pa.float32()


def test_a_product_that_left_the_catalogue_keeps_its_own_past(tmp_path: Path) -> None:
    events = random_events(3, 60)
    examples = looks(3, events, 30)
    found = by_sql(EVERY_KIND, events, examples, tmp_path, products=PRODUCTS[:2])
    expected = [
        [
            brute_force(one, events, products=PRODUCTS[:2], **_asked(x))
            for one in EVERY_KIND.lookbacks
        ]
        for x in examples
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def _asked(example: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in example.items() if k != "example_id"}


def _clicks() -> FeatureSet:
    return FeatureSet(
        (
            Lookback(
                name="clicks",
                entity=("product",),
                events=(EventType.CLICK,),
                aggregate="count",
                window_days=3,
            ),
        )
    )


def _click(at_us: int) -> Event:
    return Event(
        event_id="e",
        event_type=EventType.CLICK,
        visitor_id="v",
        product_id="p1",
        occurred_at_us=at_us,
        received_at_us=at_us,
    )


def _look(at_us: int) -> dict[str, object]:
    return {
        "example_id": str(at_us),
        "visitor_id": "v",
        "product_id": "p1",
        "query_text": None,
        "at_us": at_us,
    }
