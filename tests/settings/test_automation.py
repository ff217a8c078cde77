"""Rules, macros, webhooks and asking in the file: what is wrong is told with its line, and secrets stay here."""

from pathlib import Path

import pytest

from shared.settings import ConfigError, effective, load, policy_from

HOOK = '[[webhook]]\nname = "crm"\nurl = "https://crm.acme.example/in"\nsecret = "0123456789abcdef"\n'
RULE = '[[rule]]\nname = "r"\n'
WRONG = {
    "a variable that is none": (
        "[[macro]]\nname = 'm'\ntext = {en = 'Hello {custmer}'}\n", "3: macro.m.text: en: there is no variable {custmer}"
    ),
    "a macro that does nothing": ("[[macro]]\nname = 'm'\n", "1: macro.m: does nothing"),
    "a timer without a time": (f"{RULE}on = 'timer'\nthen = {{ask = true}}\n", '1: rule.r: on = "timer" and after'),
    "two statuses": (f"{RULE}then = {{ask = true, status = 'open'}}\n", "3: rule.r.then: status and ask"),
    "an unknown macro": (f"{RULE}then = {{macro = 'x'}}\n", "3: rule.r.then.macro: there is no macro named 'x'"),
    "an unknown webhook": (f"{RULE}then = {{webhook = 'x'}}\n", "3: rule.r.then.webhook: there is no webhook named"),
    "hours of nobody": (f"{RULE}if = {{hours = 'inside'}}\nthen = {{ask = true}}\n", "3: rule.r.if.hours: there are no"),
    "a broken pattern": (f"{RULE}if = {{patterns = '('}}\n", "3: rule.r.if.patterns: '(' is no regular expression"),
    "no secret": (HOOK.replace('secret = "0123456789abcdef"\n', ""), "1: webhook.crm.secret: needs a secret"),
    "a short secret": (HOOK.replace("0123456789abcdef", "short"), "4: webhook.crm.secret: the secret has at least 16"),
    "no address": (HOOK.replace("https://crm.acme.example/in", "crm"), "3: webhook.crm.url: write an address"),
    "a user in an address": (HOOK.replace("https://", "https://u:p@"), "3: webhook.crm.url: write an address"),
    "a name that an inbox has": (
        f'{HOOK}[[inbox]]\nname = "crm"\nchannel = "api"\n', "2: webhook.crm.name: there is an inbox of channel api"
    ),
    "times that do not grow": ("[asking]\nremind = ['5d', '2d']\n", "1: asking: the times must grow"),
    "a customer who is nobody": ("[[customer]]\nname = 'x'\n", "1: customer.x: is nobody"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(file, None, {})
    assert any(each.startswith(f"{file}:{line}") for each in raised.value.lines), raised.value.lines


def test_a_webhook_s_secret_does_not_travel_and_the_rest_does(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text(
        f"{HOOK}[[rule]]\nname = 'r'\non = 'timer, opened'\nafter = '2h'\nthen = {{snooze = '1d', tags = 'a'}}\n"
    )
    settings = load(file, None, {})
    tree = effective(settings)
    assert "0123456789abcdef" not in str(tree)
    policy = policy_from(tree)
    assert policy.rule == settings.rule
    assert (policy.webhook[0].url, policy.webhook[0].wants("ticket_opened")) == ("https://crm.acme.example/in", True)
    assert settings.outlets[-1] == ("api", "crm")


def test_what_is_asked_for_may_be_written_per_language_or_once(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    for written, meant in (
        ('["model"]', {"": ("model",)}),
        ('{en = "model", pl = ["a", "b"]}', {"en": ("model",), "pl": ("a", "b")}),
    ):
        file.write_text(f"[[category]]\nname = 'x'\nask_for = {written}\npatterns = {{en = 'a+', pl = ['b', 'c']}}\n")
        category = load(file, None, {}).category[0]
        assert category.ask_for == meant
        assert category.patterns == ("a+", "b", "c")
