"""Make small valid files of every kind that the library reads."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import yaml
from av.container import OutputContainer
from fuzzing.seeds_networks import onnx_files, tflite_files, torch_files
from seamsync.blending.settings import SeamSettings
from seamsync.tracking.track import FaceTrack

#: Name → content; the suffix of the name counts.
Files = dict[str, bytes]

SIZE, COUNT = (64, 48), 12
#: Name → codecs of pictures and of sound, pixel format, options of the container.
_CLIPS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "h264.mp4": ("libx264", "aac", "yuv420p", {}),
    "parts.mp4": ("libx264", "aac", "yuv420p", {"movflags": "frag_keyframe+empty_moov"}),
    "h265.mp4": ("libx265", "", "yuv420p10le", {}),
    "prores.mov": ("prores_ks", "pcm_s16le", "yuv422p10le", {}),
    "h264.mkv": ("libx264", "flac", "yuv420p", {}),
    "ffv1.mkv": ("ffv1", "pcm_s16le", "yuv444p", {}),
    "vp9.webm": ("libvpx-vp9", "libopus", "yuv420p", {}),
    "mpeg2.ts": ("mpeg2video", "mp2", "yuv420p", {}),
    "h264.ts": ("libx264", "aac", "yuv420p", {}),
    "mjpeg.avi": ("mjpeg", "pcm_s16le", "yuvj422p", {}),
    "mpeg4.avi": ("mpeg4", "libmp3lame", "yuv420p", {}),
    "moving.gif": ("gif", "", "rgb8", {}),
    "moving.apng": ("apng", "", "rgba", {}),
    "moving.webp": ("libwebp_anim", "", "yuv420p", {}),
}
_STILLS = {"still.png": ("png", "rgb24"), "still.jpg": ("mjpeg", "yuvj420p"), "still.bmp": ("bmp", "bgr24"),
           "still.tiff": ("tiff", "rgb24"), "still.webp": ("libwebp", "yuv420p")}  # fmt: skip
_SOUNDS = {"a.wav": "pcm_s16le", "float.wav": "pcm_f32le", "a.mp3": "libmp3lame", "a.flac": "flac", "a.ogg": "libopus",
           "a.m4a": "aac", "a.ac3": "ac3", "a.mka": "flac", "adpcm.wav": "adpcm_ima_wav"}  # fmt: skip


def make_seeds(folder: Path) -> dict[str, Files]:
    """Return valid files by their kind.

    Args:
        folder: where files are written while they are made.
    """
    makers: dict[str, Callable[[Path], Files]] = {
        "media": _media,
        "sound": _sounds,
        "track": _tracks,
        "config": lambda _: _configs(),
        "weights": lambda folder: {**torch_files(folder), **onnx_files()},
        "tflite": lambda _: tflite_files(),
        "jobs": lambda _: _jobs(),
        "workflow": lambda _: _workflows(),
        "answers": lambda _: {"talk.json": json.dumps(_answers()).encode()},
        "regions": lambda _: _regions(),
    }
    return {kind: make(folder) for kind, make in makers.items()} | {"job": _tracks(folder)}


def _media(folder: Path) -> Files:
    found: Files = {}
    for name, (codec, sound, pixel_format, options) in _CLIPS.items():
        with av.open(str(folder / name), "w", options=options) as container:
            add_sound = _sound_stream(container, sound, 0.5) if sound else None
            stream = container.add_stream(codec, rate=Fraction(25))
            stream.width, stream.height, stream.pix_fmt = *SIZE, pixel_format
            for number in range(COUNT):
                container.mux(stream.encode(_picture(number).reformat(format=pixel_format)))
            container.mux(stream.encode(None))
            if add_sound:
                add_sound()
        found[name] = (folder / name).read_bytes()
    for name, (codec, pixel_format) in _STILLS.items():
        context: Any = av.CodecContext.create(codec, "w")
        context.width, context.height, context.pix_fmt, context.time_base = *SIZE, pixel_format, Fraction(1, 25)
        frame = _picture(0).reformat(format=pixel_format)
        found[name] = b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
    return found


def _regions() -> Files:
    mouth = face_points(1)[0, 48:]
    low, high = mouth.min(0) - 20, mouth.max(0) + 20
    row = np.round([*low, *high]).tolist()
    context: Any = av.CodecContext.create("png", "w")
    context.width, context.height, context.pix_fmt, context.time_base = *SIZE, "rgb24", Fraction(1, 25)
    packets = [*context.encode(_picture(0)), *context.encode(None)]
    text = base64.b64encode(b"".join(bytes(packet) for packet in packets)).decode()
    lines = [{"image": text, "bounds": row, "frame": k, "size": [320, 240], "target_frame": k} for k in range(4)]
    array = io.BytesIO()
    np.save(array, np.tile(row, (4, 1)))
    return {
        "mouths.jsonl": "\n".join(map(json.dumps, lines)).encode(),
        "bounds.json": json.dumps({str(k): {"rect": row} for k in range(4)}).encode(),
        "bounds.csv": "\n".join(["x1,y1,x2,y2", *(",".join(map(str, row)) for _ in range(4))]).encode(),
        "bounds.npy": array.getvalue(),
    }


def _picture(number: int) -> av.VideoFrame:
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    rgb = np.stack([x * 5 + number * 7, y * 7, (x + y) * 3], -1) % 256
    frame = av.VideoFrame.from_ndarray(rgb.astype(np.uint8), format="rgb24")
    frame.pts, frame.time_base = number, Fraction(1, 25)
    return frame


def _sound_stream(container: OutputContainer, codec: str, seconds: float) -> Callable[[], None]:
    rate = 48000
    stream: Any = container.add_stream(codec, rate=rate, layout="mono")

    def _write() -> None:
        wave = 0.3 * np.sin(np.arange(int(rate * seconds)) * 0.05)
        size = stream.codec_context.frame_size or 1024
        kind = stream.codec_context.format.name
        resampler = av.AudioResampler(format=kind, layout="mono", rate=rate, frame_size=size)
        frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for piece in [*resampler.resample(frame), None]:
            container.mux(stream.encode(piece))

    return _write


def _sounds(folder: Path) -> Files:
    for name, codec in _SOUNDS.items():
        with av.open(str(folder / name), "w") as container:
            _sound_stream(container, codec, 0.4)()
    return {name: (folder / name).read_bytes() for name in _SOUNDS}


def face_points(count: int) -> np.ndarray:
    """Return 68 landmarks of a face 100 px wide that nods and speaks, float32 ``[count,68,2]``."""
    points = np.zeros((68, 2))
    turn = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([50 * np.cos(turn), 78 * np.sin(turn)], -1)
    points[17:27] = np.stack([np.linspace(-40, 40, 10), np.full(10, -13)], -1)
    points[27:31] = np.stack([np.zeros(4), np.linspace(0, 30, 4)], -1)
    points[31:36] = np.stack([np.linspace(-12, 12, 5), np.full(5, 37)], -1)
    for start, middle, size in ((36, (-22, 0), 6), (42, (22, 0), 6), (48, (0, 57), 12), (60, (0, 57), 8)):
        angle = np.arange(size) * (2 * np.pi / size) + np.pi
        points[start : start + size] = np.stack([9 * np.cos(angle), 4 * np.sin(angle)], -1) + middle
    time = np.arange(count)[:, None, None]
    moved = points + (160, 100) + 3 * np.sin(time / 3)
    moved[:, 55:60, 1] += 4 * np.sin(time[:, 0] / 2) ** 2
    return moved.astype(np.float32)


def _tracks(folder: Path) -> Files:
    ones = np.ones(COUNT)
    track = FaceTrack(face_points(COUNT), ones, ones, 0 * ones, (320, 240), Fraction(25), raw_jitter=0.01 * ones)
    mesh = np.tile(np.random.default_rng(0).uniform(60, 200, (468, 3)), (COUNT, 1, 1))
    made = {"a.npz": track, "mesh.npz": track.with_mesh(mesh)}
    return {name: one.save(folder / name).read_bytes() for name, one in made.items()}


def _configs() -> Files:
    report = {"summary": {"frames": 3}, "notes": [], "settings": {**asdict(SeamSettings()), "generator": {"name": "x"}}}
    own = {
        "mask": {"shape": "ellipse", "feather": 0.05},
        "color": {"space": "lab"},
        "blend": {"levels": 4},
        "preset": "natural",
    }
    known = {"mask_shape": "ellipse", "erosion_ratio": 0.006, "enable_color_match": True, "blur_ratio_min": 0.02,
             "multiband_levels": 4, "enable_multiband_seam": False, "run_tag": "a", "export_metrics_csv": True}  # fmt: skip
    return {
        "own.yaml": yaml.safe_dump(own).encode(),
        "known.yaml": yaml.safe_dump(known).encode(),
        "own.json": json.dumps(own).encode(),
        "one.set": b"mask.feather=0.2",
        "report.json": json.dumps(report).encode(),
    }


def _jobs() -> Files:
    rows = [{"name": "a", "face": "a.mp4", "crf": 18}, {"name": None, "audio": "a.wav", "3.crf": 20.5, "start": "1"}]
    return {
        "jobs.csv": b"name,face,crf\na,a.mp4,18\nb,c.mp4,\n",
        "jobs.json": json.dumps(rows).encode(),
        "jobs.jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "jobs.yaml": yaml.safe_dump(rows).encode(),
    }


#: A workflow, and what a server says of its nodes.
GRAPH: dict[str, Any] = {
    "1": {"class_type": "Load", "inputs": {"file": "a.mp4", "start": 0.0}, "_meta": {"title": "Load Face"}},
    "3": {"class_type": "Sync", "inputs": {"video": ["1", 0], "crf": 16, "lossless": False, "text": "a"}},
}
INFO: dict[str, Any] = {
    "Load": {"input": {"required": {"file": [["a.mp4", "b.mp4"], {"video_upload": True}], "start": ["FLOAT", {"min": 0}]}}},
    "Sync": {"input": {"required": {"video": ["VIDEO"]}, "optional": {"crf": ["INT", {}], "lossless": ["BOOLEAN", {}]}}},
}


def _workflows() -> Files:
    page = {"nodes": [{"id": 1, "type": "Load"}], "links": []}
    made = {"api.json": GRAPH, "body.json": {"prompt": GRAPH, "client_id": "x"}, "page.json": page}
    return {name: json.dumps(value).encode() for name, value in made.items()}


def _answers() -> dict[str, Any]:
    """Return the answers of a server by the beginning of the path; PROMPT stands for the job's id."""
    files = [{"filename": "a_00001_.mp4", "subfolder": "video", "type": "output"}]
    outputs = {"3": {"images": files, "text": ["the seam meets 10 of 10 goals"], "animated": [True]}}
    failed = {"node_id": "3", "node_type": "Sync", "exception_type": "m.E", "exception_message": "no face\n"}
    errors = {"3": {"class_type": "Sync", "errors": [{"message": "bad", "details": "d", "extra_info": {"input_name": "crf"}}]}}
    status = {"status_str": "success", "messages": [["execution_success", {}]]}
    return {
        "object_info": {"status": 200, "body": INFO},
        "prompt": {"status": 200, "body": {"prompt_id": "PROMPT", "number": 1, "node_errors": {}}},
        "history": {"status": 200, "body": {"PROMPT": {"outputs": outputs, "status": status}}},
        "queue": {"status": 200, "body": {"queue_running": [[0, "PROMPT", {}]], "queue_pending": []}},
        "upload": {"status": 200, "body": {"name": "a.mp4", "subfolder": "", "type": "input"}},
        "view": {"status": 200, "body": "video"},
        "ws": [{"type": "progress", "data": {"node": "3", "value": 1, "max": 4, "prompt_id": "PROMPT"}}],
        "refused": {"status": 400, "body": {"error": {"message": "invalid", "details": ""}, "node_errors": errors}},
        "failed": {"PROMPT": {"outputs": {}, "status": {"status_str": "error", "messages": [["execution_error", failed]]}}},
    }
