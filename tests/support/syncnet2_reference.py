"""SyncNet 2 written out a second time, from tables, in float64."""

from __future__ import annotations

from random_weights import random_weights
from torch import Tensor
from torch.nn import functional as F

# Number in the sequence: output channels, kernel, stride of rows and columns, padding of them; then a pool's stride and
# padding, where there is one.
_AUDIO = {0: (64, (3, 3), 1, 1), 4: (192, (3, 3), 1, 1, (1, 2), 0), 8: (384, (3, 3), 1, 1), 11: (256, (3, 3), 1, 1)} | {
    14: (256, (3, 3), 1, 1, (2, 2), 0),
    18: (512, (5, 4), 1, 0),
}
_LIPS = {0: (96, (5, 7, 7), 2, 0, (1, 2, 2), 0), 4: (256, (1, 5, 5), 2, 1, (1, 2, 2), 1), 8: (256, (1, 3, 3), 1, 1)} | {
    11: (256, (1, 3, 3), 1, 1),
    14: (256, (1, 3, 3), 1, 1, (1, 2, 2), 0),
    18: (512, (1, 6, 6), 1, 0),
}
_NORM = ("weight", "bias", "running_mean", "running_var")


def expected_keys() -> dict[str, tuple[int, ...]]:
    """Keys and shapes of the published layout, from the tables above."""
    shapes: dict[str, tuple[int, ...]] = {}

    def norm(prefix: str, channels: int) -> None:
        shapes.update({f"{prefix}.{name}": (channels,) for name in _NORM})
        shapes[f"{prefix}.num_batches_tracked"] = ()

    for stem, channels, table in (("netcnnaud", 1, _AUDIO), ("netcnnlip", 3, _LIPS)):
        for number, (out, kernel, *_) in table.items():
            shapes |= {f"{stem}.{number}.weight": (out, channels, *kernel), f"{stem}.{number}.bias": (out,)}
            norm(f"{stem}.{number + 1}", out)
            channels = out
    for stem in ("netfcaud", "netfclip"):
        shapes |= {f"{stem}.0.weight": (512, 512), f"{stem}.0.bias": (512,)}
        norm(f"{stem}.1", 512)
        shapes |= {f"{stem}.3.weight": (1024, 512), f"{stem}.3.bias": (1024,)}
    return shapes


def random_state(seed: int = 0) -> dict[str, Tensor]:
    """Made-up weights of that layout."""
    return random_weights(expected_keys(), seed, gain=0.45)


def reference(state: dict[str, Tensor], stem: str, value: Tensor) -> Tensor:
    """The branch ``aud`` or ``lip`` in float64, layer by layer from the tables."""
    value, lips = value.double(), stem == "lip"

    def get(name: str) -> Tensor:
        return state[name].double()

    def norm(prefix: str, value: Tensor) -> Tensor:
        gain, shift, mean, variance = (get(f"{prefix}.{n}").view(1, -1, *[1] * (value.ndim - 2)) for n in _NORM)
        return (gain * (value - mean) / (variance + 1e-5).sqrt() + shift).clamp(min=0)

    for number, (_, _, stride, padding, *pool) in (_LIPS if lips else _AUDIO).items():
        name = f"netcnn{stem}.{number}"
        sizes = ((1, stride, stride), (0, padding, padding)) if lips else (stride, padding)
        convolve = F.conv3d if lips else F.conv2d
        value = norm(f"netcnn{stem}.{number + 1}", convolve(value, get(f"{name}.weight"), get(f"{name}.bias"), *sizes))
        if pool and lips:
            value = F.max_pool3d(value, (1, 3, 3), pool[0], (0, pool[1], pool[1]))
        elif pool:
            value = F.max_pool2d(value, 3, pool[0], pool[1])
    name = f"netfc{stem}"
    value = norm(f"{name}.1", value.flatten(1) @ get(f"{name}.0.weight").T + get(f"{name}.0.bias"))
    return value @ get(f"{name}.3.weight").T + get(f"{name}.3.bias")
