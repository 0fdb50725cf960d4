import pytest

from emulator.api.signature import sign, verify
from emulator.codes import CloudError

NOW = 1_717_639_699.0


@pytest.mark.parametrize(
    ("parameters", "accesstoken", "signature"),
    [
        (
            {"appkey": "e38267c0e86411ebb02aed82acb0ed99", "timestamp": "1646636485"},
            "f68f2d10ae9e4604b76fb05cf46bccec",
            "BfWuaC9kmaicCggXc693uK+sZQ8qe88O4HVQNTdwZuo=",
        ),
        (
            {"appkey": "example_appkey", "timestamp": "1717639699"},
            "example_accesstoken",
            "aCNWYzZdplxWVo+JsqzZc9+J9XrwWWITfX3eQpsLVno=",
        ),
        (
            {"timestamp": "1717639699", "requestid": "example_requestid", "appkey": "example_appkey"},
            "example_accesstoken",
            "QVenICk0VHtHGYZKXM6IC+W1CjZC1joSr/x0gfKKYT4=",
        ),
    ],
)
def test_the_vectors_of_the_manual(parameters: dict[str, str], accesstoken: str, signature: str):
    assert sign(parameters, accesstoken) == signature
    signed = parameters | {"signature": signature}
    assert sign(signed, accesstoken) == signature
    verify(signed, parameters["appkey"], accesstoken, float(parameters["timestamp"]), 300)


def signed(**changes: str) -> dict[str, str]:
    parameters = {"appkey": "key", "timestamp": str(int(NOW))} | changes
    return parameters | {"signature": sign(parameters, "token")}


def refusal(parameters: dict[str, str], now: float = NOW) -> str:
    with pytest.raises(CloudError) as caught:
        verify(parameters, "key", "token", now, 300)
    assert caught.value.code.number == 100005
    return caught.value.message.partition(":")[0]


def test_whatever_parameters_arrive_are_signed():
    parameters = signed(Language="en-US", requestid="m1")
    verify(parameters, "key", "token", NOW, 300)
    assert refusal(parameters | {"Language": "zh-CN"}) == "SignatureMismatch"
    assert refusal(parameters | {"more": "1"}) == "SignatureMismatch"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_forgiven_and_no_second_more(seconds: int):
    verify(signed(), "key", "token", NOW + seconds, 300)
    assert refusal(signed(), NOW + seconds * 1.01) == "TimestampExpired"


def test_each_reason_has_its_word():
    assert refusal({}) == "AuthParameterMissing"
    assert refusal(signed(appkey="other")) == "AppKeyNotFound"
    assert refusal(signed(timestamp="yesterday")) == "TimestampInvalid"
    assert refusal(signed(timestamp="nan")) == "TimestampInvalid"
    assert refusal(signed() | {"signature": "AAAA"}) == "SignatureMismatch"


def test_a_plus_that_was_not_percent_encoded_fails():
    parameters = next(p for n in range(100) if "+" in (p := signed(requestid=f"m{n}"))["signature"])
    verify(parameters, "key", "token", NOW, 300)
    assert refusal(parameters | {"signature": parameters["signature"].replace("+", " ")}) == "SignatureMismatch"
