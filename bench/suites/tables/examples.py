"""Examples of findings in real data, as a list to read."""

from __future__ import annotations

import json
import unicodedata

from suites.tables.markdown import Row

WIDTH = 70  # characters of a value that an example shows at most


def examples(rows: list[Row]) -> str:
    """Rows to look up, and every kind of mistake that was seen."""
    parts = []
    for r in rows:
        if r["part"] != "check":
            continue
        lines = [f"**`{r['check']}`** ({r['action']}): {r['why']}.", ""]
        lines += [f"- {place(e)} {_what(e)}" for e in r["examples"]]
        reasons: dict[str, list[str]] = {}
        for e in r.get("wrong", ()):
            reasons.setdefault(e["why"], []).append(e["at"])
        lines += [
            f"- *wrong*, {len(places)}×: {why} ({place({'at': places[0]})})"
            for why, places in reasons.items()
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def place(example: Row) -> str:
    return f"`{example['at'].replace('.json.zip', '').replace('.csv.gz', '')}`"


def _what(example: Row) -> str:
    detail = dict(example["detail"])
    name = (
        example.get("title_en")
        or f"{example.get('event_type')} {example.get('order_id')}, {example.get('quantity')} × {example.get('product_id')}"
    )
    where = detail.pop("attribute", None) or detail.get("field")
    detail.pop("field", None)
    parts = [f"“{_short(name)}”"]
    if "old" in detail or "new" in detail:
        has_new = "new" in detail
        old, new = detail.pop("old", None), detail.pop("new", None)
        shown = _change(old, new) if has_new else f"{_code(old)}"
        parts.append(f"{where}: {shown}")
    for key in ("product_id", "event_id", "text", "title"):
        detail.pop(key, None)
    if "missing" in detail:
        detail = {"missing": ", ".join(m["name"] for m in detail["missing"][:3])}
    if detail:
        parts.append(", ".join(f"{k.replace('_', ' ')}: {_plain(v)}" for k, v in detail.items()))
    return "; ".join(parts).replace("|", "\\|")


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
    a, b = _only_value(old), _only_value(new)
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    start = max(0, start - 25)
    odd = next((x for x, y in zip(a[start:], b[start:], strict=False) if x != y), "")
    note = (
        f" (U+{ord(odd):04X} {unicodedata.name(odd, '').lower()})" if odd and ord(odd) > 127 else ""
    )
    return f"{_code(a[start:])} → {_code(b[start:])}{note}"


def _only_value(text: str) -> str:
    """A JSON object's only value, where it is one."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    if not isinstance(parsed, dict):
        return text
    return "; ".join(f"{k}: {v}" for k, v in parsed.items())


def _code(text: object) -> str:
    if text is None:
        return "nothing"
    shown = _short(str(text)).replace("\n", "⏎").replace("`", "'")
    return f"`{''.join(c if c.isprintable() else f'<{ord(c):04X}>' for c in shown)}`"


def _short(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
