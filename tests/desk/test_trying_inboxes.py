"""Trying an inbox in the first run: only the answer to the very mail that was sent shows that mail comes in."""

from uuid import uuid4

import pytest

from shared.bus import subjects
from shared.clock import now
from shared.messages.inbound import Inbound
from shared.messages.signin import inbox_code
from tests.desk.browsing import Browser, agent, mails
from tests.desk.house import House
from tests.desk.test_contacts import ticket_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def comes_in(house: House, sender: str, subject: str) -> str:
    """A mail to the inbox comes in; gives the number of its ticket."""
    word = uuid4().hex
    fields = {
        "source_id": word, "channel": "email", "inbox": "support", "inboxes": ["support"], "received_at": now(),
        "correlation_id": word, "message_id": f"{word}@else.example", "from": {"address": sender},
        "points": [{"kind": "email", "value": sender}], "subject": subject, "text": word, "reply_text": word,
    }  # fmt: skip
    message = Inbound.model_validate(fields)
    subject = subjects.intake("email", "support")
    await house.contexts["intake"].publisher.publish(
        subjects.INTAKE, subject, message.encode(), message_id=message.bus_id
    )
    return str((await ticket_with(house, word))["number"])


async def test_only_an_answer_to_the_very_mail_shows_that_an_inbox_receives(house: House) -> None:
    admin, tester = await agent(house, "admin"), f"{uuid4().hex}@else.example"
    async with Browser(house) as browser:
        await browser.sign_in(admin)
        asked = (await browser.send("/set-up/inbox", inbox="support", to=tester)).headers["location"]
        told = (await mails(house, tester))[-1]
        assert told.variables["code"] in told.subject
        # The same sender, the same inbox, the right time, even another test's code: not that mail.
        chance = await comes_in(house, tester, "Hello")
        other = await comes_in(house, tester, f"Re: ({inbox_code('another')})")
        waiting = (await browser.get(asked)).text
        assert "Nothing from you has come in yet" in waiting
        assert chance not in waiting
        assert other not in waiting
        assert await comes_in(house, "from@elsewhere.example", f"RE: {told.subject}") in (await browser.get(asked)).text
