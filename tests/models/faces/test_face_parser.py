"""The face parser: the published layout key by key, and the network against a plain re-reading of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from seamsync.errors import SeamSyncError
from seamsync.models.faces.bisenet import BiSeNet, from_renamed, trunk_of
from seamsync.models.faces.face_parser import FaceParser, load_face_parser
from torch import Tensor
from torch.nn import functional as F

CPU = torch.device("cpu")
Shapes = dict[str, tuple[int, ...]]


def norm(name: str, width: int) -> Shapes:
    """Keys of a batch norm."""
    named = {f"{name}.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")}
    return {**named, f"{name}.num_batches_tracked": ()}


def unit(name: str, channels: int, width: int, kernel: int) -> Shapes:
    """Keys of a convolution with batch norm."""
    return {f"{name}.conv.weight": (width, channels, kernel, kernel), **norm(f"{name}.bn", width)}


def published_layout(blocks: tuple[int, ...] = (2, 2, 2, 2)) -> Shapes:
    """Keys and shapes of ``79999_iter.pth`` (and of its resnet34 sister), from the layout's rules."""
    keys: Shapes = {"cp.resnet.conv1.weight": (64, 3, 7, 7), **norm("cp.resnet.bn1", 64)}
    channels = 64
    for stage, (count, width) in enumerate(zip(blocks, (64, 128, 256, 512), strict=True), 1):
        for block in range(count):
            name = f"cp.resnet.layer{stage}.{block}"
            keys |= {f"{name}.conv1.weight": (width, channels, 3, 3), **norm(f"{name}.bn1", width)}
            keys |= {f"{name}.conv2.weight": (width, width, 3, 3), **norm(f"{name}.bn2", width)}
            if channels != width:
                keys |= {f"{name}.downsample.0.weight": (width, channels, 1, 1), **norm(f"{name}.downsample.1", width)}
            channels = width
    for name, width in (("cp.arm16", 256), ("cp.arm32", 512)):
        keys |= unit(f"{name}.conv", width, 128, 3)
        keys |= {f"{name}.conv_atten.weight": (128, 128, 1, 1), **norm(f"{name}.bn_atten", 128)}
    keys |= unit("cp.conv_head32", 128, 128, 3) | unit("cp.conv_head16", 128, 128, 3) | unit("cp.conv_avg", 512, 128, 1)
    keys |= unit("ffm.convblk", 256, 256, 1)
    keys |= {"ffm.conv1.weight": (64, 256, 1, 1), "ffm.conv2.weight": (256, 64, 1, 1)}
    for name, width, middle in (("conv_out", 256, 256), ("conv_out16", 128, 64), ("conv_out32", 128, 64)):
        keys |= {**unit(f"{name}.conv", width, middle, 3), f"{name}.conv_out.weight": (19, middle, 1, 1)}
    return keys


def random_state(shapes: Shapes, seed: int = 0) -> dict[str, Tensor]:
    """Weights of a layout that let signals of about unit size through."""
    made = torch.Generator().manual_seed(seed)
    state = {}
    for key, shape in shapes.items():
        if key.endswith("num_batches_tracked"):
            state[key] = torch.tensor(7)
        elif len(shape) == 4:
            state[key] = torch.randn(shape, generator=made) * (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        elif key.endswith(("running_var", "weight")):
            state[key] = torch.rand(shape, generator=made) + 0.5
        else:
            state[key] = torch.randn(shape, generator=made) * 0.1
    return state


def slow_bisenet(state: dict[str, Tensor], images: Tensor) -> Tensor:
    """The network from its description, with nothing but functions and keys."""

    def conv(name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = state[f"{name}.weight"]
        return F.conv2d(x, weight, None, stride, weight.shape[-1] // 2)

    def bn(name: str, x: Tensor) -> Tensor:
        mean, var, scale, shift = (
            state[f"{name}.{part}"].view(-1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-5).sqrt() * scale + shift

    def cbr(name: str, x: Tensor) -> Tensor:
        return bn(f"{name}.bn", conv(f"{name}.conv", x)).clamp(min=0)

    def arm(name: str, x: Tensor) -> Tensor:
        x = cbr(f"{name}.conv", x)
        return x * torch.sigmoid(bn(f"{name}.bn_atten", conv(f"{name}.conv_atten", x.mean((2, 3), keepdim=True))))

    def up(x: Tensor) -> Tensor:
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)

    x = bn("cp.resnet.bn1", conv("cp.resnet.conv1", images, 2)).clamp(min=0)
    x = F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=-1e9), 3, 2)
    features = []
    for stage in range(1, 5):
        for block in range(2):
            name = f"cp.resnet.layer{stage}.{block}"
            stride = 2 if stage > 1 and block == 0 else 1
            inner = bn(f"{name}.bn1", conv(f"{name}.conv1", x, stride)).clamp(min=0)
            inner = bn(f"{name}.bn2", conv(f"{name}.conv2", inner))
            shortcut = bn(f"{name}.downsample.1", conv(f"{name}.downsample.0", x, 2)) if stride == 2 else x
            x = (inner + shortcut).clamp(min=0)
        features.append(x)
    feat8, feat16, feat32 = features[1:]
    deep = arm("cp.arm32", feat32) + cbr("cp.conv_avg", feat32.mean((2, 3), keepdim=True))
    middle = cbr("cp.conv_head32", up(deep)) + arm("cp.arm16", feat16)
    x = cbr("ffm.convblk", torch.cat([feat8, cbr("cp.conv_head16", up(middle))], 1))
    attention = conv("ffm.conv2", conv("ffm.conv1", x.mean((2, 3), keepdim=True)).clamp(min=0)).sigmoid()
    scores = conv("conv_out.conv_out", cbr("conv_out.conv", x * (1 + attention)))
    return F.interpolate(scores, images.shape[2:], mode="bilinear", align_corners=True)


def renamed(key: str) -> str:
    """A key as yakhyo/face-parsing has it."""
    key = re.sub(r"^cp\.resnet\.", "fpn.backbone.", key)
    if key.startswith("fpn.backbone."):
        return key
    for ours, theirs in (
        (r"^(conv_out\d*)\.conv_out\.", r"\1.projection."),
        (r"^ffm\.convblk\.", "ffm.conv_block."),
        (r"^cp\.(arm\d+)\.conv\.", r"fpn.\1.conv_block."),
        (r"^(conv_out\d*)\.conv\.", r"\1.conv_block."),
        (r"\.projection\.", ".conv."),
        (r"\.conv_atten\.", ".attention.0."),
        (r"\.bn_atten\.", ".attention.1."),
        (r"\.bn\.", ".norm."),
        (r"^cp\.", "fpn."),
    ):
        key = re.sub(ours, theirs, key)
    return key


def save(state: dict[str, Tensor], path: Path, *, legacy: bool = False) -> Path:
    """Write a checkpoint as its publisher did."""
    torch.save(state, path, _use_new_zipfile_serialization=not legacy)
    return path


def test_layout_is_the_published_one() -> None:
    """Every key and shape, 191 tensors and 13,300,416 parameters; the resnet34 variant has 289 less its classifier."""
    network = BiSeNet()
    assert {key: tuple(value.shape) for key, value in network.state_dict().items()} == published_layout()
    assert len(network.state_dict()) == 191
    assert sum(weight.numel() for weight in network.parameters()) == 13_300_416
    larger = BiSeNet(trunk="resnet34").state_dict()
    assert {key: tuple(value.shape) for key, value in larger.items()} == published_layout((3, 4, 6, 3))
    assert len(larger) == 289 - 2


def test_network_is_what_the_layout_describes() -> None:
    """Scores agree with a plain re-reading of the description, with weights that mean nothing, at an oblong size."""
    state = random_state(published_layout())
    network = BiSeNet().eval()
    network.load_state_dict(state)
    images = torch.randn(2, 3, 96, 160, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        got, wanted = network(images), slow_bisenet(state, images)
    assert got.shape == (2, 19, 96, 160)
    assert wanted.std() > 0.1
    assert (got - wanted).abs().max() < 1e-4 * wanted.abs().max()


@pytest.mark.parametrize("kind", ["zllrunning", "facexlib", "yakhyo resnet18", "yakhyo resnet34"])
def test_every_published_wrapping_loads(tmp_path: Path, kind: str) -> None:
    """The old container, the new one, and the renamed keys with an unused classifier, give the very same weights."""
    shapes = published_layout((3, 4, 6, 3) if kind.endswith("34") else (2, 2, 2, 2))
    state = random_state(shapes)
    stored = state
    if kind.startswith("yakhyo"):
        stored = {renamed(key): value for key, value in state.items()}
        stored |= {"fpn.backbone.fc.weight": torch.zeros(1000, 512), "fpn.backbone.fc.bias": torch.zeros(1000)}
        assert len(stored) == {"8": 193, "4": 289}[kind[-1]]
        assert not set(stored) & {key for key in state if not key.startswith("ffm.conv")}
    path = save(stored, tmp_path / "weights.pth", legacy=kind == "zllrunning")
    got = load_face_parser(CPU, path=path).network.state_dict()
    assert set(got) == set(state)
    assert all(torch.equal(got[key], state[key]) for key in state)


def test_registered_file_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either published name is found, and content that is not the published one is called damaged."""
    monkeypatch.setenv("SEAMSYNC_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(SeamSyncError, match=r"^face-parser is missing: .*MIT \(trained on CelebAMask-HQ.*non-commercial"):
        load_face_parser(CPU)
    (tmp_path / "face-parser").mkdir()
    save(random_state(published_layout()), tmp_path / "face-parser" / "parsing_bisenet.pth")
    with pytest.raises(SeamSyncError, match=r"^face-parser is damaged"):
        load_face_parser(CPU)


def test_another_network_is_refused(tmp_path: Path) -> None:
    """A checkpoint that lacks a key, or has others, is named with them."""
    state = random_state(published_layout())
    del state["ffm.conv1.weight"]
    with pytest.raises(SeamSyncError, match=r"a\.pth is not this network: of 191 keys, 1 missing \(ffm\.conv1\.weight\)"):
        load_face_parser(CPU, path=save(state, tmp_path / "a.pth"))
    assert from_renamed(state) is state
    assert trunk_of(state) == "resnet18"


def test_parse() -> None:
    """Probabilities of normalised pictures, the same in batches as alone; another size is refused."""
    state = random_state(published_layout())
    network = BiSeNet()
    network.load_state_dict(state)
    images = torch.rand(3, 3, 512, 512, generator=torch.Generator().manual_seed(2))
    got = FaceParser(network, CPU, batch=2).parse(images)
    assert got.shape == (3, 19, 512, 512)
    assert (got.sum(1) - 1).abs().max() < 1e-4
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    wanted = slow_bisenet(state, (images[2:] - mean) / deviation).softmax(1)
    assert (got[2:] - wanted).abs().max() < 1e-3
    assert FaceParser(network, CPU).parse(images[:0]).shape == (0, 19, 512, 512)
    with pytest.raises(SeamSyncError, match=r"images must be \[B,3,512,512\]"):
        FaceParser(network, CPU).parse(images[:, :, :256])
