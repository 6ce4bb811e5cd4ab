"""Customer service: messages understood, answers found, acts against a policy, what a turn costs, words held against sources."""

from __future__ import annotations

from suites.tables.markdown import Row, table

_OF_ALL = {
    "accuracy": "intents",
    "macro_f1": "macro F1",
    "accuracy_typos": "10% of letters wrong",
    "entity_f1": "entities F1",
    "entity_f1_unseen": "of values never seen",
    "auroc_out_of_domain": "AUROC other trades",
    "auroc_out_of_domain_zh": "in Chinese",
    "ece": "calibration error",
}


def assist_intent(rows: list[Row]) -> str:
    """Every measure of each system."""
    head = ["system", "messages", *_OF_ALL.values(), "CPU ms a message", "CPU s of training"]
    lines = [
        [
            r["system"],
            f"{r['n']:,}",
            *(f"{r[measure]:.3f}" for measure in _OF_ALL),
            f"{r['ms']:.2f}",
            f"{r['train_cpu_s']:.0f}",
        ]
        for r in rows
    ]
    return table(head, lines)


def assist_retrieval(rows: list[Row]) -> str:
    """recall@1, recall@5, MRR and BLEU-2 of each system, ours against BM25, and the constant sentence."""
    head = ["system", "recall@1", "recall@5", "MRR", "BLEU-2", "recall@1 minus BM25", "MRR / BM25"]
    ranked = [r for r in rows if "bleu2" in r]
    lines = []
    for r in ranked:
        over = r.get("recall1_over_bm25")
        lines.append(
            [
                r["system"],
                *(f"{r[m]:.3f}" for m in ("recall1", "recall5", "mrr", "bleu2")),
                _with_sign(over) if over else "–",
                f"{r['mrr_times_bm25']:.2f}" if over else "–",
            ]
        )
    dashes = ["–"] * 3
    lines.append(
        ["one constant sentence", *dashes, f"{ranked[0]['constant_bleu2']:.3f}", *dashes[1:]]
    )
    return f"{table(head, lines)}\n\n{ranked[0]['n']:,} substantive questions, 100 answers each."


def assist_retrieval_known(rows: list[Row]) -> str:
    """Questions whose answer stands in the knowledge: by their questions, by the re-ranker, as served."""
    names = {"matching": "question matching", "ranker": "re-ranker", "served": "as served"}
    known = [r for r in rows if r["system"] == "knowledge"]
    lines = [
        [
            label,
            f"{r[f'{name}_recall1']:.3f}",
            f"{r[f'{name}_mrr']:.3f}",
            _with_sign(r["recall1_over_matching"]) if name == "served" else "–",
            f"{r['n']:,}",
        ]
        for r in known
        for name, label in names.items()
    ]
    return table(["answer is known", "recall@1", "MRR", "minus matching", "questions"], lines)


def assist_retrieval_sure(rows: list[Row]) -> str:
    """Calibration of P(right), and the share that is answered with 90% right."""
    head = ["questions", "first one right", "mean P", "calibration error", "answered at 90% right"]
    head += ["by the threshold of training", "of these right"]
    lines = []
    for r in (r for r in rows if r["system"] == "p_right"):
        low, high = r["ece_interval"]
        middle, *ends = r["coverage_at_90"]
        right = r["answered_right"]
        lines.append(
            [
                f"{r['n']:,}",
                f"{r['right']:.3f}",
                f"{r['mean_p']:.3f}",
                f"{r['ece']:.3f} [{low:.3f}, {high:.3f}]",
                f"{middle:.3f} [{ends[0]:.3f}, {ends[1]:.3f}]",
                f"{r['answered']:.3f}",
                "–" if right is None else f"{right:.3f}",
            ]
        )
    return table(head, lines)


def _with_sign(found: list[float]) -> str:
    return "{:+.3f} [{:+.3f}, {:+.3f}]".format(*found)


def assist_tools(rows: list[Row]) -> str:
    """What became of ground-truth writes, of planted violations, and of those that somebody wrote."""
    parts = {r["part"]: r for r in rows}
    lines: list[list[object]] = []
    if (r := parts.get("replay")) is not None:
        by_rule = r["marked_refused_by_their_rule"]
        lines += [
            ["tasks whose end state is that of the plain tools", r["end_state_equal"], r["tasks"]],
            ["writes that the policy allows, done", r["allowed"], r["writes"] - r["refused"]],
            ["writes that it forbids, refused by their rule", by_rule, r["marked_forbidden"]],
            ["refused writes that touched the state", r["refused_that_touched"], r["refused"]],
            ["reads with the answer of the plain tools", r["reads"] - r["reads_wrong"], r["reads"]],
        ]
    if (r := parts.get("planted_total")) is not None:
        lines.append([f"violations of {r['kinds']} kinds, by their rule", r["by_its_rule"], r["n"]])
    if (r := parts.get("written")) is not None:
        lines.append(["violations written by hand, by their rule", r["by_its_rule"], r["n"]])
    if (r := parts.get("play")) is not None:
        lines.append(
            ["tasks played by a model, pass^1", round(r["pass^1"] * r["tasks"]), r["tasks"]]
        )
    return table(["what", "so many", "of"], lines)


def assist_turn(rows: list[Row]) -> str:
    """Milliseconds of CPU, and how many encodings of the question that is."""
    head = [
        "entries",
        "encoding",
        "finding",
        "first turn",
        "later turn",
        "/ encoding",
        "cost / before",
    ]
    lines = []
    for r in rows:
        ratios = (r["ratio"], r["turn_ratio"], r["later_turn_ratio"])
        grew = f"{r['times_cost']:.2f} for {r['times_entries']:.0f} ×" if r["times_cost"] else "–"
        lines.append(
            [
                f"{r['entries']:,}",
                *(f"{r[m]:.1f}" for m in ("encode_ms", "find_ms", "turn_ms", "later_turn_ms")),
                " · ".join(f"{ratio:.1f}" for ratio in ratios),
                grew,
            ]
        )
    return table(head, lines)


def assist_words(rows: list[Row]) -> str:
    """Lies that are caught and honest words that are sent back, of each exam."""
    head = ["exam", "lies", "caught", "honest", "sent back"]
    lines = []
    for r in rows:
        caught, back = round(r["caught"] * r["lies"]), round(r["false_alarms"] * r["honest"])
        lines.append(
            [
                r["exam"],
                r["lies"],
                _share(caught, r["lies"]),
                r["honest"],
                _share(back, r["honest"]),
            ]
        )
    return table(head, lines)


def _share(n_right: int, n: int) -> str:
    """With the 95% interval of Wilson (1927)."""
    p, z = n_right / n, 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return f"{p:.1%} [{max(0.0, middle - half):.1%}, {min(1.0, middle + half):.1%}]"
