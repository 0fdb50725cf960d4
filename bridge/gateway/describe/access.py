"""The routes that let others in: tokens and grants."""

from bridge import errors
from bridge.gateway.describe.route import IDEMPOTENCY_KEY, Answer, Body, Parameter, Route
from bridge.gateway.models import CreateGrant, ExchangeGrant, MintToken
from bridge.gateway.replies import GrantCreated, GrantExchanged, GrantList, TokenMinted

ID = "02463d48b1ce4b0f9a3a1f8b5ad7c0e1"
GRANT_ID = "9c1185a5c5e9"
EXAMPLE = "eyJhbGciOiJIUzI1NiJ9.e30.x"
GRANT = {"grant_id": GRANT_ID, "page": "kiosk", "name": "lobby", "avatar": None, "created_at": 1795217295.192}

ROUTES = (
    Route(
        method="POST",
        path="/v1/sessions/{session_id}/token",
        name="mintToken",
        tag="Access",
        role="watcher",
        summary="Get a token for a session",
        text="The api_key gets one of either role; a client token gets another one of its own role, until 25 seconds "
        "after its end. A token is good for 15 minutes and for this session only.",
        body=Body(model=MintToken, required=False, example={"role": "watcher"}),
        answers={
            200: Answer(text="The token.", model=TokenMinted, example={"token": EXAMPLE, "expires_at": 1795218195})
        },
        errors=(errors.SessionEnded,),
    ),
    Route(
        method="POST",
        path="/v1/grants",
        name="createGrant",
        tag="Access",
        role="key",
        summary="Make a link to a page",
        text="Whoever opens the link may use one session at a time, for as long as the grant is not taken back.",
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(model=CreateGrant, required=False, example={"page": "kiosk", "name": "lobby"}),
        answers={
            201: Answer(
                text="The link; it cannot be read again.",
                model=GrantCreated,
                example={
                    "grant_id": GRANT_ID,
                    "grant": "abg_…",
                    "link": "https://avatar.example.com/kiosk#grant=abg_…",
                },
            )
        },
        errors=(errors.TooManyGrants,),
    ),
    Route(
        method="GET",
        path="/v1/grants",
        name="listGrants",
        tag="Access",
        role="key",
        summary="Show the grants that are out",
        answers={200: Answer(text="The oldest first.", model=GrantList, example={"grants": [GRANT]})},
    ),
    Route(
        method="DELETE",
        path="/v1/grants/{grant_id}",
        name="revokeGrant",
        tag="Access",
        role="key",
        summary="Take a grant back",
        text="Its session is closed, too.",
        parameters=(
            Parameter(
                name="grant_id",
                where="path",
                text="The grant, as `POST /v1/grants` named it.",
                schema={"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[0-9a-f]+$"},
                required=True,
            ),
        ),
        answers={204: Answer(text="It is of no use any more.")},
        errors=(errors.NotFound,),
    ),
    Route(
        method="POST",
        path="/v1/grants/exchange",
        name="exchangeGrant",
        tag="Access",
        role="open",
        summary="Exchange a grant for its session",
        text="The same `holder` gets the same session as long as it lives. Another one is refused while somebody "
        "listens to it, and half a minute longer; then it gets a session of its own.",
        body=Body(
            model=ExchangeGrant,
            example={"grant": "abg_…", "holder": "5f1d9c3a7b2e4860"},
        ),
        answers={
            200: Answer(
                text="The session, and a driver's token for it.",
                model=GrantExchanged,
                example={"session_id": ID, "state": "creating", "token": EXAMPLE, "expires_at": 1795218195},
            )
        },
        errors=(
            errors.GrantUnknown,
            errors.GrantInUse,
            errors.RateLimited,
            errors.TooManySessions,
            errors.ShuttingDown,
        ),
    ),
)
