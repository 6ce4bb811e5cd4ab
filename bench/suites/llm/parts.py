"""What a generative model is measured on: pairs that people judged, hidden attributes, products to be found."""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from baihuo.core import Product, fold
from baihuo.evaluate import paired_bootstrap
from baihuo.labels import calibrate
from baihuo.llm import (
    AnswerCache,
    Asked,
    AttributeTask,
    Budget,
    ChatModel,
    GradeTask,
    ProductAttributes,
    QueryTask,
    Task,
    ask_all,
)
from suites.search.measures import evaluate, read_ratings

Ranker = Callable[[str], list[str]]
Lines = Iterator[dict[str, object]]
T = TypeVar("T")
R = TypeVar("R")
_K = 10  # of reciprocal rank fusion
_MOST_NAMES = 3  # attributes that are asked for and known; as many that the product lacks


@dataclass(frozen=True)
class Asker:
    """A model, its kept answers, and what a part may spend."""

    model: ChatModel
    cache: AnswerCache
    budget: Budget

    def ask(self, task: Task[T, R], items: Sequence[T]) -> Asked[T, R]:
        def show(_: str, done: int, total: int) -> None:
            if done % 50 == 0:
                print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)

        return ask_all(task, items, self.model, self.cache, budget=self.budget, progress=show)


def grades(
    asker: Asker, products: list[Product], ours: Ranker, arguments: argparse.Namespace
) -> Lines:
    judged = read_ratings(arguments.ratings)
    drawn = sorted(judged)
    random.Random(arguments.seed).shuffle(drawn)
    known = {p.product_id: p for p in products}
    chosen = drawn[: arguments.queries]
    pairs = [(q, known[i]) for q in chosen for i in judged[q] if i in known]
    asked = asker.ask(GradeTask(), pairs)
    odds = {(q, p.product_id): x for (q, p), x in asked.results}
    answered = {q: [i for i in judged[q] if (q, i) in odds] for q in chosen}
    whole = [q for q, items in answered.items() if items]
    rows = [(q, i) for q in whole for i in answered[q]]
    found = calibrate(
        np.array([odds[r] for r in rows]),
        np.array([judged[q][i] for q, i in rows]),
        [q for q, _ in rows],
        seed=arguments.seed,
    )
    yield {"system": "model", **found.report, "left": asked.n_left}
    orders: dict[str, dict[str, list[str]]] = {"ours": {}, "model": {}, "fused": {}}
    for q in whole:
        mine = [i for i in ours(q) if (q, i) in odds]
        mine += [i for i in answered[q] if i not in set(mine)]
        model = sorted(mine, key=lambda i, q=q: -odds[q, i])  # type: ignore[misc]
        place = {i: 1 / (_K + a) + 1 / (_K + model.index(i)) for a, i in enumerate(mine)}
        orders["ours"][q], orders["model"][q] = mine, model
        orders["fused"][q] = sorted(mine, key=lambda i, p=place: -p[i])  # type: ignore[misc]
    few = {q: {i: judged[q][i] for i in answered[q]} for q in whole}
    columns = {name: evaluate(order, few)["ndcg10_judged"] for name, order in orders.items()}
    for name, column in columns.items():
        line: dict[str, object] = {"system": name, "ndcg10_judged": float(np.nanmean(column))}
        if name != "ours":
            line["vs_ours"] = paired_bootstrap(column, columns["ours"], seed=7).to_json()
        yield line


def attributes(
    asker: Asker, products: list[Product], ours: Ranker, arguments: argparse.Namespace
) -> Lines:
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for p in products:
        for name, value in p.attributes.items():
            if isinstance(value, str):
                values[name][value] += 1
    rng = random.Random(arguments.seed)
    shuffled = list(products)
    rng.shuffle(shuffled)
    items: list[ProductAttributes] = []
    truth: list[dict[str, str | None]] = []
    frequent = [n for n, c in values.items() if c.total() >= 200 and len(c) >= 3]
    for p in shuffled:
        hidden = {
            n: v
            for n, v in p.attributes.items()
            if isinstance(v, str) and len(values[n]) >= 3 and _holds(p, v)
        }
        if len(items) == arguments.products:
            break
        if not hidden:
            continue
        names = list(hidden)[:_MOST_NAMES]
        lacking = [n for n in frequent if n not in p.attributes]
        names += rng.sample(lacking, min(len(names), len(lacking)))
        rng.shuffle(names)
        examples = {
            n: tuple(v for v, _ in values[n].most_common(4) if v != hidden.get(n))[:3]
            for n in names
        }
        items.append(ProductAttributes(p, tuple(names), examples))
        truth.append({n: hidden.get(n) for n in names})
    asked = asker.ask(AttributeTask(), items)
    by_model = {item.product.product_id: found for item, found in asked.results}
    by_words = {i.product.product_id: _dictionary(i, values) for i in items}
    for system, given in (("model", by_model), ("dictionary", by_words)):
        yield {"system": system, **_scores(items, truth, given), "left": asked.n_left}


def queries(
    asker: Asker, products: list[Product], ours: Ranker, arguments: argparse.Namespace
) -> Lines:
    drawn = random.Random(arguments.seed).sample(products, arguments.products)
    asked = asker.ask(QueryTask(), drawn)
    written = [(p, text) for p, texts in asked.results for text in texts]
    titles = [(p, " ".join(p.title.split()[:3])) for p, _ in asked.results]
    for system, pairs in (("model", written), ("title", titles)):
        places, new = [], []
        for p, text in pairs:
            found = ours(text)[:100]
            places.append(found.index(p.product_id) + 1 if p.product_id in found else 0)
            words, known = set(fold(text).split()), set(re.findall(r"\w+", fold(p.title)))
            new.append(len(words - known) / max(1, len(words)))
        found_at = [x for x in places if x]
        yield {
            "system": system,
            "queries": len(pairs),
            "found": len(found_at) / max(1, len(pairs)),
            "place": float(np.median(found_at)) if found_at else None,
            "new_words": float(np.mean(new)) if new else None,
            "invalid": sum(asked.invalid.values()),
            "left": asked.n_left,
        }


PARTS: dict[str, Callable[[Asker, list[Product], Ranker, argparse.Namespace], Lines]] = {
    "grades": grades,
    "attributes": attributes,
    "queries": queries,
}


def _holds(p: Product, value: str) -> bool:
    text = fold(f"{p.title_en or ''} {p.description_en or ''}")
    return re.search(rf"(?<![a-z0-9]){re.escape(fold(value))}(?![a-z0-9])", text) is not None


def _dictionary(item: ProductAttributes, values: dict[str, Counter[str]]) -> dict[str, str]:
    """The longest value of other products that the listing holds."""
    found = {}
    for n in item.names:
        own = item.product.attributes.get(n)
        others = (v for v, count in values[n].items() if count > (v == own))
        held = [v for v in others if _holds(item.product, v)]
        if held:
            found[n] = max(held, key=len)
    return found


def _scores(
    items: list[ProductAttributes],
    truth: list[dict[str, str | None]],
    given: dict[str, dict[str, str]],
) -> dict[str, Any]:
    right = wrong = invented = n_hidden = n_lacking = 0
    for item, hidden in zip(items, truth, strict=True):
        found = given.get(item.product.product_id, {})
        for name, value in hidden.items():
            n_hidden += value is not None
            n_lacking += value is None
            if name in found:
                right += value is not None and fold(found[name]) == fold(value)
                wrong += value is not None and fold(found[name]) != fold(value)
                invented += value is None
    return {
        "products": len(items),
        "precision": right / max(1, right + wrong + invented),
        "precision_where_it_has_one": right / max(1, right + wrong),
        "recall": right / max(1, n_hidden),
        "invented": invented / max(1, n_lacking),
    }
