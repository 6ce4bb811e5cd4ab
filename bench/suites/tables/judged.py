"""Searches, home pages and similar products as judged: by language, by task, what is not sold, by surface."""

from __future__ import annotations

from suites.tables.markdown import Row, short_interval, table

LANGUAGES = {"en": "English", "zh": "Chinese"}
BOTH = {**LANGUAGES, "all": "both"}
MEASURES = {
    "ndcg10_clicks": "nDCG@10 by P(click)",
    "p_click10": "P(click) of ten places",
    "ndcg10_grades": "nDCG@10 by likeness",
}
SYSTEMS = ("words", "learned", "oracle")


def judged(rows: list[Row]) -> str:
    """right@10 and nDCG@10 of each order, and learned minus words with its interval."""
    head = ["language", "measure", *SYSTEMS, "learned minus words", "better", "worse", "queries"]
    lines = []
    for r in rows:
        if "learned_minus_words" not in r:
            continue
        of = {
            x["system"]: x
            for x in rows
            if x.get("language") == r["language"] and "system" in x and "task" not in x
        }
        measure = r["measure"]
        lines.append(
            [
                BOTH[r["language"]],
                {"right_at_10": "right@10", "ndcg10": "nDCG@10"}[measure],
                *(f"{of[s][measure]:.3f}" for s in SYSTEMS),
                short_interval(r["learned_minus_words"]),
                r["n_better"],
                r["n_worse"],
                of["words"]["n"],
            ]
        )
    return table(head, lines)


def judged_of_several(rows: list[Row]) -> str:
    """The same over the searches of several shops."""
    return judged([r for r in rows if "shops" in r])


def judged_tasks(rows: list[Row]) -> str:
    """right@10 of each task: words → learned."""
    tasks: dict[str, dict[tuple[str, str], float]] = {}
    for r in rows:
        if "task" in r:
            tasks.setdefault(r["task"], {})[r["language"], r["system"]] = r["right_at_10"]
    return table(
        ["right@10 by task: words → learned", *LANGUAGES.values()],
        (
            [
                task,
                *(
                    f"{of[x, 'words']:.2f} → {of[x, 'learned']:.2f}" if (x, "words") in of else "–"
                    for x in LANGUAGES
                ),
            ]
            for task, of in tasks.items()
        ),
    )


def judged_surfaces(rows: list[Row]) -> str:
    """Home pages and similar products: each order, learned minus plain, and its part of what can be reached, with intervals."""
    systems = {"plain": "plain", "learned": "ours", "reachable": "reachable", "oracle": "ideal"}
    head = [
        "surface",
        "visitors",
        "measure",
        *systems.values(),
        "ours minus plain",
        "closed of plain → reachable",
        "better",
        "worse",
        "pages",
    ]
    lines = []
    for r in rows:
        if "learned_minus_plain" not in r:
            continue
        measure, about = r["measure"], (r["surface"], r["visitors"])
        of = {
            x["system"]: x[measure]
            for x in rows
            if (x.get("surface"), x.get("visitors")) == about and "system" in x and measure in x
        }
        lines.append(
            [
                r["surface"],
                {"known": "with history", "new": "new"}[r["visitors"]],
                MEASURES[measure],
                *(f"{of[s]:.3f}" if s in of else "–" for s in systems),
                short_interval(r["learned_minus_plain"]),
                short_interval(r["closed"]) if "closed" in r else "–",
                r["n_better"],
                r["n_worse"],
                r["n"],
            ]
        )
    return table(head, lines)


def judged_not_sold(rows: list[Row]) -> str:
    """Things that are not sold, and brands that are not."""
    head = "language;not sold: empty page;sold: empty page;brand not sold: noted;brand not sold: right@10"
    things = {r["language"]: r for r in rows if "not_sold" in r}
    brands = {r["language"]: r for r in rows if "unsold_brand" in r}
    return table(
        head.split(";"),
        (
            [
                LANGUAGES[x],
                f"{r['not_sold']} of {r['of']}",
                f"{r['false_not_sold']} of {r['of_sold']}",
                f"{brands[x]['noted']} of {brands[x]['unsold_brand']}" if x in brands else "–",
                f"{brands[x]['right_at_10']:.2f}" if x in brands else "–",
            ]
            for x, r in things.items()
        ),
    )
