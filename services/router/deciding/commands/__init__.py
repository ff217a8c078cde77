"""Deciding about commands: what an agent, an API client or an operator wants done, and what that changes."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.router.deciding import life
from services.router.deciding.commands import (
    administering,
    again,
    articles,
    asking,
    changing,
    collision,
    conversation,
    customers,
    dialling,
    documents,
    escalating,
    filtering,
    forgetting,
    handing,
    importing,
    learning,
    leaving,
    linking,
    macros,
    merging,
    moving,
    opening,
    outward,
    passwords,
    people,
    points,
    portal,
    problems,
    record,
    releasing,
    requesting,
    rights,
    signing,
    splitting,
    staff,
    tagging,
    takingback,
    talking,
    waiting,
    watching,
)
from services.router.deciding.commands.doing import Doing, Refused, cause, fingerprint
from services.router.deciding.commands.fields import WRITABLE
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from shared.messages import command as c
from shared.messages import gathering as g
from shared.messages import signin as s
from shared.messages import talking as t
from shared.messages.after import CustomerAnswer, Snooze
from shared.messages.again import SendAgain
from shared.messages.agents import AddPoint, DropPoint, VerifyPoint
from shared.messages.articles import ArticleVote
from shared.messages.automation import ApplyMacro, AskDetails, ReplayDelivery, TestWebhook
from shared.messages.changeset import Changeset
from shared.messages.customers import CustomerReply, WithdrawLinks
from shared.messages.documents import RemoveDocument, SaveDocument
from shared.messages.facts import EXAMPLES, Facts, FactsRequest
from shared.messages.importing import ImportTicket
from shared.messages.learning import DismissLearnt, KeepLearnt, UseLearnt
from shared.messages.life import StaffFact
from shared.messages.parts import Point
from shared.messages.people import EraseContact, ReleaseDelivery
from shared.messages.portal import AskPortalCode, LeavePortal, OpenFromPortal, ProvePortalCode
from shared.messages.staff import BlockAgent, ChangeStaff, Escalate, UnblockAgent
from shared.messages.waiting import TakeBack

__all__ = ["WRITABLE", "Doing", "Refused", "cause", "check_rights", "decide_command", "fingerprint", "needs"]


# What an agent does with a ticket that says whether it is spam.
_TEACHING = (
    c.MarkSpam,
    c.NotSpam,
    c.Change,
    c.Reopen,
    c.Reply,
    c.Solve,
    t.WriteMessage,
    g.AnswerCase,
    ApplyMacro,
    AskDetails,
)

# What names agents, who must be known then.
_NAMING = (t.Assign, t.Transfer, t.Watch, t.MakeRequest, ApplyMacro)


def names_somebody(note: c.Note) -> bool:
    """Whether a note mentions anybody, as far as can be told without knowing them."""
    return "@" in note.text or bool(note.mentions)


def needs(command: c.Command, policy: Policy) -> FactsRequest:
    """What must be known to decide about a command."""
    request = _needs(command)
    request.staff = request.staff or _AGENT.match(command.actor) is not None or command.role not in ("", "admin")
    return life.needs(request, policy)


_AGENT = re.compile("agent:(.+)", re.DOTALL)


def check_rights(command: c.Command, facts: Facts) -> None:
    """Whether an agent, or a token of some role, may do it: our records say so, and never what somebody wrote. Raises `Refused`."""
    found = _AGENT.match(command.actor)
    known = next((each for each in facts.staff.values() if found and found[1] in (each.agent_id, each.email)), None)
    if found and known is None and (facts.staff or facts.blocked):
        raise Refused("forbidden", "there is no such agent any more")
    if known is None and command.role:
        known = StaffFact(agent_id="", email="", name=command.actor_name, role=command.role)
    why_not = rights.allowed(command.action, known, facts.staff) if known is not None else None
    if why_not is not None:
        raise Refused("forbidden", why_not, why="auditor" if why_not == rights.AUDITOR else "")


def _needs(command: c.Command) -> FactsRequest:
    number = getattr(command.action, "number", None)
    request = FactsRequest(numbers=[number] if number is not None else [])
    if isinstance(command.action, _TEACHING):
        request.samples, request.words = list(request.numbers), [EXAMPLES]
    if isinstance(command.action, c.Reply | c.Dial | g.AnswerCase | ApplyMacro | AskDetails):
        request.people_of = list(request.numbers)
    if record.messages_needed(command.action):
        request.messages_of = list(request.numbers)
    if isinstance(command.action, _NAMING) or (isinstance(command.action, c.Note) and names_somebody(command.action)):
        request.staff = True
    talking.needs(command.action, request)
    again.needs(command.action, request)
    collision.needs(command, request)
    takingback.needs(command, request)
    outward.needs(command, request)
    documents.needs(command, request)
    macros.needs(command.action, request)
    signing.needs(command.action, request)
    passwords.needs(command.action, request)
    match command.action:
        case c.MergePeople(contact_id=contact_id, other=other) | c.UnmergePeople(contact_id=contact_id, other=other):
            request.people = [contact_id, other]
        case c.DismissPeople(contact_id=contact_id, other=other):
            request.people = [contact_id, other]
        case EraseContact():
            forgetting.needs(command.action, request)
        case c.ChangePerson(contact_id=contact_id):
            request.people = [contact_id]
        case ImportTicket(points=points_of_customer):
            request.points, request.staff = list(points_of_customer), True
        case ReplayDelivery(delivery_id=delivery_id) | ReleaseDelivery(delivery_id=delivery_id):
            request.deliveries = [delivery_id]
        case c.WrongTicket():
            return moving.wrong_needs(command.action)
        case g.Merge():
            return merging.merge_needs(command.action)
        case g.Unmerge():
            return merging.unmerge_needs(command.action)
        case g.Split():
            return splitting.needs(command.action)
        case g.Link() | g.Unlink():
            return linking.needs(command.action)
        case g.MakeProblem():
            return problems.needs(command.action)
        case g.Block(point=point):
            request.points = [filtering.blockable(point)]
        case c.OpenByHand(internal=True):
            request.staff = True
        case c.OpenByHand(contact=contact) if contact:
            request.points = [opening.point_of(command.action)]
        case c.Change(fields=fields) if {"assignee", "watchers"} & fields.keys():
            # Who they are, and by which name customers know whoever has it from now on.
            request.staff = True
        case CustomerReply(point=point):
            request.points = [point]
        case ChangeStaff(email=email) | BlockAgent(email=email) | UnblockAgent(email=email):
            request.staff, request.points = True, [Point(kind="email", value=email.strip().lower())]
        case AskPortalCode() | ProvePortalCode() | OpenFromPortal():
            portal.needs(command.action, request)
        case AddPoint() | VerifyPoint() | DropPoint():
            points.needs(command.action, request)
        case Escalate():
            request.staff = True
        case UseLearnt():
            request.learnt = True
        case c.CreateAgent(email=email):
            request.points, request.points_of = (
                [Point(kind="email", value=email.strip().lower())],
                [email.strip().lower()],
            )
    return request


def decide_command(command: c.Command, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset for a command. Raises `Refused` for what cannot be done, or may not be."""
    check_rights(command, facts)
    doing = Doing(command, facts, policy, now, Draft())
    result = _DO[type(command.action)](doing, command.action)
    quiet = isinstance(command.action, ImportTicket)
    by = life.Cause(cause(command), command.actor, command.channel, quiet, command.correlation_id)
    life.follow(by, doing.draft, facts, policy, now)
    return doing.draft.changeset(cause(command), fingerprint=fingerprint(command), result=result, policy=policy.version)


_DO: dict[type, Callable[[Doing, Any], dict[str, Any]]] = {
    c.OpenByHand: opening.open_by_hand,
    c.Reply: conversation.reply,
    c.Dial: dialling.dial,
    c.Note: conversation.note,
    c.Change: changing.change,
    c.Solve: changing.solve,
    c.Close: changing.to_status("closed"),
    c.Reopen: changing.to_status("open"),
    c.WrongTicket: moving.wrong_ticket,
    c.MarkSpam: filtering.mark_spam,
    c.NotSpam: filtering.not_spam,
    c.MergePeople: people.merge,
    c.UnmergePeople: people.unmerge,
    c.DismissPeople: people.dismiss,
    c.ChangePerson: people.change,
    c.CreateToken: administering.create_token,
    c.CreateAgent: administering.create_agent,
    c.Alert: administering.alert,
    ChangeStaff: staff.change_agent,
    BlockAgent: leaving.block,
    UnblockAgent: leaving.unblock,
    AddPoint: points.add,
    VerifyPoint: points.verify,
    DropPoint: points.drop,
    Escalate: escalating.escalate,
    Snooze: waiting.snooze,
    CustomerAnswer: waiting.customer_answer,
    CustomerReply: customers.customer_reply,
    WithdrawLinks: customers.withdraw_links,
    g.Merge: merging.merge,
    g.Unmerge: merging.unmerge,
    g.Split: splitting.split,
    g.Link: linking.link,
    g.Unlink: linking.unlink,
    g.Tag: tagging.tag,
    g.MakeProblem: problems.make,
    g.AnswerCase: problems.answer,
    g.Block: filtering.block_point,
    **record.DECIDERS,
    t.WriteMessage: talking.write_message,
    t.StartSide: talking.start_side,
    t.WriteSide: talking.write_side,
    t.Assign: handing.assign,
    t.Transfer: handing.transfer,
    t.Watch: watching.watch,
    t.MakeRequest: requesting.make_request,
    ApplyMacro: macros.apply_macro,
    AskDetails: asking.ask_details,
    ReplayDelivery: macros.replay_delivery,
    TestWebhook: macros.test_webhook,
    SendAgain: again.send_again,
    TakeBack: takingback.take_back,
    ReleaseDelivery: releasing.release,
    EraseContact: forgetting.erase,
    KeepLearnt: learning.keep_learnt,
    UseLearnt: learning.use_learnt,
    DismissLearnt: learning.dismiss_learnt,
    SaveDocument: documents.save,
    RemoveDocument: documents.remove,
    ArticleVote: articles.vote,
    s.SignIn: signing.sign_in,
    s.FailSignIn: signing.fail,
    s.SeenSession: signing.seen,
    s.SignOut: signing.sign_out,
    s.ChangeTotp: signing.change_totp,
    s.AskPassword: passwords.ask_password,
    s.ChoosePassword: passwords.choose_password,
    s.ChangePassword: passwords.change_password,
    s.SetUp: passwords.set_up,
    s.TryInbox: passwords.try_inbox,
    s.RevokeToken: passwords.revoke_token,
    s.NoteRefused: passwords.note_refused,
    AskPortalCode: portal.ask,
    ProvePortalCode: portal.prove,
    LeavePortal: portal.leave,
    OpenFromPortal: portal.open_ticket,
    ImportTicket: importing.import_ticket,
}
