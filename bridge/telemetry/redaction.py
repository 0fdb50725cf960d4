"""What must never be read by anyone is taken out of every text before it leaves the program."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
MIN_SECRET = 4
"""A shorter value cannot be told from ordinary text."""

_NAMES = r"signature|access_?token|user_?sig|private_?map_?key|api_?key"
_QUOTE = r"(?:b(?=\\*[\"']))?\\*[\"']?"
"""How a value may begin, escaped or of Python's bytes; a b without a quote is the value's own."""
_ASSIGNED = re.compile(
    rf"(?P<name>(?:{_NAMES}))(?P<sign>\\*[\"']?\s*(?:=|:|%3D|%3A)\s*{_QUOTE})(?P<value>[^\s\"'\\&,;)}}\]]+)",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(rf"(?P<head>authorization\\*[\"']?\s*[:=,]\s*{_QUOTE})[^\"'\\\r\n]+", re.IGNORECASE)
_BEARER = re.compile(r"(?P<head>\bbearer(?:\s+|%20|\+))[\w.~+/=%-]{4,}", re.IGNORECASE)
_OURS = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\babg_[\w-]{8,}")
"""Client tokens and grants: there are too many to register them, but they can be told by their looks."""
_SECRET_KEY = re.compile(rf"^(?:{_NAMES}|authorization|appkey|token|grant|token_secret)$", re.IGNORECASE)


def _forms(secret: str) -> Iterable[str]:
    """Yield how `secret` may be written: as it is, quoted for a URL, inside Python or JSON quotes, and in base64."""
    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), quoted)
    yield repr(secret)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    for encoded in (base64.b64encode(data), base64.urlsafe_b64encode(data)):
        yield encoded.decode("ascii").rstrip("=")


class Redactor:
    """Knows the secret values, and the names under which values nobody registered are secret too."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def register(self, secret: str) -> None:
        """Take `secret` out of everything from now on, however it is written; shorter than 4 characters is ignored."""
        if len(secret) < MIN_SECRET:
            return
        self._known.update(_forms(secret))
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(form) for form in longest_first))

    def secrets(self, text: str) -> str:
        """Return `text` without the registered values, client tokens and grants."""
        text = _OURS.sub(REDACTED, text)
        return text if self._pattern is None else self._pattern.sub(REDACTED, text)

    def text(self, text: str) -> str:
        """Return `text` without the registered values and without what follows a secret's name."""
        text = self.secrets(text)
        text = _AUTHORIZATION.sub(rf"\g<head>{REDACTED}", text)
        text = _BEARER.sub(rf"\g<head>{REDACTED}", text)
        return _ASSIGNED.sub(rf"\g<name>\g<sign>{REDACTED}", text)

    def mapping(self, mapping: Mapping[str, object]) -> dict[str, object]:
        """Return `mapping` redacted by text and by the names of its keys; what is no number becomes text."""
        return {
            self.text(key): REDACTED if _SECRET_KEY.match(key) and value is not None else self._value(value)
            for key, value in mapping.items()
        }

    def _value(self, value: object) -> object:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value)
            case _:
                return self.text(repr(value))
