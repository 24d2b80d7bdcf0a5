"""Define Detect Face Landmarks and Smooth Landmarks."""

from __future__ import annotations

from typing import Any

from ..options import from_values
from ..tracking.options import SmoothOptions, TrackOptions
from ..tracking.smooth import smooth_track
from ..tracking.track import require_face
from . import host, types
from .exchange import image_batch, watched
from .fields import link, output, settings_inputs
from .host import io


class DetectFaceLandmarks(io.ComfyNode):
    """Follow one face through the clip."""

    @classmethod
    def define_schema(cls) -> Any:
        """Return inputs and outputs."""
        return host.schema(
            "track/DetectFaceLandmarks",
            "Detect Face Landmarks",
            "Finds one face and follows it through the clip. Frames without a face are left alone; only a clip without any "
            "stops the run.",
            [
                link(io.Video, "video", "The target clip."),
                *settings_inputs(TrackOptions),
            ],
            [
                output(types.FACE_TRACK, "track", "The face: landmarks, confidence, visibility and scenes. Smooth it next."),
                output(
                    io.Image,
                    "preview",
                    "Six frames, cropped to the face, with the landmarks drawn in; whole and red where no face was found.",
                ),
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
        track = track_video(source, options=from_values(TrackOptions, options), runtime=host.runtime(progress))
        require_face(track, source.info.name)
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
            "track/SmoothLandmarks",
            "Smooth Landmarks",
            "Takes the jitter out of the landmarks: the lips less than the jaw, and never across a cut.",
            [
                link(types.FACE_TRACK, "track", "From Detect Face Landmarks."),
                *settings_inputs(SmoothOptions),
            ],
            [output(types.FACE_TRACK, "track", "The smoothed face.")],
            ["one euro", "ema", "jitter", "stabilize face"],
        )

    @classmethod
    def execute(cls, track: Any, **options: Any) -> Any:
        """Smooth."""
        return host.result(smooth_track(track, from_values(SmoothOptions, options), host.progress().stop))
