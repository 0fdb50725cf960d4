import pytest

from bridge.clouds.tencent.clock import CloudClock


class Machine:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("off", [0, 300, -300])
def test_a_clock_that_is_near_enough_is_left_alone(off: float):
    clock = CloudClock(Machine(1000.0 + off))
    assert not clock.learn(clock.now(), 1000.0)
    assert clock.now() == 1000.0 + off
    assert clock.skew(1000.0) is None


@pytest.mark.parametrize(("off", "words"), [(360, "6 minutes ahead of"), (-420, "7 minutes behind")])
def test_a_clock_that_is_off(off: float, words: str):
    machine = Machine(1000.0 + off)
    clock = CloudClock(machine)
    assert clock.learn(clock.now(), 1000.0)
    machine.now += 10
    assert clock.now() == 1010.0
    skew = clock.skew(1010.0)
    assert skew is not None
    assert words in skew.message


def test_a_clock_that_was_set_right_in_the_meantime():
    machine = Machine(1360.0)
    clock = CloudClock(machine)
    assert clock.learn(clock.now(), 1000.0)
    machine.now = 1020.0
    assert clock.learn(clock.now(), 1020.0), "it was signed with 660"
    assert clock.now() == 1020.0
    assert clock.skew(1020.0) is None


def test_a_call_that_was_signed_before_another_learnt_may_be_tried_again_too():
    clock = CloudClock(Machine(1360.0))
    first = second = clock.now()
    assert clock.learn(first, 1000.0)
    assert clock.learn(second, 1000.0)
    assert not clock.learn(clock.now(), 1000.0)
