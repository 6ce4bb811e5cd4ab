"""Home pages and similar products: whom to ask for, what each page is worth by the truth, the plain order beside the learned one,
the best order that knows what was observed, and the best of all, which reads minds.

Somebody who was never there gets a page that is right for nobody in particular: its home page is worth what each such person
would click of it, its similar products what those who would click the product of the page would click then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import bootstrap_ratio, ndcg_by_query, paired_bootstrap
from baihuo.simulate import Reachable
from suites.judged.asking import PLACES, Answer, Asked
from suites.judged.catalogue import Catalogue
from suites.judged.closeness import closeness, near_kinds
from suites.judged.tastes import Tastes
from suites.judged.thesaurus import thesaurus

SYSTEMS = ("plain", "learned", "reachable", "oracle")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPages:
    """Pages of one surface for one sort of visitors, and what every product is worth on each, by measure."""

    surface: str
    visitors: str  # "known": with history; "new"
    asked: tuple[Asked, ...]
    product_ids: tuple[str, ...]  # what can be bought
    gains: Mapping[str, Floats]  # measure → [pages, products]: P(click), or what a grade gains
    expected: Floats | None = None  # [pages, products]: the posterior mean of P(click)


def judged_pages(
    tastes: Tastes, catalogue: Catalogue, known: Reachable | None = None, *, seed: int
) -> list[JudgedPages]:
    """A home page of every person, and as many similar pages; those with history and newcomers apart.

    ``known``: what can be known of those with a history; None: it is not asked what is reachable.
    """
    dice = np.random.default_rng([seed, 17])
    sorts = {"known": np.flatnonzero(~tastes.is_new), "new": np.flatnonzero(tastes.is_new)}
    homes = [_home(tastes, name, people) for name, people in sorts.items()]
    similars = [_similar(tastes, catalogue, name, people, dice) for name, people in sorts.items()]
    if known is None:
        return [*homes, *similars]
    return [replace(pages, expected=_expected(pages, known)) for pages in (*homes, *similars)]


def _expected(pages: JudgedPages, known: Reachable) -> Floats:
    """P(click) of every product as far as it can be known, a row a page."""
    row_of = {product_id: row for row, product_id in enumerate(known.product_ids)}
    sold = [row_of[product_id] for product_id in pages.product_ids]
    rows = []
    for asked in pages.asked:
        visitor = asked.visitor_id if pages.visitors == "known" else None
        if asked.product_id:
            p = known.beside(visitor, row_of[asked.product_id])
            p[row_of[asked.product_id]] = 0
        else:
            p = known.anybody if visitor is None else known.by_visitor[visitor]
        rows.append(p[sold])
    return np.stack(rows)


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


def best_answers(pages: JudgedPages, worth: Floats) -> list[Answer]:
    """The pages of the products that are worth most, by ``[pages, products]``."""
    best = np.argsort(-worth, axis=1, kind="stable")[:, :PLACES]
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
    """A line a system, and a line a measure: the paired difference, and by clicks how much of plain → reachable is closed;
    bootstrap over pages (a visitor each), 95%."""
    about = {"surface": pages.surface, "visitors": pages.visitors}
    values: dict[str, dict[str, Floats]] = {system: {} for system in SYSTEMS}
    for measure in pages.gains:
        answers = {"plain": plain, "learned": learned}
        answers["oracle"] = best_answers(pages, pages.gains[measure])
        if pages.expected is not None and measure == "clicks":
            answers["reachable"] = best_answers(pages, pages.expected)
        for system, given in answers.items():
            values[system] |= measured(pages, given, measure)
    for system, columns in values.items():
        if columns:
            means = {name: float(np.nanmean(column)) for name, column in columns.items()}
            yield {**about, "system": system, **means, "n": len(pages.asked)}
    for name in values["learned"]:
        is_judged = ~np.isnan(values["learned"][name])
        of = {
            system: values[system][name][is_judged] for system in SYSTEMS if name in values[system]
        }
        ours, theirs = of["learned"], of["plain"]
        line = {"learned_minus_plain": paired_bootstrap(ours, theirs, seed=seed)}
        if "reachable" in of:
            line["closed"] = bootstrap_ratio(ours - theirs, of["reachable"] - theirs, seed=seed)
        yield {
            **about,
            "measure": name,
            **{k: {a: round(b, 5) for a, b in v.to_json().items()} for k, v in line.items()},
            "n_better": int((ours > theirs).sum()),
            "n_worse": int((ours < theirs).sum()),
            "n": len(ours),
        }
    if pages.expected is not None:
        yield {**about, "system": "reachable", "expected_click10": _expected10(pages.expected)}


def _expected10(expected: Floats) -> float:
    """What the reachable order expects of P(click) of ten places: ``p_click10`` of it, where the posterior is right."""
    return float(-np.sort(-expected, axis=1)[:, :PLACES].mean())
