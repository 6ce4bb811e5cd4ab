"""Raters, queue and audits of labels: docs/labels.md."""

from __future__ import annotations

from suites.tables.markdown import Row, short_interval, table


def labels(rows: list[Row]) -> str:
    """One table for each part of the benchmark, in the order of the results."""
    parts = {
        "raters": _raters,
        "pair": _pairs,
        "queue": _queue,
        "audit": _audits,
        "clicks": _clicks,
        "nearness": _nearness,
    }
    return "\n\n".join(draw([r for r in rows if r["part"] == part]) for part, draw in parts.items())


def _raters(rows: list[Row]) -> str:
    return table(
        ["who", "as the settled grade", "kappa with it", "wrong, by Dawid–Skene", "off by"],
        (
            [
                r["who"],
                _share(r["equal_to_settled"]),
                f"{r['kappa_with_settled']:.3f}",
                _share(r.get("error_rate")),
                f"{r['bias']:+.2f}" if "bias" in r else "–",
            ]
            for r in rows
        ),
    )


def _pairs(rows: list[Row]) -> str:
    return table(
        ["raters", "same grade", "kappa, linear", "kappa, quadratic"],
        (
            [r["raters"], _share(r["agreed"]), f"{r['linear']:.3f}", f"{r['quadratic']:.3f}"]
            for r in rows
        ),
    )


def _queue(rows: list[Row]) -> str:
    after = [k for k in rows[0] if k.startswith("error_after_")]
    return table(
        ["chosen", *(f"{k.removeprefix('error_after_')} judgements" for k in after)],
        ([r["policy"], *(f"{r[k]:.3f}" for k in after)] for r in rows),
    )


def _audits(rows: list[Row]) -> str:
    return table(
        ["labels", "mistakes", "wrong", "named", "precision", "recall"],
        (
            [
                r["what"],
                r["case"],
                _share(r["wrong"]),
                f"{r['n_named']:,.0f}",
                _share(r["precision"]),
                _share(r["recall"]),
            ]
            for r in rows
        ),
    )


def _clicks(rows: list[Row]) -> str:
    counts = ("n_planted", "n_extra_told", "n_lost_told", "n_named")
    return table(
        "planted,planted clicks,extra counted,lost counted,named,precision,recall".split(","),
        (
            [
                r["planted"],
                *(f"{r[k]:,.0f}" for k in counts),
                _share(r["precision"]),
                _share(r["recall"]),
            ]
            for r in rows
        ),
    )


def _nearness(rows: list[Row]) -> str:
    head = "encoder,pairs without the words,F1 by default,F1 learned,nDCG@10 gained,used"
    return table(
        head.split(","),
        (
            [
                r["encoder"],
                r["n_pairs"],
                f"{r['f1_default']:.3f}",
                f"{r['f1']:.3f}",
                short_interval(r["ndcg_gain"]),
                "yes" if r["is_used"] else "no",
            ]
            for r in rows
        ),
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
