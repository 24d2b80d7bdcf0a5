"""The stand-in host's progress bar: remembers what it was told."""

from __future__ import annotations

#: (value, total) of every update, newest last.
seen: list[tuple[int, int]] = []
#: Pictures given with them.
previews: list[object] = []


class ProgressBar:
    def __init__(self, total: int, node_id: str | None = None) -> None:
        self.total = total

    def update_absolute(self, value: int, total: int | None = None, preview: object = None) -> None:
        self.total = total or self.total
        seen.append((value, self.total))
        if preview is not None:
            previews.append(preview)
