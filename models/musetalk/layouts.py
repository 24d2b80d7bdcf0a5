"""Names and shapes of the tensors in MuseTalk's files, in the names of the published ones.

The U-Net (``unet.pth``) and the autoencoder (``sd-vae-ft-mse``) use diffusers' names, the Whisper encoder uses those of
transformers. A layout is read from a file's own shapes, so networks of other widths load too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...errors import SeamSyncError

#: Shape of a tensor.
Shape = tuple[int, ...]
#: Attention heads at every level of the U-Net; ``attention_head_dim`` of ``musetalk.json`` is their number, not their width.
HEADS = 8
#: Channels of a latent. The U-Net takes two latents, masked and reference, and returns one.
LATENT = 4
#: Layers of Whisper tiny, hidden states that they give, and features of a state.
LAYERS, STATES, FEATURES = 4, 5, 384
#: Mel bands that Whisper takes, and steps of 20 ms that it returns for 30 seconds.
BANDS, STEPS = 80, 1500

_Named = Iterator[tuple[str, Shape]]


@dataclass(frozen=True)
class Layout:
    """Widths of a network.

    Attributes:
        widths: channels of its four levels, multiples of 32.
    """

    widths: tuple[int, int, int, int]

    def __post_init__(self) -> None:
        if len(self.widths) != 4 or any(width % 32 or width < 32 for width in self.widths):
            raise SeamSyncError(f"a network of MuseTalk has four levels of a multiple of 32 channels, got {list(self.widths)}")


#: Of the published files.
UNET, VAE = Layout((320, 640, 1280, 1280)), Layout((128, 256, 512, 512))


def read_layout(shapes: Mapping[str, Shape], first: str) -> Layout | None:
    """Return the layout of a network with these tensors; None where they have not the four levels.

    Args:
        shapes: names and shapes.
        first: name of a level's first convolution, with ``{}`` for the level.
    """
    found = [shapes.get(first.format(level), ()) for level in range(4)]
    widths = [shape[0] if len(shape) == 4 else 0 for shape in found]
    known = all(width > 0 and width % 32 == 0 for width in widths)
    return Layout((widths[0], widths[1], widths[2], widths[3])) if known else None


def unet_layout(shapes: Mapping[str, Shape]) -> Layout | None:
    """Return the layout of a U-Net with these tensors; None for another network, as one that takes no pair of latents."""
    entry = shapes.get("conv_in.weight", ())
    paired = len(entry) == 4 and entry[1] == 2 * LATENT
    return read_layout(shapes, "down_blocks.{}.resnets.0.conv1.weight") if paired else None


def vae_layout(shapes: Mapping[str, Shape]) -> Layout | None:
    """Return the layout of an autoencoder with these tensors; None for another network."""
    return read_layout(shapes, "encoder.down_blocks.{}.resnets.0.conv1.weight")


def unet_shapes(layout: Layout) -> dict[str, Shape]:
    """Return every tensor of the U-Net: 686 in the published one."""
    return dict(_unet(layout.widths))


def vae_shapes(layout: Layout) -> dict[str, Shape]:
    """Return every tensor of the autoencoder: 248 in the published one."""
    return dict(_vae(layout.widths))


def whisper_shapes() -> dict[str, Shape]:
    """Return the 67 tensors of Whisper tiny's encoder, without the prefix ``model.encoder.``."""
    return dict(_whisper())


def _affine(name: str, *shape: int, bias: bool = True) -> _Named:
    """Yield a weight of that shape, and a bias as long as its first axis."""
    yield f"{name}.weight", shape
    if bias:
        yield f"{name}.bias", shape[:1]


def _resnet(name: str, channels: int, out: int, time: int = 0) -> _Named:
    """Yield a residual block; ``time``: features of the time embedding, 0 for a block without."""
    yield from _affine(f"{name}.norm1", channels)
    yield from _affine(f"{name}.conv1", out, channels, 3, 3)
    if time:
        yield from _affine(f"{name}.time_emb_proj", out, time)
    yield from _affine(f"{name}.norm2", out)
    yield from _affine(f"{name}.conv2", out, out, 3, 3)
    if channels != out:
        yield from _affine(f"{name}.conv_shortcut", out, channels, 1, 1)


def _transformer(name: str, width: int) -> _Named:
    """Yield a block of self-attention, attention to the speech, and a gated feed-forward layer."""
    yield from _affine(f"{name}.norm", width)
    yield from _affine(f"{name}.proj_in", width, width, 1, 1)
    block = f"{name}.transformer_blocks.0"
    for number in (1, 2, 3):
        yield from _affine(f"{block}.norm{number}", width)
    for attention, context in (("attn1", width), ("attn2", FEATURES)):
        yield from _affine(f"{block}.{attention}.to_q", width, width, bias=False)
        yield from _affine(f"{block}.{attention}.to_k", width, context, bias=False)
        yield from _affine(f"{block}.{attention}.to_v", width, context, bias=False)
        yield from _affine(f"{block}.{attention}.to_out.0", width, width)
    yield from _affine(f"{block}.ff.net.0.proj", 8 * width, width)
    yield from _affine(f"{block}.ff.net.2", width, 4 * width)
    yield from _affine(f"{name}.proj_out", width, width, 1, 1)


def _unet(widths: tuple[int, ...]) -> _Named:
    time, last = 4 * widths[0], widths[-1]
    yield from _affine("conv_in", widths[0], 2 * LATENT, 3, 3)
    yield from _affine("time_embedding.linear_1", time, widths[0])
    yield from _affine("time_embedding.linear_2", time, time)
    skips, channels = [widths[0]], widths[0]
    for level, width in enumerate(widths):
        name = f"down_blocks.{level}"
        for block in range(2):
            yield from _resnet(f"{name}.resnets.{block}", channels, width, time)
            if level < 3:
                yield from _transformer(f"{name}.attentions.{block}", width)
            channels = width
        if level < 3:
            yield from _affine(f"{name}.downsamplers.0.conv", width, width, 3, 3)
        skips += [width] * (3 if level < 3 else 2)
    for block in range(2):
        yield from _resnet(f"mid_block.resnets.{block}", last, last, time)
    yield from _transformer("mid_block.attentions.0", last)
    for level, width in enumerate(reversed(widths)):
        name = f"up_blocks.{level}"
        for block in range(3):
            yield from _resnet(f"{name}.resnets.{block}", channels + skips.pop(), width, time)
            if level:
                yield from _transformer(f"{name}.attentions.{block}", width)
            channels = width
        if level < 3:
            yield from _affine(f"{name}.upsamplers.0.conv", width, width, 3, 3)
    yield from _affine("conv_norm_out", widths[0])
    yield from _affine("conv_out", LATENT, widths[0], 3, 3)


def _vae(widths: tuple[int, ...]) -> _Named:
    first, last = widths[0], widths[-1]
    yield from _affine("encoder.conv_in", first, 3, 3, 3)
    channels = first
    for level, width in enumerate(widths):
        name = f"encoder.down_blocks.{level}"
        for block in range(2):
            yield from _resnet(f"{name}.resnets.{block}", channels, width)
            channels = width
        if level < 3:
            yield from _affine(f"{name}.downsamplers.0.conv", width, width, 3, 3)
    yield from _middle("encoder", last)
    yield from _affine("encoder.conv_norm_out", last)
    yield from _affine("encoder.conv_out", 2 * LATENT, last, 3, 3)
    yield from _affine("decoder.conv_in", last, LATENT, 3, 3)
    yield from _middle("decoder", last)
    for level, width in enumerate(reversed(widths)):
        name = f"decoder.up_blocks.{level}"
        for block in range(3):
            yield from _resnet(f"{name}.resnets.{block}", channels, width)
            channels = width
        if level < 3:
            yield from _affine(f"{name}.upsamplers.0.conv", width, width, 3, 3)
    yield from _affine("decoder.conv_norm_out", first)
    yield from _affine("decoder.conv_out", 3, first, 3, 3)
    yield from _affine("quant_conv", 2 * LATENT, 2 * LATENT, 1, 1)
    yield from _affine("post_quant_conv", LATENT, LATENT, 1, 1)


def _middle(half: str, width: int) -> _Named:
    """Yield the middle of the encoder or of the decoder."""
    for block in range(2):
        yield from _resnet(f"{half}.mid_block.resnets.{block}", width, width)
    attention = f"{half}.mid_block.attentions.0"
    yield from _affine(f"{attention}.group_norm", width)
    for part in ("to_q", "to_k", "to_v", "to_out.0"):
        yield from _affine(f"{attention}.{part}", width, width)


def _whisper() -> _Named:
    yield from _affine("conv1", FEATURES, BANDS, 3)
    yield from _affine("conv2", FEATURES, FEATURES, 3)
    yield "embed_positions.weight", (STEPS, FEATURES)
    for number in range(LAYERS):
        name = f"layers.{number}"
        for part in ("k_proj", "v_proj", "q_proj", "out_proj"):
            yield from _affine(f"{name}.self_attn.{part}", FEATURES, FEATURES, bias=part != "k_proj")
        yield from _affine(f"{name}.self_attn_layer_norm", FEATURES)
        yield from _affine(f"{name}.fc1", 4 * FEATURES, FEATURES)
        yield from _affine(f"{name}.fc2", FEATURES, 4 * FEATURES)
        yield from _affine(f"{name}.final_layer_norm", FEATURES)
    yield from _affine("layer_norm", FEATURES)
