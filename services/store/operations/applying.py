"""The rows of a changeset that is to be written: which operation is written how."""

from collections.abc import Callable
from typing import Any

from services.store.batch import Batch
from services.store.operations import happenings, persons, tickets
from services.store.operations.known import Known
from services.store.operations.writing import Writing
from shared.messages import agents, articles, automation, documents, gathering, learning, life, people, portal, signin
from shared.messages import changeset as c


def apply(changeset: c.Changeset, batch: Batch, known: Known) -> None:
    """Add the rows of ``changeset``, which `check` found nothing against and whose tickets have their numbers."""
    writing = Writing(batch, known, changeset.cause)
    for operation in changeset.operations:
        _APPLY[type(operation)](writing, operation)


def _put_document(w: Writing, op: documents.PutDocument) -> None:
    w.batch.documents.put(op)
    w.batch.knowledge.put(op)


def _drop_document(w: Writing, op: documents.DropDocument) -> None:
    w.batch.documents.drop(op)
    w.batch.knowledge.drop(op)


_APPLY: dict[type[Any], Callable[[Writing, Any], None]] = {
    c.OpenTicket: tickets.open_ticket,
    c.ChangeTicket: tickets.change_ticket,
    c.AddMessage: tickets.add_message,
    c.AddRoute: tickets.add_route,
    c.AddReferences: tickets.add_references,
    c.MoveMessages: tickets.move_messages,
    gathering.MoveRecord: tickets.move_record,
    c.EditMessage: tickets.edit_message,
    c.PutContact: persons.put_contact,
    c.ChangeContact: lambda w, op: w.batch.contacting.change(op),
    c.MergeContacts: lambda w, op: w.batch.contacting.merge(op),
    c.UnmergeContacts: lambda w, op: w.batch.contacting.unmerge(op),
    c.SuggestMerge: lambda w, op: w.batch.contacting.suggest(op),
    c.DismissSuggestion: lambda w, op: w.batch.contacting.dismiss(op),
    c.OptPoint: persons.opt_point,
    c.MarkPoint: persons.mark_point,
    c.AddEvent: happenings.add_event,
    c.QueueDelivery: happenings.queue_delivery,
    c.BounceDelivery: happenings.bounce_delivery,
    automation.RequeueDelivery: happenings.requeue_delivery,
    c.CountAutomatic: happenings.count_automatic,
    c.SetTimer: happenings.set_timer,
    c.CancelTimer: happenings.cancel_timer,
    c.LinkTickets: tickets.link_tickets,
    c.AddToken: persons.add_token,
    c.AddAgent: persons.add_agent,
    c.Quarantine: lambda w, op: w.batch.holding.hold(op),
    c.AddHeldRoute: lambda w, op: w.batch.holding.add_route(op),
    c.ReleaseHeld: lambda w, op: w.batch.holding.release(op),
    c.DiscardHeld: lambda w, op: w.batch.holding.discard(op),
    c.BlockPoint: lambda w, op: w.batch.holding.block(op),
    c.LearnSpam: lambda w, op: w.batch.holding.learn(op),
    life.PutEntry: tickets.put_entry,
    life.UnlinkTickets: lambda w, op: w.batch.recording.unlink(op),
    life.ChangeAgent: lambda w, op: w.batch.recording.change_agent(op),
    agents.PutAgentPoint: lambda w, op: w.batch.staffing.put_point(op),
    agents.RemoveAgentPoint: lambda w, op: w.batch.staffing.remove_point(op),
    agents.AddNews: lambda w, op: w.batch.staffing.add_news(op),
    agents.RemoveNews: lambda w, op: w.batch.staffing.remove_news(op),
    agents.AddSpoken: lambda w, op: w.batch.staffing.add_spoken(op),
    agents.SettleSpoken: lambda w, op: w.batch.staffing.settle(op),
    learning.KeepModel: lambda w, op: w.batch.learning.keep(op),
    learning.UseModel: lambda w, op: w.batch.learning.use(op),
    people.Forget: lambda w, op: w.batch.forget(op),
    documents.PutDocument: _put_document,
    documents.DropDocument: _drop_document,
    articles.CountVote: lambda w, op: w.batch.knowledge.vote(op),
    signin.PutCredential: lambda w, op: w.batch.signing.put_credential(op),
    signin.AddSession: lambda w, op: w.batch.signing.add_session(op),
    signin.SeeSession: lambda w, op: w.batch.signing.see_session(op),
    signin.EndSessions: lambda w, op: w.batch.signing.end_sessions(op),
    signin.PutFailures: lambda w, op: w.batch.signing.put_failures(op),
    signin.DropFailures: lambda w, op: w.batch.signing.drop_failures(op),
    signin.PutReset: lambda w, op: w.batch.signing.put_reset(op),
    signin.DropResets: lambda w, op: w.batch.signing.drop_resets(op),
    signin.RevokeTokens: lambda w, op: w.batch.signing.revoke_tokens(op),
    portal.PutPortalCode: lambda w, op: w.batch.portal.put_code(op),
    portal.OpenPortalSession: lambda w, op: w.batch.portal.open_session(op),
    portal.EndPortalSession: lambda w, op: w.batch.portal.end_session(op),
}
