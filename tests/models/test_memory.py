"""PyTorch's own memory: networks stay where they were put, and only a lack of memory counts as one."""

from __future__ import annotations

import pytest
import torch
from seamsync.models.memory import PlainMemory


def test_placed_where_it_runs() -> None:
    """The parameters move in place, of the type and the strides they had."""
    network = torch.nn.Conv2d(3, 4, 3).to(dtype=torch.float16, memory_format=torch.channels_last)  # type: ignore[call-overload]
    PlainMemory().place(network, torch.device("meta"), 0)
    assert (network.weight.device.type, network.weight.dtype) == ("meta", torch.float16)
    assert network.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("error", "ran_out"),
    [
        (torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("no kernel image is available for execution on the device"), False),
    ],
)
def test_what_counts_as_a_lack_of_memory(error: RuntimeError, ran_out: bool) -> None:
    """CUDA's own error, and those of other devices by what they say."""
    assert PlainMemory().ran_out(error) == ran_out
