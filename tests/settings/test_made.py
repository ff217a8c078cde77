"""Teams and webhooks of the desk beside those of the file: what counts, what is left out, and that nothing of them can break the rest."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.bus import subjects
from shared.documents.handing import handed_out
from shared.documents.team import TeamBody, team_id
from shared.documents.webhook import WebhookBody
from shared.messages.documents import DocumentFact
from shared.secrets import Keyring
from shared.secrets.hooks import open_secret, seal_secret
from shared.settings import effective, load, policy_from
from shared.settings.made import MADE, DeskTeam, DeskWebhook, hook_name

FILE = """
[[team]]
name = "Sales"
members = ["sanja@acme.example"]

[[webhook]]
name = "crm"
url = "https://crm.acme.example/in"
secret = "0123456789abcdef"

[[hours]]
name = "office"
timezone = "Europe/Zagreb"
week = {mon = ["09:00-17:00"]}
"""
AT = datetime(2026, 3, 2, tzinfo=UTC)
HOOK = {"url": "https://erp.acme.example/in", "sealed": "a:x"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file: Path = tmp_path_factory.mktemp("file") / "trunkline.toml"
    file.write_text(FILE)
    return effective(load(file, None, {}))


def kept(kind: str, document_id: str, /, **body: Any) -> DocumentFact:
    return DocumentFact(kind=kind, id=document_id, body=body, made_at=AT, changed_at=AT)


def team(name: str, **more: Any) -> DocumentFact:
    return kept("team", team_id(name), name=name, **more)


def test_what_the_desk_made_stands_beside_the_file_and_has_a_version_of_its_own(tree: dict[str, Any]) -> None:
    handed = handed_out(
        tree, [team("Second level", members=["ana@acme.example"], hours="office"), kept("webhook", "erp", **HOOK)]
    )
    policy = policy_from(handed)
    assert [(each.name, isinstance(each, DeskTeam)) for each in policy.team] == [
        ("Sales", False),
        ("Second level", True),
    ]
    assert [(each.name, each.inbox, each.active) for each in policy.webhook] == [
        ("crm", "crm", True),
        ("erp", "desk:erp", True),
    ]
    assert (policy.team[1].members, policy.team[1].hours) == (("ana@acme.example",), "office")
    assert handed["version"] != tree["version"]
    assert handed_out(tree, [kept("webhook", "erp", **HOOK), team("Second level")])["version"] != handed["version"]
    assert handed_out(tree, []) == tree, "without any of them the configuration is the file's, and so is its version"


def test_the_order_of_documents_makes_no_other_version(tree: dict[str, Any]) -> None:
    one, other = team("A team"), team("B team")
    assert handed_out(tree, [one, other])["version"] == handed_out(tree, [other, one])["version"]


def test_a_name_of_the_file_wins_and_is_the_only_one(tree: dict[str, Any]) -> None:
    policy = policy_from(handed_out(tree, [team("SALES", members=["x@acme.example"]), kept("webhook", "crm", **HOOK)]))
    assert [each.members for each in policy.team] == [("sanja@acme.example",)]
    assert [each.url for each in policy.webhook] == ["https://crm.acme.example/in"]


def test_what_the_file_no_longer_has_is_left_out_of_a_team(tree: dict[str, Any]) -> None:
    lost = team("Night", hours="night", inboxes=["gone"], categories=["billing", "gone"])
    (made,) = (each for each in policy_from(handed_out(tree, [lost])).team if isinstance(each, DeskTeam))
    assert (made.hours, made.inboxes, made.categories) == ("", (), ("billing",))


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"name": "x", "assign": "by_dice"},
        {"name": "x", "members": 7},
        {"name": "x", "from_a_newer_version": True},
    ],
)
def test_a_document_that_nobody_understands_keeps_no_configuration_from_being_used(
    tree: dict[str, Any], broken: dict[str, Any]
) -> None:
    handed = handed_out(tree, [kept("team", "x", **broken), kept("webhook", "y", **broken), team("Fine")])
    policy = policy_from(handed)
    assert [each.name for each in policy.team] == ["Sales", "Fine"]
    handed[MADE]["team"].append(broken)  # as an older reader would meet it
    handed[MADE]["webhook"] = "nothing that it could be"
    assert [each.name for each in policy_from(handed).team] == ["Sales", "Fine"]


def test_one_that_is_switched_off_is_known_and_not_told(tree: dict[str, Any]) -> None:
    (hook,) = (
        each
        for each in policy_from(handed_out(tree, [kept("webhook", "erp", **HOOK, on=False)])).webhook
        if each.name == "erp"
    )
    assert isinstance(hook, DeskWebhook)
    assert not hook.active


def test_webhooks_of_the_desk_go_by_a_way_that_no_inbox_can_have() -> None:
    subject = subjects.outbound("api", "desk:crm")
    assert subject == "outbound.api.desk.crm"
    assert subjects.outbound("api", "desk") == "outbound.api.desk"
    assert subjects.route(subject) == ("api", "desk:crm")
    assert subjects.route(f"dead.retry.{subject}") == ("api", "desk:crm")
    assert (hook_name("desk:crm"), hook_name("crm")) == ("crm", "crm")


def test_a_secret_opens_for_its_own_webhook_with_any_key_that_is_still_there_and_for_nobody_else() -> None:
    old, new = Keyring("a", {"a": b"k" * 32}), Keyring("b", {"a": b"k" * 32, "b": b"l" * 32})
    sealed = seal_secret(old, "crm", "a secret of theirs")
    assert "secret" not in sealed
    assert open_secret(new, "crm", sealed) == "a secret of theirs"
    assert open_secret(new, "erp", sealed) is None
    assert open_secret(Keyring("b", {"b": b"l" * 32}), "crm", sealed) is None


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://crm.acme.example/in?key=1", True),
        ("http://127.0.0.1:8080/in", True),
        ("http://[::1]/in", True),
        ("http://localhost/in", True),
        ("http://localhost.acme.example/in", False),
        ("http://crm.acme.example/in", False),
        ("https://", False),
        ("https://crm.acme.example:99999/", False),
        ("https://[crm/", False),
        ("https://u:p@crm.acme.example/", False),
        ("https://crm.acme.example/a b", False),
        ("https://crm.acme.example/\nX: y", False),
        ("https://crm.\u0430cme.example/", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
    ],
)
def test_an_address_is_by_https_or_of_this_machine(url: str, usable: bool) -> None:
    if usable:
        assert WebhookBody(url=url, sealed="x").url == url
    else:
        with pytest.raises(ValidationError):
            WebhookBody(url=url, sealed="x")


@pytest.mark.parametrize("name", ["none", "Lead", "OPERATORS", "any", "a@b", "", " ", "_x", "a\nb", "a/b", "x" * 61])
def test_no_team_is_called_what_rules_call_somebody_else(name: str) -> None:
    with pytest.raises(ValidationError):
        TeamBody(name=name)


def test_a_team_is_called_as_people_call_it_and_case_makes_no_other() -> None:
    assert TeamBody(name=" Održavanje  &  IT-2 ").name == "Održavanje & IT-2"
    assert team_id("Second Level") == team_id("second level ")
    assert TeamBody(name="X", members=[" Ana@Acme.example", "ana@acme.example", ""]).members == ["ana@acme.example"]
