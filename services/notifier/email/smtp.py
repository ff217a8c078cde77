"""Handing mails to the relays of an inbox: the first that takes them, the others when it does not."""

from collections.abc import Sequence

from services.notifier.email.compose import Mail
from services.notifier.email.relay import Refused, RelayPool, Session, Timeouts
from services.notifier.email.transfer import Interrupted, Oversized, transfer
from services.notifier.sending import Misconfigured, Outcome, Throttled, Trouble, Unreachable
from shared.settings.relay import Relay


class SmtpPost:
    """The relays of one inbox, in the order in which they are to be tried."""

    def __init__(self, relays: Sequence[Relay], hostname: str, timeouts: Timeouts | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._pools = [RelayPool(relay, hostname, self._timeouts) for relay in relays]

    async def deliver(self, mail: Mail) -> Outcome:
        """Send ``mail`` through the first relay that takes it.

        Another relay is tried only while it is certain that none has the mail: when there was no session, or it ended before the
        content. What a relay says about the recipient or the content is final, for the next one would say it too. Raises `Oversized`:
        the mail was not sent, and a smaller one may be.
        """
        met: list[Trouble | Throttled] = []
        for pool in self._pools:
            if pool.down:
                met.append(pool.last or Unreachable(f"{pool.name} is down", pool.name))
                continue
            outcome = await self._through(pool, mail)
            if not isinstance(outcome, Unreachable | Misconfigured | Throttled):
                return outcome
            met.append(outcome)
        return _worth_trying(met)

    async def _through(self, pool: RelayPool, mail: Mail) -> Outcome:
        try:
            session = await pool.take()
            try:
                return await self._use(pool, session, mail)
            except Interrupted as interrupted:
                if session.mails == 1:
                    raise
                # A relay may close a session that was idle; that says nothing about the relay.
                del interrupted
            return await self._use(pool, await pool.take(fresh=True), mail)
        except Refused as refused:
            return refused.trouble
        except Interrupted as interrupted:
            trouble = Unreachable(str(interrupted), pool.name)
            pool.mark_down(trouble)
            return trouble

    async def _use(self, pool: RelayPool, session: Session, mail: Mail) -> Outcome:
        done = False
        try:
            outcome = await transfer(session, mail, pool.name, self._timeouts)
            done = True
            return outcome
        except Oversized:
            done = True
            raise
        finally:
            if done:
                pool.give_back(session)
            else:
                pool.discard(session)

    async def probe(self) -> Trouble | None:
        """None as soon as one relay takes us, else what the first one says."""
        troubles: list[Trouble] = []
        for pool in self._pools:
            try:
                pool.give_back(await pool.take())
            except Refused as refused:
                troubles.append(refused.trouble)
            else:
                return None
        return troubles[0]

    async def close(self) -> None:
        """Leave the relays."""
        for pool in self._pools:
            await pool.close()


def _worth_trying(met: Sequence[Trouble | Throttled]) -> Outcome:
    """What several relays' troubles amount to: the kind that gives most hope, with the texts of all."""
    text = "; ".join(dict.fromkeys(trouble.error for trouble in met))
    via = met[0].via
    for trouble in met:
        if isinstance(trouble, Throttled):
            return Throttled(text, trouble.retry_after, via)
    if any(isinstance(trouble, Unreachable) for trouble in met):
        return Unreachable(text, via)
    return Misconfigured(text, via)
