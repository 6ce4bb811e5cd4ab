"""Campaigns of a CSV file: a header, one row a campaign, lists with ``|`` between, amounts in whole units such as 12.50."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from baihuo.ads.campaign import BidKind, Campaign
from baihuo.ads.campaign_fields import (
    BadCampaign,
    CampaignFields,
    CampaignRules,
    FieldProblem,
    minor_units,
    read_campaign,
)
from baihuo.core import BadInput, BrokenFile, cell_text, close_match

_BETWEEN = "|"
_MONEY = {
    "bid": "bid_minor",
    "most_bid": "most_bid_minor",
    "budget_day": "budget_day_minor",
    "budget_total": "budget_total_minor",
}
_LISTS = ("product_ids", "surfaces", "keywords", "categories", "audiences", "hours")
_FIELDS = CampaignFields.model_fields
COLUMNS = (*(n for n in _FIELDS if n not in ("bid_ratio", *_MONEY.values())), *_MONEY)
"""The columns of a file. ``bid`` is a ratio where ``bid_kind`` is return_on_spend."""
_REQUIRED = ("bid", *(name for name, field in _FIELDS.items() if field.is_required()))


@dataclass(frozen=True, slots=True)
class CsvCampaigns:
    """What is in a file. Rows = campaigns kept + rows with problems."""

    n_rows: int
    campaigns: dict[int, Campaign]  # by 1-based line
    problems: tuple[FieldProblem, ...]


def read_csv(path: Path, rules: CampaignRules) -> CsvCampaigns:
    """Read and validate a file. Good rows beside bad ones are kept; of two rows of one campaign the second is refused.

    Raises:
        BrokenFile: it cannot be read, is not UTF-8, or has no header.
        BadInput: an unknown or missing column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        fix = "name a CSV file that you may read"
        raise BrokenFile(f"{path} cannot be read: {error.strerror}", fix=fix) from error
    except UnicodeDecodeError as error:
        raise BrokenFile(f"{path} cannot be read: {error}", fix="save it as UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    campaigns: dict[int, Campaign] = {}
    problems: list[FieldProblem] = []
    lines: dict[str, int] = {}  # of each campaign
    header: list[str] | None = None
    n_rows, line = 0, 1
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                pass
            elif header is None:
                header = _header(path, cells)
            else:
                n_rows += 1
                try:
                    campaign = _campaign(header, cells, rules)
                    first = lines.setdefault(campaign.campaign_id, line)
                    if first != line:
                        fix = "keep one row a campaign"
                        what = f"is in row {first} already"
                        raise BadCampaign(
                            [FieldProblem("campaign_id", campaign.campaign_id, what, fix)]
                        )
                    campaigns[line] = campaign
                except BadCampaign as bad:
                    problems += [replace(problem, row=line) for problem in bad.problems]
            line = reader.line_num + 1
    except csv.Error as error:
        raise BrokenFile(
            f"{path}, line {reader.line_num}: {error}",
            fix='close every quote; a quote in a cell is written twice: """red kettle"""',
        ) from error
    if header is None:
        raise BrokenFile(f"{path} is empty", fix=f"begin with a header: {','.join(_REQUIRED)}")
    return CsvCampaigns(n_rows, campaigns, tuple(problems))


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in COLUMNS:
            fix = close_match(name, COLUMNS) or f"columns are {', '.join(COLUMNS)}"
            raise BadInput(f"{path} has an unknown column {name!r}", fix=fix)
        if names.count(name) > 1:
            raise BadInput(f"{path} has the column {name!r} twice", fix="leave one of them out")
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise BadInput(f"{path} lacks the columns {', '.join(missing)}", fix="add them")
    return names


def _campaign(header: list[str], cells: list[str], rules: CampaignRules) -> Campaign:
    if len(cells) != len(header):
        what = f"has {len(cells)} cells, the header {len(header)}"
        fix = "write an empty cell where there is nothing, and quote a cell with a comma"
        raise BadCampaign([FieldProblem("", "", what, fix)])
    row = {n: cell_text(c.strip()) for n, c in zip(header, cells, strict=True) if c.strip()}
    values, problems = _values(row, rules.currency)
    try:
        campaign = read_campaign(values, rules)
    except BadCampaign as bad:
        # A cell that cannot be read was said already; without its amount, others cannot be judged.
        known = {*_MONEY} if problems else set()
        found = [_as_written(problem, row) for problem in bad.problems]
        problems += [problem for problem in found if problem.field not in known]
    else:
        if not problems:
            return campaign
    raise BadCampaign(problems)


def _values(row: Mapping[str, str], currency: str) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The values of :class:`CampaignFields`, as far as the cells can be read."""
    values: dict[str, Any] = {}
    problems = []
    for name, cell in row.items():
        try:
            if name == "bid" and row.get("bid_kind") == BidKind.RETURN_ON_SPEND:
                values["bid_ratio"] = cell
            elif name in _MONEY:
                values[_MONEY[name]] = minor_units(cell, currency)
            elif name in _LISTS:
                values[name] = [p.strip() for p in cell.split(_BETWEEN) if p.strip()]
            else:
                values[name] = cell
        except BadInput as error:
            problems.append(FieldProblem(name, cell, error.what, error.fix))
    return values, problems


def _as_written(problem: FieldProblem, row: Mapping[str, str]) -> FieldProblem:
    """The problem with the column and the value that the file has."""
    columns = {**{field: column for column, field in _MONEY.items()}, "bid_ratio": "bid"}
    column = columns.get(problem.field)
    return problem if column is None else replace(problem, field=column, value=row.get(column, ""))
