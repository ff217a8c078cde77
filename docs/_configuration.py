"""`configuration.md`: every key of `trunkline.toml` with its default, from the models; its meaning from the commented template.

A key that the template does not comment is explained in `MORE`; one that is explained nowhere is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import to_jsonable_python

from shared.settings import (
    agents,
    assignment,
    authentication,
    branding,
    escalation,
    fetching,
    hooks,
    inbox,
    macros,
    notices,
    policy,
    record,
    rules,
    sections,
    signin,
    targets,
)
from shared.settings.keys import Secrets
from shared.settings.template import template


@dataclass(frozen=True)
class Table:
    """A table of the file: how it is written, its model, and where the template comments it (the place of its ``name`` and number)."""

    heading: str
    model: type[BaseModel]
    place: str
    about: str


TABLES = (
    Table("[company]", sections.Company, "company", "Who the customers write to."),
    Table("[bus]", sections.Bus, "bus", "The NATS server that everything travels over."),
    Table("[database]", sections.Database, "database", "Where the store remembers."),
    Table("[web]", sections.Web, "web", "Ports for browsers, API clients and probes."),
    Table("[signin]", signin.SignIn, "signin", "How long agents stay signed in. See [signing-in.md](signing-in.md)."),
    Table(
        "[smtp]",
        sections.Smtp,
        "smtp",
        'The listener for incoming mail. All `email` inboxes with `receive = "smtp"` share it.',
    ),
    Table(
        "[authentication]",
        authentication.Authentication,
        "authentication",
        "How it is found out who a mail is really from (SPF, DKIM, DMARC).",
    ),
    Table(
        "[fetch]",
        fetching.Fetch,
        "fetch",
        "Files that are fetched from elsewhere: media of providers, files behind links.",
    ),
    Table("[spam]", sections.Spam, "spam", "What is done about spam."),
    Table("[retention]", sections.Retention, "retention", "How long is kept what nobody asked to keep."),
    Table("[tickets]", sections.Tickets, "tickets", "The life of a ticket."),
    Table("[notices]", notices.Notices, "notices", "What customers are told of a ticket's life by itself."),
    Table("[after]", notices.After, "after", "What follows when a ticket is solved."),
    Table(
        "[agents]",
        agents.Agents,
        "agents",
        "Of what agents are told, and by which inboxes. See [agents.md](agents.md).",
    ),
    Table(
        "[record]",
        record.Record,
        "record",
        "What is told of promises, tasks and preventive actions. See [record.md](record.md).",
    ),
    Table(
        "[register]", record.Register, "register", "The customer ticket tracking register. See [record.md](record.md)."
    ),
    Table("[branding]", branding.Branding, "branding", "How customers' pages look."),
    Table(
        "[knowledge]",
        branding.Knowledge,
        "knowledge",
        "The knowledge base, and where its articles are offered. See [knowledge.md](knowledge.md).",
    ),
    Table("[logging]", sections.Logging, "logging", "What is written to stderr."),
    Table(
        "[watchdog]",
        sections.Watchdog,
        "watchdog",
        "When the operators are written to. See [operations.md](operations.md).",
    ),
    Table("[operators]", sections.Operators, "operators", "Who runs this installation."),
    Table(
        "[secrets]",
        Secrets,
        "secrets",
        "What signs reply addresses and Message-IDs. To change the key, put the new one first and keep the old "
        "one until no reply to older mail is expected.",
    ),
    Table(
        '[[inbox]] with channel = "email"',
        inbox.EmailInbox,
        "inbox.0",
        "Where customers' mail comes in. Without any inbox there is one, `support`, that takes every recipient.",
    ),
    Table("[inbox.imap]", inbox.Imap, "inbox.imap", 'The mailbox of the inbox above it, with `receive = "imap"`.'),
    Table("[inbox.imap] oauth = {…}", inbox.Oauth, "oauth", "Signing in to a mailbox with a refresh token."),
    Table("[inbox.dkim]", inbox.Dkim, "inbox.dkim", "What outgoing mail of the inbox above is signed with."),
    Table(
        "[[inbox]] trusted_relays = [{…}]",
        inbox.TrustedRelay,
        "trusted",
        "Whose Authentication-Results count (RFC 8601).",
    ),
    Table('[[inbox]] with channel = "telegram"', inbox.TelegramInbox, "inbox.1", "A Telegram bot."),
    Table(
        '[[inbox]] with channel = "sms", "whatsapp", "messenger" or "voice"',
        inbox.TwilioInbox,
        "inbox.2",
        "A sender at Twilio.",
    ),
    Table('[[inbox]] with channel = "form"', inbox.FormInbox, "inbox.3", "A web form."),
    Table('[[inbox]] with channel = "chat"', inbox.ChatInbox, "chat", "A live chat."),
    Table("fields = [{…}] of a form or chat", inbox.FormField, "field", "A question."),
    Table('[[inbox]] with channel = "api"', inbox.ApiInbox, "api", "Any other system that posts messages."),
    Table(
        "[[team]]",
        policy.Team,
        "team.0",
        "A team of agents. Further ones are made at the desk, and count at once; a name that stands here is this one's.",
    ),
    Table(
        "[[category]]",
        policy.Category,
        "category.0",
        "What a ticket is about, and what follows from it. Categories given here replace the "
        "built-in ones; one named like a built-in one keeps the built-in words, kind and priority it does not state.",
    ),
    Table(
        "[[priority]]",
        policy.PriorityWords,
        "priority.0",
        "The words that make a message's priority. All four levels always exist.",
    ),
    Table(
        "[[sla]]",
        targets.Sla,
        "sla.0",
        "Targets in time. Of several, the first whose `when` matches counts. Those given replace the built-in one.",
    ),
    Table("by_priority = {level = {…}} of an SLA", targets.Targets, "targets", "Other targets for some priorities."),
    Table(
        "when = {…} of an SLA",
        targets.SlaConditions,
        "conditions",
        "Each stated key must match one of its values; no key: always.",
    ),
    Table("[[hours]]", targets.Hours, "hours.0", "Working hours, which SLAs and chats refer to."),
    Table(
        "[assignment]",
        assignment.Assignment,
        "assignment",
        "Whether tickets are given to agents by themselves, and to whom.",
    ),
    Table(
        "[[escalation]]",
        escalation.Escalation,
        "escalation.0",
        "When a ticket is raised to somebody else, step by step, until its customer is answered.",
    ),
    Table(
        "when = {…} of an escalation",
        escalation.EscalationConditions,
        "raising",
        "What the ticket is like, and what must happen to it.",
    ),
    Table("step = [{…}] of an escalation", escalation.EscalationStep, "step", "What is done then."),
    Table("[[rule]]", rules.Rule, "rule.0", "What follows by itself. See [rules.md](rules.md)."),
    Table(
        "if = {…} of a rule",
        rules.RuleConditions,
        "if",
        "Each stated key must match one of its values; no key: always.",
    ),
    Table("then = {…} of a rule", rules.RuleActions, "then", "What the rule does; what is not stated stays."),
    Table("[[macro]]", macros.Macro, "macro.0", "Answers and actions at one click. See [rules.md](rules.md)."),
    Table("then = {…} of a macro", rules.Deeds, "then", "What the macro does beside answering."),
    Table("[asking]", macros.Asking, "asking", "Customers who were asked for details and do not answer."),
    Table("[[customer]]", rules.Customer, "customer.0", "Customers who are known beforehand."),
    Table(
        "[matrix]",
        rules.Matrix,
        "matrix",
        "The priority of new tickets by impact and urgency. See [rules.md](rules.md).",
    ),
    Table(
        "[[webhook]]",
        hooks.Webhook,
        "webhook.0",
        "Other systems that are told of events. Further ones are made at the desk. See [rules.md](rules.md#events-out).",
    ),
)

_INBOX = {"name": "its name: lower-case letters, digits, - and _", "channel": "the kind of channel"}
_CONDITIONS = {
    "priority": "one of these priorities",
    "category": "one of these categories",
    "team": "one of these teams",
    "inbox": "one of these inboxes",
    "contact": "one of these contacts",
}
_DEEDS = {
    "priority": "the new priority",
    "category": "the new category; its team gets the ticket unless another is stated",
    "kind": "the new kind",
    "team": "the new team; `none`: no team",
    "assignee": "the agent who gets it; `none`: nobody",
    "status": "the new status",
    "tags": "tags that are added",
    "untag": "tags that are taken away",
    "note": "an internal note",
    "notify": "agents and teams who get a mail",
    "escalate": "to whom it is raised: a team, an agent's address, `lead`",
    "ask": "the customer is asked for what the category needs",
    "snooze": "it is put off for so long",
    "webhook": "this webhook is told, whatever its events are",
}
MORE: dict[str, dict[str, str]] = {
    "[branding]": {"privacy": "a web address: what is linked as your privacy policy below each page"},
    "[smtp]": {
        "listen": "where mail is taken; port 0: any free one",
        "certificate": "PEM file; with `key`, STARTTLS is offered",
        "key": "PEM file: the certificate's private key",
        "max_recipients": "recipients of one mail",
        "max_sessions": "connections at a time",
        "max_sessions_per_peer": "connections at a time from one address",
    },
    "[watchdog]": {
        "oldest_delivery": "alert when a message has waited longer to be sent",
        "silent_channel": "alert when an inbox has received nothing for so long; empty: never",
        "disk_free": "alert when less is left where the data lies",
    },
    '[[inbox]] with channel = "email"': {
        "channel": "the kind of channel",
        "imap": "a table of its own, see below",
        "dkim": "a table of its own, see below",
    },
    "[inbox.imap]": {
        "password": "the mailbox's password",
        "host": "the IMAP server",
        "port": "its port",
        "tls": "tls (from the first byte), starttls or none (only on this machine)",
        "authority": "PEM file of who signed its certificate; empty: whom the system trusts",
        "poll": "how often to look where the server has no IDLE",
        "reconcile": "how often the mailbox is compared with what is stored; 0: never",
        "window": "how far back it is compared",
        "user": "who signs in",
        "oauth": "instead of a password, see below",
        "folder": "the mailbox",
    },
    "[inbox.imap] oauth = {…}": {
        "client_id": "the application's id",
        "client_secret": "the application's secret",
        "refresh_token": "what access tokens are got with",
        "token_url": "where they are got",
        "scope": "what is asked for, where the provider wants it named again",
    },
    "[inbox.dkim]": {"selector": "the selector in DNS", "key": "the private key, RSA or Ed25519, in PEM"},
    "[[inbox]] trusted_relays = [{…}]": {
        "network": "where the relay connects from",
        "authserv_id": "the name it signs its results with",
    },
    '[[inbox]] with channel = "telegram"': _INBOX
    | {
        "token": "the bot's token",
        "api_url": "the base of Telegram's API",
        "username": "the bot's name, for the links by which agents open a chat with it",
    },
    '[[inbox]] with channel = "sms", "whatsapp", "messenger" or "voice"': _INBOX
    | {
        "number": "the number in E.164, or the sender's id",
        "account_sid": "the account at Twilio",
        "auth_token": "its token; webhooks are verified with it",
        "api_url": "the base of Twilio's API",
        "transcribe": "voice: Twilio writes down what English callers say; it knows no other language",
        "voices": "voice: other voices, by language, as Twilio names them (`{hr = 'Google.hr-HR-Standard-A'}`)",
    },
    '[[inbox]] with channel = "form"': _INBOX
    | {
        "fields": "the questions, see below; name, address, subject and message are always asked",
        "embed_on": "the sites that may show the form in their pages (`https://www.acme.example`); `*`: every site, empty: none",
    },
    '[[inbox]] with channel = "chat"': _INBOX
    | {
        "fields": "questions before the chat begins, see below",
        "greeting": "the first words, by language",
        "hours": "the `[[hours]]` in which somebody is there",
        "embed_on": "the sites that may show the chat in their pages; `*`: every site, empty: none",
        "secret": "what a site signs its signed-in customers' addresses with, at least 16 characters; empty: none is believed",
    },
    "fields = [{…}] of a form or chat": {
        "name": "the field's name",
        "label": "what is asked, by language",
        "kind": "text, long, choice, file or consent",
        "required": "whether it must be answered",
        "choices": "what kind `choice` offers",
    },
    '[[inbox]] with channel = "api"': _INBOX,
    "[[team]]": {
        "name": "its name",
        "members": "agents' addresses",
        "languages": "what it speaks, as codes: its members who have not said so themselves, and whose tickets are its own where several "
        "teams serve the same",
        "inboxes": "inboxes whose new tickets are its own, where their category names no team",
        "categories": "categories whose new tickets are its own, where the category itself names no team",
    },
    "[[category]]": {
        "name": "its name",
        "team": "who gets its tickets",
        "priority": "its tickets' priority unless words say otherwise: low, normal (also medium), high, urgent",
        "senders": "addresses whose messages are of this category",
        "domains": "domains of such senders",
        "require": "what must be there before closing: product, problem, details, impact, evidence, solution, tested, "
        "tested_by, root_cause, preventive_action, preventive_owner, preventive_due, preventive_verified, actions_done, "
        "promises_done",
        "inboxes": "inboxes whose messages are of this category",
        "channels": "channels whose messages are of this category",
        "impact": "how much such a matter weighs in the `[matrix]`: low, normal, high, urgent",
        "first_steps": "what the customer can try meanwhile, by language",
    },
    "[[priority]]": {"words": "by language; matched as a category's are"},
    "[[sla]]": {
        "name": "its name",
        "first_response": "until the first answer",
        "next_response": "until the answer to each further message",
        "resolution": "until it is solved",
        "when": "which tickets, see below",
        "hours": "the `[[hours]]` that count; empty: around the clock",
        "by_priority": "other targets for some priorities, see below",
        "pauses": "the statuses in which the clocks stand still: pending (waits for the customer), on_hold",
        "tell": "whether agents are written to when they are warned and when a target is missed",
    },
    "by_priority = {level = {…}} of an SLA": {
        "first_response": "until the first answer",
        "next_response": "until the answer to each further message",
        "resolution": "until it is solved",
    },
    "when = {…} of an SLA": _CONDITIONS
    | {"customer": "they are one of these `[[customer]]`", "tags": "the ticket has one of these tags"},
    "[[hours]]": {
        "name": "its name",
        "timezone": "a zone of the IANA database",
        "week": "spans of hours by day: mon, tue, wed, thu, fri, sat, sun",
    },
    "[[escalation]]": {"name": "its name", "when": "when it begins, see below", "step": "its steps, see below"},
    "when = {…} of an escalation": _CONDITIONS
    | {
        "kind": "one of these kinds",
        "tags": "the ticket has one of these tags",
        "angry": "the customer's message has words of anger: the built-in ones or those of `[after] angry`",
        "words": "it has one of these, by language; matched as a category's are",
        "reopened": "it is open again for so many times or more",
        "unanswered": "the customer has waited for an answer for so long, in the escalation's hours",
        "sla": "a target is warned of (warning) or missed (breached)",
        "rejected": "the customer says that it is not solved",
        "dissatisfied": "the customer is dissatisfied with it",
    },
    "step = [{…}] of an escalation": {
        "after": "so long after it began",
        "to": "who gets the ticket: a team, an agent's address, or `lead`: whoever leads its team",
        "priority": "what its priority is then at least",
        "notify": "who else is told: teams, agents, `lead`, `operators`",
    },
    "[[rule]]": {
        "name": "its name",
        "on": "one or several of opened, message, replied, status, changed, timer",
        "after": "with `timer`: so long the conditions have held",
        "if": "the conditions, see below",
        "then": "what is done, see below",
        "stop": "look at no further rules where it runs",
        "most_per_day": "so often at most it runs for a ticket in a day",
    },
    "if = {…} of a rule": _CONDITIONS
    | {
        "domain": "the contact's domain is one of these",
        "sender": "the contact's address is one of these",
        "channel": "one of these channels",
        "status": "one of these statuses",
        "language": "one of these languages",
        "tags": "has one of these tags",
        "words": "one of these stands in subject or text; matched as a category's are",
        "patterns": "one of these regular expressions is found there, ignoring case",
        "assignee": "one of these agents has it; `none`: nobody, `any`: somebody",
        "kind": "one of these kinds",
        "reopened": "it is open again for so many times or more",
        "hours": "it is inside or outside the working hours",
        "hours_of": "which `[[hours]]`; empty: the first",
        "importance": "the customer's, as in `[[customer]]`",
    },
    "then = {…} of a rule": _DEEDS | {"macro": "the customer gets this macro's text, and what else it says is done"},
    "then = {…} of a macro": _DEEDS,
    "[[macro]]": {
        "name": "its name",
        "title": "what agents see; empty: the name",
        "text": "what the customer gets, by language; variables: {customer} {number} {subject} {agent} {company} {expected} {category}",
        "then": "what else is done, see below",
    },
    "[asking]": {
        "remind": "when the customer is reminded, counted from when they were asked",
        "close": "when the ticket is closed, and the customer told; empty: never",
    },
    "[[customer]]": {
        "name": "what they are called in reasons",
        "addresses": "mail addresses and numbers",
        "domains": "domains of mail addresses",
        "importance": "their tickets have at least this priority; with a `[matrix]` it is the impact",
    },
    "[matrix]": {
        level: f"the priority for impact {level}, by urgency: low, normal, high, urgent"
        for level in ("low", "normal", "high", "urgent")
    },
    "[[webhook]]": {
        "name": "its name",
        "url": "where events are posted to",
        "secret": "what they are signed with, at least 16 characters",
        "events": "which events; `*`: all, `ticket_*`: those that begin so",
        "include": "`ticket`: also what the ticket is like, never anybody's words",
    },
}

_HEAD = re.compile(r"(\[+)([a-z.]+)\]+")
_LINE = re.compile(r"([a-z_]+) = (.*?)(?:\s{2,}# (.*)| +# (.*))?")


def reference() -> str:
    """The document as Markdown text."""
    comments = read_comments(template())
    parts = [_INTRODUCTION]
    for table in TABLES:
        rows = "\n".join(
            f"| `{key}` | {default} | {_cell(meaning)} |" for key, default, meaning in _rows(table, comments)
        )
        parts.append(f"## `{table.heading}`\n\n{table.about}\n\n| key | default | meaning |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


_INTRODUCTION = """# Configuration

<!-- Written by `python -m docs.generate`; edit the models, `shared/settings/template.toml` or `docs/_configuration.py` instead. -->

Trunkline needs no configuration to run. What you want otherwise stands in `trunkline.toml`: `trunkline init` writes one with
comments that says the same as no file at all, `trunkline check` proves yours against the real servers. Without `--config` the
file `trunkline.toml` in the working directory counts, where there is one.

- **Variables outrank the file.** Any key is also `TRUNKLINE_SECTION__KEY` (two underscores between section and key). An inbox, team
  and so on is meant by its name or number: `TRUNKLINE_INBOX__SUPPORT__ADDRESS`, `TRUNKLINE_INBOX__0__ADDRESS`. Lists are written
  with commas or as JSON.
- **`${VAR}`** in a string of the file stands for an environment variable; `$${VAR}` is a plain `${VAR}`.
- **Secrets** (passwords, tokens, keys, addresses with passwords) may be `file:PATH`, relative to the configuration file.
- **Durations** are `"30s"`, `"15m"`, `"8h"`, `"7d"`, `"2w"`, `"1h30m"`. **Sizes** are `"35MB"` (decimal) or `"32MiB"` (binary).
- A key nobody knows is an error, with the line it stands in and what was probably meant. All errors are told at once.
- The data folder is not a key: `--data DIR` or `TRUNKLINE_DATA`, else `./data`.

Keys of channels and parts that are not built yet are read and checked already; [capabilities.md](capabilities.md) says what works.
"""


def read_comments(text: str) -> dict[str, dict[str, str]]:
    """The comments of the template: by place (``smtp``, ``inbox.0`` for the first ``[[inbox]]``, ``inbox.imap``), then by key."""
    found: dict[str, dict[str, str]] = {}
    counts: dict[str, int] = {}
    place = key = ""
    for raw in text.splitlines():
        line = raw.removeprefix("# ").strip()
        if head := _HEAD.fullmatch(line.partition("  #")[0].strip()):
            name = head[2]
            if head[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                name = f"{name}.{counts[name]}"
            place, key = name, ""
        elif pair := _LINE.fullmatch(line):
            key = pair[1]
            found.setdefault(place, {})[key] = (pair[3] or pair[4] or "").strip()
        elif key and line.startswith("#") and raw.strip() != line.lstrip("# "):
            found[place][key] = f"{found[place][key]} {line.lstrip('# ')}".strip()
        else:
            key = ""
    return found


def _rows(table: Table, comments: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, str]]:
    more, read = MORE.get(table.heading, {}), comments.get(table.place, {})
    for name, field in table.model.model_fields.items():
        key = field.alias or name
        meaning = more.get(key) or read.get(key)
        if not meaning:
            raise LookupError(
                f"nobody explains {key} of {table.heading}: say it in template.toml or in docs/_configuration.py"
            )
        yield key, _default(table.model, name), meaning


def _default(model: type[BaseModel], name: str) -> str:
    """The default as it is written in the file."""
    field = model.model_fields[name]
    if field.is_required():
        return "required"
    made = field.get_default(call_default_factory=True)
    if isinstance(made, SecretStr):
        return '`""`'
    if isinstance(made, BaseModel):
        return "none"
    holder = model.model_construct(**{name: made})
    value = to_jsonable_python(holder.model_dump(mode="json", include={name}))[name]
    return f"`{_toml(value)}`" if value not in (None, {}) else "none"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, int) and value and value % 1_000_000 == 0:  # a size
        return f'"{value // 10**9}GB"' if value % 10**9 == 0 else f'"{value // 10**6}MB"'
    return f'"{value}"' if isinstance(value, str) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
