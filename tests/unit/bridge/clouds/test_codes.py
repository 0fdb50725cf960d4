import pytest

from bridge.clouds.tencent.codes import error_of
from bridge.errors import CloudSessionLost, CredentialsRefused, ProjectUnknown, QuotaFull


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (100005, CredentialsRefused),
        (100007, ProjectUnknown),
        (100008, QuotaFull),
        (100014, QuotaFull),
        (110013, CloudSessionLost),
        (110018, CloudSessionLost),
        (110022, CloudSessionLost),
    ],
)
def test_codes_with_a_class_of_their_own(code: int, kind: type[Exception]):
    error = error_of(code, "Said: by the cloud")
    assert type(error) is kind
    assert error.cloud_code == code
    assert "Said: by the cloud" in error.message


@pytest.mark.parametrize("code", [-101000, -101001, -111004, 100000, 100012, 110014])
def test_what_the_table_says_to_retry_is_retryable(code: int):
    assert error_of(code, "").retryable


@pytest.mark.parametrize("code", [100001, 100015, 110015, 110021, 999999])
def test_what_no_retry_can_mend_is_not(code: int):
    assert not error_of(code, "").retryable
