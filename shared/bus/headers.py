"""The headers we set on messages, and what a value must look like to go into one.

Not here: what the headers mean to whom; that is said where they are used.
"""

import hashlib
import re
from collections.abc import Mapping

MESSAGE_ID = "Nats-Msg-Id"
EXPECTED_STREAM = "Nats-Expected-Stream"
ROLLUP = "Nats-Rollup"
BATCH_ID = "Nats-Batch-Id"  # ADR-50, atomic batches; at most 64 characters
BATCH_SEQUENCE = "Nats-Batch-Sequence"  # from 1
BATCH_COMMIT = "Nats-Batch-Commit"  # "1" on the last
STATUS = "Status"
DESCRIPTION = "Description"

DEADLINE = "Trunkline-Deadline"  # seconds since the epoch, as a decimal
ERROR = "Trunkline-Error"
ERROR_TEXT = "Trunkline-Error-Text"

ATTEMPT = "Trunkline-Attempt"  # failures so far
NOT_BEFORE = "Trunkline-Not-Before"  # seconds since the epoch, as a decimal
FIRST_ERROR = "Trunkline-First-Error"
LAST_ERROR = "Trunkline-Last-Error"
FIRST_SEEN = "Trunkline-First-Seen"  # seconds since the epoch, as a decimal
DURABLE = "Trunkline-Durable"  # who failed, so that nobody else retries it
ORIGINAL_SUBJECT = "Trunkline-Original-Subject"
ORIGINAL_ID = "Trunkline-Original-Id"
ORIGINAL_SEQUENCE = "Trunkline-Original-Sequence"  # "<stream>:<sequence>"

_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")
_PLAIN_ID = re.compile(r"[\x21-\x7e]{1,400}")


def clean(value: object) -> str:
    """One line of text that can be a header value: control characters become a space.

    CR and LF would end the header and let a stranger's text add headers of its own. The client library cannot send
    anything but `str`, so other types are turned into it here.
    """
    return _UNSAFE.sub(" ", str(value)).strip()


def clean_ascii(value: object, limit: int = 500) -> str:
    """Like `clean`, but ASCII and at most `limit` characters: for error texts, which are read back by any tool."""
    return clean(value).encode("ascii", "backslashreplace").decode("ascii")[:limit]


def clean_id(message_id: str) -> str:
    """A message id that survives the wire unchanged; different ids stay different.

    Cleaning an odd id would make two ids equal, and the server would then drop the second message as a duplicate:
    a loss. Odd, long or empty ones are therefore replaced by their hash.
    """
    if _PLAIN_ID.fullmatch(message_id):
        return message_id
    return "sha256-" + hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()


def block(headers: Mapping[str, str]) -> bytes:
    """The headers as they go onto the wire (NATS ADR-4). Names are ours; values must be `clean`, or they would add headers."""
    lines = "".join([f"{key}: {value}\r\n" for key, value in headers.items()])
    return f"NATS/1.0\r\n{lines}\r\n".encode("utf-8", "replace")
