"""Wav2Lip at work: folded, channels-last, in the device's precision, in batches that fit."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch

from ...errors import SeamSyncError, check_range
from ...tensors import check_dtype, check_shape
from ..device import pick_dtype
from ..memory import Memory, PlainMemory
from .network import Wav2Lip

#: Frames run at once where the caller does not say, and most of them on a CPU: more take memory and run no faster. A stop is
#: felt between two batches, so a CPU, where eight take 0.3 s, gets fewer.
_BATCHES = {"cuda": 64, "mps": 16, "cpu": 4}
_MOST_ON_CPU = 16
#: Numbers held at once for each pixel of a frame: 180 were measured on a CPU; as many again for a GPU's convolutions.
_NUMBERS = 360


class LipNetwork:
    """A network ready to run.

    Args:
        network: with its weights; folded.
        device: where it runs.
        precision: one of :data:`~seamsync.models.options.PRECISIONS`.
        batch: frames run at once, 0 as many as suit the device; at most 16 on a CPU, and halved whenever the device runs out
            of memory.
        compiled: let ``torch.compile`` work on it, which takes a minute and pays on long clips.
        memory: who moves it to the device, and lets others make way; it may be taken off the device between calls.

    Attributes:
        size: side of the pictures, pixels.
        device, dtype, batch: in force; the last two give way where the device is not up to them.

    Raises:
        SeamSyncError: an unknown precision, or a batch below 0.
    """

    def __init__(
        self,
        network: Wav2Lip,
        device: torch.device,
        *,
        precision: str = "auto",
        batch: int = 0,
        compiled: bool = False,
        memory: Memory | None = None,
    ) -> None:
        self.size, self.device, self.dtype = network.size, device, pick_dtype(precision, device)
        check_range("batch", batch, 0, 4096, "frames")
        wanted = batch or _BATCHES.get(device.type, 4)
        self.batch = min(wanted, _MOST_ON_CPU) if device.type == "cpu" else wanted
        folded = network.fold().requires_grad_(False)
        self._network = cast(Wav2Lip, folded.to(dtype=self.dtype, memory_format=torch.channels_last))  # type: ignore[call-overload]
        self._run = cast(Wav2Lip, torch.compile(self._network)) if compiled else self._network
        self._whole, self._memory = compiled, memory or PlainMemory()

    @torch.inference_mode()
    def infer(self, mel: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """Faces that say what is heard, each its own reference, as published.

        Args:
            mel: float32 ``[B,1,80,16]``, −4…4.
            faces: uint8 ``[B,3,S,S]`` RGB.

        Returns:
            uint8 ``[B,3,S,S]`` RGB, rounded.

        Raises:
            SeamSyncError: other shapes or types, or a device whose memory does not hold one frame.
        """
        check_shape("mel", mel, "B,1,80,16", len(faces), 1, 80, 16)
        check_shape("faces", faces, "B,3,S,S", None, 3, self.size, self.size)
        check_dtype("faces", faces, "uint8")
        result = np.empty_like(faces)
        done = 0
        while done < len(faces):
            rows = slice(done, done + self.batch)
            try:
                self._memory.place(self._network, self.device, self._room())
                made = self._speak(torch.from_numpy(mel[rows]), torch.from_numpy(faces[rows]))
            except RuntimeError as error:
                if not self._memory.ran_out(error):
                    raise
                self._halve(error)
                continue
            result[rows] = made.numpy()
            done += len(made)
        return result

    def _speak(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        """One batch; a compiled network always gets as many, the last one repeated, as it would be compiled anew otherwise.

        Some GPUs (GeForce GTX 16xx) give no numbers in half precision: single precision is used from then on.
        """
        count = len(faces)
        if self._whole and count < self.batch:
            mel, faces = (torch.cat([part, part[-1:].expand(self.batch - count, -1, -1, -1)]) for part in (mel, faces))
        seen = faces.to(self.device).flip(1).to(self.dtype).div_(255)
        hidden = seen.clone()
        hidden[:, :, self.size // 2 :] = 0
        pair = torch.cat([hidden, seen], 1).contiguous(memory_format=torch.channels_last)
        made = self._run(mel.to(self.device, self.dtype), pair)[:count]
        if self.dtype != torch.float32 and not made.isfinite().all():
            self.dtype = torch.float32
            self._network.float()
            return self._speak(mel[:count], faces[:count])
        return made.float().flip(1).mul_(255).round_().clamp_(0, 255).to(torch.uint8).cpu()

    def _room(self) -> int:
        """Bytes that a batch takes, about."""
        return self.batch * self.size**2 * _NUMBERS * self.dtype.itemsize

    def _halve(self, error: Exception) -> None:
        if self.batch == 1:
            why = (
                f"{self.device} has too little memory for one frame of {self.size} pixels; close other programs, or use the CPU"
            )
            raise SeamSyncError(f"Wav2Lip: {why}") from error
        self.batch //= 2
