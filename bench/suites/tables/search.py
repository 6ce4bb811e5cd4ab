"""Searches, purchases and next items on real data."""

from __future__ import annotations

from suites.tables.markdown import Row, short_interval, table


def search(rows: list[Row]) -> str:
    return table(
        "system;nDCG@10;nDCG@10, judged only;midpoint;recall@100;midpoint against RRF".split(";"),
        (
            [
                r["system"],
                *(f"{r[k]:.3f}" for k in ("ndcg10", "ndcg10_judged", "midpoint", "recall100")),
                short_interval(r.get("vs_rrf"), "midpoint"),
            ]
            for r in rows
        ),
    )


def retail(rows: list[Row]) -> str:
    rows = [r for r in rows if "mode" in r]  # the last line is the cost of the whole

    def worst(r: Row) -> str:
        against = r.get("vs") or {}
        if not against:
            return "–"
        name = min(against, key=lambda n: against[n]["mid"])
        return f"{name}: {short_interval(against[name])}"

    return table(
        ["system", "mode", "recall@20", "nDCG@20", "customers", "recall against the best baseline"],
        (
            [r["system"], r["mode"], f"{r['recall20']:.3f}", f"{r['ndcg20']:.3f}", r["n"], worst(r)]
            for r in rows
        ),
    )


def next_item(rows: list[Row]) -> str:
    rows = [r for r in rows if "recall10" in r]
    against: Row = next((r["vs"] for r in rows if "vs" in r), {})
    return table(
        ["system", "recall@10", "nDCG@10", "recall of baihuo against it"],
        (
            [
                r["system"],
                f"{r['recall10']:.3f}",
                f"{r['ndcg10']:.3f}",
                short_interval(against.get(r["system"])),
            ]
            for r in rows
        ),
    )


_LEAST = 0.05  # nDCG of BM25 that a ratio to it says anything about
_CATALOGUES = {
    "en": "Icecat",
    "zh": "Chinese titles",
    "icecat": "Icecat",
    "titles": "Chinese titles",
    "sample_en": "sample shop, in English",
    "sample_zh": "sample shop, in Chinese",
}


def wishes(rows: list[Row]) -> str:
    """As :func:`written`, without the classes."""
    return written([r for r in rows if "query_class" not in r])


def written(rows: list[Row]) -> str:
    """A row a catalogue with all of its queries, then one a class."""
    bm25 = {r["language"]: r for r in rows if r.get("system") == "bm25"}
    lines = []
    for r in rows:
        catalogue = _CATALOGUES[r["language"]]
        if r.get("system") == "baihuo":
            beside, claimed = bm25[r["language"]], "not_sold_claimed"
            figures = f"{r['ndcg10']:.3f}", f"{beside['ndcg10']:.3f}"
            lines.append([catalogue, "**what is sold**", r["n"], *figures, *_beside(r)])
            lines.append(
                [
                    catalogue,
                    "not sold, and the page says so",
                    int(r[claimed].split(" of ")[1]),
                    r[claimed],
                    beside[claimed],
                    "–",
                    "–",
                ]
            )
        elif r.get("query_class") not in (None, "not_sold"):
            figures = f"{r['baihuo']:.3f}", f"{r['bm25']:.3f}"
            lines.append([catalogue, r["query_class"], r["n"], *figures, *_beside(r)])
    head = "catalogue;queries;n;baihuo nDCG@10;BM25 nDCG@10;ratio;difference".split(";")
    return table(head, lines)


def _beside(r: Row) -> tuple[str, str]:
    return _ratio(r), short_interval(r["vs_bm25"])


def _ratio(r: Row) -> str:
    """A dash where BM25 finds next to nothing."""
    bm25 = r.get("bm25", 1.0)
    return "–" if r["ratio"] is None or bm25 < _LEAST else f"{r['ratio']:.2f}"


def search_zh(rows: list[Row]) -> str:
    def cells(r: Row) -> list[object]:
        difference = dict(zip(("mid", "low", "high"), r["difference"], strict=True))
        figures = f"{r['baihuo']:.3f}", f"{r['bm25']:.3f}"
        return [r["query_class"], r["n"], *figures, _ratio(r), short_interval(difference)]

    head = "queries;n;baihuo nDCG@10;BM25 nDCG@10;ratio;difference".split(";")
    return table(head, map(cells, rows))
