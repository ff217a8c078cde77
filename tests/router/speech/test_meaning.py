"""Every command by table: what it makes of a ticket, through the same deciders as everything else; and what it makes of mistakes."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding import speech
from services.router.deciding.commands import Refused
from services.router.deciding.speech.meaning import MEANINGS
from shared.messages import command as c
from shared.messages.changeset import AddMessage
from shared.messages.facts import MessageFact
from shared.speech import COMMANDS
from shared.texts import LANGUAGES
from tests.router.life.sideworld import ANNA, COURIER, DRIVER, PIOTR, outside
from tests.router.speech.heard import FILE, PHONE, Heard
from tests.router.world import mail


@pytest.fixture
def world() -> Heard:
    return Heard()


def test_every_command_of_the_grammar_has_a_meaning() -> None:
    assert list(MEANINGS) == [form.name for form in COMMANDS]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("#take", {"assignee": ANNA.email}),
        ("#assign piotr", {"assignee": PIOTR.email}),
        ("#assign Piotr Lis", {"assignee": PIOTR.email}),
        ("#assign pio", {"assignee": PIOTR.email}),
        ("#assign @piotr@acme.example", {"assignee": PIOTR.email}),
        ("#assign me", {"assignee": ANNA.email}),
        ("#assign technical", {"team": "technical"}),
        ("#team TECH", {"team": "technical"}),
        ('#team "sales"', {"team": "sales"}),
        ("#close", {"status": "closed"}),
        ("#close\n#reopen", {"status": "open"}),
        ("#snooze 2h", {"status": "on_hold"}),
        ("#odłóż do jutro 9:00", {"status": "on_hold"}),
        ("#priority urgent", {"priority": "urgent"}),
        ("#priorytet wysoki", {"priority": "high"}),
        ("#prioritet hit", {"priority": "urgent"}),
        ("#priority medium", {"priority": "normal"}),
        ("#category bill", {"category": "billing"}),
        ('#tag +vip "two words"', {"tags": ["vip", "two words"]}),
        ("#tag +vip\n#tag -vip new", {"tags": ["new"]}),
        ("#spam", {"status": "spam"}),
        ("#spam block", {"status": "spam"}),
        ("#solve Replaced the pump", {"status": "solved"}),
        ("We replaced it.\n#solve", {"status": "solved"}),
        ("We replaced it.\n#solve\n#reopen", {"status": "open"}),
        ("#take T-1001\n#priority low", {"assignee": ANNA.email, "priority": "low"}),
    ],
)
def test_a_command_changes_the_ticket(world: Heard, text: str, fields: dict[str, Any]) -> None:
    steps = world.say(text)
    assert {name: getattr(world.first(), name) for name in fields} == fields
    assert all(step.detail for step, _ in steps)


def test_snoozing_is_on_the_clock_of_the_agent(world: Heard) -> None:
    (step,) = world.planned("#snooze 90m")
    assert step.action is not None
    assert step.action.until == world.now + timedelta(minutes=90)  # type: ignore[union-attr]


def test_a_note_is_a_note_and_the_rest_goes_to_the_customer(world: Heard) -> None:
    reply, note = world.say("Dear Ana, it is on its way.\n\n#note\nShe was angry.\n@piotr look")
    assert [each.text for each in outside(reply[1])] == ["Dear Ana, it is on its way."]  # type: ignore[arg-type]
    assert not outside(note[1])  # type: ignore[arg-type]
    assert [op.text for op in world.operations(AddMessage)[-2:]] == [
        "Dear Ana, it is on its way.",
        "She was angry.\n@piotr look",
    ]


def test_with_internal_the_words_are_a_note_and_go_to_nobody(world: Heard) -> None:
    ((step, changeset),) = world.say("Dear Ana", internal=True)
    assert changeset is not None
    assert (step.name, outside(changeset)) == ("note", [])


def test_the_answer_goes_first_wherever_it_stands_and_solves_without_telling_twice(world: Heard) -> None:
    done = world.say("#take\nIt is mended.\n#solve")
    assert [step.name for step, _ in done] == ["reply", "take", "solve"]
    texts = [each.text for _, changeset in done for each in outside(changeset)]  # type: ignore[arg-type]
    assert len(texts) == 1
    assert world.first().fields["solution"] == "It is mended."


def test_solving_without_a_word_needs_an_answer_that_was_given(world: Heard) -> None:
    assert [each["why"] for each in world.wrong("#solve")] == ["summary"]
    world.say("We replaced it.")
    world.say("#solve")
    assert (world.first().status, world.first().fields["solution"]) == ("solved", "As in our answer.")


def test_merging_names_the_other_ticket(world: Heard) -> None:
    world.take(mail("second", subject="Another"))
    world.say("#merge into T-1001", number=1002)
    assert world.ticket(1002).status == "merged"


def test_splitting_takes_the_newest_messages_of_the_customer(world: Heard) -> None:
    world.take(mail("more", refs=("first",), minutes=5))
    theirs = [each.message_id for each in world.state.messages[world.first().ticket_id] if each.direction == "in"]
    assert world.planned("#split")[0].action.messages == theirs[-1:]  # type: ignore[union-attr]
    assert world.planned("#split 2")[0].action.messages == theirs  # type: ignore[union-attr]
    assert world.planned(f"#split {theirs[0]}")[0].action.messages == theirs[:1]  # type: ignore[union-attr]
    assert [each["why"] for each in world.wrong("#split 3")] == ["messages"]
    world.say("#wydziel ostatnia")
    assert 1002 in world.state.numbers


def test_calling_rings_the_telephone_that_is_proven_to_be_the_agents(world: Heard) -> None:
    (step,) = world.planned("#call")
    assert step.action == c.Dial(number=1001, agent_number=PHONE)
    world.agent = PIOTR.agent_id
    assert [each["why"] for each in world.wrong("#call")] == ["telephone"]


def test_forwarding_sends_what_the_customer_wrote_with_its_files(world: Heard) -> None:
    ((_, changeset),) = world.say(f"#forward {COURIER} Please bring another one.")
    assert changeset is not None
    (sent,) = outside(changeset)
    assert (sent.to[0].address, sent.text) == (COURIER, "Please bring another one.\n\nIt does not print.")
    assert (sent.attachments, sent.side != "") == ([FILE], True)


def test_writing_aside_goes_on_where_it_began(world: Heard) -> None:
    world.say(f"#side sms {DRIVER} Where is it?")
    world.say(f"#side {DRIVER}\nStill waiting.")
    world.say(f"#side email {COURIER} And you?")
    assert sorted((side["channel"], side["to"]) for side in world.sides().values()) == [
        ("email", COURIER),
        ("sms", DRIVER),
    ]
    assert [each.text for each in world.sent("message")] == ["Where is it?", "Still waiting.", "And you?"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("#action warehouse: count the stock", ("warehouse", "count the stock", False)),
        ("#action Technical: counted, done", ("technical", "counted", True)),
        ("#action Stock:\ncount\nit [done]", ("Stock", "count\nit", True)),
        ("#action Stock\ncount it", ("Stock", "count it", False)),
        ("#akcja Magazyn: policzyć - gotowe.", ("Magazyn", "policzyć", True)),
    ],
)
def test_an_action_is_written_down_and_perhaps_done(world: Heard, text: str, kept: tuple[str, str, bool]) -> None:
    world.say(text)
    (entry,) = world.state.entries[world.first().ticket_id]
    assert (entry.data["department"], entry.data["what"], entry.done_at is not None) == kept


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("#promise a new pump until friday", "a new pump"),
        ("#promise work until it is done, by tomorrow 12:00.", "work until it is done"),
        ("#obiecaj nową pompę do piątku", "nową pompę"),
        ("#obećaj novu pumpu do petka", "novu pumpu"),
    ],
)
def test_a_promise_has_the_time_behind_its_last_until(world: Heard, text: str, what: str) -> None:
    world.say(text)
    (entry,) = world.state.entries[world.first().ticket_id]
    assert (entry.kind, entry.data["what"]) == ("promise", what)
    assert entry.due_at is not None
    assert entry.due_at > world.now


@pytest.mark.parametrize("name", ["night", "NIGHT", "good night", "Good"])
def test_a_macro_is_found_by_name_or_title(world: Heard, name: str) -> None:
    ((_, changeset),) = world.say(f"#macro {name}")
    assert changeset is not None
    assert [each.text for each in outside(changeset)] == ["We are back tomorrow."]


@pytest.mark.parametrize(
    ("text", "why", "near", "said"),
    [
        ("#assign banana", "agent", None, "anna@acme.example"),
        ("#assign piort", "agent", PIOTR.email, "Did you mean piotr@acme.example?"),
        ("#assign lis", "agents", None, "jan@acme.example"),
        ("#team technica1", "team", "technical", "There are: technical, sales"),
        ("#category biling", "category", "billing", "Did you mean billing?"),
        ("#priority later", "priority", None, "low, normal, high, urgent"),
        ("#macro day", "macro", None, "There are: night"),
        ("#snooze banana", "time", None, "tomorrow 9:00"),
        ("#snooze today 8:00", "past", None, "over"),
        ("#snooze 9999d", "far", None, "year"),
        ("#tag +", "tags", None, "+new"),
        ("#spam please", "block", None, "block"),
        ("#merge", "missing", "merge", "#merge into T-1001"),
        ("#merge it", "number", None, "T-1001"),
        ("#merge into T-9", "ticket", None, "T-9"),
        ("#merge into T-1001", "itself", None, "T-1001"),
        ("#split banana", "messages", None, "1"),
        ("#forward nobody", "channel", None, "email"),
        ("#side fax +48600900900 Hi", "channel", None, "sms"),
        ("#side sms a@b.example Hi", "address", None, "sms"),
        ("#side sms +48600900900", "text", None, "write"),
        ("#action count the stock", "department", None, "colon"),
        ("#action Stock:", "text", None, "write"),
        ("#promise a new pump", "due", None, "friday"),
        ("#promise it until yesterday", "due", None, "friday"),
        ("#help banana", "command", None, "banana"),
        ("#help slove", "command", "#solve SUMMARY", "#solve SUMMARY"),
        ("#send K7QF9T", "held", None, "K7QF9T"),
        ("#cancel K7QF9T", "held", None, "K7QF9T"),
        ("#take T-77", "ticket", None, "T-77"),
        ("#slove it", "unknown", "solve", "#solve SUMMARY"),
        ("#banana", "unknown", None, "#take, #assign"),
        ("#take now", "extra", "take", "Write: #take"),
        ("#note", "missing", "note", "#note TEXT"),
        ("", "empty", None, "nothing"),
        ("#take\n" * 51, "too_many", None, "50"),
        ("a" * 100_001, "too_long", None, "100000"),
    ],
)
def test_a_mistake_is_answered_with_what_is_possible_and_nothing_is_done(
    world: Heard, text: str, why: str, near: str | None, said: str
) -> None:
    (mistake,) = world.wrong(text)
    assert (mistake["why"], mistake["near"]) == (why, near)
    assert said in mistake["detail"]


def test_one_mistake_keeps_all_from_being_done_and_all_are_told(world: Heard) -> None:
    text = "Dear Ana\n#take\n#team tecnical\n#slove\n#assign nobody-here"
    with pytest.raises(speech.Misspoken) as misspoken:
        world.say(text)
    lines = str(misspoken.value).splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == ["Line 3", "Line 4", "Line 5"]
    assert lines[3:] == [
        "Nothing was done and nothing was sent.",
        "Who means such a line as it stands doubles the mark: ##",
    ]
    assert world.first().assignee is None
    assert not world.sent("reply")


@pytest.mark.parametrize(
    ("languages", "nothing"), [(["pl"], "Nic nie zrobiono"), (["de", "hr"], "Ništa nije"), ([], "Nothing was")]
)
def test_mistakes_and_help_are_in_the_language_of_the_agent(world: Heard, languages: list[str], nothing: str) -> None:
    world.state.staff[ANNA.email] = ANNA.model_copy(update={"languages": languages})
    with pytest.raises(speech.Misspoken, match=nothing):
        world.say("#slove")


def test_an_auditor_may_ask_and_change_nothing(world: Heard) -> None:
    world.agent = "id-ola"
    assert [each["why"] for each in world.wrong("#take\n#note x")] == ["rights", "rights"]
    assert [each["why"] for each in world.wrong("Dear Ana")] == ["rights"]
    assert [step.name for step, _ in world.say("#status\n#help")] == ["status", "help"]


def test_whoever_is_no_agent_has_nothing_that_could_be_theirs(world: Heard) -> None:
    for text in ("#take", "#call"):
        with pytest.raises(speech.Misspoken, match="no agent"):
            world.planned(text, actor="token:shop")
    assert world.planned("#assign anna", actor="token:shop")[0].action is not None


def test_who_was_an_agent_and_is_none_any_more_says_nothing(world: Heard) -> None:
    with pytest.raises(Refused) as refused:
        world.planned("#status", actor="agent:gone")
    assert refused.value.error == "forbidden"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Look", ["reply"]),
        ("", ["reply"]),
        ("#note see the picture", ["note"]),
        (f"#take\n#side {COURIER} Look", ["side"]),
        ("#take", ["note"]),
    ],
)
def test_files_go_with_the_words_and_never_to_a_customer_to_whom_nothing_was_written(
    world: Heard, text: str, where: list[str]
) -> None:
    done = world.say(text, attachments=[FILE.model_dump()])
    carried = [step.name for step, _ in done if getattr(step.action, "attachments", None)]
    assert carried == where
    kept = [op.attachments for op in world.operations(AddMessage) if op.attachments]
    assert kept == [[FILE]]


def test_the_time_at_which_the_ticket_was_seen_goes_with_the_answer(world: Heard) -> None:
    steps = world.planned("Dear Ana\n#take", seen_at=world.now)
    assert [getattr(step.action, "seen_at", None) for step in steps] == [world.now, None]


_LINES = st.lists(
    st.one_of(
        st.builds(
            "#{} {}".format,
            st.sampled_from([form.name for form in COMMANDS]),
            st.one_of(
                st.text(max_size=15),
                st.sampled_from(["T-1001", "anna", "2h", "sms +48600900900 x", "a: b", "x until friday"]),
            ),
        ),
        st.text(max_size=15),
    ),
    max_size=5,
)


@given(_LINES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_is_said_is_understood_or_all_of_it_is_refused(lines: list[str], internal: bool) -> None:
    text = "\n".join(lines)
    steps, mistakes = _WORLD.understood(text, internal=internal)
    assert bool(steps) != bool(mistakes)
    assert all(each["detail"] for each in mistakes)
    assert [step.line for step in steps[1:]] == sorted(step.line for step in steps[1:])
    assert all(step.action is not None or step.name in ("status", "help") for step in steps)


_WORLD = Heard()


# -- telling --------------------------------------------------------------------------------------------------------------


def told(world: Heard, number: int = 1001) -> str:
    return speech.status(world.command("#status"), number, world.state, world.policy)


def test_the_status_says_how_it_stands_without_the_customers_address(world: Heard) -> None:
    first = world.first()
    first.subject = "Printer of ana@customer.example"
    world.say("#take\n#priority high")
    words = told(world)
    assert words.splitlines()[0].startswith("T-1001 “Printer of [address]”: ")
    assert "Who has it: Anna Nowak" in words
    assert "Due: 2026-03-02" in words
    assert "Last message: the customer, 2026-03-02" in words
    assert "customer.example" not in words


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana Horvat", "Ana Horvat"),
        ("ana@customer.example", "the customer"),
        ("+48 600 100 200", "the customer"),
        ("", "the customer"),
    ],
)
def test_a_customer_is_called_by_their_name_if_it_is_one(world: Heard, name: str, shown: str) -> None:
    messages = world.state.messages[world.first().ticket_id]
    last = messages[-1].model_dump() | {"author_name": name}
    messages[-1] = MessageFact.model_validate(last)
    assert f"Last message: {shown}," in told(world)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_help_names_every_command_in_the_language_and_length_of_the_channel(language: str, channel: str) -> None:
    from services.router.deciding.speech.telling import form_of, help_words

    words = help_words("", language, channel)
    assert all(form_of(form.name, language).split()[0] in words for form in COMMANDS)
    assert (len(words) <= 306) == (channel == "sms")
    assert "SUMMARY" in help_words("solve", "en", channel)
