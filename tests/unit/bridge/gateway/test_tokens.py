import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import TokenExpired, Unauthorized
from bridge.gateway.tokens import GRACE_S, LIFETIME_S, Minted, Tokens, looks_like_token

OLD, NEW, FOREIGN = "old-" * 8, "new-" * 8, "bad-" * 8
NOW = 1_795_000_000.0


def mint(secret: str = NEW, *, now: float = NOW) -> Minted:
    return Tokens([secret]).mint("driver", "s1", now=now, jti="j1", client_id="c1")


def forged(header: dict[str, object], claims: dict[str, object], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*parts, signature])


def test_a_token_says_what_was_minted() -> None:
    minted = mint()
    claims = Tokens([NEW]).read(minted.token, NOW)
    assert (claims.role, claims.session, claims.jti, claims.sub) == ("driver", "s1", "j1", "c1")
    assert claims.exp == minted.expires_at == NOW + LIFETIME_S == NOW + 900
    assert looks_like_token(minted.token)


def test_it_ends_and_can_be_renewed_a_little_later() -> None:
    tokens, token = Tokens([NEW]), mint().token
    tokens.read(token, NOW + 899.9)
    with pytest.raises(TokenExpired):
        tokens.read(token, NOW + 900)
    tokens.read(token, NOW + 924.9, grace_s=GRACE_S)
    with pytest.raises(TokenExpired):
        tokens.read(token, NOW + 925, grace_s=GRACE_S)


def test_secrets_can_be_changed_without_a_gap() -> None:
    rotating = Tokens([NEW, OLD])
    assert rotating.read(mint(OLD).token, NOW).session == "s1"
    fresh = rotating.mint("watcher", "s1", now=NOW, jti="j2", client_id="c1").token
    assert Tokens([NEW]).read(fresh, NOW).role == "watcher"
    with pytest.raises(Unauthorized):
        Tokens([OLD]).read(fresh, NOW)
    with pytest.raises(Unauthorized):
        Tokens([NEW]).read(mint(OLD).token, NOW)


def kid() -> object:
    return jwt.get_unverified_header(mint().token)["kid"]


def claims(**changes: object) -> dict[str, object]:
    return {"role": "driver", "session": "s1", "exp": int(NOW + 900), "jti": "j1", "sub": "c1", **changes}


def signed(payload: dict[str, object], *, secret: str = NEW, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, secret, algorithm=algorithm, headers={"kid": str(kid())})


@pytest.mark.parametrize(
    "token",
    [
        mint(FOREIGN).token,
        signed(claims(), secret=FOREIGN),
        signed(claims(), secret=NEW * 2, algorithm="HS512"),
        forged({"alg": "none", "kid": kid()}, claims()),
        forged({"alg": "None", "typ": "JWT", "kid": kid()}, claims(), "x"),
        forged({"alg": "HS256"}, claims()),
        forged({"alg": "HS256", "kid": kid()}, claims()),
        forged({"alg": "HS256", "kid": ["x"]}, claims()),
        signed(claims(role="operator")),
        signed(claims(role="admin")),
        signed(claims(session="")),
        signed(claims(exp="1795000900")),
        signed(claims(exp=float("inf"))),
        signed({name: value for name, value in claims().items() if name != "exp"}),
        signed({name: value for name, value in claims().items() if name != "sub"}),
        mint().token[:-2],
        mint().token.replace(".", "", 1),
        mint().token + "x" * 5000,
        "eyJ..",
        "eyJ\udcff.x.y",
        "",
    ],
)
def test_what_we_did_not_sign_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        Tokens([NEW, OLD]).read(token, NOW)
    assert not isinstance(refused.value, TokenExpired)
    assert refused.value.__cause__ is None


@given(st.text() | st.from_regex(r"eyJ.*\..*\..*"))
def test_no_text_breaks_it(text: str) -> None:
    with pytest.raises(Unauthorized):
        Tokens([NEW]).read(text, NOW)


def test_a_changed_claim_breaks_the_signature() -> None:
    head, _, signature = mint().token.split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(session="s2")).encode()).decode().rstrip("=")
    with pytest.raises(Unauthorized):
        Tokens([NEW]).read(f"{head}.{body}.{signature}", NOW)


def test_nothing_secret_is_shown() -> None:
    tokens = Tokens([NEW])
    assert NEW not in repr(tokens)
    assert mint().token not in repr(mint())
    assert NEW not in str(jwt.get_unverified_header(mint().token))
