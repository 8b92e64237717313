"""One input, given to the document's own code and to the kit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Give = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Case:
    """What both give for it is found by running them.

    Attributes:
        name: What goes wrong.
        seed, kit: What each gives for it.
        seed_gives: What the document's code was found to give: what makes this case one.
        right: What is to be given, or `AtMost` so much.
    """

    name: str
    seed: Give
    kit: Give
    seed_gives: Any
    right: Any

    def is_right(self, given: Any) -> bool:
        if isinstance(self.right, AtMost):
            return 0 <= given <= self.right.bound
        return bool(given == self.right)


@dataclass(frozen=True, slots=True)
class AtMost:
    bound: float
