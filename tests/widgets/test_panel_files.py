"""What a panel saves and exports, from its buttons and from code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit import Agent, AgentSession, Tuning, models
from kit.lab.recipe import Recipe
from kit.lab.saving import SaveError
from kit.timing import run_virtual
from kit.widgets import TuningPanel
from kit.widgets.tuning_panel.taking_away import take_away


def ask(panel: TuningPanel, **content: Any) -> None:
    panel._take(panel, {"kind": "take_away", **content}, [])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(TuningPanel, "tell", lambda self, kind, **content: messages.append({"kind": kind, **content}))
    return messages


def test_settings_are_saved_and_exported_from_code(tmp_path: Path) -> None:
    panel = TuningPanel(Tuning().replace({"volume.level": 70, "pronunciation.terms": {"API": "A P I"}}))
    assert Tuning.load(panel.save(tmp_path / "mine.toml")) == panel.value
    script = panel.export(tmp_path / "agent.py").read_text(encoding="utf-8")
    compile(script, "agent.py", "exec")
    assert "'volume.level': 70" in script or '"volume.level": 70' in script
    with pytest.raises(SaveError, match=r"mine\.toml: there is a file of this name already"):
        panel.save(tmp_path / "mine.toml")
    panel.replace({"volume.level": 20})
    assert Tuning.load(panel.save(tmp_path / "mine.toml", overwrite=True)).volume.level == 20


def test_the_buttons_refuse_in_words_and_offer_to_overwrite(tmp_path: Path, told: list[dict[str, Any]]) -> None:
    panel = TuningPanel()
    file = tmp_path / "mine.toml"
    ask(panel, how="save", path=str(file))
    assert told[-1] == {
        "kind": "taken_away", "how": "save", "text": f"Written: {file}", "there": False, "done": True,
    }  # fmt: skip
    ask(panel, how="save", path=str(file))
    assert (told[-1]["done"], told[-1]["there"]) == (False, True)
    assert "already" in told[-1]["text"]
    ask(panel, how="save", path=str(file), overwrite=True)
    assert told[-1]["done"]
    ask(panel, how="export", path=" ")
    assert told[-1]["text"] == "a file name is needed, such as agent.py"
    ask(panel, how="export", path=str(file / "agent.py"))
    assert (told[-1]["done"], told[-1]["there"]) == (False, False)
    assert "cannot be written" in told[-1]["text"]
    assert panel.problem == ""


def test_the_evidence_goes_with_the_settings_that_it_was_found_under(tmp_path: Path) -> None:
    session = AgentSession(**models.simulation())
    panel = TuningPanel(session)

    async def main() -> None:
        await session.start(Agent(instructions="Be brief."))
        await session.generate_reply(user_input="Hello!")
        await session.aclose()

    run_virtual(main)
    found = Recipe.load(panel.save(tmp_path / "found.toml"))
    assert "Measured with kit" in found.evidence
    assert dict(found.models)["tts"]
    panel.replace({"volume.level": 70})  # after the end: nothing was heard at that level
    later = Recipe.load(panel.save(tmp_path / "later.toml"))
    assert later.tuning.volume.level == 70
    assert later.evidence == ""
    assert later.models == found.models
    assert "Nothing was measured" in panel.export(tmp_path / "later.py").read_text(encoding="utf-8")


def test_a_way_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no way 'print'; there are save, export"):
        take_away("print", TuningPanel()._home, tmp_path / "x")
