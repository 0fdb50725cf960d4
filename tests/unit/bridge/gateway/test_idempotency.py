from hypothesis import given
from hypothesis import strategies as st

from bridge.gateway import idempotency
from bridge.gateway.idempotency import KEPT_S, Done, Fresh, IdempotencyStore, Mismatch, Running


def test_a_repeated_request_gets_the_first_answer() -> None:
    store = IdempotencyStore[str]()
    assert store.begin("k", b"a", 0) == Fresh()
    assert store.begin("k", b"a", 1) == Running()
    assert store.begin("k", b"b", 1) == Mismatch()
    store.finish("k", "answer", 2)
    assert store.begin("k", b"a", 3) == Done("answer")
    assert store.begin("k", b"b", 3) == Mismatch()


def test_an_answer_is_kept_for_ten_minutes_after_it_was_given() -> None:
    store = IdempotencyStore[str]()
    store.begin("k", b"a", 0)
    store.finish("k", "answer", 100)
    assert store.begin("k", b"a", 100 + KEPT_S - 1) == Done("answer")
    assert store.begin("k", b"b", 100 + KEPT_S) == Fresh()


def test_a_forgotten_request_is_fresh_again() -> None:
    store = IdempotencyStore[str]()
    store.begin("k", b"a", 0)
    store.forget("k")
    assert store.begin("k", b"b", 1) == Fresh()


def test_what_a_session_answered_is_forgotten_with_its_visitor() -> None:
    store = IdempotencyStore[str]()
    for key in ("me POST /v1/sessions/one/say 1", "me POST /v1/sessions/two/say 1", "me POST /v1/sessions/one/say 2"):
        store.begin(key, b"a", 0)
    store.finish("me POST /v1/sessions/one/say 1", "heard", 1)
    store.finish("me POST /v1/sessions/two/say 1", "heard", 1)
    store.forget_all(" /v1/sessions/one/")
    assert store.begin("me POST /v1/sessions/one/say 1", b"b", 2) == Fresh()
    assert store.begin("me POST /v1/sessions/two/say 1", b"a", 2) == Done("heard")
    assert store.begin("me POST /v1/sessions/one/say 2", b"a", 2) == Running()


def test_a_running_request_never_expires() -> None:
    store = IdempotencyStore[str]()
    store.begin("k", b"a", 0)
    store.begin("other", b"a", 0)
    store.finish("other", "x", 0)
    assert store.begin("k", b"a", 10 * KEPT_S) == Running()
    assert store.begin("other", b"a", 10 * KEPT_S) == Fresh()


def test_the_oldest_answer_makes_room() -> None:
    store = IdempotencyStore[int]()
    store.begin("running", b"", 0)
    for number in range(idempotency.MAX_KEPT):
        store.begin(f"k{number}", b"", 1)
        store.finish(f"k{number}", number, 1)
    assert store.begin("k1", b"", 2) == Done(1)
    assert store.begin("running", b"", 2) == Running()
    assert store.begin("k0", b"", 2) == Fresh()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["begin", "finish", "forget"]),
            st.sampled_from("kl"),
            st.sampled_from([b"a", b"b"]),
            st.sampled_from([0.0, 1.0, 300.0, 601.0]),
        ),
        max_size=40,
    )
)
def test_it_agrees_with_a_naive_model(steps: list[tuple[str, str, bytes, float]]) -> None:
    store = IdempotencyStore[int]()
    model: dict[str, tuple[bytes, float | None, int]] = {}
    now = 0.0
    for number, (step, key, fingerprint, passed) in enumerate(steps):
        now += passed
        known = model.get(key)
        if step == "begin":
            if known is not None and known[1] is not None and now - known[1] >= KEPT_S:
                known = None
            if known is None:
                expected: object = Fresh()
                model[key] = (fingerprint, None, 0)
            elif known[0] != fingerprint:
                expected = Mismatch()
            else:
                expected = Running() if known[1] is None else Done(known[2])
            assert store.begin(key, fingerprint, now) == expected
        elif known is not None and known[1] is None:
            if step == "finish":
                store.finish(key, number, now)
                model[key] = (known[0], now, number)
            else:
                store.forget(key)
                del model[key]
