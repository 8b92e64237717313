"""Can a difference be heard at all? The double-blind comparator: is X the same as A, or as B?

In each trial X is A or B, at random, and nobody who takes part knows which. Whoever hears no difference is right in
half of the trials. The p-value is the probability to be right at least as often as that by guessing alone, from the
one-sided binomial distribution (Clark 1982, "High-resolution subjective testing using a double-blind comparator",
Journal of the Audio Engineering Society 30(5), 330-338).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Literal

Choice = Literal["a", "b"]

SURE_P = 0.05
"""Below this, a score is commonly taken for more than guessing."""


@dataclass(frozen=True, slots=True)
class Score:
    """`right` of `n` trials."""

    right: int
    n: int

    @property
    def p(self) -> float:
        """The probability of this score or a better one by guessing, 0 to 1; 1 without a trial."""
        return p_by_guessing(self.right, self.n)

    def text(self) -> str:
        """As "9 of 10 right; guessing does as well with p = 0.011: you hear a difference"."""
        if not self.n:
            return "no trial yet"
        shown = f"p = {self.p:.3f}" if self.p >= 0.001 else "p < 0.001"
        found = "you hear a difference" if self.p < SURE_P else "not more than guessing, so far"
        return f"{self.right} of {self.n} right; guessing does as well with {shown}: {found}"


def p_by_guessing(right: int, n: int) -> float:
    """The probability that at least `right` of `n` guesses at even odds are right.

    Raises:
        ValueError: not 0 ≤ right ≤ n.
    """
    if not 0 <= right <= n:
        raise ValueError(f"{right} of {n} cannot be right")
    ways: int = sum(math.comb(n, k) for k in range(right, n + 1))
    return ways / (1 << n)


@dataclass(slots=True)
class Trial:
    """What X was, and what was said of it; None until then."""

    x: Choice
    vote: Choice | None = None

    @property
    def right(self) -> bool | None:
        return None if self.vote is None else self.vote == self.x


@dataclass
class Abx:
    """A row of trials. Each one's X is drawn when it begins, from the seed and its number, so that nothing that was
    seen before tells what comes next.

    Args:
        seed: The same seed draws the same row. None: another one each time.
    """

    seed: int | None = None
    trials: list[Trial] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.seed is None:
            self.seed = random.SystemRandom().getrandbits(64)

    @property
    def open(self) -> bool:
        """Whether there is a trial that waits for a vote."""
        return bool(self.trials) and self.trials[-1].vote is None

    def begin(self) -> Trial:
        """The trial that is open, or a new one."""
        if not self.open:
            draw = random.Random(f"{self.seed}-{len(self.trials)}")
            self.trials.append(Trial("a" if draw.random() < 0.5 else "b"))
        return self.trials[-1]

    def vote(self, choice: Choice) -> bool:
        """Say what X is. Whether that is right.

        Raises:
            ValueError: no such choice, or no trial is open.
        """
        if choice not in ("a", "b"):
            raise ValueError(f"X is a or b, not {choice!r}")
        if not self.open:
            raise ValueError("there is no X to vote on: begin a trial first")
        self.trials[-1].vote = choice
        return choice == self.trials[-1].x

    @property
    def score(self) -> Score:
        """Of the trials with a vote."""
        voted = [trial for trial in self.trials if trial.vote is not None]
        return Score(sum(bool(trial.right) for trial in voted), len(voted))
