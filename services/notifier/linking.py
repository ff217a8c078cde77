"""Links in messages: to files that a channel does not take along, which the desk serves under ``/files/`` until they end; and to the page
of the ticket. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.messages.outbound import PAGE_LINK, Outbound, Postscript
from shared.messages.parts import POINT_OF_CHANNEL, Attachment, Point
from shared.secrets import FileLink, Keyring, encode_file, status_token
from shared.texts import text

LINKS_LAST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Link:
    """A file that does not go along: its name on one line, its size in octets, and where it can be fetched."""

    filename: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class Linking:
    """``public_url`` is what links begin with, ``last`` how long they work."""

    public_url: str
    keyring: Keyring = field(repr=False)
    last: timedelta = LINKS_LAST

    def expires(self, outbound: Outbound) -> datetime:
        """When the links in a message end: a fixed time after it was written, so that the same delivery always says the same."""
        return outbound.created_at + self.last


def link_to(attachment: Attachment, public_url: str, keyring: Keyring, expires: datetime) -> Link:
    """The link to a file with a content of its own in the blob store."""
    name = _line(attachment.filename)
    token = encode_file(keyring, FileLink(str(attachment.blob), attachment.size, name or "attachment", expires))
    return Link(name[:150] or "attachment", attachment.size, f"{public_url}/files/{token}")


def with_page(outbound: Outbound, public_url: str, keyring: Keyring) -> Outbound:
    """The message with the link to the page of its ticket, for whom it goes to, where one belongs below it. The same delivery always gets
    the same."""
    kind = POINT_OF_CHANNEL.get(outbound.channel)
    if kind is None or not outbound.ticket_number or all(each.template != PAGE_LINK for each in outbound.postscripts):
        return outbound
    point = Point(kind=kind, value=outbound.to[0].address)
    token = status_token(keyring, outbound.ticket_number, point, outbound.created_at.date())
    link = Postscript(template=PAGE_LINK, variables={"link": f"{public_url}/t/{token}"})
    postscripts = [link if each.template == PAGE_LINK else each for each in outbound.postscripts]
    return outbound.model_copy(update={"postscripts": postscripts})


def linked_words(outbound: Outbound, files: Sequence[Attachment], how: Linking, default_language: str) -> str:
    """The links to ``files`` as the end of a text on other channels than mail; empty for none."""
    expires = how.expires(outbound)
    links = [link_to(each, how.public_url, how.keyring, expires) for each in files if each.blob is not None]
    if not links:
        return ""
    language = outbound.language
    intro = text("files.shared", language, default=default_language, until=expires.date().isoformat())
    return "\n".join([intro, *(f"{each.filename} ({shown_size(each.size, language)})\n{each.url}" for each in links)])


def shown_size(octets: int, language: str) -> str:
    """Octets as people read them: ``12.3 MB``, in Polish and Croatian with a comma."""
    for unit, many in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if octets >= many:
            number = f"{octets / many:.1f}"
            return f"{number if language == 'en' else number.replace('.', ',')} {unit}"
    return f"{octets} B"


def _line(name: str) -> str:
    """On one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
