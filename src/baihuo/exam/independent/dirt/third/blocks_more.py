"""Blocks of a sheet that slipped: columns a row too far down, values dragged or filled down."""

from __future__ import annotations

from decimal import Decimal

from baihuo.exam.independent.dirt.third.blocks import has, shift
from baihuo.exam.independent.dirt.third.tools import FIXED, NOTED, blocks
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.rows import PRODUCTS


@kind(
    "rows_zh_shifted",
    "Chinese titles a row too low over ten rows",
    table=PRODUCTS,
    actions=FIXED,
)
def _rows_zh_shifted(bed: Bed, own: Kind) -> None:
    shift(bed, own, "title_zh")


@kind(
    "rows_description_shifted",
    "descriptions a row too low over ten rows",
    table=PRODUCTS,
    actions=FIXED,
)
def _rows_description_shifted(bed: Bed, own: Kind) -> None:
    shift(bed, own, "description_en")


@kind(
    "rows_price_filled",
    "one odd price copied down over fifteen neighbours of all categories",
    table=PRODUCTS,
    actions=NOTED,
)
def _rows_price_filled(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 15, has("price")):
        first = f"{Decimal(str(run[0].values['price'])) + Decimal('0.37'):.2f}"
        for row in run:
            clean, row.values["price"] = row.values["price"], first
            bed.case(own, [row], field="price", clean=clean)


@kind(
    "rows_code_dragged",
    "a bar code dragged down a sheet, one more in each row",
    table=PRODUCTS,
    actions="note withhold repair",
    checks="bad_code shared_code",
)
def _rows_code_dragged(bed: Bed, own: Kind) -> None:
    for run in blocks(bed, own, 10, lambda v: has("codes")(v) and str(v["codes"][0]).isdigit()):
        first = str(run[0].values["codes"][0])
        for n, row in enumerate(run[1:], 1):
            row.values["codes"] = [str(int(first) + n).zfill(len(first))]
            if row.values["codes"][0][-1] != first[-1]:
                bed.case(own, [row], related=(run[0].key,))  # the row that was dragged down
