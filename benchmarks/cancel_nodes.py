"""The long nodes of the benchmark ``cancel``, each as ComfyUI's node runs it, on one clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..blending.enhance import enhance_mouths
from ..blending.enhance_options import EnhanceOptions
from ..blending.presets import preset
from ..blending.view import write_view
from ..media.audio import Audio
from ..media.clips import MouthClip, play_order
from ..media.encode import EncodeSettings, VideoWriter
from ..media.video import FrameSource, VideoReader
from ..models.imported import import_mouths
from ..models.wav2lip import Wav2Lip
from ..models.wav2lip_generate import Wav2LipGenerator
from ..models.wav2lip_run import LipNetwork
from ..nodes.preview import draw_track
from ..nodes.progress import NodeProgress
from ..pipeline import composite_video, generate_mouths, inspect_video, lipsync, preview_composite, track_video
from ..tracking.smooth import SmoothOptions, smooth_track
from ..tracking.track import FaceTrack

#: Does a node's work; where a file is the outcome, it is in the folder given.
Work = Callable[[NodeProgress, Path], Any]


@dataclass
class Scene:
    """What the nodes are given, and what those that have run to the end have made for the next.

    Attributes:
        short: a clip that Load Face Video loops.
        clip: the looped clip of ``count`` frames.
        count: frames.
        speech: as long as the clip.
        made: outcomes by the node's name.
    """

    short: Path
    clip: Path
    count: int
    speech: Audio
    made: dict[str, Any] = field(default_factory=dict)

    def works(self) -> dict[str, Work]:
        """The nodes, in the order of a workflow."""
        return {
            "Load Face Video": self.load,
            "Detect Face Landmarks": self.detect,
            "Smooth Landmarks": self.smooth,
            "Generate Mouths": self.rewrite,
            "Generate Mouths, wav2lip": self.wav2lip,
            "Enhance Mouths, unsharp": partial(self.enhance, "unsharp"),
            "Enhance Mouths, hd": partial(self.enhance, "hd"),
            "Preview Composite": self.preview,
            "Composite Mouths": self.composite,
            "Import Mouths": self.imported,
            "Seam Debug Viewer": self.view,
            "Save Seam Report": self.save,
            "Inspect Video": self.inspect,
            "Lip Sync": self.lipsync,
        }

    def _watched(self, bar: NodeProgress, path: Path | None = None) -> FrameSource:
        return bar.watch(VideoReader(path or self.clip, check=bar.stop))

    @property
    def track(self) -> FaceTrack:
        """Smoothed."""
        return self.made["Smooth Landmarks"]

    @property
    def mouths(self) -> MouthClip:
        """Of Rewrite."""
        return self.made["Generate Mouths"]

    def load(self, bar: NodeProgress, folder: Path) -> Path:
        """Loop the short clip."""
        source, path = self._watched(bar, self.short), folder / self.clip.name
        order = play_order(source.info.frame_count, self.count)
        info, fine = replace(source.info, frame_count=self.count), EncodeSettings(crf=8.0, preset="veryfast")
        with VideoWriter(path, info, settings=fine, check=bar.stop) as writer:
            for index, frame in enumerate(source.frames(order)):
                writer.write(frame)
                bar("load", index + 1, self.count)
        return path

    def detect(self, bar: NodeProgress, folder: Path) -> FaceTrack:
        """Track, and draw a few frames."""
        source = self._watched(bar)
        track = track_video(source, device="cpu", progress=bar)
        draw_track(source, track)
        return track

    def smooth(self, bar: NodeProgress, folder: Path) -> FaceTrack:
        """With the mesh."""
        return smooth_track(self.made["Detect Face Landmarks"], SmoothOptions(), bar.stop)

    def rewrite(self, bar: NodeProgress, folder: Path) -> MouthClip:
        """By the embedded generator."""
        return generate_mouths(self._watched(bar), self.track, self.speech, progress=bar)

    def wav2lip(self, bar: NodeProgress, folder: Path) -> MouthClip:
        """By a network of the published layout with random weights."""
        torch.manual_seed(0)
        generator = Wav2LipGenerator(LipNetwork(Wav2Lip(96), torch.device("cpu")))
        return generate_mouths(self._watched(bar), self.track, self.speech, generator=generator, progress=bar)

    def enhance(self, method: str, bar: NodeProgress, folder: Path) -> MouthClip:
        """Sharpen or enlarge."""
        return enhance_mouths(self.mouths, EnhanceOptions(method=method), progress=bar)

    def preview(self, bar: NodeProgress, folder: Path) -> Any:
        """Six frames of the clip."""
        chosen = [int(index) for index in np.linspace(0, self.count - 1, 6)]
        return preview_composite(self._watched(bar), self.track, self.mouths, chosen, device="cpu")

    def composite(self, bar: NodeProgress, folder: Path) -> Any:
        """The whole clip; its file and its report."""
        path, seam = folder / "composite.mp4", vars(preset("natural"))
        source, given = self._watched(bar), {"audio": self.speech, "device": "cpu", "progress": bar}
        return path, composite_video(source, self.track, self.mouths, path, **seam, **given)

    def imported(self, bar: NodeProgress, folder: Path) -> MouthClip:
        """Out of the composite."""
        return import_mouths(self._watched(bar, self.made["Composite Mouths"][0]), self.track, progress=bar)

    def view(self, bar: NodeProgress, folder: Path) -> Path:
        """Contact sheets of the composite, which need no cleaning up: the host empties the folder."""
        path, report = self.made["Composite Mouths"]
        sheets = self.clip.parent / "sheets"
        sheets.mkdir(exist_ok=True)
        return write_view(report, self._watched(bar), self._watched(bar, path), sheets, track=self.track, progress=bar)

    def save(self, bar: NodeProgress, folder: Path) -> list[Path]:
        """Page, table and figures; nothing stops it."""
        return self.made["Composite Mouths"][1].save(folder)

    def inspect(self, bar: NodeProgress, folder: Path) -> Any:
        """The composite against its original, tracked anew."""
        path = self.made["Composite Mouths"][0]
        clips = self._watched(bar), self._watched(bar, path)
        return inspect_video(*clips, audio=self.speech, device="cpu", progress=bar)

    def lipsync(self, bar: NodeProgress, folder: Path) -> Any:
        """The whole of it in one node."""
        return lipsync(self._watched(bar), self.speech, folder / "lipsync.mp4", progress=bar).path
