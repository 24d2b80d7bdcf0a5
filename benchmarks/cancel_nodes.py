"""The long nodes of the benchmark ``cancel``, each as ComfyUI's node runs it, on one clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ..blending.presets import preset
from ..browser.viewer import write_view
from ..enhance.enhance import enhance_mouths
from ..enhance.options import EnhanceOptions
from ..media.audio import Audio
from ..media.background import Background
from ..media.clips import MouthClip
from ..media.encode import VideoWriter
from ..media.encode_options import EncodeSettings
from ..media.loops import play_order
from ..media.video import FrameSource, VideoReader
from ..models.imported import import_mouths
from ..models.wav2lip.generator import Wav2LipGenerator
from ..models.wav2lip.network import Wav2Lip
from ..models.wav2lip.run import LipNetwork
from ..nodes.progress import NodeProgress
from ..pipeline import composite_video, generate_mouths, inspect_video, lipsync, track_video
from ..preview import preview_composite
from ..runtime import Runtime
from ..tracking.options import SmoothOptions
from ..tracking.smooth import smooth_track
from ..tracking.track import FaceTrack

#: Does a node's work; a file that is its outcome lies in the folder given.
Work = Callable[[NodeProgress, Path], Any]


@dataclass
class Scene:
    """What the nodes are given; ``made`` are the outcomes, by the node's name, of those that have run to the end.

    ``clip`` is what Load Face Video makes, ``count`` frames of ``short`` played again and again, and as long as ``speech``.
    """

    short: Path
    clip: Path
    count: int
    speech: Audio
    made: dict[str, Any] = field(default_factory=dict)

    def works(self) -> dict[str, Work]:
        """The nodes, in the order of a workflow."""
        return {
            "Load Face Video": self._load,
            "Detect Face Landmarks": lambda bar, _: track_video(
                self._watched(bar), runtime=Runtime(device="cpu", progress=bar)
            ),
            "Smooth Landmarks": lambda bar, _: smooth_track(self.made["Detect Face Landmarks"], SmoothOptions(), bar.stop),
            "Generate Mouths": lambda bar, _: generate_mouths(
                self._watched(bar), self._track, self.speech, runtime=Runtime(progress=bar)
            ),
            "Generate Mouths, wav2lip": self._wav2lip,
            "Enhance Mouths, hd": lambda bar, _: enhance_mouths(
                self.made["Generate Mouths"], EnhanceOptions(method="hd"), progress=bar
            ),
            "Preview Composite": self._preview,
            "Composite Mouths": self._composite,
            "Import Mouths": lambda bar, _: import_mouths(
                self._watched(bar, self._result), self._track, runtime=Runtime(progress=bar)
            ),
            "Seam Debug Viewer": self._view,
            "Inspect Video": lambda bar, _: inspect_video(
                *self._pair(bar), audio=self.speech, runtime=Runtime(device="cpu", progress=bar)
            ),
            "Lip Sync": lambda bar, folder: lipsync(
                self._watched(bar), self.speech, folder / "out.mp4", runtime=Runtime(progress=bar)
            ),
        }

    def _watched(self, bar: NodeProgress, path: Path | None = None) -> FrameSource:
        return bar.watch(VideoReader(path or self.clip, check=bar.stop))

    def _pair(self, bar: NodeProgress) -> tuple[FrameSource, FrameSource]:
        return self._watched(bar), self._watched(bar, self._result)

    @property
    def _track(self) -> FaceTrack:
        return self.made["Smooth Landmarks"]

    @property
    def _result(self) -> Path:
        return self.made["Composite Mouths"][0]

    def _load(self, bar: NodeProgress, folder: Path) -> None:
        source = self._watched(bar, self.short)
        info, fine = replace(source.info, frame_count=self.count), EncodeSettings(crf=8.0, preset="veryfast")
        writer = VideoWriter(folder / self.clip.name, info, settings=fine, check=bar.stop)
        with writer, Background(writer.write, check=bar.stop) as encoder:
            for index, frame in enumerate(source.frames(play_order(source.info.frame_count, self.count))):
                encoder.put(frame)
                bar("load", index + 1, self.count)

    def _wav2lip(self, bar: NodeProgress, folder: Path) -> MouthClip:
        generator = Wav2LipGenerator(LipNetwork(Wav2Lip(96), torch.device("cpu")))  # random weights
        return generate_mouths(self._watched(bar), self._track, self.speech, generator=generator, runtime=Runtime(progress=bar))

    def _preview(self, bar: NodeProgress, folder: Path) -> Any:
        chosen = list(range(0, self.count, self.count // 5))
        return preview_composite(
            self._watched(bar), self._track, self.made["Generate Mouths"], chosen, runtime=Runtime(device="cpu")
        )

    def _composite(self, bar: NodeProgress, folder: Path) -> Any:
        """The file and its report."""
        path, given = folder / "composite.mp4", Runtime("cpu", progress=bar)
        return path, composite_video(
            self._watched(bar),
            self._track,
            self.made["Generate Mouths"],
            path,
            settings=preset("natural"),
            audio=self.speech,
            runtime=given,
        )

    def _view(self, bar: NodeProgress, folder: Path) -> None:
        """Into a folder that the host empties."""
        sheets = self.clip.parent / "sheets"
        sheets.mkdir(exist_ok=True)
        write_view(self.made["Composite Mouths"][1], *self._pair(bar), sheets, track=self._track, progress=bar)
