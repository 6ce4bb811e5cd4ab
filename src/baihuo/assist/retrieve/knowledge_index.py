"""The entries of one language, ready to be searched: words, vectors, and what the re-ranker knows of each answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.knowledge.entries import KnowledgeEntry
from baihuo.assist.knowledge.pair_terms import bare_text, pair_terms
from baihuo.assist.retrieve.answer_model import AnswerModel
from baihuo.assist.retrieve.candidates import CandidateSearch
from baihuo.assist.retrieve.context import Context
from baihuo.assist.retrieve.default_match import (
    DEFAULT_COLUMNS,
    Centre,
    default_columns,
    default_match,
    lead_over_others,
)
from baihuo.assist.retrieve.flat_terms import (
    Buckets,
    FlatTerms,
    Floats,
    Numbers,
    buckets_of,
    sums,
)
from baihuo.assist.retrieve.pair_features import ReadyAnswers
from baihuo.assist.retrieve.pair_tables import AnswerRows, QuestionRow, text_terms
from baihuo.assist.retrieve.question_match import (
    MATCH_COLUMNS,
    EntryTerms,
    Logistic,
    match_columns,
)
from baihuo.assist.retrieve.spelling import KnowledgeSpelling
from baihuo.assist.retrieve.trade_words import TradeWords
from baihuo.assist.turns import PassageKind
from baihuo.encode import Encoder, Vectors

Encode = Callable[[Encoder, Sequence[str]], Vectors]
N_RANKED = 3  # columns of :func:`with_scores`


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Entries that may answer, best first."""

    at: Numbers
    scores: Floats
    p_right: NDArray[np.float64]


class KnowledgeIndex:
    """Entries of one language with one encoder, in memory. Safe to search from several threads.

    Args:
        entries: what may be said.
        encoder: of the language.
        model: learned of past pairs with this encoder; None, or of another: entries are found by their questions.
        match: P of ``DEFAULT_COLUMNS`` that an entry answers, where no model says it; None: as it comes with baihuo.
        encode: how texts are encoded: a cache of vectors may stand before the encoder.
        spelling: how the entries write; None: a question is searched for as it was typed.
        trade_words: how they name what others name otherwise; None: nothing is read so.
    """

    def __init__(
        self,
        entries: Sequence[KnowledgeEntry],
        encoder: Encoder,
        *,
        model: AnswerModel | None = None,
        match: Logistic | None = None,
        encode: Encode | None = None,
        spelling: KnowledgeSpelling | None = None,
        trade_words: TradeWords | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self._of_id = {entry.source_id: entry for entry in self.entries}
        self.spelling = spelling
        self._trade_words = trade_words
        self.encoder = encoder
        self.match = match or default_match(encoder.name)
        self.model = model if model is not None and model.encoder_hash == encoder.hash else None
        encode = encode or (lambda of, texts: of.encode(texts))
        questions = [e.question for e in self.entries]
        answers = [e.answer for e in self.entries]
        question_vectors = _encoded(encode, encoder, questions)
        answer_vectors = _encoded(encode, encoder, answers)
        question_terms = FlatTerms.of([buckets_of(pair_terms(q)) for q in questions])
        rows = AnswerRows.of(answers, answer_vectors)
        both = FlatTerms.of(
            [
                buckets_of(pair_terms(f"{q}\n{q}\n{a}"))
                for q, a in zip(questions, answers, strict=True)
            ]
        )
        idf = both.inverse_frequency()
        self.terms = EntryTerms(
            idf,
            question_terms,
            rows.terms,
            question_vectors,
            answer_vectors,
            sums(idf[question_terms.buckets], question_terms.starts),
        )
        self._centre = Centre.of(question_vectors, answer_vectors, answers)
        self._search = CandidateSearch(both, question_vectors, answer_vectors)
        self._number_of_bare: dict[str, int] = {}  # of a question, without what does not count
        self._bare = np.array([self._bare_number(q) for q in questions], np.int64)
        self._ready: ReadyAnswers | None = self.model.evidence.ready(rows) if self.model else None
        ours = [at for at, e in enumerate(self.entries) if e.kind is not PassageKind.ANSWER]
        self._ours: tuple[KnowledgeIndex, Numbers] | None = None
        if 0 < len(ours) < len(self.entries):
            own = KnowledgeIndex(
                [self.entries[at] for at in ours], encoder, model=model, match=match, encode=encode
            )
            self._ours = own, np.array(ours, np.int64)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def is_ranked(self) -> bool:
        """Whether a re-ranker of past pairs says P(right); else the entries' own questions do."""
        return self.model is not None and self.model.p_right is not None

    def with_ids(self, source_ids: Iterable[str]) -> list[KnowledgeEntry]:
        """The entries of some ids; an id that none has is left out."""
        return [self._of_id[i] for i in source_ids if i in self._of_id]

    def encoded(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Vectors of several texts, encoded together: that costs less than one after the other."""
        distinct = list(dict.fromkeys(texts))
        return dict(zip(distinct, self.encoder.encode(distinct), strict=True))

    def read(self, asked: str) -> str:
        """A question as the entries would write it."""
        return asked if self.spelling is None else self.spelling.read(asked)

    def in_trade_words(self, asked: str) -> str:
        """The question in the words that the entries have for it; the same where they have its own."""
        read = self.read(asked)
        meant = read if self._trade_words is None else self._trade_words.read(read)
        return asked if meant == read else meant

    def search(
        self,
        asked: str,
        context: Context,
        k: int,
        *,
        vectors: Mapping[str, Floats] | None = None,
        without: Collection[str] = (),
    ) -> Found:
        """Return the ``k`` likeliest entries; ``asked`` is what is searched for, with what "it" refers to filled in.

        Past answers are many, and some are word for word the question: the shop's own entries are searched among themselves, too, and
        the ``k`` likeliest of them are there with that P(right), if it is higher.

        Args:
            vectors: of texts that were encoded already (:meth:`encoded`), as :meth:`read` gives them.
            without: ids of entries that surely are not meant: P(right) is that among the others.
        """
        typed, asked = asked, self.read(asked)
        if context.asked == typed:  # else it stands among what was said before
            context = replace(context, asked=asked, last=asked)
        if self._ours is not None:  # encoded once for both
            texts = {asked, context.asked} if self.model is not None else {asked}
            vectors = {**(vectors or {}), **self.encoded([*(texts - set(vectors or ()))])}
        if self.model is not None and self.model.p_right is not None:
            at, columns = self.columns(asked, context, vectors=vectors, without=without)
            learned = self.model.p_right  # an earlier version had no last column
            p = learned.of(columns[:, : len(learned.weights)])
        else:
            at, columns = self._unlearned(asked, vectors, without)
            p = self.match.of(columns)
        order = np.lexsort((at, -p))[:k]
        at, p = at[order], p[order]
        if self._ours is not None:
            index, numbers = self._ours
            own = index.search(asked, context, k, vectors=vectors, without=without)
            of_entry = dict(zip(at.tolist(), p.tolist(), strict=True))
            for one, p_own in zip(numbers[own.at].tolist(), own.p_right.tolist(), strict=True):
                of_entry[one] = max(p_own, of_entry.get(one, 0.0))
            at = np.array([*of_entry], np.int64)
            p = np.array([*of_entry.values()], np.float64)
            order = np.lexsort((at, -p))
            at, p = at[order], p[order]
        return Found(at, p.astype(np.float32), p)

    def columns(
        self,
        asked: str,
        context: Context,
        *,
        vectors: Mapping[str, Floats] | None = None,
        without: Collection[str] = (),
    ) -> tuple[Numbers, Floats]:
        """Entries that may answer, and ``[entries, columns]`` that P(right) is made of."""
        n_columns = len(MATCH_COLUMNS) + (N_RANKED if self.model is not None else 0)
        if not self.entries:
            return np.empty(0, np.int64), np.empty((0, n_columns), np.float32)
        texts = [asked]
        if self.model is not None and context.asked != asked:
            texts.append(context.asked)
        encoded = dict(vectors or {})
        if missing := [text for text in texts if text not in encoded]:
            encoded |= self.encoded(missing)
        vector = encoded[asked]
        places, _ = text_terms(asked)
        at = self._candidates(places, vector, without)
        same = self._is_same(asked, at)
        columns = match_columns(self.terms, places, vector, same, at)
        if self.model is None or self._ready is None:
            return at, columns
        question = QuestionRow.of(context, encoded[context.asked])
        ranked = self.model.scores(question, self._ready, at) if len(at) else np.empty(0)
        plain = default_columns(self.terms, self._centre, places, vector, same, at)
        p = np.clip(default_match(self.encoder.name).of(plain), 1e-4, 1 - 1e-4)
        unlearned = np.log(p / (1 - p))
        return at, with_scores(columns, ranked, unlearned, self._centre.answers[at])

    def _candidates(self, places: Buckets, vector: Floats, without: Collection[str]) -> Numbers:
        at = self._search.best(places, vector, by_answer=self.model is not None)
        if not without:
            return at
        return at[[self.entries[i].source_id not in without for i in at.tolist()]]

    def _unlearned(
        self, asked: str, vectors: Mapping[str, Floats] | None, without: Collection[str] = ()
    ) -> tuple[Numbers, Floats]:
        """As :meth:`columns`, of ``DEFAULT_COLUMNS``."""
        if not self.entries:
            return np.empty(0, np.int64), np.empty((0, len(DEFAULT_COLUMNS)), np.float32)
        vector = (vectors or {}).get(asked)
        if vector is None:
            vector = self.encoder.encode([asked])[0]
        places, _ = text_terms(asked)
        at = self._candidates(places, vector, without)
        same = self._is_same(asked, at)
        return at, default_columns(self.terms, self._centre, places, vector, same, at)

    def _bare_number(self, question: str) -> int:
        bare = bare_text(question)
        return self._number_of_bare.setdefault(bare, len(self._number_of_bare)) if bare else -1

    def _is_same(self, asked: str, at: Numbers) -> NDArray[np.bool_]:
        number = self._number_of_bare.get(bare_text(asked), -2)
        return np.asarray(self._bare[at] == number, np.bool_)


def with_scores(
    columns: Floats, ranked: NDArray[np.floating], unlearned: NDArray[np.floating], answers: Numbers
) -> Floats:
    """Columns of a match, with the re-ranker's score, how far it is before or behind other answers, and the log-odds of P as it comes
    with baihuo: that knows which matches are sure, and the score which of them fits.

    Args:
        answers: ``[entries]`` numbers of answers, equal where the text is.
    """
    lead = lead_over_others(np.asarray(ranked, np.float32), answers)
    return np.hstack([columns, np.stack([ranked, lead, unlearned], axis=1)]).astype(np.float32)


def _encoded(encode: Encode, encoder: Encoder, texts: Sequence[str]) -> Floats:
    """Vectors; zeros for an empty text."""
    out = np.zeros((len(texts), encoder.dim), np.float32)
    at = [i for i, text in enumerate(texts) if text]
    if at:
        out[at] = encode(encoder, [texts[i] for i in at])
    return out
