"""Twilio's webhooks of calls, below ``/hooks/twilio/<inbox>`` of an inbox of channel ``voice``. Signed, or 403, as all of Twilio's.

- the path itself: somebody calls; the answer is what they hear. A call is always answered, whatever is away: Twilio keeps a recording
  until it is fetched.
- ``keyed``: digits; ``left``: a message was left, the caller hears thanks; ``recorded``, ``transcribed``: what came of it.
- ``status``: a call to us is over, or (with ``d``) how the agent's telephone does; ``dialled``: how the customer's did.

What brings a message is answered when the bus has it on disk, else with 503.
"""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter

from services.intake.accepting import Accepting
from services.intake.errors import Away, NotKept
from services.intake.twilio.reading import Malformed
from services.intake.twilio.routes import CALLBACKS, Guard, Unsigned
from services.intake.voice import answering, asking, dialled
from services.intake.voice.calls import Calls
from services.intake.voice.languages import language_for
from services.intake.voice.making import takers
from services.intake.voice.messages import TURNS
from services.intake.voice.reading import FINAL, read_call, seconds_of
from shared import clock
from shared.bus import subjects
from shared.bus.errors import BusError
from shared.messages.outbound import DeliveryReport
from shared.secrets import CallbackToken, decode_callback
from shared.service import Context
from shared.speaking import Speaker
from shared.twilio import TROUBLES, client
from shared.web import problem

log = structlog.get_logger(__name__)

TWIML = "text/xml"
ANSWERED = Counter("trunkline_intake_calls_total", "Calls to us, by what was asked for", ["inbox", "what"])
_MOST_CHILDREN = 5

Form = Mapping[str, str]
Handler = Callable[[Form, Mapping[str, str]], Awaitable[Response]]


def routes(context: Context, accepting: Accepting) -> APIRouter:
    """The webhooks of every inbox."""
    router = APIRouter(include_in_schema=False)
    guard = Guard(context.settings.company.public_url, accepting)
    for calls in takers(context, accepting):
        Line(context, accepting, calls).add_to(router, guard)
    return router


class Line:
    """One inbox's webhooks."""

    def __init__(self, context: Context, accepting: Accepting, calls: Calls) -> None:
        company = context.settings.company
        self._context, self._accepting, self._calls, self._inbox = context, accepting, calls, calls.inbox
        self._languages = company.languages
        self._speaker = Speaker(calls.inbox, company.name, company.public_url, company.languages[0])
        for what in ("answered", "keyed", "told", "left"):
            ANSWERED.labels(self._inbox.name, what)

    def add_to(self, router: APIRouter, guard: Guard) -> None:
        """Add the routes. The inbox's name stands in their paths: of other inboxes of Twilio's others know."""
        base = f"/hooks/twilio/{self._inbox.name}"
        handlers: dict[str, Handler] = {
            "": self._answer,
            "/keyed": self._keyed,
            "/left": self._left,
            "/recorded": self._recorded,
            "/transcribed": self._transcribed,
            "/status": self._status,
            "/dialled": self._dialled,
        }
        for path, handler in handlers.items():
            router.add_api_route(f"{base}{path}", self._guarded(guard, handler), methods=["POST"])

    def _guarded(self, guard: Guard, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            try:
                form = await guard.form(request, self._inbox)
                return await handler(form, dict(request.query_params))
            except Unsigned as error:
                return problem(error.status, str(error))
            except Malformed as error:
                self._accepting.refused("voice", self._inbox.name, "malformed")
                return problem(400, str(error))

        return guarded

    # -- somebody calls ---------------------------------------------------------------------------------------------------

    async def _answer(self, form: Form, _: Mapping[str, str]) -> Response:
        call = read_call(form)
        known = await asking.language_of(self._context.bus, call.number)
        language = language_for(call.number, known, self._languages)
        ANSWERED.labels(self._inbox.name, "answered").inc()
        return _said(answering.greeting(self._speaker, call, language, keys=self._context.bus.is_connected))

    async def _keyed(self, form: Form, query: Mapping[str, str]) -> Response:
        call, language = read_call(form, query), self._language(query)
        turn = seconds_of(query.get("n", "")) or TURNS
        digits = form.get("Digits", "")
        if call.number is None or not (digits.isascii() and digits.isdigit()) or len(digits) > answering.MOST_DIGITS:
            return _said(answering.greeting(self._speaker, call, language, keys=False))
        ANSWERED.labels(self._inbox.name, "keyed").inc()
        try:
            cause = await self._calls.keyed(form, call, digits, min(turn, TURNS), language)
            answer = await asking.told(self._context.bus, cause)
        except NotKept:  # counted where it was raised; the caller may still leave a message
            answer = None
        if answer is not None and answer.status is not None:
            ANSWERED.labels(self._inbox.name, "told").inc()
        return _said(answering.stands(self._speaker, call, language, digits, turn, answer))

    async def _left(self, form: Form, query: Mapping[str, str]) -> Response:
        ANSWERED.labels(self._inbox.name, "left").inc()
        return _said(answering.thanks(self._speaker, read_call(form, query), self._language(query)))

    async def _recorded(self, form: Form, query: Mapping[str, str]) -> Response:
        await self._calls.recorded(form, read_call(form, query), self._language(query))
        return Response(status_code=204)

    async def _transcribed(self, form: Form, query: Mapping[str, str]) -> Response:
        await self._calls.transcribed(form, read_call(form, query), self._language(query))
        return Response(status_code=204)

    def _language(self, query: Mapping[str, str]) -> str:
        given = query.get("l", "")
        return given if given in self._languages else self._languages[0]

    # -- a call is over, or we call ---------------------------------------------------------------------------------------

    async def _status(self, form: Form, query: Mapping[str, str]) -> Response:
        status = form.get("CallStatus", "").lower()
        if "d" in query:
            await self._agents_leg(form, status, query["d"])
        elif status in FINAL and form.get("Direction", "inbound") == "inbound":
            call = read_call(form)
            known = await asking.language_of(self._context.bus, call.number)
            await self._calls.ended(form, call, language_for(call.number, known, self._languages))
        return Response(status_code=204)

    async def _agents_leg(self, form: Form, status: str, given: str) -> None:
        token = decode_callback(self._context.keyring, given)
        found = None
        if token is not None:
            sid = read_call(form).sid
            found = dialled.agents_leg(status, token, sid, self._inbox, clock.now())
            if found is None and status in FINAL:
                found = await self._customers_leg(sid, token)
        await self._report(found)

    async def _customers_leg(self, sid: str, token: CallbackToken) -> DeliveryReport | None:
        """How the customer's telephone did, asked of Twilio: what it told of that may have been lost. None where it does not say."""
        try:
            listed = await client(self._inbox, self._calls.transport).calls.list_async(
                parent_call_sid=sid, limit=_MOST_CHILDREN
            )
        except TROUBLES as error:
            log.warning("how a call ended is not known", inbox=self._inbox.name, error=str(error))
            return None
        if not listed:
            return dialled.gone(token, sid, self._inbox, clock.now())
        status = str(getattr(listed[0].status, "value", listed[0].status) or "")
        seconds = seconds_of(str(listed[0].duration or ""))
        return dialled.customers_leg(status, seconds, token, sid, self._inbox, clock.now())

    async def _dialled(self, form: Form, query: Mapping[str, str]) -> Response:
        token = decode_callback(self._context.keyring, query.get("d", ""))
        if token is not None:
            status, seconds = form.get("DialCallStatus", "").lower(), seconds_of(form.get("DialCallDuration", ""))
            sid = read_call(form).sid
            await self._report(dialled.customers_leg(status, seconds, token, sid, self._inbox, clock.now()))
        return _said(answering.over())

    async def _report(self, found: DeliveryReport | None) -> None:
        """Publish what became of a call of ours. Raises `Away`."""
        CALLBACKS.labels(self._inbox.name, found.state if found else "ignored").inc()
        if found is None:
            return
        try:
            await self._context.publisher.publish(
                subjects.DELIVERY,
                subjects.delivery(found.channel, found.state),
                found.encode(),
                message_id=found.bus_id,
            )
        except BusError as error:
            log.warning("how a call went was not kept", inbox=self._inbox.name, error=str(error))
            raise Away from error


def _said(twiml: str) -> Response:
    return Response(twiml, media_type=TWIML)
