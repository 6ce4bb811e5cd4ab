"""Questions in other words, asked of an FAQ by which nothing was learned of the shop: how many are answered, and how many of these rightly.

    python bench/assist_faq.py --faq faq.en.md faq.zh.md --truth truth/service.jsonl --encoders shop/4-train/encoders

The sample shop (baihuo demo) has these files: 0-sample/service and 0-sample/truth. Questions are the messages of its conversations that the
FAQ answers, each text once; one entry in --without (seven) is taken out, so that its questions have no answer. One JSON line a language:

n, n_answerable  questions, and those whose entry is there
recall1          of the answerable
coverage_at_90   share of all that can be answered with 90% right, by the best threshold of these questions
right, wrong     shares of all that are answered from the threshold of the defaults on, and rightly or not; precision of these
ece              mean difference of P(right) and the share that is right, by tenths
from             the thresholds that are tried, each with the share that is answered and its precision
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from baihuo.assist import Language
from baihuo.assist.decide import DEFAULT_THRESHOLDS
from baihuo.assist.knowledge.reading import read_knowledge_file
from baihuo.assist.learning.chinese_sounds import sounds_for
from baihuo.assist.learning.measures import coverage_at, turn_of
from baihuo.assist.learning.p_right import calibration_error
from baihuo.assist.learning.right_answers import says_the_same
from baihuo.assist.retrieve.opening import Writing, open_retriever
from baihuo.assist.retrieve.retriever import Retriever
from baihuo.assist.turns import Understanding
from baihuo.encode import Encoders
from suites.shared.measure import emit

LANGUAGES: tuple[Language, ...] = ("en", "zh")
_TRIED = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faq", type=Path, nargs="+", required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--encoders", type=Path, required=True, help="of a shop that was trained")
    parser.add_argument("--without", type=int, default=7, help="one entry in so many is taken out")
    parser.add_argument("--seed", type=int, default=0, help="of which entries")
    arguments = parser.parse_args()
    entries = [
        e for path in arguments.faq for e in read_knowledge_file(path, as_of_us=0).reading.entries
    ]
    lines = [json.loads(line) for line in arguments.truth.read_text(encoding="utf-8").splitlines()]
    asked = [line for line in lines if line["kind"] == "faq" and line["right_answers"]]
    out = {
        i
        for i in {line["entry_id"] for line in asked}
        if crc32(f"{arguments.seed}:{i}".encode()) % arguments.without == 0
    }
    gone = {
        text for line in asked if line["entry_id"] in out for text in line["right_answers"].values()
    }
    kept = [e for e in entries if not any(says_the_same(e.answer, text) for text in gone)]
    retriever = open_retriever(
        None, Encoders.open(arguments.encoders), more=kept, writing=Writing(sounds_of=sounds_for)
    )
    for language in LANGUAGES:
        of_it = {line["text"]: line for line in asked if line["language"] == language}
        emit(language=language, **measured(retriever, list(of_it.values()), out, language))


def measured(
    retriever: Retriever, asked: Sequence[dict[str, Any]], out: set[str], language: Language
) -> dict[str, Any]:
    """Of the first entry of each question."""
    p, is_right = np.zeros(len(asked)), np.zeros(len(asked))
    for row, line in enumerate(asked):
        turn = turn_of(line["text"], number=row)
        found = retriever.find(turn, Understanding(language=language, query=line["text"]))
        if found:
            best = max(found, key=lambda passage: passage.p_right or 0.0)
            p[row] = best.p_right or 0.0
            is_right[row] = says_the_same(best.text, line["right_answers"][language])
    can = np.array([line["entry_id"] not in out for line in asked])
    says = p >= DEFAULT_THRESHOLDS.answers_from(language)
    return {
        "n": len(asked),
        "n_answerable": int(can.sum()),
        "recall1": float(is_right[can].mean()),
        "coverage_at_90": coverage_at(p, is_right).to_json(),
        "right": float((says & (is_right > 0)).mean()),
        "wrong": float((says & (is_right == 0)).mean()),
        "precision": float(is_right[says].mean()) if says.any() else None,
        "ece": calibration_error(p, is_right > 0),
        "from": {
            str(least): [
                round(float((p >= least).mean()), 3),
                round(float(is_right[p >= least].mean()), 3),
            ]
            for least in _TRIED
            if (p >= least).any()
        },
    }


if __name__ == "__main__":
    main()
