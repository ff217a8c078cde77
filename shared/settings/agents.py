"""``[agents]``: what agents are told of, and by which inboxes."""

from shared.settings.base import Section


class Agents(Section):
    """Of what agents are told, once each for whatever happened together, never of what they did themselves. ``notify``: of
    anything at all; the others are kinds of news. ``opened``: a new ticket of their team that nobody has; ``assigned``: one that is theirs
    now, or no longer; ``replied``: a customer has answered; ``mentioned``: somebody names them in a note; ``side``: an answer in a side
    conversation; ``noted``: a note in an internal ticket; ``watched``: another status of a ticket that they watch; ``requests``: what is
    asked of a department, its answers, and that one is late. ``telegram``, ``sms`` and ``whatsapp`` name the inboxes by which agents are
    told who chose so; empty: the first of that channel.
    """

    notify: bool = True
    opened: bool = True
    assigned: bool = True
    replied: bool = True
    mentioned: bool = True
    side: bool = True
    noted: bool = True
    watched: bool = True
    requests: bool = True
    telegram: str = ""
    sms: str = ""
    whatsapp: str = ""
