"""Learns to understand messages from a shop's own labelled ones. Needs scikit-learn: the ``train`` extra."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from baihuo.assist.learning.fit_messages import fit_messages
from baihuo.assist.learning.fit_spans import fit_spans
from baihuo.assist.learning.other_trades import TradeTalk, other_trades, shop_talk, without
from baihuo.assist.learning.utterance_rows import Utterance
from baihuo.assist.understand.language import language_of
from baihuo.assist.understand.stored import FILES, write_entities, write_messages
from baihuo.core import BadInput, Progress, no_progress
from baihuo.engine import written_whole

REPORT = "report.json"
_LEAST_ROWS = (
    8  # of an intent: two in each of the four parts that are judged by a model of the others
)
_HELD_BACK = 0.15
_STEPS_TO_JUDGE = 35  # the same F1 as after 70
_GIVEN = 8  # groups of texts that are not the shop's, each judged without itself


def fit_understanding(
    rows: Sequence[Utterance],
    out: Path,
    seed: int,
    progress: Progress = no_progress,
    *,
    also_ours: Sequence[str] = (),
    not_ours: Sequence[str] = (),
) -> dict[str, Any]:
    """Learn intents, entities and what is the shop's business, and write ``messages.npz``, ``entities.npz``, ``report.json``.

    Args:
        rows: the shop's labelled messages, in any mix of languages; a tenth of the letters may be wrong.
        out: the folder; its files of an earlier run are replaced.
        seed: equal seeds and rows give equal files.
        progress: of the steps; a minute of one core for 6,000 messages.
        also_ours: other texts that are the shop's business, such as questions of its FAQ.
        not_ours: texts that are not, beside those of other trades that come with baihuo.

    Returns:
        The report, all of it measured on messages that the judged model did not see: ``accuracy``, ``macro_f1``,
        ``accuracy_typos``, ``auroc_other_trades`` by language, ``entity_f1``, ``entity_f1_unseen`` (other values),
        ``n_rows``, ``intents`` with their numbers of messages, and ``left_out``: those with fewer than 8, whose messages count as
        the shop's business and teach entities.

    Raises:
        BadInput: fewer than two intents with 8 different messages each.
    """
    counts = Counter(intent for _, intent in {(u.text, u.intent) for u in rows})
    few = {intent: n for intent, n in sorted(counts.items()) if n < _LEAST_ROWS}
    if len(counts) - len(few) < 2:
        raise _too_few(counts, few)
    labelled = [u for u in rows if u.intent not in few]
    draw = random.Random(seed)
    own = [u.text for u in rows]
    ours = [*also_ours, *(u.text for u in rows if u.intent in few)]
    talk = [
        *without(shop_talk(draw), own),
        *without(other_trades(draw), own),
        *(TradeTalk(t, "", language_of(t)) for t in ours if t.strip()),
        *(
            TradeTalk(t, f"given {at % _GIVEN}", language_of(t))
            for at, t in enumerate(not_ours)
            if t.strip()
        ),
    ]
    model, report = fit_messages(labelled, talk, seed=seed, progress=progress)
    entity_scores = _judge_entities(rows, seed, progress)
    entities = fit_spans(rows, seed=seed, progress=progress)
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    write_messages(out, model)
    if entities is not None:
        write_entities(out, entities)
    learned = {intent: n for intent, n in sorted(counts.items()) if intent not in few}
    report |= entity_scores | {"n_rows": len(rows), "intents": learned, "left_out": few}
    with written_whole(out / REPORT) as part:
        part.write_text(json.dumps(report, ensure_ascii=False, sort_keys=True, indent=1), "utf-8")
    return report


def _too_few(counts: Counter[str], few: Mapping[str, int]) -> BadInput:
    if few:
        named = ", ".join(f"{intent} ({n})" for intent, n in [*few.items()][:10])
        return BadInput(
            f"intents with fewer than {_LEAST_ROWS} different messages: {named}, and telling intents apart needs two with as many",
            fix="label more of them, or join them with another intent",
        )
    return BadInput(
        f"the messages have {len(counts)} intent{'s' * (len(counts) != 1)}, and telling them apart needs two",
        fix="label messages of other intents, too",
    )


def _judge_entities(rows: Sequence[Utterance], seed: int, progress: Progress) -> dict[str, float]:
    """F1 of entities on messages held back, as they are and with other values."""
    from baihuo.assist.learning.new_values import values_for

    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    n = max(1, round(_HELD_BACK * len(rows)))
    model = fit_spans(shuffled[n:], seed=seed, steps=_STEPS_TO_JUDGE, progress=progress)
    if model is None:
        return {}
    values = values_for(shuffled[n:], random.Random(seed + 1))
    found = {}
    for name, held in (
        ("entity_f1", shuffled[:n]),
        ("entity_f1_unseen", [values.swapped(u) if u.marked else u for u in shuffled[:n]]),
    ):
        n_true = n_found = n_right = 0
        for utterance in held:
            truth = {(m.kind, m.start, m.end) for m in utterance.marked}
            said = {(e.kind, e.start, e.end) for e in model.find(utterance.text)}
            n_true, n_found = n_true + len(truth), n_found + len(said)
            n_right += len(truth & said)
        found[name] = 2 * n_right / max(n_true + n_found, 1)
    return found
