"""How a voice writes an element: as SSML, or in a form of its own.

A form takes the element's attributes and its text (as it is said, not escaped), and gives what is written before and
behind it. For an element of text only (phoneme, say-as, sub) and an empty one, that is all of it, and the second part
is "". What the voice cannot take is told to `lose`; where nothing is left, the form gives None, and only the element's
text is said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping

from . import phonetics, values
from .tags import escape, open_tag

Attributes = Mapping[str, str]
Lose = Callable[[str], None]
Form = Callable[[Attributes, str, Lose], tuple[str, str] | None]
Spell = Callable[[str], str | None]
"""The sounds, given in the IPA, in another alphabet; None if it lacks one."""


def same(name: str, *keys: str) -> Form:
    """The element as it is, with these of its attributes."""

    def write(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str]:
        return open_tag(name, {key: attributes[key] for key in keys if key in attributes}), f"</{name}>"

    return write


def empty(name: str, *needed: str) -> Form:
    """The empty element as it is, if it has these attributes."""

    def write(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        if not all(attributes.get(key) for key in needed):
            lose(f"without {' or '.join(needed)}")
            return None
        return open_tag(name, {key: attributes[key] for key in needed}, empty=True), ""

    return write


def pause(write: Callable[[float], str], *, longest_s: float, shortest_s: float = 0.0) -> Form:
    """Silence of so many seconds, written by `write`; a strength as the seconds that it stands for."""

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        length = _pause_s(attributes, lose)
        if length is None or length <= 0:
            return ("", "") if length is not None else None
        if not shortest_s <= length <= longest_s:
            length = min(max(length, shortest_s), longest_s)
            lose(f"time = {attributes.get('time')!r} is out of its range: {values.number(length)}s instead")
        return write(length), ""

    return form


def break_tag(*strengths: str, longest_s: float, in_seconds: bool = False) -> Form:
    """`<break time="1500ms"/>`, or "1.5s", or one of these strengths; of another one, the time that it stands for."""

    def write(length_s: float) -> str:
        time = f"{values.number(length_s)}s" if in_seconds else f"{length_s * 1000:.0f}ms"
        return f'<break time="{time}"/>'

    timed = pause(write, longest_s=longest_s)

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        strength = attributes.get("strength", "medium")
        if strength in strengths and "time" not in attributes:
            return f'<break strength="{strength}"/>', ""
        return timed(attributes, content, lose)

    return form


def _pause_s(attributes: Attributes, lose: Lose) -> float | None:
    time, strength = attributes.get("time"), attributes.get("strength", "medium")
    length = values.STRENGTHS.get(strength) if time is None else values.seconds(time)
    if length is None:
        lose(f"{'strength' if time is None else 'time'} = {strength if time is None else time!r} is none")
    return length


def phoneme(write: Callable[[str, str], str], spell: Spell, alphabet: str, *, words: bool = False) -> Form:
    """A word's sounds, spelled for the voice and written by `write(sounds, word)`. `words`: one word at a time only."""

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        sounds = _sounds(attributes, alphabet, spell, lose)
        if sounds is None:
            return None
        if words and len(content.split()) > 1:
            lose(f"only for one word, not for {content!r}")
            return None
        return write(sounds, content), ""

    return form


def phoneme_tag(*alphabets: str, ipa: Spell | None = None) -> Form:
    """`<phoneme>` in the first of the alphabets that the sounds can be spelled in.

    `ipa` spells the IPA's sounds in the first alphabet, where that is the voice's own.
    """

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        given = attributes.get("alphabet", "ipa").lower()
        sounds: str | None = attributes.get("ph", "").strip()
        if not sounds:
            lose("without ph")
            return None
        if given not in alphabets:
            sounds = _sounds(attributes, alphabets[0], ipa or _in_alphabet(alphabets[0]), lose)
            given = alphabets[0]
        if sounds is None:
            return None
        return f"{open_tag('phoneme', {'alphabet': given, 'ph': sounds})}{escape(content)}</phoneme>", ""

    return form


def _in_alphabet(alphabet: str) -> Spell:
    return {"ipa": phonetics.clean, "x-sampa": phonetics.to_x_sampa}[alphabet]


def _sounds(attributes: Attributes, alphabet: str, spell: Spell, lose: Lose) -> str | None:
    """What `ph` says, in the voice's alphabet."""
    given, sounds = attributes.get("alphabet", "ipa").lower(), attributes.get("ph", "").strip()
    if not sounds:
        lose("without ph")
        return None
    if given == alphabet and given not in ("ipa", "x-sampa"):
        return sounds
    ipa = {"ipa": phonetics.clean, "x-sampa": phonetics.from_x_sampa}.get(given, _no_sounds)(sounds)
    spelled = None if ipa is None else spell(ipa)
    if spelled is None:
        lose(f"{sounds!r} ({given}) has no spelling in {alphabet}")
    return spelled


def _no_sounds(sounds: str) -> None:
    return None


def say_as_tag(kinds: Collection[str], also: Mapping[str, str] | None = None, *, formats: bool = True) -> Form:
    """`<say-as>` of the kinds that the voice knows, by its names for them (`also`: other names for those)."""

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        kind = attributes.get("interpret-as", "")
        kind = kind if kind in kinds else (also or {}).get(kind, kind)
        if kind not in kinds:
            lose(f"interpret-as = {kind!r} is none of {', '.join(sorted(kinds))}")
            return None
        said = {"interpret-as": kind} | {k: attributes[k] for k in ("format", "detail") if formats and k in attributes}
        return f"{open_tag('say-as', said)}{escape(content)}</say-as>", ""

    return form


def say_as_any(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
    """`<say-as>` of any kind."""
    if not attributes.get("interpret-as"):
        lose("without interpret-as")
        return None
    said = {key: attributes[key] for key in ("interpret-as", "format", "detail") if key in attributes}
    return f"{open_tag('say-as', said)}{escape(content)}</say-as>", ""


def spelled(write: Callable[[str], str]) -> Form:
    """`<say-as>` of characters only."""

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        kind = attributes.get("interpret-as", "characters")
        if kind not in ("characters", "spell-out", "digits", "verbatim"):
            lose(f"interpret-as = {kind!r}: it can only spell")
            return None
        return write(content), ""

    return form


def sub_tag(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
    if not attributes.get("alias", "").strip():
        lose("without alias")
        return None
    return f"{open_tag('sub', {'alias': attributes['alias']})}{escape(content)}</sub>", ""


def alias_as_text(*, xml: bool) -> Form:
    """A substitution as any voice takes it: what is to be said is the text."""

    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        if not attributes.get("alias", "").strip():
            lose("without alias")
            return None
        return escape(attributes["alias"]) if xml else attributes["alias"], ""

    return form


def emphasis_tag(*levels: str) -> Form:
    def form(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str] | None:
        level = attributes.get("level", "moderate")
        if level not in levels:
            lose(f"level = {level!r} is none of {', '.join(levels)}")
            return None
        return open_tag("emphasis", {"level": level}), "</emphasis>"

    return form


def in_json(sounds: str, word: str) -> str:
    return json.dumps({"word": word, "pronounce": sounds}, ensure_ascii=False)
