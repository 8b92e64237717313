"""What a simulated user has said in a turn."""

from __future__ import annotations


class UserTurn:
    """Gathers the words of marked speeches. `audio`: whether there was any sound, or silence, in this turn."""

    def __init__(self) -> None:
        self.audio = False
        self._words: list[str] = []
        self._under_way: str | None = None

    def start(self, text: str) -> None:
        """A speech begins. `text`: its words, "" where they are not known yet."""
        self._under_way = text

    def end(self, text: str) -> None:
        if self._under_way is not None:
            self._words.append(text)
        self._under_way = None

    def take(self) -> str | None:
        """The words until here, as far as they are known; None where nothing was said. The next turn begins."""
        if self._under_way is not None:
            self._words.append(self._under_way)
        words = self._words
        self.clear()
        return " ".join(filter(None, words)) if words else None

    def clear(self) -> None:
        """Forget everything, and of a speech that is under way the rest too."""
        self.audio, self._words, self._under_way = False, [], None
