"""MuseTalk at work: in the device's precision, in batches that fit; what comes out unusable is made again in float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import SeamSyncError, check_range
from ...tensors import check_dtype, check_shape
from ..device import pick_dtype
from ..memory import Memory, PlainMemory
from .hearing import TOKENS, log_mel, positions
from .layouts import FEATURES, LATENT
from .networks import Networks

#: Side of the network's pictures, pixels, and how much smaller its latents are.
SIZE, SHRINK = 256, 8
#: What latents are multiplied by, as the autoencoder was trained.
SCALE = 0.18215
#: Frames run at once where the caller does not say. A stop is felt between two batches: on a CPU a frame takes seconds.
_BATCHES = {"cuda": 16, "mps": 4, "cpu": 1}
#: Numbers held at once for each pixel of a picture, while it is decoded.
_NUMBERS = 2178
#: A picture whose brightest sample is darker than this, of 0…1, is black.
_BLACK = 4 / 255


class MuseTalkNetwork:
    """The networks ready to run.

    Args:
        networks: with their weights.
        device: where they run.
        precision: one of :data:`~seamsync.models.options.PRECISIONS`.
        batch: frames run at once, 0 as many as suit the device; halved whenever the device runs out of memory.
        compiled: let ``torch.compile`` work on them, which takes minutes and pays on long clips.
        memory: who moves them to the device, and lets others make way; they may be taken off the device between calls.
        size: side of the pictures, pixels; the published network has 256.

    Attributes:
        size, device, dtype, batch: in force; batch gives way where the device is not up to it.
        repeated: frames that were made again in float32.
        lost: frames that came out unusable in float32 too.

    Raises:
        SeamSyncError: an unknown precision, or a batch below 0.
    """

    def __init__(
        self,
        networks: Networks,
        device: torch.device,
        *,
        precision: str = "auto",
        batch: int = 0,
        compiled: bool = False,
        memory: Memory | None = None,
        size: int = SIZE,
    ) -> None:
        self.size, self.device, self.dtype = size, device, pick_dtype(precision, device)
        check_range("batch", batch, 0, 4096, "frames")
        self.batch = batch or _BATCHES.get(device.type, 1)
        self.repeated = self.lost = 0
        self._networks, self._memory = networks, memory or PlainMemory()
        self._whole = compiled
        pictures = (networks.unet, networks.encoder, networks.decoder)
        for network in pictures:
            network.to(self.dtype)
            if device.type == "cuda":  # on a CPU the copy would take the memory of the weights again
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        networks.whisper.float()
        unet, encoder, decoder = (torch.compile(network) if compiled else network for network in pictures)
        self._unet, self._encoder, self._decoder = unet, encoder, decoder

    @torch.inference_mode()
    def hear(self, wave: np.ndarray) -> np.ndarray:
        """Return what Whisper hears in 30 seconds of sound.

        Args:
            wave: float32 ``[480000]``, 16 kHz.

        Returns:
            float32 ``[1500,5,384]``.
        """
        mel = torch.from_numpy(log_mel(wave))[None]
        self._memory.place(self._networks.whisper, self.device, mel.nbytes * 64)
        return self._networks.whisper(mel.to(self.device))[0].float().cpu().numpy()

    @torch.inference_mode()
    def encode(self, faces: np.ndarray) -> np.ndarray:
        """Return the latents of faces: of each with its lower half masked, then of the whole one.

        Args:
            faces: uint8 ``[B,3,S,S]`` RGB.

        Returns:
            ``[B,8,S/8,S/8]``, scaled; float16 where the network works in it, else float32.

        Raises:
            SeamSyncError: other shapes or types, or a device whose memory does not hold one frame.
        """
        check_shape("faces", faces, "B,3,S,S", None, 3, self.size, self.size)
        check_dtype("faces", faces, "uint8")
        kept = np.float16 if self.dtype == torch.float16 else np.float32
        side = self.size // SHRINK
        return self._in_batches(self._encoded, [faces], np.empty((len(faces), 2 * LATENT, side, side), kept))

    @torch.inference_mode()
    def infer(self, tokens: np.ndarray, latents: np.ndarray) -> np.ndarray:
        """Return faces that say what is heard.

        Args:
            tokens: float32 ``[B,50,384]``, without their positions.
            latents: ``[B,8,S/8,S/8]`` of :meth:`encode`.

        Returns:
            uint8 ``[B,3,S,S]`` RGB, rounded; black where no number came out.

        Raises:
            SeamSyncError: other shapes, or a device whose memory does not hold one frame.
        """
        side = self.size // SHRINK
        check_shape("tokens", tokens, "B,50,384", len(latents), TOKENS, FEATURES)
        check_shape("latents", latents, "B,8,S/8,S/8", None, 2 * LATENT, side, side)
        result = np.empty((len(latents), 3, self.size, self.size), np.uint8)
        return self._in_batches(self._spoken, [tokens, latents], result)

    def _in_batches(self, run: Callable[..., np.ndarray], inputs: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray:
        """Fill ``result`` a batch at a time; a batch that does not fit is tried again with half as many."""
        done = 0
        while done < len(result):
            rows = slice(done, done + self.batch)
            try:
                made = run(*(part[rows] for part in inputs))
            except RuntimeError as error:
                if not self._memory.ran_out(error):
                    raise
                self._halve(error)
                continue
            result[rows] = made
            done += len(made)
        return result

    def _encoded(self, faces: np.ndarray) -> np.ndarray:
        pictures = torch.from_numpy(faces).to(self.device).float().div_(255)
        masked = pictures.clone()
        masked[:, :, self.size // 2 :] = 0
        both = torch.cat([masked, pictures]).sub_(0.5).div_(0.5)

        def _run(dtype: torch.dtype) -> Tensor:
            self._place(self._networks.encoder)
            return SCALE * self._encoder(self._laid_out(both, dtype)).float()

        latents, _ = self._checked(_run, [self._networks.encoder], _finite)
        return torch.cat(latents.chunk(2), 1).cpu().numpy()

    def _spoken(self, tokens: np.ndarray, latents: np.ndarray) -> np.ndarray:
        """One batch; a compiled network always gets as many, the last one repeated, as it would be compiled anew otherwise."""
        count = len(latents)
        if self._whole and count < self.batch:
            fill = self.batch - count
            tokens, latents = (np.concatenate([part, part[-1:].repeat(fill, 0)]) for part in (tokens, latents))
        heard = torch.from_numpy(tokens + positions()).to(self.device)
        seen = torch.from_numpy(np.ascontiguousarray(latents)).to(self.device)

        def _run(dtype: torch.dtype) -> Tensor:
            self._place(self._networks.unet)
            made = self._unet(self._laid_out(seen, dtype), heard.to(dtype))
            self._place(self._networks.decoder)
            pictures = self._decoder((made * (1 / SCALE)).contiguous()).float()
            return pictures.div_(2).add_(0.5)

        pictures, good = self._checked(_run, [self._networks.unet, self._networks.decoder], _visible)
        self.lost += int((~good[:count]).sum())
        pictures = torch.where(good[:, None, None, None], pictures, 0.0)[:count]
        return pictures.clamp_(0, 1).mul_(255).round_().to(torch.uint8).cpu().numpy()

    def _checked(
        self, run: Callable[[torch.dtype], Tensor], networks: Sequence[nn.Module], test: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return a batch, made again in float32 where half precision gave no picture, and which rows pass the test."""
        made = run(self.dtype)
        good = test(made)
        if self.dtype != torch.float32 and not good.all():
            self.repeated += int((~good).sum())
            with _single_precision(networks, self.dtype):
                made = run(torch.float32)
            good = test(made)
        return made, good

    def _laid_out(self, value: Tensor, dtype: torch.dtype) -> Tensor:
        layout = torch.channels_last if self.device.type == "cuda" else torch.contiguous_format
        return value.to(dtype).contiguous(memory_format=layout)

    def _place(self, network: nn.Module) -> None:
        self._memory.place(network, self.device, self.batch * self.size**2 * _NUMBERS * self.dtype.itemsize)

    def _halve(self, error: Exception) -> None:
        if self.batch == 1:
            why = (
                f"{self.device} has too little memory for one frame of {self.size} pixels; close other programs, or use the CPU"
            )
            raise SeamSyncError(f"MuseTalk: {why}") from error
        self.batch //= 2


def _finite(values: Tensor) -> Tensor:
    """Return which rows hold numbers only, bool ``[B]``."""
    return values.isfinite().flatten(1).all(1)


def _visible(pictures: Tensor) -> Tensor:
    """Return which pictures hold numbers only and are not black, bool ``[B]``."""
    return _finite(pictures) & (pictures.flatten(1).amax(1) > _BLACK)


@contextmanager
def _single_precision(networks: Sequence[nn.Module], before: torch.dtype) -> Any:
    """Let networks work in float32 for a while."""
    try:
        for network in networks:
            network.float()
        yield
    finally:
        for network in networks:
            network.to(before)
