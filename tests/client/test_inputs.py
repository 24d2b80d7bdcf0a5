"""Names of inputs, and their values."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from comfy_server import GRAPH, INFO
from seamsync.client.inputs import Spec, find_input, local_file, parse_value, read_specs
from seamsync.errors import SeamSyncError

SCHEMAS = {kind: read_specs({"input": {"optional": inputs}}) for kind, inputs in INFO.items()}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("face", ("1", "file")),
        ("audio", ("2", "file")),
        ("Load Face Video.start", ("1", "start")),
        ("load face video.FILE", ("1", "file")),
        ("2.start", ("2", "start")),
        ("SeamSyncLipSync.crf", ("3", "crf")),
        ("LipSync.lossless", ("3", "lossless")),
        ("crf", ("3", "crf")),
        ("lossless", ("3", "lossless")),
        ("filename_prefix", ("4", "filename_prefix")),
    ],
)
def test_names_that_mean_one_input(name: str, place: tuple[str, str]) -> None:
    """Titles, ids, classes, aliases and bare names; inputs that the workflow does not mention are found too."""
    assert find_input(GRAPH, SCHEMAS, name) == place


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("start", r"'start' could mean 1\.start \(Load Face Video\), 2\.start \(Speech\); say which"),
        ("loops", r"did you mean 'loop', which is 1\.loop \(Load Face Video\)\?"),
        ("fase", r"did you mean 'face', which is 1\.file"),
        ("3.crv", r"did you mean '3\.crf'"),
        ("3.video", "has no input '3.video'"),  # a link, not a value
        ("zzzzz", "it has count, crf, file, filename_prefix, loop, lossless, start"),
    ],
)
def test_names_that_mean_none_or_several(name: str, words: str) -> None:
    """The message lists the choices, or names the nearest."""
    with pytest.raises(SeamSyncError, match=words):
        find_input(GRAPH, SCHEMAS, name)


def test_two_loaders_make_the_alias_ambiguous() -> None:
    """Two face loaders: neither is taken silently. Core's loader stands in where ours is missing."""
    graph = copy.deepcopy(GRAPH)
    graph["9"] = copy.deepcopy(graph["1"])
    with pytest.raises(SeamSyncError, match=r"1\.file .*, 9\.file"):
        find_input(graph, SCHEMAS, "face")
    core = {"5": {"class_type": "LoadVideo", "inputs": {"file": "a.mp4"}}}
    assert find_input(core, {}, "face") == ("5", "file")


def test_a_linked_widget_is_named_in_full() -> None:
    """A bare name does not cut a link; the full one does."""
    graph = copy.deepcopy(GRAPH)
    graph["3"]["inputs"]["crf"] = ["7", 0]
    with pytest.raises(SeamSyncError, match="has no input 'crf'"):
        find_input(graph, SCHEMAS, "crf")
    assert find_input(graph, SCHEMAS, "3.crf") == ("3", "crf")


@pytest.mark.parametrize(
    ("text", "spec", "old", "value"),
    [
        ("18", Spec("FLOAT"), None, 18.0),
        ("18", Spec("INT"), None, 18),
        ("False", Spec("BOOLEAN"), True, False),
        ("on", None, False, True),
        ("3", None, 2, 3),
        ("3", None, 2.5, 3.0),
        ("3", None, "text", "3"),
        ("24", Spec("COMBO", (24, 30)), 30, 24),
        ("none of them", Spec("COMBO", ("a",), is_file=True), "a", "none of them"),
    ],
)
def test_values_as_the_server_wants_them(text: str, spec: Spec | None, old: object, value: object) -> None:
    """By the server's word on the input, or else like the value before; the text 'False' is not true."""
    parsed = parse_value("x", text, spec, old)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("text", "spec", "words"),
    [
        ("fast", Spec("FLOAT"), "x must be a number, got 'fast'"),
        ("1.5", Spec("INT"), "x must be a whole number"),
        ("maybe", Spec("BOOLEAN"), "x must be true or false"),
        ("ping", Spec("COMBO", ("ping_pong", "restart")), "did you mean 'ping_pong'"),
    ],
)
def test_values_that_do_not_fit(text: str, spec: Spec, words: str) -> None:
    """Are refused here, with the input's name."""
    with pytest.raises(SeamSyncError, match=words):
        parse_value("x", text, spec, None)


def test_which_values_are_files_to_send(tmp_path: Path) -> None:
    """A file of this machine is sent; one the server has, or may have in a folder, is not; any other is an error."""
    here, spec = tmp_path / "a.mp4", Spec("COMBO", ("there.mp4", "[sample] face.mp4"), is_file=True)
    here.touch()
    assert local_file("face", str(here), spec) == here
    assert local_file("face", str(here), Spec("STRING")) is None
    for there in ("there.mp4", "[sample] face.mp4", "sub/b.mp4", "b.mp4 [output]"):
        assert local_file("face", there, spec) is None
    for nowhere in ("b.mp4", str(tmp_path / "b.mp4")):
        with pytest.raises(SeamSyncError, match="face: no file"):
            local_file("face", nowhere, spec)
    with pytest.raises(SeamSyncError, match=r"^face: the pattern 'none/\*\.mp4' matches no file on this machine"):
        local_file("face", "none/*.mp4", spec)
    assert local_file("face", "who?.mp4", Spec("COMBO", ("who?.mp4",), is_file=True)) is None, "a file's name on the server"


def test_old_and_new_forms_of_choices() -> None:
    """Classic nodes give the list itself as the type."""
    specs = read_specs({"input": {"required": {"image": [["a.png"], {"image_upload": True}]}, "hidden": {"id": "UNIQUE_ID"}}})
    assert specs == {"image": Spec("COMBO", ("a.png",), is_file=True)}
