"""Values that no user would choose, as prompts can have them: each is refused in words, with the value and what would do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from host_fixture import write_clip
from seamsync.errors import SeamSyncError
from seamsync.models import weights


@pytest.mark.parametrize("name", [7, ["a"], 1.5, True])
def test_files_and_folders_that_are_no_names(name: Any, host: SimpleNamespace) -> None:
    """A number, a list: named as what they are."""
    nodes = host.by_id()
    for kind in ("LoadFaceVideo", "LoadSpeechAudio"):
        assert "must be a name such as" in nodes[kind].validate_inputs(file=name)
        assert nodes[kind].fingerprint_inputs(file=name) == "missing"
    assert "must be a name such as" in nodes["LoadVideoFromFolder"].validate_inputs(folder=name)
    assert "loop must be one of ping_pong" in nodes["LoadFaceVideo"].validate_inputs(file="[sample] face.mp4", loop=name)
    assert "loop must be one of ping_pong" in nodes["ImportMouths"].validate_inputs(loop=name)


@pytest.mark.parametrize("prefix", ["", "a\0b", "x" * 5000, "x/" * 3000 + "y", "../out", 7])
def test_prefixes_that_name_no_file(prefix: Any, host: SimpleNamespace) -> None:
    """Empty, of control characters, too long, outside, no text."""
    host.nodes()
    with pytest.raises(SeamSyncError, match=r"filename_prefix must name files below .* such as 'report/SeamSync', got "):
        host.load("seamsync.nodes.host").output_name(prefix)


def test_a_range_is_told_as_it_was_asked_for(host: SimpleNamespace) -> None:
    """With the number of its frames, however many."""
    host.nodes()
    with pytest.raises(SeamSyncError, match=r"1…32 frames at once, got 100000001 in '0-100000000'"):
        host.load("seamsync.nodes.composite").chosen_frames("0-100000000", 60)


@pytest.mark.parametrize("pads", ["0 10", "a b c d", 7])
def test_options_of_generators_that_are_not_chosen(pads: Any, host: SimpleNamespace) -> None:
    """They are checked too."""
    with pytest.raises(SeamSyncError, match="pads must be 4 numbers"):
        host.by_id()["LoadLipSyncModel"].execute(model="rewrite", pads=pads)
    assert host.by_id()["LoadLipSyncModel"].execute(model="rewrite", pads="0 10 0 0").values


def test_models_that_no_file_can_be(host: SimpleNamespace) -> None:
    """The host asks for their fingerprint before it asks us whether they are listed."""
    assert host.by_id()["LoadLipSyncModel"].fingerprint_inputs(model="a\0b") == "missing"


def test_messages_name_no_folder_of_the_server(host: SimpleNamespace) -> None:
    """A sample that is not there."""
    assert host.by_id()["LoadFaceVideo"].validate_inputs(file="[sample] no.mp4") == (
        "the pack has no sample 'no.mp4'; install it again, or choose another file"
    )


def test_the_node_that_looks_for_a_face_says_that_there_is_none(host: SimpleNamespace) -> None:
    """With the file that the user chose."""
    if weights.status("facemesh")[0] != "present":
        pytest.skip("the facemesh weights are not here; run: seamsync models get facemesh")
    nodes = host.by_id()
    write_clip(host.folder / "input" / "grey.mp4")
    video = nodes["LoadFaceVideo"].execute(file="grey.mp4", frame_cap=1).values[0]
    with pytest.raises(SeamSyncError, match=r"^no face found in grey\.mp4; the face should be"):
        nodes["DetectFaceLandmarks"].execute(video=video)
