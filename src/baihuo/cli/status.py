"""``baihuo status``: the state of the shop."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.cli.context import ShopOption, stdout
from baihuo.cli.tables import printable
from baihuo.settings import shop_folder

if TYPE_CHECKING:
    from baihuo.monitor import BundleState, Status


def status(
    shop: ShopOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, for monitoring.")
    ] = False,
) -> None:
    """Show the state of the shop, stage by stage, and the next command to run. Read-only.

    \b
    baihuo status
    baihuo status --shop shops/sample --json
    """
    from baihuo import flow

    state = flow.status(shop_folder(shop))
    if as_json:
        typer.echo(json.dumps(state.to_json(), ensure_ascii=False))
        return
    stdout.print(status_table(state))
    stdout.print(f"next: {state.next_step}", markup=False, highlight=False, style="bold")


# ``baihuo status`` as a table: one or two lines for each stage.


def status_table(s: Status) -> Table:
    """Build a table of the pipeline's stages, in order."""
    table = Table(
        title=f"Shop {escape(printable(s.folder))}",
        box=box.SIMPLE,
        show_header=False,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
    )
    table.add_column("stage", style="bold")
    table.add_column("state", overflow="fold")
    for stage, lines in _lines(s):
        table.add_row(stage, escape(printable("\n".join(lines))))
    return table


def _lines(s: Status) -> list[tuple[str, list[str]]]:
    return [
        ("import", _imports(s)),
        ("check", _check(s)),
        (
            "features",
            ["no state yet" if s.features is None else f"state of {_ago(s, s.features.at_us)}"],
        ),
        (
            "index",
            ["none yet"]
            if s.index is None
            else [
                f"{s.index.n_products:,} products, {s.index.index_id}, made {_ago(s, s.index.made_at_us)}"
            ],
        ),
        ("train", _trained(s)),
        ("release", _released(s)),
        ("serve", _served(s)),
        ("skew", _skew(s)),
        ("watch", _watch(s)),
        *([("assist", _assist(s))] if s.assist is not None else []),
        *([("privacy", _erasures(s))] if s.erasures is not None else []),
        *([("warnings", list(s.warnings))] if s.warnings else []),
        *([("problems", list(s.problems))] if s.problems else []),
    ]


def _imports(s: Status) -> list[str]:
    if (imported := s.imports) is None:
        return ["nothing yet"]
    lines = [
        f"{imported.n_kept['events']:,} events and {imported.n_kept['products']:,} products from {imported.n_imports:,} files; "
        f"{sum(imported.n_quarantined.values()):,} rows refused"
    ]
    if imported.newest_event_at_us is not None:
        lines.append(f"newest event: {_ago(s, imported.newest_event_at_us)}")
    return lines


def _check(s: Status) -> list[str]:
    if (check := s.check) is None:
        return ["not yet"]
    lines = [
        f"{check.verdict}, {_ago(s, check.checked_at_us)}: {check.n_events:,} events and {check.n_products:,} products "
        f"clean; {len(check.warnings)} warnings, {len(check.stops)} stops, {check.n_noted:,} findings only noted"
    ]
    if check.is_stale:
        lines.append("new rows were imported since")
    return [*lines, *check.stops]


def _trained(s: Status) -> list[str]:
    newest = s.newest_bundle
    if newest is None:
        return ["no bundle yet"]
    is_live = s.live is not None and s.live.bundle.bundle_id == newest.bundle_id
    live = ", live" if is_live else ""
    return [
        f"newest bundle {newest.bundle_id}, {_ago(s, newest.sealed_at_us)}{live}",
        *_gate(newest, is_live),
    ]


def _released(s: Status) -> list[str]:
    if (live := s.live) is None:
        return ["nothing is live"]
    first = (
        f"bundle {live.bundle.bundle_id} over index {live.index_id} since {_ago(s, live.since_us)}"
    )
    return [first, *_gate(live.bundle, is_live=True), *_rollback(s)]


def _rollback(s: Status) -> list[str]:
    """Return the reason of the last rollback; empty after a newer release."""
    if (back := s.rollback) is None or s.live is None:
        return []
    if back.to_bundle_id != s.live.bundle.bundle_id:
        return []
    return [f"rolled back from bundle {back.bundle_id}, {_ago(s, back.at_us)}:", *back.reasons]


def _gate(bundle: BundleState, is_live: bool) -> list[str]:
    lines = []
    if not is_live:
        lines.append(
            {
                None: "the gate was not run",
                True: "passed the gate",
                False: "refused by the gate",
            }[bundle.is_open]
        )
    if bundle.forced is not None:
        lines.append(f"forced by {bundle.forced.get('by')}: {bundle.forced.get('reason')}")
    lines += bundle.reasons
    return [*lines, *(f"warning: {w}" for w in bundle.warnings)]


def _served(s: Status) -> list[str]:
    if s.served.newest_at_us is None:
        lines = ["no page yet"]
    else:
        lines = [f"{s.served.n_pages:,} pages, the newest {_ago(s, s.served.newest_at_us)}"]
        if s.served.n_sealed or s.served.n_dropped:
            lines.append(
                f"{s.served.n_sealed:,} of them are sealed; {s.served.n_dropped:,} were dropped because they expired"
            )
    if s.log.n_events:
        lines.append(
            f"{s.log.n_events:,} events came in live, {s.log.n_waiting:,} are waiting for the next check"
        )
    return lines


def _skew(s: Status) -> list[str]:
    if (skew := s.skew) is None:
        return ["not measured yet"]
    when = _ago(s, skew.measured_at_us)
    if not skew.n_values:
        return [f"{when}: nothing was compared: {skew.why_nothing}"]
    return [
        f"{skew.share_different:.3%} of {skew.n_values:,} served values differ from the SQL "
        f"({skew.share_after_checks:.3%} after the checks), bundle {skew.bundle_id}, {when}"
    ]


def _watch(s: Status) -> list[str]:
    if (look := s.watch) is None:
        return ["not watched yet: baihuo watch"]
    when = f"bundle {look.bundle_id}, {_ago(s, look.at_us)}"
    if not look.watched:
        return [f"{when}: {look.not_watched}"]
    if not look.reasons:
        return [f"{when}: {len(look.watched)} measures inside their bands"]
    done = f"rolled back to {look.rolled_back_to}"
    return [
        f"{when}: outside its bands, {done if look.rolled_back_to else f'not rolled back: {look.why_no_rollback}'}",
        *look.reasons,
    ]


def _erasures(s: Status) -> list[str]:
    """Return waiting erasures, and the live bundle's deadline."""
    if (erasures := s.erasures) is None:
        return []
    lines = []
    if erasures.oldest_pending_at_us is not None:
        since = _ago(s, erasures.oldest_pending_at_us)
        lines.append(f"{erasures.n_pending:,} erasure requests wait, the first {since}")
    if erasures.retrain_by_us is not None:
        day = f"{datetime.fromtimestamp(erasures.retrain_by_us / 1e6, UTC):%Y-%m-%d}"
        late = ", which has passed" if erasures.is_late else ""
        lines.append(
            f"the live bundle was trained on {erasures.n_waiting:,} erased visitors: retrain by {day}{late}"
        )
    return lines or ["all requests are done"]


def _assist(s: Status) -> list[str]:
    """Return customer service's measures of the last four weeks."""
    if (of := s.assist) is None:
        return []
    lines = [
        f"{of.n_conversations:,} conversations in 28 days, {of.n_turns:,} messages; "
        f"{of.n_handed_over:,} handed over, {of.n_waiting:,} of them open"
    ]
    if of.deflection is not None:
        lines.append(f"{of.deflection:.0%} ended without a person")
    if of.resolution_rate is not None:
        n_said = of.n_resolved + of.n_not_resolved
        lines.append(f"{of.resolution_rate:.0%} of {n_said:,} rating shoppers were helped")
    n_wrong = sum(wrong for wrong, _ in of.wrong_answers.values())
    n_answers = sum(n for _, n in of.wrong_answers.values())
    if n_wrong:
        worst = sorted(of.wrong_answers.items(), key=lambda item: -item[1][0])[:3]
        named = ", ".join(
            f"{intent or 'no intent'} {bad} of {n}" for intent, (bad, n) in worst if bad
        )
        lines.append(
            f"{n_wrong:,} of {n_answers:,} answers were wrong (thumb down, or asked again): {named}"
        )
    return lines


def _ago(s: Status, at_us: int) -> str:
    """Format a time and its age."""
    seconds = max(0, s.at_us - at_us) / 1e6
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            age = f"{seconds / size:.0f} {unit}"
            break
    else:
        age = f"{seconds:.0f} s"
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d %H:%M} UTC ({age} ago)"
