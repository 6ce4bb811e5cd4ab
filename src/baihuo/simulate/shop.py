"""The sample shop: the only way in."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from baihuo.core import BadInput, Progress, no_progress
from baihuo.simulate.ad_traffic import AdTraffic
from baihuo.simulate.advertisers import write_advertisers
from baihuo.simulate.along import Along, write_goes_with
from baihuo.simulate.basics import Basics
from baihuo.simulate.dirt import Corruptor
from baihuo.simulate.dirty_products import dirty_lines
from baihuo.simulate.journal import Journal
from baihuo.simulate.listings import DAY_US, listings
from baihuo.simulate.pictures import draw
from baihuo.simulate.policy import LoggingPolicy
from baihuo.simulate.service.write import N_UTTERANCES, write_service
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers
from baihuo.simulate.tastes import write_tastes
from baihuo.simulate.truth import write_truth
from baihuo.simulate.visits import Emit, Visits
from baihuo.simulate.vocabulary import Word, vocabulary

UNTIL_US = 1_793_491_200_000_000  # 2026-11-01T00:00:00Z: one instant, so that a seed gives one shop
SPAN_DAYS = 63  # nine whole weeks of history
EVENTS_A_PERSON = 300
_FEWEST_CONVERSATIONS, _MOST_CONVERSATIONS, _EVENTS_A_TALK = 300, 900, 300
_HOUR_US = 3_600_000_000
# How much is going on in each hour of the day in China (UTC+8), from midnight.
_HOURS = (3, 2, 1, 1, 1, 2, 4, 6, 8, 10, 11, 12, 13, 11, 10, 10, 10, 11, 12, 14, 17, 18, 14, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleShop:
    """Where everything of a sample shop lies. It is a simulation, and ``simulation.json`` says so."""

    folder: Path
    products: Path  # JSON lines, as a stranger would send them
    events: Path  # JSON lines, in the order received
    pictures: Path
    words: Path  # folder: how pages name attributes, values, categories, brands, units by language
    service: Path  # FAQ, policy, orders and conversations of the service desk; absent where nothing was bought
    ads: Path  # six advertisers and their campaigns, as CSV
    truth: Path  # what only a simulation knows
    n_products: int  # lines that are true
    n_product_lines: int
    n_events: int  # lines
    n_dirty_events: int
    n_people: int


def make_shop(
    out: Path,
    *,
    seed: int = 7,
    n_products: int = 5_000,
    n_events: int = 300_000,
    n_utterances: int = N_UTTERANCES,
    dirt: float = 0.02,
    until_us: int = UNTIL_US,
    click_model: str = "mixed",
    ad_fraud: float | None = None,
    progress: Progress = no_progress,
) -> SampleShop:
    """Make a bilingual shop with nine weeks of history that ends at ``until_us``.

    The same arguments give the same bytes. Events are written as they happen, so memory grows with
    products and people (one for every 300 events), not with events.

    Args:
        out: Folder for the files; made where missing, files of an earlier shop are replaced.
        seed: Another seed is another shop.
        n_products: True products; some dirty lines come on top.
        n_events: Lines of the events file, dirty ones included.
        n_utterances: Labelled messages to customer service.
        dirt: Share of the lines that are dirty, 0 to 0.5.
        until_us: When the history ends.
        click_model: How people look at pages: all by ``"position"``, all by ``"cascade"``, or three in ten by the latter.
        ad_fraud: Share of the clicks on ads that are fraud, 0 to 0.5 (``truth/ad_frauds.jsonl``); None: the log has no ads.
        progress: Called for products and events.

    Raises:
        BadInput: a number is out of range.
    """
    if click_model not in ("mixed", "position", "cascade"):
        raise BadInput(f"no click model {click_model!r}", fix="one of mixed, position and cascade")
    if n_products < 200 or n_events < 100 or not 0 <= dirt <= 0.5:
        raise BadInput(
            f"a shop of {n_products} products, {n_events} events and dirt {dirt} cannot be made",
            fix="take at least 200 products and 100 events, and dirt between 0 and 0.5",
        )
    out.mkdir(parents=True, exist_ok=True)
    words, rng = vocabulary(), random.Random(f"shop:{seed}")
    made = []
    for listing in listings(words, seed=seed, n_products=n_products, until_us=until_us):
        made.append(listing)
        if len(made) % 1000 == 0:
            progress("writing listings", len(made), n_products)
    first_us = until_us - SPAN_DAYS * DAY_US
    shelf = Shelf.of(words, made, seed=seed, counted_us=first_us)
    shoppers = Shoppers.of(shelf, seed=seed, n_people=max(20, n_events // EVENTS_A_PERSON))
    basics = Basics.of(shelf, shoppers, seed=seed)
    if click_model != "mixed":
        everybody = np.full(len(shoppers), click_model == "cascade")
        shoppers = replace(shoppers, is_cascade=everybody)
    corruptor = Corruptor(shelf, dirt, random.Random(f"dirt:{seed}"))
    draw(words, made, out / "pictures")
    with Journal(out, n_events, corruptor) as journal:
        n_product_lines = _write_products(out, shelf, dirt, journal)
        policy = LoggingPolicy(shelf, seed)
        along = Along(shelf, policy, random.Random(f"along:{seed}"))
        emit: Emit = journal.emit
        if ad_fraud is not None:
            priced = {
                m.product.product_id: (m.product.brand or "", m.product.price_minor or 0)
                for m in made
            }
            emit = traffic = AdTraffic(emit, priced, seed, first_us, until_us, ad_fraud)
        visits = Visits(shelf, shoppers, basics, policy, rng, emit, along)
        _live(visits, journal, until_us, progress)
        if ad_fraud is not None:
            traffic.write_truth(out)
    write_truth(out, shelf, shoppers, visits, seed=seed, until_us=until_us)
    write_goes_with(out, words)
    write_tastes(out, shelf, visits, seed=seed, until_us=until_us)
    write_advertisers(out, made, seed=seed, until_us=until_us)
    _write_words(out / "words")
    n_talks = min(_MOST_CONVERSATIONS, max(_FEWEST_CONVERSATIONS, n_events // _EVENTS_A_TALK))
    write_service(
        out, seed=seed, until_us=until_us, n_conversations=n_talks, n_utterances=n_utterances
    )
    return SampleShop(
        folder=out,
        products=out / "products.jsonl",
        events=out / "events.jsonl",
        pictures=out / "pictures",
        words=out / "words",
        service=out / "service",
        ads=out / "ads",
        truth=out / "truth",
        n_products=n_products,
        n_product_lines=n_product_lines,
        n_events=journal.n_lines,
        n_dirty_events=journal.n_dirty,
        n_people=len(shoppers),
    )


def _live(visits: Visits, journal: Journal, until_us: int, progress: Progress) -> None:
    """Hour by hour: as many visits as the hour's share of all events asks for."""
    n_hours = SPAN_DAYS * 24
    first_us = until_us - n_hours * _HOUR_US
    weights = []
    for h in range(n_hours):
        local = first_us // _HOUR_US + h + 8
        day = local // 24
        is_weekend = (day + 4) % 7 in (0, 6)  # day 0 of the epoch was a Thursday
        weights.append(_HOURS[local % 24] * (1.2 if is_weekend else 1.0) * (1 + 0.3 * h / n_hours))
    total, so_far = sum(weights), 0.0
    for h, weight in enumerate(weights):
        start_us, so_far = first_us + h * _HOUR_US, so_far + weight
        is_last = h == n_hours - 1
        wanted = journal.n_events * so_far / total
        while journal.n_promised < wanted * (1.01 if is_last else 1.0):
            visits.session(start_us + int(visits.rng.random() * _HOUR_US * (0.4 if is_last else 1)))
        journal.flush(start_us + _HOUR_US)
        if h % 24 == 23:
            progress("living through the days", journal.n_lines, journal.n_events)
    for _ in range(10_000):  # reviews and orders that would come after the end leave gaps
        if journal.n_lines >= journal.n_events:
            break
        visits.session(until_us - int((0.2 + visits.rng.random() * 0.8) * _HOUR_US))
        journal.flush(until_us)
    progress("living through the days", journal.n_lines, journal.n_events)


def _write_products(out: Path, shelf: Shelf, dirt: float, journal: Journal) -> int:
    rng, line, n_dirty = random.Random("products"), 0, 0
    with (out / "products.jsonl").open("wb", buffering=1 << 20) as file:
        for listing in shelf.listings:
            record: dict[str, Any] = {
                k: v for k, v in asdict(listing.product).items() if v is not None
            }
            line += 1
            file.write(orjson.dumps(record) + b"\n")
            if n_dirty + 1 <= dirt * (line + 1):
                for written, label in dirty_lines(record, number=n_dirty, line=line, rng=rng):
                    line, n_dirty = line + 1, n_dirty + 1
                    file.write(written + b"\n")
                    journal.note_product_dirt({"file": "products.jsonl", "line": line, **label})
    return line


def _write_words(folder: Path) -> None:
    """``en.json`` and ``zh.json``: what pages need to show what is stored under English names."""
    words = vocabulary()
    attributes = [a for kind in words.types for a in kind.attributes]
    named = [v for a in attributes for v in a.values if isinstance(v, Word)]
    named += [c.name for c in words.colours.values()]
    shelves = [d.name for d in words.departments.values()] + [t.shelf for t in words.types]
    folder.mkdir(exist_ok=True)
    for language in ("en", "zh"):
        table = {
            "attributes": {k: w.of(language) for k, w in words.attribute_names.items()},
            "values": {w.en: w.of(language) for w in named},
            "categories": {w.en: w.of(language) for w in shelves},
            "brands": {b.name.en: b.name.of(language) for b in words.brands},
            "units": {a.key: u for a in attributes if (u := a.unit.of(language))},
        }
        path = folder / f"{language}.json"
        path.write_bytes(orjson.dumps(table, option=orjson.OPT_INDENT_2))
