"""Spam: whose verdict counts, what agents teach, what is held back, and that neither touches those who are known."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding import commands, spam
from services.router.deciding.policy import Policy
from services.router.deciding.releasing import decide_release
from shared.messages import command as c
from shared.messages.changeset import (
    AddEvent,
    AddMessage,
    BlockPoint,
    Changeset,
    LearnSpam,
    OpenTicket,
    Quarantine,
    QueueDelivery,
    ReleaseHeld,
)
from shared.messages.facts import EXAMPLES, AgentFact, ContactFact, Facts, SampleFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.parts import SpamSign
from shared.secrets import TicketToken, reply_address
from shared.settings import load
from shared.settings.inbox import TrustedRelay
from shared.settings.sections import Spam
from tests.router.world import KEYRING, START, World, mail
from tests.router.world import policy as policy_of

SENDER = "win@lottery.example"
OURS, STRANGER = "127.0.0.1", "192.0.2.66"
YES = SpamSign(by="spamassassin", header="x-spam-status", spam=True, score=15.2, limit=5.0)
NO = SpamSign(by="spamassassin", header="x-spam-status", spam=False, score=-9.0, limit=5.0)
PRIZE = (
    "Congratulations! You have won a guaranteed cash prize, claim your lottery winnings now, free bonus voucher urgent"
)
QUESTION = "Hello, the heater that I bought from you in March does not start any more, could you please send somebody"


def world(**changes: object) -> World:
    """A world with this ``[spam]`` section."""
    return World(policy_of(spam=Spam.model_validate(changes)))


def junk(name: str, *signs: SpamSign, peer: str | None = OURS, sender: str = SENDER, **more: object) -> Inbound:
    return mail(name, sender, subject="You won", text=PRIZE, spam_signs=list(signs), peer=peer, **more)


def opened(changeset: Changeset) -> OpenTicket:
    return next(o for o in changeset.operations if isinstance(o, OpenTicket))


def sent(changeset: Changeset) -> bool:
    return any(isinstance(o, QueueDelivery) for o in changeset.operations)


def held(changeset: Changeset) -> Quarantine | None:
    return next((o for o in changeset.operations if isinstance(o, Quarantine)), None)


def teach(state: Facts, is_spam: bool, *texts: str, times: int = 1, sender: str = "") -> None:
    """What the store has after agents' word about such messages."""
    for text in texts * times:
        for key in (EXAMPLES, *spam.words("", text, sender)):
            in_spam, in_ham = state.words.get(key, (0, 0))
            state.words[key] = (in_spam + is_spam, in_ham + (not is_spam))


def taught(examples: int = 25) -> World:
    made = world()
    teach(made.state, True, PRIZE, times=examples)
    teach(made.state, False, QUESTION, times=examples)
    return made


# -- verdicts of other filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signs", "peer", "tagged", "answered"),
    [
        ([YES], OURS, True, False),
        ([YES], "::1", True, False),
        ([YES], "::ffff:127.0.0.1", True, False),
        ([YES], "10.1.2.3", True, False),
        ([YES], STRANGER, True, True),
        ([YES], None, True, True),
        ([YES], "garbage", True, True),
        ([NO, YES], OURS, True, False),
        ([YES, NO], STRANGER, True, True),
        ([NO], OURS, False, True),
        ([NO], STRANGER, False, True),
        ([], OURS, False, True),
    ],
)
def test_a_yes_always_counts_a_no_never_and_only_our_own_server_is_believed(
    signs: list[SpamSign], peer: str | None, tagged: bool, answered: bool
) -> None:
    inbox = load(None, None, {}).inbox[0]
    relay = TrustedRelay.model_validate({"network": "10.0.0.0/8", "authserv_id": "mx.acme.example"})
    made = World(
        policy_of(inbox=(inbox.model_copy(update={"address": "support@acme.example", "trusted_relays": (relay,)}),))
    )
    changeset = made.take(junk("a", *signs, peer=peer))
    assert (opened(changeset).tags, sent(changeset)) == (["spam?"] if tagged else [], answered)
    assert ("spam" in opened(changeset).reasons) == tagged
    if tagged:
        assert "x-spam-status: yes 15.2 of 5" in opened(changeset).reasons["spam"].evidence


def test_verdicts_are_not_honoured_when_told_so() -> None:
    changeset = world(honour=False).take(junk("a", YES))
    assert opened(changeset).tags == []
    assert sent(changeset)


@pytest.mark.parametrize(
    ("threshold", "peer", "tagged"), [(4, OURS, True), (7, OURS, False), (4, STRANGER, False), (None, OURS, False)]
)
def test_a_trusted_filters_score_counts_from_the_threshold_on(threshold: float | None, peer: str, tagged: bool) -> None:
    sign = SpamSign(by="rspamd", header="x-spamd-result", spam=False, score=6.0, limit=15.0)
    assert opened(world(threshold=threshold).take(junk("a", sign, peer=peer))).tags == (["spam?"] if tagged else [])


def test_what_is_certain_is_quarantined_when_told_so_and_what_is_not_is_tagged() -> None:
    made = world(action="quarantine")
    changeset = made.take(junk("a", YES))
    kept = held(changeset)
    assert kept is not None
    assert kept.message.source_id == "mail-a"
    assert "15.2" in kept.reason.evidence
    assert kept.expires_at - kept.held_at == timedelta(days=30)
    assert changeset.ledger is not None
    assert changeset.ledger.outcome == "quarantined"
    assert not sent(changeset)
    assert not any(isinstance(o, OpenTicket | AddMessage) for o in changeset.operations)
    assert held(made.take(junk("b", YES, peer=STRANGER))) is None


# -- who is spared ------------------------------------------------------------------------------------------------------


def test_a_participants_mail_is_never_taken_for_spam_nor_one_with_a_valid_token() -> None:
    made = world(action="quarantine")
    made.take(mail("first", SENDER))
    assert held(made.take(junk("again", YES, refs=("first",)))) is None
    assert made.ticket_of("again") == made.ticket_of("first")
    address = reply_address(
        KEYRING, TicketToken(made.number_of("first"), "customer", "public", START.date()), "acme.example"
    )
    changeset = made.take(junk("by-token", YES, sender="someone@else.example", to=(address,), recipients=[address]))
    assert held(changeset) is None
    assert made.ticket_of("by-token") == made.ticket_of("first")


def test_an_agents_mail_is_never_taken_for_spam() -> None:
    made = world(action="quarantine")
    made.state.agents[point_key("email", SENDER)] = AgentFact(agent_id="1", email=SENDER, name="A", role="agent")
    changeset = made.take(junk("a", YES))
    assert held(changeset) is None
    assert opened(changeset).tags == []


def test_a_contact_who_was_answered_before_is_tagged_at_most_and_by_no_word() -> None:
    made = taught()
    key = point_key("email", SENDER)
    made.state.contacts[key] = ContactFact(contact_id="1", name="W", language="en", answered=True)
    assert opened(made.take(junk("words"))).tags == []
    verdict = made.take(junk("verdict", YES))
    assert opened(verdict).tags == ["spam?"]
    assert sent(verdict)


# -- what agents teach --------------------------------------------------------------------------------------------------


def test_words_that_agents_called_spam_speak_against_a_message_and_are_named() -> None:
    changeset = taught().take(junk("a"))
    reason = opened(changeset).reasons["spam"]
    assert reason.rule == "learnt from agents"
    assert reason.evidence.startswith("words like ")
    assert "lottery" in reason.evidence
    assert "spam" not in opened(taught().take(mail("b", text=QUESTION))).reasons


def test_nothing_is_judged_by_words_before_there_are_enough_examples_of_both_kinds() -> None:
    for spams, hams in ((19, 100), (100, 19), (0, 0)):
        made = world()
        teach(made.state, True, PRIZE, times=spams)
        teach(made.state, False, QUESTION, times=hams)
        assert opened(made.take(junk("a"))).tags == []


def test_words_are_not_looked_at_when_told_so() -> None:
    made = taught()
    made.policy = policy_of(spam=Spam(learn=False))
    assert opened(made.take(junk("a"))).tags == []
    assert spam.asked([], True, made.policy) == []


def test_words_in_both_kinds_say_nothing() -> None:
    made = world()
    teach(made.state, True, PRIZE, times=30)
    teach(made.state, False, PRIZE, times=30)
    assert opened(made.take(junk("a"))).tags == []


def test_a_word_seen_once_is_no_proof() -> None:
    made = taught()
    teach(made.state, True, "ombudsman")
    assert opened(made.take(mail("a", text="ombudsman"))).tags == []


TEXTS = st.text(max_size=300) | st.builds(
    " ".join, st.lists(st.sampled_from([*PRIZE.split(), *QUESTION.split()]), max_size=60)
)


@given(subject=TEXTS, text=TEXTS, sender=st.text(max_size=50))
@settings(max_examples=200, deadline=None)
def test_any_message_has_a_bounded_number_of_words_and_a_likelihood(subject: str, text: str, sender: str) -> None:
    words = spam.words(subject, text, sender)
    assert len(words) <= spam.MOST_WORDS
    assert all(len(key) == 16 for key in words)
    leaning = {key: random.Random(key).uniform(0.001, 0.999) for key in words}
    assert 0 <= spam.combined(leaning)[0] <= 1


def test_a_huge_text_costs_no_more_than_its_beginning() -> None:
    long = mail("a", text="wonderful " * 2_000_000, peer=OURS)
    assert taught().decide(long).operations
    links = spam.words("", " ".join(f"http://a{i}.spam.example/x" for i in range(5000)), "x@y.example")
    assert len(links) <= spam.MOST_WORDS


def test_numbers_count_by_their_length_links_by_their_domain_and_unspaced_scripts_by_pairs() -> None:
    shown = set(
        spam.words("", "Call 08452810075 or see https://www.win.spam.example/a?b=1 優惠券!!", "a@Shop.example").values()
    )
    assert {"11 digits", "link win.spam.example", "from shop.example", "優惠", "惠券"} <= shown
    assert not any("0845" in word for word in shown)


# -- commands -----------------------------------------------------------------------------------------------------------


def do(made: World, action: c.Action, sample: SampleFact | None = None, words: tuple[int, int] = (0, 0)) -> Changeset:
    """Have an agent do something; commits it too."""
    command = c.Command(command_id=repr(action), actor="agent:1", at=START, action=action)
    facts = made.state.model_copy(deep=True)
    number = commands.needs(command, made.policy).numbers[0]
    if sample is not None:
        facts.samples[facts.numbers[number]] = sample
    facts.words[EXAMPLES] = words
    changeset = commands.decide_command(command, facts, made.policy, START)
    assert made.commit(changeset) == "committed"
    return changeset


def lessons(changeset: Changeset) -> list[tuple[bool, int]]:
    return [(o.spam, o.sign) for o in changeset.operations if isinstance(o, LearnSpam)]


def sample(learnt: LearnSpam | None = None) -> SampleFact:
    fields = {"sender": SENDER, "subject": "You won", "text": PRIZE}
    return SampleFact.model_validate(
        fields | ({"learnt": {"spam": learnt.spam, "words": learnt.words}} if learnt else {})
    )


def test_spam_teaches_and_its_undo_takes_back_exactly_that() -> None:
    made = world()
    made.take(junk("a"))
    first = do(made, c.MarkSpam(number=1001), sample())
    (lesson,) = [o for o in first.operations if isinstance(o, LearnSpam)]
    assert lessons(first) == [(True, 1)]
    assert made.state.tickets[made.ticket_of("a")].status == "spam"
    undone = do(made, c.Reopen(number=1001), sample(lesson))
    assert lessons(undone) == [(True, -1)]
    assert made.state.tickets[made.ticket_of("a")].status == "open"
    assert [o.words for o in undone.operations if isinstance(o, LearnSpam)] == [lesson.words]


def test_not_spam_takes_back_and_teaches_the_opposite() -> None:
    made = world()
    made.take(junk("a", YES))
    (lesson,) = [
        o for o in do(made, c.MarkSpam(number=1001, block=True), sample()).operations if isinstance(o, LearnSpam)
    ]
    changeset = do(made, c.NotSpam(number=1001), sample(lesson))
    ticket = made.state.tickets[made.ticket_of("a")]
    assert lessons(changeset) == [(True, -1), (False, 1)]
    assert (ticket.status, ticket.tags) == ("new", [])
    assert [o.blocked for o in changeset.operations if isinstance(o, BlockPoint)] == [False]


def test_saying_spam_twice_teaches_once() -> None:
    made = world()
    made.take(junk("a"))
    (lesson,) = [o for o in do(made, c.MarkSpam(number=1001), sample()).operations if isinstance(o, LearnSpam)]
    assert lessons(do(made, c.MarkSpam(number=1001, block=True), sample(lesson))) == []


def test_setting_the_status_by_hand_teaches_too() -> None:
    made = world()
    made.take(junk("a"))
    assert lessons(do(made, c.Change(number=1001, fields={"status": "spam"}), sample())) == [(True, 1)]


@pytest.mark.parametrize("action", [c.Reply(number=1001, text="Yes."), c.Solve(number=1001, summary="Done.")])
def test_an_answered_or_solved_ticket_is_an_example_of_what_is_no_spam(action: c.Action) -> None:
    made = world()
    made.take(mail("a"))
    assert lessons(do(made, action, sample())) == [(False, 1)]
    assert lessons(do(made, c.Solve(number=1001, summary="Once more."), sample(), (0, 200))) == []


def test_a_closed_ticket_can_be_called_spam() -> None:
    made = world()
    made.take(mail("a"))
    do(made, c.Close(number=1001))
    do(made, c.MarkSpam(number=1001), sample())
    assert made.state.tickets[made.ticket_of("a")].status == "spam"


def test_later_mails_of_a_spam_ticket_stay_there_silently() -> None:
    made = world()
    made.take(junk("a"))
    do(made, c.MarkSpam(number=1001), sample())
    changeset = made.take(junk("b", refs=("a",)))
    assert made.ticket_of("b") == made.ticket_of("a")
    assert not sent(changeset)
    assert made.state.tickets[made.ticket_of("a")].status == "spam"


# -- quarantine ---------------------------------------------------------------------------------------------------------


def blocked_world() -> World:
    made = world()
    made.state.contacts[point_key("email", SENDER)] = ContactFact(contact_id="1", name="", language="en", blocked=True)
    return made


@pytest.mark.parametrize(
    ("entry", "sender", "kept"),
    [
        ("win@lottery.example", SENDER, True),
        ("lottery.example", SENDER, True),
        ("LOTTERY.example", "x@mail.lottery.example", True),
        ("@lottery.example", SENDER, True),
        ("lottery.example", "x@notlottery.example", False),
        ("other@lottery.example", SENDER, False),
    ],
)
def test_senders_and_domains_of_the_configuration_are_quarantined(entry: str, sender: str, kept: bool) -> None:
    changeset = world(blocked=[entry]).take(junk("a", sender=sender))
    assert (held(changeset) is not None) == kept


def test_a_blocked_contacts_mails_are_held_even_with_a_valid_token_and_not_answered() -> None:
    made = blocked_world()
    address = reply_address(KEYRING, TicketToken(1001, "customer", "public", START.date()), "acme.example")
    for message in (junk("a"), junk("b", recipients=[address], to=(address,))):
        changeset = made.take(message)
        kept = held(changeset)
        assert kept is not None
        assert kept.reason.rule == "blocked"
        assert not sent(changeset)


@pytest.mark.parametrize("defect", ["too-many-parts", "too-deep"])
def test_mail_built_to_hurt_is_held(defect: str) -> None:
    kept = held(world().take(mail("a", defects=[defect])))
    assert kept is not None
    assert (kept.reason.rule, kept.reason.evidence) == ("hostile", defect)
    assert held(world().take(mail("b", defects=["malformed-header", "bad-date"]))) is None


def test_a_held_message_that_comes_again_is_a_duplicate_with_its_route_noted() -> None:
    made = blocked_world()
    made.take(junk("a"))
    again = made.take(junk("a", inbox="orders"))
    assert held(again) is None
    assert again.ledger is not None
    assert again.ledger.outcome == "duplicate"
    assert made.state.held["mail-a"].inboxes == ["support", "orders"]


def release(made: World, message: Inbound, hours: float = 1, **more: object) -> Changeset:
    now = message.received_at + timedelta(hours=hours)
    command = c.Command(command_id=f"release-{hours}", actor="operator", at=now, action=c.Release(held_id="x", **more))
    return decide_release(command, message, made.state.model_copy(deep=True), made.policy, now)


def test_a_released_message_becomes_a_ticket_and_is_acknowledged() -> None:
    made = blocked_world()
    message = junk("a")
    made.take(message)
    changeset = release(made, message)
    assert opened(changeset).tags == []
    assert sent(changeset)
    assert changeset.ledger is None
    (let_out,) = [o for o in changeset.operations if isinstance(o, ReleaseHeld)]
    assert let_out.cause == message.cause
    assert let_out.ticket_id == opened(changeset).ticket_id
    assert opened(changeset).created_at == message.received_at + timedelta(hours=1)
    assert made.commit(changeset) == "committed"


def test_what_is_released_too_late_is_not_acknowledged() -> None:
    made = blocked_world()
    made.take(junk("a"))
    changeset = release(made, junk("a"), hours=25)
    assert opened(changeset)
    assert not sent(changeset)
    events = {o.what: o for o in changeset.operations if isinstance(o, AddEvent)}
    assert events["not_acknowledged"].data == {"why": "released from quarantine too late"}


def test_a_released_answer_joins_its_ticket() -> None:
    made = world()
    made.take(mail("first", SENDER))
    made.state.contacts[point_key("email", SENDER)].blocked = True
    message = junk("a", refs=("first",))
    assert held(made.take(message)) is not None
    changeset = release(made, message, unblock=True)
    assert changeset.result["ticket_id"] == made.ticket_of("first")
    assert [o.blocked for o in changeset.operations if isinstance(o, BlockPoint)] == [False]


def test_releasing_twice_says_so_and_releasing_what_is_not_there_is_refused() -> None:
    made = blocked_world()
    message = junk("a")
    with pytest.raises(commands.Refused):
        release(made, message)
    made.take(message)
    first = release(made, message)
    assert first.result["already_released"] is False
    assert made.commit(first) == "committed"
    fact = made.state.held["mail-a"]
    fact.released_at, fact.ticket_id = START, first.result["ticket_id"]
    second = release(made, message, hours=2)
    assert (second.result["already_released"], second.result["ticket_id"]) == (True, first.result["ticket_id"])
    assert second.operations == []


def test_two_routers_that_hold_the_same_message_hold_it_once() -> None:
    made = blocked_world()
    one, other = junk("a"), junk("a", inbox="orders")
    early, late = made.decide(one), made.decide(other)
    assert (made.commit(early), made.commit(late)) == ("committed", "conflict")
    assert made.commit(made.decide(other)) == "committed"
    assert sum(held(changeset) is not None for changeset in made.changesets) == 1


def test_the_policy_is_what_the_configuration_says() -> None:
    built: Policy = policy_of(spam=Spam(action="quarantine", threshold=6.5, blocked=("Spam.example",)))
    assert (built.spam.quarantines, built.spam.threshold, built.spam.blocked) == (True, 6.5, {"spam.example"})
