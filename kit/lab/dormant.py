"""Which settings do nothing as things are set now, and why: a panel greys them, a sweep need not vary them."""

from __future__ import annotations

from collections.abc import Iterator

from ..tuning import Background, Interruption, Preemption, Tuning, Volume, info


def dormant(tuning: Tuning) -> dict[str, str]:
    """The dotted paths of the settings whose change nobody would hear, each with the reason in a few words."""
    return dict(
        [
            *_volume(tuning.volume),
            *_preemption(tuning.preemption),
            *_endpointing(tuning),
            *_interruption(tuning.interruption),
            *_background(tuning.background),
        ]
    )


_Reasons = Iterator[tuple[str, str]]


def _volume(volume: Volume) -> _Reasons:
    if volume.level in (0, 100):
        yield "volume.taper", f"the same at {volume.level:g} %"
    if not volume.normalize:
        yield "volume.target_lufs", _off("volume.normalize")
        if not volume.limit_peaks:
            yield "volume.ceiling_dbtp", _off("volume.limit_peaks")
    else:
        yield "volume.limit_peaks", f"done anyway while “{_question('volume.normalize')}” is on"


def _preemption(preemption: Preemption) -> _Reasons:
    for name in ("preemptive_tts", "max_speech_duration_s", "max_retries", "trigger", "interim_still_s"):
        if not preemption.enabled:
            yield f"preemption.{name}", _off("preemption.enabled")
        elif name == "interim_still_s" and preemption.trigger != "interim":
            yield f"preemption.{name}", "only final words count"
        elif preemption.max_retries == 0 and name != "max_retries":
            yield f"preemption.{name}", "no attempt is allowed"


def _endpointing(tuning: Tuning) -> _Reasons:
    if tuning.endpointing.mode != "dynamic":
        yield "endpointing.alpha", "the shortest wait is fixed"


def _interruption(interruption: Interruption) -> _Reasons:
    for name in ("min_duration_s", "min_words", "resume_false_interruption", "false_interruption_timeout_s"):
        if not interruption.enabled:
            yield f"interruption.{name}", _off("interruption.enabled")
        elif name == "false_interruption_timeout_s" and not interruption.resume_false_interruption:
            yield f"interruption.{name}", _off("interruption.resume_false_interruption")


def _background(background: Background) -> _Reasons:
    """A program may give its player sounds of its own, on which these act as well."""
    named = [kind for kind in ("ambient", "thinking") if getattr(background, kind)]
    for kind in ("ambient", "thinking"):
        if kind not in named:
            yield f"background.{kind}_volume", "no sound is named, only the program's own"
    if not named:
        yield "background.duck_db", "no sound is named, only the program's own"
    if background.duck_db == 0:
        for name in ("duck_attack_s", "duck_release_s", "duck_for_user"):
            yield f"background.{name}", "it is not lowered at all"


def _off(path: str) -> str:
    return f"“{_question(path)}” is off"


def _question(path: str) -> str:
    return info(path).question
