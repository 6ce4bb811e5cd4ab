"""What customer service may say: read from files into the shop, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baihuo.assist import (
    KnowledgeFile,
    KnowledgeReport,
    KnowledgeStore,
    Replaced,
    Sold,
    check_knowledge,
    policy_passages,
    read_knowledge_file,
    write_pairs,
)
from baihuo.catalog import Catalog
from baihuo.core import BadInput, now_us
from baihuo.privacy import redact
from baihuo.settings import Shop


@dataclass(frozen=True, slots=True)
class ImportedKnowledge:
    """A file as it was read, and what it changed."""

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
    """Read all files, then put each in the place of what its source said before.

    Past conversations are also kept, masked, as pairs to learn from.

    Args:
        answers: the answers to the one file of questions, line by line.
        source: a name for the one file; None: the names of the files.
        as_of_us: the date of entries that name none; None: now.

    Raises:
        BadInput: there is no shop; a file cannot be read; two files have one name; ``answers`` or ``source`` with several files.
    """
    _require_shop(shop)
    if len(files) > 1 and (answers is not None or source is not None):
        raise BadInput(
            f"{'--answers' if answers else '--source'} goes with one file, and {len(files)} were given",
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
    """Forget what a source said; how many entries that were.

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
    """Contradictions, stale answers, products that are not sold, and questions without an answer.

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
    """What the catalogue sells; None: the shop has no catalogue yet."""
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
