"""What forged events do to a shop: to popularity while it serves, and to the checks.

    python bench/floods.py                           # seeds that no limit was chosen on
    python bench/floods.py --seeds 1 2 --settings product_per_day=5,growth=4

A simulated shop of nine weeks; its last week is replayed through the state of a server, with and without the limits of
``serve.floods``. Each attack of ``suites.floods.attacks`` sends about 4,320 events for three products in the middle of that week, by visitors that it
makes up.

A line an attack: ``n_forged``, ``counted`` (share of those about the three that counted for all visitors), ``displaced`` and ``displaced_without`` (products of the
24 most popular that gave way to the three, at the worst of all looks, with the limits and without), and ``precision`` and ``recall`` of all checks together by row (``recall_about``: of the rows about the three)
(``found_by`` has the names).

A line a product that honestly becomes popular: 60 visits in two days, by visitors as the shop has them (``wanted by all``), or by
nobody but new ones (``wanted by newcomers``): ``hours``, ``hours_checked_daily`` (with a check and a release each day) and ``hours_without`` until it is among the 24, and ``wrongly_found``, the share of its rows that a check
quarantined. The line ``no attack`` has the share of all honest events that counted, and what the limits alone move.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from pathlib import Path

from baihuo.engine import DuckTables
from baihuo.exam import Rows, import_rows, own_shop, run_line
from baihuo.features import FloodSettings
from baihuo.simulate import make_shop
from suites.floods.attacks import VISITS, Forgery
from suites.floods.honest import crowd, newcomers
from suites.floods.replay import Replay
from suites.shared.measure import emit

_N_FORGED, _N_TARGETS = 4_320, 3
_HOURS = {"slow": 48.0, "fast": 3.0}


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33])
    ask.add_argument("--events", type=int, default=120_000)
    ask.add_argument("--products", type=int, default=1_500)
    ask.add_argument(
        "--settings", default="", help="of serve.floods, as product_per_day=5,growth=4"
    )
    ask.add_argument("--only-live", action="store_true", help="leave the checks out")
    given = ask.parse_args()
    pairs = [pair.split("=") for pair in given.settings.split(",") if pair]
    settings = FloodSettings.model_validate(dict(pairs))
    for seed in given.seeds:
        with tempfile.TemporaryDirectory(prefix="baihuo-bench-") as folder:
            _measure(seed, Path(folder), given, settings)


def _measure(seed: int, work: Path, given: argparse.Namespace, settings: FloodSettings) -> None:
    shop = make_shop(
        work / "shop", seed=seed, dirt=0, n_products=given.products, n_events=given.events
    )
    tables = DuckTables(spill_dir=work / "spill")
    files = {"products": [shop.products], "events": [shop.events]}
    rows = import_rows(tables, files, work=work / "raw", max_events=10**9)  # type: ignore[arg-type]
    replay = Replay.of(rows, tables, work, days=7, settings=settings)
    honest = replay.run([])
    emit(
        seed=seed,
        case="no attack",
        n_honest=len(replay.week),
        counted=honest.share_counted,
        displaced=replay.displaced(honest),
    )
    known = None if given.only_live else _found(rows, work / "before", [])
    dice = random.Random(seed)
    targets = dice.sample(replay.middling(), _N_TARGETS)
    for speed, hours in _HOURS.items():
        for name, visit in VISITS.items():
            forgery = Forgery(replay.week, rows["products"], random.Random(seed))
            n_each = _n_visitors(name)
            for product in targets:
                forgery.forge(visit, product, n=n_each, start_us=replay.middle_us, hours=hours)
            forged = forgery.sent
            about = [row for row in forged if row["product_id"] in targets]
            live, without = replay.run(forged), replay.run(forged, is_held=False)
            line: dict[str, object] = {
                "n_forged": len(forged),
                "counted": live.share_counted_of(about),
                "displaced": replay.displaced(live, targets),
                "displaced_without": replay.displaced(without, targets),
            }
            if known is not None:
                line |= _score(rows, work / speed / name.replace(" ", "_"), forged, about, known)
            emit(seed=seed, case=f"{name}, {speed}", **line)
    _measure_honest(seed, replay, None if given.only_live else rows, work)


def _measure_honest(seed: int, replay: Replay, rows: Rows | None, work: Path) -> None:
    """Products that become popular without any fraud; ``rows``: to check them, too."""
    rising = replay.middling()[0]
    for name, make in (("wanted by all", crowd), ("wanted by newcomers", newcomers)):
        visits = make(replay.week, rising, random.Random(seed), start_us=replay.middle_us, n=60)
        live, without = replay.run(visits), replay.run(visits, is_held=False)
        line: dict[str, object] = {  # None: not to the end of the week
            "hours": live.hours_until_popular(rising, replay.middle_us),
            "hours_checked_daily": replay.run(visits, is_checked_daily=True).hours_until_popular(
                rising, replay.middle_us
            ),
            "hours_without": without.hours_until_popular(rising, replay.middle_us),
        }
        if rows is not None:
            gone = _found(rows, work / name.replace(" ", "_"), visits)
            ids = {row["event_id"] for row in visits}
            line["wrongly_found"] = len(ids & set(gone)) / len(ids)
        emit(seed=seed, case=name, n=len(visits), **line)


def _n_visitors(name: str) -> int:
    a_visit = {"a click": 1, "whole v": 9, "orders ": 3, "new vis": 3}[name[:7]]
    return _N_FORGED // _N_TARGETS // a_visit


def _found(rows: Rows, folder: Path, added: list[dict[str, object]]) -> dict[object, str]:
    """By event id, the check that took the row away."""
    events = sorted((*rows["events"], *added), key=lambda row: row["received_at_us"])
    shop = own_shop({"events": events, "products": rows["products"]})
    found = run_line(shop, folder).findings
    return {
        shop.events[f.key[1]].values["event_id"]: f.check
        for f in found
        if f.key and f.table == "events" and f.action == "quarantine"
    }


def _score(
    rows: Rows,
    folder: Path,
    forged: list[dict[str, object]],
    about: list[dict[str, object]],
    known: dict[object, str],
) -> dict[str, object]:
    gone = _found(rows, folder, forged)
    truth = {row["event_id"] for row in forged}
    new = {event_id: check for event_id, check in gone.items() if event_id not in known}
    right = len(truth & set(new))
    return {
        "precision": right / len(new) if new else None,
        "recall": right / len(truth),
        "recall_about": len({row["event_id"] for row in about} & set(new)) / len(about),
        "found_by": dict(Counter(new.values())),
    }


if __name__ == "__main__":
    main()
