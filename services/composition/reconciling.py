"""`trunkline reconcile`: what mailboxes hold against what is stored, asked of the intake that reads them; what is missing is fetched."""

import json

from services.composition.errors import CannotStart
from services.composition.operating import Operator, operator
from shared.bus import rpc, subjects
from shared.bus.errors import NoResponders, RemoteError, RequestTimeout
from shared.messages.mailbox import ReconcileReport, ReconcileRequest
from shared.settings import Settings

PATIENCE = 600.0
"""Seconds for one mailbox: years of mail are looked at by their headers, and what is missing is fetched."""


async def reconcile(settings: Settings, inbox: str | None, days: float | None, as_json: bool) -> bool:
    """Compare each mailbox, or that of ``inbox``, and print a line for each; whether all went well. Raises `CannotStart` for an inbox
    that is not read by IMAP."""
    names = [each.name for each in settings.email_inboxes if each.receive == "imap"]
    if inbox is not None and inbox not in names:
        known = f"; those that are: {', '.join(names)}" if names else ""
        raise CannotStart(f"{inbox!r} is no inbox that is read by IMAP{known}")
    if not names:
        raise CannotStart('no inbox is read by IMAP (receive = "imap"): there is nothing to compare')
    reports: list[ReconcileReport] = []
    async with operator(settings) as running:
        for name in names if inbox is None else [inbox]:
            reports.append(await _ask(running, name, days))
            if not as_json:
                print(line(reports[-1]), flush=True)
    if as_json:
        print(json.dumps([each.model_dump(mode="json", exclude={"version"}) for each in reports], ensure_ascii=False))
    return all(each.error is None for each in reports)


async def _ask(running: Operator, inbox: str, days: float | None) -> ReconcileReport:
    question = ReconcileRequest(days=days).encode()
    try:
        return ReconcileReport.decode(await rpc.request(running.bus, subjects.reconcile(inbox), question, PATIENCE))
    except NoResponders:
        why = "nobody reads the mailbox; does intake run, and with this inbox?"
    except RequestTimeout:
        why = f"no answer within {PATIENCE:g} seconds; the log of intake tells how far it is"
    except RemoteError as error:
        why = error.text or error.kind
    return ReconcileReport(inbox=inbox, error=why)


def line(report: ReconcileReport) -> str:
    """A report as one line."""
    if report.error is not None:
        return f"{report.inbox}: not compared: {report.error}"
    since = f" since {report.since.date().isoformat()}" if report.since is not None else ""
    unnamed = f" ({report.unnamed} without a Message-ID)" if report.unnamed else ""
    parts = [f"{report.stored} stored", f"{report.fetched} fetched now{unnamed}"]
    parts += [f"{report.refused} left there (see the ledger)"] if report.refused else []
    parts += [f"{report.young} too new to tell"] if report.young else []
    return f"{report.inbox}: {report.on_server} mails{since}: {', '.join(parts)}"
