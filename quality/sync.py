"""Lip-sync of a finished clip, scored by a SyncNet while its frames pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..errors import SeamSyncError
from ..media.audio import Audio, cut_audio
from ..media.frame import PlanarFrame
from ..models.syncnet.judge import SyncJudge, load_judge
from ..models.syncnet.scores import MAX_OFFSET, score_distances, sync_distances
from ..models.syncnet.windows import FPS, FRAMES, frames_shown
from ..models.weights import ModelFolders
from ..tracking.track import FaceTrack

#: Windows in one batch of the network.
_BATCH = 16


class SyncMeter:
    """Measures LSE-D, LSE-C and the offset of a clip. Frames come in order; some may be missing.

    The network sees 25 frames a second, whatever the clip's rate. Windows across a cut, or with a frame without a face, are
    not measured. The numbers can be compared only with those of the same network, see :data:`..models.syncnet.judge.KINDS`.
    Keeps 250 bytes a frame, and the speech.

    Args:
        judge: the network, with the speech; time 0 is the beginning of the first frame.
        track: smoothed face, one entry a frame of the clip.
    """

    def __init__(self, judge: SyncJudge, track: FaceTrack) -> None:
        self._judge, self._track, self._regions = judge, track, judge.regions(track)
        self._shown = frames_shown(track.fps, len(track))
        self._scene = track.scene[self._shown]
        self._distances = np.full((len(self._shown), 2 * MAX_OFFSET + 1), np.nan)
        self._first, self._run = 0, []  # successive crops, and the time of the first, in frames at 25 fps
        self._from, self._speech = 0, None  # successive speech embeddings, and the number of the first

    def add(self, index: int, frame: PlanarFrame) -> None:
        """Take frame ``index`` of the clip."""
        if not self._track.visible[index]:
            return
        first, last = np.searchsorted(self._shown, [index, index + 1]).tolist()
        if first == last:
            return
        crop = self._judge.crop(frame, self._regions[index])
        for time in range(first, last):
            self._append(time, crop)

    def _append(self, time: int, crop: np.ndarray) -> None:
        follows = self._run and time == self._first + len(self._run)
        if not follows or self._scene[time] != self._scene[time - 1]:
            self._measure()
            self._first, self._run = time, []
        self._run.append(crop)
        if len(self._run) == _BATCH + FRAMES - 1:
            self._measure()
            self._first, self._run = self._first + _BATCH, self._run[_BATCH:]

    def _measure(self) -> None:
        """Store the distances of the windows of the crops so far."""
        if len(self._run) < FRAMES:
            return
        first, count = self._first, len(self._run) - FRAMES + 1
        low = max(first - MAX_OFFSET, 0)
        speech = self._embeddings(low, first + count + MAX_OFFSET)
        faces = self._judge.embed_faces(np.stack(self._run))
        found = sync_distances(faces, speech, first=first - low, zeros=self._judge.zeros)
        self._distances[first : first + count] = found

    def _embeddings(self, first: int, last: int) -> np.ndarray:
        """Return the speech embeddings ``first`` … ``last``, or to the end of the speech; reuses those of the batch before."""
        if self._speech is None or first > self._from + len(self._speech):
            self._speech = self._judge.embed_speech(first, last)
        else:
            kept = self._speech[first - self._from :]
            more = self._judge.embed_speech(first + len(kept), last) if first + len(kept) < last else kept[:0]
            self._speech = np.concatenate([kept, more])
        self._from = first
        return self._speech

    def finish(self) -> tuple[dict[str, np.ndarray], dict[str, float | str]]:
        """Return the scores, after the last frame.

        Returns:
            The columns ``lse_d`` and ``lse_c`` of the window around each frame, float64 ``[T]``, NaN where there is none; and
            the clip's ``lse_d``, ``lse_c``, ``sync_offset`` (frames of 40 ms by which the picture is late; negative: early)
            and ``sync_network``, the registry's name of the network.
        """
        self._measure()
        self._run = []
        scores = score_distances(self._distances)
        columns = {"lse_d": self._at_frames(scores.distance), "lse_c": self._at_frames(scores.confidence)}
        numbers = {"lse_d": scores.lse_d, "lse_c": scores.lse_c, "sync_offset": scores.offset}
        return columns, {**numbers, "sync_network": self._judge.name}

    def _at_frames(self, values: np.ndarray) -> np.ndarray:
        """Return the values of windows at the clip's frames that are shown at their middles: float64 ``[T]``."""
        num, den = 2 * self._track.fps.numerator, FPS.numerator * self._track.fps.denominator
        middle = np.array([(2 * k + 1) * den // num for k in range(len(self._track))], np.int64) - FRAMES // 2
        known = (middle >= 0) & (middle < len(values))
        found = np.full(len(middle), np.nan)
        found[known] = values[middle[known]]
        return found


class SyncRecorder:
    """Runs a :class:`SyncMeter` if there is speech and a network's file; otherwise it records nothing.

    Args:
        audio: the speech, if any.
        track: smoothed face, one entry a frame of the clip, or of the target of which the clip is made.
        device: the device of the network.
        models: a host's folders of models, if any.
        start: time of the first frame in the speech, seconds ≥ 0.
        frames: int64 ``[T]``, the target's frame in each of the clip; None: the track is the clip's own.
    """

    def __init__(
        self,
        audio: Audio | None,
        track: FaceTrack,
        device: torch.device,
        models: ModelFolders | None = None,
        *,
        start: float = 0.0,
        frames: np.ndarray | None = None,
    ) -> None:
        self._meter, self._notes = None, ()
        if audio is None or round(start * audio.rate) >= audio.samples.shape[1]:
            return
        try:
            judge = load_judge(cut_audio(audio, start=start), device, models)
            if judge is not None:
                self._meter = SyncMeter(judge, track if frames is None else track.take(frames))
        except SeamSyncError as error:  # a damaged file of the network must not stop the job
            self._notes = (f"lip-sync was not measured: {error}",)

    def add(self, index: int, frame: PlanarFrame) -> None:
        """Take frame ``index`` of the clip; frames come in order."""
        if self._meter is not None:
            self._meter.add(index, frame)

    def finish(self) -> tuple[dict[str, np.ndarray], dict[str, Any], tuple[str, ...]]:
        """Return the columns and numbers of :meth:`SyncMeter.finish`, empty if nothing was measured, and notes for the user."""
        columns, numbers = ({}, {}) if self._meter is None else self._meter.finish()
        return columns, numbers, self._notes
