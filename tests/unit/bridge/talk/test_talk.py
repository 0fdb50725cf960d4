from bridge.settings import Settings
from bridge.talk.dialogs import Dialogs
from bridge.talk.talk import Talk


async def test_it_may_be_closed_twice() -> None:
    async with Talk(Dialogs.load(Settings())) as talk:
        await talk.aclose()
    await talk.aclose()
