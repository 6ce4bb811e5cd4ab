"""Requests that held a server for seconds to minutes before there were limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

_NESTED = (
    b'{"user_query": "x", "client_id": "c", "query_attributes": ' + b"[" * 400 + b"]" * 400 + b"}"
)


def wide(n: int) -> dict[str, int]:
    return {f"field{i}": 1 for i in range(n)}


def _product(**more: Any) -> dict[str, Any]:
    return {"product_id": "wide", "title_en": "Wide", **more}


# name, method, path, body; the numbers are of bodies that held a server for seconds to minutes.
ATTACKS: list[tuple[str, str, str, Callable[[], bytes]]] = [
    (
        "attribute values",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [str(i) for i in range(900_000)]}}),
    ),
    (
        "attribute values of a wrong type",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [1] * 30_000}}),
    ),
    (
        "attribute values below the limit of bytes",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {"Colour": [str(i) for i in range(900)]}}),
    ),
    (
        "attribute names",
        "POST",
        "/v1/search",
        lambda: orjson.dumps({"attributes": {f"n{i}": ["a"] for i in range(4_000)}}),
    ),
    ("brands", "POST", "/v1/search", lambda: orjson.dumps({"brand": ["a"] * 10_000})),
    ("unknown fields", "POST", "/v1/search", lambda: orjson.dumps(wide(4_000))),
    ("nested lists", "POST", "/v1/search", lambda: b'{"q": ' + b"[" * 900 + b"]" * 900 + b"}"),
    ("a million brackets", "POST", "/v1/recommend/home", lambda: b"[" * 1_000_000),
    ("a long name", "POST", "/v1/recommend/home", lambda: orjson.dumps({"a" * 60_000: 1})),
    ("no JSON", "POST", "/v1/events", lambda: b"x" * (4 << 20)),
    (
        "events with unknown fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [wide(90)] * 1_000}),
    ),
    (
        "events with fewer unknown fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [wide(60)] * 1_000}),
    ),
    (
        "an event with many fields",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [wide(200_000)]}),
    ),
    (
        "more events than a batch",
        "POST",
        "/v1/events",
        lambda: orjson.dumps({"events": [1] * 1_000_000}),
    ),
    (
        "UBI ids that are no text",
        "POST",
        "/v1/events",
        lambda: orjson.dumps(
            {
                "events": [
                    {"user_query": "x", "client_id": "c", "query_response_hit_ids": [1] * 9_000}
                ]
                * 10
            }
        ),
    ),
    ("UBI attributes nested", "POST", "/v1/events", lambda: b'{"events": [' + _NESTED + b"]}"),
    (
        "product attributes of a wrong type",
        "POST",
        "/v1/products",
        lambda: orjson.dumps(
            {"products": [_product(attributes=dict.fromkeys(map(str, range(500))))] * 500}
        ),
    ),
    (
        "variant attributes of a wrong type",
        "POST",
        "/v1/products",
        lambda: orjson.dumps(
            {
                "products": [
                    _product(
                        variants=[
                            {"variant_id": "v", "attributes": {str(j): [] for j in range(400)}}
                        ]
                        * 500
                    )
                ]
            }
        ),
    ),
    (
        "more attributes of variants than searches can look through",
        "POST",
        "/v1/products",
        lambda: orjson.dumps(
            {
                "products": [
                    _product(
                        variants=[
                            {
                                "variant_id": f"v{i}",
                                "attributes": {f"a{j}": "x" for j in range(400)},
                            }
                            for i in range(400)
                        ]
                    )
                ]
            }
        ),
    ),
    (
        "variants with unknown fields",
        "POST",
        "/v1/products",
        lambda: orjson.dumps({"products": [_product(variants=[wide(400)] * 500)]}),
    ),
    (
        "a product with many fields",
        "POST",
        "/v1/products",
        lambda: orjson.dumps({"products": [_product(**wide(100_000))]}),
    ),
    ("an offer with many fields", "PATCH", "/v1/products/p1", lambda: orjson.dumps(wide(900))),
    (
        "judgements with unknown fields",
        "POST",
        "/v1/labels",
        lambda: orjson.dumps({"judgements": [wide(9)] * 1_000}),
    ),
    (
        "rows to release",
        "POST",
        "/v1/quality/release",
        lambda: orjson.dumps({"by": "a", "why": "b", "rows": ["x"] * 30_000}),
    ),
    (
        "values to fix",
        "POST",
        "/v1/quality/quarantine/1:1/fix",
        lambda: orjson.dumps({"by": "a", "why": "b", "values": wide(9_000)}),
    ),
    ("parameters of one name", "GET", "/v1/search?q=lamp" + "&brand=a" * 3_000, bytes),
    ("as many as an address takes", "GET", "/v1/search?q=lamp" + "&brand=a" * 1_000, bytes),
    ("unknown parameters", "GET", "/v1/search?" + "&".join(f"a{i}=1" for i in range(1_000)), bytes),
    (
        "attributes in an address",
        "GET",
        "/v1/search?" + "&".join(f"attribute=n{i}:v" for i in range(40)),
        bytes,
    ),
    ("a long search for people", "GET", "/search?q=" + "a" * 60_000, bytes),
    (
        "many filters for people",
        "GET",
        "/search?" + "&".join(f"brand=b{i}" for i in range(4_000)),
        bytes,
    ),
    ("a long address of nothing", "GET", "/?x=" + "a" * 60_000, bytes),
    ("a long product id", "GET", "/p/" + "a" * 60_000, bytes),
    ("a long picture", "GET", "/placeholders/" + "a" * 60_000 + ".svg", bytes),
]
