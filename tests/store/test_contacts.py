"""Contacts in the database: merged and taken apart again exactly, suggested, opted out; messages that were changed; what decisions ask."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.store import models
from services.store.models import table
from services.store.queries.contacts import find_contacts, read_contact
from services.store.queries.tickets import read_ticket
from services.store.reading import QueryContext
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.contacts import ContactQuery, ContactsQuery, PersonView
from shared.messages.facts import contact_key, point_key
from shared.messages.parts import Point
from shared.messages.ticket import MessageView, TicketQuery
from shared.settings import load
from tests.store.house import House
from tests.store.making import claim, commit, delivery, doing, fresh, opening, report
from tests.store.test_deliveries import record
from tests.store.test_moving import ask


def contact_of(name: str) -> str:
    return derive("contact", name)


def mail_of(name: str) -> Point:
    return Point(kind="email", value=f"{name}@example.com")


def context(house: House, store: StoreService) -> QueryContext:
    return QueryContext(store.reader, house.opened[0].jetstream(), house.data, load(None, house.data, {}))


async def person(house: House, store: StoreService, contact_id: str) -> PersonView:
    found = (await read_contact(context(house, store), ContactQuery(contact_id=contact_id))).contact
    assert found is not None
    return found


def merging(one: str, other: str, name: str = "") -> c.MergeContacts:
    return c.MergeContacts(
        merge_id=derive("merge", name or one + other), contact_id=contact_of(one), other_id=contact_of(other),
        by="agent:anna", at=now(),
    )  # fmt: skip


def unmerging(one: str, other: str) -> c.UnmergeContacts:
    return c.UnmergeContacts(contact_id=contact_of(one), other_id=contact_of(other), at=now())


async def owners(house: House) -> tuple[dict[str, str], dict[str, str]]:
    """Whose each point and each ticket is."""
    point, ticket = table(models.ContactPoint), table(models.Ticket)
    points = {row["value"]: row["contact_id"] for row in await house.rows(select(point))}
    return points, {row["id"]: row["contact_id"] for row in await house.rows(select(ticket))}


# -- one person ---------------------------------------------------------------------------------------------------------


async def test_merging_moves_points_and_tickets_and_undoing_puts_them_back_exactly(
    house: House, store: StoreService
) -> None:
    one, other, third = fresh(), fresh(), fresh()
    await commit(store, opening(one), opening(other), opening(third))
    before = await owners(house)
    await commit(store, doing(merging(one, other)), doing(merging(one, third)))
    points, tickets = await owners(house)
    assert set(points.values()) == set(tickets.values()) == {contact_of(one)}
    view = await person(house, store, contact_of(one))
    assert (len(view.points), len(view.tickets or []), len(view.merged or [])) == (3, 3, 2)
    assert (await person(house, store, contact_of(other))).merged_into == contact_of(one)
    await commit(store, doing(unmerging(one, other)), doing(unmerging(one, third)))
    assert await owners(house) == before
    assert (await person(house, store, contact_of(other))).merged_into is None


async def test_what_came_to_the_contact_since_stays_there_when_merging_is_undone(
    house: House, store: StoreService
) -> None:
    one, other = fresh(), fresh()
    await commit(store, opening(one), opening(other))
    phone = Point(kind="phone", value="+48600100200")
    await commit(store, doing(merging(one, other)))
    await commit(store, doing(c.PutContact(contact_id=contact_of(one), points=[phone])))
    await commit(store, doing(unmerging(one, other)))
    points, _ = await owners(house)
    assert points[phone.value] == contact_of(one)
    assert points[mail_of(other).value] == contact_of(other)


async def test_merging_again_after_undoing_and_undoing_that_is_exact_too(house: House, store: StoreService) -> None:
    one, other = fresh(), fresh()
    await commit(store, opening(one), opening(other))
    before = await owners(house)
    for name in ("first", "second"):
        await commit(store, doing(merging(one, other, name)))
        assert set((await owners(house))[0].values()) == {contact_of(one)}
        await commit(store, doing(unmerging(one, other)))
        assert await owners(house) == before
    assert len((await person(house, store, contact_of(one))).merged or []) == 2


async def test_a_ticket_opened_in_the_same_transaction_as_the_merging_goes_along(
    house: House, store: StoreService
) -> None:
    one, other = fresh(), fresh()
    await commit(store, opening(one))
    await commit(store, doing(merging(one, other)), opening(other))
    assert set((await owners(house))[1].values()) == {contact_of(one)}


async def test_a_decision_that_relied_on_a_point_of_a_merged_contact_conflicts(
    house: House, store: StoreService
) -> None:
    one, other = fresh(), fresh()
    await commit(store, opening(one), opening(other))
    key = point_key("email", mail_of(other).value)
    version = (await ask(store, points=[mail_of(other)])).versions[key]
    await commit(store, doing(merging(one, other)))
    (late,) = await commit(store, doing(relies={key: version}))
    assert late.outcome == "conflict"


async def test_suggestions_are_shown_once_at_both_and_gone_after_merging(house: House, store: StoreService) -> None:
    one, other = fresh(), fresh()
    await commit(store, opening(one), opening(other))
    for first, second in ((one, other), (other, one)):
        suggested = c.SuggestMerge(
            contact_id=contact_of(first), other_id=contact_of(second), reason="the same name", at=now()
        )
        await commit(store, doing(suggested))
    for mine, theirs in ((one, other), (other, one)):
        (shown,) = (await person(house, store, contact_of(mine))).contact_suggestions or []
        assert (shown.contact_id, shown.reason, shown.points) == (
            contact_of(theirs),
            "the same name",
            [mail_of(theirs)],
        )
    await commit(store, doing(merging(one, other)))
    assert (await person(house, store, contact_of(one))).contact_suggestions == []


async def test_what_is_known_is_kept_and_an_agent_changes_it(house: House, store: StoreService) -> None:
    name = fresh()
    await commit(store, opening(name))
    put = c.PutContact(contact_id=contact_of(name), name="Else", language="hr", timezone="Europe/Zagreb")
    await commit(store, doing(put), doing(put.model_copy(update={"timezone": "Europe/Paris"})))
    view = await person(house, store, contact_of(name))
    assert (view.name, view.language, view.timezone) == ("Ann", "pl", "Europe/Zagreb")
    await commit(store, doing(c.ChangeContact(contact_id=contact_of(name), name="Ana", timezone="Europe/Paris")))
    view = await person(house, store, contact_of(name))
    assert (view.name, view.language, view.timezone) == ("Ana", "pl", "Europe/Paris")


async def test_contacts_are_found_by_name_and_point_and_merged_ones_are_not(house: House, store: StoreService) -> None:
    one, other = fresh(), fresh()
    await commit(store, opening(one), opening(other))

    async def found(q: str) -> list[str]:
        return [each.id for each in (await find_contacts(context(house, store), ContactsQuery(q=q))).items]

    assert await found(one[:12].upper()) == [contact_of(one)]
    assert set(await found("ANN")) == {contact_of(one), contact_of(other)}
    assert await found("100%_no") == []
    assert await found("a\0b") == []
    await commit(store, doing(merging(one, other)))
    assert await found("ann") == [contact_of(one)]
    page = await find_contacts(context(house, store), ContactsQuery(per_page=1))
    assert (len(page.items), page.more) == (1, False)


# -- points -------------------------------------------------------------------------------------------------------------


async def test_a_point_opted_out_stays_so_until_they_opt_in(store: StoreService) -> None:
    phone = Point(kind="phone", value="+48600100200")
    put = c.PutContact(contact_id=contact_of("ana"), points=[phone])
    key = point_key("phone", phone.value)
    await commit(store, doing(put, c.OptPoint(point=phone, out=True)))
    await commit(store, doing(put))
    assert (await ask(store, points=[phone])).contacts[key].opted_out
    await commit(store, doing(c.OptPoint(point=phone, out=False)))
    assert not (await ask(store, points=[phone])).contacts[key].opted_out


async def test_a_point_is_verified_once_somebody_writes_from_it_and_stays_so(store: StoreService) -> None:
    mail = mail_of(fresh())
    put = c.PutContact(contact_id=contact_of(mail.value), points=[mail], verified=False)
    key = point_key("email", mail.value)
    await commit(store, doing(put))
    assert not (await ask(store, points=[mail])).contacts[key].verified
    await commit(store, doing(put.model_copy(update={"verified": True})))
    await commit(store, doing(put))
    assert (await ask(store, points=[mail])).contacts[key].verified


# -- what decisions ask -------------------------------------------------------------------------------------------------


async def test_a_person_is_known_with_all_points_and_their_versions(store: StoreService) -> None:
    name = fresh()
    (opened,) = await commit(store, opening(name))
    number = int(opened.result["number"])
    facts = await ask(store, numbers=[number], people_of=[number])
    found = facts.people[contact_of(name)]
    assert [(each.kind, each.value, each.verified) for each in found.points] == [("email", f"{name}@example.com", True)]
    assert facts.versions[contact_key(contact_of(name))] == 0
    assert facts.versions[point_key("email", f"{name}@example.com")] == 1
    assert (await ask(store, people=[contact_of(name), "nobody"])).people.keys() == {contact_of(name)}


async def test_the_newest_ticket_is_one_that_is_not_over(store: StoreService) -> None:
    name = fresh()
    await commit(store, opening(name))
    key, first, at = point_key("email", mail_of(name).value), derive("ticket", name), now()
    for i, status in enumerate(("closed", "spam", "open", "closed"), 1):
        opened = c.OpenTicket(
            ticket_id=derive("ticket", name, str(i)), subject="More", channel="email", inbox="support", language="en",
            status=status, contact_id=contact_of(name), created_at=at + timedelta(minutes=i),
        )  # fmt: skip
        await commit(store, doing(opened))
    facts = await ask(store, newest_of=[mail_of(name), mail_of("nobody")])
    assert facts.newest == {key: derive("ticket", name, "3")}
    assert derive("ticket", name, "3") in facts.tickets
    await commit(store, doing(c.ChangeTicket(ticket_id=derive("ticket", name, "3"), fields={"status": "closed"})))
    assert (await ask(store, newest_of=[mail_of(name)])).newest == {key: first}


async def test_who_was_taken_apart_is_known(store: StoreService) -> None:
    one, other = fresh(), fresh()
    phone = Point(kind="phone", value="+48600100201")
    more = c.PutContact(contact_id=contact_of(one), points=[phone])
    await commit(store, opening(one, more), opening(other), doing(merging(one, other)))
    assert (await ask(store, points=[phone])).apart == {}
    await commit(store, doing(unmerging(one, other)))
    assert (await ask(store, points=[phone])).apart == {contact_of(one): [contact_of(other)]}
    assert (await ask(store, points=[mail_of(one)])).apart == {}


async def test_a_conversation_leads_to_its_tickets_and_no_longer_to_those_it_left(store: StoreService) -> None:
    one, other = fresh(), fresh()
    mark = f"conversation sms:sms:{one}"
    first, second = derive("ticket", one), derive("ticket", other)
    await commit(store, opening(one), opening(other))
    await commit(store, doing(c.AddReferences(ticket_id=first, mentioned=[mark])))
    leaving = c.AddReferences(ticket_id=second, mentioned=[mark], leaves=[first])
    await commit(store, doing(leaving))
    assert [each.ticket_id for each in (await ask(store, references=[mark])).references[mark]] == [second]
    both = c.AddReferences(ticket_id=first, mentioned=[mark])
    await commit(store, doing(both), doing(leaving))
    assert [each.ticket_id for each in (await ask(store, references=[mark])).references[mark]] == [second]


async def test_what_the_provider_calls_our_message_leads_to_its_ticket(store: StoreService) -> None:
    name = fresh()
    ticket, key = derive("ticket", name), derive("d", name)
    await commit(store, opening(name), doing(delivery(key, ticket, channel="telegram", inbox="bot")))
    await claim(store, key)
    await record(store, report(key, "accepted", provider_id=f"77:{name},77:{name}b"))
    for part in (name, f"{name}b"):
        wanted = f"telegram:bot:77:{part}"
        facts = await ask(store, references=[wanted])
        assert [(each.ticket_id, each.owned) for each in facts.references[wanted]] == [(ticket, True)]


# -- messages that were changed -----------------------------------------------------------------------------------------


async def edited(house: House, store: StoreService, name: str, *edits: c.EditMessage) -> MessageView:
    """The message of that name after these edits."""
    (opened,) = await commit(store, opening(name))
    for edit in edits:
        assert (await commit(store, doing(edit)))[0].outcome == "committed"
    answer = await read_ticket(context(house, store), TicketQuery(number=int(opened.result["number"])))
    assert answer.ticket is not None
    (message,) = answer.ticket.messages or []
    return message


def edit(name: str, words: str, minutes: float, **more: Any) -> c.EditMessage:
    return c.EditMessage(
        edit_id=derive("edit", name, words), ticket_id=derive("ticket", name), header_id=f"{name}@mail.example.com",
        text=words, reply_text=words, at=now() + timedelta(minutes=minutes), **more,
    )  # fmt: skip


async def test_a_changed_message_shows_the_new_words_and_keeps_the_old(house: House, store: StoreService) -> None:
    name = fresh()
    view = await edited(house, store, name, edit(name, "It fell.", 1), edit(name, "It fell down.", 2))
    assert (view.text, view.reply_text) == ("It fell down.", "It fell down.")
    assert [each.text for each in view.earlier] == ["It broke.", "It fell."]
    assert view.edited_at is not None


async def test_an_older_change_that_comes_late_only_joins_the_history(house: House, store: StoreService) -> None:
    name = fresh()
    view = await edited(house, store, name, edit(name, "Newest", 5), edit(name, "Older", 2))
    assert view.text == "Newest"
    assert {each.text for each in view.earlier} == {"It broke.", "Older"}


async def test_a_message_taken_back_is_kept_and_shown_as_deleted(house: House, store: StoreService) -> None:
    name = fresh()
    view = await edited(house, store, name, edit(name, "", 1, deleted=True))
    assert view.text == "It broke."
    assert view.deleted_at is not None


async def test_an_edit_in_one_transaction_with_its_message_changes_it(house: House, store: StoreService) -> None:
    name = fresh()
    await commit(store, opening(name), doing(edit(name, "Together", 1)))
    message = table(models.Message)
    (row,) = await house.rows(select(message).where(message.c.ticket_id == derive("ticket", name)))
    assert row["text"] == "Together"
