"""Write the figures of the READMEs and the tables of docs/ from ``bench/results``: no figure is typed by hand.

python bench/tables.py           # rewrite these pages
python bench/tables.py --check   # fail if they differ from the results
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from record import script
from suites.tables.figures import figures
from suites.tables.real_dirt import DRAW, SILENT

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "docs/benchmarks.md",
    "docs/labels.md",
    "docs/quality.md",
    "docs/real_dirt.md",
    "docs/features_report.md",
)
Row = dict[str, Any]


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _interval(value: Row | None, middle: str = "mid") -> str:
    return f"{value[middle]:+.3f} [{value['low']:+.3f}, {value['high']:+.3f}]" if value else "–"


def _search(rows: list[Row]) -> str:
    return _table(
        [
            "system",
            "nDCG@10",
            "nDCG@10, judged only",
            "midpoint",
            "recall@100",
            "midpoint against RRF",
        ],
        (
            [
                r["system"],
                *(f"{r[k]:.3f}" for k in ("ndcg10", "ndcg10_judged", "midpoint", "recall100")),
                _interval(r.get("vs_rrf"), "midpoint"),
            ]
            for r in rows
        ),
    )


def _retail(rows: list[Row]) -> str:
    rows = [r for r in rows if "mode" in r]  # the last line is the cost of the whole

    def worst(r: Row) -> str:
        against = r.get("vs") or {}
        if not against:
            return "–"
        name = min(against, key=lambda n: against[n]["mid"])
        return f"{name}: {_interval(against[name])}"

    return _table(
        ["system", "mode", "recall@20", "nDCG@20", "customers", "recall against the best baseline"],
        (
            [r["system"], r["mode"], f"{r['recall20']:.3f}", f"{r['ndcg20']:.3f}", r["n"], worst(r)]
            for r in rows
        ),
    )


def _line(rows: list[Row]) -> str:
    """What each system took, and below it the ratios that are asked about."""
    head = [
        "system",
        "events",
        "CPU s",
        "import",
        "clean",
        "features",
        "wall s",
        "CPU µs a row",
        "peak MB",
        "spilled MB",
    ]
    took = [
        [
            r["system"],
            f"{r['events']:,}",
            *(
                f"{r[k]:.1f}"
                for k in ("cpu_s", "import_cpu_s", "clean_cpu_s", "features_cpu_s", "wall_s")
            ),
            f"{r['cpu_s'] / r['events'] * 1e6:.1f}",
            f"{r['peak_mb']:,.0f}",
            f"{r.get('spill_mb', 0):,.0f}",
        ]
        for r in rows
        if "system" in r
    ]
    ratios = [
        [
            r["ratio"],
            f"{r['events']:,}",
            *(
                f"{r[k]:.2f}" if k in r else "–"
                for k in ("cpu_s", "import_cpu_s", "clean_cpu_s", "features_cpu_s", "wall_s")
            ),
        ]
        for r in rows
        if "ratio" in r
    ]
    return f"{_table(head, took)}\n\n{_table(['ratio', *head[1:7]], ratios)}"


def _drift(rows: list[Row]) -> str:
    return _table(
        ["check", "asked", "precision", "recall", "columns that moved", "weeks as they were"],
        (
            [
                f"`{r['check']}`",
                r["asked"],
                f"{r['precision']:.3f}",
                f"{r['recall']:.3f}",
                r["n_planted"],
                r["n_steady"],
            ]
            for r in rows
            if "check" in r
        ),
    )


def _quality(rows: list[Row]) -> str:
    """A line a check, a pair of columns a data set; what the summaries say below."""
    sums = [r for r in rows if "checks" in r]
    names = [r["data"] for r in sums]
    marks = {(r["data"], r["check"]): r for r in rows if "recall" in r}

    def cells(check: str) -> Iterable[object]:
        asked = next(m["asked"] for (_, c), m in marks.items() if c == check)
        yield from (f"`{check}`", asked)
        for name in names:
            m = marks.get((name, check))
            if m is None or not m["n_planted"]:
                yield "–"
                continue
            text = f"{m['precision']:.3f} / {m['recall']:.3f} of {m['n_planted']}"
            yield text if m["is_met"] else f"**{text}**"

    table = _table(["check", "asked", *names], map(cells, sorted({c for _, c in marks})))
    said = []
    for r in sums:
        first = next(
            x for x in rows if x["data"] == r["data"] and ("touched" in x or "real_dirt" in x)
        )
        ground = (
            f"{first['touched']:.3%} of {first['clean_rows']:,} clean rows touched"
            if "touched" in first
            else f"{first['real_dirt']:.1%} of {first['rows']:,} rows touched as they came, "
            f"{first['ground_rows']:,} rows with nothing found planted in"
        )
        said.append(f"- {r['data']}: {r['met']} of {r['checks']} checks met; {ground}.")
    return table + "\n\n" + "\n".join(said)


def _generic(rows: list[Row]) -> str:
    flat = [{k: v for k, v in r.items() if not isinstance(v, dict)} for r in rows]
    names = list(dict.fromkeys(k for r in flat for k in r))
    return _table(names, ([r.get(n, "–") for n in names] for r in flat))


def _near_duplicates(rows: list[Row]) -> str:
    def share(its: list[Row], name: str) -> str:
        its = [r for r in its if name in r]
        n = sum(r["n_planted"] for r in its)
        return f"{sum(r[name] * r['n_planted'] for r in its) / n:.3f}" if n else "–"

    def line(cost: Row) -> list[object]:
        its = [r for r in rows if (r["system"], r["n"]) == (cost["system"], cost["n"])]
        merges = next((f"{r['merge_precision']:.4f}" for r in its if "merge_precision" in r), "–")
        proposed = (r["candidate_recall"] for r in its if r.get("language") == "en")
        told = [r for r in its if r.get("kind") != "listed again in a hurry"]  # never certain
        return [
            cost["system"],
            f"{cost['n']:,}",
            *(f"{cost[k]:,.0f}" for k in ("wall_s", "cpu_s", "peak_mb")),
            next((p["0.7, marks of one are in the other"].split()[0] for p in proposed), "–"),
            share(its, "pair_recall"),
            share(told, "merge_recall"),
            merges,
            share(its, "wrongly_merged"),
        ]

    return _table(
        [
            "system",
            "listings",
            "wall s",
            "CPU s",
            "peak MB",
            "alike titles proposed",
            "copies found",
            "sure copies merged",
            "merges that are right",
            "siblings merged",
        ],
        (line(r) for r in rows if "wall_s" in r and "not_run" not in r),
    )


def _labels(rows: list[Row]) -> str:
    """One table a part of the benchmark, in the order of the lines."""
    of = {
        part: [r for r in rows if r["part"] == part]
        for part in dict.fromkeys(r["part"] for r in rows)
    }

    def share(value: float | None) -> str:
        return "–" if value is None else f"{value:.1%}"

    raters = _table(
        ["who", "as the settled grade", "kappa with it", "wrong, by Dawid–Skene", "off by"],
        (
            [
                r["who"],
                share(r["equal_to_settled"]),
                f"{r['kappa_with_settled']:.3f}",
                share(r.get("error_rate")),
                f"{r['bias']:+.2f}" if "bias" in r else "–",
            ]
            for r in of["raters"]
        ),
    )
    pairs = _table(
        ["raters", "same grade", "kappa, linear", "kappa, quadratic"],
        (
            [r["raters"], share(r["agreed"]), f"{r['linear']:.3f}", f"{r['quadratic']:.3f}"]
            for r in of["pair"]
        ),
    )
    after = [k for k in of["queue"][0] if k.startswith("error_after_")]
    queue = _table(
        ["chosen", *(f"{k.removeprefix('error_after_')} judgements" for k in after)],
        ([r["policy"], *(f"{r[k]:.3f}" for k in after)] for r in of["queue"]),
    )
    audits = _table(
        ["labels", "mistakes", "wrong", "named", "precision", "recall"],
        (
            [
                r["what"],
                r["case"],
                share(r["wrong"]),
                f"{r['n_named']:,.0f}",
                share(r["precision"]),
                share(r["recall"]),
            ]
            for r in of["audit"]
        ),
    )
    clicks = _table(
        ["planted", "planted clicks", "extra told", "lost told", "named", "precision", "recall"],
        (
            [
                r["planted"],
                *(f"{r[k]:,.0f}" for k in ("n_planted", "n_extra_told", "n_lost_told", "n_named")),
                share(r["precision"]),
                share(r["recall"]),
            ]
            for r in of["clicks"]
        ),
    )
    near = _table(
        [
            "encoder",
            "pairs without the words",
            "F1 by default",
            "F1 learned",
            "nDCG@10 gained",
            "used",
        ],
        (
            [
                r["encoder"],
                r["n_pairs"],
                f"{r['f1_default']:.3f}",
                f"{r['f1']:.3f}",
                _interval(r["ndcg_gain"]),
                "yes" if r["is_used"] else "no",
            ]
            for r in of["nearness"]
        ),
    )
    return "\n\n".join((raters, pairs, queue, audits, clicks, near))


_DRAW: dict[str, Callable[[list[Row]], str]] = {
    "search_icecat": _search,
    "retail": _retail,
    "near_duplicates": _near_duplicates,
    **DRAW,
    "labels": _labels,
    "line": _line,
    "quality": _quality,
    "drift": _drift,
}


def _drawn(name: str, part: str | None) -> str:
    if name == "figures":
        return figures(RESULTS, part)
    file = RESULTS / f"{name}.jsonl"
    if not file.exists():
        return f"_Not measured yet: `python bench/record.py {name}`._"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    meta, rows = lines[0]["meta"], lines[1:]
    where = f"`bench/{script(name)}.py`, commit {meta['commit']}, {meta['at']}, {meta['machine']}"
    drawn = _DRAW.get(f"{name} {part}" if part else name, _generic)(rows)
    return drawn if part in SILENT else f"{drawn}\n\n<sub>{where}</sub>"


def render(text: str) -> str:
    """The page with every ``<!-- bench: NAME -->`` or ``<!-- bench: NAME PART -->`` block drawn again."""
    return re.sub(
        r"(<!-- bench: (\w+)(?: (\w+))? -->\n).*?(<!-- /bench -->)",
        lambda m: f"{m[1]}{_drawn(m[2], m[3])}\n{m[4]}",
        text,
        flags=re.DOTALL,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for page in (ROOT / name for name in PAGES):
        text = page.read_text(encoding="utf-8")
        drawn = render(text)
        if drawn != text:
            stale.append(page.name)
            if not check:
                page.write_text(drawn, encoding="utf-8")
    if check and stale:
        print(f"stale tables in {', '.join(stale)}; run: make readme", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
