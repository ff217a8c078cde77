"""What a batch asks about who may be speaking: as much as there is, and no more work than that."""

from typing import Any

import pytest

from services.router.deciding.speaking.asking import Claim, needs
from shared.messages.agents import SpeakerAsk
from shared.messages.facts import FactsRequest
from shared.messages.parts import Point


def _claim(number: int) -> Claim:
    point, same = (Point(kind=kind, value=f"+38591{number:07}") for kind in ("phone", "whatsapp"))
    return Claim(SpeakerAsk(point=point), f"spoken-{number}", same=SpeakerAsk(point=same))


def test_every_sender_of_a_batch_is_asked_about_by_both_points() -> None:
    request = FactsRequest()
    for number in range(3):
        needs(_claim(number), request)
    assert [ask.key for ask in request.speakers] == [
        f"{kind} +38591{number:07}" for number in range(3) for kind in ("phone", "whatsapp")
    ]


def test_asking_about_one_more_sender_compares_it_with_nobody_before(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    equals = SpeakerAsk.__eq__

    def counted(self: SpeakerAsk, other: Any) -> bool:
        compared.append(other)
        return equals(self, other)

    monkeypatch.setattr(SpeakerAsk, "__eq__", counted)
    request = FactsRequest()
    for number in range(200):
        needs(_claim(number), request)
    assert compared == []  # a third of a webhook's time was that
