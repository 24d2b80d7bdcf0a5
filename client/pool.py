"""Share jobs among several servers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Pool(Generic[Item]):
    """Give every item to one taker at a time, until each is done. A returned item goes to another taker."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._left = deque(items)
        self._open = len(self._left)
        self._changed = asyncio.Condition()

    async def take(self) -> Item | None:
        """Return the next item. Wait while another may still be returned; ``None`` when all are done."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._left or not self._open)
            return self._left.popleft() if self._left else None

    async def give_back(self, item: Item) -> None:
        """Return an item; it is taken before the rest."""
        async with self._changed:
            self._left.appendleft(item)
            self._changed.notify_all()

    async def done(self) -> None:
        """Mark one item as done."""
        async with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def rest(self) -> list[Item]:
        """Return items that nobody took."""
        return list(self._left)
