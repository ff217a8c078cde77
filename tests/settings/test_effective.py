"""What is handed out over the bus has no secrets, a version, and makes the same policy."""

import json
from pathlib import Path

from shared.settings import Policy, effective, load, policy_from

ENVIRON = {
    "TRUNKLINE_BUS__URL": "nats://u:s3cret-a@h:4222",
    "TRUNKLINE_DATABASE__URL": "postgresql://u:s3cret-b@h/t",
    "TRUNKLINE_SECRETS__KEY": "b:" + "5ec7e7" * 11,
    "TRUNKLINE_INBOX__SUPPORT__SEND": "smtp://me:s3cret-c@relay.example:587",
    "TRUNKLINE_INBOX__1": '{"name": "bot", "channel": "telegram", "token": "s3cret-d"}',
}


def test_no_secret_is_in_it() -> None:
    text = json.dumps(effective(load(None, None, ENVIRON)))
    assert "s3cret" not in text
    assert "5ec7e7" not in text
    assert "***" not in text
    assert "relay.example" in text


def test_it_gives_the_same_policy_when_read_back(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    example = (Path(__file__).parent / "example.toml").read_text()
    file.write_text(
        example.replace('"file:dkim.pem"', '"QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="').replace("${", "$${")
    )
    for settings in (load(None, None, {}), load(file, None, {})):
        tree = json.loads(json.dumps(effective(settings)))
        policy = policy_from(tree)
        for name in ("company", "tickets", "team", "category", "priority", "sla", "hours", "rule"):
            assert getattr(policy, name) == getattr(settings, name), name
        assert [inbox.name for inbox in policy.inbox] == [inbox.name for inbox in settings.inbox]


def test_the_secrets_of_a_policy_read_back_are_empty() -> None:
    policy = policy_from(effective(load(None, None, ENVIRON)))
    assert policy.email_inboxes[0].send[0].password.get_secret_value() == ""


def test_the_version_follows_what_is_configured_and_nothing_else(tmp_path: Path) -> None:
    version = effective(load(None, None, {}))["version"]
    assert len(version) == 16
    assert effective(load(None, tmp_path, {"TRUNKLINE_COMPANY__NAME": "Support"}))["version"] == version
    assert effective(load(None, None, {"TRUNKLINE_COMPANY__NAME": "Acme"}))["version"] != version
    rotated = {**ENVIRON, "TRUNKLINE_SECRETS__KEY": "c:" + "ab" * 32}
    assert effective(load(None, None, ENVIRON))["version"] == effective(load(None, None, rotated))["version"]


def test_what_a_newer_version_adds_at_the_top_is_left_out() -> None:
    assert isinstance(policy_from({**effective(load(None)), "novelty": {"a": 1}}), Policy)
