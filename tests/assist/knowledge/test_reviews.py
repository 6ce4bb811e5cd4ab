"""Which reviews count: of a log that anybody can write to, those of buyers."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from tests.serve.small_shop import imported

from baihuo.assist.knowledge.reviews import ProductReviews, ReviewFile, write_reviews
from baihuo.core import Event, EventType
from baihuo.core.tables import events_to_table
from baihuo.engine import DuckTables

DAY_US = 86_400_000_000


def of(visitor: str, kind: str, at: int, *, received: int | None = None, **fields: object) -> Event:
    return Event(
        event_id=f"{visitor}-{kind}-{at}",
        event_type=EventType(kind),
        visitor_id=visitor,
        occurred_at_us=at * DAY_US,
        received_at_us=(at if received is None else received) * DAY_US,
        product_id="lamp",
        **fields,  # type: ignore[arg-type]
    )


def reviews_of(folder: Path, *files: object) -> ProductReviews | None:
    for i, table in enumerate(files):
        pq.write_table(table, folder / f"{i}.parquet")
    path = folder / "assist" / "reviews.sqlite"
    write_reviews(path, DuckTables(threads=1), folder / "*.parquet")
    file = ReviewFile(path)
    try:
        return file.of_product("lamp")
    finally:
        file.close()


def test_reviews_of_visitors_who_bought_nothing_are_not_counted(tmp_path: Path) -> None:
    strangers = [of(f"s{i}", "review", 20, rating=1.0, text="Bad.") for i in range(30)]
    buyer = [of("b", "purchase", 1), of("b", "review", 9, rating=5.0, text="Bright.")]
    found = reviews_of(tmp_path, events_to_table([*strangers, *buyer]))
    assert found is not None
    assert (found.n, found.mean_rating) == (1, 5.0)
    assert [text.text for text in found.texts] == ["Bright."]


def test_reviews_of_an_imported_file_are_the_shops_own_word(tmp_path: Path) -> None:
    found = reviews_of(tmp_path, imported([of(f"s{i}", "review", 2, rating=4.0) for i in range(3)]))
    assert found is not None
    assert (found.n, found.mean_rating) == (3, 4.0)


def test_the_newest_review_is_the_one_that_came_last(tmp_path: Path) -> None:
    reviews = [
        of("b", "review", 5, rating=5.0),
        of("b", "review", 1, received=9, rating=2.0),  # a clock far behind
    ]
    found = reviews_of(tmp_path, events_to_table([of("b", "purchase", 0), *reviews]))
    assert found is not None
    assert (found.n, found.mean_rating, found.latest_us) == (1, 2.0, 9 * DAY_US)
