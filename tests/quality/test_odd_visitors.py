"""Ids of visitors with quotes, JSON or a word around them."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.checks("visitor_form")


def test_what_stands_around_an_id_goes_where_its_session_has_the_id_plain(
    event: Any, cleaned: Any
) -> None:
    def click(visit: int, visitor_id: str, seconds: int = 0) -> Any:
        return event("click", 10 * visit + seconds, visitor_id=visitor_id, session_id=f"s{visit}")

    usual = [click(v, f"u{v}", i) for v in range(20) for i in range(2)]
    odd = ['"u1"', "'u2'", '{"uid": "u3"}', "u4; path=/; HttpOnly", "visitor=u5", "%22u6%22", " u7"]
    kept = ['"u1"', "x-u99", "u10-2", "u110", "guest", "guest-x8a", "99:u14"]
    rows = [
        *usual,
        *(click(v, name, 5) for v, name in enumerate(odd, 1)),
        *(click(v, name, 5) for v, name in enumerate(kept, 8)),  # of other visits, other ids
        click(12, "guest-x8a", 6),
    ]
    run = cleaned(rows)
    assert run.found() == {(f"0:{n}", "visitor_form", "repair") for n in range(41, 48)}
    after = [r["visitor_id"] for r in sorted(run.rows("events"), key=lambda r: r["line"])]
    assert after[40:] == [*(f"u{v}" for v in range(1, 8)), *kept, "guest-x8a"]
