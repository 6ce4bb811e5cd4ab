"""The first compiler: a plan as SQL that finds, for every example, what was known at its moment.

Nothing is looked up by time range. Events, the ends of their windows and the examples become *moves* of one
timeline per key: "+1 when received", "−1 when the window has passed it", "look now". A running sum over the
timeline, read at the looks, is the answer. One scan of the events and one sort serve all features of an entity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from baihuo.core import EventType
from baihuo.features.declare import DAY_US, Entity, Lookback, Value
from baihuo.features.plan import KIND, Block, Window, window_of

MOST_HALF_LIVES = 500
"""Weights grow as 2**(age of the log / half-life); past this many half-lives a log is cut into segments."""


@dataclass(frozen=True)
class Span:
    """The time that the statements are about, in microseconds UTC."""

    first_us: int  # of the earliest event that matters
    last_us: int  # of the latest example


def key_sql(entity: Entity) -> str:
    """The entity of a row as one integer; NULL where a part of it is not there."""
    return entity[0] if len(entity) == 1 else f"{entity[0]} * 4294967296 + {entity[1]}"


def kinds_sql(events: Iterable[EventType]) -> str:
    """Whether ``kind`` is one of these."""
    return f"kind IN ({', '.join(str(KIND[e]) for e in sorted(events))})"


def value_sql(value: Value | None) -> str:
    """What one event adds, as :func:`baihuo.features.plan.amount` says it."""
    return {
        None: "CAST(1 AS DOUBLE)",
        "dwell_ms": "dwell_ms",
        "price_minor": "price_minor",
        "quantity": "coalesce(quantity, 1)",
        "revenue_minor": "price_minor * coalesce(quantity, 1)",
    }[value]


def amount_sql(one: Lookback) -> str:
    """What a row of the events adds to ``one``; 0 where it is about another event."""
    return f"CASE WHEN {kinds_sql(one.events)} THEN coalesce({value_sql(one.value)}, 0) ELSE 0 END"


def weight_sql(one: Lookback, ref_us: int, at: str = "t") -> str:
    """What an event at ``at`` weighs as seen from ``ref_us``."""
    return f"power(2.0, ({at} - {ref_us}) / {one.half_life_us!r})"


def last_time_sql(one: Lookback) -> str:
    counts = "" if one.value is None else f" AND {value_sql(one.value)} IS NOT NULL"
    return f"CASE WHEN {kinds_sql(one.events)}{counts} THEN t END"


def is_short(one: Lookback, span: Span) -> bool:
    """Whether this half-life is too short for one reference time over the whole span."""
    return (span.last_us - span.first_us) / one.half_life_us > MOST_HALF_LIVES


def timeline_sql(block: Block, span: Span) -> str:
    """``i`` and a column ``c0, c1, …`` for each lookback of the block, for examples that have the key.

    Inputs: ``ev`` (slim events) and ``ex`` (slim examples). Short half-lives come out as 0: they have
    :func:`short_decay_sql`.

    Moves are first added up between one look and the next (``g`` is the number of the look that sees them first), so
    that the wide running sums go over the looks alone.
    """
    decays = [one for one in block.decays if not is_short(one, span)]
    names = (
        [f"a{j}" for j in range(len(block.sums))]
        + [f"d{j}" for j in range(len(decays))]
        + [f"l{j}" for j in range(len(block.lasts))]
    )
    plus = (
        [amount_sql(one) for one in block.sums]
        + [f"{amount_sql(one)} * {weight_sql(one, span.first_us)}" for one in decays]
        + [last_time_sql(one) for one in block.lasts]
    )
    nothing = ["CAST(0 AS DOUBLE)"] * (len(block.sums) + len(decays))
    nothing += ["CAST(NULL AS BIGINT)"] * len(block.lasts)
    moves = [_select("k, t * 4 + 2 AS tick, CAST(NULL AS BIGINT) AS i", plus, names, "mine")]
    moves += [_ends_sql(block, window, span, nothing, names) for window in block.windows]
    moves.append(_select("k, at_us * 4 + 1 AS tick, i", nothing, names, "looks"))
    between = ", ".join(f"{'max' if n[0] == 'l' else 'sum'}({n}) AS {n}" for n in names)
    running = ", ".join(f"{'max' if n[0] == 'l' else 'sum'}({n}) OVER w AS {n}" for n in names)
    rows = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return (
        f"WITH {_mine_sql(block)}, moves AS ({' UNION ALL '.join(moves)}), "
        "numbered AS (SELECT *, count(i) OVER (PARTITION BY k ORDER BY tick "
        f"{rows}) + CASE WHEN i IS NULL THEN 1 ELSE 0 END AS g FROM moves), "
        f"steps AS (SELECT k, g, max(i) AS i, max(CASE WHEN i IS NOT NULL THEN tick // 4 END) AS at_us, {between} "
        "FROM numbered GROUP BY k, g), "
        f"ran AS (SELECT k, i, at_us, {running} FROM steps WHERE i IS NOT NULL "
        f"WINDOW w AS (PARTITION BY k ORDER BY g {rows})) "
        f"SELECT ran.i, {', '.join(_reads(block, span))} FROM ran{_last_values_sql(block)}"
    )


def short_decay_sql(block: Block, one: Lookback, span: Span) -> str:
    """``i`` and ``c`` for one decayed sum whose half-life is short beside the span.

    The time is cut into segments of 512 half-lives, each with its own reference; a segment begins with what the
    one before it left. What is older weighs less than 2**-512.
    """
    length = int(512 * one.half_life_us)
    segment = f"(t - {span.first_us}) // {length}"
    weighed = f"{amount_sql(one)} * power(2.0, (t - {span.first_us} - seg * {length}) / {one.half_life_us!r})"
    return (
        f"WITH {_mine_sql(block)}, cut AS (SELECT *, {segment} AS seg FROM mine WHERE {kinds_sql(one.events)}), "
        f"weighed AS (SELECT k, seg, t, {weighed} AS d FROM cut), moves AS ("
        "SELECT k, seg, t * 4 + 2 AS tick, d, CAST(NULL AS BIGINT) AS i FROM weighed UNION ALL "
        f"SELECT k, seg + 1, ({span.first_us} + (seg + 1) * {length}) * 4, sum(d) * {2.0**-512!r}, NULL "
        "FROM weighed GROUP BY k, seg UNION ALL "
        f"SELECT k, (at_us - {span.first_us}) // {length}, at_us * 4 + 1, 0.0, i FROM looks "
        f"WHERE at_us >= {span.first_us}), ran AS (SELECT i, seg, tick, sum(d) OVER (PARTITION BY k, seg "
        "ORDER BY tick ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS d FROM moves) "
        f"SELECT i, d * power(2.0, -(tick // 4 - {span.first_us} - seg * {length}) / {one.half_life_us!r}) AS c "
        "FROM ran WHERE i IS NOT NULL"
    )


def _mine_sql(block: Block) -> str:
    """``looks`` (examples with a key) and ``mine`` (events of those keys)."""
    key = key_sql(block.entity)
    return (
        f"looks AS (SELECT i, at_us, {key} AS k FROM ex WHERE {key} IS NOT NULL), "
        f"mine AS (SELECT {key} AS k, t, kind, price_minor, quantity, dwell_ms FROM ev "
        f"WHERE {kinds_sql(block.events)} AND {key} IN (SELECT k FROM looks))"
    )


def _ends_sql(
    block: Block, window: Window, span: Span, nothing: list[str], names: list[str]
) -> str:
    """What leaves ``window``, and when: added up by key and bucket."""
    granule_us, n = window
    end = f"(t // {granule_us} + {n + 1}) * {granule_us}"
    values = list(nothing)
    events: set[EventType] = set()
    for j, one in enumerate(block.sums):
        if window_of(one) == window:
            values[j] = f"-sum({amount_sql(one)})"
            events.update(one.events)
    head = f"k, {end} * 4 AS tick, CAST(NULL AS BIGINT) AS i"
    where = f"{kinds_sql(events)} AND {end} <= {span.last_us}"
    return _select(head, values, names, f"mine WHERE {where} GROUP BY k, {end}")


def _select(head: str, values: list[str], names: list[str], source: str) -> str:
    columns = [f"{value} AS {name}" for value, name in zip(values, names, strict=True)]
    return f"SELECT {', '.join([head, *columns])} FROM {source}"


def _last_values_sql(block: Block) -> str:
    """The values at the last times; the largest where several came at the same microsecond."""
    joins = ""
    for j, one in enumerate(block.last_values):
        joins += (
            f" LEFT JOIN (SELECT k, t, max({value_sql(one.value)}) AS v FROM mine WHERE {kinds_sql(one.events)} "
            f"GROUP BY k, t) AS v{j} ON ran.k = v{j}.k AND ran.l{block.lasts.index(one)} = v{j}.t"
        )
    return joins


def _reads(block: Block, span: Span) -> list[str]:
    """The columns of the block as they stand at a look."""
    reads = [f"a{j}" for j in range(len(block.sums))]
    n_long = 0
    for one in block.decays:
        if is_short(one, span):
            reads.append("CAST(0 AS DOUBLE)")
        else:
            reads.append(f"d{n_long} / {weight_sql(one, span.first_us, 'at_us')}")
            n_long += 1
    for j, one in enumerate(block.lasts):
        granule_us, n = window_of(one) or (DAY_US, 0)
        got = f"(at_us - l{j}) / {float(DAY_US)!r}"
        if one.value is not None:
            got = f"v{block.last_values.index(one)}.v"
        start = f"(at_us // {granule_us} - {n}) * {granule_us}"
        reads.append(f"CASE WHEN l{j} >= {start} THEN {got} ELSE {one.never!r} END")
    return [f"{read} AS c{c}" for c, read in enumerate(reads)]
