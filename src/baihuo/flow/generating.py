"""Offline tasks of a generative model for a shop. Its output never changes a page by itself."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from baihuo import labels
from baihuo.core import BadInput, NotFound, Product, Progress, Query, Surface, no_progress, now_us
from baihuo.engine import written_whole
from baihuo.flow.checking import consensus_grades
from baihuo.flow.resources import catalogue_of, engine, open_newest_index
from baihuo.index import (
    PURPOSES_FILE,
    Generation,
    Thresholds,
    answer_set,
    has_purpose,
    read_purposes,
)
from baihuo.llm import (
    AnswerCache,
    Asked,
    AttributeTask,
    Budget,
    ChatModel,
    GradeTask,
    ModelAddress,
    ProductAttributes,
    PurposeTask,
    QueryTask,
    RewriteTask,
    Task,
    ask_all,
    local_model,
)
from baihuo.settings import Shop, llm_key

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Generated:
    """A command's result: rows for a file, and counts with every item once."""

    rows: list[dict[str, Any]]
    counts: dict[str, Any]


@contextmanager
def _open_model(shop: Shop) -> Iterator[tuple[ChatModel, int]]:
    settings = shop.settings().llm
    if settings.address is not None:
        identity = f"{settings.address} {settings.model}"
        where = ModelAddress(settings.address, settings.model, identity, key=llm_key())
        yield ChatModel(where), settings.parallel
    elif settings.gguf is not None:
        pins = shop.llm / "SHA256SUMS"
        with local_model(
            settings.gguf, sha256=settings.sha256, pins=pins, threads=settings.threads
        ) as where:
            yield ChatModel(where), 1
    else:
        raise NotFound(
            "no generative model is set",
            fix="write llm.gguf (a file) or llm.address (a server) into shop.yaml; it is optional",
        )


def ask_model(
    shop: Shop, task: Task[T, R], items: Sequence[T], *, progress: Progress
) -> tuple[Asked[T, R], str]:
    """Return a function that asks the model of ``shop.yaml`` within its budget, and the model's name.

    Raises:
        NotFound: no model is named, or there is no such file.
        BadInput: the file differs from the settings.
        Unsupported: a local file without the extra ``llm``.
        ShopError: it does not answer.
    """
    budget = Budget(minutes=shop.settings().llm.minutes)
    with _open_model(shop) as (model, parallel):
        cache = AnswerCache(shop.llm / "answers.sqlite")
        try:
            asked = ask_all(
                task, items, model, cache, budget=budget, parallel=parallel, progress=progress
            )
        finally:
            cache.close()
        return asked, model.where.identity


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write a JSON object a line; the file is replaced atomically."""
    with written_whole(path) as part:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        part.write_text("".join(lines), "utf-8")


_MOST_ATTRIBUTES = 5  # attributes in one prompt
_LEAST_SHARE = 0.3  # least share of a category's products with an attribute for others to lack it
_LEAST_PRODUCTS = 5
_EXAMPLES = 3


def extract_attributes(
    shop: Shop, *, most: int | None = None, progress: Progress = no_progress
) -> Generated:
    """Extract attributes that most of a category have from the listings of products that lack them.

    Written to ``4-train/llm/attributes.jsonl``, which ``baihuo index`` reads where ``llm.attributes`` is on.

    Raises:
        NotFound: no catalogue, or no model.
    """
    wanted = lacking_attributes(catalogue_of(shop))[:most]
    asked, identity = ask_model(shop, AttributeTask(), wanted, progress=progress)
    rows = [
        {"product_id": item.product.product_id, "attributes": found, "model": identity}
        for item, found in asked.results
    ]
    write_lines(shop.extracted_attributes, rows)
    return Generated(rows, {**asked.counts(), "values": sum(len(r["attributes"]) for r in rows)})


def lacking_attributes(products: Iterable[Product]) -> list[ProductAttributes]:
    """Return products lacking attributes that at least a third of their category has, those lacking most first."""
    by_category: dict[tuple[str, ...], list[Product]] = defaultdict(list)
    for product in products:
        by_category[product.category].append(product)
    found = []
    for members in by_category.values():
        if len(members) < _LEAST_PRODUCTS:
            continue
        values: dict[str, Counter[str]] = defaultdict(Counter)
        for product in members:
            for name, value in product.attributes.items():
                if isinstance(value, str):
                    values[name][value] += 1
        usual = [n for n, c in values.items() if c.total() >= _LEAST_SHARE * len(members)]
        usual.sort(key=lambda n: (-values[n].total(), n))
        for product in members:
            names = tuple(n for n in usual if n not in product.attributes)[:_MOST_ATTRIBUTES]
            if names:
                examples = {n: tuple(v for v, _ in values[n].most_common(_EXAMPLES)) for n in names}
                found.append(ProductAttributes(product, names, examples))
    return sorted(found, key=lambda f: (-len(f.names), f.product.product_id))


def with_extracted(products: Iterable[Product], file: Path | None) -> Iterator[Product]:
    """Add missing attributes from ``file``, if it exists, to products; the shop's values are never replaced."""
    found: dict[str, dict[str, str]] = {}
    if file is not None and file.is_file():
        for number, line in enumerate(file.read_bytes().splitlines(), start=1):
            try:
                row = json.loads(line)
                found[row["product_id"]] = dict(row["attributes"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(
                    f"{file}:{number} has no attributes of a product: {error!r}",
                    fix="run: baihuo llm attributes (answers are cached), or set llm.attributes: false in shop.yaml",
                ) from None
    for product in products:
        extra = found.get(product.product_id)
        yield product if not extra else replace(product, attributes={**extra, **product.attributes})


_SEED = 11


def grade(
    shop: Shop, *, most_judged: int | None = None, progress: Progress = no_progress
) -> Generated:
    """Grade unjudged pairs by a model that was compared with people on judged ones.

    The pairs are the first results of frequent and judged searches. Without enough agreement no pair is graded, and the counts have the
    agreement.

    Raises:
        NotFound: no judgement, no index, or no model.
        BadInput: people graded all pairs alike.
    """
    consensus = consensus_grades(shop)
    generation = open_newest_index(shop)
    products = {p.product_id: p for p in catalogue_of(shop)}
    judged = [
        (str(q), str(p), int(g))
        for q, p, g in zip(
            consensus.ratings.queries, consensus.ratings.products, consensus.grades, strict=True
        )
        if p in products
    ][:most_judged]
    if not judged:
        raise NotFound(
            "no product of this catalogue is judged yet",
            fix="run: baihuo label next --rater NAME; a model's grades count only if people agree with it",
        )
    pool = labels.make_pool(
        generation,
        [
            *labels.frequent_queries(engine(shop), shop.clean_events),
            *dict.fromkeys(q for q, _, _ in judged),
        ],
        progress=progress,
    )
    known = {(q, p) for q, p, _ in judged}
    unjudged = [
        (str(q), str(p))
        for q, p in zip(pool.queries, pool.products, strict=True)
        if (q, p) not in known and p in products
    ]
    pairs = [(q, products[p]) for q, p in [*((q, p) for q, p, _ in judged), *unjudged]]
    asked, identity = ask_model(shop, GradeTask(), pairs, progress=progress)
    return _calibrated(asked, judged, identity, shop)


def _alike(n_known: int, n_judged: int) -> BadInput:
    """Return the error if people's grades cannot measure the model."""
    if not n_known:
        return BadInput(
            f"the model graded none of the {n_judged:,} pairs that people judged",
            fix="give it more time: llm.minutes in shop.yaml; answers so far are cached",
        )
    return BadInput(
        f"people graded all of the {n_known:,} pairs that the model graded too alike, so no agreement can be measured",
        fix="judge some relevant and some irrelevant ones: baihuo label next --rater NAME; or a larger --most or llm.minutes",
    )


def _calibrated(
    asked: Asked[tuple[str, Product], float],
    judged: Sequence[tuple[str, str, int]],
    identity: str,
    shop: Shop,
) -> Generated:
    odds = {(q, p.product_id): value for (q, p), value in asked.results}
    known = [(q, p, g) for q, p, g in judged if (q, p) in odds]
    if len({g >= labels.RELEVANT for _, _, g in known}) < 2:
        raise _alike(len(known), len(judged))
    judged_pairs = {(q, p) for q, p, _ in known}
    others = [pair for pair in odds if pair not in judged_pairs]
    calibrated = labels.calibrate(
        np.array([odds[q, p] for q, p, _ in known]),
        np.array([g for _, _, g in known]),
        [q for q, _, _ in known],
        seed=_SEED,
    )
    counts = {**asked.counts(), "agreement": calibrated.report}
    found: dict[str, dict[str, float]] = {}
    if others:
        probabilities = calibrated.probability(np.array([odds[pair] for pair in others]))
        share = labels.corrected_share(
            calibrated.probabilities,
            np.array([float(g >= labels.RELEVANT) for _, _, g in known]),
            [q for q, _, _ in known],
            probabilities,
            seed=_SEED,
        )
        counts["relevant_among_unjudged"] = share.to_json()
        for (q, p), probability in zip(others, probabilities, strict=True):
            found.setdefault(q, {})[p] = float(probability)
    graded = labels.ModelGrades(found, calibrated.report, identity)
    rows = labels.write_model_grades(shop.llm, graded)
    counts["abstained"] = len(others) - len(rows)
    return Generated(rows, counts)


_FOUND_WITHIN = 100


def write_queries(
    shop: Shop, *, most: int | None = None, progress: Progress = no_progress
) -> Generated:
    """Write searches for products, the newest first, that find their product among the first hundred, to ``4-train/llm/queries.jsonl``:
    query, product, its position.

    Raises:
        NotFound: no index, or no model.
    """
    generation = open_newest_index(shop)
    products = sorted(catalogue_of(shop), key=lambda p: (-(p.released_at_us or 0), p.product_id))[
        :most
    ]
    asked, identity = ask_model(shop, QueryTask(), products, progress=progress)
    rows, n_lost = [], 0
    for product, texts in asked.results:
        for text in texts:
            place = _place(generation, text, product.product_id)
            if place is None:
                n_lost += 1
                continue
            rows.append(
                {
                    "query": text,
                    "product_id": product.product_id,
                    "place": place,
                    "model": identity,
                }
            )
    write_lines(shop.llm / "queries.jsonl", rows)
    return Generated(
        rows, {**asked.counts(), "queries": len(rows), "do_not_find_their_product": n_lost}
    )


def rewrite_queries(shop: Shop, *, progress: Progress = no_progress) -> Generated:
    """Propose other words for frequent searches without results, if they have some. Written to ``4-train/llm/synonyms.txt`` in the syntax
    of ``synonyms.txt``, for a person to read and to copy from.

    Raises:
        NotFound: no index, or no model.
    """
    generation = open_newest_index(shop)
    empty = [
        q
        for q in labels.frequent_queries(engine(shop), shop.clean_events)
        if not _answer(generation, q)
    ]
    asked, _ = ask_model(shop, RewriteTask(), empty, progress=progress)
    rows = [
        {"query": typed, "rewritten": new, "n_found": n}
        for typed, new in asked.results
        if (n := _answer(generation, new))
    ]
    lines = [
        "# Written by a generative model. Read each line; copy what is right to synonyms.txt.",
        *(f"{r['query']} => {r['rewritten']}" for r in rows),
    ]
    shop.llm.mkdir(parents=True, exist_ok=True)
    (shop.llm / "synonyms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Generated(rows, {**asked.counts(), "find_something_now": len(rows)})


def write_purposes(
    shop: Shop, *, is_all: bool = False, most: int | None = None, progress: Progress = no_progress
) -> Generated:
    """Write what the shop's categories are for, largest first, to ``words/purposes.txt``, from their names alone. Lines that are there
    stay as they are: a person may have edited them. `baihuo index` reads the file.

    Args:
        is_all: also categories that the package's general list knows.

    Raises:
        NotFound: no catalogue, or no model.
        BrokenFile: a line of the file is no purpose.
    """
    path = shop.words / PURPOSES_FILE
    known = read_purposes(shop.words, general=not is_all)
    counts = Counter(p.category for p in catalogue_of(shop) if p.category)
    wanted = [" > ".join(c) for c, _ in counts.most_common() if not has_purpose(c[-1], known)]
    asked, identity = ask_model(shop, PurposeTask(), wanted[:most], progress=progress)
    rows = [
        {"kind": kind, "phrases": list(phrases), "model": identity}
        for kind, phrases in asked.results
    ]
    if rows:
        lines = [f"# By {identity}: read each line, change what is wrong."]
        lines += [
            f"{' '.join(kind.rsplit(' > ', 1)[-1].split())}\t{'; '.join(phrases)}"
            for kind, phrases in asked.results
        ]
        before = path.read_text("utf-8").rstrip("\n").splitlines() if path.exists() else []
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as part:
            part.write_text("\n".join([*before, *lines]) + "\n", "utf-8")
    return Generated(rows, {**asked.counts(), "known_before": len(counts) - len(wanted)})


def _rows_found(generation: Generation, text: str) -> list[int]:
    query = Query(
        query_id="", surface=Surface.SEARCH, visitor_id="", at_us=now_us(), query_text=text
    )
    return [int(r) for r in answer_set(generation, query, Thresholds()).rows]


def _answer(generation: Generation, text: str) -> int:
    return len(_rows_found(generation, text))


def _place(generation: Generation, text: str, product_id: str) -> int | None:
    rows = _rows_found(generation, text)[:_FOUND_WITHIN]
    row = generation.row_of.get(product_id)
    return rows.index(row) + 1 if row in rows else None
