from dialog.toolcalls import MAX_ARGUMENTS, MAX_CALLS, ToolCall, ToolCalls


def test_pieces_of_several_calls_are_put_together():
    calls = ToolCalls()
    calls.add(1, id="b", name="time", arguments="")
    calls.add(0, id="a", name="room", arguments='{"per')
    calls.add(0, id=None, name=None, arguments='son": "Li"}')
    calls.add(0, id="a", name="room", arguments=None)
    calls.add(2, id=None, name="date", arguments="{}")
    assert calls.complete() == (
        ToolCall("a", "room", '{"person": "Li"}'),
        ToolCall("b", "time", ""),
        ToolCall("call-2", "date", "{}"),
    )
    assert not calls.overflow


def test_too_many_calls_and_too_long_arguments_are_dropped_and_told():
    calls = ToolCalls()
    for index in range(MAX_CALLS + 1):
        assert not calls.overflow
        calls.add(index, id=None, name="n", arguments="{}")
    assert calls.overflow
    assert len(calls.complete()) == MAX_CALLS
    calls = ToolCalls()
    calls.add(0, id=None, name="n" * 100, arguments="x" * MAX_ARGUMENTS)
    assert not calls.overflow
    calls.add(0, id=None, name=None, arguments="x")
    assert calls.overflow
    assert [(len(call.name), len(call.arguments)) for call in calls.complete()] == [(64, MAX_ARGUMENTS)]
