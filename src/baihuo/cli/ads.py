"""``baihuo ads``: one function a command."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.cli.keys import iso_time
from baihuo.cli.tables import printable
from baihuo.core import BadInput, Conflict, NotFound
from baihuo.settings import Shop, shop_folder

if TYPE_CHECKING:
    from baihuo.ads import Advertiser, BanKind, CampaignStore, CampaignVersion, Decision

ads = typer.Typer(
    help="Ads: advertisers, their campaigns, and what the shop approves and bans.",
    no_args_is_help=True,
)
advertisers = typer.Typer(help="Advertisers: who pays for campaigns.", no_args_is_help=True)
ads.add_typer(advertisers, name="advertisers")

CampaignIds = Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of campaigns.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
LiftOption = Annotated[bool, typer.Option("--lift", help="Lift the ban.")]


@contextmanager
def campaign_store(shop: Shop) -> Iterator[CampaignStore]:
    """Open the shop's campaigns; closed afterwards."""
    from baihuo.ads import CampaignStore

    store = CampaignStore(shop.ads_file)
    try:
        yield store
    finally:
        store.close()


@ads.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file, UTF-8, with a header.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is wrong.")] = False,
    shop: ShopOption = None,
) -> None:
    """Import campaigns, a row each; a campaign of a known id is changed. New ones, and other products, keywords or names, wait for approval;
    bids, budgets and dates count at once. Good rows beside bad ones are kept; with a bad one the exit code is 2.

    Columns: campaign_id, advertiser_id, name, product_ids, bid, starts_at; and as needed bid_kind (click, thousand, cost_per_purchase,
    return_on_spend), most_bid, budget_day, budget_total, ends_at, surfaces, keywords, categories, audiences, hours, frequency_cap,
    currency. Lists have | between; amounts are in whole units, as in 12.50; keywords are [exact], "phrase" or broad, with - in front
    negative.

    \b
    baihuo ads import campaigns.csv --dry-run
    baihuo ads import campaigns.csv
    """
    from baihuo import flow
    from baihuo.ads import FieldProblem, read_csv

    folder, by = shop_folder(shop), getpass.getuser()
    counts = {"new": 0, "changed": 0, "as before": 0}
    with campaign_store(folder) as store, flow.ads_office(folder) as office:
        found = read_csv(file, office.rules(store))
        problems = list(found.problems)
        for line, campaign in found.campaigns.items() if not dry_run else ():
            at_us = flow.now_us()
            try:
                made = store.submit(campaign, by=by, at_us=at_us)
            except (Conflict, NotFound) as error:
                problems.append(FieldProblem("", "", error.what, error.fix, line))
                continue
            is_same = made.changed_at_us != at_us
            version = made.campaign.version
            counts["as before" if is_same else "new" if version == 1 else "changed"] += 1
    for problem in sorted(problems, key=lambda p: p.row or 0):
        stderr.print(printable(str(problem)), markup=False, highlight=False, soft_wrap=True)
    n_refused = len({problem.row for problem in problems})
    kept = ", ".join(f"{n} {what}" for what, n in counts.items())
    n_kept = found.n_rows - n_refused
    done = "nothing was written" if dry_run else kept
    typer.echo(f"{found.n_rows} rows: {n_kept} kept ({done}), {n_refused} refused")
    if n_kept and not dry_run:
        detail = {"file": file.name, **counts}
        flow.record_audit(folder, "campaign.import", subject=file.name, detail=detail)
    if n_refused:
        raise typer.Exit(2)


@ads.command("list")
def list_(
    advertiser: Annotated[str | None, typer.Option(help="Of this advertiser only.")] = None,
    status: Annotated[
        str | None, typer.Option(help="submitted, approved, rejected or paused.")
    ] = None,
    shop: ShopOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the campaigns: status, whether anything of it runs, bid and budgets.

    \b
    baihuo ads list
    baihuo ads list --status submitted
    """
    from baihuo.ads import CampaignStatus, version_row

    if status is not None and status not in set(CampaignStatus):
        fix = f"one of {', '.join(CampaignStatus)}"
        raise BadInput(f"there is no status {status!r}", fix=fix)
    folder = shop_folder(shop)
    zone = folder.settings().ads.zone()
    with campaign_store(folder) as store:
        found = [v for v in store.campaigns(advertiser) if status in (None, str(v.campaign.status))]
    if as_json:
        for version in found:
            typer.echo(json.dumps(version_row(version, zone), ensure_ascii=False))
    elif found:
        stdout.print(campaigns_table(found))
    else:
        stderr.print("no campaigns: baihuo ads import FILE.csv", markup=False)


@ads.command("show")
def show(
    campaign_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a campaign.")],
    shop: ShopOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a version, newest last.")
    ] = False,
) -> None:
    """Show a campaign, what of it runs where that is something else, and all its versions.

    \b
    baihuo ads show kettles-spring
    """
    from baihuo.ads import version_row

    folder = shop_folder(shop)
    zone = folder.settings().ads.zone()
    with campaign_store(folder) as store:
        history = store.history(campaign_id)
    if as_json:
        for version in history:
            typer.echo(json.dumps(version_row(version, zone), ensure_ascii=False))
        return
    row = version_row(history[-1], zone)
    running = row.pop("running", None) or {}
    for name, value in row.items():
        typer.echo(printable(f"{name}: {_text(value)}"))
        if name in running and running[name] != value:
            typer.echo(printable(f"  runs with: {_text(running[name])}"))
    typer.echo("versions:")
    for old in (version_row(version, zone) for version in history):
        reason = f": {old['reason']}" if old["reason"] else ""
        line = f"  {old['version']} {old['status']} by {old['changed_by']} {old['changed_at']}"
        typer.echo(printable(line + reason))


@ads.command("approve")
def approve(
    campaign_ids: CampaignIds,
    version: Annotated[
        int | None, typer.Option(help="The version you looked at: a newer one is not approved.")
    ] = None,
    shop: ShopOption = None,
) -> None:
    """Let campaigns run as they are.

    \b
    baihuo ads approve kettles-spring
    baihuo ads approve kettles-spring --version 3
    """
    from baihuo.ads import Decision

    _decide(shop, campaign_ids, Decision.APPROVE, expected=version)


@ads.command("reject")
def reject(
    campaign_ids: CampaignIds,
    reason: Annotated[str, typer.Option(help="Why; the advertiser reads it.")],
    shop: ShopOption = None,
) -> None:
    """Refuse campaigns, or stop them. Of a running campaign with a change that waits, only the change is refused; once more, and it stops.

    \b
    baihuo ads reject kettles-spring --reason "the picture shows another product"
    """
    from baihuo.ads import Decision

    _decide(shop, campaign_ids, Decision.REJECT, reason=reason)


@ads.command("pause")
def pause(campaign_ids: CampaignIds, shop: ShopOption = None) -> None:
    """Stop campaigns until they are resumed.

    \b
    baihuo ads pause kettles-spring
    """
    from baihuo.ads import Decision

    _decide(shop, campaign_ids, Decision.PAUSE)


@ads.command("resume")
def resume(campaign_ids: CampaignIds, shop: ShopOption = None) -> None:
    """Let paused campaigns go on.

    \b
    baihuo ads resume kettles-spring
    """
    from baihuo.ads import Decision

    _decide(shop, campaign_ids, Decision.RESUME)


@ads.command("ban-category")
def ban_category(
    category: Annotated[
        str | None, typer.Argument(help="A path from the root, with everything below it.")
    ] = None,
    lift: LiftOption = False,
    shop: ShopOption = None,
) -> None:
    """Never advertise products of a category. Without one: print those that are banned.

    \b
    baihuo ads ban-category "Home > Knives"
    baihuo ads ban-category "Home > Knives" --lift
    """
    from baihuo.ads import BanKind

    _ban(shop, BanKind.CATEGORY, category, lift=lift)


@ads.command("ban-word")
def ban_word(
    word: Annotated[
        str | None, typer.Argument(help="A word or phrase, in all its inflections.")
    ] = None,
    lift: LiftOption = False,
    shop: ShopOption = None,
) -> None:
    """Allow a word in no name and no keyword of a campaign. Without one: print those that are banned.

    \b
    baihuo ads ban-word casino
    """
    from baihuo.ads import BanKind

    _ban(shop, BanKind.WORD, word, lift=lift)


@advertisers.command("add")
def add_advertiser(
    advertiser_id: Annotated[
        str, typer.Argument(metavar="ID", help="A short id, as campaigns name it.")
    ],
    name: Annotated[str, typer.Argument(help="The name that is shown.")],
    shop: ShopOption = None,
) -> None:
    """Add an advertiser.

    \b
    baihuo ads advertisers add acme "Acme Ltd"
    """
    from baihuo import flow

    folder = shop_folder(shop)
    with campaign_store(folder) as store:
        store.add_advertiser(advertiser_id, name, by=getpass.getuser(), at_us=flow.now_us())
    flow.record_audit(folder, "advertiser.add", subject=advertiser_id, detail={"name": name})
    stderr.print(f"{name} was added", markup=False, highlight=False)


@advertisers.command("list")
def list_advertisers(shop: ShopOption = None, as_json: JsonOption = False) -> None:
    """Show all advertisers.

    \b
    baihuo ads advertisers list
    """
    with campaign_store(shop_folder(shop)) as store:
        found = store.advertisers()
    if as_json:
        for one in found:
            typer.echo(json.dumps(_advertiser_row(one), ensure_ascii=False))
    elif found:
        table = ads_table("id", "name", "added by", "added")
        for one in found:
            table.add_row(*(escape(printable(x or "")) for x in _advertiser_row(one).values()))
        stdout.print(table)
    else:
        stderr.print("no advertisers: baihuo ads advertisers add ID NAME", markup=False)


# What the commands share.


def campaigns_table(found: list[CampaignVersion]) -> Table:
    """Build a table with a line for each campaign."""
    from baihuo.ads import BidKind, whole_units

    table = ads_table("id", "advertiser", "name", "status", "runs", "bid", "a day", "in all")
    for version in found:
        one = version.campaign

        def money(minor: int | None, currency: str = one.currency) -> str:
            return "–" if minor is None else whole_units(minor, currency)

        is_ratio = one.bid.kind is BidKind.RETURN_ON_SPEND
        amount = f"{one.bid.amount:g}x" if is_ratio else money(int(one.bid.amount))
        runs = "yes" if version.running is not None else "no"
        names = (one.campaign_id, one.advertiser_id, one.name, str(one.status), runs)
        budgets = (money(one.budget_day_minor), money(one.budget_total_minor))
        bid = f"{amount} {one.bid.kind}"
        table.add_row(*(escape(printable(cell)) for cell in (*names, bid, *budgets)))
    return table


def _decide(
    shop: Path | None,
    campaign_ids: list[str],
    decision: Decision,
    *,
    reason: str = "",
    expected: int | None = None,
) -> None:
    from baihuo import flow

    folder, by = shop_folder(shop), getpass.getuser()
    with campaign_store(folder) as store:
        for campaign_id in campaign_ids:
            made = store.decide(
                *(campaign_id, decision),
                by=by,
                at_us=flow.now_us(),
                reason=reason,
                expected=expected,
            )
            detail = {"version": made.campaign.version, "reason": reason}
            flow.record_audit(folder, f"campaign.{decision}", subject=campaign_id, detail=detail)
            runs = "runs" if made.running is not None else "does not run"
            stderr.print(
                f"{campaign_id} is {made.campaign.status} and {runs}", markup=False, highlight=False
            )


def _ban(shop: Path | None, kind: BanKind, value: str | None, *, lift: bool) -> None:
    from baihuo import flow
    from baihuo.ads import BanKind

    folder = shop_folder(shop)
    with campaign_store(folder) as store:
        if value is None:
            safety = store.safety()
            for banned in safety.categories if kind is BanKind.CATEGORY else safety.words:
                typer.echo(printable(banned))
            return
        store.ban(kind, value, by=getpass.getuser(), at_us=flow.now_us(), lift=lift)
    detail = {"kind": str(kind)}
    flow.record_audit(folder, "ban.lift" if lift else "ban.add", subject=value, detail=detail)
    done = "is allowed again" if lift else "is banned"
    stderr.print(f"the {kind} {value} {done}", markup=False, highlight=False)


def _advertiser_row(one: Advertiser) -> dict[str, str | None]:
    return {
        "advertiser_id": one.advertiser_id,
        "name": one.name,
        "added_by": one.added_by,
        "added_at": iso_time(one.added_at_us),
    }


def ads_table(*names: str, n_texts: int | None = None) -> Table:
    """Build an empty table; columns after the first ``n_texts`` (None: all) are numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(names):
        is_text = n_texts is None or i < n_texts
        table.add_column(name, overflow="fold", justify="left" if is_text else "right")
    return table


def _text(value: Any) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)
