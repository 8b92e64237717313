"""Speech with its markup, put together in Python: what comes out is always well-formed SSML.

    Speech("Say ").phoneme("tomato", ipa="təˈmeɪtoʊ").pause(0.3) + f" not {what}."

Everything that is given is text, and escaped, whatever is in it: only the methods make markup. `str()` of a speech is
the markup that `session.say`, a transcript and the writers for each voice take.
"""

from __future__ import annotations

from . import values
from .reader import read
from .tags import Tag, escape, open_tag
from .transcript import plain_text


class Speech:
    """A speech, or a part of one. Immutable: each method gives a new one. Parts add up, with each other and with text.

    Values are those of W3C SSML 1.1 (https://www.w3.org/TR/speech-synthesis11/). Another one raises a ValueError that
    says which are allowed. What a voice does with them is its own: see `kit.text.ssml.DIALECTS`.
    """

    __slots__ = ("_head", "_markup")

    def __init__(self, text: str | Speech = "") -> None:
        self._head, self._markup = _parts(text)

    def text(self, text: str | Speech) -> Speech:
        """Say this next: text, or another speech."""
        head, markup = _parts(text)
        return self._with(markup, head)

    def phoneme(self, text: str, *, ipa: str | None = None, x_sampa: str | None = None, **other: str) -> Speech:
        """A word as it sounds: in the International Phonetic Alphabet, X-SAMPA, or a voice's `alphabet=` and `ph=`."""
        given = {"ipa": ipa, "x-sampa": x_sampa}
        if other:
            unknown = set(other) - {"alphabet", "ph"}
            if unknown or len(other) != 2:
                raise TypeError("phoneme() takes ipa=, or x_sampa=, or alphabet= and ph=")
            given[values.check_alphabet(other["alphabet"])] = other["ph"]
        said = {alphabet: sound for alphabet, sound in given.items() if sound is not None}
        if len(said) != 1:
            raise ValueError(f"phoneme() takes one pronunciation of {text!r}, not {len(said)}")
        ((alphabet, sound),) = said.items()
        return self._element(
            "phoneme", _only_text("phoneme", text), alphabet=alphabet, ph=values.check_given("pronunciation", sound)
        )

    def say_as(self, text: str, interpret_as: str, *, format: str | None = None, detail: str | None = None) -> Speech:
        """A text of a kind, such as "characters", "date", "telephone", "cardinal", "ordinal" or "time"."""
        named = {"interpret-as": interpret_as, "format": format, "detail": detail}
        checked = {name: values.check_token(name, value) for name, value in named.items() if value is not None}
        return self._element("say-as", _only_text("say-as", text), **checked)

    def sub(self, text: str, alias: str) -> Speech:
        """Write the text, say the alias."""
        return self._element("sub", _only_text("sub", text), alias=values.check_given("alias", alias))

    def emphasis(self, content: str | Speech, level: str | None = None) -> Speech:
        """Stressed: "strong", "moderate" (the default), "none" or "reduced"."""
        checked = {} if level is None else {"level": values.check_one("level", level, values.LEVELS)}
        return self._element("emphasis", content, **checked)

    def prosody(
        self,
        content: str | Speech,
        *,
        rate: str | float | None = None,
        pitch: str | float | None = None,
        volume: str | float | None = None,
    ) -> Speech:
        """Faster or slower (a name, "80%", or 0.8 times), higher or lower (a name, "+10%", or semitones), louder or
        softer (a name, or dB)."""
        checked: dict[str, str] = {}
        if rate is not None:
            checked["rate"] = values.check_rate(rate)
        if pitch is not None:
            checked["pitch"] = values.check_pitch(pitch)
        if volume is not None:
            checked["volume"] = values.check_volume(volume)
        if not checked:
            raise ValueError("prosody() takes a rate, a pitch or a volume, or several of them")
        return self._element("prosody", content, **checked)

    def pause(self, seconds: float | None = None, *, strength: str | None = None) -> Speech:
        """Silence: for so many seconds, or of a strength ("none", "x-weak", "weak", "medium", "strong", "x-strong")."""
        checked: dict[str, str] = {}
        if seconds is not None:
            checked["time"] = values.check_time(seconds)
        if strength is not None:
            checked["strength"] = values.check_one("strength", strength, values.STRENGTHS)
        return self._with(open_tag("break", checked, empty=True))

    def lexicon(self, uri: str, *, type: str = "application/pls+xml") -> Speech:
        """Pronunciations of a W3C PLS document at a URI, for the whole speech: it is put at its beginning."""
        tag = open_tag("lexicon", {"uri": values.check_given("uri", uri), "type": type}, empty=True)
        return self if tag in self._head else self._with("", (tag,))

    @property
    def transcript(self) -> str:
        """What is shown of it: its text, without the markup."""
        return plain_text(self._markup)

    def document(self, lang: str = "en-US") -> str:
        """The speech as a whole document of SSML 1.1."""
        space = {"version": "1.1", "xmlns": "http://www.w3.org/2001/10/synthesis", "xml:lang": lang}
        head, body = "", self._markup
        for index, tag in enumerate(self._head, 1):
            name = f"lexicon{index}"
            head += open_tag("lexicon", {**_attributes(tag), "xml:id": name}, empty=True)
            body = f"{open_tag('lookup', {'ref': name})}{body}</lookup>"
        return f"{open_tag('speak', space)}{head}{body}</speak>"

    def __str__(self) -> str:
        return "".join(self._head) + self._markup

    def __repr__(self) -> str:
        return f"<Speech {str(self)!r}>"

    def __add__(self, other: str | Speech) -> Speech:
        return self.text(other) if isinstance(other, (str, Speech)) else NotImplemented

    def __radd__(self, other: str) -> Speech:
        return Speech(other).text(self) if isinstance(other, str) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Speech) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __bool__(self) -> bool:
        return bool(str(self))

    def _element(self, name: str, content: str | Speech, **attributes: str) -> Speech:
        head, inner = _parts(content)
        return self._with(f"{open_tag(name, attributes)}{inner}</{name}>", head)

    def _with(self, markup: str, head: tuple[str, ...] = ()) -> Speech:
        made = Speech()
        made._head = (*self._head, *(tag for tag in head if tag not in self._head))
        made._markup = self._markup + markup
        return made


def _parts(content: str | Speech) -> tuple[tuple[str, ...], str]:
    """What stands at the beginning of the document, and the rest."""
    if isinstance(content, Speech):
        return content._head, content._markup
    if isinstance(content, str):
        return (), escape(content)
    raise TypeError(f"{content!r} must be a str or a Speech")


def _only_text(element: str, content: str) -> str:
    if not isinstance(content, str):
        raise TypeError(f"{element} holds text only, not {content!r}: put it around each word")
    return content


def _attributes(tag: str) -> dict[str, str]:
    (piece,) = read(tag)
    assert isinstance(piece, Tag)
    return dict(piece.attributes)
