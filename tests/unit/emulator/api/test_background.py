import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.api.background import MAX_IMAGE_BYTES, MAX_IMAGES, Images, image_at
from emulator.codes import CloudError


def test_an_image_in_the_address():
    url = f"data:image/png;base64,{base64.b64encode(b'picture').decode()}"
    assert image_at(url, Images()) == b"picture"


def test_an_image_that_lies_here_whatever_the_host():
    images = Images()
    images.put("a wall.png", b"picture")
    assert image_at("http://127.0.0.1:1/_emulator/images/a%20wall.png", images) == b"picture"


def test_an_image_that_lies_elsewhere_is_left_there():
    assert image_at("https://example.com/wall.JPG?sign=1", Images()) is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://h/_emulator/images/none.png", -101002),
        ("ftp://h/x.png", 100001),
        ("http:///x.png", 100001),
        ("http://[h/x.png", 100001),
        ("http://h/x.webp", 100001),
        ("data:image/png,AAAA", 100001),
        ("data:image/png;base64," + base64.b64encode(bytes(MAX_IMAGE_BYTES)).decode(), 100001),
    ],
)
def test_what_is_refused(url: str, code: int):
    with pytest.raises(CloudError) as caught:
        image_at(url, Images())
    assert caught.value.code.number == code


def test_the_oldest_image_goes_first():
    images = Images()
    for number in range(MAX_IMAGES + 1):
        images.put(str(number), b"x")
    assert images.get("0") is None
    assert images.get(str(MAX_IMAGES)) == b"x"


@given(st.text(max_size=60))
def test_any_address_is_an_image_elsewhere_or_refused(url: str):
    try:
        found = image_at(url, Images())
    except CloudError:
        return
    assert found is None
