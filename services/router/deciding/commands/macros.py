"""Deciding about macros, and about telling a webhook once more or only trying it."""

from typing import Any

from services.router.deciding import naming
from services.router.deciding.commands import collision, conversation
from services.router.deciding.commands.doing import Doing, Refused, cause
from services.router.deciding.life import hooks
from services.router.deciding.life.acting import Hand, act
from services.router.deciding.life.living import Cause, Living, live
from services.router.deciding.life.notices import public_name
from services.router.deciding.life.wording import macro_words
from shared.documents import macro as documented
from shared.messages import command as c
from shared.messages.automation import ApplyMacro, ReplayDelivery, RequeueDelivery, TestWebhook
from shared.messages.changeset import QueueDelivery
from shared.messages.documents import document_key
from shared.messages.facts import FactsRequest
from shared.messages.parts import Address
from shared.settings.macros import Macro
from shared.settings.made import hook_name
from shared.settings.rules import NONE


def alive(do: Doing, ticket_id: str) -> Living:
    """The ticket with what the command has done so far."""
    command = do.command
    by = Cause(cause(command), command.actor, command.channel, correlation_id=command.correlation_id)
    living = live(by, ticket_id, do.draft, do.facts, do.policy, do.now)
    assert living is not None, "the ticket was looked up before"
    return living


def needs(action: Any, request: FactsRequest) -> None:
    """The macro, where it was made in the desk."""
    if isinstance(action, ApplyMacro):
        request.documents += documented.asked(action.name)


def known(do: Doing, name: str) -> Macro | None:
    """The macro of that name: one of the configuration, else one that was made in the desk, as it is now."""
    configured = do.policy.automation.macros.get(name)
    if configured is not None:
        return configured
    found = documented.kept(name, do.facts.documents)
    if found is not None:
        do.draft.rely(do.facts, document_key(documented.MACRO, name))
    return found


def unknown_name(do: Doing, body: Any) -> str | None:
    """Which name in a macro that is to be kept is nobody's here; null: none, or it is no macro. What stands in the file was checked when it
    was read (`shared.settings.crosscheck`)."""
    if not isinstance(body, documented.MacroBody):
        return None
    deeds, policy = body.macro("it").actions, do.policy
    known = {
        "category": {each.name for each in policy.categories},
        "webhook": {each.name for each in policy.automation.hooks},
        "team": {NONE, *naming.teams(policy)} if naming.teams(policy) else {deeds.team},
        "assignee": {NONE, *do.facts.staff},
    }
    for name, names in known.items():
        value = getattr(deeds, name)
        if value and (value.strip().lower() if name == "assignee" else value) not in names:
            there = ", ".join(sorted(names - {NONE})) or "none"
            return f"then.{name}: there is no {value[:100]!r}; there are {there[:500]}"
    return None


def apply_macro(do: Doing, want: ApplyMacro) -> dict[str, Any]:
    """Answer, and do the rest, at once. Raises `Refused`, also where any part of it cannot be done: then nothing is."""
    ticket = do.ticket(want.number)
    macro = known(do, want.name)
    if macro is None:
        there = ", ".join(do.policy.automation.macros) or "none"
        raise Refused("not-found", f"there is no macro {want.name[:100]!r}; there are {there}")
    if ticket.status == "merged":
        merged = f"T-{want.number} was merged into another ticket; answer there"
        raise Refused("conflict", merged, why="merged", ticket=f"T-{want.number}")
    collision.check(do, ticket, want.seen_at)
    result: dict[str, Any] = {"ticket_id": ticket.ticket_id, "number": ticket.number}
    living = alive(do, ticket.ticket_id)
    words = macro_words(living, macro, public_name(living, do.command.actor.partition(":")[2]))
    if words:
        result |= conversation.reply(do, c.Reply(number=want.number, text=words))
        living = alive(do, ticket.ticket_id)
    hand = Hand("macro", macro.name, Address(name=do.name, address=""), "agent", guarded=False)
    acted = act(living, macro.actions, hand)
    for name, refused in acted.skipped.items():
        raise Refused("conflict", f"{name}: {refused}")
    told = {"webhook": macro.actions.webhook} if macro.actions.webhook else {}
    living.event("macro_applied", macro=macro.name, did=acted.did, answered=bool(words), **told)
    living.changes()
    return result


def replay_delivery(do: Doing, want: ReplayDelivery) -> dict[str, Any]:
    """Try again what a webhook could not be told. Raises `Refused` for what is none of that."""
    delivery = do.facts.deliveries.get(want.delivery_id)
    if delivery is None or delivery.channel != "api":
        raise Refused("not-found", f"no webhook was to be told of anything under {want.delivery_id[:64]}")
    name = hook_name(delivery.inbox)
    if do.policy.automation.hook_of(delivery.inbox) is None:
        raise Refused("conflict", f"there is no webhook {name} any more")
    if delivery.state not in ("failed", "unknown"):
        raise Refused("conflict", f"it is {delivery.state}; only what has failed is tried again")
    do.draft.operations.append(RequeueDelivery(delivery_id=want.delivery_id))
    do.event("webhook_replayed", delivery.ticket_id, webhook=name, delivery=want.delivery_id)
    return {"delivery_id": want.delivery_id, "webhook": name}


def test_webhook(do: Doing, want: TestWebhook) -> dict[str, Any]:
    """Tell a webhook of nothing, to see whether it can be told; also one that is switched off. Raises `Refused` for one that there is
    not."""
    hook = do.policy.automation.hook(want.name)
    if hook is None:
        raise Refused("not-found", f"there is no webhook {want.name[:100]!r}")
    by = Cause(cause(do.command), do.command.actor, do.command.channel, correlation_id=do.command.correlation_id)
    told = hooks.test(hook, by, do.command.actor, do.policy, do.now)
    do.draft.operations.append(QueueDelivery(outbound=told))
    do.event("webhook_tested", None, webhook=hook.name, delivery=told.delivery_id)
    return {"delivery_id": told.delivery_id, "webhook": hook.name}
