"""Which mails of an archive we wrote ourselves. Pure."""

from collections.abc import Iterable

from shared.messages.inbound import Inbound
from shared.settings import Settings


class Ours:
    """``inboxes`` are the addresses that we write from, ``agents`` those of people who work here."""

    def __init__(self, inboxes: Iterable[str], agents: Iterable[str]) -> None:
        self._inboxes = {address.lower() for address in inboxes if address}
        self._agents = {address.lower() for address in agents if address}

    @classmethod
    def of(cls, settings: Settings, agents: Iterable[str]) -> "Ours":
        """By the configuration and the agents that are known."""
        inboxes = [each for inbox in settings.email_inboxes for each in (inbox.address, settings.sender_address(inbox))]
        members = [member for team in settings.team for member in team.members]
        return cls(inboxes, [*agents, *members])

    def wrote(self, message: Inbound) -> bool:
        """Whether an inbox of ours sent it, or an agent did to somebody outside (an agent may also write as a customer does)."""
        author = message.from_.address.lower() if message.from_ else ""
        if _plain(author) in self._inboxes:
            return True
        recipients = (address.address.lower() for address in (*message.to, *message.cc))
        return author in self._agents and any(
            each not in self._agents and _plain(each) not in self._inboxes for each in recipients if each
        )


def _plain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
