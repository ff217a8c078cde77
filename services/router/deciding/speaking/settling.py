"""What an agent said was done, as far as it could be: it is put down, and they are told what went to whom, what was done, and what not.

An answer that was refused because the ticket has moved on is held: they are shown what came meanwhile, and asked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.router.deciding import gathered, masking
from services.router.deciding.commands import collision
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from services.router.deciding.speaking import expiring
from services.router.deciding.speaking.echoing import NOT_SENT, Addressee, echo, glimpse, question, quoted
from services.router.deciding.speaking.hearing import shown_writing
from services.router.deciding.speaking.languages import language_of
from services.router.deciding.speaking.saying import MOVED_ON, Pending
from shared.identity import derive
from shared.messages.agents import Say, SettleSpoken, SpokenFact, Verdict
from shared.messages.changeset import Changeset
from shared.messages.command import CommandResult
from shared.messages.facts import Facts, FactsRequest, TicketFact
from shared.messages.life import StaffFact
from shared.messages.parts import Point
from shared.secrets.shortcode import short_code
from shared.speech import Spoken, parse
from shared.texts import text
from shared.texts.register import channel_name
from shared.texts.whynot import why_not

_SHOWN = 5
"""So much of what came meanwhile is shown."""
_GLIMPSE = {"sms": 30, "whatsapp": 200}
_DETAIL = {"sms": 120, "whatsapp": 800}
_LONGEST = 2_000
_DIGITS = 6
FAILED = "failed"
_SENT, _WORDS = "reply", ("reply", "note")
_FIELD = re.compile(r"\A[a-z_]{1,30}: (?=\S)")
"""The name of a parameter, which says something to programs only."""
_TELLING = ("status", "help")
"""What they say stands for itself."""
_NAMELESS = {collision.CUSTOMER: "register.customer", collision.COLLEAGUE: "agent.somebody"}


def needs(pending: Pending, done: CommandResult) -> FactsRequest:
    """What must be known to say what came of it."""
    number = _number(pending)
    return FactsRequest(
        spoken=[pending.spoken_id],
        numbers=[number],
        people_of=[number],
        customers=True,
        staff=True,
        deliveries=[each["delivery_id"] for each in _results(done) if each.get("delivery_id")],
    )


def settled(pending: Pending, done: CommandResult, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset for it: once for each time that it was tried."""
    draft, result = Draft(), {}
    spoken = facts.spoken.get(pending.spoken_id)
    agent = next((each for each in facts.staff.values() if f"agent:{each.agent_id}" == pending.command.actor), None)
    if spoken is not None and spoken.verdict == "taken":
        settling = _Settling(pending, done, spoken, agent, facts, policy, now, draft)
        result = settling.hold() if settling.moved_on else settling.end()
    return draft.changeset(f"spoken:{pending.command.command_id}", result=result, policy=policy.version)


def _number(pending: Pending) -> int:
    return _said(pending).number


def _said(pending: Pending) -> Say:
    action = pending.command.action
    assert isinstance(action, Say)
    return action


def _results(done: CommandResult) -> list[dict[str, Any]]:
    """How each of its commands ended; what was refused as a whole is one."""
    results = done.result.get("results")
    if isinstance(results, list) and results:
        return results
    if done.error is None:
        return []
    return [{"command": "", "line": "", "ok": False, "error": done.error, "detail": done.detail, **done.result}]


@dataclass(frozen=True)
class _Settling:
    pending: Pending
    done: CommandResult
    spoken: SpokenFact
    agent: StaffFact | None
    facts: Facts
    policy: Policy
    now: datetime
    draft: Draft

    @property
    def results(self) -> list[dict[str, Any]]:
        return _results(self.done)

    @property
    def moved_on(self) -> bool:
        """Whether somebody has written meanwhile, so that nothing at all was done."""
        results = self.results
        refused = any(each.get("error") == MOVED_ON for each in results)
        return refused and not any(each.get("ok") for each in results)

    @property
    def language(self) -> str:
        return language_of(self.agent.languages if self.agent else [], self.policy)

    @property
    def ticket(self) -> TicketFact | None:
        ticket_id = self.facts.numbers.get(_number(self.pending))
        return gathered.final(ticket_id, self.facts) if ticket_id else None

    def hold(self) -> dict[str, Any]:
        """It is held, and the agent asked whether it is to be sent all the same. Gives the changeset's result."""
        asked = {"ok": False, "error": MOVED_ON, "asked_at": self._shown_up_to()}
        spoken = self.spoken
        self.draft.operations += [
            SettleSpoken(
                spoken_id=spoken.spoken_id,
                verdict="held",
                reason=MOVED_ON,
                # All of them: how many there are makes each try a command of its own.
                results=[*spoken.results, asked],
                at=self.now,
            ),
            expiring.timer(spoken.spoken_id, self.ticket.ticket_id if self.ticket else None, self.now),
        ]
        code = short_code(self.policy.keyring, spoken.spoken_id)
        about = f"T-{self.ticket.number}" if self.ticket else "-"
        since = "\n".join(self._since())
        words = text("spoken.ask.moved", self.language, ticket=about, id=code, list=since)
        self._tell(words, "spoken.subject.held", asking=True)
        if self.agent is None or self.ticket is None:
            return {}
        return {"writing": shown_writing(self.agent, self.ticket, spoken.channel)}

    def _shown_up_to(self) -> str:
        """Up to when the agent is shown the ticket: what was written between the refusal and this moment they have not seen."""
        told = [str(each["at"]) for each in self.done.result.get("since") or [] if each.get("at")]
        return max(told, key=datetime.fromisoformat, default=self.now.isoformat())

    def end(self) -> dict[str, Any]:
        """It is over. Gives the changeset's result."""
        failed = self.done.error == FAILED
        verdict: Verdict = "refused" if failed else "done"
        kept = [{name: _bounded(value) for name, value in each.items()} for each in self.results]
        reason = self.done.error or ""
        self.draft.operations.append(
            SettleSpoken(
                spoken_id=self.spoken.spoken_id, verdict=verdict, reason=reason, results=kept[:60], at=self.now
            )
        )
        answered = "spoken.subject.note" if self.spoken.internal else "spoken.subject"
        self._tell("\n".join(self._lines()), answered if any(each.get("ok") for each in self.results) else NOT_SENT)
        return {}

    def _tell(self, words: str, title: str, *, asking: bool = False) -> None:
        spoken, agent = self.spoken, self.agent
        if agent is None or spoken.point is None:
            return
        buttons = question(spoken.spoken_id, self.language) if asking else None
        to = Addressee(
            agent,
            spoken.channel,
            spoken.inbox,
            spoken.point,
            self.pending.answers,
            self.pending.command.correlation_id,
        )
        delivery_id = derive("delivery", self.pending.command.command_id, "echo")
        self.draft.operations.append(
            echo(
                to,
                words,
                self.ticket,
                self.policy,
                self.now,
                delivery_id,
                buttons,
                internal=spoken.internal,
                title=title,
            )
        )

    # -- in words -------------------------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[str]:
        speech = parse(_said(self.pending).text)
        commands = {each.line: each for each in speech.commands}
        for each in self.results:
            yield self._line(each, commands.get(each.get("line") or 0), speech.text)
        done = {each.get("command") for each in self.results if each.get("ok")}
        if not self.results:
            yield text("spoken.nothing", self.language)
        if self.ticket is not None and self.ticket.status == "closed" and "close" not in done:
            yield text("spoken.closed", self.language, ticket=f"T-{self.ticket.number}")
        if self.pending.left_out:
            yield text("spoken.left_out", self.language, count=self.pending.left_out)
        asked = _number(self.pending)
        if self.ticket is not None and self.ticket.number != asked and "merge" not in done:
            yield text("spoken.merged", self.language, ticket=f"T-{asked}", request=f"T-{self.ticket.number}")

    def _line(self, each: dict[str, Any], spoken: Spoken | None, words: str) -> str:
        """How one of them ended: ``spoken`` is the command itself, null for ``words`` that belong to none."""
        command = str(each.get("command") or "")
        number = each.get("number") or (self.ticket.number if self.ticket else "-")
        if command not in _WORDS:  # of a merged ticket the result names the other one
            number = spoken.number if spoken is not None and spoken.number is not None else _number(self.pending)
        ticket = f"T-{number}"
        detail = why_not(each.get("why"), self.language) or str(each.get("detail") or each.get("error") or "")
        detail = _cut(self._masked(detail), self.spoken.channel)
        if not each.get("ok"):
            detail = _FIELD.sub("", detail)
            what = f"#{command}" if command and command not in _WORDS else text("spoken.words", self.language)
            return text("spoken.not", self.language, ticket=ticket, what=what, why=detail) if command else detail
        if command in _TELLING:
            return detail
        said = self._quoted(spoken.words if spoken is not None and spoken.name == command else words)
        if command == _SENT and each.get("delivery_id"):
            delivery = self.facts.deliveries.get(each["delivery_id"])
            channel = delivery.channel if delivery else self.ticket.channel if self.ticket else ""
            to = {"name": self._customer(), "way": channel_name(channel, self.language)}
            return text("spoken.sent", self.language, ticket=ticket, words=said, **to)
        if command in _WORDS:
            return text("spoken.noted", self.language, ticket=ticket, words=said)
        line = f"{ticket}: {detail or f'#{command}'}".rstrip(".")
        return line if line.endswith(("”", "…")) else f"{line}."

    def _quoted(self, words: str) -> str:
        files = ", ".join(each.filename for each in self.spoken.attachments)
        return quoted(words, self.spoken.channel) or glimpse(files, "", 100) or "-"

    def _since(self) -> Iterator[str]:
        found = self.done.result.get("since") or []
        channel = self.spoken.channel
        most = _GLIMPSE.get(channel, 300)
        for each in found[-_SHOWN if channel != "sms" else -1 :]:
            who = str(each.get("who") or "")
            who = text(_NAMELESS[who], self.language) if who in _NAMELESS else who
            yield f"{who}: {glimpse(self._masked(str(each.get('text') or '')), channel, most)}"
        if not found:
            yield self._masked(next((str(each.get("detail") or "") for each in self.results), ""))

    def _customer(self) -> str:
        """The customer's name; never what would be an address or a number of theirs."""
        ticket = self.ticket
        person = self.facts.people.get(ticket.contact_id or "") if ticket else None
        name = self._masked(" ".join((person.name if person else "").split()))
        known = name and "@" not in name and "[" not in name and sum(map(str.isdigit, name)) < _DIGITS
        return glimpse(name, "", 60) if known else text("register.customer", self.language)

    def _masked(self, words: str) -> str:
        return masking.for_agent(words, self._points(), self.language)

    def _points(self) -> list[Point]:
        ticket = self.ticket
        if ticket is None:
            return []
        return masking.customer_points(ticket, self.facts)


def _cut(words: str, channel: str) -> str:
    most = _DETAIL.get(channel, _LONGEST)
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def _bounded(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value
