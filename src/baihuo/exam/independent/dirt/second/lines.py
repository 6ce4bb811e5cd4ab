"""Lines of a file that are not what a row looks like."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    OUT,
    READ_OR_FIXED,
    alone,
    as_line,
    foreign,
    lines,
)
from baihuo.exam.independent.kinds import Bed, Kind, cell, kind


@kind("line_of_python", "a row as Python prints it", actions=READ_OR_FIXED)
def line_of_python(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda v: repr(v).encode())


cell(
    "dwell_not_a_number",
    "NaN and Infinity, which JSON does not have",
    "dwell_ms",
    lambda rng, v: rng.choice([float("nan"), float("inf")]),
    actions=FIXED,
)


@kind(
    "line_with_mark",
    "a byte order mark in the middle of a file that was joined",
    actions=READ_OR_FIXED,
)
def line_with_mark(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda v: b"\xef\xbb\xbf" + as_line(v))


@kind("line_of_log", "a row behind the time and level of a log", actions=READ_OR_FIXED)
def line_of_log(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda v: b"2025-03-11 10:11:12,345 INFO [event-writer-3] " + as_line(v))


@kind("line_in_envelope", "a row in the envelope of a queue", actions=READ_OR_FIXED)
def line_in_envelope(bed: Bed, own: Kind) -> None:
    lines(
        bed,
        own,
        lambda v: as_line({"topic": "events", "partition": 3, "offset": 918_273, "value": v}),
    )


@kind("line_of_database", "what a database says, in its own export", actions=OUT)
def line_of_database(bed: Bed, own: Kind) -> None:
    foreign(
        bed,
        own,
        [
            "(20000 rows)",
            "ERROR 1205 (HY000): Lock wait timeout exceeded",
            "Time taken: 41.2 seconds, Fetched: 20000 row(s)",
            "-- dump completed",
        ],
    )


@kind("line_of_csv", "a row with commas in a file of JSON", actions=READ_OR_FIXED)
def line_of_csv(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda v: ",".join(str(x) for x in v.values()).encode())


@kind(
    "line_keys_with_blanks",
    "rows whose names of columns have blanks around them",
    actions=READ_OR_FIXED,
)
def line_keys_with_blanks(bed: Bed, own: Kind) -> None:
    alone(bed)
    lines(bed, own, lambda v: as_line({f" {k} ": x for k, x in v.items()}))
    bed.mark(bed.shop.events)
