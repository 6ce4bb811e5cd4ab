"""``baihuo ads``: deposits, statements, credits, the report, and what other rules would bring."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from baihuo.cli.ads import ads, ads_table
from baihuo.cli.context import ShopOption, stderr, stdout
from baihuo.cli.tables import printable
from baihuo.core import BadInput, ShopError, Surface
from baihuo.settings import Shop, shop_folder

if TYPE_CHECKING:
    from baihuo.ads import AdsReport
    from baihuo.evaluate import Interval

__all__ = ["ads"]

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
AdvertiserArgument = Annotated[str, typer.Argument(metavar="ADVERTISER", help="Its id.")]


@ads.command("deposit")
def deposit(
    advertiser: AdvertiserArgument,
    amount: Annotated[str, typer.Argument(help="In whole units, as in 250.00.")],
    reference: Annotated[
        str, typer.Option(help="Of the payment; the same reference is booked once.")
    ],
    shop: ShopOption = None,
) -> None:
    """Book money that an advertiser paid in. Its campaigns run as long as there is some.

    \b
    baihuo ads deposit acme 500.00 --reference invoice-17
    """
    from baihuo import flow
    from baihuo.ads import minor_units

    folder = shop_folder(shop)
    currency = _currency(folder)
    try:
        minor = minor_units(amount, currency)
    except BadInput as error:
        raise BadInput(f"amount {amount!r} {error.what}", fix=error.fix) from error
    balance = flow.deposit_for_ads(folder, advertiser, minor, reference)
    detail = {"amount_minor": minor, "reference": reference}
    flow.record_audit(folder, "advertiser.deposit", subject=advertiser, detail=detail)
    typer.echo(f"{advertiser} has {_money(folder, balance)}")


@ads.command("statement")
def statement(
    advertiser: AdvertiserArgument,
    month: Annotated[str | None, typer.Option(help="As in 2026-12; left out: this one.")] = None,
    shop: ShopOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the month of an advertiser: balance before, deposits, charges by campaign, credits, balance after.

    \b
    baihuo ads statement acme --month 2026-12
    """
    from baihuo import flow

    folder = shop_folder(shop)
    found = flow.ads_statement(folder, advertiser, month)
    if as_json:
        lines = [{n: getattr(line, n) for n in line.__slots__} for line in found.lines]
        row = {
            "advertiser_id": found.advertiser_id,
            "month": found.month,
            "opening_minor": found.opening_minor,
            "lines": lines,
            "closing_minor": found.closing_minor,
        }
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    table = ads_table("", "campaign", "reference", "number", "amount", n_texts=3)
    table.add_row("balance before", "", "", "", _money(folder, found.opening_minor))
    for line in found.lines:
        table.add_row(
            line.kind,
            escape(printable(line.campaign_id or "")),
            escape(printable(line.finding_id or line.reference or "")),
            f"{line.n_events:,}" if line.n_events else "",
            _money(folder, line.amount_minor),
        )
    table.add_row("balance after", "", "", "", _money(folder, found.closing_minor))
    stdout.print(table)


@ads.command("verify")
def verify(shop: ShopOption = None) -> None:
    """Read the whole ledger again: entries that sum to 0, charges that are those of clicks, budgets and balances that were kept. With an
    error the exit code is 1.

    \b
    baihuo ads verify
    """
    from baihuo import flow

    problems = flow.verify_ads_ledger(shop_folder(shop))
    for problem in problems:
        stderr.print(problem, markup=False, highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    typer.echo("the ledger is right")


@ads.command("credit")
def credit(shop: ShopOption = None, as_json: JsonOption = False) -> None:
    """Give back the clicks that the last `baihuo check` found to be of bots, doubled or never shown, each with its finding. Running it
    again gives nothing back twice.

    \b
    baihuo check
    baihuo ads credit
    """
    from baihuo import flow

    folder = shop_folder(shop)
    found = flow.credit_invalid_clicks(folder)
    if as_json:
        for one in found:
            row = {n: getattr(one, n) for n in ("click_id", "credited_minor", "finding_id")}
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    total = sum(one.credited_minor for one in found)
    flow.record_audit(folder, "ads.credit", detail={"clicks": len(found), "amount_minor": total})
    typer.echo(f"{len(found):,} clicks were credited, {_money(folder, total)}")


@ads.command("report")
def report(
    days: Annotated[float, typer.Option(min=0.04, max=366, help="Until now.")] = 30,
    advertiser: Annotated[str | None, typer.Option(help="Only of this one.")] = None,
    attribution: Annotated[
        bool, typer.Option("--attribution", help="Add purchases by five models and three windows.")
    ] = False,
    shop: ShopOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what campaigns got and paid, and why they lost auctions. Purchases are those after a click within 14 days (last click);
    attribution says what followed an ad, not what it caused (docs/ads.md).

    \b
    baihuo ads report --days 7
    baihuo ads report --advertiser acme --attribution --json
    """
    from baihuo import flow

    folder = shop_folder(shop)
    found = flow.report_ads(folder, days=days, advertiser_id=advertiser)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    stdout.print(_report_table(folder, found))
    typer.echo(
        f"{found.n_served:,} ads on {found.n_pages:,} pages, revenue {_money(folder, found.revenue_minor)}"
    )
    if attribution:
        stdout.print(_attribution_table(folder, found))
    for line in _prediction_lines(folder, found):
        typer.echo(line)


def _prediction_lines(shop: Shop, found: AdsReport) -> Iterator[str]:
    """Yield a line for each surface and each other order of its ads."""

    def ends(of: Interval, *, is_money: bool) -> str:
        mid, low, high = (
            _money(shop, round(v)) if is_money else f"{v:.1f}" for v in (of.mid, of.low, of.high)
        )
        return f"{'' if of.mid < 0 else '+'}{mid} [{low}, {high}]"

    for surface, gains in found.predictions.items():
        if isinstance(gains, ShopError):
            yield f"what P(click) brought on {surface} is not known: {gains}"
            continue
        for gain in gains:
            beside = "random ads" if gain.instead_of == "random" else "bids alone"
            line = f"P(click) brought on {surface}, a thousand auctions, beside {beside}: "
            line += f"clicks {ends(gain.clicks_gain, is_money=False)}, at their bids {ends(gain.value_gain_minor, is_money=True)}"
            if gain.revenue_gain_minor is not None:
                line += f", revenue {ends(gain.revenue_gain_minor, is_money=True)}"
            yield line


@ads.command("effect")
def effect(
    campaign: Annotated[
        str | None, typer.Argument(metavar="ID", help="The id of a campaign; without: all ads.")
    ] = None,
    days: Annotated[
        float, typer.Option(min=0.04, max=366, help="Until now; the holdout did not change in it.")
    ] = 30,
    shop: ShopOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a campaign added to purchases of its products, or what all ads did to organic clicks, returning visitors and sales:
    visitors who saw them beside those who would have, but are held out of ads (ads.holdout_share), with 95% intervals.

    \b
    baihuo ads effect kettles-spring --days 28
    baihuo ads effect
    """
    from baihuo import flow

    folder = shop_folder(shop)
    of_shop = flow.effect_of_all_ads(folder, days=days) if campaign is None else None
    of_one = None if campaign is None else flow.effect_of_ads(folder, campaign, days=days)
    found = of_shop or of_one
    assert found is not None
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    rows = {"sales": found.sales_minor}
    if of_shop is not None:
        rows = {"organic clicks": of_shop.organic_clicks, "came back": of_shop.returned} | rows
    elif of_one is not None:
        rows = {"purchases": of_one.purchases} | rows
    typer.echo(f"{found.n_shown:,} visitors saw it, {found.n_ghost:,} would have")
    table = ads_table("", "of a visitor", "held out", "added in all", "95% from", "to", n_texts=1)
    for name, of in rows.items():
        values = (of.shown, of.ghost, of.total.mid, of.total.low, of.total.high)
        table.add_row(
            name, *(_money(folder, round(v)) if name == "sales" else f"{v:,.3g}" for v in values)
        )
    stdout.print(table)
    if of_one is not None:
        back = of_one.incremental_return
        typer.echo(
            f"added sales for each unit of spend: {back.mid:.2f} [{back.low:.2f}, {back.high:.2f}]"
        )


@ads.command("forecast")
def forecast(
    campaign: Annotated[str, typer.Argument(metavar="ID", help="The id of a campaign.")],
    pages: Annotated[int, typer.Option(min=20, max=100_000, help="The newest ones.")] = 500,
    shop: ShopOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a campaign could get before it starts: the newest pages of the shop are sold again with it among those that run, at its bid
    and at others.

    \b
    baihuo ads forecast kettles-spring
    baihuo ads forecast kettles-spring --pages 5000
    """
    from baihuo import flow

    folder = shop_folder(shop)
    found = flow.forecast_of_ads(folder, campaign, n_pages=pages)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    not_asked = "".join(
        f"; {reason.replace('_', ' ')} {_share(share)}" for reason, share in found.not_asked.items()
    )
    over = f"{found.days:.1f} days" if found.days >= 1 else f"{24 * found.days:.1f} hours"
    typer.echo(
        f"{found.n_pages:,} pages of {over}: {_share(found.asked_for)} fit what it asks for, "
        f"on {_share(found.relevant)} one of its products is relevant{not_asked}"
    )
    table = ads_table("bid", "pages won a day", "clicks a day", "spend a day", "a click", n_texts=1)
    for at in found.at_bids:
        clicks, low, high = at.clicks
        spend = [_money(folder, round(amount)) for amount in at.spend_minor]
        cost = at.cost_per_click_minor
        table.add_row(
            f"{at.bid_factor:g} ×",
            f"{at.pages_won:,.1f}",
            f"{clicks:,.1f} [{low:,.1f}, {high:,.1f}]",
            f"{spend[0]} [{spend[1]}, {spend[2]}]",
            "" if cost is None else _money(folder, round(cost)),
        )
    stdout.print(table)
    if found.keywords_without_match:
        unmatched = ", ".join(found.keywords_without_match)
        stdout.print(printable(f"on no search: {unmatched}"), markup=False, highlight=False)
    for note in found.notes:
        stdout.print(printable(note), markup=False, highlight=False)


@ads.command("audiences")
def audiences(shop: ShopOption = None, as_json: JsonOption = False) -> None:
    """Show the audiences of shop.yaml that campaigns may be aimed at, and how many visitors each has.

    \b
    baihuo ads audiences
    baihuo ads audiences --json
    """
    from baihuo import flow

    folder = shop_folder(shop)
    sizes, settings = flow.ads_audience_sizes(folder), folder.settings().ads
    if as_json:
        typer.echo(json.dumps(sizes, ensure_ascii=False))
        return
    if not sizes:
        stderr.print("no audiences: ads.audiences in shop.yaml (docs/ads.md)", markup=False)
        return
    table = ads_table("audience", "visitors", "", n_texts=1)
    for name, n in sizes.items():
        too_few = f"fewer than {settings.k_audience}: no campaign may use it"
        table.add_row(escape(name), f"{n:,}", "" if n >= settings.k_audience else too_few)
    stdout.print(table)


@ads.command("what-if")
def what_if(
    surface: Annotated[Surface, typer.Option(help="search, home or similar.")] = Surface.SEARCH,
    reserve: Annotated[str | None, typer.Option(help="Of a click, as in 0.20.")] = None,
    floor: Annotated[float | None, typer.Option(min=0, max=1, help="Of relevance.")] = None,
    bids: Annotated[float, typer.Option(min=0, max=10, help="Times every bid.")] = 1.0,
    pricing: Annotated[str | None, typer.Option(help="gsp, first_price or vcg.")] = None,
    days: Annotated[float, typer.Option(min=0.04, max=366, help="Of auctions, until now.")] = 30,
    shop: ShopOption = None,
    as_json: JsonOption = False,
) -> None:
    """Estimate what other rules would have brought in the auctions of the log, bids unchanged: exactly where only prices change, by explored
    places where ads do. Refused where the log cannot say.

    \b
    baihuo ads what-if --surface search --reserve 0.20
    baihuo ads what-if --surface home --floor 0.7 --days 14
    """
    from baihuo import flow
    from baihuo.ads import Pricing, minor_units, what_if_text

    folder = shop_folder(shop)
    if pricing is not None and pricing not in set(Pricing):
        raise BadInput(f"there is no pricing {pricing!r}", fix=f"one of {', '.join(Pricing)}")
    reserve_minor = None if reserve is None else minor_units(reserve, _currency(folder))
    if reserve_minor is not None and reserve_minor < 0:
        raise BadInput(f"--reserve {reserve} is below 0", fix="write an amount, as in 0.20")
    found = flow.ads_what_if(
        folder,
        surface,
        reserve_minor=reserve_minor,
        relevance_floor=floor,
        bid_factor=bids,
        pricing=pricing,
        days=days,
    )
    typer.echo(json.dumps(found.to_json()) if as_json else what_if_text(found))


def _report_table(shop: Shop, found: AdsReport) -> Table:
    table = ads_table(
        "campaign", "auctions", "won", "lost to", "viewable", "clicks", "CTR", "spent", n_texts=3
    )
    for name in ("a click", "purchases", "return"):
        table.add_column(name, justify="right")
    for one in found.campaigns:
        row = one.to_json()
        last = next(
            (
                r
                for r in one.attribution
                if (r["attribution_model"], r["lookback_window_days"]) == ("last_click", 14)
            ),
            {"attributed_conversions": 0.0, "roas": None},
        )
        lost = ", ".join(f"{end} {n:,}" for end, n in list(one.lost.items())[:3])
        cost = row["cost_per_click_minor"]
        table.add_row(
            escape(printable(one.name)),
            f"{one.n_auctions:,}",
            _share(row["win_rate"]),
            lost.replace("_", " "),
            f"{one.n_viewable:,}",
            f"{one.n_clicks:,}",
            _share(row["click_through_rate"]),
            _money(shop, one.spent_minor),
            "" if cost is None else _money(shop, round(cost)),
            f"{last['attributed_conversions']:.0f}",
            "" if last["roas"] is None else f"{last['roas']:.1f} ×",
        )
    return table


def _attribution_table(shop: Shop, found: AdsReport) -> Table:
    table = ads_table(
        "campaign", "model", "days", "purchases", "of the ad's product", "sales", n_texts=3
    )
    for one in found.campaigns:
        for row in one.attribution:
            table.add_row(
                escape(printable(one.name)),
                row["attribution_model"].replace("_", " "),
                str(row["lookback_window_days"]),
                f"{row['attributed_conversions']:.1f}",
                f"{row['attributed_conversions_same_sku']:.1f}",
                _money(shop, round(row["attributed_sales_minor"])),
            )
    return table


def _currency(shop: Shop) -> str:
    currency = shop.settings().currency
    if currency is None:
        raise BadInput("the shop has no currency", fix="set `currency` in shop.yaml, as in EUR")
    return currency


def _money(shop: Shop, minor: int) -> str:
    from baihuo.ads import whole_units

    currency = _currency(shop)
    return f"{whole_units(minor, currency)} {currency}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
