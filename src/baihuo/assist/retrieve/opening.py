"""A shop's knowledge and models, opened for serving."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from baihuo.assist.knowledge.entries import KnowledgeEntry
from baihuo.assist.knowledge.store import KnowledgeStore
from baihuo.assist.retrieve.answer_model import AnswerModel
from baihuo.assist.retrieve.knowledge_index import KnowledgeIndex
from baihuo.assist.retrieve.match_scale import match_of
from baihuo.assist.retrieve.retriever import FindProducts, ProductPassages, Retriever
from baihuo.assist.retrieve.spelling import KnowledgeSpelling
from baihuo.assist.retrieve.trade_words import TradeWords
from baihuo.assist.turns import Language, PassageKind
from baihuo.assist.understand.text_features import Sounds
from baihuo.core import NotFound
from baihuo.encode import Encoder, Encoders, VectorCache, Vectors


@dataclass(frozen=True, slots=True)
class Writing:
    """How questions are read as the entries write.

    ``sounds_of``: how the Chinese characters of texts sound, so that pinyin and wrong characters are read. ``also_written``: texts whose
    words are right, too, though no entry has them.
    """

    sounds_of: Callable[[Iterable[str]], Sounds] = lambda texts: Sounds()
    also_written: tuple[str, ...] = ()


_PLAIN = Writing()


def open_retriever(
    store: KnowledgeStore | None,
    encoders: Encoders,
    *,
    models: Path | None = None,
    cache: VectorCache | None = None,
    find_products: FindProducts | None = None,
    of_product: ProductPassages | None = None,
    more: Sequence[KnowledgeEntry] = (),
    writing: Writing = _PLAIN,
) -> Retriever:
    """A retriever over all that the store holds now; open it again when ``store.edition`` has risen.

    Args:
        store: what may be said; None: the shop has imported nothing.
        encoders: of the live bundle.
        models: the folder that training wrote; None, or no re-ranker for a language: entries are found by their questions.
        cache: of vectors, so that an entry is encoded once.
        find_products: see :class:`Retriever`.
        of_product: see :class:`Retriever`.
        more: entries that are kept elsewhere, such as those of the policy.
        writing: how questions are read as the entries write.

    Raises:
        BrokenFile: a model is damaged.
    """

    def encode(encoder: Encoder, texts: Sequence[str]) -> Vectors:
        return encoder.encode(texts) if cache is None else cache.vectors(encoder, texts)

    entries = [*(() if store is None else store.entries()), *more]
    indexes: dict[Language, KnowledgeIndex] = {}
    for language, sample in (("en", "a"), ("zh", "中")):
        of_language = [e for e in entries if e.language == language]
        if of_language:
            model = _model(models / language) if models is not None else None
            encoder = encoders.for_text(sample)
            typed = [e.question for e in of_language if e.kind is PassageKind.ANSWER]
            texts = [e.question for e in of_language if e.kind is not PassageKind.ANSWER]
            texts += [*(e.answer for e in of_language), *writing.also_written]
            sounds = writing.sounds_of([*texts, *typed]) if language == "zh" else Sounds()
            indexes[language] = KnowledgeIndex(  # type: ignore[index]
                of_language,
                encoder,
                model=model,
                match=match_of(None if models is None else models / language, encoder),
                encode=encode,
                spelling=KnowledgeSpelling.of(texts, sounds, encoders.has_word, typed=typed),
                trade_words=TradeWords.of([*texts, *typed], language),  # type: ignore[arg-type]
            )
    return Retriever(indexes=indexes, find_products=find_products, of_product=of_product)


def _model(folder: Path) -> AnswerModel | None:
    try:
        return AnswerModel.load(folder)
    except NotFound:
        return None
