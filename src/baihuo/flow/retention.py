"""Data that is older than the settings keep it, taken out and counted."""

from __future__ import annotations

import logging
from collections import Counter

from baihuo import connect, quality
from baihuo.assist import forget_old_conversations, forget_old_judged_pairs
from baihuo.core import Progress, file_lock, no_progress, now_us
from baihuo.engine import RowChoice, column_max
from baihuo.events import forget_events, forget_old_judgements, forget_old_pages, peek_log
from baihuo.flow.checking import check_locked
from baihuo.flow.erasure_receipts import note_rewritten, open_erasures
from baihuo.flow.logs import seal_log
from baihuo.monitor import ReceiptState, receipt_state
from baihuo.settings import Shop

_DAY_US = 86_400_000_000
_MOST_QUIET_US = 30 * _DAY_US
_LOG = logging.getLogger(__name__)


def is_clock_in_line(shop: Shop) -> bool:
    """Whether our clock may say what is too old without a person who looks: not where the newest event is more than 30 days
    before it. Then the machine's clock is wrong, and everything would go, or the shop is idle, and nothing presses.
    """
    received = (column_max(f, "received_at_us") for f in connect.segments(shop.raw, "events"))
    known = [at_us for at_us in (*received, peek_log(shop.log).newest_at_us) if at_us is not None]
    is_in_line = not known or now_us() - max(known) <= _MOST_QUIET_US
    if not is_in_line:
        _LOG.warning(
            "no event came for 30 days, or the machine's clock is wrong: nothing is removed for its age; "
            "look at the clock, then run: baihuo forget --expired"
        )
    return is_in_line


def forget_expired(shop: Shop, *, progress: Progress = no_progress) -> ReceiptState | None:
    """Take out what ``privacy.retention`` of ``shop.yaml`` keeps no longer; its receipt, or None where nothing is so old.

    When events went, the checks run again.

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
                        for made in shop.served.glob("*.parquet"):  # again when it is asked for
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
                is_unfinished = bool(receipt.removed)  # a run that was killed may not have checked
                if (has_lost_events or is_unfinished) and shop.quality_report.exists():
                    note_rewritten(shop, register)
                    check_locked(shop, progress=progress)
            ended = register.end_retention(receipt.receipt_id, at_us=now_us())
            return None if ended is None else receipt_state(ended, shop.bundles)
        finally:
            register.close()
