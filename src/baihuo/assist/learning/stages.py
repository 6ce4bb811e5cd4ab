"""The trainer of the real stages: understanding of messages, and ranking of answers over the shop's knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.cleaning import clean_pairs
from baihuo.assist.knowledge.entries import KnowledgeEntry, language_of
from baihuo.assist.knowledge.past_files import PastFile
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.assist.knowledge.store import KnowledgeStore
from baihuo.assist.learning.answers import fit_answers
from baihuo.assist.learning.examples import AnsweredQuestion, LabelledUtterance
from baihuo.assist.learning.learn import FEWEST_SCALED
from baihuo.assist.learning.measures import Finds, Understands, measure_answers
from baihuo.assist.learning.trainer import said_key
from baihuo.assist.learning.utterance_rows import Marked, Utterance
from baihuo.assist.learning.utterances import fit_understanding
from baihuo.assist.retrieve.answer_model import AnswerModel
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.match_scale import MatchScale, match_of
from baihuo.assist.retrieve.retriever import Retriever
from baihuo.assist.turns import Language, Passage, PassageKind
from baihuo.assist.understand.understander import Understander
from baihuo.core import Progress, no_progress
from baihuo.encode import Encoder, Encoders, VectorCache, Vectors

_LANGUAGES: tuple[tuple[Language, str], ...] = (("en", "a"), ("zh", "中"))
_MOST_SCALED, _SCALE_FOLDS = 400, 4  # two numbers need no more


class StageTrainer:
    """A :class:`~baihuo.assist.learning.trainer.ServiceTrainer` over the knowledge and the encoders of a shop."""

    def __init__(
        self,
        knowledge: Path,
        encoders: Encoders,
        *,
        seed: int,
        cache: VectorCache | None = None,
        progress: Progress = no_progress,
    ) -> None:
        """
        Args:
            knowledge: ``8-assist/knowledge.sqlite``; nothing may be said where it is missing.
            encoders: those that the bundle is sealed with: a ranking works with its own alone.
            cache: of their vectors.
        """
        self._entries = _entries_of(knowledge)
        self._encoders, self._seed, self._cache = encoders, seed, cache
        self._progress = progress

    def fit_understanding(self, utterances: Sequence[LabelledUtterance], out: Path) -> None:
        """Fit intents and entities into a folder."""
        asked = [e.question for e in self._entries if e.kind is PassageKind.FAQ and e.question]
        rows = [_utterance(u) for u in utterances]
        fit_understanding(rows, out, self._seed, self._progress, also_ours=asked)

    def open_understanding(self, folder: Path | None) -> Understands:
        """What understands with it; None: nothing was learned."""
        return Understander.untrained() if folder is None else Understander.open(folder)

    def fit_answers(self, questions: Sequence[AnsweredQuestion], out: Path) -> bool:
        """Fit the ranking of answers into a folder, for each language that has enough of them; whether any has."""
        pairs = [_pair(q) for q in questions if q.is_right]
        fitted = fit_answers(
            pairs,
            out,
            seed=self._seed,
            encoders=self._encoders,
            cache=self._cache,
            knowledge=self._entries,
            progress=self._progress,
        )
        return bool(fitted)

    def fit_match(
        self, questions: Sequence[AnsweredQuestion], understander: Understands, out: Path
    ) -> None:
        """Bring P(right) of entries that are found by their questions to the shop's scale, for languages with enough questions.

        Each is asked of the knowledge without what was answered to it.
        """
        asked = self.substantive([q for q in questions if q.is_right])
        for language, sample in _LANGUAGES:
            of_it = [q for q in asked if language_of(q.answer) == language]
            of_it = of_it[:: max(1, -(-len(of_it) // _MOST_SCALED))]
            if len(of_it) < FEWEST_SCALED:
                continue
            chances, is_right = self._out_of_fold(of_it, understander)
            scale = MatchScale.fit(chances, is_right)
            scale.save(out / language, self._encoders.for_text(sample))

    def _out_of_fold(
        self, asked: Sequence[AnsweredQuestion], understander: Understands
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """P of the first entry of each question, and whether it says what was answered."""
        folds = [crc32(said_key(q.question).encode()) % _SCALE_FOLDS for q in asked]
        found = []
        for number in sorted(set(folds)):
            held = [q for q, fold in zip(asked, folds, strict=True) if fold == number]
            without = frozenset(said_key(q.question) for q in held)
            retriever = self.open_answers(None, understander, without=without)
            found.append(
                measure_answers(understander, retriever, held, self.knowledge(without=without))
            )
        return (
            np.concatenate([one.p_right for one in found]),
            np.concatenate([one.is_right for one in found]),
        )

    def substantive(self, questions: Sequence[AnsweredQuestion]) -> list[AnsweredQuestion]:
        """Those whose answer the knowledge would keep."""
        return [q for q in questions if clean_pairs(PastFile((_pair(q),), (0,)), source="").entries]

    def open_answers(
        self, folder: Path | None, understander: Understands, *, without: frozenset[str]
    ) -> Finds:
        """What finds answers with it in the shop's knowledge, but for past answers to these questions."""
        del understander
        return Retriever(indexes=self.indexes(folder, without=without))

    def indexes(
        self, folder: Path | None, *, without: frozenset[str]
    ) -> dict[Language, KnowledgeIndex]:
        """The knowledge by language, with what was learned of its answers."""
        made: dict[Language, KnowledgeIndex] = {}
        for language, sample in _LANGUAGES:
            entries = [e for e in self._kept(without) if e.language == language]
            if not entries:
                continue
            learned = None if folder is None else folder / language
            has_model = learned is not None and AnswerModel.is_in(learned)
            encoder = self._encoders.for_text(sample)
            made[language] = KnowledgeIndex(
                entries,
                encoder,
                model=AnswerModel.load(learned) if has_model and learned is not None else None,
                match=match_of(learned, encoder),
                encode=self._encode,
            )
        return made

    def knowledge(self, *, without: frozenset[str]) -> list[Passage]:
        """Everything that may be said, but for past answers to these questions."""
        return [
            Passage(
                source_id=e.source_id,
                kind=e.kind,
                text=e.answer,
                language=e.language,
                as_of_us=e.as_of_us,
                question=e.question,
                product_id=e.product_id,
            )
            for e in self._kept(without)
        ]

    def _kept(self, without: frozenset[str]) -> list[KnowledgeEntry]:
        return [
            e
            for e in self._entries
            if e.kind is not PassageKind.ANSWER or said_key(e.question) not in without
        ]

    def _encode(self, encoder: Encoder, texts: Sequence[str]) -> Vectors:
        if self._cache is None:
            return encoder.encode(texts)
        return self._cache.vectors(encoder, texts)


def _entries_of(path: Path) -> list[KnowledgeEntry]:
    if not path.exists():
        return []
    store = KnowledgeStore(path)
    try:
        return list(store.entries())
    finally:
        store.close()


def _utterance(one: LabelledUtterance) -> Utterance:
    marked: list[Marked] = []
    for entity in one.entities:
        if not marked or entity.start >= marked[-1].end:
            marked.append(Marked(entity.kind, entity.start, entity.end))
    return Utterance(one.text, one.intent, tuple(marked))


def _pair(one: AnsweredQuestion) -> PastPair:
    return PastPair(
        utterances=(*one.before, (one.question, False)),
        answer=one.answer,
        conversation=one.conversation,
    )
