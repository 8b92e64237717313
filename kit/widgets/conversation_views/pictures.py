"""A still picture beside a view, for where no page is: a saved notebook, an exported one, a page of a repository."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any

from ..view import View

if TYPE_CHECKING:
    from ...plots import Plot

logger = logging.getLogger("kit")


class PicturedView(View):
    """A view that can also be had as a figure. `still`: it shows something that will not change."""

    still = True

    def figure(self) -> Plot:
        """The same as a matplotlib figure, for a paper or a report."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None or not self.still:
            return bundle
        data, metadata = bundle
        try:
            plot = self.figure()
            data["image/png"] = base64.b64encode(plot.to_png()).decode()
            data["text/plain"] = plot.title or data["text/plain"]
        except Exception:
            logger.exception("%s has no picture", type(self).__name__)
        return data, metadata
