"""`trunkline explain`: the reasons behind a ticket, or behind what would be done with a mail."""

from pathlib import Path

from services.composition.errors import CannotStart
from services.composition.operating import operator
from services.composition.parsing import read_one
from services.intake.mail import Envelope, build, fingerprint
from services.router.configuration import Configuration
from services.router.deciding import spam
from services.router.deciding.evidence import needs, read
from services.router.deciding.inbound import decide_inbound
from services.router.learning import Learning
from services.router.store import Store
from shared.clock import now
from shared.messages.changeset import AddMessage, OpenTicket, Quarantine, QueueDelivery
from shared.messages.learning import SUGGESTED, Suggestion
from shared.messages.parts import Reason
from shared.messages.ticket import EventView, TicketView
from shared.secrets import from_settings, load_or_create
from shared.settings import Settings


async def explain(what: str, settings: Settings) -> None:
    """Print why: for a ticket's number what was decided, for a file what would be. Raises `CannotStart` for neither."""
    digits = what.removeprefix("T-").removeprefix("t-")
    if digits.isdigit():
        async with operator(settings) as running:
            ticket = await running.ticket(int(digits))
        if ticket is None:
            raise CannotStart(f"there is no ticket T-{digits}")
        _ticket(ticket)
        return
    if not Path(what).is_file():
        raise CannotStart(f"{what} is neither a ticket's number nor a file")
    await _mail(Path(what), settings)


def _ticket(ticket: TicketView) -> None:
    print(f"{ticket.number}  {ticket.subject}  ({ticket.status})")
    for choice, reason in ticket.reasons.items():
        print(chosen(ticket, choice, reason))
    for target, one in ticket.suggestions.items():
        print(f"  {told(target, one)}")
    for message in ticket.messages or []:
        if message.routed_by is not None:
            print(f"  message of {message.created_at:%Y-%m-%d %H:%M} from {message.author}: {why(message.routed_by)}")
    for event in ticket.events or []:
        if event.what == "not_acknowledged":
            print(f"  not acknowledged: {event.data.get('why')}")
        elif event.what == "rule_ran":
            print(
                f"  rule {event.data.get('rule')} ran on {event.data.get('on')} at {event.at:%Y-%m-%d %H:%M}: {_ran(event)}"
            )


def _ran(event: EventView) -> str:
    """Why a rule ran, and what it did."""
    did = ", ".join(f"{name} = {value}" for name, value in event.data.get("did", {}).items()) or "nothing new"
    skipped = "".join(f"; not {name}: {reason}" for name, reason in event.data.get("skipped", {}).items())
    return f"because {'; '.join(event.data.get('why', ())) or 'it has no conditions'}; did {did}{skipped}"


def chosen(owner: TicketView | OpenTicket, choice: str, reason: Reason) -> str:
    """One choice in one line: what was chosen, where it is a word (the clocks of a policy are none), and why."""
    value = getattr(owner, choice, None)
    word = f"{value}  " if isinstance(value, str) and value else ""
    return f"  {choice}: {word}{why(reason)}"


def why(reason: Reason) -> str:
    """A reason in one line."""
    return f"by {reason.rule} ({reason.evidence}), confidence {reason.confidence:g}"


def told(target: str, one: Suggestion) -> str:
    """What the learnt classifier said, in one line."""
    did = "decided by" if one.decided else "suggested by"
    return f"{target} {did} model {one.model}: {one.value} (words like {', '.join(one.words)}), confidence {one.confidence:g}"


async def _mail(path: Path, settings: Settings) -> None:
    raw, parsed = await read_one(str(path))
    routes = tuple(inbox.name for inbox in settings.email_inboxes[:1]) or ("support",)
    recipients = tuple(address.address for address in (*parsed.to, *parsed.cc))
    envelope = Envelope("explain", "127.0.0.1", parsed.from_.address if parsed.from_ else "", recipients, routes)
    inbound, _ = build(parsed, raw, fingerprint(raw), envelope, now())
    async with operator(settings) as running:
        keyring = from_settings(settings) or load_or_create(settings.data).keyring
        configuration = Configuration(running.bus.jetstream(), keyring)
        await configuration.load(5)
        await Learning(running.bus, configuration.use).look()
        policy = configuration.policy
        pair = (inbound, read(inbound, policy))
        request = needs([pair])
        request.words = spam.asked([pair], True, policy)
        facts = await Store(running.bus).facts(request)
        changeset = decide_inbound(inbound, facts, policy, now())
    if changeset.ledger is not None:
        because = f" ({changeset.ledger.reason})" if changeset.ledger.reason else ""
        print(f"would count as {changeset.ledger.outcome}{because} in inbox {changeset.ledger.inbox}")
    for operation in changeset.operations:
        if isinstance(operation, OpenTicket):
            print("would open a ticket")
            for choice, reason in operation.reasons.items():
                print(chosen(operation, choice, reason))
            for target, one in operation.state.get(SUGGESTED, {}).items():
                print(f"  {told(target, Suggestion.model_validate(one))}")
        elif isinstance(operation, AddMessage):
            ticket = facts.tickets.get(operation.ticket_id)
            if ticket is not None and operation.routed_by:
                print(f"would join T-{ticket.number} {why(operation.routed_by)}")
        elif isinstance(operation, Quarantine):
            print(f"would be held back {why(operation.reason)}")
        elif isinstance(operation, QueueDelivery):
            print(f"would acknowledge to {operation.outbound.to[0].address} in {operation.outbound.language}")
