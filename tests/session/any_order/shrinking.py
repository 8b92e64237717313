"""A play that fails, made as short as it can be, and written as code that can be run.

Hypothesis would shrink it too, but it takes minutes where this takes seconds: it does not know what may be left out.
"""

from __future__ import annotations

import dataclasses
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.session.any_order.plan import Answer, Detector, Plan
from tests.session.any_order.stage import play

TRIES = 400


@dataclass
class Failure:
    """`kind` is what failed, without numbers and names: two failures of one kind are probably one defect."""

    kind: str
    message: str
    plan: Plan


def describe(error: BaseException) -> tuple[str, str]:
    """The kind of a failure, and its message with the place where it was noticed."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((frame.name for frame in reversed(frames) if "/tests/" in frame.filename), "")
    message = f"{type(error).__name__} in {place}: {error}"
    kind = re.sub(r"0x[0-9a-f]+|[\d.]+|'[^']*'|\{.*\}|\[.*\]|\(.*\)", "", message.split("\n")[0])
    return re.sub(r"\s+", " ", kind)[:160], message


def failure_of(plan: Plan) -> Failure | None:
    """What is wrong with a play, or None."""
    try:
        play(plan)
    except Exception as error:
        return Failure(*describe(error), plan)
    return None


def shrink(failure: Failure, tries: int = TRIES) -> Failure:
    """The smallest play found, after so many tries, that fails in the same way."""
    best = failure
    improved = True
    while improved:
        improved = False
        for candidate in smaller(best.plan):
            if not tries:
                return best
            tries -= 1
            found = failure_of(candidate)
            if found is not None and found.kind == failure.kind:
                best, improved = found, True
                break
    return best


def smaller(plan: Plan) -> Iterator[Plan]:
    """Plays that have a little less in them: the greatest steps first."""
    count = len(plan.steps)
    size = count // 2
    while size:
        for start in range(0, count, size):
            yield replace(plan, steps=plan.steps[:start] + plan.steps[start + size :])
        size //= 2
    plain = Plan()
    for entry in dataclasses.fields(plan):
        if entry.name not in ("steps",) and getattr(plan, entry.name) != getattr(plain, entry.name):
            yield replace(plan, **{entry.name: getattr(plain, entry.name)})
    for name in ("faults", "agents", "answers"):
        values = getattr(plan, name)
        for place in range(len(values) if len(values) > 1 or name == "faults" else 0):
            yield replace(plan, **{name: values[:place] + values[place + 1 :]})
    for path in plan.tuning:
        yield replace(plan, tuning={other: value for other, value in plan.tuning.items() if other != path})
    yield from _smaller_parts(plan)


def _smaller_parts(plan: Plan) -> Iterator[Plan]:
    for place, traits in enumerate(plan.agents):
        for trait in traits:
            fewer = tuple(kept for kept in traits if kept is not trait)
            yield replace(plan, agents=(*plan.agents[:place], fewer, *plan.agents[place + 1 :]))
    for place, answer in enumerate(plan.answers):
        simpler = [replace(answer, tools=answer.tools[1:])] if answer.tools else []
        simpler += [Answer(sentences=1, tools=answer.tools)] if answer.sentences > 1 else []
        for other in simpler:
            yield replace(plan, answers=(*plan.answers[:place], other, *plan.answers[place + 1 :]))
    if plan.detector.kind in ("words", "sound") and len(plan.detector.answers) > 1:
        yield replace(plan, detector=Detector(plan.detector.kind, 0.0, plan.detector.answers[:1]))
    for place, (action, wait_s) in enumerate(plan.steps):
        if _has_defaults(action) and action != type(action)():
            yield replace(plan, steps=(*plan.steps[:place], (type(action)(), wait_s), *plan.steps[place + 1 :]))
        if wait_s:
            yield replace(plan, steps=(*plan.steps[:place], (action, 0.0), *plan.steps[place + 1 :]))


def _has_defaults(action: Any) -> bool:
    return all(entry.default is not dataclasses.MISSING for entry in dataclasses.fields(action))


def written(plan: Plan) -> str:
    """The play as code, without what is as always."""
    plain = Plan()
    parts = []
    for entry in dataclasses.fields(plan):
        value = getattr(plan, entry.name)
        if value == getattr(plain, entry.name):
            continue
        if entry.name == "steps":
            steps = "".join(f"\n        ({_code(action)}, {wait_s})," for action, wait_s in value)
            parts.append(f"    steps=({steps}\n    ),")
        elif entry.name == "agents":
            agents = ", ".join(
                "(" + "".join(f"{trait.__name__}, " for trait in traits).strip() + ")" for traits in value
            )
            parts.append(f"    agents=({agents},),")
        elif isinstance(value, tuple):
            parts.append(f"    {entry.name}=({', '.join(map(_code, value))},),")
        else:
            parts.append(f"    {entry.name}={_code(value)},")
    return "Plan(\n" + "\n".join(parts) + "\n)"


def _code(value: Any) -> str:
    if not dataclasses.is_dataclass(value):
        return repr(value)
    given = (
        f"{entry.name}={getattr(value, entry.name)!r}"
        for entry in dataclasses.fields(value)
        if getattr(value, entry.name) != entry.default
    )
    return f"{type(value).__name__}({', '.join(given)})"
