import pytest

from dialog.graphemes import boundary, continues, joined

CLUSTERS = [
    "a", "中", "e\u0301", "👍🏽", "👨\u200d👩\u200d👧", "🇨🇳", "🏴\U000e0067\U000e0062\U000e007f", "1\ufe0f\u20e3",
    "क्षि", "\u1112\u1161\u11ab", "각", "가\u11a8", "กำ", "ไก", "が\u3099", "ﾊ\uff9f",
]  # fmt: skip


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_cluster_is_kept_whole(cluster: str):
    before = len(b"ab")
    for limit in range(before + 1, before + len(cluster.encode())):
        assert boundary("ab" + cluster, 1, limit) == 2
    assert boundary("ab" + cluster + "b", 1, before + len(cluster.encode())) == 2 + len(cluster)


def test_flags_are_cut_between_pairs():
    flags = "🇨🇳🇺🇸🇫🇷"
    assert [boundary(flags, 1, limit) for limit in (8, 15, 16, 20)] == [2, 2, 4, 4]


def test_a_cluster_beyond_the_limit_is_cut_between_code_points():
    assert boundary("a" + "\u0301" * 10, 1, 6) == 3
    assert boundary("ab" + "\u0301" * 10, 2, 7) == 4


def test_a_space_stays_with_what_it_follows():
    assert boundary("abc d", 1, 3) == 2
    assert boundary("ab" + "\u0301" * 3 + " d", 2, 8) == 4


def test_marks_and_joiners_continue_a_cluster():
    assert [continues(char) for char in "\u0301\u200d\ufe0f🏽ำa中 "] == [True] * 5 + [False] * 3
    assert joined("เ", "ก")
    assert not joined("ก", "เ")
