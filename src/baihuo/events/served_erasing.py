"""Erase visitors and expired pages from the log of served pages."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from baihuo.core import Query
from baihuo.events.erasing import opened, wipe
from baihuo.events.served import ServedLog
from baihuo.events.served_removal import remove_pages


def queries_of_pages(log: Path) -> Iterator[tuple[int, Query, int]]:
    """The number, the query and the time of every served page."""
    if not log.exists():
        return
    served = ServedLog(log)
    try:
        after = 0
        while rows := served.since(after):
            yield from ((seq, page.query, page.served_at_us) for seq, page in rows)
            after = rows[-1][0]
    finally:
        served.close()


def forget_pages(
    log: Path, visitor_ids: Collection[str], note: Callable[[dict[str, Counter[str]]], None]
) -> None:
    """Remove visitors' pages from the log of served pages, live and sealed, down to the bytes.

    Writers of a running server are not stopped. If it is killed, the next call goes on.

    Args:
        note: called before pages are removed: path → visitor → pages.
    """
    found = {
        seq: query.visitor_id
        for seq, query, _ in queries_of_pages(log)
        if query.visitor_id in visitor_ids
    }
    if found:
        note({f"{log.parent.name}/{log.name}": Counter(found.values())})
    _delete(log, found)


def forget_old_pages(
    log: Path, before_us: int, note: Callable[[dict[str, Counter[str]]], None]
) -> int:
    """Remove pages served before a moment; return how many. Pages are read up to the first that is newer, as
    they were committed."""
    old = [
        seq for seq, _, _ in itertools.takewhile(lambda p: p[2] < before_us, queries_of_pages(log))
    ]
    if old:
        note({f"{log.parent.name}/{log.name}": Counter({"": len(old)})})
        _delete(log, old)
    return len(old)


def _delete(log: Path, seqs: Collection[int]) -> None:
    if log.exists():
        # Even if there are none: a killed call may have left a file.
        remove_pages(log, seqs)
        with opened(log) as connection:
            wipe(connection)
