"""Secrets of the installation: signing keys, what is signed with them, and where ``up`` keeps the ones it made."""

from shared.secrets.callbacks import CallbackToken, decode_callback, encode_callback
from shared.secrets.files import FileLink, decode_file, encode_file
from shared.secrets.generated import Generated, SecretsError, load_or_create
from shared.secrets.keyring import Keyring, from_settings
from shared.secrets.status import StatusToken, read_status_token, status_token
from shared.secrets.tokens import (
    MAX_NUMBER,
    Role,
    TicketToken,
    Visibility,
    decode_token,
    encode_token,
    message_id,
    read_message_id,
    read_reply_address,
    reply_address,
)

__all__ = [
    "MAX_NUMBER",
    "CallbackToken",
    "FileLink",
    "Generated",
    "Keyring",
    "Role",
    "SecretsError",
    "StatusToken",
    "TicketToken",
    "Visibility",
    "decode_callback",
    "decode_file",
    "decode_token",
    "encode_callback",
    "encode_file",
    "encode_token",
    "from_settings",
    "load_or_create",
    "message_id",
    "read_message_id",
    "read_reply_address",
    "read_status_token",
    "reply_address",
    "status_token",
]
