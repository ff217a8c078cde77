"""What `trunkline train` does: learn and measure, keep and use; list what is kept, use another or none, tell how suggestions fared."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from services.composition.errors import CannotStart
from services.composition.listing import print_table, time_of
from services.composition.operating import Operator, operator
from services.composition.training.examples import Taught, fetch
from services.composition.training.fitting import (
    LEAST_EACH,
    LEAST_LABELS,
    Fitted,
    fit_part,
    learnable,
    require_libraries,
)
from shared.clock import now
from shared.learning.modelfile import MOST_BYTES, TARGETS, Header, dump
from shared.messages.learning import (
    KeepLearnt,
    LearntModels,
    LearntModelsQuery,
    SuggestedCounts,
    SuggestedQuery,
    UseLearnt,
)
from shared.settings import Settings

_COUNTED = ("suggested", "right", "decided", "decided_right")


@dataclass(frozen=True)
class Wanted:
    """How to train: from which confidence on the model decides, whether imported tickets teach too, where to write the model, and
    whether to leave what is in use alone."""

    threshold: float = 0.8
    imported: bool = False
    out: Path | None = None
    dry_run: bool = False
    as_json: bool = False


def train(settings: Settings, wanted: Wanted) -> None:
    """Learn, print what was measured, and put the model to use. Raises `CannotStart` with what is missing."""
    require_libraries()
    console = Console(stderr=True)
    with console.status("asking for past tickets") as status:
        taught = asyncio.run(_fetch(settings, wanted, status.update))
        fitted = _fit(taught, wanted, status.update)  # not on a loop: nobody else waits in this process
    parts = tuple(each.part for each in fitted)
    body = dump(Header(made_at=now(), tickets=taught.tickets, parts=parts), {f.part.target: f.model for f in fitted})
    if wanted.out is not None:
        wanted.out.write_bytes(body)
    model = None if wanted.dry_run else asyncio.run(_keep(settings, body))
    if wanted.as_json:
        _print_json(fitted, taught, model, len(body))
    else:
        _print(fitted, taught, model, len(body))


async def _fetch(settings: Settings, wanted: Wanted, progress: Callable[[str], None]) -> Taught:
    async with operator(settings) as running:
        return await fetch(running, imported=wanted.imported, progress=progress)


def _fit(taught: Taught, wanted: Wanted, progress: Callable[[str], None]) -> list[Fitted]:
    """The parts that there are enough examples for, and that do better than always saying what is most frequent."""
    fitted = []
    for target in TARGETS:
        if examples := learnable(taught.examples[target]):
            one = fit_part(target, examples, wanted.threshold, progress=progress)
            if one.part.measured.accuracy > one.most_frequent:
                fitted.append(one)
    if not fitted:
        raise CannotStart(
            f"the {taught.tickets} tickets that somebody has dealt with teach nothing yet: there must be at least {LEAST_LABELS}"
            f" categories, teams or priorities with {LEAST_EACH} tickets each, in other words"
        )
    return fitted


async def _keep(settings: Settings, body: bytes) -> str:
    async with operator(settings) as running:
        result = await running.do(KeepLearnt(body=body))
    return str(result.result["model"])


def _print(fitted: list[Fitted], taught: Taught, model: str | None, size: int) -> None:
    for one in fitted:
        rows = [[line.label, str(line.examples), f"{line.found:.2f}", f"{line.right:.2f}"] for line in one.per_class]
        print_table([one.part.target, "tickets", "of these found", "right where said"], rows)
        print(summary(one))
    print(f"learnt from {taught.tickets} tickets; the model has {size} bytes")
    print("nothing was changed" if model is None else f"model {model} is in use from now on")


def summary(one: Fitted) -> str:
    """What was measured on tickets that it had not seen, as a line."""
    found, part = one.part.measured, one.part
    return (
        f"{part.target}: accuracy {found.accuracy:.3f} on held-out tickets (always the most frequent: {one.most_frequent:.3f}),"
        f" calibration error {found.calibration_error:.3f}; from {part.threshold:g} on it decides {found.decided:.0%}, of which"
        f" {found.decided_right:.1%} right"
    )


def _print_json(fitted: list[Fitted], taught: Taught, model: str | None, size: int) -> None:
    parts = {
        one.part.target: one.part.measured.model_dump()
        | {"most_frequent": one.most_frequent, "labels": [_line(line) for line in one.per_class]}
        for one in fitted
    }
    print(json.dumps({"tickets": taught.tickets, "bytes": size, "model": model, "parts": parts}, ensure_ascii=False))


def _line(line: object) -> dict[str, object]:
    return {name: getattr(line, name) for name in ("label", "examples", "found", "right")}


# -- models that are kept -------------------------------------------------------------------------------------------------


async def use(settings: Settings, which: str) -> None:
    """Use a model that is kept, by its version, or bring one as a file; empty: none. Raises `CannotStart` for what is no model."""
    file = Path(which)
    async with operator(settings) as running:
        if which and file.is_file():
            if file.stat().st_size > MOST_BYTES:
                raise CannotStart(f"{which} is no model: it has more than {MOST_BYTES} bytes")
            done = await running.do(KeepLearnt(body=file.read_bytes()))
        else:
            done = await running.do(UseLearnt(model=which))
    model = done.result.get("model")
    print(f"model {model} is in use from now on" if model else "only rules decide from now on")


async def show(settings: Settings, as_json: bool) -> None:
    """List the models that are kept, newest first."""
    async with operator(settings) as running:
        answer = LearntModels.decode(await running.ask("learnt_models", LearntModelsQuery().encode()))
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in answer.models], ensure_ascii=False))
        return
    rows = [
        [
            each.model,
            f"{each.at:%Y-%m-%d %H:%M}",
            "in use" if each.in_use else "",
            str(each.tickets),
            ", ".join(f"{target} {one.get('accuracy', 0):.3f}" for target, one in each.measured.items()),
        ]
        for each in answer.models
    ]
    print_table(["model", "kept at", "", "tickets", "held-out accuracy"], rows)


async def report(settings: Settings, since: str | None, as_json: bool) -> None:
    """How suggestions fared: by model and target, against what tickets are by now that somebody has dealt with."""
    query = SuggestedQuery(since=time_of(since) if since else None)
    async with operator(settings) as running:
        counts = await _counts(running, query)
    listed = [{"model": model, "target": target, **dict(some)} for (model, target), some in sorted(counts.items())]
    if as_json:
        print(json.dumps(listed))
        return
    rows = [[str(one["model"]), str(one["target"]), *(str(one.get(name, 0)) for name in _COUNTED)] for one in listed]
    print_table(["model", "of", "suggested", "right", "decided", "of these right"], rows)


async def _counts(running: Operator, query: SuggestedQuery) -> dict[tuple[str, str], Counter[str]]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    while True:
        page = SuggestedCounts.decode(await running.ask("suggested", query.encode()))
        for one in page.counts:
            counts.setdefault((one.version, one.target), Counter()).update(one.model_dump(include=set(_COUNTED)))
        if page.next is None:
            return counts
        query = query.model_copy(update={"before": page.next})
