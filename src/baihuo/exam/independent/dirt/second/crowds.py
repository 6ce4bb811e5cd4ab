"""People who do not buy as people buy."""

from __future__ import annotations

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    OUT,
    again,
    of,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind
from baihuo.exam.independent.visits import DAY, HOUR, SECOND


@kind("scalper", "sixty orders of one thing within minutes", actions=OUT)
def scalper(bed: Bed, own: Kind) -> None:
    first = bed.take(own.table, 1, of("purchase"))[0]
    for n in range(60):
        added = again(
            bed,
            first,
            n * 11 * SECOND + bed.rng.randrange(5 * SECOND),
            order_id=f"o9{n:06d}",
            quantity=1,
        )
        bed.case(own, [added], related=(first.key,))


@kind(
    "bought_praise",
    "orders of people who looked at nothing, and then the same praise",
    actions=FIXED,
)
def bought_praise(bed: Bed, own: Kind) -> None:
    first = bed.take(own.table, 1, of("purchase"))[0]
    for n in range(40):
        who = {"visitor_id": f"v8{bed.rng.randrange(10**4):04d}", "session_id": f"s9{n:05d}"}
        later = bed.rng.randrange(6 * HOUR)
        order = again(bed, first, later, order_id=f"o8{n:06d}", quantity=1, **who)
        gone = dict.fromkeys(["price", "currency", "quantity", "variant_id"])
        review = again(
            bed,
            order,
            DAY + bed.rng.randrange(HOUR),
            event_type="review",
            rating=5,
            text="非常好，五星好评，推荐购买！",
            **gone,
        )
        bed.case(own, [order, review], related=(first.key,))
