"""The table of what each voice takes, as its documentation said in November 2026.

Facts only, with their sources. What was not found there is marked so (`verified`), and then not used: a voice that is
given plain text speaks no markup.
"""

from __future__ import annotations

from typing import Final

from .inline_voices import INLINE_VOICES
from .ssml_voices import SSML_VOICES

READ: Final = "2026-11"
"""When the sources were read."""

DIALECTS: Final = {dialect.name: dialect for dialect in (*INLINE_VOICES, *SSML_VOICES)}
"""By name. `Dialect.sources` and `Dialect.verified` say how far each is to be trusted."""
