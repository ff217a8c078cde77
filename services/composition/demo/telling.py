"""The demonstration as a reader sees it: plain text, and in colours on a terminal."""

import textwrap
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.composition.demo.instance import Place
from services.composition.demo.story import Told
from services.composition.explaining import why
from shared.messages.ticket import LedgerLine

_LONGEST = 260
_LABEL = 10


class Teller:
    """Prints on stdout. Where that is no terminal, lines are never folded, so that they can be searched."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, emoji=False)

    def begin(self, place: Place) -> None:
        """What is about to be seen."""
        self._say("[bold]Trunkline, shown with its own instance in a temporary folder[/]")
        self._say(f"Telegram and Twilio are stand-ins on this machine; nothing leaves it. {escape(place.url)}")

    def one(self, told: Told) -> None:
        """One customer's story."""
        ticket, part = told.ticket, told.part
        first, second = told.seconds
        self._say("")
        self._say(f"[bold cyan]{escape(part.where)}[/]: [bold]{escape(part.name)}[/] writes")
        self._row("wrote", part.text)
        chosen = f"{ticket.number}: {ticket.category}, priority {ticket.priority}, language {ticket.language}"
        self._row("became", chosen, "bold green")
        for choice in ("category", "priority", "language"):
            if choice in ticket.reasons:
                self._row("because" if choice == "category" else "", f"{choice} {why(ticket.reasons[choice])}")
        self._row("was told", f"{_short(told.acknowledgement)} (after {first:.1f} s)")
        self._row("agent", part.answer)
        self._row("received", f"{_short(told.answer)} (after {second:.1f} s)")
        if told.status is not None:
            self._row("asked", "STATUS")
            self._row("was told", _short(told.status))

    def account(self, lines: Sequence[LedgerLine]) -> None:
        """Everything is accounted for."""
        self._say("")
        self._say("[bold]Nothing is lost[/]: received = stored + duplicate + quarantined + refused + dead + in flight")
        for line in lines:
            parts = (line.stored, line.duplicate, line.quarantined, line.refused, line.dead, line.in_flight)
            self._row(line.channel, f"{line.inbox}: {line.received} = {' + '.join(map(str, parts))}")

    def where(self, place: Place, example: str, sign_in: str | None) -> None:
        """Where to look: for as long as it runs, with ``sign_in``, the page of the first sign-in; or (null) how to have it run."""
        self._say("")
        if sign_in is None:
            self._say("[bold]Where to look[/]: it is over now. To look around in it: trunkline demo --keep")
            self._line("try it", "trunkline up")
            self._line("read", "README.md, docs/guide-agent.md, docs/operations.md")
            return
        options = f"--config {place.config} --data {place.settings.data}"
        self._say("[bold]Where to look[/]: it runs until Ctrl-C")
        self._line("console", f"{place.url}{sign_in}")
        self._line("API", f"{place.url}/api/docs")
        self._line("form", f"{place.url}/form/contact")
        self._line("chat", f"{place.url}/chat/web")
        self._line("mail", f"smtp://127.0.0.1:{place.smtp} takes it, {place.maildir}/new has what went out")
        self._line("why", f"trunkline explain {example} {options}")
        self._line("account", f"trunkline ledger {options}")
        self._line("token", f"trunkline token create --name me {options}")
        self._say("ready")

    def _row(self, label: str, text: str, style: str = "") -> None:
        name, words = f"  [dim]{escape(label):<{_LABEL}}[/]", f"[{style}]{escape(text)}[/]" if style else escape(text)
        if not self._console.is_terminal:
            self._say(name + words)
            return
        row = Table.grid()
        row.add_column(width=_LABEL + 2)
        row.add_row(name, words)
        self._console.print(row)

    def _line(self, label: str, text: str) -> None:
        """What somebody may copy: never folded."""
        self._say(f"  [dim]{escape(label):<{_LABEL}}[/]{escape(text)}")

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)
        self._console.file.flush()


def _short(text: str) -> str:
    return textwrap.shorten(text, _LONGEST, placeholder=" …")
