"""The kill test on all channels at once, small and with a fixed seed. In full size: `benchmarks.kill_channels`."""

from pathlib import Path

from tests.system.channels import CHANNELS
from tests.system.killing_channels import kill_channels

SEED = 20260302


def test_killing_up_while_customers_write_on_every_channel_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = kill_channels(tmp_path / "house", people=6, kills=2, seed=SEED)
    assert outcome.kills == 2
    assert outcome.tickets == 6 * len(CHANNELS)
    assert outcome.unheard > 0, "every webhook was answered: there was nothing to find in Twilio's list"
