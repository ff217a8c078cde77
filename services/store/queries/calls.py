"""``store.query.caller`` and ``store.query.told``: what intake asks while somebody is on the phone."""

from sqlalchemy import select

from services.store.models import Cause, Contact, ContactPoint, table
from services.store.reading import QueryContext
from shared.messages.calls import CallerAnswer, CallerQuery, ToldAnswer, ToldQuery, ToldStatus
from shared.messages.facts import point_key

_cause, _contact, _point = table(Cause), table(Contact), table(ContactPoint)


async def find_caller(context: QueryContext, query: CallerQuery) -> CallerAnswer:
    """The language of the contact with this number, by phone or by WhatsApp. Raises DatabaseUnavailable."""
    keys = [point_key(kind, query.number) for kind in ("phone", "whatsapp")]
    statement = (
        select(_contact.c.language)
        .join(_point, _point.c.contact_id == _contact.c.id)
        .where(_point.c.key.in_(keys), _contact.c.language.is_not(None))
        .order_by(_point.c.kind)
        .limit(1)
    )
    async with context.reader.snapshot() as connection:
        return CallerAnswer(language=await connection.scalar(statement))


async def find_told(context: QueryContext, query: ToldQuery) -> ToldAnswer:
    """What was decided about an enquiry, if anything was yet. Raises DatabaseUnavailable."""
    statement = select(_cause.c.result).where(_cause.c.id == query.cause.replace("\0", "\ufffd"))
    async with context.reader.snapshot() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return ToldAnswer()
    told = row.result.get("told")
    return ToldAnswer(decided=True, status=ToldStatus.model_validate(told) if told else None)
