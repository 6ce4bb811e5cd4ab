"""Export all data of one visitor row by row, in the memory of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Literal, TypeAlias

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.ads import shown_ads
from baihuo.assist import conversation_rows
from baihuo.connect import segments
from baihuo.core import BASICS_FIELDS, Event, EventType, ShopPaths, VisitorBasics, basics_of
from baihuo.events import JudgementLog, ServedLog, waiting_events

Kind: TypeAlias = Literal["event", "page", "judgement", "conversation", "auction", "profile"]
Row: TypeAlias = tuple[Kind, dict[str, Any]]
_SECTIONS: dict[Kind, str] = {
    "event": "events",
    "page": "pages",
    "judgement": "judgements",
    "conversation": "conversations",
    "auction": "auctions",
}


def visitor_rows(shop: ShopPaths, visitor_id: str) -> Iterator[Row]:
    """Yield events (imported, sealed, and in the live log), served pages, judgements, conversations, auctions of ads, and last the profile computed from the
    events. Unknown fields are left out."""
    profile = VisitorBasics()
    for event in _events(shop, visitor_id):
        if event["event_type"] == EventType.PROFILE:
            profile = basics_of({n: event.get(n) for n in BASICS_FIELDS}).over(profile)
        yield "event", event
    yield from (("page", page) for page in _pages(shop, visitor_id))
    yield from (("judgement", row) for row in _judgements(shop, visitor_id))
    rows = conversation_rows(shop.conversations_file, visitor_id)
    yield from (("conversation", row) for row in rows)
    yield from (("auction", row) for row in shown_ads(shop.auctions_file, visitor_id))
    yield "profile", {k: v for k, v in asdict(profile).items() if v is not None}


def as_ndjson(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a JSON object a line, with its ``kind``."""
    for kind, row in rows:
        yield _dumped({"kind": kind, **row}) + b"\n"


def as_json(visitor_id: str, rows: Iterable[Row]) -> Iterator[bytes]:
    """One JSON object, in pieces: ``visitor_id``, ``events``, ``pages``, ``judgements``, ``conversations``, ``auctions``, ``profile``.

    Args:
        rows: in the order of :func:`visitor_rows`.
    """
    yield b'{"visitor_id":' + _dumped(visitor_id)
    waiting, last = [*_SECTIONS], None
    for kind, row in rows:
        begins = kind != last
        while begins and waiting:  # the lists up to this one, empty ones too
            section = waiting.pop(0)
            yield (b"" if last is None else b"]") + b',"' + _SECTIONS[section].encode() + b'":['
            last = section
            if section == kind:
                break
        if kind == "profile":
            yield b'],"profile":'
        yield (b"" if begins else b",") + _dumped(row)
    yield b"}"


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def _events(shop: ShopPaths, visitor_id: str) -> Iterator[dict[str, Any]]:
    for file in segments(shop.raw, "events"):
        with pq.ParquetFile(file) as source:
            for group in range(source.num_row_groups):
                ids = source.read_row_group(group, columns=["visitor_id"])["visitor_id"]
                theirs = pc.equal(ids.cast(pa.string()), visitor_id)
                if pc.any(theirs).as_py():
                    yield from map(_known, source.read_row_group(group).filter(theirs).to_pylist())
    for event in waiting_events(shop.log):
        if event.visitor_id == visitor_id:
            yield _known({n: getattr(event, n) for n in Event.__slots__})


def _pages(shop: ShopPaths, visitor_id: str) -> Iterator[dict[str, Any]]:
    if not shop.served_log.exists():
        return
    log = ServedLog(shop.served_log)
    try:
        for batch in log.batches():
            for served in batch:
                if served.query.visitor_id == visitor_id:
                    yield {
                        "served_at_us": served.served_at_us,
                        "query": _known(asdict(served.query)),
                        "products": [asdict(placed) for placed in served.page.placed],
                    }
    finally:
        log.close()


def _judgements(shop: ShopPaths, visitor_id: str) -> Iterator[dict[str, Any]]:
    if not shop.judgements.exists():
        return
    log = JudgementLog(shop.judgements)
    try:
        table = log.table(with_earlier=True)
        yield from table.filter(pc.equal(table["rater"], visitor_id)).to_pylist()
    finally:
        log.close()


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if v is not None and k not in ("import_id", "line")}
