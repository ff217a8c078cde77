"""The acknowledgement by mail leads to the page of the ticket: whoever wrote can see there how it stands.

Only the author gets the link, at the address they wrote from, and not where their domain says that the mail is not its own. Without a
``company.public_url`` of one's own there is no page that anybody could reach. The ticket has no number yet: the notifier, which knows it,
makes the link.
"""

from services.router.deciding import proof
from services.router.deciding.life.living import Living
from shared.messages.outbound import PAGE_LINK, Postscript


def lead(living: Living) -> None:
    """Put the link below the acknowledgement."""
    telling, ticket = living.policy.telling, living.ticket
    if living.before is not None or not (telling.status_links and telling.is_public) or proof.TAG in ticket.tags:
        return
    for delivery in living.deliveries():
        outbound = delivery.outbound
        if (
            outbound.kind == "acknowledgement"
            and outbound.channel == "email"
            and outbound.to[0].address == ticket.customer
        ):
            outbound.postscripts.append(Postscript(template=PAGE_LINK))
