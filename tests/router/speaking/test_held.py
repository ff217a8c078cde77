"""What is not certain is held: nothing is sent before the agent says that it is meant, and then it is sent once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.router.deciding.consequences import decide_timer, timer_needs
from services.router.deciding.speaking.expiring import timer_id
from shared.messages.agents import Say
from shared.messages.command import Command, CommandResult
from shared.messages.facts import Facts, TimerFact
from shared.messages.outbound import TimerDue
from shared.messages.parts import Attachment
from shared.secrets.shortcode import short_code
from tests.router.life.automated import policy as automated
from tests.router.speaking.speakworld import (
    ANNA,
    ANNAS_CHAT,
    ANNAS_PHONE,
    KEYRING,
    PIOTRS_PHONE,
    PROVEN,
    START,
    Speaking,
)
from tests.router.talking import said

MACROS = automated(macro=({"name": "thanks", "text": {"en": "Thank you."}, "then": {"tags": ["thanked"]}},)).automation
PHOTO = Attachment(filename="label.jpg", media_type="image/jpeg", size=9, sha256="0" * 64, blob="b")


@pytest.fixture
def world() -> Speaking:
    return Speaking()


def code(world: Speaking) -> str:
    """The code in the question about what was said last."""
    found = short_code(KEYRING, world.put_down()[-1].spoken_id)
    assert found in world.echoes()[-1].text
    return found


YES = ["{} YES", "{} yes", "{}: Tak!", "{} da.", "{} wyślij", "#send {}", "/yes {}"]
NO = ["{} NO", "{} nie", "{} ne", "#cancel {}"]


@pytest.mark.parametrize("words", YES)
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_bare_answer_from_a_telephone_is_sent_when_it_is_confirmed(world: Speaking, channel: str, words: str) -> None:
    world.told(channel=channel)
    world.texts("it is on its way", channel=channel, attachments=[PHOTO])
    assert world.to_customers() == []
    question = world.echoes()[-1]
    assert question.text.startswith("Not sent yet. Answer ")
    assert "it is on its way" in question.text
    assert question.code == ""  # else an answer to the question could be taken for one to a notification
    world.texts(words.format(code(world)), channel=channel)
    (sent,) = world.to_customers()
    assert (sent.ticket_number, sent.text, sent.attachments) == (1001, "it is on its way", [PHOTO])
    assert [verdict for verdict, _ in world.verdicts()] == ["done", "done"]


@pytest.mark.parametrize("words", NO)
def test_it_is_dropped_when_it_is_taken_back(world: Speaking, words: str) -> None:
    world.told(channel="sms")
    world.texts("it is on its way")
    world.texts(words.format(code(world)))
    assert world.to_customers() == []
    assert world.verdicts()[0] == ("dropped", "taken back")
    assert world.echoes()[-1].text == "Dropped: nothing was sent."


def test_the_code_with_other_words_sends_nothing_at_all(world: Speaking) -> None:
    world.told(channel="sms")
    world.texts("it is on its way")
    given = code(world)
    world.texts(f"{given} yes please, and tomorrow")
    assert world.to_customers() == []
    assert world.verdicts() == [("held", "no code"), ("dropped", "neither yes nor no")]
    world.texts(f"{given} yes")
    assert [each.text for each in world.to_customers()] == ["it is on its way"]


def test_yes_to_a_customers_question_is_an_answer_and_confirms_nothing(world: Speaking) -> None:
    told = world.told(channel="sms")
    world.texts(f"{told.code} yes")
    assert [each.text for each in world.to_customers()] == ["yes"]


def test_another_agents_code_confirms_nothing(world: Speaking) -> None:
    world.told(channel="sms")
    world.texts("it is on its way")
    world.texts(f"{code(world)} YES", PIOTRS_PHONE)
    assert world.to_customers() == []
    assert world.verdicts()[0] == ("held", "no code")


def test_the_number_of_a_ticket_is_no_part_of_what_is_sent(world: Speaking) -> None:
    world.told(channel="sms")
    world.texts("T-1002 it is on its way")
    world.texts(f"{code(world)} yes")
    assert [(each.ticket_number, each.text) for each in world.to_customers()] == [(1002, "it is on its way")]


def test_in_telegram_the_agent_is_asked_which_ticket_is_meant(world: Speaking) -> None:
    world.told(1001)
    world.told(1002)
    world.chats("It is on its way.")
    question = world.echoes()[-1]
    assert [button.label.split()[0] for button in question.buttons] == ["T-1002", "T-1001", "Drop"]
    assert all(len(button.data.encode()) <= 64 for button in question.buttons)
    world.presses(question.buttons[1].data)
    world.presses(question.buttons[0].data)
    assert [(each.ticket_number, each.text) for each in world.to_customers()] == [(1001, "It is on its way.")]
    assert world.echoes()[-1].text == "That was decided before; nothing more was sent."


def test_a_dropped_question_can_no_longer_be_answered(world: Speaking) -> None:
    world.told()
    world.chats("It is on its way.")
    buttons = world.echoes()[-1].buttons
    world.presses(buttons[-1].data)
    world.presses(buttons[0].data)
    assert world.to_customers() == []


def test_what_asks_only_is_answered_without_a_ticket(world: Speaking) -> None:
    world.told()
    world.chats("/help")
    assert "#take" in world.echoes()[-1].text
    assert world.verdicts() == [("done", "")]


# -- a ticket that has moved on -----------------------------------------------------------------------------------------


def test_an_answer_to_what_has_moved_on_is_held_and_shown_what_came(world: Speaking) -> None:
    told = world.told()
    world.customers_word("Forget it, I found one. Write to ana@customer.example")
    world.chats("It is on its way.\n#solve", told)
    assert world.to_customers() == []
    assert world.ticket(1001).status == "new"
    assert world.verdicts() == [("held", "moved-on")]
    question = world.echoes()[-1]
    assert "Forget it, I found one." in question.text
    assert "ana@customer.example" not in question.model_dump_json()
    assert [button.label for button in question.buttons] == ["Send it", "Drop it"]
    world.presses(question.buttons[0].data)
    assert [each.text for each in world.to_customers()] == ["It is on its way."]
    assert world.ticket(1001).status == "solved"
    assert world.verdicts()[0] == ("done", "moved-on")


@pytest.mark.parametrize(
    ("language", "customer", "colleague"), [("en", "the customer", "a colleague"), ("pl", "klient", "ktoś z zespołu")]
)
def test_who_wrote_meanwhile_is_told_in_the_agents_language(
    world: Speaking, language: str, customer: str, colleague: str
) -> None:
    for each in (*world.state.speakers.values(), *world.state.staff.values()):
        getattr(each, "agent", each).languages = [language]
    told = world.told()
    for direction in ("in", "out"):
        world.customers_word("Hello", direction=direction, name="")
    world.chats("It is on its way.", told)
    assert world.echoes()[-1].text.splitlines()[1:] == [f"{customer}: Hello", f"{colleague}: Hello"]


def test_it_is_asked_again_if_it_moves_on_again(world: Speaking) -> None:
    told = world.told()
    world.customers_word("One")
    world.chats("It is on its way.", told)
    world.customers_word("Two")
    world.presses(world.echoes()[-1].buttons[0].data)
    assert world.to_customers() == []
    assert "Two" in world.echoes()[-1].text
    assert "One" not in world.echoes()[-1].text
    world.chats("yes", world.echoes()[-1])
    assert [each.text for each in world.to_customers()] == ["It is on its way."]


def test_the_code_is_no_part_of_what_is_held_and_sent(world: Speaking) -> None:
    told = world.told(channel="sms")
    world.customers_word("One")
    world.texts(f"{told.code} It is on its way.")
    given = short_code(KEYRING, world.put_down()[-1].spoken_id)
    assert given in world.echoes()[-1].text
    world.texts(f"{given} yes")
    assert [each.text for each in world.to_customers()] == ["It is on its way."]


def test_of_two_who_confirm_at_once_the_second_finds_it_decided(world: Speaking) -> None:
    world.told(channel="sms")
    world.texts("it is on its way")
    given = code(world)
    first, second = (
        world.decide(said(name, f"{given} yes", ANNAS_PHONE).model_copy(update={"source_id": name})) for name in "ab"
    )
    assert world.commit(first) == "committed"
    assert world.commit(second) == "conflict"
    assert "say" not in world.decide(said("b", f"{given} yes", ANNAS_PHONE)).result


@pytest.mark.parametrize("order", ["yes first", "no first"])
def test_of_a_yes_and_a_no_at_once_the_second_finds_it_decided(world: Speaking, order: str) -> None:
    world.told()
    world.customers_word("One")
    world.chats("It is on its way.", world.told(at=world.now - timedelta(hours=1)))
    yes, no = (
        world.decide(said(each.data[:4], "a label", ANNAS_CHAT, "telegram", pressed=each.data))
        for each in world.echoes()[-1].buttons
    )
    first, second = (yes, no) if order == "yes first" else (no, yes)
    assert world.commit(first) == "committed"
    assert world.commit(second) == "conflict"


def test_what_is_confirmed_as_its_day_ends_is_sent_or_dropped_and_not_both(world: Speaking) -> None:
    world.told(channel="sms")
    world.texts("it is on its way")
    given, spoken_id = code(world), world.put_down()[-1].spoken_id
    timer = next(each for each in world.state.timers.values() if each.timer_id == timer_id(spoken_id))
    due = TimerDue.model_validate(timer.model_dump(include=set(TimerDue.model_fields)))
    expired = decide_timer(due, Facts.decode(world.state.encode()), world.policy, world.now)
    confirmed = world.decide(said("late", f"{given} yes", ANNAS_PHONE))
    assert world.commit(confirmed) == "committed"
    assert world.commit(expired) == "conflict"


def test_what_comes_while_the_question_is_made_counts_as_not_seen(
    world: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, does = world.told(), world._does
    world.customers_word("One")

    async def slowly(command: Command) -> CommandResult:
        done = await does(command)
        if not isinstance(command.action, Say):
            return done
        world.customers_word("Two", minutes=0.1)  # after it was refused, before the agent is asked
        world.now += timedelta(seconds=1)
        return done

    monkeypatch.setattr(world, "_does", slowly)
    world.chats("It is on its way.", told)
    monkeypatch.setattr(world, "_does", does)
    assert "Two" not in world.echoes()[-1].text
    world.presses(world.echoes()[-1].buttons[0].data)
    assert world.to_customers() == []
    assert "Two" in world.echoes()[-1].text


def test_a_ticket_that_moves_on_time_after_time_is_asked_about_every_time(world: Speaking) -> None:
    told = world.told()
    world.customers_word("0")
    world.chats("It is on its way.", told)
    for turn in range(1, 24):
        world.customers_word(f"word {turn}")
        world.presses(world.echoes()[-1].buttons[0].data)
        assert f"word {turn}" in world.echoes()[-1].text
    world.presses(world.echoes()[-1].buttons[0].data)
    assert [each.text for each in world.to_customers()] == ["It is on its way."]


@pytest.mark.parametrize("words", ["#solve Sent a new one", "#macro thanks"])
def test_a_solution_and_a_macro_are_held_like_an_answer_when_the_ticket_has_moved_on(
    world: Speaking, words: str
) -> None:
    world.policy = replace(world.policy, automation=MACROS)
    told = world.told()
    world.customers_word("It is back!")
    world.chats(words, told)
    assert world.ticket(1001).status == "new"
    assert "It is back!" in world.echoes()[-1].text
    world.presses(world.echoes()[-1].buttons[0].data)
    assert world.ticket(1001).status == ("solved" if "solve" in words else "open")


def test_colleagues_are_shown_who_is_at_a_ticket_from_elsewhere(world: Speaking) -> None:
    told = world.told(channel="sms")
    held = world.texts("it is on its way")
    shown = {"number": 1001, "who": "Anna Nowak", "channel": "sms", "actor": f"agent:{ANNA.agent_id}"}
    assert held.result["writing"] == shown
    pressed = world.presses(f"#status T-1001 {told.code}")
    assert pressed.result["writing"] == {**shown, "channel": "telegram"}
    world.customers_word("One")
    world.texts(f"{told.code} it is on its way")
    settled = next(each for each in reversed(world.changesets) if each.cause.startswith("spoken:"))
    assert settled.result["writing"] == shown


def test_by_mail_a_yes_to_the_question_is_enough_for_who_is_believed(world: Speaking) -> None:
    told = world.told(channel="email")
    world.customers_word("One")
    world.mails("It is on its way.", told)
    asked = world.state.speakers[f"part {ANNA.agent_id[:16]}"].told[0]
    world.mails("Yes", asked, "eve@else.example", authentication=PROVEN)
    assert world.to_customers() == []
    world.mails("Yes", asked)
    assert [each.text for each in world.to_customers()] == ["It is on its way."]


def test_a_note_is_never_in_the_way(world: Speaking) -> None:
    told = world.told(internal=True)
    world.customers_word("One")
    world.chats("Careful with him.", told)
    assert world.notes() == ["Careful with him."]


# -- a day later --------------------------------------------------------------------------------------------------------


def test_what_nobody_confirms_is_dropped_after_a_day_and_told(world: Speaking) -> None:
    world.told(channel="sms")
    world.texts("it is on its way")
    given, spoken_id = code(world), world.put_down()[-1].spoken_id
    assert timer_needs([_due(spoken_id)], world.policy).spoken == [spoken_id]
    world.until(world.now + timedelta(hours=25))
    assert world.verdicts() == [("dropped", "expired")]
    last = world.echoes()[-1]
    assert (last.channel, last.to[0].address) == ("sms", ANNAS_PHONE)
    assert "it is on its way" in last.text
    world.texts(f"{given} YES")
    assert world.to_customers() == []


def test_what_has_no_ticket_yet_expires_as_well(world: Speaking) -> None:
    world.told()
    world.chats("It is on its way.")
    world.until(world.now + timedelta(hours=25))
    assert world.verdicts() == [("dropped", "expired")]
    assert (world.echoes()[-1].channel, world.echoes()[-1].ticket_id) == ("telegram", None)


def test_what_was_decided_does_not_expire(world: Speaking) -> None:
    world.told(channel="sms")
    world.texts("it is on its way")
    world.texts(f"{code(world)} yes")
    echoes = len(world.echoes())
    asked = world.put_down()[0].spoken_id
    timer = TimerFact(**_due(asked).model_dump(include={"timer_id", "kind", "ticket_id", "generation", "due_at"}))
    world.state.timers[timer.timer_id] = timer  # even if it fires all the same
    world.until(world.now + timedelta(hours=25))
    assert len(world.echoes()) == echoes


def _due(spoken_id: str) -> TimerDue:
    return TimerDue(timer_id=timer_id(spoken_id), kind="spoken", generation=1, due_at=START)
