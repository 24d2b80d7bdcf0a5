"""The flags of ``seamsync wav2lip``: those of the fork, their defaults, and what they add up to."""

from __future__ import annotations

import argparse
import dataclasses
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seamsync.blending.settings import MouthMask, SeamSettings
from seamsync.cli.wav2lip.command import wav2lip_arguments
from seamsync.cli.wav2lip.flags import FLAGS
from seamsync.cli.wav2lip.job import Wav2LipJob, make_job
from seamsync.cli.wav2lip.values import BLENDS, ORIGINS
from seamsync.enhance.options import EnhanceOptions
from seamsync.errors import SeamSyncError
from seamsync.models.options import GenerateOptions
from seamsync.tracking.options import SmoothOptions

FILES = ["--checkpoint_path", "wav2lip.pth", "--face", "face.mp4", "--audio", "speech.wav"]


def parsed(*arguments: str) -> argparse.Namespace:
    """As the command parses them; parted at blanks."""
    parser = argparse.ArgumentParser()
    wav2lip_arguments(parser)
    return parser.parse_args([*FILES, *" ".join(arguments).split()])


def job(*arguments: str) -> Wav2LipJob:
    """The job of a command line."""
    return make_job(parsed(*arguments))


def test_the_table_is_sound() -> None:
    """Every flag once, every setting there is, as many values as settings, a reason for each."""
    rooms: dict[str, Any] = {item.name: getattr(job(), item.name) for item in dataclasses.fields(Wav2LipJob)}
    assert len({flag.name for flag in FLAGS}) == len(FLAGS)
    for flag in FLAGS:
        assert flag.why
        assert flag.help
        assert flag.origin in ORIGINS
        assert len(flag.settings(parsed())) <= len(flag.sets)
        for name in flag.sets:
            room, item = name.split(".")
            assert room == "generator" or item in {one.name for one in dataclasses.fields(rooms[room])}, name


def test_the_defaults_are_the_forks() -> None:
    """Types and values as ``inference_fast.py`` has them."""
    given_ = vars(parsed())
    expected = {
        "outfile": "results/result_voice.mp4",
        "static": False,
        "fps": 25.0,
        "pads": [0, 10, 0, 0],
        "face_det_batch_size": 16,
        "wav2lip_batch_size": 128,
        "resize_factor": 1,
        "crop": [0, -1, 0, -1],
        "box": [-1, -1, -1, -1],
        "rotate": False,
        "nosmooth": False,
        "blend_method": "ellipse",
        "mouth_region_size": 0.6,
        "blur_intensity": 51,
        "sharpen_mouth": False,
        "sharpen_amount": 0.5,
        "temporal_smooth": False,
        "smooth_window": 3,
        "smooth_mode": "light",
        "fp16": False,
        "silence_gating": False,
        "silence_threshold": 0.01,
        "face_det_stride": 5,
        "img_size": 96,
    }
    assert {name: given_[name] for name in expected} == expected


def test_no_flags_are_the_natural_seam() -> None:
    """Without flags: every frame generated, nothing sharpened, only the mask's shape other than usual."""
    plain = job()
    assert plain.seam == SeamSettings(mask=MouthMask(shape="wide_ellipse", scale=0.85))
    assert plain.enhance.method == "off"
    assert plain.generate == GenerateOptions(silence="generate")
    assert plain.smooth == SmoothOptions()
    assert plain.source.box is None
    assert plain.generator["name"] == "wav2lip.pth"
    assert plain.generator["pads"] == (0, 10, 0, 0)


@pytest.mark.parametrize("method", BLENDS)
def test_every_blend_method_has_a_soft_edge(method: str) -> None:
    """None shows a box: colour is matched and the edge soft in all of them."""
    seam = job("--blend_method", method).seam
    assert seam.mask.shape in ("contour", "wide_ellipse")
    assert seam.mask.feather == pytest.approx(MouthMask().feather)
    assert seam.color == SeamSettings().color


def test_what_each_blend_method_is_about() -> None:
    """The seam off the lines of the face, a guided edge, bands, larger mouths."""
    assert job("--blend_method", "edge_aware").mask.edge_aware > 0
    assert job("--blend_method", "guided").mask.edge_guide == "guided_filter"
    assert job("--blend_method", "multiscale").blend.method == "multiband"
    assert job("--blend_method", "hd").enhance == EnhanceOptions(method="hd", sharpening=0.7)


def test_sharpening() -> None:
    """Of the network's own picture; with hd its chain's."""
    assert job("--sharpen_mouth", "--sharpen_amount", "1.5").enhance.method == "unsharp"
    assert job("--sharpen_mouth", "--sharpen_amount", "1.5").enhance.amount == 1.5
    both = job("--sharpen_mouth", "--blend_method", "hd", "--sharpen_amount", "0.3").enhance
    assert (both.method, both.sharpening) == ("hd", 0.3)
    assert job("--sharpen_amount", "0.3").enhance.method == "off"


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 3), st.integers(1, 400), st.floats(-1, 9), st.floats(0, 1))
def test_any_number_gives_valid_settings(size: float, blur: int, amount: float, top: float) -> None:
    """Numbers past the fork's own ranges are brought to the nearest that makes sense; larger means larger."""
    made = job(
        f"--mouth_region_size={size}",
        f"--blur_intensity={blur}",
        f"--sharpen_amount={amount}",
        "--sharpen_mouth",
        f"--mouth_from={top}",
    )
    more = job(f"--mouth_region_size={size + 0.1}", f"--blur_intensity={blur + 10}")
    assert more.mask.scale >= made.mask.scale
    assert more.mask.feather >= made.mask.feather


def test_the_clip() -> None:
    """Size, turn, part, box, one frame, the rate of a picture."""
    made = job("--resize_factor 2 --out_height 480 --rotate --crop 1 2 3 -1 --box 5 60 7 80 --static True --fps 29.97")
    assert (made.reshape.factor, made.reshape.height, made.reshape.turned, made.reshape.crop) == (2, 480, True, (1, 2, 3, -1))
    assert (made.source.box, made.generator["pads"]) == ((5, 60, 7, 80), (0, 0, 0, 0))
    assert made.source.static
    assert made.source.still_fps == Fraction(2997, 100)
    assert not job("--static", "False").source.static
    with pytest.raises(SeamSyncError, match="--fps must be above 0"):
        job("--fps", "0")


def test_time() -> None:
    """``temporal_smooth`` and ``nosmooth`` are about the landmarks, ``silence_gating`` about silence."""
    assert job("--temporal_smooth --smooth_mode strong --smooth_window 3").smooth.strength == 2.0
    assert job("--smooth_mode strong --smooth_window 7").smooth == SmoothOptions()
    assert job("--nosmooth").smooth.method == "none"
    gated = job("--silence_gating", "--silence_threshold", "0.02")
    assert gated.generate.silence == "closed"
    assert gated.generator["silence_threshold"] == 0.02
    assert job("--fp16").generator["precision"] == "float16"
    assert (job().generator["batch"], job("--wav2lip_batch_size 16").generator["batch"]) == (0, 16)


def test_tracks() -> None:
    """The tracks that are read of either file are chosen as in the other commands."""
    made = job("--video_track 2 --audio_track 3")
    assert (made.read.video_track, made.read.audio_track) == (2, 3)


def test_the_first_script() -> None:
    """The flags of the fork's ``inference.py``."""
    made = job("--blend poisson --feather 102 --mouth_from 0.6")
    assert made.blend.method == "poisson"
    assert made.mask.feather == 0.3
    assert made.mask.upper_boundary > MouthMask().upper_boundary


@pytest.mark.parametrize("words", ["--blend_method soft", "--static perhaps", "--pads 1 2", "--fps fast", "--smooth_mode no"])
def test_wrong_flags_end_as_argparse_ends(words: str) -> None:
    """Exit code 2."""
    with pytest.raises(SystemExit) as stopped:
        parsed(words)
    assert stopped.value.code == 2
