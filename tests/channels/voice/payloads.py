"""What Twilio posts about calls, by its documentation (https://www.twilio.com/docs/voice/twiml#request-parameters, …/record, …/dial)."""

ACCOUNT, CALL = "AC" + "a" * 32, "CA" + "b" * 32
RECORDING, TRANSCRIPTION = "RE" + "c" * 32, "TR" + "d" * 32
API = "https://api.twilio.com/2010-04-01/Accounts"


def incoming(**more: str) -> dict[str, str]:
    """Somebody calls."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": CALL,
        "CallStatus": "ringing",
        "Called": "+15005550006",
        "Caller": "+48600100200",
        "Direction": "inbound",
        "From": "+48600100200",
        "FromCountry": "PL",
        "To": "+15005550006",
        **more,
    }


def recorded(**more: str) -> dict[str, str]:
    """A recording is ready. The caller is not named."""
    return {
        "AccountSid": ACCOUNT,
        "CallSid": CALL,
        "RecordingSid": RECORDING,
        "RecordingUrl": f"{API}/{ACCOUNT}/Recordings/{RECORDING}",
        "RecordingStatus": "completed",
        "RecordingDuration": "72",
        "RecordingChannels": "1",
        "RecordingStartTime": "Mon, 02 Mar 2026 09:00:00 +0000",
        "RecordingSource": "RecordVerb",
        **more,
    }
