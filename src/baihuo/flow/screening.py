"""Imports that bring back somebody who was erased: their old rows are taken out again."""

from __future__ import annotations

from collections import Counter

import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo import connect
from baihuo.connect import ImportRecord
from baihuo.engine import RowChoice
from baihuo.flow.erasure_receipts import note_rewritten, open_erasures
from baihuo.privacy import Erasures, Receipt
from baihuo.settings import Shop


def screen_imports(shop: Shop) -> None:
    """Search imports that came after an erasure for visitors who were erased, by the keyed hashes of receipts, and take out what
    they did before they asked: a warehouse that exports its whole history every night knows nothing of the erasure.

    Raises:
        Conflict: an import is running.
    """
    if not shop.erasures_file.exists():
        return
    register = open_erasures(shop)
    try:
        erased = {r.visitor_hash: r for r in register.receipts() if r.erased_at_us is not None}
        erased.pop("", None)  # of retention
        if not erased:
            return
        first_us = min(r.requested_at_us for r in erased.values())
        known = register.screened()
        for record in connect.imports(shop.raw):
            is_new = record.at_us >= first_us and (record.import_id, record.at_us) not in known
            if record.kind == "events" and is_new:
                _screen(shop, record, erased, register)
                register.note_screened(record.import_id, record.at_us)
                note_rewritten(shop, register)
    finally:
        register.close()


def _screen(
    shop: Shop, record: ImportRecord, erased: dict[str, Receipt], register: Erasures
) -> None:
    file = connect.segment(shop.raw, record.import_id, "events")
    visitors = set()
    with pq.ParquetFile(file) as source:
        for group in range(source.num_row_groups):
            ids = source.read_row_group(group, columns=["visitor_id"])["visitor_id"]
            visitors |= set(pc.unique(ids).to_pylist())
    for visitor in sorted(visitors):
        receipt = erased.get(register.hash_of(visitor))
        if receipt is None:
            continue
        old = RowChoice("occurred_at_us", before=receipt.requested_at_us)
        theirs = RowChoice("visitor_id", values=[visitor], also=old)

        def note(counts: dict[str, Counter[str]], of: Receipt = receipt) -> None:
            register.note(of.receipt_id, {place: n.total() for place, n in counts.items()})

        connect.forget_rows(shop.raw, theirs, lambda text: False, note, only=record.import_id)
