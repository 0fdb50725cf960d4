from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from dialog.answers import load_answers
from dialog.builtin import BuiltinDialog
from dialog.errors import DialogFileError
from dialog.quick import QuickAnswers
from dialog.segment import normalise

ANSWERS = Path(__file__).parents[3] / "config" / "answers"
NOW = datetime(2026, 11, 20, 15, 5, tzinfo=UTC)
FILES = {language: load_answers(ANSWERS / f"{language}.toml") for language in ("en", "zh")}


def quick(seed: int = 0) -> QuickAnswers:
    return QuickAnswers.load(ANSWERS, clock=lambda: NOW, seed=seed)


@pytest.mark.parametrize("language", FILES)
def test_each_question_of_the_file_finds_its_entry(language: str):
    answers = quick()
    for entry in FILES[language].entry:
        for question in (*entry.questions, *([entry.label] if entry.suggest else [])):
            for written in (question, question.upper() + "?!", f"  {question}。"):
                found = answers.answer(written)
                assert (found.id, found.language, written) == (entry.id, language, written)


ENGLISH = {
    "So who am I talking to here, what's your name?": "who_are_you",
    "Could you introduce yourself please?": "who_are_you",
    "what kinds of things are you able to do for me": "what_can_you_do",
    "Are you a human being or a robot": "are_you_real",
    "Can you explain to me how all of this works?": "how_does_it_work",
    "How come your lips match the words?": "lip_sync",
    "I'd like to plug in my own bot, how?": "connect_bot",
    "Is it possible to hook up a large language model?": "connect_llm",
    "Where do I put my Tencent credentials": "connect_cloud",
    "Which languages can you speak?": "languages",
    "Got any good jokes?": "joke",
    "please read a bedtime story to my son": "story",
    "Could you recite some poetry for us?": "poem",
    "Excuse me, what's the time?": "time",
    "What's today's date please": "date",
    "Is it going to rain tomorrow": "weather",
    "At what time do you close today?": "opening_hours",
    "Excuse me, where can I find the toilet?": "restrooms",
    "I'm looking for the front desk": "reception",
    "Thanks a lot for your help": "thanks",
    "ok bye then, see you": "goodbye",
    "would you sing us a song": "sing",
    "Hey, how are you today?": "how_are_you",
    "How can I make you stop?": "stop_help",
    "Do you keep a recording of what I say?": "privacy",
    "How much would this cost me?": "cost",
    "who has created you?": "who_made_you",
    "whats the wether like": "weather",
    "wher are the restroms": "restrooms",
    "Hello, can you hear me now?": "can_you_hear_me",
    "Is there wifi for visitors?": "wifi",
    "Could I show you in my livestream?": "live_stream",
}
CHINESE = {
    "请问你叫什么名字呀": "who_are_you",
    "你都会做些什么呢": "what_can_you_do",
    "你到底是不是真人啊": "are_you_real",
    "能给我讲讲这个是怎么工作的吗": "how_does_it_work",
    "你的嘴巴是怎么跟声音对上的": "lip_sync",
    "我想把我自己的机器人接进来": "connect_bot",
    "能不能接一个大语言模型": "connect_llm",
    "腾讯云的密钥应该填在哪": "connect_cloud",
    "你都会说哪些语言": "languages",
    "有没有什么好笑的笑话": "joke",
    "我家孩子想听一个故事": "story",
    "能朗诵一首古诗吗": "poem",
    "请问现在几点钟了呀": "time",
    "今天到底是星期几": "date",
    "明天会不会下雨": "weather",
    "你们晚上几点关门呀": "opening_hours",
    "请问最近的卫生间怎么走": "restrooms",
    "我跟张经理有预约，要去哪里登记": "reception",
    "好的，谢谢你啦": "thanks",
    "那我先走了，再见": "goodbye",
    "能给我们唱首歌吗": "sing",
    "你今天过得怎么样": "how_are_you",
    "我怎么才能打断你说话": "stop_help",
    "你会不会把我说的话录音": "privacy",
    "用这个一个月要多少钱": "cost",
    "你是哪家公司开发的": "who_made_you",
    "这儿的无线网密码": "wifi",
    "想用你来做直播可以吗": "live_stream",
}


@pytest.mark.parametrize(("question", "entry"), [*ENGLISH.items(), *CHINESE.items()])
def test_other_words_find_the_right_entry(question: str, entry: str):
    for file in FILES.values():
        assert not any(question.strip("?").casefold() in known.questions for known in file.entry)
    found = quick().answer(question)
    assert (found.id, question) == (entry, question)


UNRELATED = [
    "What is the capital of France?", "Who won the world cup in 2010?", "How do I cook spaghetti carbonara?",
    "Solve x squared minus four", "Recommend a good book about history", "Why is the sky blue?",
    "Can dogs eat chocolate?", "Translate apple into German", "Which stock should I buy?", "what is photosynthesis",
    "法国的首都是哪里", "怎么做红烧肉", "一加一等于几", "推荐一本历史书", "天空为什么是蓝色的", "狗可以吃巧克力吗",
    "世界上最高的山是哪座", "量子力学是什么", "什么是区块链", "珠穆朗玛峰有多高", "asdfgh", "...", "", "12345", "👍",
]  # fmt: skip


@pytest.mark.parametrize("question", UNRELATED)
def test_an_unrelated_question_gets_the_fallback_with_two_suggestions(question: str):
    answers = quick()
    found = answers.answer(question)
    assert found.id == "fallback"
    assert found.score < 58
    assert "{" not in found.text
    assert sum(label in found.text for label in answers.suggestions(found.language)) == 2


def test_the_files_are_the_same_in_every_language():
    english, chinese = FILES["en"].entry, FILES["zh"].entry
    assert [(entry.id, entry.suggest) for entry in english] == [(entry.id, entry.suggest) for entry in chinese]
    assert len(english) >= 25


@pytest.mark.parametrize("language", FILES)
def test_answers_are_made_for_speech(language: str):
    for entry in FILES[language].entry:
        for text in entry.answers:
            assert text[-1] in ".!?。！？"
            assert not set(text) & set("*_#`[]<>|")
            assert len(text.encode()) < (1200 if entry.id == "story" else 500)
    story = next(entry for entry in FILES[language].entry if entry.id == "story").answers[0]
    assert len(story) > (230 if language == "zh" else 600)


def test_no_answer_comes_twice_in_a_row():
    answers = quick()
    jokes = [answers.answer("tell me a joke").text for _ in range(8)]
    assert all(one != next_one for one, next_one in pairwise(jokes))
    assert len(set(jokes)) == 4
    fallbacks = [answers.answer("quantum chromodynamics").text for _ in range(3)]
    assert len(set(fallbacks)) == 3


def test_the_seed_decides_the_first_answer():
    assert quick(1).answer("tell me a joke").text == quick(1).answer("tell me a joke").text
    assert quick(0).answer("tell me a joke").text != quick(1).answer("tell me a joke").text


def test_time_and_date_are_those_of_the_clock():
    answers = quick()
    assert answers.answer("what time is it").text == "It is 3:05 in the afternoon now."
    assert answers.answer("现在几点了").text == "现在是下午3点05分。"
    assert answers.answer("what day is it").text == "Today is Friday, November 20, 2026."
    assert answers.answer("今天几号").text == "今天是2026年11月20日，星期五。"


def test_suggestions_stand_in_the_order_of_the_file():
    answers = quick()
    assert answers.languages == ("en", "zh")
    assert answers.suggestions("en")[:2] == ["Who are you?", "What can you do?"]
    assert answers.suggestions("zh")[:2] == ["你是谁？", "你能做什么？"]
    assert answers.suggestions("fr") == []


def test_a_very_long_message_is_judged_by_its_beginning():
    assert quick().answer("what time is it " + "x" * 65536).language == "en"
    assert quick().answer("现在几点了" + "字" * 65536).language == "zh"


async def test_as_a_dialog_it_answers_in_sentences():
    dialog = BuiltinDialog(quick())
    clauses = [clause async for clause in dialog.answer([], "who are you")]
    assert clauses[0] == "I'm Yun, a digital human. "
    assert "".join(clauses) == normalise(quick().answer("who are you").text)
    await dialog.aclose()
    await dialog.aclose()


GOOD = """
language = "en"
fallback = ["Ask {first} or {second}"]
[[entry]]
id = "one"
questions = ["first question"]
answers = ["First."]
suggest = true
label = "One?"
[[entry]]
id = "two"
questions = ["second"]
answers = ["Second, at {time}."]
suggest = true
label = "Two?"
"""


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('answers = ["First."]', "answers = [1]", "entry 1 (one), answers 1: Input should be a valid string"),
        ('answers = ["First."]', "answers = []", "entry 1 (one), answers: "),
        ('answers = ["First."]', "", "entry 1 (one), answers: Field required"),
        ('answers = ["First."]', 'answers = ["  "]', "entry 1 (one), answers 1: "),
        ("{time}", "{tiem}", "entry 2 (two), answers: Value error, {tiem} is no placeholder; there are {date}, {time}"),
        ("{second}", "{third}", "fallback: Value error, {third} is no placeholder"),
        ('label = "Two?"', "", "entry 2 (two): Value error, suggest is set, so label must hold"),
        ('label = "Two?"', 'lable = "Two?"', "entry 2 (two), lable: Extra inputs are not permitted"),
        ('id = "two"', 'id = "one"', "entry 2 (one), id: is used twice"),
        ('id = "two"', 'id = "Two!"', "entry 2 (Two!), id: String should match"),
        ('language = "en"', "", "language: Field required"),
        ('language = "en"', 'language = "en', "is not valid TOML in UTF-8: "),
        ("suggest = true", "suggest = false", "entry, suggest: set it on two entries at least"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(tmp_path: Path, old: str, new: str, place: str):
    assert old in GOOD
    (tmp_path / "en.toml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(DialogFileError) as caught:
        QuickAnswers.load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'en.toml'}: {place}")
    assert (caught.value.code, caught.value.retryable) == ("dialog_file_invalid", False)


def test_a_good_file_works_alone_and_two_of_a_language_do_not(tmp_path: Path):
    (tmp_path / "en.toml").write_text(GOOD, encoding="utf-8")
    assert QuickAnswers.load(tmp_path, clock=lambda: NOW).answer("你好吗").text == "Ask One? or Two?"
    (tmp_path / "en2.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(DialogFileError, match="another file has 'en'"):
        QuickAnswers.load(tmp_path)


def test_an_empty_folder_and_an_unreadable_file_are_refused(tmp_path: Path):
    with pytest.raises(DialogFileError, match=r"no \*\.toml file"):
        QuickAnswers.load(tmp_path)
    (tmp_path / "en.toml").mkdir()
    with pytest.raises(DialogFileError, match="cannot be read"):
        QuickAnswers.load(tmp_path)
    (tmp_path / "en.toml").rmdir()
    (tmp_path / "en.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DialogFileError, match="not valid TOML"):
        QuickAnswers.load(tmp_path)
