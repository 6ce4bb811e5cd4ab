"""Compiled targeting finds the same ads as reading every campaign's fields one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.ads import (
    Bid,
    BidKind,
    BrandSafety,
    Campaign,
    CompiledTargeting,
    Keyword,
    Match,
    NotEligible,
    PageContext,
    Targeting,
    broad_texts,
)

WORDS = ("red", "kettle", "steel", "pan", "手机", "壳")
SURFACES = ("search", "home", "similar")
PATHS = (("Home",), ("Home", "Kitchen"), ("Home", "Kitchen", "Kettles"), ("Homes",), ("Toys",))
AUDIENCES = ("parents", "runners")


def campaign(number: int = 0, products: tuple[str, ...] = ("p1",), **fields: object) -> Campaign:
    targeting = {n: fields.pop(n) for n in tuple(fields) if n in Targeting.__slots__}
    made = Campaign(
        campaign_id=f"c{number}",
        advertiser_id="acme",
        name="Kettles",
        currency="EUR",
        product_ids=products,
        bid=Bid(BidKind.CLICK, 10),
        starts_at_us=0,
        budget_day_minor=1_000,
        targeting=Targeting(**targeting),  # type: ignore[arg-type]
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def page(**fields: object) -> PageContext:
    return PageContext(**{"surface": "search", "at_us": 5, "hour": 12, **fields})  # type: ignore[arg-type]


# The same by its definition.


def _matches(keyword: Keyword, query: str, vectors: dict[str, np.ndarray], cosine: float) -> bool:
    words, asked = keyword.text.split(), query.split()
    if keyword.match is Match.EXACT:
        return words == asked
    if keyword.match is Match.PHRASE:
        return f" {keyword.text} " in f" {query} "
    if all(word in asked for word in words):
        return True
    if keyword.is_negative or not (query and keyword.text in vectors and query in vectors):
        return False
    return float(vectors[keyword.text] @ vectors[query]) >= cosine


def is_eligible(
    c: Campaign, p: PageContext, vectors: dict[str, np.ndarray], cosine: float = 0.7
) -> bool:
    t = c.targeting
    positive = [k for k in t.keywords if not k.is_negative]
    surfaces = t.surfaces or (("search",) if positive else SURFACES)
    fits_time = c.starts_at_us <= p.at_us and (c.ends_at_us is None or p.at_us < c.ends_at_us)
    fits_hour = not t.hours or p.hour in t.hours
    paths = [tuple(path.split(" > ")) for path in t.categories]
    fits_category = not paths or any(of[: len(x)] == x for x in paths for of in p.categories)
    fits_visitor = not t.audiences or (p.has_consent and bool({*t.audiences} & p.audiences))
    fits_words = True
    if p.surface == "search":
        hits = [_matches(k, p.query_text, vectors, cosine) for k in positive]
        refused = [k for k in t.keywords if k.is_negative]
        fits_words = (not hits or any(hits)) and not any(
            _matches(k, p.query_text, vectors, cosine) for k in refused
        )
    return all(
        (p.surface in surfaces, fits_time, fits_hour, fits_category, fits_visitor, fits_words)
    )


texts = st.lists(st.sampled_from(WORDS[:4]), min_size=1, max_size=3).map(" ".join)
keywords = st.builds(Keyword, texts, st.sampled_from(Match), st.booleans())


def _some(values: tuple[object, ...], most: int = 2) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


campaigns = st.lists(
    st.builds(
        campaign,
        st.just(0),
        st.lists(st.sampled_from(("p1", "p2", "p3")), min_size=1, max_size=3, unique=True).map(
            tuple
        ),
        surfaces=_some(SURFACES),
        keywords=st.lists(keywords, max_size=3).map(tuple),
        categories=_some(tuple(" > ".join(path) for path in PATHS)),
        audiences=_some(AUDIENCES),
        hours=_some((11, 12, 13)),
        starts_at_us=st.sampled_from((0, 5, 6)),
        ends_at_us=st.sampled_from((None, 5, 6)),
    ),
    max_size=8,
).map(lambda made: [replace(c, campaign_id=f"c{i}") for i, c in enumerate(made)])
pages = st.builds(
    page,
    surface=st.sampled_from(SURFACES),
    query_text=st.lists(st.sampled_from(WORDS[:4]), max_size=4).map(" ".join),
    categories=_some(PATHS),
    audiences=_some(AUDIENCES).map(frozenset),
    has_consent=st.booleans(),
)


@settings(max_examples=80, deadline=None)
@given(campaigns, pages, st.integers(0, 5))
def test_the_same_ads_are_eligible_as_by_the_definition(
    made: list[Campaign], asked: PageContext, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    broad = broad_texts(made, latin=True)
    # Few directions, so that many cosines are 1 and none is near the threshold.
    spots = np.eye(3, dtype=np.float32)[rng.integers(0, 3, len(broad) + 1)]
    vectors = dict(zip([*broad, asked.query_text], spots, strict=True))
    asked = replace(asked, query_vector=vectors[asked.query_text])
    rows = np.array([vectors[text] for text in broad], np.float32)
    compiled = CompiledTargeting(made, vectors={True: rows})
    expected = [is_eligible(c, asked, vectors) for c in made for _ in c.product_ids]
    found = compiled.eligible(asked)
    assert found.tolist() == np.flatnonzero(expected).tolist()
    for one in made:
        assert bool(compiled.reasons(one.campaign_id, asked)) is not is_eligible(
            one, asked, vectors
        )


@pytest.mark.parametrize(
    ("keyword", "query", "is_shown"),
    [
        (Keyword("red kettle", Match.EXACT), "Red  KETTLES", True),
        (Keyword("red kettle", Match.EXACT), "red steel kettle", False),
        (Keyword("red kettle", Match.PHRASE), "cheap red kettle 1.7 l", True),
        (Keyword("red kettle", Match.PHRASE), "kettle red", False),
        (Keyword("red kettle", Match.BROAD), "kettle, steel, red", True),
        (Keyword("red kettle", Match.BROAD), "kettle", False),
        (Keyword("手机壳", Match.PHRASE), "紅色手機殼", True),
        (Keyword("手机壳", Match.EXACT), "手机", False),
    ],
)
def test_keywords_are_compared_as_searches_are_read(
    keyword: Keyword, query: str, is_shown: bool
) -> None:
    compiled = CompiledTargeting([campaign(keywords=(keyword,))])
    assert bool(len(compiled.eligible(page(query_text=query)))) is is_shown


def test_a_visitor_without_consent_gets_contextual_ads_only() -> None:
    compiled = CompiledTargeting([campaign(0, audiences=("parents",)), campaign(1)])
    known = page(audiences=frozenset({"parents"}), has_consent=True)
    assert compiled.eligible(known).tolist() == [0, 1]
    assert compiled.eligible(replace(known, has_consent=False)).tolist() == [1]
    assert compiled.reasons("c0", replace(known, has_consent=False)) == (NotEligible.NO_CONSENT,)


def test_what_the_shop_bans_stops_at_once_each_product_for_itself() -> None:
    safety = BrandSafety(categories=("Home > Knives",), words=("casino",))
    made = [campaign(0, ("p1", "knife")), campaign(1, name="Casino nights")]
    paths = {"p1": ("Home", "Knives and forks"), "knife": ("Home", "Knives", "Bread")}
    compiled = CompiledTargeting(made, categories=paths, safety=safety)
    assert [compiled.product_ids[i] for i in compiled.eligible(page())] == ["p1"]
    assert compiled.reasons("c1", page()) == (NotEligible.BANNED,)


def test_without_campaigns_no_ad_is_eligible() -> None:
    assert CompiledTargeting([]).eligible(page(query_text="kettle")).tolist() == []
