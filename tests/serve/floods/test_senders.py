"""Bursts of one address or key."""

from __future__ import annotations

import logging

import pytest

from baihuo.core import Event, EventType
from baihuo.features import FloodSettings
from baihuo.serve.traffic.guard import SenderBursts


def clicks(n: int, product: str = "p1") -> list[Event]:
    return [
        Event(
            event_id=f"{product}-{i}",
            event_type=EventType.CLICK,
            visitor_id=f"v{i}",
            product_id=product,
            occurred_at_us=1,
            received_at_us=1,
        )
        for i in range(n)
    ]


def test_an_address_that_sends_a_burst_about_one_product_is_doubted_seen_and_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now, counted = [0.0], []
    bursts = SenderBursts(
        FloodSettings(), clock=lambda: now[0], count=lambda of, n: counted.append((of, n))
    )
    with caplog.at_level(logging.WARNING):
        first = bursts.doubted(clicks(40), address="192.0.2.7", key=None)
        bursts.doubted(clicks(40), address="192.0.2.7", key=None)
    assert len(first) == 10
    assert counted == [("address", 10), ("address", 40)]
    assert len(caplog.records) == 1
    assert "192.0.2.7" not in caplog.text
    assert not bursts.doubted(clicks(30), address="192.0.2.8", key=None)
    assert not bursts.doubted(clicks(30, "p2"), address="192.0.2.7", key=None)
    now[0] = 5 * 3_600.0
    assert not bursts.doubted(clicks(20), address="192.0.2.7", key=None)


def test_a_key_is_counted_and_never_doubted() -> None:
    counted: list[str] = []
    bursts = SenderBursts(FloodSettings(key_per_hour=10), count=lambda of, n: counted.append(of))
    assert not bursts.doubted(clicks(40), address="192.0.2.7", key="backend")
    assert counted == ["key"]


def test_who_has_no_limit_of_rate_is_not_doubted() -> None:
    assert not SenderBursts(FloodSettings()).doubted(clicks(100), address=None, key=None)
