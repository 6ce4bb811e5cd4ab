"""Our clock does not jump, whatever is done to the machine's."""

from __future__ import annotations

from baihuo.core import SteadyClock

DAY_NS = 86_400 * 10**9
START_NS = 1_700_000_000 * 10**9


class Machine:
    """A machine's clock that can be set, and the time that passes on it."""

    def __init__(self) -> None:
        self.wall, self.passed = START_NS, 5 * 10**9
        self.clock = SteadyClock(wall_ns=lambda: self.wall, passed_ns=lambda: self.passed)

    def wait(self, ns: int) -> None:
        self.wall += ns
        self.passed += ns

    def seen_us(self) -> int:
        return self.clock.now_us() - START_NS // 1_000


def test_a_jump_of_400_days_either_way_changes_nothing_and_is_reported() -> None:
    for sign in (1, -1):
        machine = Machine()
        machine.wall += sign * 400 * DAY_NS
        machine.wait(10**9)
        assert machine.seen_us() == 1_000_000
        assert machine.clock.jump_s == sign * 400 * 86_400
        machine.wall -= sign * 400 * DAY_NS
        assert machine.seen_us() == 1_000_000
        assert machine.clock.jump_s == 0


def test_corrections_are_followed_however_far_they_add_up() -> None:
    machine = Machine()
    for _ in range(1_000):
        machine.wait(10**9)
        machine.wall += 10**9  # a clock that loses half its time
        machine.clock.now_us()
    assert machine.seen_us() == 2_000_000_000


def test_a_clock_that_was_wrong_from_the_start_follows_a_jump_ahead() -> None:
    machine = Machine()
    machine.clock.know(START_NS // 1_000 + 86_400_000_000)  # a release of tomorrow
    machine.wall += 2 * DAY_NS
    assert machine.seen_us() == 2 * 86_400_000_000
    machine.wall += 400 * DAY_NS
    assert machine.seen_us() == 2 * 86_400_000_000


def test_a_restart_believes_the_machine_and_another_process_can_take_over_the_clock() -> None:
    machine, other = Machine(), Machine()
    machine.wall += 400 * DAY_NS
    other.wall += 400 * DAY_NS
    machine.clock.restart()
    assert machine.seen_us() == 400 * 86_400_000_000
    other.clock.adopt(Machine().clock.offset_ns)
    assert other.seen_us() == 0
