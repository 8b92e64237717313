"""Where the document's own code for pronunciation and volume goes wrong, and what the kit gives there.

Both are run on the same input, and what they give is what is shown: `python -m tests.seed.side_by_side` writes it as a
table to build/side-by-side.md.
"""

from __future__ import annotations

from pathlib import Path

from tests.seed.pronunciation_cases import PRONUNCIATION
from tests.seed.volume_cases import VOLUME

TABLE = Path(__file__).parents[2] / "build" / "side-by-side.md"
CASES = (*PRONUNCIATION, *VOLUME)


def main() -> None:
    lines = ["| what goes wrong | the document's code | the kit |", "|---|---|---|"]
    for case in CASES:
        cells = (case.name, f"{case.seed()}", f"{case.kit()}")
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines) - 2} cases: {TABLE}")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "⏎").replace("\t", "⇥").replace("<", "&lt;")


if __name__ == "__main__":
    main()
