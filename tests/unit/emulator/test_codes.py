from emulator.codes import BAD_PARAMETER, CODES, UNAUTHORIZED, CloudError

PUBLISHED = {
    -101000, -101001, -101002, -111001, -111002, -111003, -111004, -111005,
    100001, 100005, 100008, 100012, 100014, 100015,
    110013, 110014, 110015, 110016, 110018, 110021, 110022,
}  # fmt: skip
UNPUBLISHED = {100007}


def test_the_table_is_that_of_the_manual():
    assert set(CODES) == PUBLISHED | UNPUBLISHED
    assert all(code.number == number and code.word.isalnum() and code.meaning for number, code in CODES.items())


def test_a_message_leads_with_an_english_word():
    assert CloudError(BAD_PARAMETER).message == "InvalidParameter: The request parameters were incorrect"
    assert CloudError(UNAUTHORIZED, "too late", "TimestampExpired").message == "TimestampExpired: too late"
