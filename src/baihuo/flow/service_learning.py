"""Customer service: what a training learns of it, and how well it does on conversations that nothing was learned from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from baihuo.assist import (
    ANSWERS,
    SERVICE_PART,
    UNDERSTANDING,
    AssistParts,
    Finder,
    Finds,
    ServiceReport,
    learn_service,
    play_conversations,
    read_conversation_truth,
    reports_on,
    said_key,
    service_page,
    service_report,
)
from baihuo.bundle import Bundle
from baihuo.core import BadInput, Progress, no_progress, now_us
from baihuo.encode import Encoders, VectorCache
from baihuo.flow.assisting import open_assist
from baihuo.flow.erasure_receipts import n_erased_visitors_in
from baihuo.flow.learning import Learned
from baihuo.flow.resources import live_bundle
from baihuo.settings import Shop

if TYPE_CHECKING:
    from baihuo.assist import StageTrainer


def customer_service(shop: Shop, *, progress: Progress = no_progress) -> Learned:
    """What customer service learns from ``8-assist/examples``; nothing at all in a shop without them.

    What is live is not gone on with where it learned from somebody who was erased since.
    """
    live = live_bundle(shop)
    keeps = live is not None and not n_erased_visitors_in(shop, live.bundle_id)
    with ExitStack() as opened:
        learned = learn_service(
            shop.conversation_examples,
            lambda: opened.enter_context(_trainer(shop, Encoders.open(shop.encoders), progress)),
            out=_empty_folder(shop.train / SERVICE_PART),
            live=_part_of(live) if keeps else None,
            progress=progress,
        )
    if learned is None:
        return Learned({}, {})
    parts = {f"{SERVICE_PART}/{name}": file for name, file in learned.files.items()}
    return Learned(dict(parts), {SERVICE_PART: learned.report})


@dataclass(frozen=True, slots=True)
class EvaluatedService:
    """An evaluation, in figures and drawn."""

    report: ServiceReport
    page: str  # HTML


def evaluate_assist(
    shop: Shop, *, truth: Path | None = None, progress: Progress = no_progress
) -> EvaluatedService:
    """Say conversations to the customer service of the live bundle, and compare what it does with what was meant.

    Args:
        truth: Conversations that nothing was learned from; None: those of the shop that were held out.

    Raises:
        NotFound: it is not known what messages meant.
        BadInput: there is no shop, or the file is not of the form.
    """
    conversations = read_conversation_truth(truth or shop.conversation_truth)
    if truth is None:
        conversations = [c for c in conversations if reports_on(c.conversation_id)]
    if not conversations:
        raise BadInput(
            f"{truth or shop.conversation_truth} has no conversation that was held out",
            fix="name more conversations: --truth FILE",
        )
    live = live_bundle(shop)
    said = () if truth is not None else (t.text for c in conversations for t in c.turns)
    without = frozenset(said_key(text) for text in said)
    encoders = Encoders.open(shop.encoders if live is None else live.folder("encoders"))
    folder = _part_of(live)
    with open_assist(shop) as parts, _trainer(shop, encoders, progress) as trainer:
        understander = parts.understander
        if understander is None:
            understander = trainer.open_understanding(_inner(folder, UNDERSTANDING))
        found = trainer.open_answers(_inner(folder, ANSWERS), understander, without=without)
        parts = _over(parts, found)
        played = play_conversations(conversations, parts, clock=now_us, progress=progress)
        report = service_report(played, trainer.knowledge(without=without))
    page = service_page(
        report, shop=shop.settings().name, bundle_id=None if live is None else live.bundle_id
    )
    return EvaluatedService(report, page)


def _over(parts: AssistParts, knowledge: Finds) -> AssistParts:
    """The same parts over other knowledge; what the catalogue and the orders say stays."""
    finder = parts.retriever
    if isinstance(finder, Finder):
        return replace(parts, retriever=replace(finder, knowledge=knowledge))
    return replace(parts, retriever=knowledge)


@contextmanager
def _trainer(shop: Shop, encoders: Encoders, progress: Progress) -> Iterator[StageTrainer]:
    # what training imports is heavy: only where there is something to learn or to measure
    from baihuo.assist import StageTrainer

    with closing(VectorCache(shop.vectors)) as cache:
        yield StageTrainer(
            shop.knowledge_file,
            encoders,
            seed=shop.settings().train.seed,
            cache=cache,
            progress=progress,
        )


def _part_of(bundle: Bundle | None) -> Path | None:
    if bundle is None or f"{SERVICE_PART}/report.json" not in bundle:
        return None
    return bundle.folder(SERVICE_PART)


def _inner(folder: Path | None, name: str) -> Path | None:
    return folder / name if folder is not None and (folder / name).is_dir() else None


def _empty_folder(folder: Path) -> Path:
    """Files of an earlier training may be linked into its bundle: they are removed, never written to."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder
