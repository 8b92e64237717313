"""Sound that a notebook shows as an audio element."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, repr=False)
class Player:
    """`samples` of shape (n, channels), 16 bit. `name`: what stands above it; "" is nothing."""

    samples: NDArray[np.int16]
    sample_rate: int
    name: str = ""

    def __repr__(self) -> str:
        return f"Player({self.name!r}, {len(self.samples) / self.sample_rate:.1f} s)"

    def _repr_html_(self) -> str:
        from ..audio.encoding import encode_for_browser

        sound = encode_for_browser(self.samples, self.sample_rate)
        source = f"data:{sound.mime_type};base64,{base64.b64encode(sound.data).decode()}"
        name = html.escape(self.name, quote=True)
        title = f"<figcaption>{name}</figcaption>" if name else ""
        label = f' aria-label="{name}"' if name else ""
        audio = f'<audio controls preload="metadata"{label} src="{source}"></audio>'
        return f'<figure style="margin: 0 0 0.5em">{title}{audio}</figure>'
