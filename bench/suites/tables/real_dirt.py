"""The tables of docs/real_dirt.md and docs/features_report.md, from their JSON lines."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]
WIDTH = 70  # characters of a value that an example shows at most


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def interval(value: Row | None, digits: int = 4) -> str:
    if value is None:
        return "–"
    mid, low, high = (value[k] + 0.0 for k in ("mid", "low", "high"))
    return f"{mid:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


def came_in(rows: list[Row]) -> str:
    """Files, and what the import could not use."""
    refused = [r for r in rows if r["part"] == "refused"]
    said = table(
        ["file", "as", "rows in", "kept", "refused"],
        (
            [r["file"], r["kind"], *(f"{r[k]:,}" for k in ("n_in", "n_kept", "n_quarantined"))]
            for r in rows
            if r["part"] == "in"
        ),
    )
    if not refused:
        return said
    return (
        said
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
    return "; ".join(_at(e) + (f" `{e['value']}`" if e["value"] else "") for e in row["examples"])


def became(rows: list[Row]) -> str:
    """What became of the rows of each table."""
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
    """Each check that found anything, and what looking at its findings showed."""
    return table(
        [
            "check",
            "does",
            "found",
            "of rows",
            "looked at",
            "right",
            "wrong",
            "cannot be told",
            "precision",
        ],
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


def examples(rows: list[Row]) -> str:
    """Rows to look up, and every kind of mistake that was seen."""
    parts = []
    for r in rows:
        if r["part"] != "check":
            continue
        lines = [f"**`{r['check']}`** ({r['action']}): {r['why']}.", ""]
        lines += [f"- {_at(e)} {_what(e)}" for e in r["examples"]]
        reasons: dict[str, list[str]] = {}
        for e in r.get("wrong", ()):
            reasons.setdefault(e["why"], []).append(e["at"])
        lines += [
            f"- *wrong*, {len(places)}×: {why} ({_at({'at': places[0]})})"
            for why, places in reasons.items()
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _at(example: Row) -> str:
    return f"`{example['at'].replace('.json.zip', '').replace('.csv.gz', '')}`"


def _what(example: Row) -> str:
    detail = dict(example["detail"])
    name = (
        example.get("title_en")
        or f"{example.get('event_type')} {example.get('order_id')}, {example.get('quantity')} × {example.get('product_id')}"
    )
    where = detail.pop("attribute", None) or detail.get("field")
    detail.pop("field", None)
    said = [f"“{_short(name)}”"]
    if "old" in detail or "new" in detail:
        has_new = "new" in detail
        old, new = detail.pop("old", None), detail.pop("new", None)
        shown = _change(old, new) if has_new else f"{_code(old)}"
        said.append(f"{where}: {shown}")
    for key in ("product_id", "event_id", "text", "title"):
        detail.pop(key, None)
    if "missing" in detail:
        detail = {"missing": ", ".join(m["name"] for m in detail["missing"][:3])}
    if detail:
        said.append(", ".join(f"{k.replace('_', ' ')}: {_plain(v)}" for k, v in detail.items()))
    return "; ".join(said).replace("|", "\\|")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value)
    return text.rsplit("/", 1)[-1] if text.startswith("http") else text


def _change(old: str | None, new: str | None) -> str:
    """Both sides around the first place where they differ."""
    if old is None or new is None:
        return f"{_code(old)} → {_code(new)}"
    a, b = _told(old), _told(new)
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    start = max(0, start - 25)
    odd = next((x for x, y in zip(a[start:], b[start:], strict=False) if x != y), "")
    note = (
        f" (U+{ord(odd):04X} {unicodedata.name(odd, '').lower()})" if odd and ord(odd) > 127 else ""
    )
    return f"{_code(a[start:])} → {_code(b[start:])}{note}"


def _told(text: str) -> str:
    """A JSON object's only value, where it is one."""
    try:
        said = json.loads(text)
    except ValueError:
        return text
    if not isinstance(said, dict):
        return text
    return "; ".join(f"{k}: {v}" for k, v in said.items())


def _code(text: object) -> str:
    if text is None:
        return "nothing"
    shown = _short(str(text)).replace("\n", "⏎").replace("`", "'")
    return f"`{''.join(c if c.isprintable() else f'<{ord(c):04X}>' for c in shown)}`"


def _short(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def asked(rows: list[Row]) -> str:
    """Shares that were asked of the findings."""
    return table(
        ["of the findings", "share"],
        ([r["words"], f"{r['share']:.1%}"] for r in rows if r["part"] == "asked"),
    )


def cannot(rows: list[Row]) -> str:
    """What could not be checked."""
    return "\n".join(f"- {r['words']}" for r in rows if r["part"] == "not_checked")


def cleaning(rows: list[Row]) -> str:
    """Clean minus each variant, a column a system."""
    rows = [r for r in rows if "learned_from" in r]
    measure = "recall20" if any("recall20" in r for r in rows) else "midpoint"
    systems = list(dict.fromkeys(r["system"] for r in rows if "system" in r))
    lines = []
    for variant in dict.fromkeys(r["learned_from"] for r in rows):
        its = {r.get("system"): r for r in rows if r["learned_from"] == variant}
        if None in its:
            lines.append(
                [
                    variant,
                    f"{its[None]['n_rows']:,}",
                    *["nothing that it reads differs"] * len(systems),
                ]
            )
            continue
        cells = [_cell(its.get(s), measure) for s in systems]
        n = next(iter(its.values()))["n_rows"]
        lines.append([variant, f"{n:,}" if n else "–", *cells])
    return table(["learned from", "rows concerned", *systems], lines)


def _cell(row: Row | None, measure: str) -> str:
    if row is None:
        return "–"
    return interval(row["clean_minus"]) if row.get("clean_minus") else f"{row[measure]:.4f}"


def cleaning_raw(rows: list[Row]) -> str:
    """Raw beside clean alone: the short table."""
    its = [r for r in rows if r.get("learned_from") in ("clean", "raw") and "system" in r]
    measure = "recall20" if any("recall20" in r for r in its) else "midpoint"
    of = {(r["system"], r["learned_from"]): r for r in its}
    systems = [s for s, variant in of if variant == "raw"]
    return table(
        ["system", f"{measure}, raw", "clean", "clean minus raw"],
        (
            [
                s,
                f"{of[s, 'raw'][measure]:.4f}",
                f"{of[s, 'clean'][measure]:.4f}",
                interval(of[s, "raw"]["clean_minus"]),
            ]
            for s in systems
        ),
    )


def features(rows: list[Row]) -> str:
    """What each line added; the two rows of chance stand among them."""
    base = next(r for r in rows if r["kind"] == "base")
    gains = [r for r in rows if r["kind"] != "base"]
    measures = [m for m in ("log_loss", "auc", "ndcg10", "recall20", "ndcg20") if m in gains[0]]
    head = ["line", "kind", "columns", *measures]
    lines = [["**default**", "", f"{base['n_columns']:.0f}", *(f"{base[m]:.4f}" for m in measures)]]
    lines += [
        [
            r["row"],
            "*chance*" if r["kind"] == "control" else r["kind"],
            str(r["n_columns"]),
            *(_mark(interval(r[m]), r[m]) for m in measures),
        ]
        for r in gains
    ]
    return table(head, lines)


def _mark(text: str, value: Row) -> str:
    return f"**{text}**" if value["low"] > 0 or value["high"] < 0 else text


DRAW: dict[str, Callable[[list[Row]], str]] = {
    **{
        f"real_dirt_{name} {part}": draw
        for name in ("retail", "icecat")
        for part, draw in (
            ("in", came_in),
            ("became", became),
            ("checks", checks),
            ("examples", examples),
            ("asked", asked),
            ("cannot", cannot),
        )
    },
    "cleaning": cleaning,
    "cleaning raw": cleaning_raw,
    "cleaning_search": cleaning,
    "cleaning_search raw": cleaning_raw,
    "features": features,
    "features_retail": features,
}
"""How each part of a result is drawn: ``<!-- bench: NAME PART -->``."""
SILENT = ("became", "checks", "asked", "examples", "cannot")
"""Parts that stand below another of the same results, which says where they were measured."""
