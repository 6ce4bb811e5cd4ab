"""Clocks that are wrong by the same amount again and again: a device's skew, a wrong time zone.

``d`` is the visitor's clock minus ours. Sent at once it is about 0, sent late it is below 0, and
above 0 it cannot be. A delay differs from event to event; a clock's error does not, and an error
of whole half hours is a local time that was written down as UTC. What is repaired keeps its order
and its distances, which taking our clock for it would not.
"""

from __future__ import annotations

from baihuo.quality.checks.times.settings import TimesRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="wrong_time_zone",
        step="times",
        on="events",
        then="repair",
        field="occurred_at_us",
        why="many events of this visitor (or of this whole import or platform) are off from our clock by "
        "the same whole number of half hours: a local time was sent as UTC",
        mend="send UTC, or times with their zone (2026-03-01T12:00:00+08:00)",
    ),
    Check(
        name="skewed_clock",
        step="times",
        on="events",
        then="repair",
        field="occurred_at_us",
        why="many events of this visitor's device are off from our clock by the same amount, so its "
        "clock is wrong by that; the amount is taken off, their order and distances stay",
        mend="let the client measure its offset from the server's clock and send it along",
    ),
)
_HALF_HOUR_US, _DAY_US = 1_800_000_000, 86_400_000_000
_FAR = 4_000_000_000_000_000_000  # times beyond it are clamped, so that no difference overflows
_ENOUGH_ROWS = 100  # a smaller log need not be told that it has only one clock


def find(ledger: FindingsStore, settings: TimesRules, given: CheckContext) -> CheckResult:
    """Rows of constant offsets: of an import's or platform's day, else of one visitor's device."""
    if ledger.table == "products":
        return CheckResult()
    of = settings
    words: dict[str, str | int | float] = {
        "half_us": _HALF_HOUR_US,
        "jitter_us": int(of.jitter_seconds * 1e6),
        "limit_us": int(of.max_skew_days * _DAY_US),
        "group_rows": of.group_rows,
        "events": of.skew_events,
        "share": of.constant_share,
        "tolerance_us": int(of.skew_seconds * 1e6),
        "constant_us": int(of.constant_hours * 3_600e6),
        "behind_us": int(of.min_behind_minutes * 60e6),
    }
    tables, work = ledger.tables, ledger.work
    rows = ledger.rows("visitor_id", "occurred_at_us", "received_at_us", "platform", "device")
    offsets, zones, odd = work / "offsets.parquet", work / "zones.parquet", work / "odd.parquet"
    shifts, crowded, capped = (work / f"{n}.parquet" for n in ("shifts", "crowded", "capped"))
    words["rows"] = (
        f"(SELECT *, {_K.format_map(words)} AS k FROM (SELECT *, {_D} AS d FROM {rows}))"
    )
    tables.sql(_OFFSETS.format_map(words), out=offsets, **ledger.inputs())
    seen = tables.sql(
        "SELECT sum(n) AS n, coalesce(sum(n_differ), 0) AS n_differ, "
        "coalesce(sum(n) FILTER (k <> 0), 0) AS n_odd FROM offsets",
        offsets=offsets,
    ).to_pylist()[0]
    if not seen["n_differ"]:
        why = "wrong_time_zone, skewed_clock: both times of every event are the same, so there is no second clock"
        return CheckResult(not_checked=(why,) if (seen["n"] or 0) >= _ENOUGH_ROWS else ())
    if seen["n_odd"] == 0:
        return CheckResult()
    tables.sql(_CROWDED.format_map(words), out=crowded, offsets=offsets)
    if n_rows(crowded):
        tables.sql(
            _CAPPED.format_map(words),
            out=capped,
            offsets=offsets,
            crowded=crowded,
            **ledger.inputs(),
        )
    tables.sql(_GROUPS.format_map(words), out=zones, offsets=capped if n_rows(crowded) else offsets)
    tables.sql(_ODD.format_map(words), out=odd, zones=zones, **ledger.inputs())
    if n_rows(odd) == 0:
        return CheckResult()
    tables.sql(_SHIFTS.format_map(words), out=shifts, odd=odd)
    return CheckResult(selects=[_FOUND], inputs={"odd": odd, "shifts": shifts})


_D = f"greatest(least(occurred_at_us, {_FAR}), -{_FAR}) - greatest(least(received_at_us, {_FAR}), -{_FAR})"
# the zone, in half hours, that an event would have had to be sent in to have come at once
_K = "CAST(ceil((d - {jitter_us}) / {half_us}) AS BIGINT)"
_NEAR = "abs(d - k * {half_us}) <= {jitter_us}"

_OFFSETS = f"""
    SELECT import_id, coalesce(platform, '') AS platform, received_at_us // {_DAY_US} AS day, k,
           count(*) AS n, count(*) FILTER ({_NEAR}) AS n_near, count(*) FILTER (d <> 0) AS n_differ
    FROM {{rows}} WHERE abs(d) <= {{limit_us}} GROUP BY ALL"""

# Days on which it matters who sent the rows: a bot makes more of them than all shoppers of a platform
# together, and its clock says nothing of theirs. There nobody counts for more than ten rows.
_CROWDED = """
    SELECT import_id, platform, day FROM offsets GROUP BY ALL
    HAVING sum(CASE WHEN k <> 0 THEN n_near ELSE 0 END) >= 0.1 * sum(n)
       AND sum(CASE WHEN k <> 0 THEN n_near ELSE 0 END) < {share} * sum(n)"""
_CAPPED = f"""
    SELECT * EXCLUDE (n_differ) FROM offsets ANTI JOIN crowded USING (import_id, platform, day)
    UNION ALL
    SELECT import_id, platform, day, k, CAST(sum(least(n, 10)) AS BIGINT) AS n, CAST(sum(least(n_near, 10)) AS BIGINT) AS n_near
    FROM (SELECT import_id, coalesce(platform, '') AS platform, received_at_us // {_DAY_US} AS day, visitor_id, k,
                 count(*) AS n, count(*) FILTER ({_NEAR}) AS n_near
          FROM {{rows}} WHERE abs(d) <= {{limit_us}} GROUP BY ALL)
    SEMI JOIN crowded USING (import_id, platform, day) GROUP BY import_id, platform, day, k"""

# a platform's whole day in an import, or all its days, if nearly all of it is off by half hours
_GROUPS = """
    WITH at_days AS (
        SELECT *, sum(n) OVER w AS n_all, sum(CASE WHEN k <> 0 THEN n_near ELSE 0 END) OVER w AS n_off
        FROM offsets WINDOW w AS (PARTITION BY import_id, platform, day)),
    whole AS (
        SELECT *, sum(n) OVER w AS n_all, sum(CASE WHEN k <> 0 THEN n_near ELSE 0 END) OVER w AS n_off
        FROM (SELECT import_id, platform, k, CAST(sum(n) AS BIGINT) AS n, CAST(sum(n_near) AS BIGINT) AS n_near
              FROM offsets GROUP BY ALL) WINDOW w AS (PARTITION BY import_id, platform))
    SELECT import_id, platform, day, k FROM at_days
    WHERE k <> 0 AND n_all >= {group_rows} AND n_off >= {share} * n_all AND n_near >= 0.02 * n_all
      AND n_near >= 0.5 * n
    UNION
    SELECT o.import_id, o.platform, o.day, o.k FROM offsets AS o JOIN whole AS g USING (import_id, platform, k)
    WHERE k <> 0 AND n_all >= {group_rows} AND n_off >= {share} * n_all AND g.n_near >= 0.02 * n_all
      AND g.n_near >= 0.5 * g.n"""

_ODD = """
    SELECT r.import_id, r.line, visitor_id, coalesce(r.platform, '') AS platform, coalesce(device, '') AS device,
           occurred_at_us, received_at_us, d, r.k, z.k IS NOT NULL AS is_import
    FROM {rows} AS r LEFT JOIN zones AS z
      ON z.import_id = r.import_id AND z.platform = coalesce(r.platform, '') AND z.k = r.k
     AND z.day = r.received_at_us // 86400000000
    WHERE r.k <> 0 AND abs(d) <= {limit_us}"""

# One line a visitor's device and zone, or skew. A queue sent in one go has many delays at one time
# of ours; a clock that stands still has one time of its own: both spans must be alike. A constant
# delay could pass for a clock behind, so that one has to hold for longer than a visit. Some visits
# may have been sent up to half an hour late on top; where most were, the upper end tells the skew.
_SHIFTS = f"""
    WITH own AS (SELECT * FROM odd WHERE NOT is_import),
    counted AS (
        SELECT visitor_id, platform, device, k, count(*) FILTER ({_NEAR}) AS n, count(*) AS n_odd,
               n >= {{events}} AND n >= 0.3 * n_odd
               AND max(occurred_at_us) - min(occurred_at_us) >= 0.5 * (max(received_at_us) - min(received_at_us))
               AND (k > 0 OR max(received_at_us) - min(received_at_us) >= {{constant_us}}) AS is_zone
        FROM own GROUP BY visitor_id, platform, device, k),
    weighed AS (
        SELECT *, sum(n_odd) OVER w AS n_all, sum(CASE WHEN is_zone THEN n_odd ELSE 0 END) OVER w AS n_in
        FROM counted WINDOW w AS (PARTITION BY visitor_id, platform, device)),
    zones AS (SELECT * FROM weighed WHERE is_zone AND n_in >= {{share}} * n_all),
    rest AS (SELECT * FROM own ANTI JOIN zones USING (visitor_id, platform, device, k)),
    middles AS (
        SELECT visitor_id, platform, device, count(*) AS n_odd,
               unnest(list_distinct([quantile_disc(d, 0.5), quantile_disc(d, 0.9)])) AS middle
        FROM rest GROUP BY visitor_id, platform, device HAVING count(*) >= {{events}}),
    skews AS (
        SELECT visitor_id, platform, device, count(*) FILTER (is_in) AS n,
               quantile_disc(d, 0.9) FILTER (is_in) AS skew_us
        FROM (SELECT *, abs(d - middle) <= {{tolerance_us}} AS is_in FROM rest JOIN middles USING (visitor_id, platform, device))
        WHERE d BETWEEN middle - {{half_us}} AND middle + {{tolerance_us}}
        GROUP BY visitor_id, platform, device, middle
        HAVING n >= {{events}} AND n >= 0.3 * any_value(n_odd) AND count(*) >= {{share}} * any_value(n_odd)
           AND max(occurred_at_us) - min(occurred_at_us) >= 0.5 * (max(received_at_us) - min(received_at_us))
           AND (skew_us > 0 OR (skew_us <= -{{behind_us}} AND max(received_at_us) - min(received_at_us) >= {{constant_us}}))
        QUALIFY row_number() OVER (PARTITION BY visitor_id, platform, device ORDER BY count(*) DESC, middle DESC) = 1)
    SELECT visitor_id, platform, device, k, k * {{half_us}} AS shift_us, n,
           (k - 1) * {{half_us}} + {{jitter_us}} AS over_us, k * {{half_us}} + {{jitter_us}} AS up_to_us, true AS is_zone
    FROM zones
    UNION ALL
    SELECT visitor_id, platform, device, NULL, skew_us, n, skew_us - {{half_us}}, skew_us + {{tolerance_us}}, false
    FROM skews"""

_NEW = "least(occurred_at_us - shift_us, received_at_us)"
_FOUND = f"""
    WITH moved AS (
        SELECT import_id, line, occurred_at_us, received_at_us, k * {_HALF_HOUR_US} AS shift_us, true AS is_zone,
               'import' AS whose, CAST(NULL AS BIGINT) AS n FROM odd WHERE is_import
        UNION ALL
        SELECT import_id, line, occurred_at_us, received_at_us, shift_us, is_zone, 'visitor', n
        FROM odd JOIN shifts USING (visitor_id, platform, device)
        WHERE NOT is_import AND d > over_us AND d <= up_to_us AND (is_zone OR shift_us < 0 OR d > 0)
        QUALIFY row_number() OVER (PARTITION BY import_id, line ORDER BY is_zone DESC, shift_us) = 1)
    SELECT import_id, line, CASE WHEN is_zone THEN 'wrong_time_zone' ELSE 'skewed_clock' END AS rule,
           'repair' AS action, 'occurred_at_us' AS field, CAST({_NEW} AS VARCHAR) AS new,
           CAST(CASE WHEN is_zone
                THEN to_json(struct_pack(field := 'occurred_at_us', old := CAST(occurred_at_us AS VARCHAR),
                     new := CAST({_NEW} AS VARCHAR), ahead_minutes := shift_us // 60000000, whose := whose, events := n))
                ELSE to_json(struct_pack(field := 'occurred_at_us', old := CAST(occurred_at_us AS VARCHAR),
                     new := CAST({_NEW} AS VARCHAR), ahead_seconds := round(shift_us / 1e6, 1), events := n))
                END AS VARCHAR) AS detail
    FROM moved"""
