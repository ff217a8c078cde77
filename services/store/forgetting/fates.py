"""What becomes of every column that can hold words when somebody is forgotten: said for all, so that a new one is not overlooked.

A test walks through the tables: a column with text, JSON or octets that is not said here fails it, and what is said to go is written with
somebody's words, forgotten, and looked for.
"""

from collections.abc import Mapping
from typing import Final

GOES: Final = "goes"
"""The value goes, or the whole row, where it is of the person or of a ticket of theirs."""
UNNAMED: Final = "unnamed"
"""Somebody else's words, or the company's: addresses of the person are taken out of it, the rest stays."""
OPAQUE: Final = "opaque"
"""Ids, hashes and codes from which nobody can be told."""
FIGURES: Final = "figures"
"""What figures are made of: channels, states, categories, dates as text, counts."""
STAFF: Final = "staff"
"""About people who work for the company, and what they sign in with."""
SETTINGS: Final = "settings"
"""The operator's own configuration."""


def _all(fate: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, fate)


FATES: Final[Mapping[str, Mapping[str, str]]] = {
    "agent": _all(STAFF, "id", "email", "name", "role", "public_name", "languages", "hours", "signatures", "notify"),
    "agent_point": _all(STAFF, "id", "agent_id", "kind", "value", "key", "code_sha256"),
    "article_text": {
        **_all(OPAQUE, "article"),
        **_all(FIGURES, "language", "visibility", "category", "tags"),
        **_all(UNNAMED, "title", "sorted_by", "summary", "body", "title_words", "words"),
    },
    "article_votes": _all(OPAQUE, "article"),
    "automatic_sent": _all(GOES, "point_key", "ticket_id"),
    "cause": {
        **_all(GOES, "id", "result"),
        **_all(OPAQUE, "fingerprint", "policy"),
        **_all(FIGURES, "kind", "channel", "inbox", "outcome", "reason"),
    },
    "configuration": _all(SETTINGS, "version", "effective"),
    "contact": _all(GOES, "id", "name", "language", "timezone", "merged_into", "notify_by"),
    "contact_merge": _all(GOES, "id", "contact_id", "other_id", "by", "reason"),
    "contact_moved": _all(GOES, "merge_id", "kind", "key"),
    "contact_point": _all(GOES, "key", "kind", "value", "contact_id", "reason"),
    "contact_suggestion": _all(GOES, "contact_id", "other_id", "reason", "dismissed_by"),
    "counter": _all(FIGURES, "name"),
    "credential": _all(STAFF, "agent_id", "password", "totp", "recovery"),
    "delivery": _all(
        GOES,
        *("id", "ticket_id", "message_id", "channel", "inbox", "kind", "to", "state", "owner", "error", "provider_id"),
        *("via", "outbound", "agent_id", "event", "code"),
    ),
    "document": {
        **_all(FIGURES, "kind", "state"),
        **_all(OPAQUE, "id"),
        **_all(STAFF, "owner", "made_by", "changed_by"),
        **_all(UNNAMED, "title", "words", "body"),
    },
    "entry": {
        **_all(OPAQUE, "id", "ticket_id"),
        **_all(FIGURES, "kind"),
        **_all(STAFF, "by"),
        **_all(GOES, "data"),
    },
    "erasure": {**_all(OPAQUE, "id"), **_all(GOES, "points"), **_all(STAFF, "by"), **_all(FIGURES, "counts")},
    "erasure_item": _all(GOES, "erasure_id", "kind", "value"),
    "event": {
        **_all(OPAQUE, "id", "ticket_id", "message_id"),
        **_all(FIGURES, "what", "channel"),
        **_all(GOES, "actor", "reason", "data"),
    },
    "key_version": _all(GOES, "key"),
    "learnt_choice": {**_all(OPAQUE, "version"), **_all(STAFF, "by")},
    # Weights by hashes of 32 bits, and figures by categories (`shared.learning.features`).
    "learnt_model": {**_all(OPAQUE, "version", "body"), **_all(FIGURES, "measured"), **_all(STAFF, "by")},
    "ledger_count": _all(FIGURES, "channel", "inbox", "outcome", "reason"),
    "ledger_note": _all(OPAQUE, "id"),
    "message": {
        **_all(OPAQUE, "id", "ticket_id"),
        **_all(FIGURES, "direction", "channel", "inbox", "inboxes", "author_kind", "language", "automatic"),
        **_all(GOES, "source_id", "header_id", "author_name", "author_address", "recipients", "subject", "text"),
        **_all(
            GOES, "reply_text", "html", "bounce", "attachments", "original", "defects", "routed_by", "correlation_id"
        ),
        **_all(GOES, "answers", "content_key", "forwarded_from", "authentication", "bcc", "conversation", "side"),
    },
    "message_edit": _all(GOES, "id", "message_id", "text"),
    "news": _all(GOES, "id", "agent_id", "ticket_id", "event", "template", "variables"),
    "outbox": _all(GOES, "id", "stream", "subject", "bus_id", "payload"),
    "password_reset": _all(STAFF, "sha256", "agent_id", "kind"),
    # `point_id` is a hash under the installation's key; both are forgotten after two days anyway.
    "portal_code": {**_all(OPAQUE, "id", "point_id", "digest"), **_all(FIGURES, "kind")},
    "portal_session": _all(GOES, "id", "kind", "value"),
    "quarantine": _all(
        GOES,
        *("id", "source_id", "channel", "inbox", "inboxes", "sender", "subject", "reason", "message", "released_by"),
        *("ticket_id", "discarded_by", "discard_reason"),
    ),
    "reference": _all(GOES, "key", "ticket_id"),
    "session": _all(STAFF, "id", "agent_id", "sha256", "network", "browser"),
    "sign_in_failures": _all(OPAQUE, "key"),
    "spam_learnt": _all(GOES, "ticket_id", "words"),
    "spam_word": _all(OPAQUE, "key"),
    "spoken": _all(
        GOES,
        *("id", "source_id", "agent_id", "ticket_id", "channel", "inbox", "point", "delivery_id", "text"),
        *("attachments", "original", "verdict", "reason", "results"),
    ),
    "ticket": {
        **_all(OPAQUE, "id", "merged_into"),
        **_all(FIGURES, "status", "kind", "product", "priority", "category", "channel", "inbox", "language", "team"),
        **_all(
            STAFF, "assignee", "solved_by", "tested_by", "preventive_owner", "preventive_verified_by", "collaborators"
        ),
        **_all(GOES, "subject", "tags", "watchers", "contact_id", "customer", "participants", "unconfirmed"),
        **_all(GOES, "received_by", "problem", "impact", "solution", "root_cause", "preventive_action", "tested"),
        **_all(GOES, "satisfaction", "reasons", "latest_message_ids", "conversation", "received_via", "details"),
        **_all(GOES, "evidence", "state"),
    },
    "ticket_link": {**_all(OPAQUE, "ticket_id", "other_id"), **_all(FIGURES, "kind"), **_all(GOES, "reason")},
    "timer": _all(GOES, "id", "kind", "ticket_id"),
    "token": _all(STAFF, "id", "name", "sha256", "role", "made_by"),
    "tombstone": _all(OPAQUE, "key"),
}
