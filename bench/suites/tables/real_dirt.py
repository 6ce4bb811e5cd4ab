"""What the checks find in real data: docs/real_dirt.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def imported(rows: list[Row]) -> str:
    """Files, and rows that the import refused."""
    refused = [r for r in rows if r["part"] == "refused"]
    files = table(
        ["file", "as", "rows in", "kept", "refused"],
        (
            [r["file"], r["kind"], *(f"{r[k]:,}" for k in ("n_in", "n_kept", "n_quarantined"))]
            for r in rows
            if r["part"] == "in"
        ),
    )
    if not refused:
        return files
    return (
        files
        + "\n\n"
        + table(
            ["refused", "rows", "share", "for example", "what to do"],
            (
                [
                    f"{r['kind']}: `{r['reason']}`",
                    f"{r['n_rows']:,}",
                    f"{r['share']:.2%}",
                    _places(r),
                    r["fix"],
                ]
                for r in refused
            ),
        )
    )


def _places(row: Row) -> str:
    return "; ".join(
        _place(e["at"]) + (f" `{e['value']}`" if e["value"] else "") for e in row["examples"]
    )


def _place(at: str) -> str:
    return f"`{at.replace('.json.zip', '').replace('.csv.gz', '')}`"


def mistakes(rows: list[Row]) -> str:
    """Each kind of mistake that was seen, how often, and the first row of it."""
    lines = []
    for r in rows:
        reasons: dict[str, list[str]] = {}
        for wrong in r.get("wrong", ()):
            reasons.setdefault(wrong["why"], []).append(wrong["at"])
        lines += [
            f"- `{r['check']}`, {len(places)}×: {why} ({_place(places[0])})"
            for why, places in reasons.items()
        ]
    return "\n".join(lines)


def outcome(rows: list[Row]) -> str:
    """Rows of each table: kept, quarantined, merged, repaired."""
    return table(
        ["table", "rows in", "kept", "quarantined", "merged", "repaired"],
        (
            [
                r["table"],
                *(
                    _part(r, k)
                    for k in ("n_in", "n_kept", "n_quarantined", "n_merged", "n_repaired")
                ),
            ]
            for r in rows
            if r["part"] == "table" and r["n_in"]
        ),
    )


def _part(row: Row, name: str) -> str:
    n = row[name]
    return f"{n:,}" if name == "n_in" else f"{n:,} ({n / row['n_in']:.2%})"


def checks(rows: list[Row]) -> str:
    """Each check that found anything, with the verdicts of a person on a sample."""
    return table(
        "check,does,found,of rows,looked at,right,wrong,cannot be told,precision".split(","),
        (
            [
                f"{r['table']}: {r['step']} · `{r['check']}`",
                r["action"],
                f"{r['n_rows']:,}",
                f"{r['share']:.2%}",
                *(r[k] for k in ("n_looked", "n_right", "n_wrong", "n_unsure")),
                _precision(r),
            ]
            for r in rows
            if r["part"] == "check"
        ),
    )


def _precision(row: Row) -> str:
    p = row.get("precision")
    return f"{p['mid']:.0%} [{p['low']:.0%}, {p['high']:.0%}]" if p else "–"


def shares(rows: list[Row]) -> str:
    """Shares of the findings, by question."""
    return table(
        ["of the findings", "share"],
        (
            [r["words"], "no finding" if r["share"] is None else f"{r['share']:.1%}"]
            for r in rows
            if r["part"] == "asked"
        ),
    )


def not_checked(rows: list[Row]) -> str:
    """What could not be checked."""
    return "\n".join(f"- {r['words']}" for r in rows if r["part"] == "not_checked")
