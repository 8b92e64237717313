"""Voices with a form of their own, inside plain text, and those that take none. See `kit.text.ssml.dialects`."""

from __future__ import annotations

from . import phonetics
from .dialect import Dialect, Verified
from .forms import Attributes, Form, Lose, break_tag, empty, in_json, pause, phoneme, phoneme_tag, spelled
from .prosody_forms import points
from .values import UNDOCUMENTED_LONGEST_S, number


def _three(short: str, middle: str, long: str) -> Form:
    """A pause in three lengths: to 0.4 s, to 1 s, and longer."""
    return pause(lambda s: f" {short if s <= 0.4 else middle if s <= 1.0 else long} ", longest_s=UNDOCUMENTED_LONGEST_S)


def _bracketed(sounds: str, word: str) -> str:
    return " ".join(f"<<{'|'.join(phonetics.cartesia_sounds(part))}>>" for part in sounds.split())


def _spell(attributes: Attributes, content: str, lose: Lose) -> tuple[str, str]:
    return f"<spell>{content}</spell>", ""


def _override(sounds: str, word: str) -> str:
    return f"\\{in_json(sounds, word)[:-1]}\\}}"


def _linked(sounds: str, word: str) -> str:
    return f"[{word}](/{sounds}/)" if word else ""


def _slow(factor: float) -> str:
    return f'<speed ratio="{number(min(max(factor, 0.6), 1.5))}"/>'


def _loud(factor: float) -> str:
    return f'<volume ratio="{number(min(max(factor, 0.5), 2.0))}"/>'


_ELEVENLABS = (
    "https://elevenlabs.io/docs/overview/capabilities/text-to-speech/best-practices",
    "https://help.elevenlabs.io/hc/en-us/articles/24352686926609",
)
_ELEVENLABS_BREAK = break_tag(longest_s=3.0, in_seconds=True)
_CARTESIA = (
    "https://docs.cartesia.ai/build-with-cartesia/capability-guides/ssml-tags",
    "https://docs.cartesia.ai/build-with-cartesia/capability-guides/phonemes",
)
_CARTESIA_PARTS = {
    "break": break_tag(longest_s=UNDOCUMENTED_LONGEST_S, in_seconds=True),
    "phoneme": phoneme(_bracketed, phonetics.clean, "Cartesia's phonemes"),
    "say-as": spelled(lambda text: f"<spell>{text}</spell>"),
    "spell": _spell,
    "emotion": empty("emotion", "value"),
}


def _plain(
    name: str, source: str, *, verified: Verified = "no", note: str = "no markup found in its documentation"
) -> Dialect:
    return Dialect(name, sources=(source,), verified=verified, note=note)


INLINE_VOICES = (
    Dialect("plain", note="for a voice that says nothing about markup"),
    Dialect(
        "google-markup",
        {"break": _three("[pause short]", "[pause]", "[pause long]")},
        sources=("https://cloud.google.com/text-to-speech/docs/chirp3-hd",),
        verified="part",
        note="Chirp 3 HD, in the request's field `markup`",
    ),
    Dialect(
        "elevenlabs",
        {"break": _ELEVENLABS_BREAK},
        sources=_ELEVENLABS,
        note="all models but v3; enable_ssml_parsing on where text streams; whether entities are read is not said",
    ),
    Dialect(
        "elevenlabs-phoneme",
        {"break": _ELEVENLABS_BREAK, "phoneme": phoneme_tag("ipa", "cmu-arpabet")},
        sources=_ELEVENLABS,
        note="Flash v2, Turbo v2 and English v1; one word a phoneme",
    ),
    Dialect(
        "elevenlabs-v3",
        {"break": _three("[short pause]", "[pause]", "[long pause]")},
        sources=_ELEVENLABS,
        note="IPA without tags as well; its form was not found",
    ),
    Dialect("cartesia", _CARTESIA_PARTS, sources=_CARTESIA, note="Sonic; the sounds are those of its English voices"),
    Dialect(
        "cartesia-sonic-3",
        {
            **_CARTESIA_PARTS,
            "speed": empty("speed", "ratio"),
            "volume": empty("volume", "ratio"),
            "prosody": points(_slow, _loud),
        },
        sources=_CARTESIA,
        note="rate 0.6 to 1.5, volume 0.5 to 2; not of Sonic 3.5, where they are switched off",
    ),
    Dialect(
        "inworld",
        {
            "break": break_tag(longest_s=10.0, in_seconds=True),
            "phoneme": phoneme(
                lambda sounds, word: " ".join(f"/{part}/" for part in sounds.split()), phonetics.clean, "ipa"
            ),
        },
        sources=(
            "https://docs.inworld.ai/tts/capabilities/custom-pronunciation",
            "https://docs.inworld.ai/tts/capabilities/pause-controls",
        ),
        note="English sounds only; 20 breaks a request",
    ),
    Dialect(
        "rime",
        {
            "break": pause(lambda s: f" <{s * 1000:.0f}> ", longest_s=UNDOCUMENTED_LONGEST_S),
            "phoneme": phoneme(lambda sounds, word: f"{{{sounds}}}", phonetics.to_rime, "Rime's alphabet", words=True),
        },
        sources=(
            "https://docs.rime.ai/docs/custom-pronunciation",
            "https://docs.rime.ai/docs/custom-pauses",
            "https://docs.rime.ai/platform/rime-phonetic-alphabet",
        ),
        note="Mist v1 and v2, with phonemizeBetweenBrackets and pauseBetweenBrackets on; not Arcana, not Coda",
    ),
    Dialect(
        "rime-pauses",
        {"break": pause(lambda s: f" <{s * 1000:.0f}> ", longest_s=UNDOCUMENTED_LONGEST_S)},
        sources=("https://docs.rime.ai/docs/custom-pauses",),
        note="Mist v3, or with pauseBetweenBrackets alone",
    ),
    Dialect(
        "deepgram",
        {"phoneme": phoneme(_override, phonetics.clean, "ipa", words=True)},
        sources=("https://developers.deepgram.com/docs/tts-voice-controls",),
        note="Aura-2, English and Spanish; pauses only in Flux's batch requests, not together with sounds",
    ),
    Dialect(
        "lmnt",
        {"break": pause(lambda s: f" [{number(s)}s] ", longest_s=UNDOCUMENTED_LONGEST_S)},
        sources=("https://docs.lmnt.com/speech/silence",),
    ),
    Dialect(
        "kokoro",
        {"phoneme": phoneme(_linked, phonetics.to_misaki, "Misaki's phonemes")},
        sources=("https://github.com/hexgrad/misaki", "https://github.com/hexgrad/misaki/blob/main/EN_PHONES.md"),
        note="American voices",
    ),
    Dialect(
        "piper",
        {"phoneme": phoneme(lambda sounds, word: f"[[ {sounds} ]]", phonetics.clean, "ipa")},
        sources=("https://github.com/OHF-Voice/piper1-gpl/blob/main/docs/CLI.md",),
        note="since Piper 1.3",
    ),
    _plain("openai", "https://platform.openai.com/docs/guides/text-to-speech"),
    _plain("hume", "https://dev.hume.ai/docs/text-to-speech-tts/overview"),
    _plain("playht", "https://docs.play.ht"),
    _plain("murf", "https://murf.ai/api/docs"),
    _plain("neuphonic", "https://docs.neuphonic.com"),
    _plain("resemble", "https://docs.app.resemble.ai"),
    _plain("gradium", "https://gradium.ai/api_docs.html"),
    _plain(
        "mistral",
        "https://docs.mistral.ai/studio/audio/text-to-speech/custom-pronunciation",
        verified="docs",
        note="sounds go into the request's phoneme_hints, not into the text",
    ),
)
