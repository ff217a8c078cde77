"""Events out: which events are queued for which webhook, what they say, and that failures go no further."""

from dataclasses import replace
from typing import Any

import pytest

from services.router.deciding.commands import Refused
from services.router.deciding.consequences import decide_delivery
from shared.identity import derive
from shared.messages.automation import ReplayDelivery, TestWebhook
from shared.messages.changeset import Changeset, RequeueDelivery
from shared.messages.command import Change, Close, Note
from shared.messages.outbound import DeliveryReport
from shared.settings.made import DeskWebhook
from tests.router.life.automated import Automated, policy, rule

ERROR = {"subject": "Secret subject", "text": "There is an error, says the customer."}


def hook(name: str = "crm", **more: Any) -> dict[str, Any]:
    return {"name": name, "url": "https://crm.acme.example/in", "secret": "s" * 16, **more}


def world(*hooks: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> Automated:
    return Automated(policy=policy(*rules, webhook=hooks))


def names(there: Automated, name: str = "crm") -> list[str]:
    return [each.subject for each in there.hooked() if each.inbox == name]


def test_each_event_is_queued_for_each_webhook_that_wants_it() -> None:
    there = world(hook("all"), hook("some", events=["status_changed"]), hook("tickets", events=["ticket_*"]))
    number = there.opened(**ERROR)
    there.act(Change(number=number, fields={"priority": "high"}))
    there.act(Close(number=number))
    assert names(there, "some") == ["status_changed"]
    assert names(there, "tickets") == ["ticket_opened", "ticket_changed"]
    everything = [each.what for each in there.trail(number)]
    assert names(there, "all") == everything


def test_an_event_has_the_name_that_it_has_on_the_bus_and_no_customer_s_words() -> None:
    there = world(hook(include=["ticket"]))
    changeset = there.take(_mail(there))
    for place, event in enumerate(each for each in changeset.operations if each.op == "add_event"):
        (queued,) = [each for each in there.hooked() if each.variables["event"]["id"] == _event_id(changeset, place)]
        assert queued.subject == event.what
        assert queued.ticket_id == event.ticket_id
    text = there.hooked()[0].encode().decode()
    assert "Secret" not in text
    assert "says the customer" not in text
    assert "ana@customer.example" not in text
    assert there.hooked()[0].variables["ticket"]["category"] == "technical"


def _event_id(changeset: Changeset, place: int) -> str:
    return derive("event", changeset.cause, str(place))


def _mail(there: Automated) -> Any:
    from tests.router.world import mail

    return mail("one", **ERROR, received_at=there.now)


def test_without_include_nothing_is_told_of_the_ticket_but_its_name() -> None:
    there = world(hook())
    there.opened(**ERROR)
    assert {len(each.variables["ticket"]) for each in there.hooked()} == {0}


def test_what_one_webhook_may_know_of_the_ticket_does_not_depend_on_another_before_it() -> None:
    there = world(hook("plain"), hook("crm", include=["ticket"]))
    there.opened(**ERROR)
    told = {each.inbox: bool(each.variables["ticket"]) for each in there.hooked() if each.subject == "ticket_opened"}
    assert told == {"plain": False, "crm": True}


def test_the_same_cause_decided_twice_names_the_same_deliveries() -> None:
    there = world(hook())
    message = _mail(there)
    first, second = there.decide(message), there.decide(message)
    assert [each.delivery_id for each in there.hooked(first)] == [each.delivery_id for each in there.hooked(second)]
    assert there.hooked(first)


def test_what_is_imported_is_told_to_nobody() -> None:
    there = world(hook())
    there.mails("It leaks.", imported=True)
    assert there.hooked() == []


def test_a_rule_tells_a_webhook_whatever_its_events_are() -> None:
    there = world(hook(events=["nothing"]), rules=(rule("tells", webhook="crm"),))
    there.opened(**ERROR)
    assert names(there) == ["rule_ran"]


def failed(there: Automated, delivery_id: str) -> Changeset:
    report = DeliveryReport(
        delivery_id=delivery_id,
        attempt=9,
        state="failed",
        at=there.now,
        channel="api",
        inbox="crm",
        error="HTTP 500",
    )
    changeset = decide_delivery(report, there.state.model_copy(deep=True), there.policy, there.now)
    there.commit(changeset)
    there.state.deliveries[delivery_id].state = "failed"
    return changeset


def test_a_webhook_that_could_not_be_told_is_noted_and_tells_nobody_else() -> None:
    there = world(hook(), rules=(rule("any", on=["changed", "status"], tags="x"),))
    number = there.opened(**ERROR)
    changeset = failed(there, there.hooked()[0].delivery_id)
    assert [each.op for each in changeset.operations] == ["add_event"], "no mail, no rule, no webhook"
    (event,) = there.trail(number, "webhook_failed")
    assert (event.reason, event.data["webhook"]) == ("HTTP 500", "crm")


def test_what_has_failed_can_be_replayed_and_nothing_else() -> None:
    there = world(hook())
    number = there.opened(**ERROR)
    delivery_id = there.hooked()[0].delivery_id
    with pytest.raises(Refused, match="only what has failed"):
        there.act(ReplayDelivery(delivery_id=delivery_id))
    failed(there, delivery_id)
    changeset = there.act(ReplayDelivery(delivery_id=delivery_id))
    assert [each.delivery_id for each in changeset.operations if isinstance(each, RequeueDelivery)] == [delivery_id]
    assert there.hooked(changeset) == [], "nobody is told of webhooks"
    (mail,) = [each for each in there.state.deliveries.values() if each.channel == "email"]
    mail.state = "failed"
    for wrong in (mail.delivery_id, "unknown"):
        with pytest.raises(Refused, match="no webhook"):
            there.act(ReplayDelivery(delivery_id=wrong))
    there.act(Note(number=number, text="still here"))


# -- made at the desk -------------------------------------------------------------------------------------------------------------


def made(
    *hooks: dict[str, Any], filed: tuple[dict[str, Any], ...] = (), rules: tuple[dict[str, Any], ...] = ()
) -> Automated:
    there = world(*filed, rules=rules)
    desk = tuple(DeskWebhook.model_validate({**hook(), "sealed": "x", **each}) for each in hooks)
    told = replace(there.policy.automation, hooks=(*there.policy.automation.hooks, *desk))
    there.policy = replace(there.policy, automation=told)
    return there


def test_a_webhook_of_the_desk_is_told_by_a_way_of_its_own_and_one_that_is_off_is_not_even_by_a_rule() -> None:
    there = made({"name": "erp"}, {"name": "off", "on": False}, rules=(rule("tells", webhook="off"),))
    there.opened(**ERROR)
    assert {each.inbox for each in there.hooked()} == {"desk:erp"}
    assert len({each.delivery_id for each in there.hooked()}) == len(there.hooked())


def test_any_webhook_can_be_tried_and_nobody_else_hears_of_it() -> None:
    there = made({"name": "erp", "on": False}, {"name": "all"}, filed=(hook(),))
    there.actor = "operator"
    for name, inbox in (("erp", "desk:erp"), ("crm", "crm")):
        changeset = there.act(TestWebhook(name=name))
        (told,) = there.hooked(changeset)
        assert (told.inbox, told.subject, told.ticket_id) == (inbox, "webhook_test", None)
        assert told.delivery_id == changeset.result["delivery_id"]
    with pytest.raises(Refused, match="there is no webhook 'gone'"):
        there.act(TestWebhook(name="gone"))


def test_what_one_that_was_taken_away_missed_is_not_replayed() -> None:
    there = made({"name": "erp"})
    there.opened(**ERROR)
    missed = there.hooked()[0].delivery_id
    there.state.deliveries[missed].state = "failed"
    assert there.act(ReplayDelivery(delivery_id=missed)).result["webhook"] == "erp"
    there.policy = replace(there.policy, automation=replace(there.policy.automation, hooks=()))
    with pytest.raises(Refused, match="there is no webhook erp any more"):
        there.act(ReplayDelivery(delivery_id=missed))
