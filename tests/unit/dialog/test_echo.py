import pytest

from dialog.echo import EchoGuard

SPOKEN = [
    "Hello, and welcome to our lobby. ",
    "You can press stop at any time, and the cafeteria is on the second floor. ",
    "您好，欢迎来到我们的展厅。",
    "洗手间在二楼的电梯旁边。",
]


@pytest.mark.parametrize(
    ("heard", "echo"),
    [
        ("hello and welcome to our lobby", True),
        ("welcome to our lobby you can press", True),
        ("the cafeteria is on the second flour", True),
        ("欢迎来到我们的展厅", True),
        ("洗手间在二楼的电梯", True),
        ("stop", False),
        ("Stop!", False),
        ("洗手", False),
        ("where is the bathroom please", False),
        ("请问电影院在哪里", False),
        ("hello and welcome to our lobby no wait I want to know something else now please tell me all about it", False),
        ("", False),
    ],
)  # fmt: skip
def test_the_avatars_own_words(heard: str, echo: bool):
    guard = EchoGuard()
    assert not guard.is_echo(heard)
    for clause in SPOKEN:
        guard.spoke(clause)
    assert guard.is_echo(heard) is echo
    guard.clear()
    assert not guard.is_echo(heard)


def test_only_the_last_clauses_count():
    guard = EchoGuard()
    guard.spoke("This is an old sentence.")
    for number in range(6):
        guard.spoke(f"Another thing is number {number}.")
    assert not guard.is_echo("this is an old sentence")
