"""The next command to run on a shop, by its state."""

from __future__ import annotations

from baihuo.monitor.shop_status import Status


def next_step(s: Status) -> str:
    """The next command to run, and why."""
    check, newest, live = s.check, s.newest_bundle, s.live
    if s.problems:
        return f"fix this first: {s.problems[0]}"
    if s.imports is None and check is None and newest is None:
        return "baihuo import FILES (a sample shop: baihuo demo)"
    if check is None or check.is_stale:
        return "baihuo check (the newest import was not checked yet)"
    if check.verdict == "stop":
        return f"read 2-clean/report.html, fix the source, then: baihuo check ({check.stops[0]})"
    if (erasures := s.erasures) is not None and erasures.n_pending:
        return f"baihuo forget ({erasures.n_pending:,} visitors asked to be forgotten)"
    if newest is None:
        return "baihuo train (no bundle yet)"
    if erasures is not None and erasures.is_late:
        return "baihuo update (the live bundle was trained on erased visitors, and its deadline has passed)"
    # not by file times: a copied shop has new ones
    is_new = live is None or (
        newest.bundle_id != live.bundle.bundle_id and newest.sealed_at_us > live.since_us
    )
    if is_new and newest.is_open is None:
        return f"baihuo release (bundle {newest.bundle_id} is not released)"
    if is_new and not newest.is_open:
        return f"the gate refused bundle {newest.bundle_id}: {newest.reasons[0]}; see: baihuo release --help"
    if is_new:
        return "baihuo release (the newest bundle passed its gate and is not live)"
    if live is not None and s.features is None:
        return "baihuo features (the live bundle has no state to serve from)"
    if live is not None and live.since_us < check.checked_at_us:
        return "baihuo update (events were checked after the live bundle was released)"
    if not s.served.n_pages:
        return "baihuo serve (no page was served yet)"
    if s.log.n_waiting:
        return (
            f"baihuo update ({s.log.n_waiting:,} events of shoppers are not used for training yet)"
        )
    return "nothing: all events are used for training"
