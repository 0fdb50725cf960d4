import pytest

from bridge.errors import BridgeError, QueueFull
from bridge.gateway.describe import catalogue as module
from bridge.gateway.describe.catalogue import catalogue


@pytest.fixture(autouse=True)
def fresh() -> None:
    catalogue.cache_clear()


def test_an_error_is_catalogued_with_all_that_people_need() -> None:
    (found,) = [error for error in catalogue() if error.code == QueueFull.code]
    assert (found.number, found.status, found.retryable) == (4004, 429, True)
    assert found.meaning
    assert found.advice


def test_numbers_and_codes_are_given_once_and_in_order() -> None:
    numbers = [error.number for error in catalogue()]
    assert numbers == sorted(set(numbers))
    codes = [error.code for error in catalogue()]
    assert len(codes) == len(set(codes))
    assert BridgeError.code in codes


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("[queue_full]", "[queue_fool]"), "nothing about queue_full"),
        (("[queue_full]", "[no_such]\nnumber = 9\nadvice = 'x'\n\n[queue_full]"), "no no_such"),
        (("number = 4004", "number = 4005"), "4005 is given twice"),
    ],
)
def test_what_does_not_fit_the_code_is_told(
    change: tuple[str, str], complaint: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path_factory.mktemp("texts") / "errors.toml"
    changed.write_text(module.TEXTS.read_text("utf-8").replace(*change), "utf-8")
    monkeypatch.setattr(module, "TEXTS", changed)
    with pytest.raises(LookupError, match=complaint):
        catalogue()
