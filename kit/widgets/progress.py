"""tqdm's bar for long work: its notebook form where a page is, plain text elsewhere."""

from __future__ import annotations

from typing import Any


class Progress:
    """Follows work that tells how much of it is done::

        converse(files, on_progress=Progress("asking"))

    It ends by itself with the last part, and may be used again. `with` ends it where the work breaks off.

    Args:
        what: What is being done.
        unit: What is counted.
    """

    def __init__(self, what: str = "", *, unit: str = "recording") -> None:
        self.what = what
        self.unit = unit
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` parts are done."""
        if self._bar is None:
            self._bar = _new_bar(desc=self.what or None, total=total, unit=f" {self.unit}")
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self.close()

    def close(self) -> None:
        """End the bar where it is."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.close()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _new_bar(**about: Any) -> Any:
    """`tqdm.auto` warns where it finds no widgets; here they are, and only the page is asked for."""
    if _in_notebook():
        from tqdm.notebook import tqdm

        return tqdm(**about)
    from tqdm.std import tqdm as plain

    return plain(**about)


def _in_notebook() -> bool:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()  # type: ignore[no-untyped-call]
    return shell is not None and hasattr(shell, "kernel")
