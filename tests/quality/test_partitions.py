"""A log checked in ranges of days, day by day and late, comes to what it comes to at once."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.quality.chosen import only

from baihuo.core import Event, EventType, Product
from baihuo.core.tables import EVENTS, events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, QualityReport, QualityRules, clean
from baihuo.quality.engine.day_ranges import day_ranges, log_start_day, plan_first_days
from baihuo.quality.engine.partitions import RangePlan

DAY_US = 86_400_000_000
START_US = 1_750_000_000_000_000 // DAY_US * DAY_US
NOW_US = START_US + 100 * DAY_US
N_DAYS = 7
CHECKED = ("same_id", "reused_id", "same_content", "orphans", "order", "coverage")
"""What looks at other days: ids that came before, products that came later, purchases and cancels."""
RULES = only(
    *CHECKED,
    # ranges of 60 rows have few
    rules=QualityRules.model_validate({"order": {"min_view_share": 0.5, "returns_days": 3}}),
)


@st.composite
def histograms(draw: st.DrawFn) -> dict[int, int]:
    return draw(st.dictionaries(st.integers(0, 60), st.integers(1, 30), max_size=25))


@given(histograms(), st.integers(5, 60))
def test_every_half_day_is_in_one_range_and_days_are_never_cut(
    slots: dict[int, int], rows: int
) -> None:
    ranges = day_ranges(plan_first_days((), slots, rows=rows))
    for slot in slots:
        assert sum(span.holds(slot) for span in ranges) == 1
        assert all(span.holds(slot) == span.holds(slot ^ 1) for span in ranges)
    for span in ranges:
        days = {slot // 2 for slot in slots if span.holds(slot)}
        held = sum(n for slot, n in slots.items() if span.holds(slot))
        assert held <= rows or len(days) == 1


@given(histograms(), st.integers(5, 60))
def test_a_log_that_grows_day_by_day_ends_with_the_ranges_of_one_checked_at_once(
    slots: dict[int, int], rows: int
) -> None:
    firsts: tuple[int, ...] = ()
    for day in sorted({slot // 2 for slot in slots}):
        firsts = plan_first_days(
            firsts, {s: n for s, n in slots.items() if s // 2 <= day}, rows=rows
        )
    assert firsts == plan_first_days((), slots, rows=rows)


class Log:
    """Files that come one after the other, checked as they come."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files, self.out = folder, list[Path](), folder / "out"
        folder.mkdir(parents=True, exist_ok=True)
        self.shop = [Product(product_id=f"p{i}", title_en=f"Thing number {i}") for i in range(6)]

    def came(self, events: Sequence[Event]) -> None:
        path = self.folder / f"{len(self.files) + 1:06d}.parquet"
        rows = events_to_table(events).to_pylist()
        for line, row in enumerate(rows, start=1):
            row["import_id"], row["line"] = len(self.files) + 1, line
        table = pa.Table.from_pylist(rows, EVENTS)
        pq.write_table(table, path)
        self.files.append(path)

    def checked(self, out: Path | None = None, **other: Any) -> QualityReport:
        """Which ranges were looked at stands in ``looked``."""
        self.looked: set[str] = set()

        def seen(what: str, n_done: int, n_total: int) -> None:
            if what.startswith("events from") and n_done == n_total:
                self.looked.add(what.split()[2])

        pq.write_table(products_to_table(self.shop), self.folder / "products.parquet")
        arguments = {n: other.pop(n) for n in ("rules", "now_us", "progress") if n in other}
        return clean(
            DuckTables(threads=2),
            events=self.files,
            products=[self.folder / "products.parquet"],
            out=out or self.out,
            options=CleanOptions(**{"partition_rows": 60, **other}),
            **{"rules": RULES, "now_us": NOW_US, "progress": seen, **arguments},
        )

    def found(self, out: Path | None = None) -> list[tuple[Any, ...]]:
        rows = pq.read_table((out or self.out) / "findings.parquet").to_pylist()
        return sorted(
            (r["table"], r["row_id"], r["check"], r["action"], r["detail"] or "") for r in rows
        )

    def kept(self, out: Path | None = None) -> list[dict[str, Any]]:
        rows = pq.read_table((out or self.out) / "events").to_pylist()
        return sorted(rows, key=lambda r: (r["import_id"], r["line"]))


def a_day(day: int, rng: random.Random) -> list[Event]:
    """Visits around the clock, over midnight too; some bought, some sent twice, some of no product."""
    events: list[Event] = []
    for visit in range(8):
        at = START_US + day * DAY_US + rng.randrange(DAY_US)
        who, page = f"v{rng.randrange(12)}", f"q{day}-{visit}"
        product = f"p{rng.randrange(6)}"

        def one(kind: str, seconds: float, **other: Any) -> Event:
            moment = at + int(seconds * 1e6)  # noqa: B023
            values = {
                "event_id": f"{page}-{kind}-{seconds}",  # noqa: B023
                "event_type": EventType(kind),
                "visitor_id": who,  # noqa: B023
                "product_id": product,  # noqa: B023
                "query_id": page,  # noqa: B023
                "occurred_at_us": moment,
                "received_at_us": moment + 300_000,
            }
            return Event(**{**values, **other})

        events += [one("impression", 0, position=1), one("click", 3, position=1)]
        if visit % 3 == 0:
            events.append(one("purchase", 90, order_id=f"o{page}", query_id=None, quantity=1))
        if visit % 4 == 1:
            events.append(replace(events[-1], received_at_us=at + 5_000_000))  # a retry
        if visit == 2:
            events.append(
                one(
                    "click",
                    7,
                    event_id=f"{page}-twice",
                    position=1,
                    query_id=None,
                    product_id="gone",
                )
            )
        if visit == 5:  # another fact under the id of days ago
            events.append(one("click", 9, event_id=f"q{day - 5}-0-click-3", position=1))
        if visit == 7:  # cancelled much later than bought, or never bought
            events.append(one("cancel", 200, query_id=None, order_id=f"oq{max(0, day - 4)}-0"))
    return sorted(events, key=lambda e: e.received_at_us)


@pytest.fixture(scope="module")
def days() -> list[list[Event]]:
    rng = random.Random(5)
    return [a_day(day, rng) for day in range(N_DAYS)]


@pytest.fixture(scope="module")
def checked_days(
    days: list[list[Event]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Log]:
    """Copies of a log of all the days, checked once."""
    return copies_of(days, tmp_path_factory.mktemp("days"))


@pytest.fixture(scope="module")
def checked_early_days(
    days: list[list[Event]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Log]:
    """The same of two ranges, for what opens every one."""
    return copies_of(days[:4], tmp_path_factory.mktemp("early days"))


def copies_of(days: list[list[Event]], folder: Path) -> Callable[[Path], Log]:
    whole = Log(folder)
    for events in days:
        whole.came(events)
    whole.checked()

    def copied_to(folder: Path) -> Log:
        shutil.copytree(whole.folder, folder, dirs_exist_ok=True)
        copy = Log(folder)
        copy.files = [folder / path.name for path in whole.files]
        return copy

    return copied_to


def whole_counts(report: QualityReport) -> None:
    for table in ("events", "products"):
        steps = [s for s in report.steps if s.table == table]
        for step, after in itertools.pairwise(steps):
            assert after.n_in == step.n_kept


@pytest.mark.slow(reason="every check is a whole run, and what it rests on is that many agree")
def test_checked_day_by_day_it_comes_to_what_it_comes_to_at_once(
    days: list[list[Event]],
    checked_days: Callable[[Path], Log],
    checked_early_days: Callable[[Path], Log],
    tmp_path: Path,
) -> None:
    log = checked_early_days(tmp_path / "days")
    for events in days[4:]:
        log.came(events)
        report = log.checked()
        whole_counts(report)
        assert len(log.looked) <= 2  # the newest range, and the one that a midnight joins to it
    once = checked_days(tmp_path / "once")
    assert len(RangePlan.names(once.out)) >= 3
    assert RangePlan.names(log.out) == RangePlan.names(once.out)
    assert log.found() == once.found()
    assert log.kept() == once.kept()
    at_once = QualityReport.load(once.out / "report.json")
    assert [s for s in report.steps if s.step != "coverage"] == [
        s for s in at_once.steps if s.step != "coverage"
    ]
    assert report.days == at_once.days
    reasons = {check for _, _, check, _, _ in log.found()}
    assert {
        "same_id",
        "reused_id",
        "unknown_product",
        "cancel_without_purchase",
        "cancel_of_earlier_purchase",
    } <= reasons


def test_ranges_change_no_certain_verdict(
    checked_days: Callable[[Path], Log], tmp_path: Path
) -> None:
    log = checked_days(tmp_path)
    log.checked(tmp_path / "one range", partition_rows=1_000_000)
    assert len(RangePlan.names(log.out)) > 3
    assert len(RangePlan.names(tmp_path / "one range")) == 1
    assert log.found() == log.found(tmp_path / "one range")
    assert log.kept() == log.kept(tmp_path / "one range")


def test_a_late_event_opens_its_range_again_and_nothing_else(
    days: list[list[Event]], checked_days: Callable[[Path], Log], tmp_path: Path
) -> None:
    log = checked_days(tmp_path)
    names = RangePlan.names(log.out)
    held = {p.name: p.read_bytes() for p in (log.out / "events").iterdir()}
    noon = START_US + DAY_US * 12 // 10
    log.came(
        [
            replace(
                days[1][0],
                event_id="late",
                occurred_at_us=noon,
                received_at_us=START_US + 20 * DAY_US,
            )
        ]
    )
    report = log.checked()
    whole_counts(report)
    assert len(log.looked) == 1
    [opened] = log.looked
    assert opened <= "2025-06-16" < max(names)
    for name in set(held) - {f"{opened}.parquet"}:
        assert (log.out / "events" / name).read_bytes() == held[name]
    assert "late" in {r["event_id"] for r in log.kept()}
    log.checked()
    assert log.looked == set()  # nothing is new


@pytest.mark.slow(reason="a run over every range, and one that opens two of them again")
def test_a_purchase_that_waited_for_its_view_is_looked_at_again(tmp_path: Path) -> None:
    """The view is in a range long closed when it comes, the purchase in a later one."""
    log = Log(tmp_path)
    rng = random.Random(1)
    history = [e for day in range(6) for e in a_day(day, rng)]
    bought = next(e for e in reversed(history) if e.event_type == "purchase")
    alone = replace(
        bought,
        event_id="alone",
        visitor_id="nobody before",
        order_id="alone",
        occurred_at_us=bought.occurred_at_us + 10**9,
        received_at_us=bought.received_at_us + 10**9,
    )
    log.came([*history, alone])
    log.checked()
    assert any(check == "purchase_before_view" for _, _, check, _, _ in log.found())
    view = replace(
        history[0], event_id="its view", visitor_id="nobody before", product_id=alone.product_id
    )
    log.came([view])
    log.checked()
    assert len(log.looked) == 2
    assert not any(check == "purchase_before_view" for _, _, check, _, _ in log.found())
    assert {"alone", "its view"} <= {r["event_id"] for r in log.kept()}


@pytest.mark.slow(reason="two runs over every range, once for a product and once without it")
def test_a_product_that_comes_later_frees_its_events(
    checked_early_days: Callable[[Path], Log], tmp_path: Path
) -> None:
    log = checked_early_days(tmp_path)
    n_lost = sum(check == "unknown_product" for _, _, check, _, _ in log.found())
    assert n_lost == 4
    late = Product(product_id="gone", title_en="It was only late")
    log.shop = [late, *(p for p in log.shop if p.product_id != "p3")]
    log.checked()
    kept = [r["product_id"] for r in log.kept()]
    assert kept.count("gone") == n_lost
    assert "p3" not in kept


def test_who_is_forgotten_goes_from_every_range(
    checked_early_days: Callable[[Path], Log], tmp_path: Path
) -> None:
    log = checked_early_days(tmp_path)
    assert "v3" in {r["visitor_id"] for r in log.kept()}
    report = log.checked(erased=("v3",))
    whole_counts(report)
    assert "v3" not in {r["visitor_id"] for r in log.kept()}
    assert report.table("events").n_erased > 0
    assert log.checked(erased=("v3",)).table("events").n_erased == report.table("events").n_erased
    assert log.looked == set()


@pytest.mark.slow(reason="four whole runs: each reason to check everything again, one by one")
def test_other_rules_or_a_file_taken_back_check_everything_again(
    days: list[list[Event]], checked_early_days: Callable[[Path], Log], tmp_path: Path
) -> None:
    log = checked_early_days(tmp_path)
    log.checked(mask_key=b"another")
    assert log.looked == set(RangePlan.names(log.out))
    log.checked(mask_key=b"another", is_full=True)
    assert log.looked == set(RangePlan.names(log.out))
    log.files.pop()
    report = log.checked(mask_key=b"another")
    whole_counts(report)
    assert log.looked == set(RangePlan.names(log.out))
    assert report.table("events").n_in == sum(map(len, days[:3]))


@pytest.mark.slow(reason="three runs over every range")
def test_an_older_history_that_comes_afterwards_goes_before(
    days: list[list[Event]], tmp_path: Path
) -> None:
    log = Log(tmp_path)
    for events in days[2:4]:
        log.came(events)
    log.checked()
    log.came([e for events in days[:2] for e in events])
    whole_counts(log.checked())
    log.checked(tmp_path / "once", is_full=True)
    assert {r["event_id"] for r in log.kept()} == {
        r["event_id"] for r in log.kept(tmp_path / "once")
    }


@pytest.mark.slow(reason="three runs over small ranges, since a last one must stay closed")
def test_an_older_history_moves_the_beginning_of_the_log(
    days: list[list[Event]], tmp_path: Path
) -> None:
    """What may have been bought before the log is no longer in its first days once there are older ones,
    though of other visitors."""
    log = Log(tmp_path)
    for events in days[:5]:
        log.came(events)
    log.checked(partition_rows=30)
    early = {f[1] for f in log.found() if f[2] == "cancel_of_earlier_purchase"}
    assert early
    opened_last = max(log.looked)
    older = [
        replace(
            e,
            event_id=f"older {e.event_id}",
            visitor_id=f"older {e.visitor_id}",
            query_id=None,
            product_id="p5",
            occurred_at_us=e.occurred_at_us - 20 * DAY_US,
            received_at_us=e.received_at_us - 20 * DAY_US,
        )
        for e in days[0]
    ]
    log.came(older)
    log.checked(partition_rows=30)
    assert opened_last not in log.looked
    now = {f[1]: f[2] for f in log.found() if f[2].startswith("cancel")}
    assert {now.get(row, "bought") for row in early} <= {"cancel_without_purchase"}
    log.checked(tmp_path / "once", is_full=True, partition_rows=30)
    assert now == {f[1]: f[2] for f in log.found(tmp_path / "once") if f[2].startswith("cancel")}


def test_a_log_begins_where_its_days_are_full() -> None:
    assert log_start_day({}) is None
    assert log_start_day({7: 1}) == 3
    assert log_start_day({0: 1, 1: 1, 90: 1, 400: 100, 401: 80, 402: 150}) == 200
