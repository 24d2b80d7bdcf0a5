"""Choices that every generator shares."""

from __future__ import annotations

from typing import Any

import pytest
from seamsync.models.base import GenerateOptions
from seamsync.tensors import SeamSyncError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"silence": "shut"}, "silence must be one of closed, keep, generate"),
        ({"loop": "ping-png"}, "did you mean 'ping-pong'"),
        ({"strength": float("nan")}, "strength must be 0…4"),
        ({"silence_threshold": -1.0}, "silence_threshold must be 0…120 dB, got -1"),
    ],
)
def test_wrong_choices_are_named(changes: dict[str, Any], message: str) -> None:
    """With the value and what is allowed."""
    with pytest.raises(SeamSyncError, match=message):
        GenerateOptions(**changes)
