"""The true answer of a past question among a hundred: BM25, a frozen encoder, the answer alone, and the re-ranker of customer service.

    python bench/assist_retrieval.py --questions q.txt --answers a.txt
    python bench/assist_retrieval.py --questions q.txt --answers a.txt --dev-questions dq.txt --dev-answers da.txt --seed 11

Two files, line by line: what was said before (lines joined by commas, the last one the shopper's), and what the shop answered. Without
dev files a part of the conversations (--share) is held out: pairs that share an order number or a rare line are of one conversation, and
are never on both sides.

Only substantive answers are asked for: six characters or more after masks and punctuation, and a text that is no training answer. The 99
others are drawn from all other answers of the judged file, repeated ones kept, none equal to the true one.

bm25         the whole context as the query, answers as documents; idf of the training answers
encoder      cosine of the frozen multilingual encoder, nothing trained
answer_only  the same lists and trainer as baihuo, features of the question removed: what politeness and length give away
baihuo       the re-ranker as it is served: `fit_answers` on the training pairs

knowledge    the judged questions whose answer stands in the knowledge of the training pairs (`matching`: by their questions alone, `ranker`: by
             the re-ranker's score alone, `served`: by P(right)); `found`: it is among the candidates
p_right      all judged questions asked of that knowledge: calibration of P(right) of the first entry, and the share that is answered with 90%
             right, by the best threshold of these questions (`coverage_at_90`) and by the one chosen in training (`answered`)

recall1, recall5, mrr: ties share their places. bleu2: of the answer that is put first, beside one constant sentence for every question
(`constant_bleu2`): no generation score is a bar. The differences are paired over questions, with 95% intervals.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.assist.learning.answers import (
    FEWEST_PAIRS,
    AnswerTraining,
    FittedAnswers,
    calibrated,
    fit_answer_model,
    grow,
)
from baihuo.assist.learning.p_right import entries_of, matched_in
from baihuo.assist.learning.pair_rows import Encode, PairRows, pair_rows
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.pair_features import pair_features, without_question
from baihuo.core import BadInput
from baihuo.encode import MULTILINGUAL, Encoder, Encoders, VectorCache, export_encoders
from baihuo.evaluate import paired_bootstrap
from suites.assist_retrieval import knowledge, systems
from suites.assist_retrieval.files import read_sides
from suites.assist_retrieval.lists import FEWEST_CHARACTERS, AnswerLists, draw_lists, substantive
from suites.assist_retrieval.measures import bleu2, constant_sentence, measures
from suites.shared.measure import emit

Scores = NDArray[np.floating]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--dev-questions", type=Path)
    parser.add_argument("--dev-answers", type=Path)
    parser.add_argument("--share", type=float, default=1 / 6, help="held out without dev files")
    parser.add_argument("--seed", type=int, default=7, help="of the split, lists and training")
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    arguments = parser.parse_args()
    try:
        train, judged, lists = _read(arguments)
    except BadInput as error:
        raise SystemExit(str(error)) from None
    with tempfile.TemporaryDirectory(prefix="assist_retrieval-") as fresh:
        work = arguments.work or Path(fresh)
        n_threads = 1
        encoder = Encoders.open(export_encoders(work / "encoders"), n_threads=n_threads).get(
            MULTILINGUAL
        )
        cache = VectorCache(work / "vectors.sqlite")

        def encode(texts: list[str]) -> NDArray[np.float32]:
            return cache.vectors(encoder, texts)

        fitted, scores = _scores(train, judged, lists, encoder, encode, seed=arguments.seed)  # type: ignore[arg-type]
        _report(scores, judged, train, lists, seed=arguments.seed)
        _report_knowledge(train, judged, fitted, encoder, cache, seed=arguments.seed)
        cache.close()


def _read(arguments: argparse.Namespace) -> tuple[list[PastPair], list[PastPair], AnswerLists]:
    train, judged = read_sides(
        (arguments.questions, arguments.answers),
        (arguments.dev_questions, arguments.dev_answers),
        share=arguments.share,
        seed=arguments.seed,
    )
    if len(train) < FEWEST_PAIRS:
        raise BadInput(
            f"{len(train)} training pairs, and a re-ranker needs {FEWEST_PAIRS}",
            fix="give longer files, or a smaller --share",
        )
    asked = substantive(judged, train)
    if not asked:
        raise BadInput(
            "no judged answer is substantive and new",
            fix="give other dev files, or a larger --share",
        )
    return train, judged, draw_lists(judged, asked, seed=arguments.seed)


def _scores(
    train: list[PastPair],
    judged: list[PastPair],
    lists: AnswerLists,
    encoder: Encoder,
    encode: Encode,
    *,
    seed: int,
) -> tuple[FittedAnswers, dict[str, Scores]]:
    known = pair_rows(train, encode)
    new = pair_rows(judged, encode, with_earlier=False)
    config = AnswerTraining()
    fitted = fit_answer_model(known, encoder.hash, config, seed=seed)
    features = _features(fitted.model.evidence, new, lists)
    alone = without_question()
    held = fitted.held
    answer_only = grow([rows[:, alone] for rows in held.lists], held.weights, config, seed=seed)
    flat = np.concatenate(features)
    return fitted, {
        "bm25": systems.bm25(train, judged, lists),
        "encoder": systems.encoder(judged, new.answers, lists, encode),
        "answer_only": answer_only.predict(flat[:, alone]).reshape(lists.answers.shape),
        "baihuo": fitted.model.booster.predict(flat).reshape(lists.answers.shape),
    }


def _features(evidence, new: PairRows, lists: AnswerLists) -> list[NDArray[np.float32]]:  # type: ignore[no-untyped-def]
    ready = evidence.ready(new.answers)
    return [
        pair_features(evidence, new.questions[at], ready, listed)
        for at, listed in zip(lists.questions.tolist(), lists.answers, strict=True)
    ]


def _report_knowledge(
    train: list[PastPair],
    judged: list[PastPair],
    fitted: FittedAnswers,
    encoder: Encoder,
    cache: VectorCache,
    *,
    seed: int,
) -> None:
    encode = cache.vectors
    p_right, report = calibrated(train, fitted, encoder, encode, AnswerTraining(), seed)
    index = KnowledgeIndex(entries_of(train), encoder, model=fitted.model, encode=encode)
    known = knowledge.is_known(judged, train, FEWEST_CHARACTERS)
    unlearned = KnowledgeIndex(index.entries, encoder, encode=encode)
    asked = knowledge.Asked(
        matched_in(index, judged), np.array(known), knowledge.by_questions(unlearned, judged)
    )
    emit(system="knowledge", **knowledge.of_knowledge(asked, p_right, seed=seed))
    emit(system="p_right", **knowledge.of_p_right(asked, p_right, report.coverage, seed=seed))


def _report(
    scores: dict[str, Scores],
    judged: list[PastPair],
    train: list[PastPair],
    lists: AnswerLists,
    *,
    seed: int,
) -> None:
    found = {name: measures(of) for name, of in scores.items()}
    true = [judged[at].answer for at in lists.questions.tolist()]
    constant = constant_sentence([pair.answer for pair in train])
    of_constant = bleu2([constant] * len(true), true)
    for name, of in scores.items():
        first = lists.answers[np.arange(len(true)), of.argmax(axis=1)]
        said = [judged[at].answer for at in first.tolist()]
        fields: dict[str, object] = {m: float(v.mean()) for m, v in found[name].items()}
        fields |= {"bleu2": bleu2(said, true), "constant_bleu2": of_constant, "n": len(true)}
        if name == "baihuo":
            for measure, values in found[name].items():
                beside = found["bm25"][measure]
                interval = paired_bootstrap(values, beside, seed=seed)
                fields[f"{measure}_times_bm25"] = float(values.mean() / max(beside.mean(), 1e-9))
                fields[f"{measure}_over_bm25"] = [
                    round(x, 4) for x in (interval.mid, interval.low, interval.high)
                ]
        emit(system=name, **fields)


if __name__ == "__main__":
    main()
