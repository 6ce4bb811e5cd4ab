"""Customer service of a shop: knowledge, orders, training on past conversations, and a chat without a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from baihuo.assist import (
    ANSWERS,
    SERVICE_PART,
    UNDERSTANDING,
    AssistParts,
    AssistRelease,
    AssistSetup,
    Finder,
    Finds,
    Identity,
    ImportedOrders,
    KnowledgeFile,
    KnowledgeReport,
    KnowledgeStore,
    Language,
    PartsOpener,
    Replaced,
    ServiceReport,
    Shelf,
    Sold,
    SqliteOrders,
    Talk,
    check_knowledge,
    learn_service,
    orders_from_events,
    play_conversations,
    policy_passages,
    read_conversation_truth,
    read_knowledge_file,
    read_orders,
    reports_on,
    said_key,
    service_page,
    service_report,
    write_pairs,
)
from baihuo.bundle import Bundle
from baihuo.catalog import Catalog
from baihuo.core import BadInput, NotFound, Product, Progress, Query, Surface, no_progress, now_us
from baihuo.encode import Encoders, VectorCache
from baihuo.flow.erasures import n_erased_visitors_in
from baihuo.flow.pages import open_live
from baihuo.flow.people import record_audit
from baihuo.flow.resources import engine, live_bundle
from baihuo.privacy import redact
from baihuo.settings import Settings, Shop, llm_key
from baihuo.train import Learned

if TYPE_CHECKING:
    from baihuo.assist import StageTrainer
    from baihuo.serve import ServingState


def assist_setup(settings: Settings) -> AssistSetup:
    """Return the settings of customer service in ``shop.yaml``."""
    return AssistSetup(
        assist=settings.assist,
        orders=settings.orders,
        llm=settings.assist_llm,
        llm_key=llm_key(),
    )


@contextmanager
def open_assist(shop: Shop) -> Iterator[AssistParts]:
    """Open the parts of a turn for a shop: without any import, release or training, it still answers and hands over.

    Raises:
        BadInput: there is no shop, or customer service is switched off.
    """
    if not shop.root.is_dir():
        raise BadInput(f"there is no shop at {shop.root}", fix="name its folder with --shop")
    settings = shop.settings()
    if not settings.assist.enabled:
        raise BadInput("customer service is off", fix="set assist.enabled in shop.yaml")
    with ExitStack() as opened:
        release, shelf, catalog = None, None, None
        if shop.catalog.exists():
            catalog = Catalog(shop.catalog)
            opened.callback(catalog.close)
        try:
            state = opened.enter_context(open_live(shop))
        except NotFound:
            pass
        else:
            release = AssistRelease(
                bundle=shop.bundles / state.pair.bundle_id, encoders=state.generation.encoders
            )
            if catalog is not None:
                shelf = _LiveShelf(state, catalog)
        opener = PartsOpener(
            shop, assist_setup(settings), clock=now_us, shelf=shelf, products=catalog
        )
        opened.callback(opener.close)
        yield opener.refresh(release)


@contextmanager
def open_talk(
    shop: Shop, *, shopper_id: str | None = None, product_id: str | None = None
) -> Iterator[Talk]:
    """Open a conversation that is not stored.

    Args:
        shopper_id: whose orders may be discussed: access to the shop's files allows all.
        product_id: the product of the current page.

    Raises:
        BadInput: unknown shopper.
    """
    with open_assist(shop) as parts:
        identity = Identity(visitor_id="terminal")
        if shopper_id is not None:
            if parts.identifier is not None:
                identity = parts.identifier.of_server("terminal", shopper_id)
            if identity.shopper_id is None:
                raise BadInput(
                    f"no shopper {shopper_id!r} has orders in this shop",
                    fix="name one of orders.sqlite or of the shop's order system",
                )
        yield Talk(parts, identity, clock=now_us, page_product_id=product_id)


class _LiveShelf(Shelf):
    """The catalogue and the search page, without a server: nothing is logged."""

    def __init__(self, state: ServingState, catalog: Catalog) -> None:
        self._state, self._catalog = state, catalog

    def product(self, product_id: str) -> Product | None:
        return self._catalog.get_many([product_id]).get(product_id)

    def search(
        self, text: str, *, visitor_id: str, language: Language, n: int
    ) -> Sequence[Product]:
        query = Query(
            query_id="assist",
            surface=Surface.SEARCH,
            visitor_id=visitor_id,
            at_us=now_us(),
            query_text=text,
            language=language,
            page_size=n,
        )
        placed = self._state.page(query, None, self._catalog).page.placed
        found = self._catalog.get_many([one.product_id for one in placed])
        return [found[one.product_id] for one in placed if one.product_id in found]


@dataclass(frozen=True, slots=True)
class ImportedKnowledge:
    """An imported file and its changes."""

    file: KnowledgeFile
    replaced: Replaced


def import_knowledge(
    shop: Shop,
    files: Sequence[Path],
    *,
    answers: Path | None = None,
    source: str | None = None,
    as_of_us: int | None = None,
) -> list[ImportedKnowledge]:
    """Read all files, then replace the earlier entries of each source. Past conversations are also stored, masked, as training pairs.

    Args:
        answers: the answers to the one file of questions, line by line.
        source: a name for the one file; None: the names of the files.
        as_of_us: the date of entries without one; None: now.

    Raises:
        BadInput: there is no shop; a file cannot be read; two files have one name; ``answers`` or ``source`` with several files.
    """
    _require_shop(shop)
    if len(files) > 1 and (answers is not None or source is not None):
        raise BadInput(
            f"{'--answers' if answers else '--source'} needs one file, not {len(files)}",
            fix="import them one by one",
        )
    now = now_us()
    when = now if as_of_us is None else as_of_us
    read = [read_knowledge_file(f, as_of_us=when, source=source, answers=answers) for f in files]
    names = [file.source for file in read]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(
            f"two files are called {twice!r}, and the second would replace the first",
            fix="rename one, or import them one by one with --source NAME",
        )
    store = KnowledgeStore(shop.knowledge_file)
    try:
        found = []
        for file in read:
            asked = file.past.unanswered if file.past else ()
            replaced = store.replace(
                file.source,
                file.reading.entries,
                now_us=now,
                unanswered=[redact(text).text for text in asked],
            )
            if file.past is not None:
                name = "".join(c if c.isalnum() or c in "-_." else "_" for c in file.source)
                write_pairs(
                    shop.conversation_examples / "answers" / f"{name}.jsonl", file.past.pairs
                )
            found.append(ImportedKnowledge(file, replaced))
        return found
    finally:
        store.close()


def remove_knowledge(shop: Shop, source: str) -> int:
    """Remove a source; return its number of entries.

    Raises:
        NotFound: there is no such source.
    """
    _require_shop(shop)
    store = KnowledgeStore(shop.knowledge_file)
    try:
        n = store.remove(source)
    finally:
        store.close()
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in source)
    (shop.conversation_examples / "answers" / f"{name}.jsonl").unlink(missing_ok=True)
    return n


def check_shop_knowledge(shop: Shop, *, stale_days: int = 365) -> KnowledgeReport:
    """Find contradictions, stale answers, unsold products, and unanswered questions.

    Raises:
        BadInput: there is no shop.
    """
    _require_shop(shop)
    store = KnowledgeStore(shop.knowledge_file)
    try:
        entries, unanswered = list(store.entries()), store.unanswered()
    finally:
        store.close()
    return check_knowledge(
        entries,
        now_us=now_us(),
        stale_days=stale_days,
        sold=_sold(shop),
        unanswered=unanswered,
        policy=policy_passages(shop.policy_file),
    )


def _sold(shop: Shop) -> Sold | None:
    """Return the products for sale; None: the shop has no catalogue yet."""
    if not shop.catalog.exists():
        return None
    catalogue = Catalog(shop.catalog)
    try:
        sold, gone = set(), {}
        for product in catalogue.products():
            if product.price_minor is None and not any(v.price_minor for v in product.variants):
                gone[product.product_id] = product.title  # listed, and not for sale
            else:
                sold.add(product.product_id)
        return Sold(is_sold=sold.__contains__, titles_gone=gone)
    finally:
        catalogue.close()


def _require_shop(shop: Shop) -> None:
    if not shop.root.is_dir():
        raise BadInput(f"there is no shop at {shop.root}", fix="name its folder with --shop")


def import_orders(
    shop: Shop, files: list[Path], *, currency: str | None = None, replace: bool = False
) -> ImportedOrders:
    """Read orders from files into ``orders.sqlite``; unusable rows are named and left out.

    Raises:
        BadInput: a file cannot be read; none of it was written. Conflict: an order belongs to another shopper; nothing was written.
    """
    read = read_orders(files, currency=currency or shop.settings().currency)
    orders = SqliteOrders(shop.orders_file)
    try:
        n_kept = orders.add(read.batch, replace=replace)
    finally:
        orders.close()
    detail = {"orders": len(read.batch.orders), "refused": len(read.refused), "kept": n_kept}
    record_audit(shop, "orders.import", detail=detail)
    return ImportedOrders(batch=read.batch, refused=read.refused, n_kept=n_kept)


def make_orders_from_events(shop: Shop) -> int:
    """Make orders in ``orders.sqlite`` from purchases of the checked log; return their number. Orders from a file or the shop's system stay
    as they are.

    Raises:
        NotFound: no events were checked yet.
    """
    if not any(shop.clean_events.glob("*.parquet")):
        raise NotFound("no events were checked yet", fix="run: baihuo check")
    catalogue = Catalog(shop.catalog) if shop.catalog.exists() else None
    orders = SqliteOrders(shop.orders_file)
    try:
        return orders_from_events(
            orders,
            engine(shop),
            shop.clean_events,
            products=catalogue.get_many if catalogue else lambda _: {},
            at_us=now_us(),
        )
    finally:
        orders.close()
        if catalogue is not None:
            catalogue.close()


def forget_shopper(shop: Shop, shopper_id: str) -> int:
    """Remove a shopper with their orders from ``orders.sqlite``; return the number of removed orders.

    Raises:
        NotFound: unknown shopper.
    """
    orders = SqliteOrders(shop.orders_file) if shop.orders_file.exists() else None
    try:
        if orders is None or orders.shopper(shopper_id) is None:
            fix = "give the id as it was imported"
            raise NotFound(f"there is no shopper {shopper_id!r} in the orders", fix=fix)
        n_orders = orders.forget(shopper_id)
    finally:
        if orders is not None:
            orders.close()
    record_audit(shop, "orders.forget", detail={"orders": n_orders})
    return n_orders


def customer_service(shop: Shop, *, progress: Progress = no_progress) -> Learned:
    """Train customer service on ``8-assist/examples``, if there are any. Training does not continue from live weights that saw an erased
    visitor.
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
    """An evaluation, in figures and charts."""

    report: ServiceReport
    page: str  # HTML


def evaluate_assist(
    shop: Shop, *, truth: Path | None = None, progress: Progress = no_progress
) -> EvaluatedService:
    """Replay labelled conversations with the live bundle's customer service, and compare.

    Args:
        truth: Held-out conversations; None: those of the shop.

    Raises:
        NotFound: no labelled conversations. BadInput: no shop, or a wrong format.
    """
    conversations = read_conversation_truth(truth or shop.conversation_truth)
    if truth is None:
        conversations = [c for c in conversations if reports_on(c.conversation_id)]
    if not conversations:
        raise BadInput(
            f"{truth or shop.conversation_truth} has no held-out conversation",
            fix="name more conversations: --truth FILE",
        )
    live = live_bundle(shop)
    texts = () if truth is not None else (t.text for c in conversations for t in c.turns)
    without = frozenset(said_key(text) for text in texts)
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
    """Return the parts with other knowledge, and the same catalogue and orders."""
    finder = parts.retriever
    if isinstance(finder, Finder):
        return replace(parts, retriever=replace(finder, knowledge=knowledge))
    return replace(parts, retriever=knowledge)


@contextmanager
def _trainer(shop: Shop, encoders: Encoders, progress: Progress) -> Iterator[StageTrainer]:
    # heavy imports, only if there is data to train or evaluate
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
    """Empty a folder: files of an earlier training may be linked into its bundle, so they are never written to."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder
