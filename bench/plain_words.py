"""Learn which words claim something of a shop, for the check of words: a line through the space of each encoder.

    python bench/plain_words.py --encoders SHOP/live/encoders --write

Words that state nothing are the check's own lists (``glue_*.txt``, ``joining_*.txt``); words that claim something are names of things,
places, people, services and channels (``suites/assist/specific_*.txt``). No word is of an exam's sentence. ``auc`` is of five folds.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from baihuo.assist.check.plain_words import WEIGHTS
from baihuo.assist.check.vocabulary import plain_words
from baihuo.encode import MINILM, MULTILINGUAL, Encoders, export_encoders
from suites.shared.measure import emit
from suites.shared.paths import given

_LISTS = Path(__file__).parent / "suites" / "assist"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoders", type=given, help="of a bundle; unset: exported to --export")
    parser.add_argument("--export", type=Path, help="where to export the published ones")
    parser.add_argument("--write", action="store_true", help="replace the weights that are shipped")
    arguments = parser.parse_args()
    folder = arguments.encoders or export_encoders(arguments.export)
    encoders, learned = Encoders.open(folder), {}
    for script, name in (("en", MINILM), ("zh", MULTILINGUAL)):
        claims = set((_LISTS / f"specific_{script}.txt").read_text("utf-8").split())
        states_nothing = {w for w in plain_words(script) if script == "zh" or len(w) > 2} - claims
        words = [*sorted(states_nothing), *sorted(claims)]
        labels = np.r_[np.zeros(len(states_nothing)), np.ones(len(claims))]
        encoder = encoders.get(name)
        vectors = encoder.encode(words)
        model = LogisticRegression(C=3, max_iter=2_000, class_weight="balanced")
        held_out = cross_val_predict(model, vectors, labels, cv=5, method="predict_proba")[:, 1]
        model.fit(vectors, labels)
        learned[name] = {
            "encoder": encoder.hash,
            "bias": round(float(model.intercept_[0]), 4),
            "weights": [round(float(w), 4) for w in model.coef_[0]],
        }
        emit(encoder=name, words=len(words), auc=round(float(roc_auc_score(labels, held_out)), 4))
    if arguments.write:
        WEIGHTS.write_text(json.dumps(learned) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
