from dialog.tokens import SILENT_MAX, Break, Tokenizer, normalise


def ends(text: str) -> list[tuple[str, Break]]:
    tokenizer = Tokenizer()
    return [(token.text, token.end) for token in (*tokenizer.feed(text), *tokenizer.finish())]


def test_each_token_says_how_well_it_may_be_followed_by_a_pause():
    assert ends('Yes, "no." 你好，“好”。a\nb') == [
        ("Yes, ", Break.PAUSE),
        ('"no." ', Break.STOP),
        ("你好", Break.NEVER),
        ("，", Break.PAUSE),
        ("“", Break.NEVER),
        ("好", Break.NEVER),
        ("”", Break.NEVER),
        ("。", Break.STOP),
        ("a ", Break.PAUSE),
        ("b", Break.ANYWHERE),
    ]


def test_a_cut_within_paired_markup_is_the_last_resort():
    assert ends('<emphasis level="strong">Now. Go</emphasis>. End') == [
        ('<emphasis level="strong">', Break.INSIDE),
        ("Now. ", Break.INSIDE),
        ("Go", Break.INSIDE),
        ("</emphasis>", Break.NEVER),
        (". ", Break.STOP),
        ("End", Break.ANYWHERE),
    ]


def test_an_abbreviation_of_a_number_is_one_only_before_a_number():
    assert ends("See no. 5 or say no. Then go.") == [
        ("See ", Break.SPACE),
        ("no. ", Break.SPACE),
        ("5 ", Break.SPACE),
        ("or ", Break.SPACE),
        ("say ", Break.SPACE),
        ("no. ", Break.STOP),
        ("Then ", Break.SPACE),
        ("go.", Break.STOP),
    ]


def test_an_unclosed_element_ends_with_its_paragraph():
    assert ends("<prosody>One. Two\n\nThree. Four")[2:] == [
        ("Two ", Break.STOP),
        ("Three. ", Break.STOP),
        ("Four", Break.ANYWHERE),
    ]


def test_what_cannot_be_said_or_seen_is_shortened_or_gone():
    assert normalise("a\u200b\ufeffb\x07\ud800c\u00ad") == "abc"
    assert normalise(" \n a \t\n b ") == "a b "
    assert normalise("a" + "!" * 100 + "b") == "a" + "!" * 32 + "b"
    assert len(normalise("a " + "!! " * 500)) < SILENT_MAX + 5
    assert normalise("<speak>a <break/>b</speak>") == "a <break/>b"
    assert normalise("می\u200cخواهم") == "می\u200cخواهم"


def test_a_tag_beyond_the_limit_is_text():
    tag = f'<sub alias="{"字" * 100}">'
    assert normalise(tag) == tag
    assert ends(tag)[0] == ("<", Break.NEVER)
