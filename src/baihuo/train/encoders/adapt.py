"""Adapting from beginning to end: pairs, training within a budget, export at 8 bits, and the verdict."""

from __future__ import annotations

import copy
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from baihuo.core import BadInput, Product, Progress, no_progress
from baihuo.encode import Encoder, OnnxEncoder, sha256_of
from baihuo.index import Thresholds
from baihuo.train.encoders.batches import batches
from baihuo.train.encoders.fit import UNTRAINED, Fitted, fit
from baihuo.train.encoders.judge import Judge, Verdict
from baihuo.train.encoders.lora import add_adapters, merge_adapters
from baihuo.train.encoders.pairs import TRAINED, PairWriter, Text, texts_of
from baihuo.train.encoders.settings import AdaptSettings
from baihuo.train.encoders.start import Start, centre, open_start

MIN_PRODUCTS = 300  # a tenth is held back: fewer never tell a gain from chance
LEAST_COSINE = 0.99  # of the 8-bit encoder with full precision, on average
_HELD_BACK = 10  # every tenth product
_LEAST_JUDGED, _MOST_JUDGED = 50, 300  # products that are looked for
_BESIDE = 3  # times as many products are there beside them
_ENCODED = 10  # texts that judging once encodes for each product looked for, about
_JUDGING = 0.1  # share of the budget that judging once may take
_TIMED = 32  # texts that show how fast an encoder is
_LORA_RATE = 10.0  # times the rate of full fine-tuning: only thin matrices learn
_RESERVE = (
    1.5  # times what judging took before: judging after, export, and the check of its cosines
)
_MOST_NEAR, _NEAR_ANYWAY = (
    2.0,
    0.02,
)  # times the share of wrong pairs that are near, and a share that never matters
_CENTRED = 500  # texts whose mean vector is taken off an encoder of another scale
_CHECKED = 200  # texts whose cosine with full precision is looked at


@dataclass(frozen=True, slots=True)
class AdaptedEncoder:
    """An encoder that was trained, and what is known of it."""

    folder: Path  # what serves: 8 bits, and its tokenizer
    entry: dict[str, Any]  # of ``encoders.json``
    verdict: Verdict
    provenance: dict[str, Any]


def adapt_encoder(
    products: Sequence[Product],
    typed: Mapping[str, Sequence[str]],
    before: Encoder,
    out: Path,
    settings: AdaptSettings,
    progress: Progress = no_progress,
) -> AdaptedEncoder:
    """Train an encoder on a shop's texts and judge it against the one that the shop has.

    Args:
        products: the catalogue.
        typed: product → queries of the log that led to it.
        before: the encoder that the shop uses.
        out: a new folder, for what serves.
        settings: what, and for how long.
        progress: of training, in steps.

    Raises:
        BadInput: too few products have a text for this encoder, or the folder of the other encoder is unusable.
    """
    began = time.monotonic()
    texts = texts_of(products, settings.encoder, typed)
    if len(texts) < MIN_PRODUCTS:
        raise BadInput(
            f"{len(texts)} products have texts for the encoder {settings.encoder!r}; {MIN_PRODUCTS} are needed",
            fix="import more products, or name the script that the titles have: --script latin, --script chinese",
        )
    start = open_start(settings.encoder, settings.folder)
    writer, seed = PairWriter(texts, settings.encoder), settings.fit.seed
    held_back, trained = split(texts)
    rng = np.random.default_rng(seed)
    n_judged = _n_judged(before, texts, 60 * settings.minutes)
    beside = [int(r) for r in rng.permutation(np.asarray(trained))[: _BESIDE * n_judged]]
    judge = Judge(writer, held_back[:n_judged], beside, seed=seed)
    if not judge.counts:
        raise BadInput(
            f"{len(held_back)} products held back have too few words to ask for",
            fix="give products longer titles, brands, categories or attributes",
        )
    judging = time.monotonic()
    ranks_before = judge.ranks(before, "judge before", progress)
    reserve = _RESERVE * (time.monotonic() - judging)
    seconds = 60 * settings.minutes - (time.monotonic() - began) - reserve
    if seconds <= 0:
        raise BadInput(
            f"{settings.minutes:g} minutes are too short: judging alone takes longer",
            fix=f"give at least --minutes {(time.monotonic() - began + reserve) / 30:.1f}",
        )
    cosine_near = Thresholds().cosine(settings.encoder)
    near = {"before": judge.near_share(before, cosine_near)}
    is_centred = settings.folder is not None and _is_near(judge, start, cosine_near, near["before"])
    if is_centred:
        centre(start, [texts[r].text for r in trained[:_CENTRED]])
    fitted = UNTRAINED
    if not settings.as_is:
        fitted = train(start, writer, trained, settings, seconds, progress)
    entry = export(start, out)
    after = OnnxEncoder(
        out, weights_hash=entry["hash"], name=settings.encoder, n_threads=settings.threads
    )
    verdict = judge.compare(ranks_before, judge.ranks(after, "judge after", progress))
    cosine = precision(start, after, [t.text for t in texts[:_CHECKED]])
    if cosine < LEAST_COSINE:
        why = f"its 8-bit form is too coarse: cosine {cosine:.4f} with full precision"
        verdict = Verdict(verdict.by_kind, False, why)
    near["after"] = judge.near_share(after, cosine_near)
    if near["after"] > _most_near(near["before"]):
        verdict = Verdict(verdict.by_kind, False, _too_near(near, cosine_near))
    provenance = {
        "start": {"source": start.source, "hash": start.hash, "before": before.hash},
        "settings": _stated(settings),
        "is_centred": is_centred,
        "products": {"trained": len(trained), "held_back": len(held_back)},
        "catalogue": hashlib.sha256("\n".join(sorted(t.text for t in texts)).encode()).hexdigest(),
        "questions": judge.counts,
        "fit": asdict(fitted),
        "cosine_at_8_bits": round(cosine, 5),
        "wrong_pairs_near": {n: round(share, 5) for n, share in near.items()},
        "verdict": verdict.to_json(),
    }
    return AdaptedEncoder(out, entry, verdict, provenance)


def _stated(settings: AdaptSettings) -> dict[str, Any]:
    of_run = {"lora": settings.lora, "as_is": settings.as_is, "minutes": settings.minutes}
    return {**asdict(settings.fit), **of_run}


def _is_near(judge: Judge, start: Start, cosine: float, share_before: float) -> bool:
    """Whether too many wrong pairs are near by an encoder as it comes."""
    return judge.near_share(start, cosine) > _most_near(share_before)


def _most_near(share_before: float) -> float:
    return _MOST_NEAR * share_before + _NEAR_ANYWAY


def _too_near(near: Mapping[str, float], cosine: float) -> str:
    return (
        f"its cosines have another scale: {near['after']:.0%} of wrong pairs have {cosine:.2f} or more, from which a product "
        f"without the words answers a search; {near['before']:.0%} of them have it today"
    )


def _n_judged(encoder: Encoder, texts: Sequence[Text], seconds: float) -> int:
    """How many products are looked for, so that judging leaves most of the time to training."""
    began = time.monotonic()
    encoder.encode([t.text for t in texts[:_TIMED]])
    each = (time.monotonic() - began) / _TIMED
    fitting = int(_JUDGING * seconds / (each * _ENCODED))
    return max(_LEAST_JUDGED, min(_MOST_JUDGED, fitting))


def split(texts: Sequence[Text]) -> tuple[list[int], list[int]]:
    """Rows held back, a tenth, and rows to train on. The same product always falls on the same side."""
    held_back: list[int] = []
    trained: list[int] = []
    for row, text in enumerate(texts):
        number = int(hashlib.sha256(text.product_id.encode()).hexdigest()[:8], 16)
        (trained if number % _HELD_BACK else held_back).append(row)
    return held_back, trained


def train(
    start: Start,
    writer: PairWriter,
    rows: Sequence[int],
    settings: AdaptSettings,
    seconds: float,
    progress: Progress = no_progress,
) -> Fitted:
    """Train the encoder of ``start`` in place."""
    rates, threads_before = settings.fit, torch.get_num_threads()
    original = copy.deepcopy(start.model).eval() if rates.kept else None
    if settings.lora:
        add_adapters(start.model)
    drawn = batches(writer, rows, TRAINED, start.tokenize, size=rates.batch, seed=rates.seed)
    torch.set_num_threads(settings.threads)
    try:
        fitted = fit(
            start.model,
            drawn,
            rates,
            rate=rates.learning_rate * (_LORA_RATE if settings.lora else 1.0),
            n_rows=len(rows),
            seconds=seconds,
            original=original,
            progress=progress,
        )
    finally:
        torch.set_num_threads(threads_before)
    merge_adapters(start.model)
    return fitted


def export(start: Start, out: Path) -> dict[str, Any]:
    """Write what serves to the new folder ``out``; returns its entry of ``encoders.json``."""
    files = start.save(out)
    return {"files": files, "hash": sha256_of(*(out / f for f in files))}


def precision(start: Start, served: Encoder, texts: Sequence[str]) -> float:
    """The mean cosine of what serves with full precision."""
    return float((start.encode(texts) * served.encode(texts)).sum(axis=1).mean())
