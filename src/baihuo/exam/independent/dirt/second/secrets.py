"""What nobody may read, and where visits come from."""

from __future__ import annotations

import random

from baihuo.exam.independent.dirt.second.common import (
    FIXED,
    of,
    secret,
)
from baihuo.exam.independent.kinds import Bed, Kind, kind


@kind("referrer_secret", "a token or password in the address somebody came from", actions=FIXED)
def referrer_secret(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        token = "".join(rng.choices("abcdefghjkmnpqrstuvwxyzABCDEFGH23456789", k=32))
        name = rng.choice(["access_token", "password", "reset_token", "sessionid"])
        return f"https://shop.example/account?{name}=", token, "&lang=zh"

    secret(bed, own, "search", "referrer", make)


@kind("review_password", "an account's password in a review", actions=FIXED, checks="personal_data")
def review_password(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        word = "".join(rng.choices("abcdefghjkmnpqrstuvwxyz", k=5)) + f"#{rng.randint(100, 9999)}X"
        return (
            rng.choice(["客服帮我看下，登录密码是", "密码：", "my password is "]),
            word,
            rng.choice(["，谢谢", ""]),
        )

    secret(bed, own, "review", "text", make)


@kind(
    "review_imei",
    "the number of somebody's phone in a review",
    actions=FIXED,
    checks="personal_data",
)
def review_imei(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        digits = [8, 6] + [rng.randrange(10) for _ in range(12)]
        doubled = [sum(divmod(d * 2, 10)) if i % 2 else d for i, d in enumerate(digits)]
        imei = "".join(map(str, digits)) + str(-sum(doubled) % 10)
        return rng.choice(["手机串号 ", "IMEI: ", "IMEI码"]), imei, rng.choice(["，求解锁", ""])

    secret(bed, own, "review", "text", make)


@kind("review_wallet", "an account of a coin in a review", actions=FIXED, checks="personal_data")
def review_wallet(bed: Bed, own: Kind) -> None:
    def make(rng: random.Random) -> tuple[str, str, str]:
        wallet = "0x" + "".join(rng.choices("0123456789abcdef", k=40))
        return rng.choice(["退款打到USDT钱包 ", "refund to my wallet "]), wallet, ""

    secret(bed, own, "review", "text", make)


@kind("referrer_spam", "visits that only want their own address to be read", actions=FIXED)
def referrer_spam(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("search")):
        site = bed.rng.choice(
            ["buttons-for-website", "free-seo-traffic", "casino-bonus-888", "get-free-viagra"]
        )
        row.values["referrer"] = f"http://{site}.example/?p={bed.rng.randrange(999)}"
        bed.case(own, [row])


@kind(
    "referrer_staging",
    "visits to the copy of the shop that developers try things on",
    actions=FIXED,
)
def referrer_staging(bed: Bed, own: Kind) -> None:
    for row in bed.take(own.table, own.cases, of("search")):
        row.values["referrer"] = bed.rng.choice(
            [
                "http://localhost:3000/cart",
                "http://127.0.0.1:8080/",
                "https://staging-3.shop.internal/p/1",
                "file:///C:/Users/li/Desktop/index.html",
            ]
        )
        bed.case(own, [row])
