"""Voices that read SSML, each its own part of it. See `kit.text.ssml.dialects`."""

from __future__ import annotations

from . import phonetics
from .dialect import Dialect
from .forms import break_tag, emphasis_tag, empty, phoneme_tag, same, say_as_any, say_as_tag, sub_tag
from .prosody_forms import as_change, as_decibel, as_factor, as_louder, as_percent, as_pitch, prosody_tag
from .values import LEVELS, STRENGTHS, UNDOCUMENTED_LONGEST_S

_ALL = tuple(STRENGTHS)
_PARTS = {"p": same("p"), "s": same("s"), "sub": sub_tag}
_LANG = {"lang": same("lang", "xml:lang")}
_KINDS = ("characters", "spell-out", "cardinal", "ordinal", "fraction", "date", "time", "telephone")
_SPEAK = ("<speak>", "</speak>")
_SPACE = 'xmlns="http://www.w3.org/2001/10/synthesis"'
_MSTTS = 'xmlns:mstts="https://www.w3.org/2001/mstts"'

_ESPEAK = ("https://github.com/espeak-ng/espeak-ng/blob/master/docs/markup.md",)
_ESPEAK_PARTS = {
    "break": break_tag(*_ALL, longest_s=10.0),
    "emphasis": emphasis_tag(*LEVELS),
    "prosody": prosody_tag(rate=as_percent, pitch=as_pitch, volume=as_louder("")),
    "say-as": say_as_tag(
        ("characters", "spell-out", "telephone", "tts:char", "tts:key", "tts:digits"),
        {"digits": "tts:digits", "number_digit": "tts:digits", "verbatim": "characters"},
    ),
    "lang": same("voice", "xml:lang"),
    "voice": same("voice", "name", "xml:lang", "gender", "age", "variant"),
    **_PARTS,
}

_POLLY = "https://docs.aws.amazon.com/polly/latest/dg/"
_POLLY_SAY_AS = say_as_tag(
    (*_KINDS, "number", "digits", "unit", "address", "expletive"), {"verbatim": "characters", "number_digit": "digits"}
)
_POLLY_PARTS = {
    "break": break_tag(*_ALL, longest_s=10.0),
    "phoneme": phoneme_tag("ipa", "x-sampa", "x-amazon-pinyin"),
    "say-as": _POLLY_SAY_AS,
    "mark": empty("mark", "name"),
    "w": same("w", "role"),
    **_PARTS,
    **_LANG,
}

_AZURE = "https://learn.microsoft.com/azure/ai-services/speech-service/speech-synthesis-markup-"
_AZURE_KINDS = (*_KINDS, "number", "number_digit", "address", "name", "currency")
_GOOGLE = "https://cloud.google.com/text-to-speech/docs/"
_GOOGLE_SAY_AS = say_as_tag((*_KINDS, "verbatim", "unit", "expletive", "bleep", "currency"), {"digits": "characters"})

SSML_VOICES = (
    Dialect(
        "ssml",
        {
            "break": break_tag(*_ALL, longest_s=UNDOCUMENTED_LONGEST_S),
            "phoneme": phoneme_tag("ipa", "x-sampa"),
            "emphasis": emphasis_tag(*LEVELS),
            "say-as": say_as_any,
            "lexicon": empty("lexicon", "uri"),
            "prosody": prosody_tag(rate=as_percent, pitch=as_pitch, volume=as_decibel),
            "mark": empty("mark", "name"),
            **_PARTS,
            **_LANG,
        },
        xml=True,
        wrap=(f'<speak version="1.1" {_SPACE} xml:lang="{{lang}}">', "</speak>"),
        sources=("https://www.w3.org/TR/speech-synthesis11/",),
        note="for an engine of your own that reads SSML 1.1",
    ),
    Dialect(
        "espeak",
        _ESPEAK_PARTS,
        xml=True,
        sources=_ESPEAK,
        verified="measured",
        note="eSpeak NG 1.52: pitch and volume on its own scale; dB, other say-as and the IPA are not read by itself",
    ),
    Dialect(
        "espeak-en",
        {**_ESPEAK_PARTS, "phoneme": phoneme_tag("espeak", ipa=phonetics.to_espeak)},
        xml=True,
        sources=(*_ESPEAK, "https://github.com/espeak-ng/espeak-ng/blob/master/docs/phonemes.md"),
        verified="measured",
        note="eSpeak NG's English voices: the IPA by way of their own phonemes",
    ),
    Dialect(
        "azure",
        {
            "break": break_tag(*_ALL[1:], longest_s=20.0),
            "phoneme": phoneme_tag("ipa", "x-sampa", "sapi", "ups"),
            "emphasis": emphasis_tag(*LEVELS),
            "lexicon": empty("lexicon", "uri"),
            "prosody": prosody_tag(rate=as_factor, pitch=as_pitch, volume=as_louder("%")),
            "say-as": say_as_tag(_AZURE_KINDS, {"digits": "number_digit", "verbatim": "characters"}),
            "mstts:express-as": same("mstts:express-as", "style", "styledegree", "role"),
            "mstts:silence": empty("mstts:silence", "type", "value"),
            **_PARTS,
            **_LANG,
        },
        xml=True,
        wrap=(
            f'<speak version="1.0" {_SPACE} {_MSTTS} xml:lang="{{lang}}"><voice name="{{voice}}">',
            "</voice></speak>",
        ),
        sources=(f"{_AZURE}structure", f"{_AZURE}pronunciation", f"{_AZURE}voice"),
        note="always a document, with a language and a voice; a percentage of rate is a change there; an unknown phone "
        "fails the request; emphasis is heard with three voices; HD voices take less",
    ),
    Dialect(
        "google",
        {
            "break": break_tag(*_ALL, longest_s=UNDOCUMENTED_LONGEST_S),
            "phoneme": phoneme_tag("ipa", "x-sampa"),
            "emphasis": emphasis_tag(*LEVELS),
            "say-as": _GOOGLE_SAY_AS,
            "prosody": prosody_tag(rate=as_percent, pitch=as_pitch, volume=as_decibel),
            "mark": empty("mark", "name"),
            **_PARTS,
            **_LANG,
        },
        xml=True,
        wrap=_SPEAK,
        sources=(f"{_GOOGLE}ssml",),
        verified="part",
        note="break, say-as, sub, p and s were read; phoneme, prosody, emphasis and mark not. Not where it streams",
    ),
    Dialect(
        "google-chirp",
        {"phoneme": phoneme_tag("ipa", "x-sampa"), "say-as": _GOOGLE_SAY_AS, **_PARTS},
        xml=True,
        wrap=_SPEAK,
        sources=(f"{_GOOGLE}chirp3-hd",),
        verified="part",
        note="Chirp 3 HD, not streaming",
    ),
    Dialect(
        "polly-standard",
        {
            **_POLLY_PARTS,
            "emphasis": emphasis_tag("strong", "moderate", "reduced"),
            "prosody": prosody_tag(rate=as_percent, pitch=as_pitch, volume=as_decibel),
            "amazon:effect": same("amazon:effect", "name", "phonation", "vocal-tract-length"),
        },
        xml=True,
        wrap=_SPEAK,
        sources=(f"{_POLLY}supportedtags.html", f"{_POLLY}prosody-tag.html"),
        note="an element that it lacks fails the request",
    ),
    Dialect(
        "polly",
        {**_POLLY_PARTS, "prosody": prosody_tag(rate=as_percent, volume=as_decibel)},
        xml=True,
        wrap=_SPEAK,
        sources=(
            f"{_POLLY}supportedtags.html",
            f"{_POLLY}phoneme-tag.html",
            f"{_POLLY}say-as-tag.html",
            f"{_POLLY}break-tag.html",
            f"{_POLLY}prosody-tag.html",
        ),
        note="neural and long-form voices; a sentence with say-as characters is said by the standard voice",
    ),
    Dialect(
        "polly-generative",
        {"break": _POLLY_PARTS["break"], "say-as": _POLLY_SAY_AS, **_PARTS, **_LANG},
        xml=True,
        wrap=_SPEAK,
        sources=(f"{_POLLY}supportedtags.html",),
        note="phoneme, prosody: only in part there",
    ),
    Dialect(
        "speechify",
        {"prosody": prosody_tag(rate=as_change, pitch=as_pitch, volume=as_decibel)},
        xml=True,
        wrap=_SPEAK,
        sources=("https://docs.sws.speechify.com/docs/features/ssml",),
        verified="part",
        note="a percentage of rate is a change; its other elements were not seen; pitch -83% to +100%",
    ),
    Dialect(
        "nvidia",
        {"phoneme": phoneme_tag("ipa")},
        xml=True,
        wrap=_SPEAK,
        sources=("https://docs.nvidia.com/nim/speech/latest/tts/customization.html",),
        note="Magpie; what is no valid document is spoken as it stands",
    ),
)
