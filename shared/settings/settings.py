"""The whole configuration as one value, and the few things several rooms work out from it."""

from pathlib import Path

from pydantic import Field

from shared.settings.agents import Agents
from shared.settings.assignment import Assignment
from shared.settings.authentication import Authentication
from shared.settings.base import Section
from shared.settings.branding import Branding, Knowledge
from shared.settings.escalation import Escalation
from shared.settings.fetching import Fetch
from shared.settings.hooks import Webhook
from shared.settings.inbox import EmailInbox, Inbox
from shared.settings.keys import Secrets
from shared.settings.macros import Asking, Macro
from shared.settings.notices import After, Notices
from shared.settings.policy import Category, PriorityWords, Team
from shared.settings.record import Record, Register
from shared.settings.rules import Customer, Matrix, Rule
from shared.settings.sections import (
    Bus,
    Company,
    Database,
    Logging,
    Operators,
    Retention,
    Smtp,
    Spam,
    Tickets,
    Watchdog,
    Web,
)
from shared.settings.signin import SignIn
from shared.settings.targets import Hours, Sla


class Policy(Section):
    """What decisions depend on: no secrets are needed here, and those within are empty once it came over the bus."""

    company: Company = Company()
    tickets: Tickets = Tickets()
    notices: Notices = Notices()
    after: After = After()
    agents: Agents = Agents()
    spam: Spam = Spam()
    retention: Retention = Retention()
    record: Record = Record()
    knowledge: Knowledge = Knowledge()
    assignment: Assignment = Assignment()
    inbox: tuple[Inbox, ...] = ()
    team: tuple[Team, ...] = ()
    category: tuple[Category, ...] = ()
    priority: tuple[PriorityWords, ...] = ()
    sla: tuple[Sla, ...] = ()
    hours: tuple[Hours, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    rule: tuple[Rule, ...] = ()
    macro: tuple[Macro, ...] = ()
    asking: Asking = Asking()
    customer: tuple[Customer, ...] = ()
    matrix: Matrix = Matrix()
    webhook: tuple[Webhook, ...] = ()

    @property
    def outlets(self) -> list[tuple[str, str]]:
        """Channel and name of everything that is sent by and has a way of its own: the inboxes, and the webhooks of the file."""
        hooks = (each for each in self.webhook if not each.shares_lane)
        return [(each.channel, each.name) for each in (*self.inbox, *hooks)]

    @property
    def email_inboxes(self) -> tuple[EmailInbox, ...]:
        """The inboxes of channel ``email``, in the order of the file."""
        return tuple(inbox for inbox in self.inbox if isinstance(inbox, EmailInbox))

    @property
    def timezone(self) -> str:
        """The company's time zone: that of the first working hours."""
        return self.hours[0].timezone if self.hours else "UTC"

    def reply_domain(self, inbox: EmailInbox) -> str:
        """The domain of the inbox's ``reply+<token>@`` addresses and Message-IDs; ``localhost`` when none is known."""
        return self.company.reply_domain.lower() or inbox.address.rpartition("@")[2] or "localhost"

    def sender_address(self, inbox: EmailInbox) -> str:
        """The address that mail of the inbox is from: its own, or its name at the reply domain."""
        return inbox.address or f"{inbox.name}@{self.reply_domain(inbox)}"


class Settings(Policy):
    """Everything in ``trunkline.toml``, checked, with defaults filled in. Made by `shared.settings.load`.

    ``data`` is the folder for database, streams, Maildir and generated secrets; ``source`` the configuration file,
    null without one.
    """

    bus: Bus = Bus()
    database: Database = Database()
    web: Web = Web()
    signin: SignIn = SignIn()
    smtp: Smtp = Smtp()
    authentication: Authentication = Authentication()
    fetch: Fetch = Fetch()
    logging: Logging = Logging()
    watchdog: Watchdog = Watchdog()
    secrets: Secrets = Secrets()
    operators: Operators = Operators()
    branding: Branding = Branding()
    # Not called as it is written: pydantic's models have a method of that name.
    registry: Register = Field(Register(), alias="register")
    data: Path = Path("data")
    source: Path | None = None

    def beside(self, path: str) -> Path:
        """Where a file named in the configuration lies: relative names are beside the configuration file."""
        return (self.source.parent if self.source else Path()) / path
