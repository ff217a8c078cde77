"""The drill of retention: old tickets lose their words, or their files, by themselves when that is configured; and never else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.store.forgetting import task
from services.store.group import WorkUnit
from services.store.models import Message, Ticket, table
from shared.bus import rpc, subjects
from shared.clock import now
from shared.messages.parts import Attachment
from shared.messages.people import RetentionAnswer, RetentionQuery
from shared.settings.sections import Retention
from tests.desk.house import House
from tests.people.erasing import ledger, publish
from tests.people.patience import until
from tests.router.world import mail

TICKET, MESSAGE = table(Ticket), table(Message)
NAMES = ("ancient", "old", "fresh", "open")


async def rows(house: House) -> dict[str, dict[str, Any]]:
    """Tickets by their channel's sender, with what their messages say and hold."""
    async with house.store.reader.snapshot() as connection:
        columns = (TICKET.c.subject, TICKET.c.status, MESSAGE.c.text, MESSAGE.c.attachments, TICKET.c.product)
        found = select(*columns, MESSAGE.c.source_id, TICKET.c.number).join(MESSAGE, MESSAGE.c.ticket_id == TICKET.c.id)
        theirs = (await connection.execute(found.where(MESSAGE.c.direction == "in"))).mappings().all()
    return {
        name: dict(row)
        for row in theirs
        for name in NAMES
        if name == row["product"] or row["source_id"] == f"mail-{name}"
    }


async def age(house: House, name: str, days: int, status: str) -> None:
    """Make a ticket as if it had been over for so long."""
    at = now() - timedelta(days=days)
    values = {"status": status, "closed_at": at, "created_at": at, "product": name}
    ids = select(MESSAGE.c.ticket_id).where(MESSAGE.c.source_id == f"mail-{name}")
    await house.store.writer.submit(
        [WorkUnit(lambda c: c.execute(update(TICKET).where(TICKET.c.id.in_(ids)).values(values)))]
    )


async def drill(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await house.contexts["intake"].blobs.put(b"a log " * 5000)
    file = Attachment(filename="a.log", size=30000, sha256=key, blob=key)
    for name in NAMES:
        await publish(house, mail(f"{name}", f"{name}@retention.example", text="It leaks.", attachments=[file]))

    async def there() -> bool:
        return len(await rows(house)) == len(NAMES)

    await until(there)
    for name, days, status in (
        ("ancient", 900, "closed"),
        ("old", 400, "closed"),
        ("fresh", 3, "closed"),
        ("open", 900, "open"),
    ):
        await age(house, name, days, status)
    context = house.contexts["store"]
    forgetter = task.Forgetter(context, house.store.reader._database, house.store.writer)
    before = await ledger(house)
    assert await forgetter.forget_old() == 0  # off by default
    kept = Retention.model_validate({"words": "800d", "files": "365d"})
    settings = context.settings.model_copy(update={"retention": kept})
    object.__setattr__(context, "settings", settings)
    assert await forgetter.forget_old() == 2
    # A machine that has woken up in another year forgets no more than that: what has just happened says which year it is.
    with monkeypatch.context() as patched:
        patched.setattr(task, "now", lambda: now() + timedelta(days=3000))
        woken = task.Forgetter(context, house.store.reader._database, house.store.writer)
        assert await woken.forget_old() == 0
    await until(lambda: _done(forgetter))
    found = await rows(house)
    texts = {name: row["text"] for name, row in found.items()}
    assert texts == {"ancient": "", "old": "It leaks.", "fresh": "It leaks.", "open": "It leaks."}
    assert {name for name, row in found.items() if row["attachments"]} == {"fresh", "open"}
    assert found["ancient"]["subject"].startswith("(erased on 20")
    assert await house.contexts["store"].blobs.get(key), "others have the file still"
    assert (await ledger(house)).keys() == before.keys()
    assert await forgetter.forget_old() == 0
    answer = await rpc.request(house.contexts["operator"].bus, subjects.query("retention"), RetentionQuery().encode())
    assert RetentionAnswer.decode(answer) == RetentionAnswer(words=0, files=0)


async def _done(forgetter: task.Forgetter) -> bool:
    return await forgetter.forget_all() == 0
