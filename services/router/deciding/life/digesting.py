"""News that is told later: kept in quiet hours and for digests, and told together by a timer of the agent's.

What is kept has its timer, in the same changeset. The agent's key changes with both, so that nothing is kept without one: a router that
is telling just now decides again, and tells that as well. What is told is removed by its ids in the changeset that queues the message,
so it is told once, however often the timer comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.router.deciding.draft import Draft
from services.router.deciding.life import choosing
from services.router.deciding.life.choosing import Later, Reader
from services.router.deciding.policy import Policy
from services.router.deciding.senders import Way
from shared.identity import derive
from shared.messages.agents import AddNews, NewsFact, RemoveNews
from shared.messages.changeset import CancelTimer, QueueDelivery, SetTimer
from shared.messages.facts import Facts, agent_key
from shared.messages.outbound import Outbound, TimerDue
from shared.messages.parts import Address
from shared.secrets.shortcode import short_code
from shared.texts import MissingVariable, UnknownText, text

TIMER: Final = "digest"
"""The kind of the timers; their ids are ``quiet:<agent_id>`` and ``digest:<agent_id>``."""
TEMPLATE: Final = "agent.digest"
MOST_TICKETS, MOST_OF_TICKET = 20, 4
_WORDS, _MOST_WORDS, _SUBJECT = 160, 3, 80
AT_ONCE: Final = 500
"""So much the store gives at a time; after as much there may be more."""


def keep(draft: Draft, news: AddNews, later: Later) -> None:
    """Tell it later. The agent's key is not relied on: whatever else was decided, this is to be told."""
    timer_id = f"{later.why}:{news.agent_id}"
    draft.operations += [news, SetTimer(timer_id=timer_id, kind=TIMER, due_at=later.at)]
    draft.bumps[agent_key(news.agent_id)] = None


def agents(timers: Sequence[TimerDue]) -> list[str]:
    """The ids of the agents whose timers are among these."""
    return [timer.timer_id.partition(":")[2] for timer in timers if timer.kind == TIMER]


def due(timer: TimerDue, facts: Facts, policy: Policy, now: datetime, draft: Draft) -> None:
    """Tell an agent all that is kept for them, in one message; in quiet hours, when these are over. Of an agent who is no more it is
    forgotten. Whether the timer was set anew meanwhile does not matter: what is kept is told."""
    (agent_id,) = agents([timer])
    key = agent_key(agent_id)
    if key in facts.versions:
        draft.rely(facts, key)
    draft.operations.append(CancelTimer(timer_id=timer.timer_id))
    kept = facts.news.get(agent_id, [])
    if not kept:
        return
    draft.bumps[key] = None
    person = choosing.by_id(agent_id, facts)
    quiet = person.choice.quiet if person is not None else None
    if quiet is not None and choosing.is_quiet(quiet, now):
        at = choosing.quiet_until(quiet, now)
        draft.operations.append(SetTimer(timer_id=timer.timer_id, kind=TIMER, due_at=at))
        return
    if person is not None:
        _tell(timer, person, kept, policy, now, draft)
    draft.operations.append(RemoveNews(agent_id=agent_id, news_ids=[each.news_id for each in kept]))
    if len(kept) >= AT_ONCE:
        draft.operations.append(SetTimer(timer_id=timer.timer_id, kind=TIMER, due_at=now))


def _tell(timer: TimerDue, person: Reader, kept: list[NewsFact], policy: Policy, now: datetime, draft: Draft) -> None:
    way, event = _way(person, kept, policy)
    if way is None:
        return
    language = person.language(policy)
    tickets = list(dict.fromkeys(each.ticket_id for each in kept))
    # What is all about one ticket can be answered.
    one = kept[0].ticket_id if len(tickets) == 1 else None
    delivery_id = derive("delivery", timer.cause, person.agent_id)
    variables: dict[str, Any] = {
        "count": len(kept),
        "text": listed(kept, language),
        "url": policy.telling.public_url,
    }
    outbound = Outbound(
        delivery_id=delivery_id,
        ticket_id=one,
        ticket_number=kept[0].ticket_number if one else 0,
        channel=way.channel,
        inbox=way.inbox,
        kind="alert",
        to=[Address(address=way.point.value)],
        language=language,
        subject=text(f"{TEMPLATE}.subject", language, count=len(kept)),
        template=TEMPLATE,
        variables=variables,
        automatic=True,
        created_at=now,
        seen_at=max(each.at for each in kept),
        agent_id=person.agent_id,
        event=event,
        internal=any(bool(each.variables.get("internal")) for each in kept),
        code=short_code(policy.keyring, delivery_id) if one and way.channel != "email" else "",
    )
    draft.operations.append(QueueDelivery(outbound=outbound))


def _way(person: Reader, kept: list[NewsFact], policy: Policy) -> tuple[Way | None, str]:
    """Where it goes, as the first of the news that is to go anywhere; and that one's kind."""
    mail_inbox = next(iter(policy.email_inboxes), "")
    for each in kept:
        wanted = choosing.channels(person.choice, each.event, each.priority)
        ways = choosing.ways(person, wanted, mail_inbox, policy)
        if ways:
            return ways[0], each.event
    return None, ""


# -- in words -----------------------------------------------------------------------------------------------------------


@dataclass
class _Line:
    """Something that has happened, how often, and what was said, the newest last."""

    title: str
    times: int = 0
    words: list[str] = field(default_factory=list)


def listed(kept: Sequence[NewsFact], language: str) -> str:
    """The news by ticket, in the order in which they came: number and subject, what has happened, and the beginning of what was said last.
    Bounded: at most so many tickets, and of each so many lines."""
    by_ticket: dict[str, list[NewsFact]] = {}
    for each in kept:
        by_ticket.setdefault(each.ticket_id, []).append(each)
    shown = [_ticket(news, language) for news in list(by_ticket.values())[:MOST_TICKETS]]
    more = len(by_ticket) - len(shown)
    return "\n\n".join([*shown, *([text(f"{TEMPLATE}.more", language, count=more)] if more else [])])


def _ticket(news: list[NewsFact], language: str) -> str:
    last = news[-1]
    subject = str(last.variables.get("subject", last.subject))[:_SUBJECT]
    lines: dict[str, _Line] = {}
    for each in news:
        line = lines.setdefault(each.template, _Line(_title(each, language)))
        line.times += 1
        line.words.append(_short(str(each.variables.get("text") or "")))
    told = [_said(line) for line in list(lines.values())[:MOST_OF_TICKET]]
    return "\n".join([f"T-{last.ticket_number} {subject}".rstrip(), *told])


def _said(line: _Line) -> str:
    words = " / ".join([each for each in line.words if each not in ("", "-")][-_MOST_WORDS:])
    times = f" (×{line.times})" if line.times > 1 else ""
    return f"- {line.title}{times}" + (f": {words}" if words else "")


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _WORDS else f"{words[: _WORDS - 1].rstrip()}…"


def _title(news: NewsFact, language: str) -> str:
    """What has happened, without the ticket's subject, which stands above."""
    try:
        known = {"customer": text("alert.customer", language), **news.variables, "subject": ""}
        title = text(f"{news.template}.subject", language, **known).strip()
    except (UnknownText, MissingVariable):
        return news.event  # kept by another version, whose texts are not these
    return f"{title[:1].upper()}{title[1:]}".rstrip(":–-, ")
