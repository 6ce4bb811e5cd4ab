"""A message to a webhook when the data warns or stops. It never delays or fails a run."""

from __future__ import annotations

import atexit
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from baihuo.quality.report.report import QualityReport
from baihuo.quality.report.settings import AlertRules

log = logging.getLogger(__name__)


def alert(report: QualityReport, rules: AlertRules, *, where: str) -> threading.Thread | None:
    """POST the verdict to ``rules.webhook``, from a thread of its own.

    A receiver that is slow, away or wrong costs a line in the log and nothing else; only a program that
    ends waits for it, no longer than :func:`longest_seconds`. None when nothing is sent.

    Args:
        where: the folder of the report, for the person who reads.
    """
    order = ("ok", "warn", "stop")
    if not rules.webhook or order.index(report.verdict) < order.index(rules.least):
        return None
    body = json.dumps(_BODIES[rules.format](report, where), ensure_ascii=False).encode()
    thread = threading.Thread(target=_send, args=(body, rules), name="baihuo-alert", daemon=True)
    thread.start()
    atexit.register(thread.join, longest_seconds(rules))  # a command that ends waits for it
    return thread


def longest_seconds(rules: AlertRules) -> float:
    """How long all tries together may take."""
    return rules.timeout_seconds * (rules.retries + 1) + sum(
        _pause(i) for i in range(rules.retries)
    )


def _send(body: bytes, rules: AlertRules) -> None:
    for attempt in range(rules.retries + 1):
        if attempt:
            time.sleep(_pause(attempt - 1))
        try:
            request = urllib.request.Request(
                rules.webhook, body, {"Content-Type": "application/json"}, method="POST"
            )
            with urllib.request.urlopen(request, timeout=rules.timeout_seconds):
                return
        except urllib.error.HTTPError as why:
            reason = f"HTTP {why.code}"
            if why.code < 500 and why.code not in (408, 429):  # asking again would not help
                break
        except Exception as why:
            reason = type(why).__name__
    # not the address: it often holds the receiver's password
    log.warning("the quality alert was not delivered: %s", reason)


def _pause(attempt: int) -> float:
    return min(0.5 * 2**attempt, 8.0)


def _words(report: QualityReport, where: str) -> str:
    noted = f", {report.n_noted:,} findings only noted" if report.n_noted else ""
    first = f"baihuo data quality: {report.verdict}{noted} ({where})"
    lines = [first, *report.stops, *report.warnings]
    return "\n".join([*lines, *([f"owner: {report.owner}"] if report.owner else [])])


def _json(report: QualityReport, where: str) -> dict[str, Any]:
    at = datetime.fromtimestamp(report.checked_at_us / 1e6, UTC).isoformat()
    return {
        "verdict": report.verdict,
        "stops": report.stops,
        "warnings": report.warnings,
        "noted": {finding.check: finding.n_findings for finding in report.noted},
        "owner": report.owner,
        "note": report.note,
        "rules_version": report.rules_version,
        "run_id": report.run_id,
        "checked_at": at,
        "where": where,
        "owners": sorted({x.owner for x in report.limits if x.owner and x.verdict != "ok"}),
    }


_BODIES: dict[str, Callable[[QualityReport, str], dict[str, Any]]] = {
    "json": _json,
    "slack": lambda report, where: {"text": _words(report, where)},
    "feishu": lambda r, where: {"msg_type": "text", "content": {"text": _words(r, where)}},
    "dingtalk": lambda r, where: {"msgtype": "text", "text": {"content": _words(r, where)}},
}
