"""``store.query.html``: what is shown of one message, whole. Not here: a ticket with all its messages, shortened to fit an answer."""

from sqlalchemy import select

from services.store.models import Message, Ticket, table
from services.store.reading import QueryContext
from shared.messages.ticket import HtmlAnswer, HtmlQuery

_message, _ticket = table(Message), table(Ticket)
_LARGEST = 2**31 - 1


async def read_html(context: QueryContext, query: HtmlQuery) -> HtmlAnswer:
    """The message, if it is in that ticket. It fits the answer: it came in one request. Raises DatabaseUnavailable."""
    if not 0 < query.number <= _LARGEST:
        return HtmlAnswer()
    statement = (
        select(_message.c.html, _message.c.text, _message.c.attachments)
        .join(_ticket, _ticket.c.id == _message.c.ticket_id)
        .where(_message.c.id == query.message_id.replace("\0", "\ufffd"), _ticket.c.number == query.number)
    )
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        return HtmlAnswer()
    # Beside the HTML the text says nothing more.
    text = "" if row["html"] is not None else row["text"]
    return HtmlAnswer(found=True, html=row["html"], text=text, attachments=row["attachments"])
