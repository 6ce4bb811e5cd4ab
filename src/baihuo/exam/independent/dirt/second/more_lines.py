"""Lines of a file that are not what a row looks like."""

from __future__ import annotations

import json
import zlib

from baihuo.exam.independent.dirt.second.common import (
    AT,
    FIXED,
    OUT,
    READ_OR_FIXED,
    alone,
    as_line,
    foreign,
    lines,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind


@kind("line_of_two", "two rows on one line, for a line's end was lost", actions=READ_OR_FIXED)
def line_of_two(bed: Bed, own: Kind) -> None:
    lines(
        bed,
        own,
        lambda v: (
            as_line(v) + as_line(v | {"event_id": v["event_id"] + "x", "event_type": "click"})
        ),
    )


@kind("line_quoted_twice", "a row that is a text with JSON in it", actions=READ_OR_FIXED)
def line_quoted_twice(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda v: json.dumps(json.dumps(v)).encode())


@kind("line_of_change_log", "a row as a database's log of changes has it", actions=READ_OR_FIXED)
def line_of_change_log(bed: Bed, own: Kind) -> None:
    lines(
        bed, own, lambda v: as_line({"op": "c", "before": None, "after": v, "ts_ms": v[AT] // 1000})
    )


@kind("line_key_twice", "a row with one key twice and two values", actions=FIXED)
def line_key_twice(bed: Bed, own: Kind) -> None:
    lines(
        bed,
        own,
        lambda v: b'{"product_id": "P100007", "position": 41, ' + as_line(v)[1:],
        column=None,
    )


@kind(
    "line_camel_case",
    "rows of a newer tracker, with its own names of columns",
    actions=READ_OR_FIXED,
)
def line_camel_case(bed: Bed, own: Kind) -> None:
    alone(bed)

    def camel(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(map(str.title, rest))

    lines(bed, own, lambda v: as_line({camel(k): x for k, x in v.items()}))
    bed.mark(bed.shop.events)


@kind("line_all_texts", "rows whose numbers are texts", actions=READ_OR_FIXED)
def line_all_texts(bed: Bed, own: Kind) -> None:
    lines(bed, own, lambda v: as_line({k: str(x) for k, x in v.items()}), column="position")


@kind("line_of_merge", "the marks of two versions that were never joined", actions=OUT)
def line_of_merge(bed: Bed, own: Kind) -> None:
    foreign(bed, own, ["<<<<<<< HEAD", "=======", ">>>>>>> release-42"])


@kind("line_of_web_page", "an error's web page between the rows", actions=OUT)
def line_of_web_page(bed: Bed, own: Kind) -> None:
    foreign(
        bed,
        own,
        [
            "<html><body><h1>502 Bad Gateway</h1></body></html>",
            "<!DOCTYPE html><title>504 Gateway Time-out</title>",
            '{"error":"rate limited","retry_after":30}',
        ],
    )


@kind("line_zipped", "packed bytes between the rows", actions=READ_OR_FIXED)
def line_zipped(bed: Bed, own: Kind) -> None:
    lines(
        bed,
        own,
        lambda v: zlib.compress(as_line(v)).replace(b"\n", b"\x0b").replace(b"\r", b"\x0b"),
    )
