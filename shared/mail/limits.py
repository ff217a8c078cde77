"""The bounds of reading a mail, in one place. Beyond them a mail is still read, with a defect saying what was cut."""

MAX_HEADER_LINES = 2_000
"""Header lines looked at in one header block, continuation lines included."""

MAX_HEADER_BYTES = 256 * 1024
"""Octets of one header block that are looked at."""

MAX_FIELD_BYTES = 16 * 1024
"""Octets of one header field that are decoded."""

MAX_PARTS = 1_000
"""MIME parts read from one mail."""

MAX_DEPTH = 50
"""Nested multiparts kept as a tree; what lies deeper is hung on the deepest one kept."""

MAX_TEXT = 256 * 1024
"""Characters of text, and of HTML, in a result."""

MAX_ADDRESSES = 500
"""Addresses read from one header."""

MAX_IDS = 200
"""Message ids read from one header; the first and the newest are kept."""

WORKER_SIZE = 64 * 1024
"""Octets above which a mail is read in a worker process."""
