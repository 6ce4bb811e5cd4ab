"""The line of ``line.py`` as somebody would write it with pandas: files in, features out.

The checks are in ``_line_pandas_clean.py``. As the DuckDB script it knows this one file; ids become
integers wherever rows are grouped or matched by them again and again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from _line_by_hand import DAY, DERIVED, FEATURES, MASKED, TEXT, TIMES, TYPES, WHOLE

NAMES = [name.strip(" '") for name in TYPES.split(",")]


def take_in(csv: Path, products_csv: Path, out: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both files, typed; the rows that mean nothing are written beside them."""
    raw = pd.read_csv(csv, dtype=str, keep_default_na=False, na_values=[""])
    e = pd.DataFrame({name: raw[name] for name in TEXT.split()})
    wrong = e["event_id"].isna() | e["visitor_id"].isna() | ~e["event_type"].isin(NAMES)
    for name in WHOLE.split():
        e[name] = pd.to_numeric(raw[name], errors="coerce").astype("Int64")
        wrong |= e[name].isna() & raw[name].notna()
    for name in TIMES.split():
        at = pd.to_datetime(raw[name], errors="coerce", format="ISO8601", utc=True)
        wrong |= at.isna()
        e[name + "_us"] = at.dt.as_unit("us").astype("int64")
    e["rating"] = pd.to_numeric(raw["rating"], errors="coerce")
    e["currency"] = raw["currency"].str.upper()
    wrong |= e["currency"].str.len() != 3
    text = raw["query_text"]
    long = text.str.len() > 9
    for pattern, name in MASKED:
        text = text.mask(long, text[long].str.replace(pattern, name, regex=True))
    e["query_text"] = text
    e["line"] = np.arange(len(e)) + 2
    raw[wrong].to_parquet(out / "rejected.parquet")
    e = e[~wrong].reset_index(drop=True)
    e.to_parquet(out / "events.parquet", compression="zstd")
    p = pd.read_csv(products_csv)
    p["line"] = np.arange(len(p)) + 2
    p = p[p["title"].notna()]
    p.to_parquet(out / "products.parquet", compression="zstd")
    return e, p


def features(e: pd.DataFrame, p: pd.DataFrame, out: Path) -> None:
    """The same columns as the DuckDB script, by running totals and ``merge_asof``."""
    e = e.assign(
        t=e["received_at_us"],
        visitor=pd.factorize(e["visitor_id"])[0],
        query=pd.factorize(e["query_text"].str.strip().str.lower())[0],
    )
    shelf = p.set_index("product_id")
    product = pd.Index(shelf.index).get_indexer(e["product_id"])
    e["product"] = product
    for name in ("brand", "category"):
        codes = pd.factorize(shelf[name])[0]
        e[name] = np.where(product >= 0, codes[product], -1)
    looked = e[(e["event_type"] == "impression") & (e["line"] % 10 == 0)]
    answer = pd.DataFrame({"example_id": looked["line"].to_numpy()})
    e, looked = e.sort_values("t", kind="stable"), looked.sort_values("t", kind="stable")
    for key, asked in FEATURES.items():
        found = _entity(e, looked, _key(key, e), _key(key, looked), asked)
        answer = answer.merge(found, on="example_id", how="left")
        for name, _, kind, window in asked:
            never = (window[1] + 1) * window[0] / DAY if kind == "last" else 0.0
            answer[name] = answer[name].astype("float64").fillna(never)
    for name, sql in DERIVED.items():
        answer[name] = _derived(sql, answer)
    answer = answer.sort_values("example_id")
    numbers = answer.columns[1:]
    answer[numbers] = answer[numbers].astype("float32")
    answer.to_parquet(out / "features.parquet", compression="zstd", index=False)


def _key(key: str, rows: pd.DataFrame) -> np.ndarray:
    """``visitor * 4294967296 + brand`` and the like as numbers; -1 where a part is not known."""
    parts = [rows[name].to_numpy().astype(np.int64) for name in key.split(" * 4294967296 + ")]
    if len(parts) == 1:
        return parts[0]
    return np.where((parts[0] < 0) | (parts[1] < 0), -1, parts[0] * 4294967296 + parts[1])


def _entity(
    e: pd.DataFrame, looked: pd.DataFrame, key: np.ndarray, asked_key: np.ndarray, asked: tuple
) -> pd.DataFrame:
    looks = pd.DataFrame(
        {"example_id": looked["line"].to_numpy(), "t": looked["t"].to_numpy(), "k": asked_key}
    )
    looks = looks[looks["k"] >= 0]
    used = e["event_type"].isin({event for _, event, _, _ in asked}).to_numpy()
    used = used & (key >= 0) & np.isin(key, looks["k"].unique())
    rows, k = e[used], key[used]
    kind_of, t, ref = rows["event_type"].to_numpy(), rows["t"].to_numpy(), int(e["t"].iloc[0])
    totals = pd.DataFrame({"k": k, "t": t})
    for name, event, kind, _ in asked:
        is_it = kind_of == event
        if kind == "last":
            value = np.where(is_it, t, 0)
        elif isinstance(kind, int):
            value = np.where(is_it, np.exp2((t - ref) / (kind * DAY)), 0.0)
        else:
            value = np.where(is_it, 1.0 if kind == "count" else _value(kind, rows), 0.0)
        totals[name] = value
    groups = totals.groupby("k", sort=False)
    lasts = [name for name, _, kind, _ in asked if kind == "last"]
    sums = [name for name, _, kind, _ in asked if kind != "last"]
    totals[sums] = groups[sums].cumsum()
    if lasts:
        totals[lasts] = groups[lasts].cummax()
    now = pd.merge_asof(looks, totals, on="t", by="k", allow_exact_matches=False)
    befores = {}
    for window in {w for _, _, kind, w in asked if w and kind != "last"}:
        g, back = window
        counted = [n for n, _, kind, w in asked if w == window and kind != "last"]
        start = looks.assign(t=(looks["t"] // g - back) * g)
        its = pd.merge_asof(
            start, totals[["k", "t", *counted]], on="t", by="k", allow_exact_matches=False
        )
        befores[window] = its[counted]
    found = pd.DataFrame({"example_id": now["example_id"]})
    for name, _, kind, window in asked:
        if kind == "last":
            start = (now["t"] // window[0] - window[1]) * window[0]
            found[name] = ((now["t"] - now[name]) / DAY).where(
                (now[name] > 0) & (now[name] >= start)
            )
        elif window is None:
            found[name] = now[name] / np.exp2((now["t"] - ref) / (kind * DAY))
        else:
            found[name] = now[name].fillna(0) - befores[window][name].fillna(0)
    return found


def _value(kind: str, rows: pd.DataFrame) -> np.ndarray:
    quantity = rows["quantity"].astype("float64").fillna(1)
    if kind == "dwell_ms":
        value = rows["dwell_ms"].astype("float64").fillna(0)
    elif kind.startswith("price_minor"):
        value = (rows["price_minor"].astype("float64") * quantity).fillna(0)
    else:
        value = quantity
    return value.to_numpy()


def _derived(sql: str, answer: pd.DataFrame) -> pd.Series:
    """``DERIVED`` is arithmetic: its two functions are numpy's."""
    words = {"greatest": np.maximum, "ln": np.log}
    return eval(sql, {"__builtins__": {}}, {**words, **answer})
