"""An answering script in a language model's place: the agent's voice without a key, a server or a download.

It finds a keyword in what was said and fills in a sentence. It looks nothing up and understands nothing, and says so.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from ..chat import ChatContext, ChatMessage, FunctionCall, FunctionCallOutput
from ..ports import ChatChunk, ToolChoice
from .naming import name_of

_TOKEN = re.compile(r"\S+\s*")
_GREETING = (
    "Hello! I am a script, not a language model. Ask me about the weather, tell me a card, or send me somewhere."
)
_HEARD_WORDS = 30

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


class ScriptedLLM:
    """Answers the last message by a few rules, in one or two sentences, word by word.

    The same input gets the same answer. It knows greetings, thanks and goodbyes, weather, the time, directions ("go
    forward ten meters") and playing cards, and repeats anything else. It calls no tools, but reads a tool's output out.
    It tells no token usage, as it has none.

    Args:
        words_per_s: How fast words come; None is all at once.
    """

    def __init__(self, *, words_per_s: float | None = None) -> None:
        if words_per_s is not None and not words_per_s > 0:
            raise ValueError(f"words_per_s must be more than 0, or None for all at once, not {words_per_s!r}")
        self.words_per_s = words_per_s

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again."""
        return name_of(self)

    async def __call__(
        self, chat_ctx: ChatContext, tools: Sequence[Any], /, *, tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[ChatChunk, None]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number, word in enumerate(_TOKEN.findall(answer(chat_ctx))):
            if self.words_per_s is not None:
                await asyncio.sleep(max(0.0, start + number / self.words_per_s - loop.time()))
            yield ChatChunk(word)


def answer(chat_ctx: ChatContext) -> str:
    """What the script says next in this conversation."""
    last = chat_ctx[-1] if len(chat_ctx) else None
    if isinstance(last, FunctionCallOutput):
        return f"That failed: {last.output}" if last.is_error else f"Here is what I got: {last.output}"
    if last is None or isinstance(last, FunctionCall):
        return _GREETING
    if last.role == "user":
        return _reply(last.content)
    return _follow(last, first=len(chat_ctx) == 1)


def _reply(heard: str) -> str:
    words = heard.split()
    if not words:
        return "I heard nothing. Could you say that again?"
    heard = " ".join(words)
    for pattern, say in _RULES:
        if found := pattern.search(heard):
            return say(found)
    quoted = " ".join(words[:_HEARD_WORDS]).rstrip(".,;:!?") + (" and so on" if len(words) > _HEARD_WORDS else "")
    if _QUESTION.search(heard):
        return f"You ask: {quoted}? I am only a script, so I cannot know."
    return f"You said: {quoted}. I am only a script, so I just repeat it."


def _follow(instructions: ChatMessage, *, first: bool) -> str:
    """An answer where nobody has spoken: by the instructions for it, if the script can follow them."""
    if not first and (found := _TELL.search(instructions.content)):
        text = found["text"].strip().strip("\"'“”")
        return text[:1].upper() + text[1:]
    return _GREETING


def _weather(found: re.Match[str]) -> str:
    place = found["place"]
    where = f"in {_title(place)}" if place else "where you are"
    return f"I cannot look up the weather {where}, being only a script. Let us hope for sun."


def _title(name: str) -> str:
    return name if any(map(str.isupper, name)) else name.title()


def _move(found: re.Match[str]) -> str:
    verb = found["verb"].lower()
    stem = verb.removesuffix("e") if verb in ("move", "drive") else verb + "p" * (verb == "step")
    return f"All right, {stem}ing {found['how'].lower()}."


def _card(found: re.Match[str]) -> str:
    suit = found["suit"].lower()
    colour = "red" if suit in ("hearts", "diamonds") else "black"
    return f"The {found['rank'].lower()} of {suit}, a {colour} card."


def _constant(text: str) -> Callable[[re.Match[str]], str]:
    return lambda found: text


def _rule(pattern: str, say: str | Callable[[re.Match[str]], str]) -> Rule:
    return re.compile(pattern, re.IGNORECASE), _constant(say) if isinstance(say, str) else say


_RANKS = "ace|king|queen|jack|ten|nine|eight|seven|six|five|four|three|two"
_TELL = re.compile(r"\b(?:say|tell (?:the user|them)(?: that)?)\s*:?\s+(?P<text>\S.*)", re.IGNORECASE | re.DOTALL)
_QUESTION = re.compile(
    r"\?\s*$|^(?:who|what|when|where|why|how|which|can|could|do|does|is|are|will|would)\b", re.IGNORECASE
)
_RULES: tuple[Rule, ...] = (
    _rule(r"\bweather\b(?:.*?\b(?:in|at|for)\s+(?P<place>[^\W\d_]+(?:\s+[^\W\d_]+)?))?", _weather),
    _rule(rf"\b(?P<rank>{_RANKS})\s+of\s+(?P<suit>clubs|spades|hearts|diamonds)\b", _card),
    _rule(
        r"\b(?P<verb>go|move|turn|walk|drive|step)\s+(?P<how>(?:forwards?|back(?:wards?)?|left|right|straight|up|down|north"
        r"|south|east|west|around)\b[^.,;!?]*?)(?:\s+please)?\s*(?:[.,;!?]|$)",
        _move,
    ),
    _rule(
        r"\bwhat(?:'s| is)? (?:the )?time\b|\bwhat time\b",
        "I have no clock. A language model with a tool could tell you.",
    ),
    _rule(
        r"\b(?:who|what) are you\b|\byour name\b|\bare you (?:a|an) \w+",
        "I am a script with a few rules, not a language model.",
    ),
    _rule(r"\bthank(?:s| you)\b", "You are welcome."),
    _rule(r"\b(?:good\s?bye|bye|see you)\b", "Goodbye! It was nice to hear you."),
    _rule(r"^(?:hello|hi|hey|good (?:morning|afternoon|evening))\b", _GREETING),
    _rule(r"\bhelp\b", "I know greetings, the weather, directions and playing cards. Try: go forward ten meters."),
    _rule(r"^(?:yes|yeah|yep|sure|okay|ok)\b[.!]?$", "Good. What next?"),
    _rule(r"^(?:no|nope)\b[.!]?$", "Then not. What else?"),
    _rule(r"^(?:stop|wait)\b[.!]?$", "I am listening."),
)
