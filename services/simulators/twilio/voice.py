"""The REST API of calls, their recordings and transcriptions."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.simulators.twilio import addresses, paging, sending
from services.simulators.twilio.answers import Refused, not_found
from services.simulators.twilio.asked import form
from services.simulators.twilio.records import Call, Recording

if TYPE_CHECKING:
    from services.simulators.twilio.simulator import TwilioSimulator

Handler = Callable[[Request], Awaitable[Response]]


class VoiceRest:
    """Handlers that `Rest` puts behind its auth."""

    def __init__(self, simulator: "TwilioSimulator") -> None:
        self._simulator, self._account = simulator, simulator.account

    def routes(self, at: str) -> list[tuple[str, str, Handler]]:
        """Path, method and handler, below the account's path."""
        return [
            (f"{at}/Calls.json", "POST", self._create_call),
            (f"{at}/Calls.json", "GET", self._list_calls),
            (f"{at}/Calls/{{sid}}.json", "GET", self._call),
            (f"{at}/Calls/{{sid}}.json", "POST", self._change_call),
            (f"{at}/Recordings.json", "GET", self._list_recordings),
            (f"{at}/Recordings/{{sid}}", "GET", self._recording),
            (f"{at}/Recordings/{{sid}}", "DELETE", self._delete_recording),
            (f"{at}/Transcriptions/{{sid}}.json", "GET", self._transcription),
        ]

    async def _create_call(self, request: Request) -> Response:
        """https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource"""
        given, repeated = await form(request)
        sender, recipient = given.get("From", ""), given.get("To", "")
        _check_call(given)
        if sender not in self._account.senders:
            raise Refused(21210, f"The source phone number provided, {sender}, is not yet verified for your account.")
        call = Call(
            account=self._account.sid,
            sender=sender,
            recipient=recipient,
            direction="outbound-api",
            callback=given.get("StatusCallback", ""),
            events=tuple(repeated.get("StatusCallbackEvent", [])) or ("completed",),
        )
        answer = JSONResponse(call.shown(), status_code=201)
        self._simulator.dials(call, given.get("Url", ""), given.get("Twiml", ""), given.get("Method", "POST"))
        return answer

    async def _list_calls(self, request: Request) -> Response:
        query = request.query_params
        fits = paging.between(query, "StartTime")
        with self._simulator.lock:
            found = [
                call
                for call in reversed(self._account.calls.values())
                if query.get("To", call.recipient) == call.recipient
                and query.get("From", call.sender) == call.sender
                and query.get("Status", call.status) == call.status
                and query.get("ParentCallSid", call.parent) == call.parent
                and fits(call.created)
            ]
            return JSONResponse(paging.page(found, query, request.url.path, "calls"))

    async def _call(self, request: Request) -> Response:
        with self._simulator.lock:
            return JSONResponse(self._find_call(request).shown())

    async def _change_call(self, request: Request) -> Response:
        """Only its end can be asked for; new TwiML in mid-call is not simulated."""
        given, _ = await form(request)
        with self._simulator.lock:
            call = self._find_call(request)
            if call.is_over:
                raise Refused(21220, "Call is not in-progress. Cannot redirect.")
            if given.get("Status") not in ("completed", "canceled"):
                raise Refused(21218, "Invalid Status")
            call.status = given["Status"]
            return JSONResponse(call.shown())

    def _find_call(self, request: Request) -> Call:
        call = self._account.calls.get(request.path_params["sid"])
        if call is None:
            raise not_found(request.url.path)
        return call

    # Recordings.

    async def _list_recordings(self, request: Request) -> Response:
        query = request.query_params
        fits = paging.between(query, "DateCreated")
        with self._simulator.lock:
            found = [
                recording
                for recording in reversed(self._account.recordings.values())
                if query.get("CallSid", recording.call) == recording.call and fits(recording.created)
            ]
            return JSONResponse(paging.page(found, query, request.url.path, "recordings"))

    async def _recording(self, request: Request) -> Response:
        """``.json`` describes it; ``.mp3``, ``.wav`` or nothing are the sound
        (https://www.twilio.com/docs/voice/api/recording#fetch-a-recording-media-file)."""
        recording, ending = self._find_recording(request)
        if ending == "json":
            return JSONResponse(recording.shown())
        with self._simulator.lock:
            kept = self._account.files.get(recording.sid)
        if kept is None or ending not in ("", "wav", "mp3"):
            raise not_found(request.url.path)
        return Response(kept.content, media_type="audio/mpeg" if ending == "mp3" else "audio/x-wav")

    async def _delete_recording(self, request: Request) -> Response:
        recording, _ = self._find_recording(request)
        with self._simulator.lock:
            del self._account.recordings[recording.sid]
            self._account.files.drop(recording.sid)
        return Response(status_code=204)

    def _find_recording(self, request: Request) -> tuple[Recording, str]:
        sid, _, ending = request.path_params["sid"].partition(".")
        with self._simulator.lock:
            recording = self._account.recordings.get(sid)
        if recording is None:
            raise not_found(request.url.path)
        return recording, ending

    async def _transcription(self, request: Request) -> Response:
        with self._simulator.lock:
            for recording in self._account.recordings.values():
                if recording.transcription == request.path_params["sid"]:
                    return JSONResponse(recording.transcription_shown())
        raise not_found(request.url.path)


def _check_call(given: Mapping[str, str]) -> None:
    """Raises `Refused`."""
    sender, recipient = given.get("From", ""), given.get("To", "")
    if not recipient:
        raise Refused(21201, "No 'To' number is specified")
    if not sender:
        raise Refused(21213, "No 'From' number is specified")
    if not addresses.E164.fullmatch(recipient):
        raise Refused(21211, f"Invalid 'To' Phone Number: {recipient}")
    if not addresses.E164.fullmatch(sender):
        raise Refused(21212, f"Invalid 'From' Phone Number: {sender}")
    if not given.get("Url") and not given.get("Twiml"):
        raise Refused(21205, "Url parameter is required.")
    if given.get("Url") and not sending.is_url(given["Url"]):
        raise Refused(21205, f"Url is not a valid URL: {given['Url']}")
    if given.get("StatusCallback") and not sending.is_url(given["StatusCallback"]):
        raise Refused(21609, f"The 'StatusCallback' URL {given['StatusCallback']} is not a valid URL.")
