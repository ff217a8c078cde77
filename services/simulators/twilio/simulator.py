"""Twilio's side of the wire: its web server, its webhooks to us, and the people who write and call."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.types import ASGIApp

from services.simulators.errors import WrongScript
from services.simulators.keeping import Kept
from services.simulators.outgoing import Attempt, Outgoing
from services.simulators.serving import Simulator
from services.simulators.twilio import answers, phones, signing
from services.simulators.twilio.account import Account, OptOut, Sender
from services.simulators.twilio.calling import Calling
from services.simulators.twilio.phones import Phone
from services.simulators.twilio.records import Call, Message, Recording, now
from services.simulators.twilio.rest import Rest

ACCOUNT = "AC" + "0123456789abcdef" * 2
KEY = "fedcba9876543210" * 2


class TwilioSimulator(Simulator):
    """``url`` stands for https://api.twilio.com. Webhooks are signed for the public URL they are registered with; where that begins with
    ``public_url`` the request itself goes to ``target``, as through a proxy."""

    def __init__(
        self,
        account_sid: str = ACCOUNT,
        auth_token: str = KEY,
        *,
        public_url: str = "",
        target: str = "",
        port: int = 0,
    ) -> None:
        super().__init__(port)
        self.account = Account(account_sid, auth_token)
        self.public_url, self.target = public_url.rstrip("/"), target.rstrip("/")
        self._requests: dict[str, tuple[str, dict[str, str]]] = {}
        self._rest = Rest(self)

    def application(self) -> ASGIApp:
        return self._rest.app

    def fault_answer(self, status: int, retry_after: int) -> ASGIApp:
        return answers.fault(status, retry_after).answer()

    @property
    def cdn_url(self) -> str:
        """Where media is redirected to: the same server under another host's name."""
        return f"http://{self.second_host}:{self.port}"

    # Ours.

    def register(
        self, address: str, webhook: str = "", *, voice: str = "", voice_status: str = "", opt_out: OptOut = "default"
    ) -> Sender:
        """A sender of ours, with the public URLs of its webhooks. ``opt_out``: whether Twilio handles STOP, START and HELP."""
        sender = Sender(address, webhook, voice, voice_status, opt_out)
        with self.lock:
            self.account.senders[address] = sender
        return sender

    def template(self, content_sid: str, text: str) -> None:
        """An approved template; ``{{1}}`` stands for a variable."""
        with self.lock:
            self.account.templates[content_sid] = text

    def phone(self, address: str, name: str = "") -> Phone:
        """A person's phone or channel address: ``+48…``, ``whatsapp:+48…``, ``messenger:…``."""
        return Phone(self, address, name)

    def times_sent(self, recipient: str, body: str) -> int:
        """How often this very text was taken for this recipient, lost answers included."""
        with self.lock:
            return self.account.sent.count((recipient, body))

    def sent_twice(self) -> dict[tuple[str, str], int]:
        """Every recipient and text that was taken more than once."""
        with self.lock:
            return self.account.sent.repeated()

    # Requests to us.

    def send_signed(self, lane: str, label: str, url: str, form: Mapping[str, str]) -> None:
        """A callback, after those before it in its lane."""
        self.callbacks.send(lane, self._outgoing(label, url, form))

    async def fetch_signed(self, label: str, url: str, form: Mapping[str, str], method: str = "POST") -> Attempt:
        """A request whose answer says how to go on."""
        return await self.callbacks.fetch(self._outgoing(label, url, form, method))

    def _outgoing(self, label: str, url: str, form: Mapping[str, str], method: str = "POST") -> Outgoing:
        at = url
        if self.public_url and url.startswith(self.public_url):
            at = self.target + url.removeprefix(self.public_url)
        if method == "GET":
            # The parameters are part of the address then, and signed as such.
            query = ("&" if "?" in url else "?") + urlencode(form)
            url, at, form = url + query, at + query, {}
        signature = signing.sign(self.account.token, url, form)
        return Outgoing(label, at, form=form, headers={signing.HEADER: signature}, method=method)

    def inbound(self, message: Message, sender: Sender, form: dict[str, str]) -> None:
        """Tell our webhook; Twilio doesn't come again when it fails, unless a fallback URL is configured."""
        with self.lock:
            self._requests[message.sid] = (sender.address, form)
            while len(self._requests) > 20_000:
                del self._requests[next(iter(self._requests))]
        self.repeat(message)
        self.changed()

    def repeat(self, message: Message) -> None:
        """Make the request for an inbound message, again if it was made. Raises `WrongScript` for any other message."""
        if message.sid not in self._requests:
            raise WrongScript("only a recent inbound message comes again")
        address, form = self._requests[message.sid]
        url = self.account.senders[address].webhook
        if not url:
            return

        def hear(attempt: Attempt) -> None:
            for body in phones.replies(attempt):
                with self.lock:
                    self.phone(message.sender).gets_reply(message.recipient, body)

        self.callbacks.send(message.sid, self._outgoing("inbound", url, form), hear)

    # Calls.

    def rings(self, caller: str, sender: Sender, hangs_up_at: str) -> Call:
        """Somebody calls us."""
        call = Call(self.account.sid, caller, sender.address, "inbound", status="ringing", callback=sender.voice_status)
        self._keep_call(call)
        self.spawn(self._take_call(call, sender, hangs_up_at))
        return call

    async def _take_call(self, call: Call, sender: Sender, hangs_up_at: str) -> None:
        calling = Calling(self, call, self.account.line(call.sender), hangs_up_at)
        await calling.run(sender.voice)
        calling.end()

    def dials(self, call: Call, url: str, twiml: str, method: str) -> None:
        """We call somebody through the API."""
        self._keep_call(call)
        self.spawn(self._place_call(call, url, twiml, method))

    async def _place_call(self, call: Call, url: str, twiml: str, method: str) -> None:
        line = self.account.line(call.recipient)
        calling = Calling(self, call, line)
        call.status = "initiated"
        calling.tell("initiated")
        call.status = "ringing"
        calling.tell("ringing")
        if line.answer == "completed":
            call.status = "in-progress"
            calling.tell("answered")
            await calling.run(url, method, twiml)
        calling.end(line.answer)

    def rings_through(self, child: Call) -> str:
        """The other leg of a <Dial>: rings, and is over when it is answered or not."""
        line = self.account.line(child.recipient)
        child.status, child.is_over, child.ended = line.answer, True, now()
        child.seconds = line.seconds if line.answer == "completed" else 0
        self._keep_call(child)
        return child.status

    def keep_recording(self, recording: Recording, kept: Kept) -> None:
        with self.lock:
            self.account.recordings[recording.sid] = recording
            self.account.keep_file(recording.sid, kept)

    def _keep_call(self, call: Call) -> None:
        with self.lock:
            self.account.calls[call.sid] = call
        self.changed()
