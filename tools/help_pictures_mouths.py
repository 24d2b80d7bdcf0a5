"""Pictures of the mouths: how they are made, imported and enhanced; of the whole of it; of what is measured."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from help_pictures_seam import AT, SLIGHT, face
from picture_drawing import LINES, WIDTH, blank, captioned, cell_size, draw_span, draw_wave, plot, row, stacked, write
from picture_parts import SPEECH, Scene, tinted, two_seams
from seamsync.blending.presets import PRESETS
from seamsync.enhance.enhance import enhance_mouths
from seamsync.enhance.options import EnhanceOptions
from seamsync.media.audio import load_audio
from seamsync.media.encode_options import EncodeSettings
from seamsync.media.video import VideoReader
from seamsync.models.options import SILENCES, GenerateOptions
from seamsync.models.speech.curves import speech_curves
from seamsync.pipeline import composite_video, generate_mouths, inspect_video
from seamsync.preview import preview_composite
from seamsync.tracking.face_box import FaceBox, box_to_frame, face_boxes

#: Pixels beside a row for its name; frames side by side in it.
_LEFT, _COUNT = 92, 8
#: Presets that are shown.
_PRESETS = ("baseline", "natural", "maximum concealment", "high motion")


def _pause(scene: Scene) -> tuple[int, int]:
    """First frame of the longest silence inside the speech, and the one after its last."""
    silent = speech_curves(load_audio(SPEECH), scene.source.info.fps, len(scene.mouths)).silent
    edges = np.flatnonzero(np.diff(silent.astype(int), prepend=0, append=0)).reshape(-1, 2)
    first, last = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    return int(first), int(last)


def _timeline(scene: Scene, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """The speech during frames ``first … last − 1``, and the frames that stand in the middle of the cells below."""
    made, right, rate = blank(74), WIDTH - 4, float(scene.source.info.fps)
    begin, end = (round(_LEFT + (at - first) / (last - first) * (right - _LEFT)) for at in _pause(scene))
    made[26:70, begin:end] = (58, 58, 58)
    draw_span(made, begin, end, 22, "silence")
    seconds = (last - first) / rate
    draw_wave(made, load_audio(SPEECH, start=first / rate, duration=seconds), (_LEFT, 26, right, 70), seconds)
    write(made, "speech", (4, 52), LINES[1])
    return made, (first + (np.arange(_COUNT) + 0.5) / _COUNT * (last - first)).astype(int)


def silences(scene: Scene) -> np.ndarray:
    """What the mouth does while nobody speaks, by each policy."""
    begin, end = _pause(scene)
    wave, at = _timeline(scene, begin - 16, end + 16)
    size = cell_size(_COUNT, 0.85, WIDTH - _LEFT)
    rows = [wave]
    for silence in SILENCES:
        options = GenerateOptions(silence=silence)
        mouths = generate_mouths(scene.source, scene.track, load_audio(SPEECH), options=options)
        pictures = preview_composite(scene.source, scene.track, mouths, at.tolist())[0]
        cells = [scene.crop(picture, n, size, 0.6, (0, 0.0)) for n, picture in zip(at, pictures, strict=True)]
        rows.append(row(silence, cells, _LEFT))
    return stacked(*rows)


def lip_sync(scene: Scene) -> np.ndarray:
    """The clip, the speech, and the clip that speaks it; the presets' seams."""
    wave, at = _timeline(scene, 0, len(scene.mouths))
    size = cell_size(_COUNT, 1.15, WIDTH - _LEFT)
    pictures = preview_composite(scene.source, scene.track, scene.mouths, at.tolist())[0]
    before = [scene.crop(scene.rgb(n), n, size, 1.1, (0, -0.08)) for n in at]
    after = [scene.crop(picture, n, size, 1.1, (0, -0.08)) for n, picture in zip(at, pictures, strict=True)]
    mouths = tinted(scene.simulated(), SLIGHT)
    seams = {name: face(scene, mouths, len(_PRESETS), **vars(PRESETS[name])) for name in _PRESETS}
    return stacked(row("clip", before, _LEFT), wave, row("result", after, _LEFT), blank(8), captioned(seams))


def models(scene: Scene) -> np.ndarray:
    """Which part of the face the generators look at and paint."""
    picture, size = scene.rgb(AT), cell_size(3, 1.1)
    boxes = {"pads 0 10 0 0": (FaceBox(), LINES[1]), "pads 0 60 0 0": (FaceBox(pads=(0.0, 60.0, 0.0, 0.0)), LINES[0])}
    whole, own = picture.copy(), picture.copy()
    for options, color in boxes.values():
        _outline(whole, box_to_frame(face_boxes(scene.track, options), 96)[AT], (96, 96), color)
    height, width = scene.mouths.patches.shape[2:]
    _outline(own, scene.mouths.to_frame[AT], (width, height), LINES[2])
    to_frame = box_to_frame(face_boxes(scene.track, FaceBox()), 96)[AT]
    seen = cv2.warpAffine(picture, to_frame, (96, 96), flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP)
    seen[48:] = 0
    cells = {
        f"rewrite: {width} x {height} px": scene.crop(own, AT, size, 1.7, (0, -0.15)),
        "wav2lip: its box": scene.crop(whole, AT, size, 1.7, (0, -0.15)),
        "96 x 96: paints below": cv2.resize(seen, size, interpolation=cv2.INTER_NEAREST),
    }
    legend = blank(30)
    for number, (name, (_, color)) in enumerate(boxes.items()):
        write(legend, name, (size[0] + 9 + 170 * number, 19), color)
    return stacked(captioned(cells), legend)


def _outline(picture: np.ndarray, to_frame: np.ndarray, size: tuple[int, int], color: tuple[int, int, int]) -> None:
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [*size, 1], [0, size[1], 1]]) @ to_frame.T
    cv2.polylines(picture, [corners.round().astype(np.int32)], True, color, 3, cv2.LINE_AA)


def imported(scene: Scene) -> np.ndarray:
    """Another pack's seam, and its mouth without it."""
    cells = two_seams(scene, size=cell_size(2, 0.85))
    return captioned(dict(zip(("another pack's result", "its mouth, in your clip"), cells, strict=True)))


def enhanced(scene: Scene) -> np.ndarray:
    """Few pixels, made more."""
    mouths = scene.simulated(96)
    made = {"96 x 96 pixels": mouths}
    made |= {name: enhance_mouths(mouths, EnhanceOptions(method=name)) for name in ("unsharp", "hd")}
    return captioned({name: face(scene, one, 3, 0.8) for name, one in made.items()})


def inspected(scene: Scene) -> np.ndarray:
    """A coarse result, where it differs, and the figures of two results over time."""
    mouths, lines = tinted(scene.simulated(), SLIGHT), {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("baseline", "natural"):
            path = Path(folder) / f"{name}.mp4"
            composite_video(scene.source, scene.track, mouths, path, settings=PRESETS[name], encode=EncodeSettings(crf=10))
            lines[name] = inspect_video(scene.source, path, track=scene.track).columns["seam_step"]
        result = next(iter(VideoReader(Path(folder) / "baseline.mp4").frames(np.array([AT])))).rgb()
    target = scene.rgb(AT)
    change = np.clip(8 * np.abs(result.astype(int) - target), 0, 255).astype(np.uint8)
    cells = {"original": target, "result": result, "what differs, x8": change}
    faces = {name: scene.crop(cell, AT, cell_size(3, 0.85), 1.3, (0, -0.05)) for name, cell in cells.items()}
    words = {"baseline": "seam_step, this result", "natural": "a better result"}
    return stacked(captioned(faces), plot({words[name]: line for name, line in lines.items()}, "dE", goal=0.25))
