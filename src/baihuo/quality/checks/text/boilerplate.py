"""Round 3 of step ``text``: sentences that unrelated products share.

A sentence is judged by how many products have it, and on how many shelves (first levels of the
category, else makers): what many kinds of things say describes none of them. A sentence about
service (shipping, returns, "click here") needs far fewer than any other, whose sharing may be a
real property of many products ("One-year warranty."). Once a sentence is known to be shared, it is also found
behind a text that ends without a full stop.
"""

from __future__ import annotations

import re

import pyarrow as pa

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_SENTENCE = "(?:[^.!?。！？；\\n]|[.!?]+[^.!?\\s。！？；\\n])+[.!?。！？；\\n]*\\s*"
_KEY = "lower(trim(regexp_replace({0}, '[\\s.!?。！？；…]+$', '')))"
SERVICE = (
    r"\bshipping\b|\bship(s|ped)? (within|from|to|in|worldwide)|\breturns?\b.*\b(days?|policy|accepted|free)|"
    r"\b\d+.days?\b.*\breturns?\b|refund|money.back|exchange policy|"
    r"click (here|below|the)|visit our|our (store|shop|website|newsletter)|contact us|feel free to contact|"
    r"customer (service|support)|subscribe|follow us|add (to|this).*(cart|favou?rites)|positive feedback|"
    r"thank you for (shopping|your)|colou?rs? may (vary|differ)|包邮|退换|退货|换货|发货|快递|物流|"
    r"联系客服|咨询客服|在线客服|点击|收藏本店|关注(本店|店铺)|好评|本店|运费|售后服务|色差"
)


def find(ledger: FindingsStore, settings: TextRules, given: CheckContext) -> CheckResult:
    """Descriptions without the sentences that are not about their product."""
    selects, inputs = [], {}
    for field in ("description_en", "description_zh"):
        shared = ledger.work / f"text_shared_{field}.parquet"
        pieces = (
            f"SELECT import_id, line, category, brand, unnest(regexp_extract_all({field}, '{_SENTENCE}')) AS piece "
            f"FROM {ledger.rows(field, 'category', 'brand')} WHERE {field} <> ''"
        )
        sentences = (
            f"SELECT DISTINCT import_id, line, category, brand, {_KEY.format('piece')} AS sentence "
            f"FROM ({pieces})"
        )
        ledger.tables.sql(
            _SHARED(
                sentences=sentences,
                rows=ledger.rows(field),
                field=field,
                service=SERVICE,
                **_numbers(settings),
            ),
            out=shared,
            **ledger.inputs(),
        )
        if not n_rows(shared):
            continue
        touched = ledger.work / f"text_touched_{field}.parquet"
        ledger.tables.sql(
            f"SELECT import_id, line, {field} AS text, max(n) AS n, list(sentence ORDER BY sentence) AS sentences "
            f"FROM (SELECT DISTINCT s.import_id, s.line, shared.sentence, n FROM ({sentences}) AS s JOIN shared "
            "ON s.sentence = shared.sentence OR ends_with(s.sentence, ' ' || shared.sentence)) "
            f"JOIN {ledger.rows(field)} USING (import_id, line) GROUP BY import_id, line, {field}",
            out=touched,
            shared=shared,
            **ledger.inputs(),
        )
        cut = ledger.work / f"text_cut_{field}.parquet"
        ledger.tables.map_arrow(_cut, touched, out=cut)
        inputs[f"cut_{field}"] = cut
        selects.append(_FOUND(field=field))
    return CheckResult(selects=selects, inputs=inputs)


def _numbers(settings: TextRules) -> dict[str, float]:
    limits = settings
    return {
        "min_rows": limits.boilerplate_rows,
        "min_roots": limits.boilerplate_roots,
        "min_chars": limits.boilerplate_chars,
        "any_share": limits.boilerplate_share,
        "service_share": limits.service_share,
    }


_SHARED = sql_file(__file__, "shared_sentences")

_FOUND = sql_file(__file__, "boilerplate")

_SPLIT = re.compile(r"(?:[^.!?。！？；\n]|[.!?]+[^.!?\s。！？；\n])+[.!?。！？；\n]*\s*")
_END = re.compile(r"[\s.!?。！？；…]+$")


def _cut(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Each description without its shared sentences; what stands between the others stays as it is."""
    made = []
    for text, shared in zip(batch["text"].to_pylist(), batch["sentences"].to_pylist(), strict=True):
        gone, parts, at = set(shared), [], 0
        for found in _SPLIT.finditer(text):
            parts.append(text[at : found.start()])
            core = _END.sub("", found[0])
            if core.strip().lower() not in gone:
                parts.append(_without_tail(found[0], core, gone))
            at = found.end()
        made.append("".join([*parts, text[at:]]).strip() or None)
    return batch.append_column("new", pa.array(made, pa.string()))


def _without_tail(piece: str, core: str, gone: set[str]) -> str:
    """A sentence without the shared one that stands behind it, where no full stop parts them."""
    low = core.lower()
    tails = [s for s in gone if low.endswith(f" {s}")] if len(low) == len(core) else []
    return f"{core[: -max(map(len, tails))].rstrip()} " if tails else piece
