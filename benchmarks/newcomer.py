"""A newcomer's path in the README's own steps: from `make up` to a customer's mail answered from the console, in seconds.

The steps are those of "Start" and "Send a first mail": `make up`, the first sign-in in a browser, the README's own program that sends the
mail, the answer in the console, and the answer in the Maildir. Installing (the part of pip) is left out: the environment is there already.
People type slowly: ``--pace`` is how many seconds pass between two keys, ``--think`` what they take to read each page.
"""

import argparse
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.ports import free_port
from tests.system.processes import ROOT, wait_until

ANSWER = "Good morning,\n\nplease press the reset button for five seconds. A technician comes at noon if it stays off."
_PASSWORD = "seven green heaters"


@dataclass
class Watch:
    """What took how long."""

    began: float = field(default_factory=time.monotonic)
    last: float = 0.0

    def lap(self, what: str) -> None:
        """This is done."""
        now = time.monotonic() - self.began
        print(f"{now:6.1f} s  (+{now - self.last:5.1f})  {what}", flush=True)
        self.last = now


@dataclass
class MakeUp:
    """`make up` in the repository, with a data folder and ports of its own."""

    folder: Path
    smtp: int = field(default_factory=free_port)
    web: int = field(default_factory=free_port)
    said: list[str] = field(default_factory=list)
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> str:
        """Start it; gives the address of the first sign-in."""
        ports = {"TRUNKLINE_WEB__LISTEN": f"127.0.0.1:{self.web}", "TRUNKLINE_SMTP__LISTEN": f"127.0.0.1:{self.smtp}"}
        # -o: the environment is as new as it has to be, so that pip is not asked.
        self.process = subprocess.Popen(
            ["make", "-o", ".venv/.runtime", "up", f"ARGS=--data {self.folder / 'data'}"],
            cwd=ROOT,
            env={**os.environ, **ports},
            stdout=subprocess.PIPE,
            stderr=(self.folder / "log").open("w"),
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        wait_until(lambda: any(line.startswith("ready") for line in self.said), "it is ready")
        return re.findall(r"first sign-in: (\S+)", "\n".join(self.said))[0].replace(":8080/", f":{self.web}/")

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGINT)  # make and what it runs, as a terminal does
            self.process.wait(40)

    def sent(self) -> str:
        """All mails in the Maildir."""
        return "\n".join(
            file.read_text("utf-8", "replace") for file in (self.folder / "data" / "maildir" / "new").glob("*")
        )


def send_mail(up: MakeUp) -> None:
    """The README's own program."""
    part = (ROOT / "README.md").read_text("utf-8").partition("## Send a first mail")[2]
    program = re.findall(r"<<'END'\n(.*?)\nEND\n", part, re.S)[0].replace(
        '"127.0.0.1", 2525', f'"127.0.0.1", {up.smtp}'
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


async def walk(up: MakeUp, watch: Watch, pace: float, think: float) -> None:
    """Everything from the command on."""
    link = await asyncio.to_thread(up.start)
    watch.lap("`make up` is ready, and says where to sign in")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1280, "height": 860}, locale="en-GB")
        await page.goto(link)
        await asyncio.sleep(think)
        fields = (("name", "Anna Nowak"), ("email", "anna@acme.example"), ("new", _PASSWORD), ("again", _PASSWORD))
        for name, value in fields:
            await page.locator(f"input[name={name}]").press_sequentially(value, delay=pace * 1000)
        await page.locator("main button[type=submit]").click()
        await page.wait_for_url("**/set-up/inbox")
        watch.lap("signed in as the first admin")
        await asyncio.sleep(think)
        await page.goto(f"http://127.0.0.1:{up.web}/console")
        await page.get_by_role("heading", level=1).wait_for()
        watch.lap("the console is open")
        await answer(page, up, watch, pace, think)
        await browser.close()


async def answer(page: Page, up: MakeUp, watch: Watch, pace: float, think: float) -> None:
    """The mail comes, is taken and answered, and the answer is in the Maildir."""
    await page.get_by_role("link", name="Nobody's yet").click()
    await page.wait_for_url("**view=unassigned**")
    await asyncio.to_thread(send_mail, up)
    row = page.get_by_role("link", name="My heater does not start")
    await row.wait_for()  # by itself: nobody reloads the page
    watch.lap("the customer's mail is in the list")
    await asyncio.sleep(think)
    await row.click()
    await page.wait_for_url("**/console/ticket/**")
    await page.get_by_role("button", name="Take").click()
    await asyncio.sleep(think)
    await page.get_by_role("textbox", name="Answer the customer").press_sequentially(
        ANSWER, delay=pace * 1000, timeout=0
    )
    await page.get_by_role("button", name="Send", exact=True).click()
    there: Callable[[], bool] = lambda: "press the reset button" in up.sent().replace("=\n", "")  # noqa: E731
    await asyncio.to_thread(wait_until, there, "the answer is sent")
    await page.get_by_role("article").filter(has_text="press the reset button").wait_for()
    watch.lap("the answer is in the Maildir, and stands in the ticket")


def main() -> None:
    """Walk it once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks newcomer", description=__doc__)
    parser.add_argument(
        "--pace", type=float, default=0.25, help="seconds between two keys (default: 0.25, a slow typist)"
    )
    parser.add_argument("--think", type=float, default=10.0, help="seconds to read each page (default: 10)")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        up, watch = MakeUp(Path(folder)), Watch()
        try:
            asyncio.run(walk(up, watch, wanted.pace, wanted.think))
        finally:
            up.stop()
    print(f"from `make up` to the answer: {watch.last:.0f} s (pip left out)")
