import msgspec
import pytest

from emulator.channel.bot import FALLBACK, MAX_BOTS, Bot, Bots, Interaction, Reply, Rule
from emulator.channel.telling import tell


def test_the_first_rule_that_fits_answers():
    bot = Bot(answers=[Rule(question="^hours?$", text="a"), Rule(question="hour|时间", text="b")])
    assert [bot.reply(question).text for question in ("HOUR", "which hours", "营业时间", "x")] == [
        "a",
        "b",
        "b",
        FALLBACK,
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'{"answers": [{"text": "a"}]}',
        b'{"answers": [{"question": "("}]}',
        b'{"answers": [{"question": "(", "text": "a"}]}',
        b'{"otherwise": {"text": ""}}',
        b'{"answer": []}',
    ],
)
def test_what_is_no_bot(body: bytes):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Bot)


def test_bots_are_bound_to_projects_and_bounded():
    bots = Bots()
    for number in range(MAX_BOTS):
        bots.bind(Bot(project=str(number)))
    bots.bind(Bot(project="0", otherwise=Reply(text="again")))
    assert (bots.of("0") or Bot()).otherwise.text == "again"
    with pytest.raises(ValueError, match="16 bots"):
        bots.bind(Bot(project="one more"))
    bots.clear()
    assert bots.of("0") is None


def told(reply: Reply) -> list[dict[str, object]]:
    return [msgspec.to_builtins(frame) for frame in tell("R", "Why?", reply)]


def test_an_answer_of_the_knowledge_base():
    popup = Interaction("Popup", {"title": "Hours"})
    reply = Reply(text="Nine.", pro="<speak>Nine.</speak>", display="9:00", muted=True, interaction=popup)
    assert told(reply) == [
        {"Type": 1, "ReqId": "R", "Text": "Why?", "Seq": 0},
        {
            "Type": 2,
            "ReqId": "R",
            "Text": "Nine.",
            "Seq": 0,
            "TextPro": "<speak>Nine.</speak>",
            "TextDisplay": "9:00",
            "Uninterrupt": False,
            "Muted": True,
            "InteractionType": "Popup",
            "InteractionContent": '{"title":"Hours"}',
        },
    ]


def test_an_answer_of_a_large_model_comes_clause_by_clause():
    reply = Reply(text="One. Two.", model=True, thinking="Well", content_type="List", highlight=True)
    frames = told(reply)
    assert [(frame["Type"], frame["Text"], frame["Seq"]) for frame in frames] == [
        (1, "Why?", 0),
        (5, "Well", 0),
        (4, "One.", 1),
        (4, " Two.", 2),
    ]
    assert [frame["Final"] for frame in frames[2:]] == [False, True]
    assert "CloudAiExtra" not in frames[2]
    assert msgspec.json.decode(str(frames[3]["CloudAiExtra"])) == {
        "record_id": "R",
        "reference": [],
        "references": [],
    }
