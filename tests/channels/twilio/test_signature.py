"""Requests that Twilio signed, of the public data and our own: accepted as they are, refused with one octet changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.twilio import is_signed

CASES = "webhook/twilio_signature/expected.json"


def cases(corpora: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((corpora / CASES).read_text("utf-8"))
    assert found
    return found


def content(case: dict[str, Any]) -> list[tuple[str, str]] | str:
    if "body" in case:
        return str(case["body"])
    return [(name, value) for name, value in case.get("params_multi") or case["params"].items()]


def others(text: str) -> list[str]:
    """The text with each of its octets changed, one at a time."""
    return [text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :] for place in range(len(text))]


@pytest.mark.peer("corpora")
def test_every_signed_request_of_the_public_data_is_accepted(corpora_path: Path) -> None:
    for case in cases(corpora_path):
        assert is_signed(case["auth_token"], case["url"], content(case), case["signature"]) is case["valid"], case


@pytest.mark.peer("corpora")
def test_one_octet_changed_anywhere_is_refused(corpora_path: Path) -> None:
    for case in cases(corpora_path):
        token, url, signature, form = case["auth_token"], case["url"], case["signature"], content(case)
        assert not any(is_signed(token, url, form, changed) for changed in others(signature))
        assert not any(is_signed(changed, url, form, signature) for changed in others(token))
        # A port is left out of the signature or put in by Twilio: which one it is proves nothing, and ours is configured.
        path = url.index("/", len("https://"))
        assert not any(is_signed(token, url[:path] + changed, form, signature) for changed in others(url[path:]))
        assert not any(is_signed(token, "h" + changed, form, signature) for changed in others(url[1:12]))
        if isinstance(form, str):
            assert not any(is_signed(token, url, changed, signature) for changed in others(form))
            continue
        for place, (name, value) in enumerate(form):
            rest = [*form[:place], *form[place + 1 :]]
            if (name, value) not in rest:  # what is sent twice is signed once
                assert not any(is_signed(token, url, [*rest, (name, changed)], signature) for changed in others(value))
                assert not any(is_signed(token, url, [*rest, (changed, value)], signature) for changed in others(name))
                assert not is_signed(token, url, rest, signature)


def test_an_empty_token_signs_nothing_and_an_odd_signature_breaks_nothing() -> None:
    assert not is_signed("", "https://a.example/", [], "")
    assert not is_signed("t", "https://a.example:port/", [], "ž")
    assert not is_signed("t", "https://a.example:port/", [], "abc=")


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=4), st.text(max_size=40))
def test_no_request_breaks_the_check(url: str, form: list[tuple[str, str]], signature: str) -> None:
    assert is_signed("token", f"https://desk.example/{url}", form, signature) is False
