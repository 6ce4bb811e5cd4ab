"""A crowd that only clicks: one product, one hour, many visitors who did nothing else in their lives.

A newsletter or a flash sale brings a crowd too, but its people stay: they dwell, they look at the
page they came from or go on to, some buy. Where nobody does, and in this log people do, somebody
paid for the clicks or wrote a loop that takes a new cookie each time.
"""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.traffic import user_actions
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="crowd",
        step="traffic",
        on="events",
        action="quarantine",
        why="most of this product's clicks in that hour come from visitors who did nothing else, before "
        "or after: no page, no dwell, no cart, where the log's other visitors do",
        fix="ask the door's log for the addresses behind these visitors; give one address one visitor id",
    ),
)


def find(ledger: FindingsStore, settings: TrafficRules, given: CheckContext) -> CheckResult:
    """Clicks of visitors who only clicked one product, in an hour that is mostly theirs."""
    of, tables = settings, ledger.tables
    log = tables.sql(_LOG(), days=user_actions.days(ledger)).to_pylist()[0]
    # others have to look around, or these are not odd: a log of clicks alone says nothing
    if log["n_clicks"] < of.crowd_clicks or not log["looking_share"] >= 0.5:
        return CheckResult()
    clicks, hours = ledger.work / "crowd_clicks.parquet", ledger.work / "crowd_hours.parquet"
    rows = ledger.rows("event_type", "visitor_id", "product_id", "occurred_at_us")
    words = {"rows": rows, "least": of.crowd_clicks // 2}
    tables.sql(_BUSY_DAYS(**words), out=clicks, **ledger.inputs())
    tables.sql(
        _HOURS(clicks=of.crowd_clicks, share=of.crowd_share),
        out=hours,
        clicks=clicks,
        days=user_actions.days(ledger),
    )
    return CheckResult(selects=[_FOUND()], inputs={"hours": hours})


_LOG = sql_file(__file__, "log_activity")

_BUSY_DAYS = sql_file(__file__, "clicks_on_busy_days").bind(day_us=user_actions.DAY_US)

# an hour that is a crowd's, and what of the same crowd falls into the hours beside it
_HOURS = sql_file(__file__, "coordinated_hours")

_FOUND = sql_file(__file__, "coordinated_clicks")
