"""Erasure requests with their receipts, and all data of one visitor."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo import connect, quality
from baihuo.bundle import previous, read_live
from baihuo.core import NotFound, fold, has_han, now_us
from baihuo.events import queries_of_pages
from baihuo.flow.resources import engine
from baihuo.monitor import (
    ReceiptState,
    as_json,
    as_ndjson,
    erasures_state,
    learned_from,
    receipt_state,
    runs_of_bundles,
    visitor_rows,
)
from baihuo.privacy import Erasures, Traces, read_receipts
from baihuo.settings import Shop


def open_erasures(shop: Shop) -> Erasures:
    """privacy: open the register of erasures; to be closed."""
    return Erasures(shop.erasures_file, shop.mask_key())


def erasures(shop: Shop, *, newest: int | None = None) -> list[ReceiptState]:
    """privacy: return the current receipts, oldest first."""
    if not shop.erasures_file.exists():
        return []
    register = open_erasures(shop)
    try:
        return receipt_states(shop, register, newest=newest)
    finally:
        register.close()


def export_visitor(shop: Shop, visitor_id: str, *, is_lines: bool = False) -> Iterator[bytes]:
    """Yield all data of a visitor as JSON in pieces.

    Args:
        is_lines: one JSON object a row, instead of one document.

    Raises:
        NotFound: there is no shop.
    """
    if not shop.root.is_dir():
        raise NotFound(f"there is no shop at {shop.root}", fix="name its folder with --shop")
    rows = visitor_rows(shop, shop.pseudonyms().identities.of(visitor_id))
    yield from as_ndjson(rows) if is_lines else as_json(visitor_id, rows)


def receipt_states(
    shop: Shop, register: Erasures, *, newest: int | None = None
) -> list[ReceiptState]:
    """Return the receipts of an open register."""
    runs = runs_of_bundles(shop.bundles)
    return [receipt_state(r, shop.bundles, runs_of=runs) for r in register.receipts(newest=newest)]


def pending_visitors(shop: Shop) -> tuple[str, ...]:
    """Return visitors with a pending request: a check leaves them out."""
    if not shop.erasures_file.exists():
        return ()
    register = open_erasures(shop)
    try:
        return tuple(str(r.visitor_id) for r in register.pending())
    finally:
        register.close()


@dataclass(frozen=True, slots=True)
class RemovedEvents:
    """Raw events removed from all files, and the files they were in."""

    counts: tuple[tuple[str, int], ...] = ()  # reason → rows, for the report of the checks
    rewritten: Mapping[str, str] = field(default_factory=dict)  # file → its mark after the removal


def removed_events(shop: Shop) -> RemovedEvents:
    """Return what a check needs of erasures and retention."""
    if not shop.erasures_file.exists():
        return RemovedEvents()
    register = open_erasures(shop)
    try:
        removed, marks = register.removed_from("1-raw/events"), register.rewritten()
    finally:
        register.close()
    words = {"erasure": "erased_before", "retention": "expired"}
    counts: Counter[str] = Counter()
    for kind, place, n in removed:
        if (shop.root / place).exists():  # an import may have been replaced since, with its rows
            counts[words[kind]] += n
    rewritten = {place.rpartition("/")[2]: mark for place, mark in marks.items()}
    return RemovedEvents(tuple(sorted(counts.items())), rewritten)


def note_rewritten(shop: Shop, register: Erasures) -> None:
    """Record the marks of files that just lost events; call before the next check."""
    places = {place for _, place, _ in register.removed_from("1-raw/events")}
    files = {place: shop.root / place for place in places}
    register.note_rewritten({p: quality.file_mark(f) for p, f in files.items() if f.exists()})


def runs_with(shop: Shop, visitor_id: str, *, before_us: int) -> list[str]:
    """Return the check runs since a visitor's first event; "" means bundles without a run.

    Args:
        before_us: time of the erasure request: later checks left the visitor out.
    """
    files = connect.segments(shop.raw, "events")
    if not files:
        return []
    row = engine(shop).sql(
        "SELECT min(received_at_us) AS first FROM events SEMI JOIN wanted USING (visitor_id)",
        events=files,
        wanted=pa.table({"visitor_id": pa.array([visitor_id], pa.string())}),
    )
    first = row["first"][0].as_py()
    if first is None:
        return []
    history = quality.read_history(shop.clean)
    return ["", *(run.run_id for run in history if first <= run.checked_at_us < before_us)]


def n_erased_visitors_in(shop: Shop, bundle_id: str) -> int:
    """Count the erased visitors that a bundle was trained on."""
    runs = runs_of_bundles(shop.bundles)
    found = read_receipts(shop.erasures_file)
    return sum(bundle_id in learned_from(r, runs) for r in found if r.kind == "erasure")


def retraining_due(shop: Shop) -> str | None:
    """Return by when the live bundle must be replaced, as a sentence; None: it need not be."""
    state = erasures_state(shop.erasures_file, shop.bundles, at_us=now_us())
    if state is None or state.retrain_by_us is None:
        return None
    day = f"{datetime.fromtimestamp(state.retrain_by_us / 1e6, UTC):%Y-%m-%d}"
    late = ", which has passed" if state.is_late else ""
    return f"the live bundle was trained on {state.n_waiting:,} erased visitors: train and release another by {day}{late}"


def complete_receipts(shop: Shop, register: Erasures | None = None) -> None:
    """After a release, note on receipts that no serving bundle was trained on their visitors."""
    if register is None and not shop.erasures_file.exists():
        return
    opened = register or open_erasures(shop)
    try:
        waiting = [r for r in opened.receipts() if r.erased_at_us and not r.completed_at_us]
        runs = runs_of_bundles(shop.bundles)
        states = (receipt_state(r, shop.bundles, runs_of=runs) for r in waiting)
        opened.complete([s.receipt_id for s in states if s.status == "complete"], at_us=now_us())
    finally:
        if register is None:
            opened.close()


def drop_bundles(shop: Shop, register: Erasures) -> list[str]:
    """Delete bundles trained on erased visitors that cannot serve any more; return their ids.

    The live one and its predecessor stay until the retraining deadline. One whose report names a visitor is deleted as soon as another one
    serves.
    """
    live = read_live(shop.bundles)
    if live is None:
        return []
    back, runs, at_us = previous(live), runs_of_bundles(shop.bundles), now_us()
    dropped = []
    for receipt in register.receipts():
        if receipt.erased_at_us is None:
            continue
        for bundle_id in sorted({*learned_from(receipt, runs), *receipt.named_in}):
            is_back = back is not None and bundle_id == back.bundle_id
            names_them = bundle_id in receipt.named_in
            is_late = receipt.retrain_by_us is not None and at_us > receipt.retrain_by_us
            if bundle_id == live.bundle_id or (is_back and not names_them and not is_late):
                continue
            shutil.rmtree(shop.bundles / bundle_id, ignore_errors=True)
            dropped.append(bundle_id)
    return sorted(set(dropped))


def backups_known(shop: Shop) -> list[str]:
    """Return the backups in ``backups.json``: they still contain visitors erased now."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        listed = json.loads((shop.root / "backups.json").read_bytes())
        return [str(one["path"]) for one in listed]
    return []


_IDS = ("query_id", "order_id", "session_id", "event_id")
_TEXTS = ("query_text", "text")
_WORD = re.compile(r"\w+")


def find_traces(shop: Shop, visitor_ids: Collection[str]) -> Traces:
    """Find visitors' ids and texts in raw events and served pages, before either is changed. Texts that others typed, too, or made of the
    catalogue's words are not theirs.
    """
    wanted = frozenset(visitor_ids)
    ids, texts = _of_events(shop, wanted)
    others: set[str] = set()
    for _, query, _ in queries_of_pages(shop.served_log):
        if query.visitor_id in wanted:
            ids.add(query.query_id)
            texts |= {query.query_text} if query.query_text else set()
        elif query.query_text:
            others.add(fold(query.query_text))
    others |= {fold(text) for text in _shared_texts(shop, wanted, texts)}
    texts = {text for text in texts if fold(text) not in others}
    texts -= _catalogue_texts(shop, texts)
    folded = {fold(text) for text in texts}  # the ids of graded searches
    return Traces(wanted, frozenset(ids), frozenset(texts | folded))


def _catalogue_texts(shop: Shop, texts: set[str]) -> set[str]:
    """Return texts made of words in titles, brands and categories: they do not identify a visitor."""
    if not texts or not shop.clean_products.exists():
        return set()
    names = ("title_en", "title_zh", "brand", "category")
    table = pq.read_table(shop.clean_products, columns=list(names))
    known = "\n".join(fold(str(cell)) for name in names for cell in table[name].to_pylist() if cell)
    words = set(_WORD.findall(known))

    def is_known(word: str) -> bool:
        return word in words or (has_han(word) and word in known)

    return {text for text in texts if all(map(is_known, _WORD.findall(fold(text))))}


def _of_events(shop: Shop, wanted: frozenset[str]) -> tuple[set[str], set[str]]:
    """Return ids and texts of the visitors' rows, without ids that other visitors' rows have, too."""
    files = connect.segments(shop.raw, "events")
    if not files:
        return set(), set()
    tables = engine(shop)
    visitors = pa.table({"visitor_id": pa.array(sorted(wanted), pa.string())})
    found: dict[str, set[str]] = {}
    for name in (*_IDS, *_TEXTS):
        rows = tables.sql(
            f"SELECT DISTINCT {name} AS value FROM events SEMI JOIN visitors USING (visitor_id) "
            f"WHERE {name} IS NOT NULL",
            events=files,
            visitors=visitors,
        )
        found[name] = set(rows["value"].to_pylist())
        if name in _IDS and found[name]:
            found[name] -= _shared_values(shop, wanted, name, found[name])
    return set().union(*(found[n] for n in _IDS)), set().union(*(found[n] for n in _TEXTS))


def _shared_texts(shop: Shop, wanted: frozenset[str], texts: set[str]) -> set[str]:
    """Return those of ``texts``, ignoring case, that others typed, too."""
    found: set[str] = set()
    if texts and connect.segments(shop.raw, "events"):
        for name in _TEXTS:
            found |= _shared_values(shop, wanted, name, {text.lower() for text in texts}, "lower")
    return found


def _shared_values(
    shop: Shop, wanted: frozenset[str], name: str, values: set[str], form: str = ""
) -> set[str]:
    """Return those of ``values`` in the column ``name`` of other visitors' rows; ``form``: an SQL function of it."""
    rows = engine(shop).sql(
        f"SELECT DISTINCT {name} AS value FROM events SEMI JOIN asked ON {form}({name}) = asked.value "
        "ANTI JOIN visitors USING (visitor_id)",
        events=connect.segments(shop.raw, "events"),
        asked=pa.table({"value": pa.array(sorted(values), pa.string())}),
        visitors=pa.table({"visitor_id": pa.array(sorted(wanted), pa.string())}),
    )
    return set(rows["value"].to_pylist())
