"""Home pages and similar products: whom to ask for, what each page is worth by the truth, the plain order beside the learned one.

Somebody who was never there gets a page that is right for nobody in particular: its home page is worth what each such person
would click of it, its similar products what those who would click the product of the page would click then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import ndcg_by_query, paired_bootstrap
from suites.judged.asking import PLACES, Answer, Asked
from suites.judged.catalogue import Catalogue
from suites.judged.closeness import closeness, near_kinds
from suites.judged.tastes import Tastes
from suites.judged.thesaurus import thesaurus

SYSTEMS = ("plain", "learned", "oracle")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPages:
    """Pages of one surface for one sort of visitors, and what every product is worth on each, by measure."""

    surface: str
    visitors: str  # "known": with history; "new"
    asked: tuple[Asked, ...]
    product_ids: tuple[str, ...]  # what can be bought
    gains: Mapping[str, Floats]  # measure → [pages, products]: P(click), or what a grade gains


def judged_pages(tastes: Tastes, catalogue: Catalogue, *, seed: int) -> list[JudgedPages]:
    """A home page of every person, and as many similar pages; those with history and newcomers apart."""
    dice = np.random.default_rng([seed, 17])
    sorts = {"known": np.flatnonzero(~tastes.is_new), "new": np.flatnonzero(tastes.is_new)}
    homes = [_home(tastes, name, people) for name, people in sorts.items()]
    similars = [_similar(tastes, catalogue, name, people, dice) for name, people in sorts.items()]
    return [*homes, *similars]


def _home(tastes: Tastes, name: str, people: NDArray[np.int64]) -> JudgedPages:
    asked = tuple(Asked(tastes.visitor_ids[i], tastes.languages[i]) for i in people.tolist())
    gains = {"clicks": tastes.p_click[people]}
    return JudgedPages("home", name, asked, tastes.product_ids, gains)


def _similar(
    tastes: Tastes,
    catalogue: Catalogue,
    name: str,
    people: NDArray[np.int64],
    dice: np.random.Generator,
) -> JudgedPages:
    """Beside a product that each would click, no product twice: nobody else gets to see that page."""
    anchors: list[int] = []
    for person in people.tolist():
        chance = tastes.p_click[person].copy()
        chance[anchors] = 0
        if not chance.any():
            break  # more people than products
        anchors.append(int(dice.choice(len(chance), p=chance / chance.sum())))
    people = people[: len(anchors)]
    clicks = tastes.p_click[people].copy()
    if name == "new":
        viewers = tastes.p_click[:, anchors]  # of everybody
        clicks = viewers.T @ tastes.p_click / viewers.sum(axis=0)[:, None]
    clicks[np.arange(len(people)), anchors] = 0
    grades = _grades(catalogue, [tastes.product_ids[a] for a in anchors], tastes.product_ids)
    asked = tuple(
        Asked(tastes.visitor_ids[i], tastes.languages[i], tastes.product_ids[a])
        for i, a in zip(people.tolist(), anchors, strict=True)
    )
    gains = {"clicks": clicks, "grades": 2.0**grades - 1}
    return JudgedPages("similar", name, asked, tastes.product_ids, gains)


def _grades(catalogue: Catalogue, anchors: Sequence[str], products: Sequence[str]) -> Floats:
    """``[anchors, products]``: how good a substitute each is, 0 to 3."""
    items, words = {i.product_id: i for i in catalogue.items}, thesaurus()
    by_kind: dict[str, list[int]] = {}
    for place, product_id in enumerate(products):
        by_kind.setdefault(items[product_id].kind, []).append(place)
    grades = np.zeros((len(anchors), len(products)))
    for row, anchor in enumerate(items[a] for a in anchors):
        for kind in {anchor.kind, *near_kinds(anchor, words)}:
            for place in by_kind.get(kind, ()):
                grades[row, place] = closeness(anchor, items[products[place]], words)
    return grades


def oracle_answers(pages: JudgedPages, measure: str) -> list[Answer]:
    """The best possible pages by one measure."""
    best = np.argsort(-pages.gains[measure], axis=1, kind="stable")[:, :PLACES]
    return [Answer(tuple(pages.product_ids[i] for i in row)) for row in best.tolist()]


def measured(pages: JudgedPages, answers: Sequence[Answer], measure: str) -> dict[str, Floats]:
    """Measure → a value a page. ``ndcg10_*``: the ideal is over all that can be bought; NaN where nothing there is worth
    anything. ``p_click10``: the mean P(click) of ten places, an empty place being 0."""
    gains = pages.gains[measure]
    place_of = {product_id: i for i, product_id in enumerate(pages.product_ids)}
    found = np.zeros((len(answers), PLACES))
    for row, answer in enumerate(answers):
        for position, product_id in enumerate(answer.product_ids[:PLACES]):
            if product_id in place_of:
                found[row, position] = gains[row, place_of[product_id]]
    ideal = -np.sort(-gains, axis=1)[:, :PLACES]
    values = {f"ndcg10_{measure}": ndcg_by_query(found, k=PLACES, ideal=ideal)}
    return values | ({"p_click10": found.mean(axis=1)} if measure == "clicks" else {})


def recommended_results(
    pages: JudgedPages, plain: Sequence[Answer], learned: Sequence[Answer], *, seed: int
) -> Iterator[dict[str, object]]:
    """A line a system, with the orders that served, and a line a measure: the paired difference, bootstrap over pages, 95%."""
    about = {"surface": pages.surface, "visitors": pages.visitors}
    values: dict[str, dict[str, Floats]] = {system: {} for system in SYSTEMS}
    for measure in pages.gains:
        answers = (plain, learned, oracle_answers(pages, measure))
        for system, given in zip(SYSTEMS, answers, strict=True):
            values[system] |= measured(pages, given, measure)
    for system, columns in values.items():
        means = {name: float(np.nanmean(column)) for name, column in columns.items()}
        yield {**about, "system": system, **means, "n": len(pages.asked)}
    for name in values["learned"]:
        is_judged = ~np.isnan(values["learned"][name])
        ours, theirs = (values[system][name][is_judged] for system in ("learned", "plain"))
        interval = paired_bootstrap(ours, theirs, seed=seed).to_json()
        yield {
            **about,
            "measure": name,
            "learned_minus_plain": {k: round(v, 5) for k, v in interval.items()},
            "n_better": int((ours > theirs).sum()),
            "n_worse": int((ours < theirs).sum()),
            "n": len(ours),
        }
