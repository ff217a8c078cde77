"""The learnt classifier among rules: rules first, it decides where they say nothing and it is sure, else it suggests; always explained."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.router.deciding import commands
from services.router.deciding.classify import classify, classify_inbound
from services.router.deciding.policy import Policy, build
from shared.learning import Linear
from shared.learning.modelfile import Target
from shared.messages import command as c
from shared.messages.changeset import AddEvent, OpenTicket
from shared.messages.inbound import Inbound
from shared.messages.learning import SUGGESTED, DismissLearnt, KeepLearnt, KeepModel, UseLearnt, UseModel
from shared.settings import load
from tests.learning.making import learnt, linear, packed
from tests.router.world import KEYRING, START, World, mail

FILE = """
[[team]]
name = "couriers"
[[team]]
name = "money"
[[category]]
name = "general"
[[category]]
name = "billing"
team = "money"
words = {en = ["bank"]}
[[category]]
name = "order"
words = {en = ["sofa"]}
[[category]]
name = "technical"
words = {en = ["cable", "bank"]}
domains = ["lab.example"]
priority = "high"
"""
TEAMS = {"couriers": ("parcel", "kurier"), "money": ("invoice", "refund")}
URGENCY = {"urgent": ("sparks", "glowing"), "low": ("whenever", "newsletter")}


def policy(folder: Path, threshold: float = 0.8, **models: Linear) -> Policy:
    """The configuration above with these models, by default those of all three targets."""
    file = folder / "trunkline.toml"
    file.write_text(FILE)
    targets: dict[Target, Linear] = {"category": linear(), "team": linear(TEAMS), "priority": linear(URGENCY)}
    built = build(load(file, None, {}), KEYRING, "test")
    return replace(built, learnt=learnt(models or targets, threshold))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sender", "category", "rule"),
    [
        ("Proszę o korektę faktury", "ana@c.example", "billing", "learnt"),  # rules are silent
        ("Proszę o korektę faktury", "ana@lab.example", "technical", "domain"),  # a rule knows the sender
        (
            "The parcel with the cable and the sofa",
            "ana@c.example",
            "order",
            "learnt",
        ),  # words that contradict one another
        ("The parcel with the cable", "ana@c.example", "technical", "words"),  # words that are clear enough
        ("Which hours do you keep", "ana@c.example", "general", "default"),  # nobody knows
    ],
)
def test_rules_come_first_and_the_learnt_decides_where_they_are_silent_or_unsure(
    text: str, sender: str, category: str, rule: str, tmp_path: Path
) -> None:
    found = classify("", text, sender, "support", "email", policy(tmp_path), START)
    assert (found.category, found.reasons["category"].rule) == (category, rule)


def test_a_decision_names_its_words_its_confidence_and_its_model(tmp_path: Path) -> None:
    at = policy(tmp_path)
    found = classify("", "Where is my parcel", "ana@c.example", "support", "email", at, START)
    reason = found.reasons["category"]
    assert at.learnt is not None
    assert reason.evidence.startswith("words like parcel")
    assert at.learnt.version in reason.evidence
    assert 0.8 <= reason.confidence <= 1
    suggested = found.state[SUGGESTED]["category"]
    assert suggested["value"] == "order"
    assert suggested["decided"] is True
    assert suggested["words"][0] == "parcel"


def test_below_the_threshold_it_only_suggests(tmp_path: Path) -> None:
    found = classify("", "Where is my parcel", "", "support", "email", policy(tmp_path, 1.0), START)
    assert (found.category, found.reasons["category"].rule) == ("general", "default")
    assert found.team is None
    assert found.state[SUGGESTED]["category"]["value"] == "order"
    assert not any(one["decided"] for one in found.state[SUGGESTED].values())


def test_the_category_s_team_and_stated_urgency_outrank_the_learnt(tmp_path: Path) -> None:
    at = policy(tmp_path)
    decided = classify("", "Sparks from the parcel", "", "support", "email", at, START)
    assert (decided.category, decided.team, decided.priority) == ("order", "couriers", "urgent")
    assert {decided.reasons[name].rule for name in ("category", "team", "priority")} == {"learnt"}
    ruled = classify("", "URGENT: invoice for the newsletter", "", "support", "email", at, START)
    assert (ruled.category, ruled.team, ruled.priority) == ("billing", "money", "urgent")
    assert ruled.reasons["team"].rule == "category's team"
    assert ruled.reasons["priority"].rule == "words"


def test_what_the_configuration_does_not_know_is_not_even_suggested(tmp_path: Path) -> None:
    gone = policy(tmp_path, category=linear({"abolished": ("parcel",), "order": ("invoice",)}))
    found = classify("", "Where is my parcel", "", "support", "email", gone, START)
    assert found.category == "general"
    assert found.state == {}


def test_without_a_model_nothing_is_different(tmp_path: Path) -> None:
    bare = replace(policy(tmp_path), learnt=None)
    found = classify("", "Where is my parcel", "", "support", "email", bare, START)
    assert (found.category, found.state) == ("general", {})


def opened(world: World, message: Inbound) -> OpenTicket:
    return next(o for o in world.decide(message).operations if isinstance(o, OpenTicket))


@pytest.mark.parametrize("more", [{}, {"automatic": "bulk"}, {"imported": True}, {"silent": True}])
def test_automatic_and_old_mail_is_left_to_the_rules(more: dict[str, object], tmp_path: Path) -> None:
    world = World(policy(tmp_path))
    ticket = opened(world, mail("a", subject="Parcel", text="Where is my parcel", **more))
    assert bool(ticket.state.get(SUGGESTED)) == (not more)
    assert (ticket.category == "order") == (not more)


def test_what_may_be_spam_is_left_to_the_rules(tmp_path: Path) -> None:
    message = mail("a", subject="Parcel", text="Where is my parcel")
    for suspected in (True, False):
        found = classify_inbound(message, policy(tmp_path), START, suspected=suspected)
        assert (found.category, bool(found.state)) == (("general", False) if suspected else ("order", True))


def test_what_an_agent_corrects_stays_and_what_was_suggested_is_still_known(tmp_path: Path) -> None:
    world = World(policy(tmp_path))
    world.commit(world.decide(mail("a", subject="Parcel", text="Where is my parcel")))
    done = c.Command(
        command_id="1",
        actor="agent:x",
        channel="api",
        at=START,
        action=c.Change(number=1001, fields={"category": "billing"}),
    )
    world.commit(commands.decide_command(done, world.state.model_copy(deep=True), world.policy, START))
    ticket = next(iter(world.state.tickets.values()))
    assert ticket.category == "billing"
    assert ticket.state["corrected"]["category"]["from"] == "order"
    assert ticket.state[SUGGESTED]["category"]["value"] == "order"


def test_a_suggestion_that_an_agent_dismisses_is_remembered_once_and_what_the_ticket_has_cannot_be_dismissed() -> None:
    world = World()
    world.take(mail("first"))
    ticket = world.state.tickets[world.ticket_of("first")]
    ticket.state[SUGGESTED] = {
        "category": {"value": "order", "confidence": 0.6, "model": "m", "decided": False},
        "priority": {"value": ticket.priority, "confidence": 0.6, "model": "m", "decided": False},
    }

    def dismissed(target: str, key: str, actor: str = "agent:anna") -> list[object]:
        action = DismissLearnt(number=1001, target=target)
        made = commands.decide_command(
            c.Command(command_id=key, actor=actor, at=START, action=action), world.state, world.policy, START
        )
        assert world.commit(made) == "committed"
        return list(made.operations)

    assert [each.what for each in dismissed("category", "1") if isinstance(each, AddEvent)] == ["learnt_dismissed"]
    assert ticket.state[SUGGESTED]["category"]["dismissed_by"] == "agent:anna"
    assert ticket.state[SUGGESTED]["category"]["value"] == "order"
    assert dismissed("category", "2", "agent:boris") == []
    for target, error in (("priority", "conflict"), ("team", "not-found"), ("state", "not-found")):
        with pytest.raises(commands.Refused) as refused:
            dismissed(target, f"3{target}")
        assert refused.value.error == error


# -- models -------------------------------------------------------------------------------------------------------------


def command(world: World, action: c.Action, actor: str = "operator") -> list[object]:
    done = c.Command(command_id="1", actor=actor, channel="cli", at=START, action=action)
    return list(commands.decide_command(done, world.state, world.policy, START).operations)


def test_a_sound_model_is_kept_and_used_by_an_operator_only() -> None:
    world, body = World(), packed({"category": linear()})
    kept, used = command(world, KeepLearnt(body=body))[:2]
    assert isinstance(kept, KeepModel)
    assert isinstance(used, UseModel)
    assert (kept.body, kept.model) == (body, used.model)
    assert kept.measured["category"]["accuracy"] == 0.9
    for actor in ("agent:x", "token:y"):
        with pytest.raises(commands.Refused) as refused:
            command(world, KeepLearnt(body=body), actor)
        assert refused.value.error == "forbidden"


def test_a_bad_model_and_one_that_is_not_kept_are_refused() -> None:
    world = World()
    with pytest.raises(commands.Refused, match="checksum"):
        command(world, KeepLearnt(body=packed({"category": linear()})[:-1]))
    with pytest.raises(commands.Refused, match="no model"):
        command(world, UseLearnt(model="feedfeedfeedfeed"))
    world.state.learnt = ["feedfeedfeedfeed"]
    for model in ("feedfeedfeedfeed", ""):
        used = command(world, UseLearnt(model=model))[0]
        assert isinstance(used, UseModel)
        assert used.model == model
