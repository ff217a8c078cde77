"""Writing and reading a ticket's record and life besides its columns: entries, links, agents."""

from collections.abc import Collection, Iterable
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection, Dialect, delete, func, select
from sqlalchemy import bindparam as bind
from sqlalchemy import literal_column as literal

from services.store import models
from services.store.dialects import insert
from services.store.models import HELD_OPEN, table
from services.store.script import Rows, Step
from services.store.statements import Lookup, Statement, changing, columns, look_up
from shared.messages.facts import Facts, FactsRequest, agent_key
from shared.messages.life import ChangeAgent, EntryFact, LinkFact, PutEntry, StaffFact, UnlinkTickets

_ENTRY, _LINK, _AGENT = table(models.Entry), table(models.TicketLink), table(models.Agent)
_TICKET, _KEY = table(models.Ticket), table(models.KeyVersion)

# Of a record that grew without end only the newest entries are looked at.
MOST_ENTRIES = 500
# More agents than a company has that answers its mail with this.
MOST_STAFF = 5_000


def _put_entry(dialect: str) -> Any:
    statement = insert(dialect, _ENTRY).inline()
    kept = ("data", "due_at", "done_at", "updated_at")
    return statement.on_conflict_do_update(
        index_elements=[_ENTRY.c.id], set_={name: statement.excluded[name] for name in kept}
    )


_PUT_ENTRY = Statement(_put_entry, columns(_ENTRY))
_UNLINK = Statement(
    lambda _: delete(_LINK).where(
        _LINK.c.ticket_id == bind("one"), _LINK.c.other_id == bind("other"), _LINK.c.kind == bind("how")
    ),
    [],
)


class AgentFields(BaseModel):
    """The columns of an agent that a `ChangeAgent` may set."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    role: str = ""
    public_name: str = ""
    languages: list[str] = []
    hours: str = ""
    capacity: int | None = None
    away_until: AwareDatetime | None = None
    last_given: AwareDatetime | None = None
    signatures: dict[str, str] = {}
    notify: dict[str, Any] | None = None
    blocked_at: AwareDatetime | None = None


def agent_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """``fields`` as values of columns. Raises `pydantic.ValidationError` for what an agent does not have."""
    values = AgentFields.model_validate(fields).model_dump(exclude_unset=True)
    if "notify" in values:
        values["notify"] = values["notify"] or None  # who chose nothing is not to be found among those who did
    return values


class Recording:
    """Entries, links and agents to be written in one transaction."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Any]] = {}
        self._moved: dict[str, dict[str, Any]] = {}
        self._unlinked: list[dict[str, Any]] = []
        self._agents: dict[str, dict[str, Any]] = {}

    def put(self, op: PutEntry) -> None:
        """An entry, new or changed."""
        self._entries[op.entry_id] = op.__dict__ | {"id": op.entry_id}

    def move(self, entry_ids: Iterable[str], ticket_id: str) -> None:
        """Entries that are another ticket's from now on."""
        self._moved |= {entry_id: {"ticket_id": ticket_id} for entry_id in entry_ids}

    def unlink(self, op: UnlinkTickets) -> None:
        """A link that is no more, whichever of the two was linked to the other."""
        for one, other in ((op.ticket_id, op.other_id), (op.other_id, op.ticket_id)):
            self._unlinked.append({"one": one, "other": other, "how": op.kind})

    def change_agent(self, op: ChangeAgent) -> None:
        """New values of an agent's columns."""
        self._agents.setdefault(op.agent_id, {}).update(agent_fields(op.fields))

    def steps(self, dialect: Dialect) -> list[Step]:
        """What is to be run, links before those that are written anew."""
        # In the order in which they were made, which is the same for every store that writes some of them.
        made = sorted(self._entries.values(), key=lambda row: (row["created_at"], row["id"]))
        steps = _PUT_ENTRY.steps(dialect, made)
        steps += changing(dialect, _ENTRY, self._moved)
        return steps + changing(dialect, _AGENT, self._agents)

    def unlinking(self) -> tuple[Statement, Iterable[dict[str, Any]]]:
        """The links that go, for the beginning of the transaction."""
        return _UNLINK, self._unlinked


_ENTRY_NAMES = ("id", "ticket_id", "kind", "data", "due_at", "done_at", "by", "created_at")


def _entries(some: Any) -> Any:
    newest = func.row_number().over(partition_by=_ENTRY.c.ticket_id, order_by=_ENTRY.c.seq.desc()).label("place")
    found = select(*(_ENTRY.c[name] for name in _ENTRY_NAMES), _ENTRY.c.seq, newest).where(some).subquery()
    shown = select(*(found.c[name] for name in _ENTRY_NAMES))
    return shown.where(found.c.place <= literal(str(MOST_ENTRIES))).order_by(found.c.seq)


_ENTRIES = Lookup(_ENTRY.c.ticket_id, _entries)
_LINK_COLUMNS = (_LINK.c.ticket_id, _LINK.c.other_id, _LINK.c.kind, _LINK.c.reason)
_LINKS_OUT = Lookup(
    _LINK.c.ticket_id, lambda some: select(*_LINK_COLUMNS).where(some).order_by(_LINK.c.ticket_id, _LINK.c.other_id)
)
_LINKS_IN = Lookup(
    _LINK.c.other_id, lambda some: select(*_LINK_COLUMNS).where(some).order_by(_LINK.c.ticket_id, _LINK.c.other_id)
)


def linked(connection: Connection, wanted: Iterable[str]) -> dict[str, list[LinkFact]]:
    """The links of these tickets, by ticket, seen from it."""
    tickets = set(wanted)
    found: dict[str, list[LinkFact]] = {}
    outward, inward = look_up(connection, (_LINKS_OUT, tickets), (_LINKS_IN, tickets))
    for rows, away in ((outward, True), (inward, False)):
        for one, other, kind, reason in rows:
            mine, its = (one, other) if away else (other, one)
            fact = LinkFact.model_construct(other_id=its, kind=kind, outward=away, reason=reason)
            found.setdefault(mine, []).append(fact)
    return found


_VERSIONS = Lookup(_KEY.c.key, lambda some: select(_KEY.c.key, _KEY.c.version).where(some))


def _last_agents(some: Any) -> Any:
    place = func.row_number().over(
        partition_by=_TICKET.c.contact_id, order_by=[_TICKET.c.created_at.desc(), _TICKET.c.number.desc()]
    )
    ranked = (
        select(_TICKET.c.contact_id, _TICKET.c.assignee, place.label("place"))
        .where(some, _TICKET.c.assignee.is_not(None))
        .subquery()
    )
    return select(ranked.c.contact_id, ranked.c.assignee).where(ranked.c.place == literal("1"))


_LAST_AGENTS = Lookup(_TICKET.c.contact_id, _last_agents)


def add_record(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """The entries of the tickets that came along, and all agents, as far as ``request`` asks for them; and who is one no longer."""
    if request.staff or request.choices or request.assignees or request.points_of or request.sign_in is not None:
        facts.blocked = dict(map(tuple, connection.execute(_BLOCKED)))
    if request.entries:
        (rows,) = look_up(connection, (_ENTRIES, set(facts.tickets)))
        for entry_id, ticket_id, *values in rows:
            named = dict(zip(_ENTRY_NAMES[2:], values, strict=True))
            fact = EntryFact.model_construct(entry_id=entry_id, ticket_id=ticket_id, **named)
            facts.entries.setdefault(ticket_id, []).append(fact)
    if request.staff:
        facts.staff = staff_of(connection)
        keys = {agent_key(agent.agent_id) for agent in facts.staff.values()}
        (rows,) = look_up(connection, (_VERSIONS, keys))
        facts.versions |= dict.fromkeys(keys, 0) | dict(map(tuple, rows))


def add_last_agents(connection: Connection, request: FactsRequest, facts: Facts) -> None:
    """Who had the last ticket of each contact that came along, if ``request`` asks for it."""
    if request.last_agents:
        ids = {contact.contact_id for contact in facts.contacts.values()}
        ids |= {ticket.contact_id for ticket in facts.tickets.values() if ticket.contact_id}
        (rows,) = look_up(connection, (_LAST_AGENTS, ids))
        facts.last_agents = dict(map(tuple, rows))


_STAFF_NAMES = (
    *("id", "email", "name", "role", "public_name", "languages"),
    *("hours", "capacity", "away_until", "last_given", "signatures"),
)
# Whoever works here no longer is nobody, wherever agents are asked for: forgetting to look at it must not let them in.
_STAFF = (
    select(*(_AGENT.c[name] for name in _STAFF_NAMES))
    .where(_AGENT.c.blocked_at.is_(None))
    .order_by(_AGENT.c.email)
    .limit(MOST_STAFF)
)
_BLOCKED = select(_AGENT.c.email, _AGENT.c.id).where(_AGENT.c.blocked_at.is_not(None)).order_by(_AGENT.c.email)
_HELD = select(_TICKET.c.assignee, func.count()).where(literal(f"({HELD_OPEN})")).group_by(_TICKET.c.assignee)


def staff_of(connection: Connection, ids: Collection[str] | None = None) -> dict[str, StaffFact]:
    """All agents, or those with these ids, by address."""
    wanted = _STAFF if ids is None else _STAFF.where(_AGENT.c.id.in_(sorted(ids)))
    held = _counts(connection.execute(_HELD).all())
    found = {}
    for agent_id, *values in connection.execute(wanted):
        named = dict(zip(_STAFF_NAMES[1:], values, strict=True))
        # A ticket may name its agent by id or by address.
        count = held.get(agent_id, 0) + held.get(str(named["email"]).lower(), 0)
        found[named["email"]] = StaffFact.model_construct(agent_id=agent_id, open=count, **named)
    return found


def held_by(connection: Connection, agent_id: str, most: int = 50) -> list[str]:
    """The first tickets that are not over and name this agent, by id or by address."""
    email = connection.execute(select(_AGENT.c.email).where(_AGENT.c.id == agent_id)).scalar_one_or_none()
    names = {agent_id, email or agent_id}
    wanted = select(_TICKET.c.id).where(literal(f"({HELD_OPEN})"), func.lower(_TICKET.c.assignee).in_(sorted(names)))
    return list(connection.execute(wanted.order_by(_TICKET.c.number).limit(most)).scalars())


def _counts(rows: Rows) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, count in rows:
        counts[name.lower()] = counts.get(name.lower(), 0) + count
    return counts
