"""A row here for each row of the manual's "Error Code Description", typed from it."""

import pytest

from bridge.clouds.tencent.codes import TABLE, code_of, error_of
from bridge.errors import (
    CloudRefused,
    CloudRefusedForNow,
    CloudSessionLost,
    CredentialsRefused,
    ProjectUnknown,
    QuotaFull,
)

# code, becomes, may be retried as it is, words of the meaning, words of the manual's measure in ours
ROWS: list[tuple[int, type[CloudRefused], bool, str, str]] = [
    (-101000, CloudRefusedForNow, True, "internal error", "support"),
    (-101001, CloudRefusedForNow, True, "no machine free", "support"),
    (-101002, CloudRefusedForNow, True, "download the picture", "support"),
    (-111001, CloudRefusedForNow, True, "stream's parameters", "support"),
    (-111002, CloudRefusedForNow, True, "connection", "support"),
    (-111003, CloudRefusedForNow, True, "load the avatar", "support"),
    (-111004, CloudRefusedForNow, True, "in time", "support"),
    (-111005, CloudRefused, False, "speaking", "look at its message"),
    (100001, CloudRefused, False, "parameter", "check the field"),
    (100005, CredentialsRefused, False, "credentials", "cloud.appkey and cloud.accesstoken"),
    (100008, QuotaFull, True, "concurrent sessions", "close one"),
    (100012, CloudRefusedForNow, True, "fewer requests", "wait"),
    (100014, QuotaFull, True, "quota", "how many, and until when"),
    (100015, CloudRefused, False, "expired", "renew"),
    (110013, CloudSessionLost, False, "closed the session", "statsession"),
    (110014, CloudRefusedForNow, True, "not ready", "status is 1"),
    (110015, CloudRefused, False, "did not expect this command", "interrupt"),
    (110016, CloudRefusedForNow, True, "not started", "status is 1"),
    (110018, CloudSessionLost, False, "no such session", "create another"),
    (110021, CloudRefused, False, "TRTC", "overdue"),
    (110022, CloudSessionLost, False, "same user", "id of its own"),
]
BEYOND_THE_TABLE: list[tuple[int, type[CloudRefused], bool]] = [
    (100000, CloudRefusedForNow, True),
    (-100000, CloudRefusedForNow, True),
    (100007, ProjectUnknown, False),
]


@pytest.mark.parametrize(("number", "kind", "retryable", "meaning", "advice"), ROWS)
def test_a_row_of_the_table(number: int, kind: type[CloudRefused], retryable: bool, meaning: str, advice: str):
    code = code_of(number)
    assert meaning in code.meaning
    assert code.retryable is retryable
    error = error_of(number, "Said: by the cloud")
    assert type(error) is kind
    assert error.cloud_code == number
    assert error.retryable is retryable
    assert meaning in error.message
    assert advice in error.message
    assert error.message.endswith(f"({number}: Said: by the cloud)")


@pytest.mark.parametrize(("number", "kind", "retryable"), BEYOND_THE_TABLE)
def test_codes_that_were_seen_elsewhere(number: int, kind: type[CloudRefused], retryable: bool):
    error = error_of(number, "")
    assert type(error) is kind
    assert error.retryable is retryable
    assert error.message.endswith(f"({number})")


def test_there_are_no_other_rows():
    assert [code.number for code in TABLE] == [row[0] for row in ROWS] + [row[0] for row in BEYOND_THE_TABLE]


def test_a_code_that_nobody_has_described():
    error = error_of(999999, "")
    assert type(error) is CloudRefused
    assert not error.retryable
    assert error.message == "the cloud refused; look the code up in its manual (999999)"
