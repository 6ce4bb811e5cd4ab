"""What the API and the console need of a shop's quarantine: its rows, its rules, and one decision at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Literal

from fastapi import Request

from baihuo import privacy, quality
from baihuo.connect import Mask
from baihuo.core import ShopPaths
from baihuo.engine import DuckTables
from baihuo.quality import RowStore
from baihuo.serve.api.access import access_of

SENDING = threading.Lock()
"""Within one worker; between workers the shop's import lock serializes."""
_PREVIEWING = threading.Lock()  # each costs about a second of CPU
Table = Literal["events", "products"]


def row_store(request: Request) -> RowStore:
    """The store of this shop's rows."""
    paths = ShopPaths(request.app.state.shop)
    tables = DuckTables(memory_mb=512, threads=1)
    return RowStore.of(tables, paths.raw, paths.clean)


def row_mask(request: Request) -> Mask:
    """The function that masks personal data in rows that are sent in."""
    app = request.app
    key = ShopPaths(app.state.shop).mask_key_file.read_bytes()
    return privacy.column_mask(key, app.state.config.privacy.ids)


def custom_checks(request: Request) -> quality.CustomChecks:
    """The shop's own checks."""
    paths = ShopPaths(request.app.state.shop)
    rules = quality.load_rules(paths.rules_file)
    return quality.load_custom_checks(rules.own, paths.root, [c.name for c in quality.CHECKS])


def preview(
    request: Request,
    store: RowStore,
    row_id: str,
    values: Mapping[str, str | None],
    table: Table | None,
) -> quality.Preview:
    """What the shop's checks say about a row with these values."""
    paths = ShopPaths(request.app.state.shop)
    options = quality.CleanOptions(
        mask_key=paths.mask_key_file.read_bytes(),
        absent_consent=request.app.state.config.privacy.absent_consent,
        custom=custom_checks(request),
    )
    rules = quality.load_rules(paths.rules_file)
    with _PREVIEWING:
        return quality.preview(
            store, row_id, values, mask=row_mask(request), rules=rules, options=options, table=table
        )


def record(request: Request, actor: str, action: str, rows: list[str], by: str, why: str) -> None:
    """Write a decision to the audit log."""
    detail = {"by": by, "why": privacy.redact(why).text, "n_rows": len(rows)}
    access_of(request).record(action, actor=actor, subject=rows[0], detail=detail)
