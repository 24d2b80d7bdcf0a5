"""A generator added in one file works everywhere: library, nodes, command, sessions; nothing else was edited for it."""

from __future__ import annotations

import argparse
import json
import struct
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from drawn_mouths import drawn_clip, speech
from seamsync.cli import main
from seamsync.cli.generator import generator_arguments, generator_of
from seamsync.errors import SeamSyncError
from seamsync.models import generators
from seamsync.models.options import GenerateOptions
from seamsync.models.wav2lip.generator import Wav2LipGenerator
from toy_generator import COLORED, PLAIN, Toy, ToyOptions
from wav2lip_files import random_checkpoint


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registered for one test."""
    monkeypatch.setattr(generators, "_registered", {})
    for entry in (PLAIN, COLORED):
        generators.register(entry)


def _file(folder: Path, name: str = "red.pth") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"toy.colour": torch.tensor([1.0, 0.0, 0.0])}, folder / name)
    return folder / name


def _parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    generator_arguments(parser)
    return parser.parse_args(words)


def test_library(tmp_path: Path) -> None:
    """By name and by file, with its own options; the clip and a stream of pieces agree."""
    assert generators.generator_names() == ["rewrite", "toy", "wav2lip", "wav2lip_gan", "musetalk"]
    assert generators.load_generator("toy", shade=0.5) == Toy(ToyOptions(shade=0.5))
    red = generators.load_generator(_file(tmp_path), batch=3)
    source, track = drawn_clip(np.zeros(6))
    audio = speech([(0.1, 0.5)], 0.6)
    clip = red.generate(source, track, audio)
    assert len(clip) == 15
    assert not np.asarray(clip.patches)[:, 1:].any()
    assert np.asarray(clip.patches)[:, 0].any()
    session = red.prepare(source, track, GenerateOptions())
    parts = []
    for piece in np.split(audio.samples, [100, 4000, 9000], axis=1):
        session.push(piece, audio.rate)
        parts += [batch.patches for batch in session.patches()]
    session.finish()
    parts += [batch.patches for batch in session.patches()]
    np.testing.assert_array_equal(np.concatenate(parts), np.asarray(clip.patches))


def test_checkpoints_are_recognised(tmp_path: Path) -> None:
    """Each file goes to its own generator by names and shapes of its tensors, in every format."""
    published = random_checkpoint(tmp_path)
    assert generators.recognise(published).name == "wav2lip"
    assert isinstance(generators.load_generator(published, device="cpu"), Wav2LipGenerator)
    assert generators.recognise(_file(tmp_path)).name == "toy-colour"
    header = json.dumps({"toy.colour": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}).encode()
    saved = tmp_path / "red.safetensors"
    saved.write_bytes(struct.pack("<Q", len(header)) + header + bytes(12))
    assert generators.recognise(saved).name == "toy-colour"
    torch.save({"other": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(
        SeamSyncError, match=r"other\.pth is for none of the generators known \(Wav2Lip, MuseTalk, Toy in Colour\)"
    ):
        generators.recognise(tmp_path / "other.pth")
    saved.write_bytes(b"short")
    with pytest.raises(SeamSyncError, match=r"red\.safetensors cannot be read as safetensors"):
        generators.recognise(saved)
    saved.rename(tmp_path / "red.bin")
    with pytest.raises(SeamSyncError, match=r"suffix must be one of \.safetensors, \.pth"):
        generators.recognise(tmp_path / "red.bin")
    with pytest.raises(SeamSyncError, match="Toy in Colour needs a file"):
        generators.load_generator("toy-colour")


def test_node(host: SimpleNamespace) -> None:
    """It is listed, its options are inputs behind those of the older ones, and it runs."""
    path = _file(host.folder / "models" / "toys")
    node = host.by_id()["LoadLipSyncModel"]
    model, *inputs = node.define_schema().inputs
    assert [name for name in model.options if "toy" in name] == ["toy", "toys/red.pth"]
    names = ["precision", "batch", "pads", "level", "sound_offset", "steadiness", "mode", "chin_room", "crops", "shade"]
    assert [item.id for item in inputs] == names
    assert inputs[1].tooltip == "For Wav2Lip, MuseTalk, Toy, Toy in Colour: frames generated at once; 0 suits the device."
    assert inputs[-1].tooltip == "For Toy, Toy in Colour: brightness of the mouths."
    (loaded,) = node.execute(model="toys/red.pth", precision="auto", batch=2, pads="0 10 0 0", shade=0.5).values
    assert (loaded.color, loaded.options) == ((1.0, 0.0, 0.0), ToyOptions(2, 0.5))
    assert node.fingerprint_inputs(model="toys/red.pth") != node.fingerprint_inputs(model="toy")
    assert host.load("seamsync.nodes.host").models_folders()[-1] == path.parents[1]


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its name, its file and its own flags; flags of another generator are refused; the list of models has its licence."""
    assert generator_of(_parsed("--generator", "toy")) == "toy"
    assert generator_of(_parsed("--generator", "toy", "--toy-shade", "0.5")) == Toy(ToyOptions(shade=0.5))
    made = generator_of(_parsed("--checkpoint", str(_file(tmp_path)), "--toy-colour-batch", "7"))
    assert made == Toy(ToyOptions(batch=7), (1.0, 0.0, 0.0))
    with pytest.raises(SeamSyncError, match=r"--wav2lip-batch is an option of Wav2Lip, but toy is for Toy"):
        generator_of(_parsed("--generator", "toy", "--wav2lip-batch", "2"))
    with pytest.raises(SeamSyncError, match=r"ToyOptions\.shade must be 0…1"):
        generator_of(_parsed("--generator", "toy", "--toy-shade", "3"))
    assert main(["models"]) == 0
    assert "toy              painted mouths\n                 MIT\n" in capsys.readouterr().out


def test_a_place_that_is_taken() -> None:
    """Two generators of one name or one place would mix up saved workflows."""
    with pytest.raises(SeamSyncError, match=r"'toy' \(order 90\) clashes with 'toy' \(order 90\)"):
        generators.register(PLAIN)
    with pytest.raises(SeamSyncError, match=r"'new' \(order 1\) clashes with 'rewrite'"):
        generators.register(replace(PLAIN, name="new", order=1))


def test_flags_of_every_kind() -> None:
    """Numbers, whole numbers, choices, switches and rows of numbers reach the options as they are typed."""
    given = _parsed(
        "--generator", "wav2lip", "--wav2lip-pads", "1", "2", "3", "4", "--no-wav2lip-level", "--wav2lip-batch", "8"
    )
    entry, seen = generators.get("wav2lip"), vars(given)
    options = {item.name: seen[f"generator.wav2lip.{item.name}"] for item in entry.declared}
    chosen = entry.choose({name: value for name, value in options.items() if value is not None})
    assert (tuple(chosen.pads), chosen.level, chosen.batch, chosen.precision) == ((1.0, 2.0, 3.0, 4.0), False, 8, "auto")
