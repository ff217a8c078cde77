"""``store.query.health``: what the watchdog wants to know of the database, the disk and the intake stream."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import structlog
from nats.errors import Error as BusClientError
from nats.js.errors import Error as JetStreamError
from nats.js.errors import KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue
from sqlalchemy import case, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Delivery, Outbox, table
from services.store.reading import QueryContext
from shared.bus import subjects
from shared.bus.janitor import stored_at
from shared.messages.mailbox import MailboxState
from shared.messages.ticket import HealthAnswer, HealthQuery, MailboxHealth

log = structlog.get_logger(__name__)

_delivery, _outbox = table(Delivery), table(Outbox)
# In these very words, because the index over open deliveries is a partial one.
_OPEN = text("state IN ('queued', 'sending')")
# What an agent is told may be of last night: it waits since it was queued, or tried.
_SINCE = case((_delivery.c.agent_id != "", _delivery.c.updated_at), else_=_delivery.c.created_at)


async def read_health(context: QueryContext, _: HealthQuery) -> HealthAnswer:
    """The state of what waits. A delivery is as old as the wish to send it, however often it was tried; ``last_received`` is left
    empty when the bus does not answer. Raises DatabaseUnavailable."""
    async with context.reader.snapshot() as connection:
        answer = HealthAnswer(
            oldest_delivery_at=await connection.scalar(
                select(func.min(_SINCE, type_=_delivery.c.created_at.type)).where(_OPEN)
            ),
            outbox_waiting=await connection.scalar(select(func.count()).select_from(_outbox)) or 0,
            last_errors=await _last_errors(connection),
        )
        answer.waiting, answer.waiting_since = await _waiting(connection)
    answer.disk_free = await asyncio.to_thread(_free, context.data)
    answer.last_received = await _last_received(context)
    answer.mailboxes = await _mailboxes(context)
    return answer


async def _waiting(connection: AsyncConnection) -> tuple[dict[str, int], dict[str, datetime]]:
    """How many deliveries of each inbox wait, and since when."""
    oldest = func.min(_SINCE, type_=_delivery.c.created_at.type)
    statement = select(_delivery.c.inbox, func.count(), oldest).where(_OPEN).group_by(_delivery.c.inbox)
    rows = (await connection.execute(statement)).all()
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


async def _last_errors(connection: AsyncConnection) -> dict[str, str]:
    """The newest error of each inbox, among the deliveries that still wait."""
    newest = (
        select(_delivery.c.inbox, func.max(_delivery.c.updated_at).label("at"))
        .where(_OPEN, _delivery.c.error != "")
        .group_by(_delivery.c.inbox)
        .subquery()
    )
    statement = (
        select(_delivery.c.inbox, _delivery.c.error)
        .join(newest, (newest.c.inbox == _delivery.c.inbox) & (newest.c.at == _delivery.c.updated_at))
        .where(_OPEN, _delivery.c.error != "")
    )
    return dict((await connection.execute(statement)).all())


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        log.warning("free space is not known", folder=str(folder), error=str(error))
        return None


async def _last_received(context: QueryContext) -> dict[str, datetime]:
    """When each configured inbox last received something: the stream knows it at once, the database would have to search."""
    received: dict[str, datetime] = {}
    for inbox in context.settings.inbox:
        try:
            last = await context.js.get_last_msg(subjects.INTAKE, subjects.intake(inbox.channel, inbox.name))
        except NotFoundError:
            continue
        except (BusClientError, TimeoutError) as error:
            log.warning("the bus did not tell when an inbox last received", inbox=inbox.name, error=str(error))
            break
        received[inbox.name] = datetime.fromtimestamp(stored_at(last), UTC)
    return received


async def _mailboxes(context: QueryContext) -> dict[str, MailboxHealth | None]:
    """What the reader of each mailbox, and of each Telegram bot, says in its lease: null where none reads. Empty while the bus is away."""
    inboxes = context.settings.inbox
    leases = {
        each.name: subjects.mailbox_lease(each.name) for each in inboxes if getattr(each, "receive", "") == "imap"
    }
    leases |= {each.name: subjects.bot_lease(each.name) for each in inboxes if each.channel == "telegram"}
    found: dict[str, MailboxHealth | None] = {}
    if not leases:
        return found
    try:
        bucket = await context.js.key_value(subjects.LEASES)
        for inbox, lease in leases.items():
            found[inbox] = await _mailbox(bucket, lease)
    except (BusClientError, JetStreamError, TimeoutError) as error:
        log.warning("the bus did not tell how mailboxes are", error=str(error))
    return found


async def _mailbox(bucket: KeyValue, lease: str) -> MailboxHealth | None:
    try:
        state = MailboxState.read((await bucket.get(lease)).value or b"")
    except KeyNotFoundError:
        return None
    if state is None:
        return None
    return MailboxHealth.model_validate({name: getattr(state, name) for name in MailboxHealth.model_fields})
