"""Every setting in the page, to be turned while the agent talks.

The page asks for changes and shows what has become of them; whether a value will do is judged here, by `Tuning` itself.
Changes of a running session are made on its loop, one after another, and told to every panel on it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import traitlets
from ipywidgets.widgets.valuewidget import ValueWidget

from ...lab.presets import preset
from ...lab.saving import SaveError
from ...tuning import Tuning, TuningError
from .. import assets
from ..view import View
from . import settings, words
from .hearing import Hearing, Worker
from .history import History, Step
from .homes import home_of
from .metering import Metering
from .taking_away import FILES, take_away

SAMPLE = "Your order is ready for pick-up at ten past nine."
_PAGES = 8
"""How many pages' last requests are remembered."""

Content = dict[str, Any]
Buffers = list[memoryview]


class TuningPanel(View, ValueWidget):  # type: ignore[misc]  # ipywidgets has no types
    """The settings of a session, or of a tuning by itself.

    On a session each change acts at once, and what others change is shown. `observe("value", ...)` tells of every
    change; as a widget of `ipywidgets.interactive` it gives the tuning.

    Args:
        target: An `AgentSession`, which need not run yet; a widget that has one, as `Talk`; a `Tuning`, which is then
            `value`, or nothing for the defaults.
        groups: Which to show: of "speaks", "volume", "pronunciation", "background", or the groups of the tuning in
            them. None is all.
        sample: The sentence that is spoken to hear a setting.

    Attributes:
        value: The settings. On a running session an assignment acts as soon as its loop gets to it.

    Raises:
        TypeError: the target has no settings.
        ValueError: there is no such group.
    """

    _esm = assets.script("controls", "auditions", "pronunciation", "meter", "mixer", "panel")
    _css = assets.style("panel")

    value = traitlets.Instance(Tuning)
    sample = traitlets.Unicode(SAMPLE).tag(sync=True)
    _sections = traitlets.List(traitlets.Dict()).tag(sync=True)
    _presets = traitlets.List(traitlets.Dict()).tag(sync=True)
    _clips = traitlets.List(traitlets.Dict()).tag(sync=True)
    _files = traitlets.Dict().tag(sync=True)
    _metered = traitlets.Bool(False).tag(sync=True)
    _state = traitlets.Dict().tag(sync=True)
    _words = traitlets.List(traitlets.Dict()).tag(sync=True)
    _marks = traitlets.Dict().tag(sync=True)

    def __init__(
        self, target: Any = None, *, groups: Iterable[str] | None = None, sample: str = SAMPLE, **kwargs: Any
    ) -> None:
        self._home = home_of(target)
        self._steps = History()
        self._seen: dict[str, int] = {}
        self._showing: int | None = threading.get_ident()
        self._shown_terms: words.Terms | None = None
        self._worker = Worker()
        self._hearing = Hearing(self._home, self._worker, self.tell)
        sections = settings.sections_of(groups)
        has_volume = any(section.name == "volume" for section in sections)
        studio = self._home.studio if has_volume else None
        self._metering = None if studio is None else Metering(studio, self.tell)
        self._has_words = any(section.name == "pronunciation" for section in sections)
        super().__init__(
            value=self._home.tuning,
            sample=sample,
            _sections=settings.described(sections),
            _presets=settings.presets_described() if len(sections) == len(settings.SECTIONS) else [],
            _clips=settings.clips(),
            _files=dict(FILES),
            _metered=self._metering is not None,
            **kwargs,
        )
        self._showing = None
        self.at_close(self._worker.close)
        if self._metering is not None:
            self.at_close(self._metering.end)
        self.at_close(self._home.follow(self._follow))
        self._show()

    # what it says

    @property
    def tuning(self) -> Tuning:
        """The same as `value`."""
        return self.value

    @tuning.setter
    def tuning(self, tuning: Tuning) -> None:
        self.value = tuning

    @property
    def first(self) -> Tuning:
        """The settings at the start, which changes are told against."""
        return self._home.first

    # what it does

    def replace(self, changes: Mapping[str, Any]) -> None:
        """Change the settings at these dotted paths, as one step.

        Raises:
            TuningError: no such setting, or a value that it does not take.
        """
        self._home.tuning.replace(changes)
        self._edit(lambda tuning: tuning.replace(changes))

    def apply(self, name: str) -> None:
        """Set what a preset of `kit.lab.presets` sets.

        Raises:
            TuningError: there is no such preset.
        """
        self._edit(preset(name).apply)

    def reset(self, *paths: str) -> None:
        """Back to the start, at these dotted paths or everywhere.

        Raises:
            TuningError: no such setting.
        """
        first = self.first
        changes = {path: first.get(path) for path in paths}
        self._edit(lambda tuning: tuning.replace(changes) if paths else first)

    def undo(self) -> None:
        """Take back the last step that was made here. Has no effect where there is none."""
        self._move(lambda: self._steps.undo, lambda step: step.before)

    def redo(self) -> None:
        """Do again what was taken back last. Has no effect where there is nothing."""
        self._move(lambda: self._steps.redo, lambda step: step.after)

    def save(self, path: str | Path = FILES["save"], *, overwrite: bool = False) -> Path:
        """Write the settings as TOML, with what speaks for them.

        Raises:
            SaveError: the file is there and `overwrite` is not given, or it cannot be written.
        """
        return take_away("save", self._home, path, overwrite=overwrite)

    def export(self, path: str | Path = FILES["export"], *, overwrite: bool = False) -> Path:
        """Write a script that speaks by these settings.

        Raises:
            SaveError: the file is there and `overwrite` is not given, or it cannot be written.
        """
        return take_away("export", self._home, path, overwrite=overwrite)

    # how it changes things

    def _edit(
        self, make: Callable[[Tuning], Tuning], *, at: str = "", gesture: str = "", asked: Content | None = None
    ) -> None:
        """Change the settings as one step; what will not do is told in the page, at the setting `at`."""

        def change(tuning: Tuning) -> Tuning:
            try:
                new = make(tuning)
            except ValueError as error:
                self._refuse(at, error)
                new = tuning
            else:
                self._steps.add(tuning, new, gesture)
            self._acknowledge(asked, same=new == tuning)
            return new

        self._home.edit(change)

    def _move(self, which: Callable[[], Step | None], values: Callable[[Step], Mapping[str, Any]]) -> None:
        def change(tuning: Tuning) -> Tuning:
            step = which()
            if step is None:
                return tuning
            try:
                new = tuning.replace(values(step))
            except TuningError as error:
                self._refuse("", error)
                return tuning
            self._steps.moved(step)
            self._acknowledge(None, same=new == tuning)
            return new

        self._home.edit(change)

    def _acknowledge(self, asked: Content | None, *, same: bool) -> None:
        """Remember what the page need not wait for any more. Where nothing changes, nobody else shows it."""
        if asked is not None and isinstance(asked.get("page"), str):
            self._seen.pop(asked["page"], None)
            self._seen[asked["page"]] = int(asked.get("n", 0))
            while len(self._seen) > _PAGES:
                del self._seen[next(iter(self._seen))]
        if same:
            self._show()

    def _refuse(self, at: str, error: Exception) -> None:
        self.tell("refused", at=at, text=str(error))

    # how it follows

    @traitlets.observe("value")
    def _on_value(self, change: Any) -> None:
        if self._showing != threading.get_ident():
            tuning = change["new"]
            self._edit(lambda _: tuning)

    def _follow(self, tuning: Tuning) -> None:
        self._show(tuning)

    def _show(self, tuning: Tuning | None = None) -> None:
        """Tell the page, and whoever observes, how things are."""
        with self._sending:
            tuning = self._home.tuning if tuning is None else tuning
            terms = tuning.pronunciation.terms
            new_words = self._has_words and terms is not self._shown_terms and terms != self._shown_terms
            self._shown_terms = terms
            state = settings.state(tuning, self.first, self._steps.undo, self._steps.redo)
            state["seen"] = dict(self._seen)
            self._showing = threading.get_ident()
            try:
                self.put(value=tuning, _state=state, problem="", **({"_words": words.rows(terms)} if new_words else {}))
            finally:
                self._showing = None
        if new_words:
            self._worker.do(lambda: self.put(_marks=words.marks(terms)))

    # what the page asks for

    def on_shown(self, content: Content, buffers: Buffers) -> None:
        super().on_shown(content, buffers)
        self._show()
        if self._metering is not None:
            self._metering.begin()

    def on_hidden(self, content: Content, buffers: Buffers) -> None:
        super().on_hidden(content, buffers)
        if self._metering is not None and not self.shown:
            self._metering.end()

    def on_set(self, content: Content, buffers: Buffers) -> None:
        path, value = str(content.get("path")), content.get("value")
        gesture = str(content.get("gesture") or "")
        self._edit(lambda tuning: tuning.replace({path: value}), at=path, gesture=gesture, asked=content)

    def on_reset(self, content: Content, buffers: Buffers) -> None:
        path = content.get("path")
        first = self.first
        self._edit(lambda tuning: tuning.replace({path: first.get(path)}) if path else first, at=str(path or ""))

    def on_undo(self, content: Content, buffers: Buffers) -> None:
        self.undo()

    def on_redo(self, content: Content, buffers: Buffers) -> None:
        self.redo()

    def on_preset(self, content: Content, buffers: Buffers) -> None:
        self.apply(str(content.get("name")))

    def on_word(self, content: Content, buffers: Buffers) -> None:
        """A row was changed, or a new one filled in (`was` is "")."""
        was, row = str(content.get("was") or ""), content.get("row") or {}
        self._edit(
            lambda tuning: tuning.replace(
                {settings.TERMS: words.with_row(tuning.pronunciation.terms, was, words.entry_of(row))}
            ),
            at=f"{settings.TERMS}/{was}",
        )

    def on_drop_word(self, content: Content, buffers: Buffers) -> None:
        term = str(content.get("term"))
        self._edit(lambda tuning: tuning.replace({settings.TERMS: words.without(tuning.pronunciation.terms, term)}))

    def on_sounds(self, content: Content, buffers: Buffers) -> None:
        """How these rows sound, in IPA."""
        self._hearing.spell([row for row in content.get("rows") or [] if isinstance(row, dict)])

    def on_hear(self, content: Content, buffers: Buffers) -> None:
        self._hearing.play(content, self.sample)

    def on_take_away(self, content: Content, buffers: Buffers) -> None:
        how, path, overwrite = str(content.get("how")), str(content.get("path") or ""), content.get("overwrite") is True
        try:
            file = take_away(how, self._home, path, overwrite=overwrite)
        except (SaveError, ValueError) as error:
            there = isinstance(error, SaveError) and Path(path).expanduser().is_file()
            self.tell("taken_away", how=how, text=str(error), there=there, done=False)
        else:
            self.tell("taken_away", how=how, text=f"Written: {file.resolve()}", there=False, done=True)


class PronunciationEditor(TuningPanel):
    """How words are said: a `TuningPanel` of that group alone."""

    def __init__(self, target: Any = None, *, sample: str = SAMPLE, **kwargs: Any) -> None:
        super().__init__(target, groups=("pronunciation",), sample=sample, **kwargs)


class BackgroundMixer(TuningPanel):
    """What plays behind the conversation: a `TuningPanel` of that group alone."""

    def __init__(self, target: Any = None, *, sample: str = SAMPLE, **kwargs: Any) -> None:
        super().__init__(target, groups=("background",), sample=sample, **kwargs)
