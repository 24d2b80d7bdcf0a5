"""Define Detect Face Landmarks and Smooth Landmarks."""

from __future__ import annotations

from typing import Any

from ..tracking.options import DETECTORS, FACES, TrackOptions
from ..tracking.smooth import METHODS, SmoothOptions, smooth_track
from . import host, types
from .exchange import image_batch, watched
from .fields import choice, link, number, output, whole
from .host import io


class DetectFaceLandmarks(io.ComfyNode):
    """Follow one face through the clip."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "DetectFaceLandmarks",
            "Detect Face Landmarks",
            "Finds one face and follows it through the clip. Frames without a face are left alone, they never stop the run.",
            [
                link(io.Video, "video", "The target clip."),
                choice("detector", DETECTORS, "'mediapipe' is fast; 'face-alignment' is slower and needs its own package."),
                choice(
                    "face",
                    FACES,
                    "Which face, when there are several; 'index' counts from the left.",
                ),
                whole("index", TrackOptions.index, 0, 99, "For 'index': which face, counted from the left, from 0."),
                number(
                    "min_confidence",
                    TrackOptions.min_confidence,
                    0.0,
                    1.0,
                    0.05,
                    "Faces less certain than this do not count.",
                ),
                whole("max_gap", TrackOptions.max_gap, 0, 1000, "Gaps of up to this many frames are filled in."),
            ],
            [
                output(types.FACE_TRACK, "track", "The face: landmarks, confidence, visibility and scenes. Smooth it next."),
                output(io.Image, "preview", "Six frames of the clip with the landmarks drawn in; red where no face was found."),
            ],
            ["face detection", "face mesh", "mediapipe", "landmarks", "face tracking"],
        )

    @classmethod
    def execute(cls, video: Any, **options: Any) -> Any:
        """Track, and draw a few frames."""
        from ..pipeline import track_video
        from .preview import contact_sheet, draw_track

        progress = host.progress()
        source = watched(video, progress)
        track = track_video(
            source,
            options=TrackOptions(**options),
            device=host.device(),
            models=host.models_folders(),
            progress=progress,
        )
        pictures = draw_track(source, track)
        progress.replace_thumbnail(contact_sheet(pictures))
        preview = image_batch(pictures)
        return host.result(track, preview, images=preview)


class SmoothLandmarks(io.ComfyNode):
    """Remove jitter from landmarks."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "SmoothLandmarks",
            "Smooth Landmarks",
            "Takes the jitter out of the landmarks: the lips less than the jaw, and never across a cut.",
            [
                link(types.FACE_TRACK, "track", "From Detect Face Landmarks."),
                choice("method", METHODS, "The filter.", SmoothOptions.method),
                number("strength", SmoothOptions.strength, 0.0, 4.0, 0.05, "How much; 0 changes nothing, 1 is usual."),
                number(
                    "shape", SmoothOptions.shape, 0.0, 1.0, 0.05, "Smoothing of the face's shape, as a share of the head's."
                ),
                number("lips", SmoothOptions.lips, 0.0, 1.0, 0.05, "The same for the lips; low keeps their timing."),
            ],
            [output(types.FACE_TRACK, "track", "The smoothed face.")],
            ["one euro", "ema", "jitter", "stabilize face"],
        )

    @classmethod
    def execute(cls, track: Any, **options: Any) -> Any:
        """Smooth."""
        return host.result(smooth_track(track, SmoothOptions(**options), host.progress().stop))
