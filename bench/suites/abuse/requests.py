"""Requests that anybody can send and that are made to cost as much as they can, within the limits and beyond them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import orjson

Attack = tuple[str, str, str, Callable[[], bytes]]  # name, method, path, body


def _wide(n: int) -> dict[str, int]:
    return {f"field{i}": 1 for i in range(n)}


def _events(row: dict[str, Any], n: int = 1_000) -> bytes:
    return orjson.dumps({"events": [{**row, "event_id": f"abuse-{i}"} for i in range(n)]})


def _ubi(i: int, **more: Any) -> dict[str, Any]:
    return {"user_query": "x" * 300, "client_id": f"c{i}", **more}


_CLICK = {"event_type": "click", "visitor_id": "abuse", "product_id": "p1"}

TOO_LARGE: list[Attack] = [
    (
        "6 MB of attribute values",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [str(i) for i in range(700_000)]}}),
    ),
    (
        "155 kB of values of a wrong type",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [1] * 75_000}}),
    ),
    (
        "6 MB of numbers as events",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [1] * 3_000_000}),
    ),
    ("4 MB of empty lists", "POST", "/v1/events", lambda: b"[" + b"[]," * 1_390_000 + b"[]]"),
    ("4 MB of empty objects", "POST", "/v1/events", lambda: b"[" + b"{}," * 1_390_000 + b"{}]"),
    ("4 MB of brackets", "POST", "/v1/events", lambda: b"[" * (4 << 20)),
    (
        "4 MB of short texts",
        "POST",
        "/v1/events",
        lambda: b'{"events":[' + b'"a",' * 1_000_000 + b'"a"]}',
    ),
    ("4 MB of no JSON", "POST", "/v1/events", lambda: b"x" * (4 << 20)),
    (
        "4 MB of quotes and backslashes",
        "POST",
        "/v1/events",
        lambda: b"," * 200_001 + b'"' + b'\\"' * 1_900_000,
    ),
    (
        "an event with 200,000 fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [_wide(200_000)]}),
    ),
    ("nested 900 deep", "POST", "/v1/search", lambda: b'{"q": ' + b"[" * 900 + b"]" * 900 + b"}"),
    ("nested 60,000 deep", "POST", "/v1/search", lambda: b'{"q": ' + b'{"a":' * 12_000),
    (
        "a 5,000-digit price",
        "POST",
        "/v1/search",
        lambda: b'{"price_min_minor": ' + b"9" * 5_000 + b"}",
    ),
    ("a name of 60 kB", "POST", "/v1/recommend/home", lambda: orjson.dumps({"a" * 60_000: 1})),
    ("8 MB of products without a key", "POST", "/v1/products", lambda: b"x" * (8 << 20)),
    ("an address of 60 kB for people", "GET", "/search?q=" + "a" * 30_000, bytes),
    ("3,000 filters in an address", "GET", "/v1/search?q=lamp" + "&brand=a" * 3_000, bytes),
    ("a picture of 300 letters", "GET", "/pictures/" + "a" * 300 + ".png", bytes),
    (
        "a filter nested 900 deep",
        "GET",
        "/v1/search?filter=" + "(" * 900 + "a:b" + ")" * 900,
        bytes,
    ),
    (
        "1,000 unknown parameters",
        "GET",
        "/v1/search?" + "&".join(f"a{i}=1" for i in range(1_000)),
        bytes,
    ),
]

ALLOWED: list[Attack] = [  # the most that is taken
    ("1,000 events", "POST", "/v1/events", lambda: _events({**_CLICK, "query_text": "x" * 3_500})),
    (
        "1,000 events with 90 unknown fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [_wide(90)] * 1_000}),
    ),
    (
        "1,000 events with a bad field each",
        "POST",
        "/v1/events",
        lambda: _events({**_CLICK, "position": "x" * 3_500}),
    ),
    (
        "1,000 queries of UBI",
        "POST",
        "/v1/events",
        lambda: orjson.dumps(
            {
                "events": [
                    _ubi(i, query_response_hit_ids=[str(j) for j in range(90)])
                    for i in range(1_000)
                ]
            }
        ),
    ),
    (
        "10 queries of UBI with 9,000 results",
        "POST",
        "/v1/events",
        lambda: orjson.dumps(
            {"events": [_ubi(i, query_response_hit_ids=["1"] * 9_000) for i in range(10)]}
        ),
    ),
    (
        "a search of 20 attributes with 50 values",
        "POST",
        "/v1/search",
        lambda: orjson.dumps(
            {
                "q": "lamp " * 90,
                "brand": [f"b{i}" for i in range(50)],
                "attributes": {f"n{i}": [f"v{j}" for j in range(50)] for i in range(20)},
            }
        ),
    ),
    ("a search of 500 signs", "GET", "/v1/search?q=" + quote("手机壳电水壶" * 83), bytes),
    (
        "a search of 160 words",
        "GET",
        "/v1/search?q=" + "+".join(f"{chr(97 + i % 26)}{i}" for i in range(120)),
        bytes,
    ),
    ("a search of sizes", "GET", "/v1/search?q=" + "+".join(f"{i}gb" for i in range(99)), bytes),
    (
        "a search of misspelt words",
        "GET",
        "/v1/search?q=" + "+".join(["kettel", "lampp", "shuoji", "bakpack"] * 17),
        bytes,
    ),
    (
        "a filter of 150 conditions",
        "GET",
        "/v1/search?filter=" + quote(" OR ".join(f"colour:{i}" for i in range(140))),
        bytes,
    ),
    (
        "a filter of stars",
        "GET",
        "/v1/search?filter=" + quote(" OR ".join(["title:*a*"] * 100)),
        bytes,
    ),
    (
        "a search that asks why not, explained",
        "GET",
        "/v1/search?q=black+phone+under+300+not+red&why_not=p1&explain=true&page_size=100",
        bytes,
    ),
    ("page 1,000 of 100", "GET", "/v1/search?page=1000&page_size=100", bytes),
    (
        "50 brands for people",
        "GET",
        "/search?q=lamp&" + "&".join(f"brand=brand+{i:0130}" for i in range(50)),
        bytes,
    ),
    ("a completion of 500 letters", "GET", "/v1/suggest?q=" + "shouji" * 83, bytes),
    (
        "a profile of 20 interests",
        "POST",
        "/v1/visitors/abuse/profile",
        lambda: orjson.dumps({"interests": ["x" * 64] * 20}),
    ),
]
