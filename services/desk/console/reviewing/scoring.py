"""The form by which a ticket is scored: a choice and a note for each criterion, a note on the whole, and how it stands so far."""

from typing import Final

from nicegui import ui

from services.desk.console.frame import Frame
from services.desk.console.links import link
from services.desk.console.reporting.telling import Words
from services.desk.console.reviewing import views
from shared.documents.reviewing import REVIEW, Review
from shared.messages.documents import DocumentFact, SaveDocument

_NOTE: Final = 2_000


class Scoring:
    """One review. Who drew it writes, and admins; others read."""

    def __init__(self, frame: Frame, fact: DocumentFact, review: Review) -> None:
        self._frame, self._viewer, self._fact, self._review = frame, frame.viewer, fact, review
        self._may_write = review.reviewer == frame.viewer.actor or frame.viewer.may("admin")
        self._chosen = views.chosen(review)
        self._notes: dict[str, str] = dict(review.notes)
        self._words = Words(frame.viewer.language, frame.viewer.zone)

    def build(self) -> None:
        """The form."""
        viewer, review = self._viewer, self._review
        with ui.element("section").classes("tl-card ql-scoring") as section:
            section.props["aria-label"] = viewer.t("reviews.scores")
            with ui.element("div").classes("tl-heading"):
                with ui.element("h2"):
                    ui.label(viewer.t("reviews.scores"))
                ui.label(viewer.t(f"reviews.state.{review.state}")).classes("tl-chip")
                self._total = ui.label("").classes("ql-score").props("role=status")
            ui.label(viewer.t("reviews.by", name=review.reviewer_name)).classes("tl-quiet")
            for criterion in review.criteria:
                self._criterion(criterion.name, views.wording(criterion, viewer.language))
            self._note = ui.textarea(viewer.t("reviews.note"), value=review.note).props(
                "outlined autogrow maxlength=8000"
            )
            if self._may_write:
                with ui.element("div").classes("tl-row"):
                    ui.button(viewer.t("reviews.finish"), on_click=lambda: self._save("done"))
                    ui.button(viewer.t("reviews.later"), on_click=lambda: self._save("open")).props("outline")
            else:
                self._note.props("readonly")
            if viewer.may("agent") and review.state == "done":
                proposal = f"/console/improvements/new?reviews={self._fact.id}&tickets={review.number}"
                link(viewer.t("reviews.improve"), proposal)
        self._show_total()

    def _criterion(self, name: str, said: str) -> None:
        viewer = self._viewer
        words = {each: viewer.t(f"reviews.{each}") for each in ("lowest", "highest", "not_applicable")}
        with ui.element("fieldset").classes("ql-criterion"):
            with ui.element("legend"):
                ui.label(said)
            radio = ui.radio(
                views.choices(self._review.scale, words),
                value=self._chosen[name],
                on_change=lambda event: self._choose(name, event.value),
            ).props("inline dense")
            note = ui.input(
                viewer.t("reviews.why"),
                value=self._notes.get(name, ""),
                on_change=lambda event: self._notes.update({name: str(event.value or "").strip()}),
            ).props(f"dense maxlength={_NOTE}")
            if not self._may_write:
                radio.disable()
                note.props("readonly")

    def _choose(self, name: str, value: str | None) -> None:
        self._chosen[name] = value
        self._show_total()

    def _show_total(self) -> None:
        score = views.so_far(self._review, self._chosen)
        self._total.set_text(self._words.value(score, "share") if score is not None else "")

    async def _save(self, state: str) -> None:
        viewer = self._viewer
        left = views.missing(self._review, self._chosen)
        if state == "done" and left:
            viewer.say(viewer.t("reviews.missing", left=len(left)), "warning")
            return
        body = {
            **self._fact.body,
            "scores": views.scores(self._chosen),
            "notes": {name: note for name, note in self._notes.items() if note},
            "note": str(self._note.value or "").strip(),
            "state": state,
        }
        save = SaveDocument(
            kind=REVIEW,
            id=self._fact.id,
            document_number=self._fact.number,
            body=body,
            seen=self._fact.revision,
        )
        if await viewer.try_to(save) is not None:
            self._frame.go("/reviews")
