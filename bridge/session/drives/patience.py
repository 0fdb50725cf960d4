"""How long the Over of a drive is waited for, and what is done before it is given up. Pure."""

from bridge.session.drives.effects import AskCloud, Effect, Reopen

OVER_SLACK_S = 5.0
ANSWER_LIMIT_S = 30.0
"""How long the answer to AskCloud, or another channel, may take; none counts as silence."""
MAX_ASKED = 3
"""How often in a row the cloud may answer that it is still speaking without a status to show for it."""


class Patience:
    """The wait for one Over: first the cloud is asked, then the channel is opened anew, once."""

    def __init__(self) -> None:
        self.ends_at: float | None = None
        self.asking = False
        self._asked = 0
        self._reopened = False

    def expect(self, left_s: float | None, now: float) -> None:
        """Wait twice the estimate of what may still be spoken, plus 5 s; for ever if the cloud owes us nothing."""
        self.ends_at = None if left_s is None else now + 2 * left_s + OVER_SLACK_S

    def has_ended(self, now: float) -> bool:
        """Return whether the wait is over."""
        return self.ends_at is not None and now >= self.ends_at

    def renew(self) -> None:
        """Take note of a sign of life."""
        self._asked, self.asking = 0, False

    def ask(self, by: float) -> list[Effect]:
        """Ask the cloud whether it is still speaking, and wait for the answer until `by`."""
        self._asked += 1
        self.asking = True
        self.ends_at = by
        return [AskCloud()]

    def believes(self, *, speaking: bool) -> bool:
        """Take the cloud's answer; return whether it is a reason to wait on."""
        self.asking = False
        return speaking and self._asked < MAX_ASKED

    def reopen(self, now: float) -> list[Effect]:
        """Mistrust the channel: it may be dead although its end is not yet noticed. Nothing the second time."""
        if self._reopened:
            return []
        self._reopened = True
        self.renew()
        self.ends_at = now + ANSWER_LIMIT_S
        return [Reopen()]
