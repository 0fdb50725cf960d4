"""Where a BackgroundUrl leads: nothing is fetched; a picture comes in the address itself or lies here. PURE."""

import base64
import binascii
from collections import OrderedDict
from urllib.parse import unquote, urlsplit

from emulator.codes import BAD_PARAMETER, IMAGE_DOWNLOAD, CloudError

MAX_IMAGE_BYTES = 1024 * 1024
MAX_IMAGES = 16
IMAGES_PATH = "/_emulator/images/"
SUFFIXES = (".jpg", ".jpeg", ".png")
TYPES = ("image/jpeg", "image/jpg", "image/png")


class Images:
    """Pictures that were laid down here; at most `MAX_IMAGES`, the oldest goes first."""

    def __init__(self) -> None:
        self._images: OrderedDict[str, bytes] = OrderedDict()

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` as `name`."""
        self._images[name] = data
        self._images.move_to_end(name)
        while len(self._images) > MAX_IMAGES:
            self._images.popitem(last=False)

    def get(self, name: str) -> bytes | None:
        """Return what was kept as `name`."""
        return self._images.get(name)

    def clear(self) -> None:
        """Forget all."""
        self._images.clear()


def image_at(url: str, images: Images) -> bytes | None:
    """Return the image behind `url`, None where it lies elsewhere; raises CloudError 100001 or -101002."""
    if url.startswith("data:"):
        return _checked(_of_data_url(url))
    try:
        parts = urlsplit(url)
    except ValueError:
        raise CloudError(BAD_PARAMETER, "BackgroundUrl is no address") from None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise CloudError(BAD_PARAMETER, "BackgroundUrl must be an http, https or data address")
    if not parts.path.lower().endswith(SUFFIXES):
        raise CloudError(BAD_PARAMETER, "the background must be a jpg, jpeg or png")
    if not parts.path.startswith(IMAGES_PATH):
        return None
    data = images.get(unquote(parts.path.removeprefix(IMAGES_PATH)))
    if data is None:
        raise CloudError(IMAGE_DOWNLOAD, "there is no such image")
    return _checked(data)


def _of_data_url(url: str) -> bytes:
    head, _, body = url.removeprefix("data:").partition(",")
    kind, _, coding = head.partition(";")
    if kind.lower() not in TYPES or coding.lower() != "base64":
        raise CloudError(BAD_PARAMETER, "the background must be a jpg, jpeg or png in base64")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise CloudError(BAD_PARAMETER, "BackgroundUrl is not base64") from None


def _checked(data: bytes) -> bytes:
    if len(data) >= MAX_IMAGE_BYTES:
        raise CloudError(BAD_PARAMETER, "the background must have less than 1 MB")
    return data
