"""Work on another thread: order, limits, errors."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from seamsync.media.background import Background


def feed(work: Callable[[int], None], count: int, then: Callable[[], None] = lambda: None) -> None:
    """Put ``count`` numbers in, then do something else before the block ends."""
    with Background(work, depth=8) as worker:
        for item in range(count):
            worker.put(item)
        then()


def test_in_order_and_complete() -> None:
    """Every item, in the order put in, on another thread; all done when the block ends."""
    seen: list[tuple[int, bool]] = []

    def work(item: int) -> None:
        seen.append((item, threading.current_thread() is threading.main_thread()))

    with Background(work) as worker:
        for item in range(50):
            worker.put(item)
    assert seen == [(item, False) for item in range(50)]


def test_waits_when_full() -> None:
    """No more than ``depth`` items wait."""
    gate, seen = threading.Event(), []

    def work(item: int) -> None:
        gate.wait(5)
        seen.append(item)

    with Background(work, depth=2) as worker:
        worker.put(0)
        worker.put(1)
        blocked = threading.Thread(target=worker.put, args=(2,))
        blocked.start()
        blocked.join(0.05)
        assert blocked.is_alive()
        gate.set()
        blocked.join(5)
    assert seen == [0, 1, 2]


def test_an_error_reaches_the_caller_once_and_ends_the_work() -> None:
    """At the next put, or at the end of the block; nothing is worked on behind it."""
    seen: list[int] = []

    def work(item: int) -> None:
        if item == 3:
            raise OSError("disk full")
        seen.append(item)

    with pytest.raises(OSError, match="disk full"):
        feed(work, 100)
    assert seen == [0, 1, 2]
    with pytest.raises(OSError, match="disk full"):
        feed(work, 4)


def test_leaving_by_an_exception_drops_what_waits() -> None:
    """Ctrl-C does not wait for the queue, and is not hidden."""
    gate, seen = threading.Event(), []

    def work(item: int) -> None:
        gate.wait(5)
        seen.append(item)

    def stop() -> None:
        threading.Timer(0.05, gate.set).start()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feed(work, 5, stop)
    assert seen in ([], [0])


@pytest.mark.parametrize("items", [1, 5])
def test_a_check_ends_the_wait_for_slow_work(items: int) -> None:
    """While there is no room, or at the end of the block: neither the item in work is waited for nor those behind it done."""
    begun, gate, seen = threading.Event(), threading.Event(), []

    def work(item: int) -> None:
        begun.set()
        gate.wait(5)
        seen.append(item)

    def stop() -> None:
        begun.wait(5)
        raise KeyboardInterrupt

    worker = Background(work, depth=2, check=stop)

    def caller() -> None:
        with worker:
            for item in range(items):
                worker.put(item)

    with pytest.raises(KeyboardInterrupt):
        caller()
    assert seen == []
    gate.set()
    worker._thread.join(5)
    assert seen == [0]
    assert not worker._thread.is_alive()
