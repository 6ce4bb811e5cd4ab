"""The first compiler: a plan as SQL that finds, for every example, what was known at its moment.

Nothing is looked up by time range. Events and the ends of their windows become *moves* of one timeline per key:
"+1 when received", "−1 when the window has passed it". Each move goes to the first look (an example at its moment) that
sees it; what came between two looks is added up, and a running sum over the looks is the answer. One scan of the events
and one sort serve all features of an entity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from baihuo.core import EventType
from baihuo.engine.sql_files import sql_file
from baihuo.features.spec.declare import DAY_US, Entity, Lookback, Value
from baihuo.features.spec.plan import KIND, Block, window_of

_TIMELINE_SQL = sql_file(__file__, "timeline_sql")
_SHORT_DECAY_SQL = sql_file(__file__, "short_decay_sql")

MOST_HALF_LIVES = 500
"""Weights grow as 2**(age of the log / half-life); past this many half-lives a log is cut into segments."""


@dataclass(frozen=True)
class StatementWindow:
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
    """What one event adds, as :func:`baihuo.features.spec.plan.amount` says it."""
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


def is_short(one: Lookback, span: StatementWindow) -> bool:
    """Whether this half-life is too short for one reference time over the whole span."""
    return (span.last_us - span.first_us) / one.half_life_us > MOST_HALF_LIVES


def timeline_sql(block: Block, span: StatementWindow) -> str:
    """``i`` and a column ``c0, c1, …`` for each lookback of the block, for examples that have the key.

    Inputs: ``ev`` (slim events) and ``ex`` (slim examples). Short half-lives come out as 0: they have
    :func:`short_decay_sql`.

    A move has a column for each thing that is counted or summed (``v0, …``), not one for each lookback: there are
    many of them, they are sorted, and the wide sums are taken over what is left between looks.
    """
    values = _values(block)
    sums, decays, lasts = _between(block, span, values)
    between = [f"{how} AS {name}" for name, how in (sums | decays | lasts).items()]
    got = [f"coalesce({name}, 0) AS {name}" for name in sums | decays] + list(lasts)
    running = [f"sum({name}) OVER w AS {name}" for name in sums | decays]
    running += [f"max({name}) OVER w AS {name}" for name in lasts]
    return _TIMELINE_SQL(
        mine_sql=_mine_sql(block),
        list=" UNION ALL ".join(_moves(block, span, values)),
        list_2=", ".join(between),
        list_3=", ".join(got),
        list_4=", ".join(running),
        list_5=", ".join(_reads(block, span)),
        last_values_sql=_last_values_sql(block),
    )


def short_decay_sql(block: Block, one: Lookback, span: StatementWindow) -> str:
    """``i`` and ``c`` for one decayed sum whose half-life is short beside the span.

    The time is cut into segments of 512 half-lives, each with its own reference; a segment begins with what the
    one before it left. What is older weighs less than 2**-512.
    """
    length = int(512 * one.half_life_us)
    segment = f"(t - {span.first_us}) // {length}"
    weighed = f"{amount_sql(one)} * power(2.0, (t - {span.first_us} - seg * {length}) / {one.half_life_us!r})"
    return _SHORT_DECAY_SQL(
        mine_sql=_mine_sql(block),
        segment=segment,
        kinds_sql=kinds_sql(one.events),
        weighed=weighed,
        first_us=span.first_us,
        length=length,
        value=f"{2.0 ** (-512)!r}",
        half_life_us=f"{one.half_life_us!r}",
    )


def _mine_sql(block: Block) -> str:
    """``looks`` (examples with a key) and ``mine`` (events of those keys)."""
    key = key_sql(block.entity)
    return (
        f"looks AS (SELECT i, at_us, {key} AS k FROM ex WHERE {key} IS NOT NULL), "
        f"mine AS (SELECT {key} AS k, t, kind, price_minor, quantity, dwell_ms FROM ev "
        f"WHERE {kinds_sql(block.events)} AND {key} IN (SELECT k FROM looks))"
    )


def _values(block: Block) -> dict[Value | None, str]:
    """The columns of a move: what its lookbacks count or sum."""
    values = sorted({one.value for one in block.lookbacks}, key=lambda value: value or "")
    return {value: f"v{j}" for j, value in enumerate(values)}


def _moves(block: Block, span: StatementWindow, values: dict[Value | None, str]) -> list[str]:
    """What comes (``w`` 0), and what leaves each window (``w`` its number), added up by key, kind and bucket."""
    comes = ", ".join(f"{value_sql(v)} AS {name}" for v, name in values.items())
    moves = [f"SELECT k, t * 4 + 2 AS tick, kind, 0 AS w, {comes} FROM mine"]
    for n, window in enumerate(block.windows, 1):
        granule_us, n_back = window
        end = f"(t // {granule_us} + {n_back + 1}) * {granule_us}"
        its = [one for one in block.sums if window_of(one) == window]
        kinds = kinds_sql({event for one in its for event in one.events})
        summed = {one.value for one in its}
        leaves = ", ".join(
            f"{f'-sum({value_sql(v)})' if v in summed else 'CAST(0 AS DOUBLE)'} AS {name}"
            for v, name in values.items()
        )
        moves.append(
            f"SELECT k, {end} * 4 AS tick, kind, {n} AS w, {leaves} FROM mine "
            f"WHERE {kinds} AND {end} <= {span.last_us} GROUP BY k, {end}, kind"
        )
    return moves


def _between(
    block: Block, span: StatementWindow, values: dict[Value | None, str]
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Names and aggregates of what came and left between two looks: sums, decayed sums, last times."""
    numbers = {window: n for n, window in enumerate(block.windows, 1)}
    sums, decays, lasts = dict[str, str](), dict[str, str](), dict[str, str]()
    for j, one in enumerate(block.sums):
        window = window_of(one)
        counts = f"{kinds_sql(one.events)} AND w IN (0, {numbers[window] if window else 0})"
        sums[f"a{j}"] = f"sum(CASE WHEN {counts} THEN {values[one.value]} ELSE 0 END)"
    for j, one in enumerate(d for d in block.decays if not is_short(d, span)):
        weighed = f"{values[one.value]} * {weight_sql(one, span.first_us, '(tick // 4)')}"
        decays[f"d{j}"] = (
            f"sum(CASE WHEN {kinds_sql(one.events)} AND w = 0 THEN {weighed} ELSE 0 END)"
        )
    for j, one in enumerate(block.lasts):
        lasts[f"l{j}"] = (
            f"max(CASE WHEN {kinds_sql(one.events)} AND w = 0 AND {values[one.value]} IS NOT NULL THEN tick // 4 END)"
        )
    return sums, decays, lasts


def _last_values_sql(block: Block) -> str:
    """The values at the last times; the largest where several came at the same microsecond."""
    joins = ""
    for j, one in enumerate(block.last_values):
        joins += (
            f" LEFT JOIN (SELECT k, t, max({value_sql(one.value)}) AS v FROM mine WHERE {kinds_sql(one.events)} "
            f"GROUP BY k, t) AS v{j} ON ran.k = v{j}.k AND ran.l{block.lasts.index(one)} = v{j}.t"
        )
    return joins


def _reads(block: Block, span: StatementWindow) -> list[str]:
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
