"""Taggers of product titles: F1 by tag (exact parts), CPU of training and of a title; JSON lines.

    python bench/tagger.py --train ../shared/data/zh/title_ner_train.txt --dev ../shared/data/zh/title_ner_dev.txt
    python bench/tagger.py --train titles.txt --systems dictionary,crf       # a tenth of the texts is held back: for choosing

Files have one character and its tag a line, and an empty line between titles. Titles of DEV that are in TRAIN too say little, so `unseen` is
measured on the others; `all` has every title.

dictionary   the tagged parts of TRAIN with the tag they most often had, the longest first, if they were tagged most times they stand there;
             runs of letters and digits are models
crf          what `baihuo tagger train` fits
crfsuite     the same features in CRFsuite (L2), where `python-crfsuite` is installed
bilstm       characters, a bidirectional LSTM and a CRF, in torch

`--seqeval` counts with seqeval beside our own scorer and stops where they differ.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from baihuo.tag import (
    BRAND,
    Span,
    TaggedTitle,
    Tagger,
    features_of,
    held_back,
    plain_characters,
    read_tagged_titles,
    score_tags,
    spans_of,
    train_tagger,
    write_tagger,
)
from suites.shared.measure import emit
from suites.shared.paths import given

Tag = Callable[[str], Sequence[Span]]
_MODEL = re.compile(r"(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9-]{3,}")
_LONGEST = 12
TRAINED: dict[str, Tagger] = {}  # whose parts have probabilities


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=given, required=True, help="tagged titles to learn from")
    parser.add_argument("--dev", type=given, help="others to report on")
    parser.add_argument("--systems", default="dictionary,crf,bilstm")
    parser.add_argument("--seqeval", action="store_true")
    arguments = parser.parse_args()
    titles = read_tagged_titles(arguments.train)
    if arguments.dev:
        learned_from, tested_on = titles, read_tagged_titles(arguments.dev)
    else:
        learned_from, tested_on = held_back(titles)
    makers = {"dictionary": dictionary, "crf": crf, "crfsuite": crfsuite, "bilstm": bilstm}
    seen = {t.text for t in learned_from}
    unseen = [t for t in tested_on if t.text not in seen]
    emit(train=len(learned_from), test=len(tested_on), unseen=len(unseen))
    for name in arguments.systems.split(","):
        start = time.process_time()
        tag, about = makers[name](learned_from)
        trained_s = time.process_time() - start
        start = time.process_time()
        found = {t.text: list(tag(t.text)) for t in tested_on}
        ms = (time.process_time() - start) * 1e3 / len(found)
        emit(system=name, train_cpu_s=trained_s, ms_a_title=ms, **about)
        for which, part in (("all", tested_on), ("unseen", unseen)):
            for score in score_tags(
                [spans_of(t.tags) for t in part], [found[t.text] for t in part]
            ):
                emit(system=name, titles=which, **score._asdict())
            if arguments.seqeval:
                check_with_seqeval(part, found)
        for line in brands(unseen, found, TRAINED.get(name)):
            emit(system=name, **line)


def brands(
    titles: Sequence[TaggedTitle], found: dict[str, list[Span]], tagger: Tagger | None
) -> Iterator[dict[str, object]]:
    """Of the brand that is named for a title, the surest one, how often it is one (`right`), and the share of titles with a
    brand that get a right one (`recall`); by the least probability where there is one."""
    truth = {t.text: {s for s in spans_of(t.tags) if s.tag == BRAND} for t in titles}
    n_with = sum(map(bool, truth.values()))
    for least in (0.5, 0.7, 0.8, 0.9, 0.95) if tagger else (0.0,):
        named = {}
        for text in truth:
            if tagger:
                parts = [p for p in tagger.tag(text) if p.tag == BRAND and p.probability >= least]
                best = max(parts, key=lambda p: p.probability, default=None)
                chosen = None if best is None else Span(best.tag, best.start, best.end)
            else:
                chosen = next((s for s in found[text] if s.tag == BRAND), None)
            if chosen is not None:
                named[text] = chosen
        right = sum(span in truth[text] for text, span in named.items())
        yield {
            "brand_of_titles": len(truth),
            "with_brand": n_with,
            "least": least,
            "named": len(named),
            "right": right / max(len(named), 1),
            "recall": right / max(n_with, 1),
        }


def dictionary(titles: Sequence[TaggedTitle]) -> tuple[Tag, dict[str, object]]:
    """Parts as they were tagged, and models by their form."""
    tagged: dict[str, Counter[str]] = {}
    for title in titles:
        plain = plain_characters(title.text)
        for span in spans_of(title.tags):
            tagged.setdefault(plain[span.start : span.end], Counter())[span.tag] += 1
    seen: Counter[str] = Counter()
    for title in titles:
        plain = plain_characters(title.text)
        for start in range(len(plain)):
            for end in range(start + 1, min(start + _LONGEST, len(plain)) + 1):
                if plain[start:end] in tagged:
                    seen[plain[start:end]] += 1
    known = {
        text: tags.most_common(1)[0][0]
        for text, tags in tagged.items()
        if 2 * tags.total() > seen[text]
    }

    def tag(text: str) -> list[Span]:
        plain, spans, at = plain_characters(text), [], 0
        while at < len(plain):
            ends = range(min(at + _LONGEST, len(plain)), at, -1)
            end = next((e for e in ends if plain[at:e] in known), 0)
            model = _MODEL.match(plain, at)
            if end:
                spans.append(Span(known[plain[at:end]], at, end))
            elif model and "XH" in known.values():
                end = model.end()
                spans.append(Span("XH", at, end))
            at = end or at + 1
        return spans

    return tag, {"entries": len(known)}


def crf(titles: Sequence[TaggedTitle]) -> tuple[Tag, dict[str, object]]:
    """Ours. The scores that it measures itself are not used here."""
    tagger = train_tagger(titles, tested_on=titles[:1])
    TRAINED["crf"] = tagger
    file = Path("tagger_of_bench.npz")
    write_tagger(file, tagger)
    size = file.stat().st_size
    file.unlink()
    return tagger.spans, {"features": len(tagger.number_of), "bytes": size}


def crfsuite(titles: Sequence[TaggedTitle]) -> tuple[Tag, dict[str, object]]:
    """The same features in CRFsuite."""
    import pycrfsuite  # type: ignore[import-not-found, unused-ignore]

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c2": 1.0, "c1": 0.0, "max_iterations": 60, "feature.minfreq": 2})
    for title in titles:
        trainer.append(features_of(plain_characters(title.text)), title.tags)
    file = Path("tagger_of_bench.crfsuite")
    trainer.train(str(file))
    tagger, size = pycrfsuite.Tagger(), file.stat().st_size
    tagger.open(str(file))
    file.unlink()
    return lambda text: spans_of(tagger.tag(features_of(plain_characters(text)))), {"bytes": size}


def bilstm(titles: Sequence[TaggedTitle]) -> tuple[Tag, dict[str, object]]:
    """A small network in torch."""
    from suites.tagger.bilstm import train_bilstm

    return train_bilstm(titles)


def check_with_seqeval(titles: Sequence[TaggedTitle], found: dict[str, list[Span]]) -> None:
    """Count with seqeval, too.

    Raises:
        SystemExit: a figure differs.
    """
    from seqeval.metrics import classification_report  # type: ignore[import-not-found, unused-ignore]

    def tags(title: TaggedTitle) -> list[str]:
        made = ["O"] * len(title.text)
        for span in found[title.text]:
            made[span.start : span.end] = [f"B-{span.tag}"] + [f"I-{span.tag}"] * (
                span.end - span.start - 1
            )
        return made

    theirs = classification_report(
        [list(t.tags) for t in titles], [tags(t) for t in titles], output_dict=True, zero_division=0
    )
    for score in score_tags([spans_of(t.tags) for t in titles], [found[t.text] for t in titles]):
        other = theirs["micro avg" if score.tag == "all" else score.tag]["f1-score"]
        if abs(other - score.f1) > 1e-9:
            raise SystemExit(f"{score.tag}: seqeval has {other}, ours is {score.f1}")
    emit(seqeval="the same F1 of every tag")


if __name__ == "__main__":
    main()
