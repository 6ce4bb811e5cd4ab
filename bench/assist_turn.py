"""CPU of finding an answer, and of a whole turn, beside that of encoding the question alone, by the number of entries.

    python bench/assist_turn.py --entries 10000,100000
    python bench/assist_turn.py --entries 10000 --questions q.txt --answers a.txt --utterances labelled.csv

Entries are questions and answers put together from words of --vocabulary made-up words, as frequent as words are (Zipf), in the lengths
of real ones; with --questions and --answers (see assist_retrieval.py) real pairs come first, and a re-ranker is fitted on the first --fit.
Each line has milliseconds of CPU (user and system) a question: `encode_ms` of encoding it, `find_ms` of all that the retriever does, its
encoding included, and `turn_ms` of the whole turn without a generative model: understanding (learned of --utterances, if given), finding,
orders and policy, decision, reply, and two writes to the file of conversations. `later_turn_ms` is that of a second message, which has a
context. All four are measured one after the other in each of --rounds rounds, because cores are shared: the milliseconds are the least of
the rounds, the ratios to `encode_ms` the medians of those within rounds. `times_entries` and
`times_cost` compare with the line before: cost must grow slower than entries.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from baihuo.assist.knowledge.entries import KnowledgeEntry, language_of
from baihuo.assist.knowledge.past_files import read_line_files
from baihuo.assist.learning.answers import AnswerTraining, fit_answers
from baihuo.assist.learning.chinese_sounds import sounds_for
from baihuo.assist.learning.p_right import entries_of
from baihuo.assist.learning.towers import TowerTraining
from baihuo.assist.learning.utterance_rows import read_utterances
from baihuo.assist.learning.utterances import fit_understanding
from baihuo.assist.retrieve.answer_model import AnswerModel
from baihuo.assist.retrieve.context import context_of
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.spelling import KnowledgeSpelling
from baihuo.assist.retrieve.trade_words import TradeWords
from baihuo.assist.turns import Author, PassageKind
from baihuo.encode import MINILM, MULTILINGUAL, Encoder, Encoders, VectorCache, export_encoders
from suites.assist_turn.whole_turn import Turns, open_service
from suites.shared.measure import emit

_ASKED = 100


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", default="10000,100000", help="numbers of entries")
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--answers", type=Path)
    parser.add_argument(
        "--fit", type=int, default=3_000, help="pairs that a re-ranker is fitted on"
    )
    parser.add_argument(
        "--utterances", type=Path, help="labelled messages, as assist_intent.py reads them"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--vocabulary", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--work", type=Path, help="keep encoders and vectors here between runs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assist_turn-") as fresh:
        work = arguments.work or Path(fresh)
        encoders = Encoders.open(export_encoders(work / "encoders"))
        cache = VectorCache(work / "vectors.sqlite")
        _measure(arguments, encoders, cache, Path(fresh))
        cache.close()


def _measure(
    arguments: argparse.Namespace, encoders: Encoders, cache: VectorCache, fresh: Path
) -> None:
    model, encoder = None, encoders.get(MINILM)
    real: list[KnowledgeEntry] = []
    if arguments.questions is not None:
        encoder = encoders.get(MULTILINGUAL)
        model, real = _fitted(arguments, encoders, cache, fresh)
    understanding = None
    if arguments.utterances is not None:
        understanding = fresh / "understanding"
        fit_understanding(read_utterances(arguments.utterances), understanding, arguments.seed)
    before: tuple[int, float] | None = None
    for n in (int(part) for part in arguments.entries.split(",")):
        rng = np.random.default_rng(arguments.seed)
        entries = [*real, *_made_up(n, arguments.vocabulary, rng)][:n]
        vectors = _near_vectors(encoder.dim, rng)
        spelling = _spelling(entries, encoders)
        index = KnowledgeIndex(
            entries,
            encoder,
            model=model,
            encode=vectors,
            spelling=spelling,
            trade_words=TradeWords.of(
                (text for e in entries for text in (e.question, e.answer)), entries[0].language
            ),
        )
        # the same at each size, and in the language of the index: a question in another finds nothing, and costs nothing
        asked = [e for e in real[:n] if e.language == entries[0].language] or entries
        questions = [e.question for e in asked[:: max(1, len(asked) // _ASKED)]][:_ASKED]
        (fresh / str(n)).mkdir()
        with open_service(fresh / str(n), index, understanding) as service:
            turns = Turns(service, questions, entries[0].language)
            rounds = [
                (
                    _cpu_ms(lambda text: encoder.encode([text]), questions),
                    _cpu_ms(partial(_search, index), questions),
                    *turns.round_ms(),
                )
                for _ in range(arguments.rounds + 1)
            ][1:]  # the first one warms up
        encode_ms, find_ms, first_ms, later_ms = np.min(rounds, axis=0).tolist()
        ratios = np.median([np.divide(one[1:], one[0]) for one in rounds], axis=0).tolist()
        fields: dict[str, object] = {"times_entries": None, "times_cost": None}
        if before is not None:
            fields = {"times_entries": n / before[0], "times_cost": find_ms / before[1]}
        before = (n, find_ms)
        emit(
            entries=n,
            encoder=encoder.name,
            has_ranker=index.is_ranked,
            encode_ms=encode_ms,
            find_ms=find_ms,
            ratio=ratios[0],
            turn_ms=first_ms,
            turn_ratio=ratios[1],
            later_turn_ms=later_ms,
            later_turn_ratio=ratios[2],
            **fields,
        )


def _search(index: KnowledgeIndex, text: str) -> object:
    return index.search(text, context_of([(text, False)]), 5)


def _cpu_ms(act: Callable[[str], object], questions: list[str]) -> float:
    start = time.process_time()
    for text in questions:
        act(text)
    return (time.process_time() - start) * 1000 / len(questions)


def _spelling(entries: list[KnowledgeEntry], encoders: Encoders) -> KnowledgeSpelling:
    """As a shop's knowledge is opened: real entries are past pairs, which shoppers wrote."""
    typed = [e.question for e in entries if e.kind is PassageKind.ANSWER]
    ours = [e.question for e in entries if e.kind is not PassageKind.ANSWER]
    ours += [e.answer for e in entries]
    sounds = sounds_for([*ours, *typed])
    return KnowledgeSpelling.of(ours, sounds, encoders.has_word, typed=typed)


def _fitted(
    arguments: argparse.Namespace, encoders: Encoders, cache: VectorCache, fresh: Path
) -> tuple[AnswerModel, list[KnowledgeEntry]]:
    """A re-ranker with its P(right), as `baihuo train` writes one, and all pairs of its language as entries."""
    texts = arguments.questions.read_text("utf-8"), arguments.answers.read_text("utf-8")
    pairs = list(read_line_files(*texts, source="bench", as_of_us=0).pairs)
    language = language_of("".join(p.answer for p in pairs[:100]))
    chosen = [p for p in pairs if language_of(p.answer) == language]
    config = AnswerTraining(folds=2, tower=TowerTraining(epochs=1))
    fit_answers(
        chosen[: arguments.fit],
        fresh / "answers",
        seed=arguments.seed,
        encoders=encoders,
        cache=cache,
        config=config,
    )
    return AnswerModel.load(fresh / "answers" / language), entries_of(chosen)


def _made_up(n: int, n_words: int, rng: np.random.Generator) -> list[KnowledgeEntry]:
    shares = 1 / np.arange(1, n_words + 1)
    shares /= shares.sum()
    syllables = np.array("ba ko ri ten lu sa mi dor vek fa pol gri shu ne tam".split())
    words = [
        "".join(syllables[list(np.base_repr(i + 225, 15).encode())[:4] % np.array(15)])
        for i in range(n_words)
    ]
    drawn = rng.choice(n_words, size=(n, 40), p=shares)
    made = []
    for at, row in enumerate(drawn.tolist()):
        text = [words[i] for i in row]
        made.append(
            KnowledgeEntry(
                source_id=f"faq:bench/{at}",
                kind=PassageKind.FAQ,
                language="en",
                question=" ".join(text[:10]),
                answer=" ".join(text[10:]),
                said_by=Author.DESK,
                as_of_us=0,
            )
        )
    return made


def _near_vectors(dim: int, rng: np.random.Generator):  # type: ignore[no-untyped-def]
    """Vectors for entries without encoding 100,000 texts: around 200 centres, as far apart as those of texts are."""
    centres = rng.normal(size=(200, dim)).astype(np.float32)

    def encode(of: Encoder, texts: list[str]) -> np.ndarray:
        found = centres[rng.integers(0, len(centres), len(texts))]
        found = found + rng.normal(size=found.shape).astype(np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    return encode


if __name__ == "__main__":
    main()
