"""What nobody may read, and where visits come from."""

from __future__ import annotations

import random

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    secret,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind


@kind("query_key", "a key of some service pasted into the search", actions=FIXED)
def query_key(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        long = "".join(rng.choices("abcdefghjkmnpqrstuvwxyzABCDEFGH23456789", k=24))
        return "", rng.choice(["sk_live_", "AKIA", "ghp_", "LTAI5t"]) + long, ""

    secret(bed, own, "search", "query_text", make)


@kind("query_one_time_code", "a message with a one-time code pasted into the search", actions=FIXED)
def query_one_time_code(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        return *rng.choice(
            [
                ("【优选】验证码", f"{rng.randint(100000, 999999)}"),
                ("Your code is ", f"{rng.randint(100000, 999999)}"),
            ]
        ), ""

    secret(bed, own, "search", "query_text", make)


@kind("query_coordinates", "where somebody stands, to the metre, in the search", actions=FIXED)
def query_coordinates(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        place = f"{rng.uniform(22, 40):.6f},{rng.uniform(104, 121):.6f}"
        return rng.choice(["附近门店 ", "store near "]), place, ""

    secret(bed, own, "search", "query_text", make)


@kind(
    "review_mac",
    "the address of somebody's device in a review",
    actions=FIXED,
    checks="personal_data",
)
def review_mac(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        mac = ":".join(f"{rng.randrange(256):02X}" for _ in range(6))
        return rng.choice(["连不上，MAC地址 ", "It will not pair, MAC "]), mac, ""

    secret(bed, own, "review", "text", make)


@kind(
    "review_hk_id",
    "an identity card of Hong Kong in a review",
    actions=FIXED,
    checks="personal_data",
)
def review_hk_id(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        letter = rng.choice("ACDEGKPRVYZ")
        digits = [rng.randrange(10) for _ in range(6)]
        total = 9 * 36 + 8 * (ord(letter) - 55) + sum((7 - i) * d for i, d in enumerate(digits))
        check = -total % 11
        number = f"{letter}{''.join(map(str, digits))}({'A' if check == 10 else check})"
        return rng.choice(["身份证 ", "香港身份证号", "my HKID is "]), number, ""

    secret(bed, own, "review", "text", make)


@kind("review_parcel", "a parcel's number in a review", actions=FIXED, checks="personal_data")
def review_parcel(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        number = rng.choice(["SF", "YT", "JDV"]) + "".join(rng.choices("0123456789", k=13))
        return (
            rng.choice(["快递单号", "物流单号：", "tracking number "]),
            number,
            rng.choice(["一直没更新", ""]),
        )

    secret(bed, own, "review", "text", make)


@kind("region_coordinates", "where somebody stands, to the metre, as the region", actions=FIXED)
def region_coordinates(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        return "", f"{rng.uniform(22, 40):.6f},{rng.uniform(104, 121):.6f}", ""

    secret(bed, own, "search", "region", make)
