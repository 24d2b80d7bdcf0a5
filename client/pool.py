"""Jobs shared by several servers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Pool(Generic[Item]):
    """Hands every item to one taker at a time, until each has been reported done; an item given back goes to another."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._left = deque(items)
        self._open = len(self._left)
        self._changed = asyncio.Condition()

    async def take(self) -> Item | None:
        """The next item; waits while others may still give one back, ``None`` when all are done."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._left or not self._open)
            return self._left.popleft() if self._left else None

    async def give_back(self, item: Item) -> None:
        """Let somebody else have it, before the rest."""
        async with self._changed:
            self._left.appendleft(item)
            self._changed.notify_all()

    async def done(self) -> None:
        """One item is over."""
        async with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def rest(self) -> list[Item]:
        """Items that nobody has."""
        return list(self._left)
