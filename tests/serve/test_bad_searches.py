"""Searches that nobody would type on purpose: each is refused with what to change, or is a page."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.serve.problems import problem_of

_LONG = "手机 phone " * 1_000
TEXTS = {
    "empty": "",
    "spaces": " \t\n\u3000\u00a0\u200b ",
    "stop words": "for the my of and",
    "Chinese stop words": "的 想买个 我",
    "emoji": "📱🔥👨‍👩‍👧‍👦🏳️‍🌈",
    "emoji beside a word": "phone📱",
    "control characters": "phone\x00\x01\x1b[31m\x7f\u202e\ufeff",
    "SQL": "'; DROP TABLE products; -- OR 1=1 UNION SELECT * FROM served",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a template": "{{7*7}} {% for x in y %} ${jndi:ldap://x} %s %n",
    "a regular expression": "^(a+)+$ [^]] (?<=x) \\d{1,99999} *",
    "a path": "../../../../etc/passwd\\..\\x",
    "signs": "!@#$%^&*()_+-=[]{}|;':\",./<>?`~",
    "combining marks": "e" + "\u0301" * 300,
    "right to left": "هاتف محمول שלום",
    "numbers": "1e999 -0 NaN inf 0x10 １２３ ٣",
    "as long as allowed": "a" * 500,
    "many words": " ".join("abcdefghij"[i % 10] + str(i) for i in range(120))[:500],
    "unusual planes": "𝓅𝒽𝑜𝓃𝑒 ﬁ ㎏ ½ 𠮷",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_strange_text_is_a_page(client: TestClient, name: str) -> None:
    text = TEXTS[name]
    by_post = client.post("/v1/search", json={"q": text})
    assert by_post.status_code == 200, by_post.text[:300]
    page = by_post.json()
    assert page["results"] or page["notes"] or page["alternatives"] or page["total"] == 0
    if not text.strip("\u200b \t\n\u3000\u00a0"):
        assert page["total"] == 96  # nothing was asked for: everything
    for path in ("/v1/search", "/search"):
        answer = client.get(path, params={"q": text}, headers={"Accept": "text/html"})
        assert answer.status_code == 200, (path, answer.text[:300])
    assert "<script>alert" not in client.get("/search", params={"q": text}).text


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"q": "a" * 501}, "at most 500"),
    ({"q": "phone " * 700}, "at most 500"),
    ({"sort": "cheapest"}, "price_asc"),
    ({"sort": ""}, "price_asc"),
    ({"colour": "red"}, "leave colour out"),
    ({"brnad": "Nike"}, "leave brnad out; did you mean 'brand'?"),
    ({"zzz": "1"}, "leave zzz out; it is none of as_typed, attribute, "),
    ({"category": "a" * 501}, "send at most 500 characters"),
    ({"page": 0}, "at least 1"),
    ({"page": 1_001}, "at most 1000"),
    ({"page": "two"}, "page"),
    ({"page_size": 101}, "at most 100"),
    ({"page_size": -1}, "at least 1"),
    ({"price_min_minor": "1.5"}, "price_min_minor"),
    ({"price_min_minor": 10, "price_max_minor": 5}, "swap them"),
    ({"price_min_minor": 2**60}, "at most"),
    ({"attribute": "Colour"}, "attribute"),
    ({"in_stock": "perhaps"}, "in_stock"),
    ({"language": "fr"}, "'en' or 'zh'"),
    ({"as_typed": "everything"}, "price, size"),
    ({"filter": "colour:"}, "add it"),
    ({"filter": "; DROP TABLE"}, "field:value"),
    ({"filter": "\x00"}, "leave it out"),
    ({"filter": "a:b " * 600}, "at most 2000"),
    ({"visitor_id": "\x00"}, "visitor_id"),
    ({"query_id": ""}, "query_id"),
]


@pytest.mark.parametrize(("asked", "fix"), REFUSED)
def test_what_cannot_be_used_is_refused_with_what_to_change(
    client: TestClient, asked: dict[str, Any], fix: str
) -> None:
    document = problem_of(client.get("/v1/search", params=asked), 422)
    advice = f"{document['fix']} {document['errors']}"
    assert fix in advice, advice
    assert document["fix"]


def test_an_address_of_ten_thousand_characters_is_refused_and_a_body_too(
    client: TestClient,
) -> None:
    problem_of(client.get("/v1/search", params={"q": _LONG}), 414)
    document = problem_of(client.post("/v1/search", json={"q": _LONG}), 422)
    assert "at most 500" in document["fix"]
    page = client.get("/search", params={"q": "a" * 10_000}, headers={"Accept": "text/html"})
    assert page.status_code in (414, 422)


def test_past_the_end_is_an_empty_page_with_the_total(client: TestClient) -> None:
    page = client.get("/v1/search", params={"q": "phone", "page": 1_000}).json()
    assert page["results"] == []
    assert page["total"] == 24


@pytest.mark.parametrize(
    "name", ["price", "brand", "category", "in_stock", "filter", "matches", ""]
)
def test_an_attribute_named_as_a_field_is_an_attribute(client: TestClient, name: str) -> None:
    """No product has it, so it finds nothing, whatever other filters are called."""
    answer = client.post("/v1/search", json={"attributes": {name: ["x"]}})
    assert answer.status_code == 200
    assert answer.json()["total"] == 0


parameters = st.fixed_dictionaries(
    {},
    optional={
        "q": st.one_of(st.text(max_size=60), st.sampled_from(list(TEXTS.values()))),
        "filter": st.one_of(
            st.text(max_size=40),
            st.text(alphabet='brandColour:RdNOTAD()[]" *0123', max_size=40),
            st.sampled_from(["brand:Norda", "NOT colour:red", "price:[* TO 50]", "released:*"]),
        ),
        "brand": st.lists(st.text(max_size=8), max_size=3),
        "category": st.text(max_size=20),
        "attribute": st.lists(st.text(max_size=12), max_size=3),
        "sort": st.sampled_from(["relevance", "price_asc", "price_desc", "newest", "best", ""]),
        "page": st.integers(-2, 1_100),
        "page_size": st.integers(-2, 110),
        "price_min_minor": st.integers(-10, 10**18),
        "price_max_minor": st.integers(-10, 10**18),
        "in_stock": st.sampled_from(["true", "false", "maybe"]),
        "as_typed": st.sampled_from(["price", "price,colour", "x", ""]),
        "why_not": st.text(max_size=6),
    },
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parameters)
def test_no_search_fails(client: TestClient, asked: dict[str, Any]) -> None:
    answer = client.get("/v1/search", params=asked)
    assert answer.status_code in (200, 414, 422), answer.text
    if answer.status_code != 200:
        assert answer.json()["fix"]
    shown = client.get("/search", params=asked, headers={"Accept": "text/html"})
    assert shown.status_code in (200, 414, 422), shown.text[-2_000:]
