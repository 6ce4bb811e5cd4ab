"""What training makes of judgements: a cut of nearness, and the grades and clicks that are likely wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baihuo.core import BadInput, Product, Query, ShopPaths, Surface
from baihuo.encode import Encoders
from baihuo.index import Generation, Thresholds, answer_set, build
from baihuo.train import (
    ClickData,
    TrainResult,
    audit_relevance,
    evaluate_search,
    fit_dense_threshold,
)
from baihuo.train.clicks.audit import audit_clicks
from baihuo.train.clicks.compare import probabilities
from baihuo.train.search.dense_threshold import best_cut

from .conftest import Words

N_QUERIES = 40
KINDS = ("kettle", "lamp", "phone")


class EnglishWords(Words):
    name, hash, dim = "minilm", "words of 256", 256


def generation_of(folder: Path, products: list[Product]) -> Generation:
    encoders = Encoders({"minilm": EnglishWords()})
    made = build(products, encoders=encoders, cache=None, out=ShopPaths(folder).index)
    return Generation.open(made, encoders)


def product(product_id: str, title: str, kind: str = "thing") -> Product:
    return Product(product_id=product_id, title_en=title, category=(kind,))


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Of each query's two words one product has both, four have one among few, four one among many."""
    made = []
    for q in range(N_QUERIES):
        made.append(product(f"both{q}", f"left{q} right{q}"))
        for i in range(4):
            some = " ".join(f"some{q}x{i}x{w}" for w in range(2))
            many = " ".join(f"many{q}x{i}x{w}" for w in range(14))
            made.append(product(f"few{q}-{i}", f"left{q} {some}"))
            made.append(product(f"many{q}-{i}", f"left{q} {many}"))
    return generation_of(tmp_path_factory.mktemp("near"), made)


def judged(*, few: int, many: int, n_queries: int = N_QUERIES) -> dict[str, dict[str, int]]:
    return {
        f"left{q} right{q}": {f"both{q}": 3}
        | {f"few{q}-{i}": few for i in range(4)}
        | {f"many{q}-{i}": many for i in range(4)}
        for q in range(n_queries)
    }


def test_a_threshold_that_misses_what_people_find_good_is_moved_to_where_it_separates(
    near: Generation,
) -> None:
    strict = Thresholds(cosines={"minilm": 0.9})
    learned = fit_dense_threshold(near, judged(few=3, many=0), thresholds=strict)
    report = learned.report["minilm"]
    assert report["is_used"], report
    assert report["f1_default"] == 0
    assert report["f1"] > 0.9
    assert report["ndcg_gain"]["low"] > 0.1
    query = Query(
        query_id="", surface=Surface.SEARCH, visitor_id="", at_us=0, query_text="left3 right3"
    )
    found = {str(near.product_ids[r]) for r in answer_set(near, query, learned.thresholds).rows}
    assert {"both3", *(f"few3-{i}" for i in range(4))} <= found
    assert len(found & {f"many3-{i}" for i in range(4)}) <= 1


def test_where_people_agree_with_the_cut_it_stays(near: Generation) -> None:
    right = fit_dense_threshold(near, judged(few=3, many=0)).thresholds.cosine("minilm")
    good = Thresholds(cosines={"minilm": right})
    again = fit_dense_threshold(near, judged(few=3, many=0), thresholds=good)
    assert not again.report["minilm"]["is_used"]
    assert again.thresholds == good


@pytest.mark.parametrize("grades", [judged(few=3, many=0, n_queries=10), judged(few=0, many=0), {}])
def test_too_few_judgements_change_nothing_and_say_how_many_it_takes(
    near: Generation, grades: dict[str, dict[str, int]]
) -> None:
    learned = fit_dense_threshold(near, grades)
    assert learned.thresholds == Thresholds()
    for report in learned.report.values():
        assert not report["is_used"]
        assert "30 queries" in report["why"]


def test_where_the_index_has_no_vectors_nothing_is_learned_of_them(near: Generation) -> None:
    other = Encoders({"multilingual": Words()})
    blind = Generation(near.index_id, near.snapshot, other, near.lexicon)
    assert fit_dense_threshold(blind, judged(few=3, many=0)).report == {}


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=20))
def test_no_other_cut_has_a_higher_f1(pairs: list[tuple[int, bool]]) -> None:
    cosines, good = np.array([c / 10 for c, _ in pairs]), np.array([g for _, g in pairs])
    if not good.any():
        with pytest.raises(ValueError, match="no pair"):
            best_cut(cosines, good)
        return

    def f1(cut: float) -> float:
        right = (good & (cosines >= cut)).sum()
        return float(2 * right / ((cosines >= cut).sum() + good.sum()))

    assert f1(best_cut(cosines, good)) == pytest.approx(max(f1(c) for c in [*cosines, 2.0]))


def test_the_search_is_judged_by_grades_however_they_came(near: Generation) -> None:
    lines = {x["system"]: x for x in evaluate_search(near, judged(few=2, many=0))}
    assert lines["baihuo"]["n_queries"] == N_QUERIES
    assert 0 < lines["bm25"]["ndcg10"] <= 1
    assert evaluate_search(near, {"left1 right1": {"both1": 0}, "left2 right2": {"gone": 3}}) == []


def test_thresholds_come_back_from_their_file() -> None:
    learned = Thresholds(cosines={"minilm": 0.41})
    assert Thresholds.from_json(learned.to_json()) == learned
    assert learned.key != Thresholds().key
    assert learned.cosine("minilm") == 0.41


@pytest.fixture(scope="module")
def shelves(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Generation, dict[str, dict[str, int]]]:
    """Twenty queries for one kind of thing each; other kinds that share a word have nothing to do with it."""
    made, grades = [], {}
    for q in range(20):
        kind = KINDS[q % 3]
        for i in range(12):
            of = KINDS[(q + i) % 3]
            made.append(product(f"p{q}-{i}", f"{of} brand{q} model{i}", of))
        query = f"brand{q} {kind}"
        grades[query] = {f"p{q}-{i}": 3 if KINDS[(q + i) % 3] == kind else i % 2 for i in range(12)}
    return generation_of(tmp_path_factory.mktemp("shelves"), made), grades


def test_grades_unlike_those_of_like_products_are_named(
    shelves: tuple[Generation, dict[str, dict[str, int]]],
) -> None:
    generation, grades = shelves
    wrong = {("brand2 phone", "p2-0"): 0, ("brand7 lamp", "p7-3"): 0, ("brand9 kettle", "p9-4"): 3}
    planted = {q: dict(by_id) for q, by_id in grades.items()}
    for (query, product_id), grade in wrong.items():
        assert planted[query][product_id] != grade
        planted[query][product_id] = grade
    report = audit_relevance(generation, planted)
    named = {
        (e["query_text"], e["product_id"])
        for e in report["examples"]
        if abs(e["given"] - e["likelier"]) > 1
    }
    assert named == set(wrong)
    assert report["examples"][0]["title"]
    assert sum(k["n"] for k in report["kinds"]) == report["n_suspects"]


def test_an_audit_of_too_few_queries_says_how_many_it_takes(
    shelves: tuple[Generation, dict[str, dict[str, int]]],
) -> None:
    generation, grades = shelves
    with pytest.raises(BadInput, match="too few"):
        audit_relevance(generation, {"brand1 lamp": grades["brand1 lamp"]})


def test_clicks_of_the_newest_pages_are_audited_by_a_model_of_older_ones(
    data: ClickData, trained: TrainResult
) -> None:
    """None of the clean ones is named; planted ones are counted, and most of those named are planted."""
    report = trained.report["label_audit"]
    n_labels = int(data.part("test").sum())
    assert report["n_labels"] == n_labels
    assert report["n_suspects"] < 0.001 * n_labels
    assert report["n_extra"] < 0.005 * n_labels
    test = data.part("test")
    examples, p = (
        data.examples.filter(pa.array(test)),
        probabilities(trained.models, data.rows.take(test)),
    )
    clicked = examples.column("is_clicked").to_numpy()
    rng = np.random.default_rng(3)
    extra = (clicked == 0) & (rng.random(n_labels) < 0.08)
    at = examples.schema.get_field_index("is_clicked")
    dirty = examples.set_column(at, "is_clicked", pa.array(np.where(extra, 1, clicked)))
    found = audit_clicks(dirty, p)
    assert found["n_extra"] == pytest.approx(extra.sum(), rel=0.25)
    named = {e["event_id"] for e in found["examples"]}
    planted = set(examples.filter(pa.array(extra)).column("event_id").to_pylist())
    assert len(named & planted) > 0.85 * len(named)
