"""Token buckets: against a count by hand, in bounded memory."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from pydantic import ValidationError

from baihuo.serve.traffic.guard import Addresses, Guard, RateClass, TokenBuckets, TooManyRequests
from baihuo.serve.traffic.settings import RateLimits, TrafficSettings


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_never_gets_more_than_its_burst_and_its_rate() -> None:
    clock, dice = _Clock(), random.Random(3)
    buckets = TokenBuckets(per_s=2.0, burst=5, remembered=10, clock=clock)
    taken: list[float] = []
    for _ in range(2_000):
        clock.now += dice.expovariate(6.0)
        if buckets.take("a") == 0:
            taken.append(clock.now)
    for i, start in enumerate(taken):  # in any window
        for j in range(i, min(i + 50, len(taken))):
            assert j - i + 1 <= 5 + 2.0 * (taken[j] - start) + 1e-6
    assert len(taken) >= 2.0 * clock.now - 1  # and never less than the rate


def test_the_wait_that_is_named_is_enough_and_not_too_long() -> None:
    clock = _Clock()
    buckets = TokenBuckets(per_s=0.5, burst=1, remembered=10, clock=clock)
    assert buckets.take("a") == 0
    wait_s = buckets.take("a")
    assert wait_s == pytest.approx(2.0)
    clock.now += wait_s - 0.01
    assert buckets.take("a") > 0
    clock.now += 0.02
    assert buckets.take("a") == 0


def test_memory_is_bounded_and_forgetting_refuses_nobody() -> None:
    buckets = TokenBuckets(per_s=1, burst=1, remembered=100, clock=_Clock())
    assert all(buckets.take(str(i)) == 0 for i in range(1_000))
    assert len(buckets) == 100
    assert buckets.take("999") > 0
    assert buckets.take("0") == 0  # forgotten: a full bucket


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("127.0.0.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("10.1.2.3", None),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", None),
        (None, None),
    ],
)
def test_what_counts_as_one_client(address: str | None, client: str | None) -> None:
    assert Addresses(["127.0.0.0/8", "::1/128", "10.0.0.0/8"]).client(address) == client


def test_visitors_and_addresses_are_counted_apart_and_writes_too() -> None:
    rates = RateLimits(address_burst=10, visitor_burst=3, writes_burst=2)
    guard = Guard(TrafficSettings(rates=rates))

    refused: list[tuple[int, bool]] = []

    def n_taken(n: int, kind: RateClass = RateClass.PAGES, *, visitor: str | None = None) -> int:
        taken = 0
        for _ in range(n):
            try:
                guard.require_rate("203.0.113.7", kind, visitor_id=visitor)
                taken += 1
            except TooManyRequests as error:
                refused.append((error.status, error.retry_after_s >= 1))
        return taken

    assert n_taken(5, visitor="anna") == 3
    assert n_taken(5, visitor="ben") == 3
    assert n_taken(9) == 0  # ten of this address were counted
    assert n_taken(9, RateClass.WRITES) == 2
    assert set(refused) == {(429, True)}


def test_a_key_has_limits_of_its_own_in_place_of_those_of_its_address() -> None:
    guard = Guard(TrafficSettings(rates=RateLimits(address_burst=1, writes_burst=1, key_burst=5)))

    def n_taken(n: int, key: str | None) -> int:
        taken = 0
        for i in range(n):
            with suppress(TooManyRequests):
                kind = RateClass.WRITES if i % 2 else RateClass.PAGES
                guard.require_rate("203.0.113.7", kind, visitor_id="anna", key=key)
                taken += 1
        return taken

    assert n_taken(9, "erp") == 5
    assert n_taken(9, "shelf") == 5
    assert n_taken(9, None) == 2  # a page and a write: no key has used them up


def test_a_network_that_is_none_is_an_error_that_says_so() -> None:
    with pytest.raises(ValidationError, match="is no network"):
        RateLimits(exempt=("everyone",))
