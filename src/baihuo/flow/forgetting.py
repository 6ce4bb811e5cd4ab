"""Visitors forgotten, one room after the other: those who asked over the API, and those named on the command line."""

from __future__ import annotations

from collections.abc import Iterable

from baihuo import quality
from baihuo.core import BadInput, Progress, file_lock, no_progress, now_us
from baihuo.events import EventLog
from baihuo.flow.auditing import record_audit
from baihuo.flow.erasure_receipts import (
    backups_known,
    complete_receipts,
    drop_bundles,
    open_erasures,
    receipt_states,
    runs_with,
)
from baihuo.flow.forgetting_rooms import ROOMS, Erasing
from baihuo.flow.logs import seal_log
from baihuo.flow.visitor_traces import find_traces
from baihuo.monitor import ReceiptState
from baihuo.privacy import Erasures, Receipt
from baihuo.settings import Shop

_DAY_US = 86_400_000_000


def forget(
    shop: Shop, visitor_ids: Iterable[str] = (), *, progress: Progress = no_progress
) -> list[ReceiptState]:
    """Carry out every recorded request to be forgotten, and those for ``visitor_ids``; returns the receipts of this run.

    Safe while ``serve`` runs, and to be killed: the next call goes on. Without requests, only receipts that wait for a
    retraining are looked at.

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
    """Record that visitors are to be forgotten; on disk when it returns. Running servers forget them in a moment."""
    opened = register or open_erasures(shop)
    try:
        after_seq, stored_as = _last_seq(shop), shop.pseudonyms().identities.of
        given = list(visitor_ids)
        if not all(visitor_id.strip() for visitor_id in given):
            raise BadInput("an empty visitor id", fix="give the ids as they are in events")
        # as they are stored now, and as they were before the shop stored pseudonyms
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
        progress("forget: looking for what is theirs", 0, len(ROOMS))
        traces = find_traces(shop, visitors)
        for request in requests:
            if request.runs is None:  # else a run that was killed looked, before anything was gone
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
