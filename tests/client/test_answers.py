"""A server's answers of any form."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.client.answers import RemoteFile, check_success, output_files, output_texts, refusal
from seamsync.client.inputs import read_specs
from seamsync.errors import SeamSyncError

GRAPH: Any = {"3": {"class_type": "Save", "inputs": {}}}
_NAMES = ["status", "messages", "status_str", "outputs", "3", "images", "filename", "text", "error", "node_errors", "errors"]
_NAMES += ["extra_info", "input_name", "input", "required", "optional", "options", "execution_error", "node_id"]
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(_NAMES),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), part, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "read",
    [
        lambda answer: check_success(GRAPH, answer),
        lambda answer: refusal(GRAPH, answer, "HTTP 400"),
        output_files,
        output_texts,
        read_specs,
    ],
)
@given(answer=_PLAIN | st.fixed_dictionaries(dict.fromkeys(("status", "outputs", "node_errors", "input"), _PLAIN)))
@settings(max_examples=60, deadline=None)
def test_any_form(read: Callable[[Any], Any], answer: Any) -> None:
    """Read, or refused by an error of ours."""
    with contextlib.suppress(SeamSyncError):
        read(answer)


def test_results_and_texts() -> None:
    """In order, once each; previews where nothing is saved; escapes in the place of control characters."""
    file = {"filename": "a.mp4", "subfolder": "s", "type": "output"}
    entry: Any = {"outputs": {"3": {"images": [file, file | {"type": "temp"}], "text": ["good\x1b[0m", 1]}}}
    assert output_files(entry) == [RemoteFile("a.mp4", "s", "output")]
    assert len(output_files(entry, previews=True)) == 2
    assert output_texts(entry) == [r"good\x1b[0m"]
