from bridge.session.drives import AskCloud, Reopen
from bridge.session.drives.patience import MAX_ASKED, Patience


def test_it_waits_twice_the_estimate_and_five_seconds():
    patience = Patience()
    assert not patience.has_ended(1e9)
    patience.expect(2.0, 10.0)
    assert not patience.has_ended(18.9)
    assert patience.has_ended(19.0)
    patience.expect(None, 20.0)
    assert not patience.has_ended(1e9)


def test_the_cloud_is_believed_until_it_has_said_it_too_often():
    patience = Patience()
    believed: list[bool] = []
    for _ in range(MAX_ASKED):
        assert patience.ask(30.0) == [AskCloud()]
        assert patience.asking
        believed.append(patience.believes(speaking=True))
    assert believed == [True, True, False]
    patience.renew()
    patience.ask(60.0)
    assert patience.believes(speaking=True)
    patience.ask(60.0)
    assert not patience.believes(speaking=False)


def test_the_channel_is_opened_anew_once():
    patience = Patience()
    assert patience.reopen(0.0) == [Reopen()]
    assert patience.has_ended(30.0)
    assert patience.reopen(30.0) == []
