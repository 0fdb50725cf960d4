"""`POST /v1/sessions/{id}/audio`: a file of sound, spoken with its own voice (DESIGN 5.3)."""

from aiohttp import web
from pydantic import ValidationError

from bridge.errors import UnsupportedMediaType
from bridge.gateway.answers import Answer
from bridge.gateway.audio_body import AudioBody
from bridge.gateway.context import gateway
from bridge.gateway.models import Audio
from bridge.gateway.problems import of_validation
from bridge.gateway.speech import answer_when
from bridge.talk.voice_playing import Manner


async def audio(request: web.Request) -> web.StreamResponse:
    """Have the body spoken as it arrives; answer after its end as `say` does.

    The body is read no faster than it is spoken. One that breaks off is spoken as far as it came, then the utterance
    ends `failed`. Sound that cannot be read at all begins no utterance.
    """
    server = gateway(request)
    session = server.session(request)
    wish = _wish(request)
    _check_form(request)

    async def act() -> Answer:
        server.check_accepting()
        manner = Manner(server.settings.audio.lead_ms, server.settings.audio.burst, wish.interrupt, wish.ref)
        body = AudioBody(request)
        playing = await server.talk.of(session).play(body.pieces(), manner)
        await body.taken_or(playing.over)
        if body.error is not None:
            raise body.error
        return await answer_when(session, playing.utterance_id, wish.wait, wish.timeout_s)

    # The body cannot be compared before it was spoken: a repeated key stands for the same one.
    response = (await server.answers.once(request, request.query_string.encode(), act)).response()
    if not request.content.is_eof():
        response.force_close()
    return response


def _wish(request: web.Request) -> Audio:
    try:
        return Audio.model_validate_strings(dict(request.query))
    except ValidationError as error:
        raise of_validation(error) from None


def _check_form(request: web.Request) -> None:
    """Let every Content-Type pass but a form's: the sound tells itself what it is. Raises UnsupportedMediaType."""
    if request.content_type.startswith("multipart/"):
        raise UnsupportedMediaType("send the file itself as the body, not a form: curl --data-binary @speech.mp3")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("the body must not be compressed")
