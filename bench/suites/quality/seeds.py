"""Which seeds, and which half of real data, choose thresholds; and which only report.

A number that was chosen by looking at an exam looks better on that exam than it is. So whoever changes a check uses what is for
choosing, as often as needed, and what is for reporting once a change, for the recorded table. Seeds 7 and 11 of the exam, and
both real files as a whole, were used while the first checks were made: they are for choosing.
"""

from __future__ import annotations

from typing import Literal, TypeAlias
from zlib import crc32

from baihuo.exam import Rows

Purpose: TypeAlias = Literal["choosing", "reporting"]

CHOOSING = (1, 2, 3, 5, 7, 11)
REPORTING = (90411, 90412, 90413)
SEEDS: dict[Purpose, tuple[int, ...]] = {"choosing": CHOOSING, "reporting": REPORTING}


def keep_part(rows: Rows, purpose: Purpose, *, n_events: int) -> None:
    """Leave of real rows what is for the purpose: of a log its beginning for choosing and its end for reporting, of a
    catalogue without a log one half of the products and the other."""
    if rows["events"]:
        if purpose == "choosing":
            del rows["events"][n_events:]
        else:
            del rows["events"][: max(len(rows["events"]) - n_events, 0)]
        return
    wanted = int(purpose == "reporting")
    rows["products"][:] = [
        row for row in rows["products"] if crc32(str(row["product_id"]).encode()) % 2 == wanted
    ]
