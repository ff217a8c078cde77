"""The simulator's signatures are Twilio's own, as the recorded requests show."""

import json
from pathlib import Path

import pytest

from services.simulators.twilio.signing import sign


@pytest.mark.peer("corpora")
def test_the_simulator_signs_as_the_recorded_requests_are_signed(corpora_path: Path) -> None:
    signed = 0
    for file in sorted((corpora_path / "webhook" / "twilio_signature").glob("*.json")):
        for row in json.loads(file.read_text()):
            if row.get("valid") and "params" in row and "note" not in row and isinstance(row["params"], dict):
                assert sign(row["auth_token"], row["url"], row["params"]) == row["signature"]
                signed += 1
    assert signed
