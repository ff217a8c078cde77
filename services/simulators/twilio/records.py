"""What Twilio keeps of messages, calls and recordings, and how its API shows them."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from services.simulators.twilio.answers import FAILURES, Json

VERSION = "2010-04-01"


def sid(prefix: str) -> str:
    """An identifier as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def now() -> datetime:
    return datetime.now(UTC)


def shown(at: datetime | None) -> str | None:
    """RFC 2822, in UTC, as the API writes dates."""
    return format_datetime(at) if at else None


def base(account: str) -> str:
    return f"/{VERSION}/Accounts/{account}"


@dataclass
class Message:
    """https://www.twilio.com/docs/messaging/api/message-resource#message-properties"""

    account: str
    sender: str
    recipient: str
    body: str
    direction: str
    status: str
    segments: int = 1
    media: list[str] = field(default_factory=list)
    callback: str = ""
    content_sid: str = ""
    error: int | None = None
    in_window: bool = True
    sid: str = ""
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    sent: datetime | None = None

    def __post_init__(self) -> None:
        self.sid = self.sid or sid("MM" if self.media else "SM")

    @property
    def path(self) -> str:
        return f"{base(self.account)}/Messages/{self.sid}"

    def shown(self) -> Json:
        return {
            "account_sid": self.account,
            "api_version": VERSION,
            "body": self.body,
            "date_created": shown(self.created),
            "date_sent": shown(self.sent),
            "date_updated": shown(self.updated),
            "direction": self.direction,
            "error_code": self.error,
            "error_message": FAILURES.get(self.error) if self.error else None,
            "from": self.sender,
            "messaging_service_sid": None,
            "num_media": str(len(self.media)),
            "num_segments": str(self.segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{self.path}/Media.json"},
            "to": self.recipient,
            "uri": f"{self.path}.json",
        }


@dataclass
class Heard:
    """What the person on the phone heard or was asked: the verb, its text or address, and its attributes."""

    verb: str
    text: str
    attributes: dict[str, str]


@dataclass
class Call:
    """https://www.twilio.com/docs/voice/api/call-resource#call-properties; ``heard`` and ``errors`` are the simulator's own."""

    account: str
    sender: str
    recipient: str
    direction: str
    status: str = "queued"
    parent: str | None = None
    callback: str = ""
    events: tuple[str, ...] = ("completed",)
    sid: str = field(default_factory=lambda: sid("CA"))
    seconds: int = 0
    created: datetime = field(default_factory=now)
    ended: datetime | None = None
    heard: list[Heard] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_over: bool = False

    @property
    def path(self) -> str:
        return f"{base(self.account)}/Calls/{self.sid}"

    @property
    def said(self) -> list[str]:
        """The texts of <Say>, in order."""
        return [one.text for one in self.heard if one.verb == "Say"]

    def shown(self) -> Json:
        return {
            "account_sid": self.account,
            "answered_by": None,
            "api_version": VERSION,
            "date_created": shown(self.created),
            "date_updated": shown(self.ended or self.created),
            "direction": self.direction,
            "duration": str(self.seconds) if self.is_over else None,
            "end_time": shown(self.ended),
            "from": self.sender,
            "parent_call_sid": self.parent,
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "start_time": shown(self.created),
            "status": self.status,
            "subresource_uris": {"recordings": f"{self.path}/Recordings.json"},
            "to": self.recipient,
            "uri": f"{self.path}.json",
        }


@dataclass
class Recording:
    """https://www.twilio.com/docs/voice/api/recording"""

    account: str
    call: str
    seconds: int
    transcript: str = ""
    sid: str = field(default_factory=lambda: sid("RE"))
    transcription: str = field(default_factory=lambda: sid("TR"))
    created: datetime = field(default_factory=now)

    @property
    def path(self) -> str:
        return f"{base(self.account)}/Recordings/{self.sid}"

    def shown(self) -> Json:
        return {
            "account_sid": self.account,
            "api_version": VERSION,
            "call_sid": self.call,
            "channels": 1,
            "date_created": shown(self.created),
            "date_updated": shown(self.created),
            "duration": str(self.seconds),
            "error_code": None,
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "source": "RecordVerb",
            "start_time": shown(self.created),
            "status": "completed",
            "uri": f"{self.path}.json",
        }

    def transcription_shown(self) -> Json:
        """https://www.twilio.com/docs/voice/api/recording-transcription"""
        return {
            "account_sid": self.account,
            "api_version": VERSION,
            "date_created": shown(self.created),
            "date_updated": shown(self.created),
            "duration": str(self.seconds),
            "recording_sid": self.sid,
            "sid": self.transcription,
            "status": "completed" if self.transcript else "failed",
            "transcription_text": self.transcript,
            "type": "fast",
            "uri": f"{base(self.account)}/Transcriptions/{self.transcription}.json",
        }
