"""What people would click when the history ends: what recommendations can be judged by."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.simulate.basics import Basics
from baihuo.simulate.intents import Intent, Typed
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.shoppers import Shoppers, attraction
from baihuo.simulate.visits import Visits

N_PEOPLE = 300  # with history, and as many without, …
MOST_PAIRS = 6_000_000  # … while their products fit in so many numbers

TASTES = pa.schema(
    [
        pa.field("visitor_id", pa.string(), nullable=False),
        pa.field("is_new", pa.bool_(), nullable=False),  # nothing in the log is theirs
        pa.field("language", pa.string(), nullable=False),
        pa.field("country", pa.string(), nullable=False),
        pa.field("region", pa.string()),
        pa.field("referrer", pa.string()),  # null: none
        pa.field("interests", pa.string()),  # null: none declared
        pa.field("p", pa.list_(pa.float32()), nullable=False),  # a row of products.parquet each
    ]
)
_NO_INTENT = Intent(Typed("en", "", ()), "", type_index=-1)
_NEW_PEOPLE = 1_000_003  # added to the seed: people of the same kinds, none of whom was ever here


def write_tastes(out: Path, shelf: Shelf, visits: Visits, *, seed: int, until_us: int) -> None:
    """``truth/tastes.parquet``: P(click | examined) of every product on a page that was not searched for.

    Of visitors of the log, drawn evenly, with what they own and what is used up at ``until_us``; and of people who were
    never there. What they come for today tints a taste a little and is left out: no page can know it.
    """
    n_people = min(N_PEOPLE, MOST_PAIRS // (2 * len(shelf)))
    known = sorted(visits.visitors)
    random.Random(f"tastes:{seed}").shuffle(known)
    newcomers = Shoppers.of(shelf, seed=seed + _NEW_PEOPLE, n_people=max(1, n_people))
    theirs = Basics.of(shelf, newcomers, seed=seed + _NEW_PEOPLE)
    rows = []
    for visitor_id in known[:n_people]:
        person = visits.visitors[visitor_id]
        due, owned = visits.possessions(person, until_us)
        rows.append(
            _row(shelf, visits.shoppers, visits.basics, person, visitor_id, due=due, owned=owned)
        )
    rows += [_row(shelf, newcomers, theirs, person, f"new-{person}") for person in range(n_people)]
    table = pa.concat_tables([TASTES.empty_table(), *rows]).combine_chunks()
    pq.write_table(table, out / "truth" / "tastes.parquet", compression="zstd")


def _row(
    shelf: Shelf,
    shoppers: Shoppers,
    basics: Basics,
    person: int,
    visitor_id: str,
    *,
    due: frozenset[int] | None = None,
    owned: frozenset[int] = frozenset(),
) -> pa.Table:
    """One person; ``due`` None: somebody new."""
    p = attraction(
        shelf,
        shoppers,
        person,
        np.arange(len(shelf)),
        intent=_NO_INTENT,
        is_search=False,
        due=due or frozenset(),
        owned=owned,
    )
    columns = {
        "visitor_id": [visitor_id],
        "is_new": [due is None],
        "language": ["zh" if shoppers.is_chinese[person] else "en"],
        "country": [str(basics.country[person])],
        **{name: [basics.known(person).get(name)] for name in ("region", "referrer", "interests")},
        "p": [p.round(4).astype(np.float32)],  # small in a file
    }
    return pa.Table.from_pydict(columns, schema=TASTES)
