"""A customer's phone, played by a test: texts, calls, reads, says STOP, or can't be reached.

What reaches our webhooks: https://www.twilio.com/docs/messaging/guides/webhook-request.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.simulators.errors import WrongScript
from services.simulators.keeping import Kept
from services.simulators.outgoing import Attempt
from services.simulators.twilio import segments, statuses
from services.simulators.twilio.account import Sender
from services.simulators.twilio.addresses import bare, channel
from services.simulators.twilio.records import VERSION, Call, Message, base, now, sid
from services.simulators.twilio.sending import WINDOW

if TYPE_CHECKING:
    from services.simulators.twilio.simulator import TwilioSimulator

# https://help.twilio.com/articles/223134027, "Twilio support for opt-out keywords"
STOP = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit")
START = ("start", "yes", "unstop")
HELP = ("help", "info")
STOPPED = "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."
STARTED = "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe."
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
MEDIA = 10


@dataclass(frozen=True)
class Place:
    """A location shared in WhatsApp."""

    latitude: float
    longitude: float
    label: str = ""
    address: str = ""


class Phone:
    """One person's address on one channel."""

    def __init__(self, simulator: "TwilioSimulator", address: str, name: str) -> None:
        self._simulator, self.address, self.name = simulator, address, name
        self._account = simulator.account

    # What has come.

    @property
    def received(self) -> list[Message]:
        """Messages that arrived here, oldest first: not those that failed or are on their way."""
        with self._simulator.lock:
            return [
                one
                for one in self._account.messages.values()
                if one.recipient == self.address and one.status in ("sent", "delivered", "read")
            ]

    @property
    def texts_received(self) -> list[str]:
        return [message.body for message in self.received]

    # Writing.

    def texts(
        self,
        body: str,
        *,
        to: str = "",
        media: Sequence[tuple[bytes, str]] = (),
        place: Place | None = None,
        button: str = "",
        reply_to: str = "",
    ) -> Message:
        """Write to our sender ``to`` (the first on this channel). ``media``: contents with their types. ``button``: the payload of a
        pressed quick reply whose text is ``body``; ``reply_to``: the sid of the message it answers. Raises `WrongScript`."""
        if len(media) > MEDIA:
            raise WrongScript(f"a message carries at most {MEDIA} files")
        sender = self._sender(to)
        with self._simulator.lock:
            message = self._keep(sender, body, media)
            form = self._form(message, place, button, reply_to)
            form |= self._opt_out(sender, body)
        self._simulator.inbound(message, sender, form)
        return message

    def again(self, message: Message) -> None:
        """Let Twilio make the same request once more, the same sid and signature."""
        self._simulator.repeat(message)

    def _sender(self, to: str) -> Sender:
        if not to:
            return self._account.sender_for(self.address)
        if to not in self._account.senders:
            raise WrongScript(f"{to} is nobody's sender")
        return self._account.senders[to]

    def _keep(self, sender: Sender, body: str, media: Sequence[tuple[bytes, str]]) -> Message:
        files = [sid("ME") for _ in media]
        for file, (content, media_type) in zip(files, media, strict=True):
            self._account.keep_file(file, Kept(content, media_type))
        count = segments.count(body) if channel(self.address) == "sms" else 1
        message = Message(
            account=self._account.sid,
            sender=self.address,
            recipient=sender.address,
            body=body,
            direction="inbound",
            status="received",
            segments=count,
            media=files,
            sent=now(),
        )
        self._account.messages[message.sid] = message
        self._account.last_inbound[(self.address, sender.address)] = now()
        return message

    def _form(self, message: Message, place: Place | None, button: str, reply_to: str) -> dict[str, str]:
        form = {
            "AccountSid": message.account,
            "ApiVersion": VERSION,
            "Body": message.body,
            "From": message.sender,
            "MessageSid": message.sid,
            "NumMedia": str(len(message.media)),
            "NumSegments": str(message.segments),
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.recipient,
        }
        for number, file in enumerate(message.media):
            kept = self._account.files.get(file)
            form[f"MediaUrl{number}"] = (
                f"{self._simulator.url}{base(message.account)}/Messages/{message.sid}/Media/{file}"
            )
            form[f"MediaContentType{number}"] = kept.media_type if kept else ""
        if channel(self.address) == "sms":
            return form | {f"{end}{part}": "" for end in ("From", "To") for part in ("City", "State", "Zip", "Country")}
        return form | self._channel_form(message, place, button, reply_to)

    def _channel_form(self, message: Message, place: Place | None, button: str, reply_to: str) -> dict[str, str]:
        """What comes besides on WhatsApp and Messenger; a message's type is told by its first file."""
        form = {"ProfileName": self.name} if self.name else {}
        if channel(self.address) == "whatsapp":
            form |= {"WaId": bare(self.address).removeprefix("+"), "MessageType": self._kind(message, place, button)}
        if place is not None:
            form |= {"Latitude": str(place.latitude), "Longitude": str(place.longitude)}
            form |= {"Label": place.label} if place.label else {}
            form |= {"Address": place.address} if place.address else {}
        if button:
            form |= {"ButtonText": message.body, "ButtonPayload": button}
        if reply_to:
            form |= {"OriginalRepliedMessageSid": reply_to, "OriginalRepliedMessageSender": message.recipient}
        return form

    def _kind(self, message: Message, place: Place | None, button: str) -> str:
        if place is not None:
            return "location"
        if button:
            return "button"
        kept = self._account.files.get(message.media[0]) if message.media else None
        if kept is None:
            return "text"
        kind = kept.media_type.partition("/")[0]
        return kind if kind in ("image", "audio", "video") else "document"

    def _opt_out(self, sender: Sender, body: str) -> dict[str, str]:
        """STOP, START and HELP as Twilio handles them, when it does: it answers by itself, and tells us with Advanced Opt-Out
        (https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out)."""
        word = re.sub(r"\W", "", body).lower()
        if sender.opt_out == "off" or channel(self.address) != "sms":
            return {}
        pair = (sender.address, self.address)
        if word in STOP:
            self._account.opted_out.add(pair)
            kind, words = "STOP", STOPPED
        elif word in START:
            self._account.opted_out.discard(pair)
            kind, words = "START", STARTED
        elif word in HELP:
            kind, words = "HELP", HELPED
        else:
            return {}
        self.gets_reply(sender.address, words)
        return {"OptOutType": kind} if sender.opt_out == "advanced" else {}

    def gets_reply(self, sender: str, body: str) -> None:
        """A message that Twilio sends without the API: its own, or one that a webhook's answer asked for."""
        reply = Message(
            account=self._account.sid,
            sender=sender,
            recipient=self.address,
            body=body,
            direction="outbound-reply",
            status="delivered",
            segments=segments.count(body),
            sent=now(),
        )
        self._account.messages[reply.sid] = reply

    # What becomes of messages to it.

    def reads(self, message: Message | str) -> None:
        """The customer reads it (WhatsApp, Messenger)."""
        self.reports(message, "read")

    def reports(self, message: Message | str, status: str, error: int | None = None) -> None:
        """Let Twilio tell this state of a message, whatever came before."""
        found = self._account.messages.get(message if isinstance(message, str) else message.sid)
        if found is None or found.recipient != self.address:
            raise WrongScript("only a message to this phone has such a state")
        with self._simulator.lock:
            statuses.report(found, status, error, self._simulator.send_signed)
        self._simulator.changed()

    def cannot_be_reached(self, error: int = 30003) -> None:
        """Messages leave, and come back ``undelivered``."""
        line = self._account.line(self.address)
        line.progress, line.error = ("queued", "sent", "undelivered"), error

    def progresses(self, *states: str, error: int | None = None) -> None:
        """The states that further messages go through; none: they stay queued."""
        line = self._account.line(self.address)
        line.progress, line.error = states, error

    def lets_window_pass(self) -> None:
        """More than 24 hours go by since this person's last message."""
        for pair, at in list(self._account.last_inbound.items()):
            if pair[0] == self.address:
                self._account.last_inbound[pair] = at - WINDOW

    # Calls.

    def answers_calls(
        self,
        answer: Literal["completed", "busy", "no-answer", "failed"] = "completed",
        *,
        digits: Sequence[str] = (),
        recording: bytes = b"",
        transcript: str = "",
        seconds: int = 30,
    ) -> None:
        """What happens when it rings, and what the person keys in and says."""
        line = self._account.line(self.address)
        line.answer, line.digits, line.seconds = answer, tuple(digits), seconds
        line.recording, line.transcript = recording, transcript

    def calls(
        self,
        *,
        to: str = "",
        digits: Sequence[str] = (),
        recording: bytes = b"",
        transcript: str = "",
        seconds: int = 30,
        hangs_up_at: str = "",
    ) -> Call:
        """Call our number. Each <Gather> takes the next of ``digits`` ("" keys in nothing); a <Record> takes ``recording``, silence when
        there is none. ``hangs_up_at``: the verb at which the caller hangs up. `Call.is_over` tells the end."""
        sender = self._sender(to)
        if not sender.voice:
            raise WrongScript(f"{sender.address} takes no calls")
        self.answers_calls(digits=digits, recording=recording, transcript=transcript, seconds=seconds)
        return self._simulator.rings(self.address, sender, hangs_up_at)


def replies(attempt: Attempt) -> list[str]:
    """Messages that a webhook's answer asks Twilio to send: <Message> in TwiML, or any plain text
    (https://www.twilio.com/docs/messaging/twiml)."""
    if not attempt.is_accepted or not attempt.body.strip():
        return []
    if attempt.media_type == "text/plain":
        return [attempt.body]
    if attempt.media_type not in ("text/xml", "application/xml"):
        return []
    try:
        # Our own answer, at most 1 MB; expat bounds the expansion of entities.
        document = ET.fromstring(attempt.body)  # noqa: S314
    except ET.ParseError:
        return []
    return ["".join(message.itertext()).strip() for message in document.iter("Message")]
