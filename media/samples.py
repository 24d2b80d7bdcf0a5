"""Store sound: in memory while it is short, in a temporary file past a limit, so that hours of it need no more memory."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import SeamSyncError

#: Samples of a channel that are worked on at once.
BLOCK = 1 << 18
#: Sound of more bytes is stored in a temporary file.
SPILL_BYTES = 32 << 20


class SampleStore:
    """Collect float32 samples that come in blocks. Silence takes no memory and no disk.

    Args:
        channels: number of channels C.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._blocks: list[np.ndarray] = []
        self._file: IO[bytes] | None = None
        self._waiting = 0  # samples in _blocks
        self.count = 0

    def append(self, block: np.ndarray) -> None:
        """Add samples ``[C,n]``; they are not copied at once: do not write to them afterwards."""
        self._blocks.append(block)
        self._waiting += block.shape[1]
        self.count += block.shape[1]
        if self.count * self._channels * 4 > SPILL_BYTES and (self._file is None or self._waiting >= BLOCK):
            self._write()

    def skip(self, count: int) -> None:
        """Add ``count`` samples of silence."""
        if self._file is None and (self.count + count) * self._channels * 4 <= SPILL_BYTES:
            self.append(np.zeros((self._channels, count), np.float32))
            return
        self._write()
        self.count += count

    def finish(self) -> np.ndarray:
        """Return all samples: float32 ``[C,N]``, read-only, mapped from the file where there is one."""
        if self._file is None:
            joined = np.concatenate([np.empty((self._channels, 0), np.float32), *self._blocks], 1)
            joined.flags.writeable = False
            return joined
        self._write()
        try:
            self._file.truncate(self.count * self._channels * 4)
            # The map keeps the file open; a file without a name is gone when nobody maps it any more.
            pages = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._file.close()
        except OSError as error:
            raise _disk_error(error) from error
        return np.frombuffer(pages, np.float32).reshape(-1, self._channels).T

    def _write(self) -> None:
        """Write the blocks in memory behind those that were written; samples of all channels alternate in the file."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="seamsync-", suffix=".samples")  # noqa: SIM115 (lives as long as self)
            self._file.seek((self.count - self._waiting) * self._channels * 4)
            for block in self._blocks:
                self._file.write(np.ascontiguousarray(block.T, np.float32).data)
            self._file.flush()
        except OSError as error:
            raise _disk_error(error) from error
        self._blocks.clear()
        self._waiting = 0


def _disk_error(error: OSError) -> SeamSyncError:
    return SeamSyncError(f"cannot store sound in {Path(tempfile.gettempdir())}: {error.strerror}; set TMPDIR to a larger disk")


def collect(blocks: Iterable[np.ndarray], channels: int, *, silence: int = 0) -> np.ndarray:
    """Join blocks of samples.

    Args:
        blocks: float32 ``[C,n]`` each.
        channels: C.
        silence: samples of silence put first.

    Returns:
        float32 ``[C,N]``, read-only.
    """
    store = SampleStore(channels)
    if silence:
        store.skip(silence)
    for block in blocks:
        store.append(block)
    return store.finish()


def release(samples: np.ndarray) -> None:
    """Give back the memory of a file's pages that were read through ``samples``; they are read again when they are needed.

    Arrays that are not mapped from a file stay as they are. Windows does this by itself.
    """
    base: Any = samples  # NumPy says that it is an array or nothing; it may be any buffer
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    if isinstance(base, mmap.mmap) and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)
