"""What the audience of a session has written, until somebody is answered or dismissed. Pure."""

from collections import OrderedDict, deque
from dataclasses import dataclass, replace

from bridge.errors import MessageNotFound, MessageOver, QueueFull
from bridge.session.events import AudienceState

MAX_WAITING = 200
KEPT = 50
"""Messages that are over and still shown; the oldest is forgotten."""
OVER: frozenset[AudienceState] = frozenset({"answered", "dismissed"})


@dataclass(frozen=True, slots=True)
class Written:
    """One message of the audience; `who` is a name to show, `state` how far it has got."""

    message_id: str
    text: str
    who: str | None = None
    state: AudienceState = "waiting"


class Audience:
    """The messages in the order in which they came; unknown ids raise MessageNotFound."""

    def __init__(self) -> None:
        self._messages: OrderedDict[str, Written] = OrderedDict()
        self._picked: deque[str] = deque()
        self._news: OrderedDict[str, Written] = OrderedDict()

    @property
    def messages(self) -> tuple[Written, ...]:
        """All that wait or are being answered, and the last 50 that are over."""
        return tuple(self._messages.values())

    def add(self, message: Written) -> None:
        """Take a message. Raises QueueFull while 200 wait, or are to be answered."""
        if sum(each.state not in OVER for each in self._messages.values()) >= MAX_WAITING:
            raise QueueFull(f"{MAX_WAITING} messages of the audience wait; answer or dismiss some first")
        self._messages[message.message_id] = message
        self._news[message.message_id] = message

    def pick(self, message_id: str) -> Written:
        """Choose a message to be answered after those that were chosen before. Raises MessageOver."""
        message = self._open(message_id)
        if message.state == "waiting":
            self._picked.append(message_id)
            message = self._set(message_id, "answering")
        return message

    def dismiss(self, message_id: str) -> None:
        """Let a message go without an answer. Raises MessageOver."""
        self._open(message_id)
        if message_id in self._picked:
            self._picked.remove(message_id)
        self._set(message_id, "dismissed")

    def next(self, *, oldest: bool) -> Written | None:
        """Return the message whose turn it is: the first that was picked, else with `oldest` the first that waits."""
        if self._picked:
            return self._messages[self._picked.popleft()]
        if not oldest:
            return None
        waiting = next((each for each in self._messages.values() if each.state == "waiting"), None)
        return None if waiting is None else self._set(waiting.message_id, "answering")

    def answered(self, message_id: str) -> None:
        """Take note that the answer is over; a message that was dismissed meanwhile stays so."""
        message = self._messages.get(message_id)
        if message is not None and message.state == "answering":
            self._set(message_id, "answered")

    def put_back(self, message_id: str) -> None:
        """Let a message wait again: it could not be answered."""
        if message_id in self._messages and self._messages[message_id].state == "answering":
            self._set(message_id, "waiting")

    def give_up(self, message_id: str) -> None:
        """Dismiss a message that cannot be answered."""
        if message_id in self._messages and self._messages[message_id].state == "answering":
            self._set(message_id, "dismissed")

    def clear(self) -> None:
        """Forget all messages."""
        self._messages.clear()
        self._picked.clear()
        self._news.clear()

    def news(self) -> tuple[Written, ...]:
        """Return the messages that have come or changed since the last call."""
        news = tuple(self._news.values())
        self._news.clear()
        return news

    def _open(self, message_id: str) -> Written:
        message = self._messages.get(message_id)
        if message is None:
            raise MessageNotFound("the audience has written no such message, or it is forgotten")
        if message.state in OVER:
            raise MessageOver(f"this message was {message.state} already")
        return message

    def _set(self, message_id: str, state: AudienceState) -> Written:
        message = self._messages[message_id] = replace(self._messages[message_id], state=state)
        self._news[message_id] = message
        over = [each.message_id for each in self._messages.values() if each.state in OVER]
        for old in over[: max(0, len(over) - KEPT)]:
            del self._messages[old]
        return message
