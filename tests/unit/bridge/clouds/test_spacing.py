from bridge.clouds.tencent.spacing import Spacing


def test_calls_of_one_session_keep_their_distance():
    spacing = Spacing(5.0)
    assert spacing.reserve("a", 100.0) == 0.0
    assert spacing.reserve("a", 101.0) == 4.0
    assert spacing.reserve("a", 101.0) == 9.0
    assert spacing.reserve("b", 101.0) == 0.0, "sessions do not wait for each other"


def test_whoever_waited_long_enough_need_not_wait():
    spacing = Spacing(5.0)
    spacing.reserve("a", 100.0)
    assert spacing.reserve("a", 105.0) == 0.0


def test_sessions_are_forgotten():
    spacing = Spacing(5.0)
    for number in range(100):
        spacing.reserve(f"m{number}", number * 1.0)
    assert len(spacing) <= 6
