"""Shapes and ranges: the checks and the error texts used everywhere.

Words: images are ``[T, C, H, W]``, RGB, gamma-coded, float 0…1 on the device or uint8 at rest.
Landmarks are ``[T, 68, 2]`` float32, pixels of the target frame, (0.5, 0.5) the centre of the first pixel.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from .errors import SeamSyncError

Array = np.ndarray | torch.Tensor

if hasattr(os, "register_at_fork"):  # not on Windows
    # A forked process has none of its parent's OpenMP threads. Torch would wait for them forever.
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


@contextmanager
def one_thread() -> Generator[None, None, None]:
    """Run torch's CPU work on one thread, and restore the number behind it.

    On pictures of a face's size, threads wait for one another longer than they work: beside a running encoder, two
    threads took ten times as long as one.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def shape_text(shape: Iterable[int | None]) -> str:
    """Shape as text, ``[48,1,720,1280]``; ``None`` reads as ``*`` (any length)."""
    return "[" + ",".join("*" if n is None else str(int(n)) for n in shape) + "]"


def check_shape(name: str, value: Array, axes: str, *expected: int | None) -> None:
    """Raise unless ``value.shape`` equals ``expected`` (``None`` matches any length).

    Args:
        name: what the user calls the value.
        value: array or tensor.
        axes: names of the axes, for the message, such as ``"T,1,H,W"``.
        expected: one length or ``None`` an axis.

    Raises:
        SeamSyncError: ``mask must be [T,1,H,W] = [48,1,720,1280], got [48,720,1280]``.
    """
    got = tuple(value.shape)
    if len(got) != len(expected) or any(e is not None and e != g for e, g in zip(expected, got, strict=True)):
        raise SeamSyncError(f"{name} must be [{axes}] = {shape_text(expected)}, got {shape_text(got)}")


def check_dtype(name: str, value: Array, expected: str) -> None:
    """Raise unless the dtype's plain name (``"uint8"``, ``"float32"``) is ``expected``."""
    got = str(value.dtype).removeprefix("torch.")
    if got != expected:
        raise SeamSyncError(f"{name} must be {expected}, got {got}")


def check_finite(name: str, value: Array) -> None:
    """Raise when a value is NaN or infinite, saying how many."""
    finite = torch.isfinite(value) if isinstance(value, torch.Tensor) else np.isfinite(value)
    bad = int(finite.size if isinstance(finite, np.ndarray) else finite.numel()) - int(finite.sum())
    if bad:
        raise SeamSyncError(f"{name} must be finite, got {bad} NaN or infinite values of {int(np.prod(value.shape))}")


def frozen_array(value: Any, dtype: np.typing.DTypeLike) -> np.ndarray:
    """Read-only, contiguous array of ``dtype``: what frozen dataclasses hold."""
    array = np.ascontiguousarray(value, dtype=dtype)
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array
