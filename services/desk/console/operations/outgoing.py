"""Mail that lies in the Maildir, because the house that is being tried out has no relay: shown to admins, as plain text."""

from typing import Final

from nicegui import ui

from services.desk.console.operations.drawing import Part
from services.desk.console.viewer import Viewer
from shared.messages.operations import OutgoingAnswer, OutgoingMail

SHOWN: Final = 20


class OutgoingPart:
    """The part; there is none where every inbox has a relay."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._part: Part | None = None
        self._place = ui.element("div")

    async def refresh(self) -> None:
        """Show the newest, if there is a Maildir."""
        found = await self._viewer.parts.overview.outgoing(SHOWN)
        if found is None or not found.inboxes:
            return
        if self._part is None:
            with self._place:
                self._part = Part(self._viewer.t("operations.outgoing"), "outgoing")
        self._part.show(found, lambda: self._draw(found))

    def _draw(self, found: OutgoingAnswer) -> None:
        t = self._viewer.t
        ui.label(t("operations.outgoing.about", inboxes=", ".join(found.inboxes))).classes("tl-quiet")
        if not found.mails:
            ui.label(t("operations.outgoing.none"))
            return
        for mail in found.mails:
            self._mail(mail)
        if found.total > len(found.mails):
            ui.label(t("operations.outgoing.more", shown=len(found.mails), total=found.total)).classes("tl-quiet")

    def _mail(self, mail: OutgoingMail) -> None:
        viewer = self._viewer
        with ui.element("details").classes("tl-ops-mail"):
            with ui.element("summary"):
                ui.label(mail.subject or viewer.t("list.no_subject")).classes("tl-ops-subject")
                ui.label(f"{viewer.t('operations.outgoing.to', to=mail.to)} · {viewer.moment(mail.at)}").classes(
                    "tl-quiet"
                )
            ui.label(mail.text).classes("tl-plain").props("tabindex=0")
            if mail.cut:
                ui.label(viewer.t("operations.dead.cut")).classes("tl-quiet")
