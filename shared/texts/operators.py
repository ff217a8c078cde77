"""What the watchdog writes to the operators: what happened, and what to do. In English only."""

from typing import Final

ALERTS: Final[dict[str, str]] = {
    "subject": "[Trunkline] {what}",
    "dead_letters": "{count} dead letters wait to be resolved. `trunkline dead list` shows them, `trunkline dead replay ID` "
    "tries one again.",
    "oldest_delivery": "The oldest message to a customer has waited {waited} to be sent (inbox {inbox}). Its last error: "
    "{error}",
    "silent_channel": "The inbox {inbox} has received nothing for {silent}. See whether its mail still arrives here.",
    "disk_low": "{free} of disk space are left where {folder} is. When nothing is left, senders are asked to try again "
    "later.",
    "relay_down": "The relay {relay} of the inbox {inbox} takes no mail since {since}: {error}. Outgoing mail waits.",
    "backlog": "{count} messages wait to be routed, {limit} are the limit. Beyond it senders are asked to try again later.",
    "stream_full": "The stream {stream} is full ({size}). Senders are asked to try again later.",
    "bus_unreachable": "The bus cannot be reached since {since}: {error}",
    "recovered": "Over since {since}: {what}",
}
