"""Payloads of Twilio's webhooks as its documentation words them, and the inboxes they come to."""

from shared.settings import TwilioInbox

SID = "SM" + "0123456789abcdef" * 2
OTHER = "SM" + "f" * 32
FILE = "ME" + "0123456789abcdef" * 2
ACCOUNT = "AC" + "0123456789abcdef" * 2
MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media/{FILE}"
TEMPLATE = "HX" + "0" * 32


def inbox(channel: str = "sms", **fields: object) -> TwilioInbox:
    number = {"messenger": "110000000001"}.get(channel, "+15005550006")
    given = {"name": channel, "channel": channel, "number": number, "account_sid": ACCOUNT, "auth_token": "12345"}
    return TwilioInbox.model_validate({**given, **fields})


def sms(**fields: str) -> dict[str, str]:
    """https://www.twilio.com/docs/messaging/guides/webhook-request"""
    return {
        "ToCountry": "US", "ToState": "", "SmsMessageSid": SID, "NumMedia": "0", "ToCity": "", "FromZip": "", "SmsSid": SID,
        "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": "The printer is broken", "FromCountry": "PL",
        "To": "+15005550006", "ToZip": "", "NumSegments": "1", "MessageSid": SID, "AccountSid": ACCOUNT,
        "From": "+48600100200", "ApiVersion": "2010-04-01",
    } | fields  # fmt: skip


def whatsapp(**fields: str) -> dict[str, str]:
    """https://www.twilio.com/docs/whatsapp/api"""
    return {
        "SmsMessageSid": SID, "NumMedia": "0", "ProfileName": "Ana Kovač", "MessageType": "text", "SmsSid": SID,
        "WaId": "385912345678", "SmsStatus": "received", "Body": "Dobar dan", "To": "whatsapp:+15005550006",
        "NumSegments": "1", "ReferralNumMedia": "0", "MessageSid": SID, "AccountSid": ACCOUNT,
        "From": "whatsapp:+385912345678", "ApiVersion": "2010-04-01",
    } | fields  # fmt: skip


def messenger(**fields: str) -> dict[str, str]:
    """https://www.twilio.com/docs/messaging/channels/facebook-messenger"""
    return {
        "SmsMessageSid": SID, "NumMedia": "0", "SmsSid": SID, "SmsStatus": "received", "Body": "Hello",
        "To": "messenger:110000000001", "NumSegments": "1", "MessageSid": SID, "AccountSid": ACCOUNT,
        "From": "messenger:2470000000000001", "ApiVersion": "2010-04-01",
    } | fields  # fmt: skip


def media(*types: str) -> dict[str, str]:
    fields = {"NumMedia": str(len(types))}
    for number, media_type in enumerate(types):
        fields |= {f"MediaUrl{number}": f"{MEDIA}{number}", f"MediaContentType{number}": media_type}
    return fields
