"""Speed of serving and of scoring a request: docs/benchmarks.md."""

from __future__ import annotations

from suites.tables.markdown import Row, table


def serve(rows: list[Row]) -> str:
    """A row a shop: searches at half of the most that a worker can answer."""
    return table(
        [
            "shop",
            "CPU ms a search",
            "p50 ms",
            "p99 ms",
            "most a second",
            "asked a second",
            "peak MB",
            "n",
            "failed",
        ],
        (
            [
                r.get("shop", "icecat"),
                f"{r['cpu_ms']:.2f}",
                f"{r['p50_ms']:.1f}",
                f"{r['p99_ms']:.1f}",
                f"{r['max_per_s']:.0f}",
                f"{r['asked_per_s']:.0f}",
                r["peak_mb"],
                f"{r['n']:,}",
                r["n_failed"],
            ]
            for r in rows
            if "max_per_s" in r
        ),
    )


def serve_models(rows: list[Row]) -> str:
    """A row a page: with and without click models in its order, in turns."""
    return table(
        ["shop", "page", "order", "CPU ms", "without models", "CPU ms", "ratio"],
        (
            [
                r["shop"],
                r["page"],
                r.get("order", ""),
                f"{r['cpu_ms']:.2f}",
                r.get("order_without", ""),
                f"{r['cpu_ms_without']:.2f}",
                f"{r['cpu_ratio']:.2f}",
            ]
            for r in rows
            if "cpu_ratio" in r
        ),
    )


def rank(rows: list[Row]) -> str:
    """Two rows a size of layers, served and whole: 200 candidates from raw values to scores."""
    by_system = {(r["mode"], r["system"]): r for r in rows if "cpu_ms" in r}
    return table(
        [
            "layers",
            "network",
            "CPU ms",
            "deepctr-torch",
            "of that `predict`",
            "ratio",
            "quartiles",
            "of rows",
            "to `predict` alone",
            "AUC",
            "deepctr-torch",
            "to torch",
        ],
        (
            [
                r["mode"],
                f"served: {r['form']}" if r["system"] == "baihuo" else r["form"],
                f"{by_system[r['mode'], r['system']]['cpu_ms']:.2f}",
                f"{by_system[r['mode'], 'deepctr-torch']['cpu_ms']:.2f}",
                f"{by_system[r['mode'], 'deepctr-torch']['predict_cpu_ms']:.2f}",
                f"**{r['speedup']:.2f}**",
                "{} to {}".format(*r["speedup_quartiles"]),
                f"{r['speedup_of_rows']:.2f}",
                f"{r['speedup_to_predict']:.2f}",
                f"{r['auc']:.4f}",
                f"{r['peer_auc']:.4f}",
                r["max_difference"],
            ]
            for r in rows
            if "speedup" in r
        ),
    )
