"""The operators are written to before customers complain, by a relay that works."""

from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from tests.system.mailing import Sink, letter
from tests.system.processes import Up, free_port, wait_until

CONFIG = """
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "smtp://127.0.0.1:{dead}"

[[inbox]]
name = "office"
channel = "email"
address = "office@acme.example"
send = "{alive}"

[operators]
alerts = ["ops@acme.example"]

[watchdog]
interval = "300ms"
oldest_delivery = "1s"
"""


def late(sink: Sink) -> list[EmailMessage]:
    """What the operators were told of late deliveries."""
    return [each for each in list(sink.got["ops@acme.example"]) if "deliveries are late" in each["Subject"]]


async def test_operators_hear_of_a_dead_relay_once_and_by_another_relay(tmp_path: Path) -> None:
    sink = Sink().start()
    up = Up(tmp_path / "up", config=CONFIG.format(dead=free_port(), alive=sink.url)).start()
    try:
        mail = letter("first", "ana@customer.example", to="support@acme.example")
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=up.smtp)
        wait_until(lambda: bool(late(sink)), "the operators are told")
        told = late(sink)[0]
        assert "support: 1" in told.get_content()
        assert told["Auto-Submitted"] == "auto-generated"
        await aiosmtplib.send(
            letter("second", "bo@customer.example", to="office@acme.example"), port=up.smtp, hostname="127.0.0.1"
        )
        wait_until(lambda: bool(sink.got["bo@customer.example"]), "the other inbox is not held up")
        assert len(late(sink)) == 1
        assert up.stop() == 0
        assert not up.process.tracebacks()  # type: ignore[union-attr]
    finally:
        up.kill()
        sink.stop()
