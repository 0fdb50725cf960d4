"""The manual's own signature vectors, and the third that was computed from its rules."""

import pytest

from bridge.clouds.tencent.signing import sign, signed_url


@pytest.mark.parametrize(
    ("parameters", "accesstoken", "signature"),
    [
        (
            {"appkey": "example_appkey", "timestamp": "1717639699"},
            "example_accesstoken",
            "aCNWYzZdplxWVo+JsqzZc9+J9XrwWWITfX3eQpsLVno=",
        ),
        (
            {"timestamp": "1646636485", "appkey": "e38267c0e86411ebb02aed82acb0ed99"},
            "f68f2d10ae9e4604b76fb05cf46bccec",
            "BfWuaC9kmaicCggXc693uK+sZQ8qe88O4HVQNTdwZuo=",
        ),
        (
            {"appkey": "example_appkey", "requestid": "example_requestid", "timestamp": "1717639699"},
            "example_accesstoken",
            "QVenICk0VHtHGYZKXM6IC+W1CjZC1joSr/x0gfKKYT4=",
        ),
    ],
    ids=["calling methods", "interactive service", "command channel"],
)
def test_signature_vectors(parameters: dict[str, str], accesstoken: str, signature: str):
    assert sign(parameters, accesstoken) == signature


def test_the_signature_is_percent_encoded_exactly_once():
    parameters = {"appkey": "example_appkey", "timestamp": "1717639699"}
    url = signed_url("https://api.example.com/v2/ivh/example_uri", parameters, "example_accesstoken")
    assert url == (
        "https://api.example.com/v2/ivh/example_uri?appkey=example_appkey&timestamp=1717639699"
        "&signature=aCNWYzZdplxWVo%2BJsqzZc9%2BJ9XrwWWITfX3eQpsLVno%3D"
    )
