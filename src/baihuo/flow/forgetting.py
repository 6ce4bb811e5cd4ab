"""Erase visitors from every store, and delete expired data."""

from __future__ import annotations

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from baihuo import assist, connect, index, labels, llm, quality
from baihuo.ads import forget_auctions
from baihuo.assist import forget_old_conversations, forget_old_judged_pairs
from baihuo.bundle import Bundle, previous, read_live
from baihuo.core import BadInput, Progress, file_lock, no_progress, now_us
from baihuo.engine import RowChoice, column_max, count_rows_where, remove_rows
from baihuo.events import (
    EventLog,
    forget_events,
    forget_judgements,
    forget_old_judgements,
    forget_old_pages,
    forget_pages,
    peek_log,
)
from baihuo.flow.checking import check_locked, seal_log
from baihuo.flow.erasures import (
    backups_known,
    complete_receipts,
    drop_bundles,
    find_traces,
    note_rewritten,
    open_erasures,
    receipt_states,
    runs_with,
)
from baihuo.flow.people import record_audit
from baihuo.flow.releasing import make_reviews
from baihuo.flow.resources import engine, features_of, make_state, open_newest_index
from baihuo.monitor import ReceiptState, receipt_state
from baihuo.privacy import Erasures, Receipt, Traces
from baihuo.settings import Shop

_MOST_BYTES = 256 << 20  # of a non-table file: larger ones are weights and vectors
_LEFT_S = 6 * 3_600  # since the last write: its writer has ended


@dataclass(frozen=True, slots=True)
class Erasing:
    """One run: visitors to remove, and where removals are noted."""

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
        """Note on each visitor's receipt the number of rows to be removed; rows of unknown visitors are on the first receipt."""
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
    """A store of visitors' data: its paths (patterns in a shop), and how it erases."""

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
    """Remove their conversations with customer service."""
    pairs = erasing.shop.judged_pairs_file
    assist.forget_judged_pairs(pairs, erasing.visitor_ids, erasing.note)
    assist.forget_conversations(erasing.shop.conversations_file, erasing.visitor_ids, erasing.note)


def _orders(erasing: Erasing) -> None:
    """Remove orders made from their events; imported orders stay."""
    assist.forget_orders(erasing.shop.orders_file, erasing.visitor_ids, erasing.note)


def _training(erasing: Erasing) -> None:
    """Remove rows from training tables, and whole reports that name a visitor; training renews both."""
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
    for file in shop.served.glob("*"):  # sealed pages are done by their log
        if file.is_file() and file.suffix in (".parquet", ".json"):
            _forget_in_file(erasing, file)


def _auctions(erasing: Erasing) -> None:
    """Remove their ids from the auctions of their pages. Ledger and campaigns name no visitor."""
    forget_auctions(erasing.shop.auctions_file, erasing.visitor_ids, erasing.note)


def _clean(erasing: Erasing) -> None:
    """Remake ``2-clean`` by the checks, from rows without the visitors. Ranges of days without their events stay."""
    note_rewritten(erasing.shop, erasing.register)
    if any(
        erasing.shop.clean.rglob("*.parquet")
    ):  # a check killed during its moves leaves no report
        check_locked(erasing.shop, forgotten=erasing.visitor_ids, progress=erasing.progress)


def _states(erasing: Erasing) -> None:
    """Remake the states of the live bundle and its predecessor; delete others."""
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
    """Remake reviews from the clean events."""
    if erasing.shop.reviews_file.exists():
        make_reviews(erasing.shop)


def _searches(erasing: Erasing) -> None:
    """Remake suggested and related searches from the clean log."""
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
    """Delete partial files of killed processes, and spilled tables, which may contain anyone's rows. Imports and sealing clean up theirs;
    others are deleted once no process writes them."""
    shop = erasing.shop
    for folder in (shop.clean, shop.features, shop.train, shop.served):
        for file in _files(folder):
            is_half = file.name.startswith(".") and file.suffix != ".lock"
            if (is_half or file.parent.name == ".spill") and _age_s(file) > _LEFT_S:
                file.unlink(missing_ok=True)


def _age_s(file: Path) -> float:
    return time.time() - file.stat().st_mtime


def _bundles(erasing: Erasing) -> None:
    """Note bundles whose report names a visitor. They are sealed, so they are deleted as a whole when they serve no more."""
    for folder in sorted(erasing.shop.bundles.glob("*")):
        texts = (f for f in _files(folder) if f.suffix in (".json", ".txt"))
        texts = (f for f in texts if not f.is_relative_to(folder / "encoders"))
        if any(erasing.traces.is_in(f.read_text("utf-8", "replace")) for f in texts):
            erasing.register.note_named_in([r.receipt_id for r in erasing.requests], folder.name)


def _files(folder: Path) -> list[Path]:
    return sorted(f for f in folder.rglob("*") if f.is_file()) if folder.is_dir() else []


ROOMS = (
    Room("prompts of a generative model", ("4-train/llm/*",), _llm),
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
        "imported rows",
        ("1-raw/events/*.parquet", "1-raw/quarantine/*.parquet", "1-raw/withheld/*.parquet"),
        _imports,
    ),
    Room("live events", ("1-raw/log.sqlite", "1-raw/events/*.parquet"), _events),
    Room("served pages", ("7-served/*",), _served),
    Room("auctions of ads", ("9-ads/auctions.sqlite",), _auctions),
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
"""All stores of visitors' data, in the order of erasure."""


_DAY_US = 86_400_000_000


def forget(
    shop: Shop, visitor_ids: Iterable[str] = (), *, progress: Progress = no_progress
) -> list[ReceiptState]:
    """Carry out every recorded request to be forgotten, and those for ``visitor_ids``; returns the receipts of this run.

    Safe while ``serve`` runs, and to be killed: the next call continues. Without requests, only receipts waiting for a retraining are
    updated.

    Raises:
        Conflict: another run of this, a check or an import is running.
        ShopError: the disk is full; run it again.
    """
    with file_lock(shop.root / ".forget.lock", work=f"visitors of {shop.root} are being forgotten"):
        register = open_erasures(shop)
        try:
            request_erasure(shop, visitor_ids, register)
            requests = tuple(register.pending())
            if requests:
                _carry_out(shop, requests, register, progress)
            complete_receipts(shop, register)
            drop_bundles(shop, register)
            done = {r.receipt_id for r in requests}
            return [r for r in receipt_states(shop, register) if r.receipt_id in done]
        finally:
            register.close()


def request_erasure(
    shop: Shop, visitor_ids: Iterable[str], register: Erasures | None = None
) -> None:
    """Record erasure requests; on disk when it returns. Running servers forget the visitors in a moment."""
    opened = register or open_erasures(shop)
    try:
        after_seq, stored_as = _last_seq(shop), shop.pseudonyms().identities.of
        given = list(visitor_ids)
        if not all(visitor_id.strip() for visitor_id in given):
            raise BadInput("an empty visitor id", fix="give the ids as they are in events")
        # as stored now, and as before the shop used pseudonyms
        for visitor_id in dict.fromkeys([*map(stored_as, given), *given]):
            receipt = opened.request(visitor_id, at_us=now_us(), after_seq=after_seq)
            detail = {"receipt_id": receipt.receipt_id}
            record_audit(shop, "visitor.erase", subject=receipt.visitor_hash, detail=detail)
    finally:
        if register is None:
            opened.close()


def _last_seq(shop: Shop) -> int:
    if not shop.log.exists():
        return 0
    log = EventLog(shop.log)
    try:
        return log.last_seq()
    finally:
        log.close()


def _carry_out(
    shop: Shop, requests: tuple[Receipt, ...], register: Erasures, progress: Progress
) -> None:
    visitors = [r.visitor_id for r in requests if r.visitor_id is not None]
    receipt_ids = [r.receipt_id for r in requests]
    with quality.locked(shop.clean):
        seal_log(shop)
        progress("forget: searching for their data", 0, len(ROOMS))
        traces = find_traces(shop, visitors)
        for request in requests:
            if request.runs is None:  # else a killed run searched, before any removal
                runs = runs_with(shop, str(request.visitor_id), before_us=request.requested_at_us)
                register.note_runs(request.receipt_id, runs)
        erasing = Erasing(shop, requests, traces, register, progress)
        for done, room in enumerate(ROOMS):
            progress(f"forget: {room.name}", done, len(ROOMS))
            room.forget(erasing)
        progress("forget: done", len(ROOMS), len(ROOMS))
    days = shop.settings().privacy.retrain_within_days
    at_us = now_us()
    register.finish(
        receipt_ids,
        at_us=at_us,
        retrain_by_us=at_us + days * _DAY_US,
        backups=backups_known(shop),
    )
    for receipt in requests:
        detail = {"receipt_id": receipt.receipt_id}
        record_audit(shop, "visitor.erased", subject=receipt.visitor_hash, detail=detail)


_MOST_QUIET_US = 30 * _DAY_US
_LOG = logging.getLogger(__name__)


def is_clock_in_line(shop: Shop) -> bool:
    """Return whether our clock may decide what has expired: not if the newest event is over 30 days old. Then the clock is wrong, and all
    data would be deleted, or the shop is idle, which is not urgent.
    """
    received = (column_max(f, "received_at_us") for f in connect.segments(shop.raw, "events"))
    known = [at_us for at_us in (*received, peek_log(shop.log).newest_at_us) if at_us is not None]
    is_in_line = not known or now_us() - max(known) <= _MOST_QUIET_US
    if not is_in_line:
        _LOG.warning(
            "no event came for 30 days, or the machine's clock is wrong: no data expires; "
            "check the clock, then run: baihuo forget --expired"
        )
    return is_in_line


def forget_expired(shop: Shop, *, progress: Progress = no_progress) -> ReceiptState | None:
    """Delete data older than ``privacy.retention`` of ``shop.yaml``; return the receipt, or None without any. If events were deleted, the
    checks run again.

    Raises:
        Conflict: another run of this, a check or an import is running.
    """
    kept = shop.settings().privacy.retention
    with file_lock(shop.root / ".forget.lock", work=f"visitors of {shop.root} are being forgotten"):
        register = open_erasures(shop)
        try:
            at_us = now_us()
            receipt = register.begin_retention(at_us=at_us)
            has_lost_events = False

            def note(counts: dict[str, Counter[str]]) -> None:
                nonlocal has_lost_events
                has_lost_events |= any(place.startswith("1-raw/events/") for place in counts)
                totals = {place: of.total() for place, of in counts.items()}
                register.note(receipt.receipt_id, totals)

            with quality.locked(shop.clean):
                if kept.judgements_days is not None:
                    before_us = at_us - kept.judgements_days * _DAY_US
                    forget_old_judgements(shop.judgements, before_us, note)
                if kept.conversations_days is not None:
                    before_us = at_us - kept.conversations_days * _DAY_US
                    forget_old_judged_pairs(shop.judged_pairs_file, before_us, note)
                    forget_old_conversations(shop.conversations_file, before_us, note)
                if kept.served_days is not None:
                    before_us = at_us - kept.served_days * _DAY_US
                    if forget_old_pages(shop.served_log, before_us, note):
                        for made in shop.served.glob("*.parquet"):  # remade on demand
                            made.unlink()
                if kept.refused_days is not None:
                    old_us = at_us - kept.refused_days * _DAY_US
                    connect.forget_refused(shop.raw, lambda r: r.at_us < old_us, note)
                if kept.events_days is not None:
                    seal_log(shop)
                    gone = RowChoice("received_at_us", before=at_us - kept.events_days * _DAY_US)
                    connect.forget_rows(shop.raw, gone, lambda text: False, note)
                    events = shop.raw / "events"
                    forget_events(shop.log, events, gone, note, is_resumed=bool(receipt.removed))
                is_unfinished = bool(receipt.removed)  # a killed run may not have checked
                if (has_lost_events or is_unfinished) and shop.quality_report.exists():
                    note_rewritten(shop, register)
                    check_locked(shop, progress=progress)
            ended = register.end_retention(receipt.receipt_id, at_us=now_us())
            return None if ended is None else receipt_state(ended, shop.bundles)
        finally:
            register.close()
