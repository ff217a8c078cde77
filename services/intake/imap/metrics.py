"""What is measured of mailboxes, by inbox."""

from prometheus_client import Counter, Gauge

CONNECTED = Gauge("trunkline_imap_connected", "1 while this process is signed in to the mailbox", ["inbox"])
READER = Gauge("trunkline_imap_reader", "1 while this process is the one that reads the mailbox", ["inbox"])
MAILS = Counter("trunkline_imap_mails_total", "Mails of the mailbox by what became of them", ["inbox", "result"])
FAILURES = Counter("trunkline_imap_failures_total", "Times the connection failed, by kind", ["inbox", "kind"])
LOOKED = Gauge(
    "trunkline_imap_looked_seconds", "When the mailbox was last seen to hold nothing new, in Unix time", ["inbox"]
)
TOKEN_ENDS = Gauge("trunkline_imap_token_ends_in_seconds", "Seconds of life that the access token had left", ["inbox"])
RECONCILED = Counter(
    "trunkline_imap_reconciled_total", "Mails compared with what is stored, by how that ended", ["inbox", "result"]
)
RENUMBERED = Counter("trunkline_imap_renumbered_total", "Times the server gave the folder new UIDs", ["inbox"])

RESULTS = ("accepted", "duplicate", "refused", "older")


def touch(inbox: str) -> None:
    """Show everything as 0 from the start."""
    for gauge in (CONNECTED, READER):
        gauge.labels(inbox).set(0)
    for result in RESULTS:
        MAILS.labels(inbox, result)
    for result in ("known", "missing"):
        RECONCILED.labels(inbox, result)
    RENUMBERED.labels(inbox)
