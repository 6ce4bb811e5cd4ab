"""Position bias: ways to train click models and to calibrate P(click). docs/position.md."""

from __future__ import annotations

from collections.abc import Sequence

from suites.tables.markdown import Row, table

_SHOPPERS = ("position", "cascade")
_WAYS = {  # of the benchmark → as `train.position` is set
    "input": "`input`",
    "ipw3": "`inverse`",
    "unclicked": "`unclicked`",
    "propensity": "`input`, rows by 1 / propensity",
}
_CALIBRATIONS = ("none", "temperature", "platt", "isotonic", "auto")


def position(rows: list[Row]) -> str:
    """By how shoppers read and by way: nDCG@10 by true appeal of both models and of trees, and the log-loss; means of trainings."""
    lines = []
    for shoppers in _SHOPPERS:
        of_these = [r for r in rows if r.get("click_model") == shoppers]
        ways = [w for w in _WAYS if any(r.get("way") == w for r in of_these)]
        both, trees = (
            [_mean(of_these, "true_ndcg10", what="training", way=w, model=m) for w in ways]
            for m in ("both", "trees")
        )
        losses = [_mean(of_these, "log_loss", what="p_click", way=w) for w in ways]
        cells = zip(
            _best(both, max(both)),
            _best(trees, max(trees)),
            _best(losses, min(losses)),
            strict=True,
        )
        lines += [[shoppers, _WAYS[w], *three] for w, three in zip(ways, cells, strict=True)]
    return table(["shoppers", "way", "both", "trees", "log-loss"], lines)


def position_calibration(rows: list[Row]) -> str:
    """By way and by what is calibrated apart: log-loss and ECE within surfaces, for each kind of shoppers."""
    chosen = [("none", "all")] + [(w, by) for by in ("all", "surface") for w in _CALIBRATIONS[1:]]
    lines = []
    for way, by in chosen:
        found = [
            [
                _mean(rows, figure, what="calibration", way=way, by=by, click_model=shoppers)
                for shoppers in _SHOPPERS
            ]
            for figure in ("log_loss", "ece_of_surfaces")
        ]
        cells = [f"{x:.4f}" for figure in found for x in figure]
        lines.append([f"`{way}`", "" if way == "none" else by, *cells])
    heads = [f"{f}, {s}" for f in ("log-loss", "ECE within surfaces") for s in _SHOPPERS]
    return table(["way", "by", *heads], lines)


def _mean(rows: Sequence[Row], figure: str, **wanted: str) -> float:
    found: list[float] = [r[figure] for r in rows if all(r.get(k) == v for k, v in wanted.items())]
    return sum(found) / len(found)


def _best(values: Sequence[float], best: float) -> list[str]:
    return [f"**{v:.4f}**" if v == best else f"{v:.4f}" for v in values]
