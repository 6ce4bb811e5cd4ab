"""The rooms of a shop that hold data of visitors, and how each forgets.

The table in docs/privacy.md says where visitors' data is; :data:`ROOMS` is its order here. What names visitors only by their
texts and ids goes first, while raw events and served pages still say which those are; what is made of clean events is made
again last. So a run that is killed anywhere is finished by the next.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baihuo import assist, connect, index, labels, llm
from baihuo.bundle import Bundle, previous, read_live
from baihuo.core import Progress
from baihuo.engine import RowChoice, count_rows_where, remove_rows
from baihuo.events import forget_events, forget_judgements, forget_pages
from baihuo.flow.checking import check_locked
from baihuo.flow.erasure_receipts import (
    note_rewritten,
)
from baihuo.flow.making_states import make_state
from baihuo.flow.releasing import make_reviews
from baihuo.flow.resources import engine, features_of, open_newest_index
from baihuo.privacy import Erasures, Receipt, Traces
from baihuo.settings import Shop

_MOST_BYTES = 256 << 20  # of a file that is no table: larger ones are weights and vectors
_LEFT_S = 6 * 3_600  # since a file was written to: who wrote it has ended


@dataclass(frozen=True, slots=True)
class Erasing:
    """What one run removes, and where it notes what it removed."""

    shop: Shop
    requests: tuple[Receipt, ...]
    traces: Traces
    register: Erasures
    progress: Progress

    @property
    def visitor_ids(self) -> frozenset[str]:
        return self.traces.visitor_ids

    @property
    def gone(self) -> RowChoice:
        """Their events."""
        return RowChoice("visitor_id", values=self.visitor_ids)

    def note(self, counts: dict[str, Counter[str]]) -> None:
        """Note on the receipt of each visitor how many of their rows are about to go; rows whose visitor is not known are on
        the first receipt."""
        by_visitor = {r.visitor_id: r.receipt_id for r in self.requests}
        first = self.requests[0].receipt_id
        for place, of_visitors in counts.items():
            totals: Counter[str] = Counter()
            for visitor, n in of_visitors.items():
                totals[by_visitor.get(visitor, first)] += n
            for receipt_id, n in totals.items():
                self.register.note(receipt_id, {place: n})

    def note_file(self, folder: str) -> Callable[[str, int], None]:
        return lambda name, n: self.note({f"{folder}/{name}": Counter({"": n})})


@dataclass(frozen=True, slots=True)
class Room:
    """A room that holds visitors' data, the places of it (patterns of paths in a shop), and how it forgets."""

    name: str
    places: tuple[str, ...]
    forget: Callable[[Erasing], None]


def _llm(erasing: Erasing) -> None:
    is_theirs, folder = erasing.traces.is_in, erasing.shop.llm
    if not erasing.traces.texts:
        return
    note = erasing.note_file("4-train/llm")
    labels.forget_grades(folder, is_theirs, note)
    llm.forget_searches(folder, is_theirs, note, others=("grades.jsonl", "agreement.json"))


def _judgements(erasing: Erasing) -> None:
    forget_judgements(
        erasing.shop.judgements, erasing.visitor_ids, erasing.traces.texts, erasing.note
    )


def _conversations(erasing: Erasing) -> None:
    """What they wrote to customer service, and what was answered."""
    pairs = erasing.shop.judged_pairs_file
    assist.forget_judged_pairs(pairs, erasing.visitor_ids, erasing.note)
    assist.forget_conversations(erasing.shop.conversations_file, erasing.visitor_ids, erasing.note)


def _orders(erasing: Erasing) -> None:
    """Orders that were made of their events; those of the shop's books stay."""
    assist.forget_orders(erasing.shop.orders_file, erasing.visitor_ids, erasing.note)


def _training(erasing: Erasing) -> None:
    """Examples and reports of training: rows go from tables, a report that names a visitor goes whole; training makes both
    again."""
    shop = erasing.shop
    kept = (shop.features / "state", shop.published_encoders, shop.adapted, shop.llm, shop.vectors)
    for folder in (shop.features, shop.train):
        for file in _files(folder):
            if not any(file.is_relative_to(k) for k in kept):
                _forget_in_file(erasing, file)


def _forget_in_file(erasing: Erasing, file: Path) -> None:
    place = str(file.relative_to(erasing.shop.root))
    if file.suffix == ".parquet":
        if n := count_rows_where(file, erasing.traces.rows_of):
            erasing.note({place: Counter({"": n})})
            remove_rows(file, erasing.traces.rows_of)
    elif file.stat().st_size <= _MOST_BYTES and erasing.traces.is_in(
        file.read_bytes().decode("utf-8", "replace")
    ):
        erasing.note({place: Counter({"": 1})})
        file.unlink()


def _events(erasing: Erasing) -> None:
    forget_events(erasing.shop.log, erasing.shop.raw / "events", erasing.gone, erasing.note)


def _imports(erasing: Erasing) -> None:
    connect.forget_rows(erasing.shop.raw, erasing.gone, erasing.traces.is_in, erasing.note)


def _served(erasing: Erasing) -> None:
    shop = erasing.shop
    forget_pages(shop.served_log, erasing.visitor_ids, erasing.note)
    for file in shop.served.glob("*"):  # sealed pages are in a folder, and are done
        if file.is_file() and file.suffix in (".parquet", ".json"):
            _forget_in_file(erasing, file)


def _clean(erasing: Erasing) -> None:
    """Everything in ``2-clean`` is made by the checks, of rows that hold the visitors no more. Ranges of days in which they
    did nothing stay as they were checked."""
    note_rewritten(erasing.shop, erasing.register)
    if any(
        erasing.shop.clean.rglob("*.parquet")
    ):  # killed while it moves, a check leaves no report
        check_locked(erasing.shop, forgotten=erasing.visitor_ids, progress=erasing.progress)


def _states(erasing: Erasing) -> None:
    """States of what is live, and of what may be gone back to, are made again; others go."""
    shop = erasing.shop
    folders = {f for f in (shop.features / "state").glob("*") if f.is_dir()}
    if not folders or not shop.clean_products.exists():
        return
    live = read_live(shop.bundles)
    made = set()
    for pair in (live.now, previous(live)) if live is not None else ():
        if pair is not None and (shop.bundles / pair.bundle_id).is_dir():
            features = features_of(Bundle.open(shop.bundles / pair.bundle_id, verify=False))
            made.add(make_state(shop, features, progress=erasing.progress))
    if live is None:
        made.add(make_state(shop, progress=erasing.progress))
    for folder in folders - made:
        shutil.rmtree(folder, ignore_errors=True)


def _reviews(erasing: Erasing) -> None:
    """What shoppers wrote of products, of the clean events as they are now."""
    if erasing.shop.reviews_file.exists():
        make_reviews(erasing.shop)


def _searches(erasing: Erasing) -> None:
    """Searches that are suggested, and related ones, of the clean log as it is now."""
    shop = erasing.shop
    if not shop.typed_queries.exists() and not shop.related_queries.exists():
        return
    if not any(shop.clean_events.glob("*.parquet")):
        return
    least = shop.settings().surfaces.search.suggest_visitors
    queries = index.write_typed_queries(
        shop.typed_queries,
        tables=engine(shop),
        events=shop.clean_events,
        least_visitors=least,
    )
    learned = index.learn_related(
        queries, open_newest_index(shop), tables=engine(shop), events=shop.clean_events
    )
    index.write_related(shop.related_queries, learned)


def _leftovers(erasing: Erasing) -> None:
    """Files that a killed process left half written, and tables that the engine spilled: whose rows are in them is not known.
    Imports and sealing take care of their own; the others are left alone while somebody may be writing them."""
    shop = erasing.shop
    for folder in (shop.clean, shop.features, shop.train, shop.served):
        for file in _files(folder):
            is_half = file.name.startswith(".") and file.suffix != ".lock"
            if (is_half or file.parent.name == ".spill") and _age_s(file) > _LEFT_S:
                file.unlink(missing_ok=True)


def _age_s(file: Path) -> float:
    return time.time() - file.stat().st_mtime


def _bundles(erasing: Erasing) -> None:
    """Bundles are sealed, so nothing in them changes: those with a report that names a visitor are noted, and go when they
    serve no more."""
    for folder in sorted(erasing.shop.bundles.glob("*")):
        texts = (f for f in _files(folder) if f.suffix in (".json", ".txt"))
        texts = (f for f in texts if not f.is_relative_to(folder / "encoders"))
        if any(erasing.traces.is_in(f.read_text("utf-8", "replace")) for f in texts):
            erasing.register.note_named_in([r.receipt_id for r in erasing.requests], folder.name)


def _files(folder: Path) -> list[Path]:
    return sorted(f for f in folder.rglob("*") if f.is_file()) if folder.is_dir() else []


ROOMS = (
    Room("what a generative model was asked", ("4-train/llm/*",), _llm),
    Room("judgements", ("1-raw/judgements.sqlite",), _judgements),
    Room("orders made of events", ("8-assist/orders.sqlite",), _orders),
    Room(
        "conversations with customer service",
        ("8-assist/conversations.sqlite", "8-assist/examples/desk.sqlite"),
        _conversations,
    ),
    Room("examples and reports of training", ("3-features/*", "4-train/*"), _training),
    Room("bundles", ("5-bundles/*",), _bundles),
    Room(
        "rows that came in files",
        ("1-raw/events/*.parquet", "1-raw/quarantine/*.parquet", "1-raw/withheld/*.parquet"),
        _imports,
    ),
    Room("events that came in live", ("1-raw/log.sqlite", "1-raw/events/*.parquet"), _events),
    Room("served pages", ("7-served/*",), _served),
    Room("clean tables and the report", ("2-clean/*.parquet", "2-clean/*"), _clean),
    Room("feature states", ("3-features/state/*",), _states),
    Room(
        "suggested and related searches",
        ("6-index/typed_queries.json", "6-index/related_queries.json"),
        _searches,
    ),
    Room("reviews for customer service", ("8-assist/reviews.sqlite",), _reviews),
    Room("half-written files", (), _leftovers),
)
"""Every room with data of visitors, in the order in which they forget."""
