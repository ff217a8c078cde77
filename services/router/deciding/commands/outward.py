"""What an agent writes to somebody outside, as they get it: under the agent's public name, above the agent's signature, and without the
agent's own addresses, numbers and ids, however they are written. What agents write to one another stays as it is.

For agents who speak for themselves (actor ``agent:…``), on whatever channel. An API token or an operator writes what it writes.
"""

from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.masking import for_customer, is_card, is_mail
from shared.messages import command as c
from shared.messages import gathering as g
from shared.messages import record as r
from shared.messages import talking as t
from shared.messages.automation import ApplyMacro, AskDetails
from shared.messages.facts import FactsRequest
from shared.messages.life import StaffFact
from shared.messages.parts import Attachment, Point

_OUTWARD = (
    *(c.Reply, c.Solve, t.WriteMessage, t.StartSide, t.WriteSide, g.AnswerCase, ApplyMacro, AskDetails),
    *(r.AddPromise, r.ChangeEntry, c.Change),
)
MOST_POINTS = 50
OWN_CHANNELS = ("email", "telegram", "sms", "whatsapp")
"""Where agents write from what is their own."""


def needs(command: c.Command, request: FactsRequest) -> None:
    """What must be known of the agent who writes."""
    if _agent_id(command) and isinstance(command.action, _OUTWARD):
        request.staff = request.choices = True


def _agent_id(command: c.Command) -> str:
    kind, _, agent_id = command.actor.partition(":")
    return agent_id if kind == "agent" else ""


def staff_of(do: Doing) -> StaffFact | None:
    """The agent whose command it is, as our records have them; null where none is known, and for whoever is no agent."""
    wanted = _agent_id(do.command)
    return next((each for each in do.facts.staff.values() if wanted in (each.agent_id, each.email)), None)


def own_points(do: Doing) -> list[Point]:
    """All by which the agent could be known or reached. What is the company's own is none of it: customers may know that."""
    wanted, facts = _agent_id(do.command), do.facts
    if not wanted:
        return []
    staff = staff_of(do)
    ids = {wanted, *([staff.agent_id] if staff else [])}
    choices = [each for each in facts.choices.values() if ids & {each.agent_id, each.email}]
    emails = [each.email for each in (*([staff] if staff else ()), *choices)]
    points = [Point(kind="email", value=each) for each in (*emails, *([wanted] if "@" in wanted else ()))]
    points += [point for each in choices for point in each.points]
    points += [Point(kind=each.kind, value=each.value) for each in facts.agent_points.values() if each.agent_id in ids]
    points += [point for each in facts.speakers.values() if each.agent.agent_id in ids for point in each.verified]
    unique = {(each.kind, each.value): each for each in points if each.value and not _is_ours(do, each.value)}
    return list(unique.values())[:MOST_POINTS]


def _is_ours(do: Doing, value: str) -> bool:
    return do.policy.is_own(value) or value in do.policy.own_numbers


def words(do: Doing, written: str, language: str, *, markup: bool = False) -> str:
    """What was written, as it goes out."""
    return for_customer(written, own_points(do), language, markup=markup)


def files(do: Doing, attachments: list[Attachment], language: str) -> list[Attachment]:
    """Attachments under names that tell nothing of the agent. What only says who wrote stays behind where it came from their own mail
    program or telephone. Raises `Refused` for a mail from there: its header has their address."""
    points = own_points(do)
    if points and do.command.channel in OWN_CHANNELS:
        attachments = [each for each in attachments if not is_card(each)]
        if mail := next((each for each in attachments if is_mail(each)), None):
            raise Refused(
                "invalid",
                f"attachments: {mail.filename[:100]!r} is a mail and has your address in it; save what it says",
                why="mail",
            )
    named = [(each, for_customer(each.filename, points, language)) for each in attachments]
    return [each if each.filename == name else each.model_copy(update={"filename": name}) for each, name in named]


def masked(do: Doing, want: c.Reply, language: str) -> c.Reply:
    """A reply, as it goes out and is kept."""
    if not own_points(do):
        return want
    changed = {
        "text": words(do, want.text, language),
        "html": None if want.html is None else words(do, want.html, language, markup=True),
        "attachments": files(do, want.attachments, language),
    }
    if not (want.text.strip() or want.html or changed["attachments"]):
        raise Refused("invalid", "text: must not be empty", why="empty")
    return want.model_copy(update=changed)


def author(do: Doing) -> str:
    """By which name they are known outside."""
    command, staff = do.command, staff_of(do)
    return command.public_name.strip() or (staff.public_name.strip() if staff else "") or command.actor_name


def speaks(do: Doing) -> bool:
    """Whether a person speaks for themselves, whose name the customer is to know."""
    return bool(_agent_id(do.command)) and author(do) != ""


def signature(do: Doing, language: str) -> str:
    """What stands below their answers in a language, else in the company's first that they have one in; empty: the inbox's own."""
    staff = staff_of(do)
    given = do.command.signature
    if not given and staff is not None:
        known = (staff.signatures.get(each, "") for each in (language, *do.policy.languages))
        given = next((each for each in known if each.strip()), "")
    return words(do, given, language)
