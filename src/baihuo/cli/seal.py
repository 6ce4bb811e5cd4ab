"""``baihuo seal``: move the server's logs into immutable files."""

from __future__ import annotations

import typer

from baihuo.cli.context import ShopOption
from baihuo.core import now_us
from baihuo.settings import shop_folder


def seal(shop: ShopOption = None) -> None:
    """Move live events and served pages older than an hour to sealed files, and free their disk space. Pages older than
    `privacy.retention.served_days` are marked, and dropped a day later. A running server does the same by
    itself for pages, and `baihuo check` for events; both go on while this runs.

    \b
    baihuo seal
    """
    from baihuo import flow

    done = flow.seal_logs(shop_folder(shop), now_us=now_us())
    typer.echo(f"events: {done.events_file.name if done.events_file else 'none waited'}")
    pages = done.pages
    typer.echo(
        f"served pages: {pages.n_sealed:,} sealed in {pages.n_files:,} files, {pages.n_dropped:,} dropped, "
        f"{pages.freed_bytes / 1e6:,.1f} MB freed"
    )
