"""Run work in a thread, so that the next frame is made while the last one is encoded."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import BoundedSemaphore, Thread
from types import TracebackType
from typing import Generic, TypeVar

from ..progress import Check, no_check

Item = TypeVar("Item")

#: Seconds between checks while the caller waits.
_BEAT = 0.05


class Background(Generic[Item]):
    """Call ``work(item)`` for every item put in, in order, in a thread; a context manager.

    Leaving the ``with`` block waits until all items are done and the thread has ended. Leaving it by an exception drops the
    queued items. It does not wait for the item in work, which may take seconds on a busy machine. So what ``work`` uses must
    allow that it is abandoned meanwhile, as :class:`~seamsync.media.encode.VideoWriter` does. The caller must not change an
    item after :meth:`put`.

    Args:
        work: called once an item; the first exception it raises ends the work and is raised in the caller.
        depth: most items in the queue; :meth:`put` blocks while it is full, so memory stays bounded.
        check: called repeatedly while the caller waits; an exception from it ends the work, as one in the block does.
    """

    def __init__(self, work: Callable[[Item], object], depth: int = 4, check: Check = no_check) -> None:
        self._work = work
        self._check = check
        self._items: SimpleQueue[Item | None] = SimpleQueue()
        self._room = BoundedSemaphore(depth)
        self._error: BaseException | None = None
        self._stopped = False
        self._thread = Thread(target=self._run, name="seamsync-background", daemon=True)

    def __enter__(self) -> Background[Item]:
        self._thread.start()
        return self

    def put(self, item: Item) -> None:
        """Queue an item.

        Raises:
            BaseException: what ``work`` raised on an earlier item, or ``check`` while the queue was full.
        """
        while not self._room.acquire(timeout=_BEAT):
            self._check()
        if self._error is not None:
            self._room.release()
            raise self._error
        self._items.put(item)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped = kind is not None
        self._items.put(None)
        if self._stopped:
            return
        try:
            while self._thread.is_alive():
                self._check()
                self._thread.join(_BEAT)
        except BaseException:
            self._stopped = True
            raise
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            try:
                if self._error is None and not self._stopped:
                    self._work(item)
            except BaseException as error:  # handed to the caller, whatever it is
                self._error = error
            finally:
                self._room.release()
