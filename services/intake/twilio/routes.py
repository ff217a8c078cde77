"""Twilio's webhooks: ``POST /hooks/twilio/{inbox}`` for messages, ``…/status`` for what became of ours.

A request counts only with Twilio's signature over the *configured* public address: what a proxy makes of host, scheme and port does not
matter, and nobody can tell us another. 403 otherwise, and the ledger counts it. The answer is 200 when the bus has the message on disk.
"""

from typing import Final
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter

from services.intake.accepting import Accepting
from services.intake.errors import Away, Why
from services.intake.twilio import lending
from services.intake.twilio.making import Takers
from services.intake.twilio.reading import Malformed
from services.intake.twilio.statuses import report
from shared import clock
from shared.bus import subjects
from shared.bus.errors import BusError
from shared.secrets import decode_callback
from shared.service import Context
from shared.settings.inbox import TwilioInbox
from shared.twilio import is_signed
from shared.web import problem

log = structlog.get_logger(__name__)

MOST_FIELDS = 400
EMPTY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""TwiML that sends nothing: answers go out by the API, where they can be followed."""
CALLBACKS = Counter(
    "trunkline_intake_twilio_callbacks_total", "Status callbacks, by what they said", ["inbox", "status"]
)


class Unsigned(Exception):
    """Not Twilio's; ``status`` is the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def routes(context: Context, accepting: Accepting) -> APIRouter:
    """The webhooks of all inboxes of SMS, WhatsApp and Messenger."""
    router = APIRouter(include_in_schema=False)
    takers = Takers(context, accepting)
    guard = Guard(context.settings.company.public_url, accepting)

    async def message(request: Request) -> Response:
        inbox = request.path_params["inbox"]
        taking = takers.by_name.get(inbox)
        if taking is None:
            return problem(404, "there is no such inbox")
        try:
            form = await guard.form(request, taking.inbox)
            await taking.take(form)
        except Unsigned as error:
            return problem(error.status, str(error))
        except Malformed as error:
            accepting.refused(taking.inbox.channel, inbox, "malformed")
            return problem(400, str(error))
        return Response(EMPTY, media_type="text/xml")

    async def status(request: Request) -> Response:
        taking = takers.by_name.get(request.path_params["inbox"])
        if taking is None:
            return problem(404, "there is no such inbox")
        try:
            form = await guard.form(request, taking.inbox)
        except Unsigned as error:
            return problem(error.status, str(error))
        await _report(context, taking.inbox, request.query_params.get("d", ""), form)
        return Response(status_code=204)

    # Plain routes: what the framework does beyond them, for parameters that have types and answers that have models, costs a webhook
    # as much as publishing it.
    router.add_route("/hooks/twilio/{inbox}", message, methods=["POST"])
    router.add_route("/hooks/twilio/{inbox}/status", status, methods=["POST"])
    router.include_router(lending.routes(context))
    return router


class Guard:
    """Lets in what Twilio signed."""

    def __init__(self, public_url: str, accepting: Accepting) -> None:
        self._public, self._accepting = public_url, accepting

    async def form(self, request: Request, inbox: TwilioInbox) -> dict[str, str]:
        """The form of a signed request, the last value of each field. Raises `Unsigned`, and counts it."""
        try:
            body = (await request.body()).decode("utf-8")
            pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise self._refused(inbox, 400, "malformed", "this is no form of Twilio's") from None
        path, query = request.scope["path"], request.scope["query_string"].decode("utf-8", "replace")
        url = f"{self._public}{path}{'?' if query else ''}{query}"
        signature = request.headers.get("x-twilio-signature", "")
        if not is_signed(inbox.auth_token.get_secret_value(), url, pairs, signature):
            log.warning("a webhook without Twilio's signature", inbox=inbox.name, url=url[:200])
            raise self._refused(inbox, 403, "signature", "the signature is not Twilio's for this address")
        form = dict(pairs)
        if inbox.account_sid and form.get("AccountSid", inbox.account_sid) != inbox.account_sid:
            raise self._refused(inbox, 403, "forged", "this is another account's")
        return form

    def _refused(self, inbox: TwilioInbox, status: int, reason: Why, said: str) -> Unsigned:
        self._accepting.refused(inbox.channel, inbox.name, reason)
        return Unsigned(status, said)


async def _report(context: Context, inbox: TwilioInbox, given: str, form: dict[str, str]) -> None:
    """Publish what became of a message. Raises `Away`: Twilio is told to come again."""
    token = decode_callback(context.keyring, given)
    found = None if token is None else report(form, token, inbox, clock.now())
    CALLBACKS.labels(inbox.name, found.state if found else "ignored").inc()
    if found is None:
        # Signed by Twilio, and yet of no delivery: somebody else sends from this account too.
        log.info("a status of no delivery", inbox=inbox.name, sid=form.get("MessageSid", "")[:40])
        return
    try:
        await context.publisher.publish(
            subjects.DELIVERY,
            subjects.delivery(found.channel, found.state),
            found.encode(),
            message_id=found.bus_id,
        )
    except BusError as error:
        log.warning("a status was not kept", inbox=inbox.name, error=str(error))
        raise Away from error
