"""Score lip-sync from the embeddings of a SyncNet: LSE-D, LSE-C and the offset.

Source: Chung and Zisserman, "Out of time: automated lip sync in the wild" (2016); the names of the scores are those of Prajwal
et al. (2020). They are valid for the network that made the embeddings only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import SeamSyncError, check_range

#: Largest offset in frames, as published.
MAX_OFFSET = 15


@dataclass(frozen=True, eq=False)
class SyncScores:
    """Hold lip-sync scores of a clip.

    Attributes:
        lse_d: distance of speech and lips at the best offset, mean over the clip; the lower the better.
        lse_c: confidence, by how much the median over all offsets is farther; the higher the better.
        offset: frames by which the picture comes late (positive) or early; NaN, as the scores, where no face was measured.
        distance: float64 ``[T]``, that of each window at the clip's best offset, NaN where it was not measured.
    """

    lse_d: float
    lse_c: float
    offset: float
    distance: np.ndarray

    @property
    def confidence(self) -> np.ndarray:
        """Return LSE-C of each window, as published: the clip's median minus the window's distance; its mean is ``lse_c``."""
        return self.lse_c + self.lse_d - self.distance


def sync_distances(
    faces: np.ndarray, speech: np.ndarray, max_offset: int = MAX_OFFSET, *, first: int = 0, zeros: bool = False
) -> np.ndarray:
    """Return distances of each window of lips to the speech around it.

    Args:
        faces: float ``[T,D]``, embeddings; rows of NaN where no face was measured.
        speech: float ``[U,D]``, embeddings of the speech.
        max_offset: frames m, ≥ 1.
        first: which row of ``speech`` goes with the first of ``faces``; for clips that are taken in pieces.
        zeros: what lies outside the speech is an embedding of zeros, as in the published evaluation; otherwise it is
            unknown.

    Returns:
        float64 ``[T,2m+1]``, column m + k for the speech k frames later; NaN where either is unknown.

    Raises:
        SeamSyncError: embeddings of two lengths, or an impossible offset.
    """
    check_range("max_offset", max_offset, 1, 10_000, "frames")
    if faces.ndim != 2 or speech.ndim != 2 or faces.shape[1] != speech.shape[1]:
        raise SeamSyncError(f"embeddings must be [T,D] and [U,D], got {list(faces.shape)} and {list(speech.shape)}")
    found = np.full((len(faces), 2 * max_offset + 1), np.nan)
    for column in range(found.shape[1]):
        at = np.arange(len(faces)) + first + column - max_offset
        heard = (at >= 0) & (at < len(speech))
        found[heard, column] = np.linalg.norm(faces[heard].astype(np.float64) - speech[at[heard]], axis=1)
        if zeros:
            found[~heard, column] = np.linalg.norm(faces[~heard].astype(np.float64), axis=1)
    return found


def score_distances(distances: np.ndarray) -> SyncScores:
    """Return the scores of a clip.

    Means are taken over the windows that are known; an offset that fewer than half of the windows know is ignored. Of equal
    offsets, the smallest is taken.

    Args:
        distances: float ``[T,2m+1]``, of :func:`sync_distances`.
    """
    known = np.isfinite(distances)
    counts, middle = known.sum(0), distances.shape[1] // 2
    heard = (counts > 0) & (2 * counts >= known.any(1).sum())
    if not heard.any():
        return SyncScores(np.nan, np.nan, np.nan, np.full(len(distances), np.nan))
    shifts = np.array(sorted(np.flatnonzero(heard), key=lambda column: abs(column - middle)))
    means = np.where(known, distances, 0).sum(0)[shifts] / counts[shifts]
    best = int(means.argmin())
    least, column = float(means[best]), int(shifts[best])
    return SyncScores(least, float(np.median(means)) - least, float(middle - column), distances[:, column])


def sync_scores(faces: np.ndarray, speech: np.ndarray, max_offset: int = MAX_OFFSET, *, zeros: bool = False) -> SyncScores:
    """Return scores of a clip's embeddings; arguments as in :func:`sync_distances`."""
    return score_distances(sync_distances(faces, speech, max_offset, zeros=zeros))
