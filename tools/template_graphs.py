"""The graphs of the templates (``workflows``), written down once; :mod:`workflow_files` stores them in ComfyUI's formats.

Where their nodes lie is in :mod:`template_places`, what their notes say in :mod:`template_notes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Step:
    """One node of a template.

    Attributes:
        name: its id in the graph, a number.
        kind: its class.
        values: of its widgets, where they are not the defaults.
        links: what its inputs are linked to, as ``"other.output"``.
        title: where it is not the class's.
        muted: it does not run until the user unmutes it. Prompts for ``/prompt`` have it all the same.
    """

    name: str
    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    title: str = ""
    muted: bool = False


def _p(kind: str) -> str:
    return f"SeamSync{kind}"


_FACE = Step("1", _p("LoadFaceVideo"), {"file": "[sample] face.mp4"})
_SPEECH = Step("2", _p("LoadSpeechAudio"), {"file": "[sample] speech.wav"})
_SAVE = {"filename_prefix": "video/SeamSync", "format": "auto", "codec": "auto"}
_STAGES = (
    _FACE,
    _SPEECH,
    Step("3", _p("DetectFaceLandmarks"), links={"video": "1.video"}),
    Step("4", _p("SmoothLandmarks"), links={"track": "3.track"}),
    Step("5", _p("LoadLipSyncModel")),
    Step(
        "6",
        _p("GenerateMouths"),
        links={"video": "1.video", "track": "4.track", "audio": "2.audio", "model": "5.model"},
    ),
)
_PARTS = {"video": "1.video", "track": "4.track", "mouths": "6.mouths"}
_SEAM = {"mask": "7.mask", "temporal": "8.temporal", "color": "9.color", "blend": "10.blend"}


def _composite(name: str, **links: str) -> Step:
    """Composite Mouths of the usual clip; ``links`` are further ones, or others."""
    return Step(name, _p("CompositeMouths"), links={**_PARTS, "audio": "2.audio", **links})


def _viewer(name: str, result: str, **more: Any) -> Step:
    """The viewer on the usual clip and a composite."""
    links = {"original": "1.video", "result": f"{result}.video", "report": f"{result}.report", "track": "4.track"}
    return Step(name, _p("SeamDebugViewer"), links=links, **more)


def _save(name: str, video: str, prefix: str = _SAVE["filename_prefix"], **more: Any) -> Step:
    """Save Video."""
    return Step(name, "SaveVideo", {**_SAVE, "filename_prefix": prefix}, {"video": video}, **more)


def _lip_sync(name: str, video: str = "1.video", audio: str = "2.audio", **more: Any) -> Step:
    """The one node for all."""
    return Step(name, _p("LipSync"), links={"video": video, "audio": audio}, **more)


_TUNED = (
    Step("7", _p("ShapeMouthMask")),
    Step("8", _p("TemporalEMA")),
    Step("9", _p("MatchColor")),
    Step("10", _p("SeamBlend")),
)
#: A rectangle at the sample's right mouth corner, and the empty mask around it.
_PATCH = {"value": 1.0, "width": 80, "height": 64}
_EMPTY = {"value": 0.0, "width": 512, "height": 512}

GRAPHS: dict[str, tuple[Step, ...]] = {
    "quickstart": (*_STAGES, _composite("7"), _save("8", "7.video"), _viewer("9", "7")),
    "lipsync_one_node": (_FACE, _SPEECH, _lip_sync("3"), _save("4", "3.video")),
    "app": (_FACE, _SPEECH, _lip_sync("3"), _save("4", "3.video")),
    "full_chain": (*_STAGES, *_TUNED, _composite("11", **_SEAM), _viewer("12", "11"), _save("13", "11.video")),
    "tune_the_seam": (
        *_STAGES,
        *_TUNED,
        Step("11", _p("PreviewComposite"), links={**_PARTS, **_SEAM}),
        replace(_composite("12", **_SEAM), muted=True),
        _save("13", "12.video", muted=True),
    ),
    "compare_two_blends": (
        _FACE,
        _SPEECH,
        _lip_sync("3", title="Lip Sync: multiband"),
        Step("4", _p("SeamBlend"), {"method": "alpha"}, title="Seam Blend: alpha"),
        Step(
            "5",
            _p("CompositeMouths"),
            links={"video": "1.video", "track": "3.track", "mouths": "3.mouths", "blend": "4.blend", "audio": "2.audio"},
            title="Composite Mouths: alpha",
        ),
        Step("6", _p("SaveSeamReport"), {"filename_prefix": "report/multiband"}, {"report": "3.report"}),
        Step("7", _p("SaveSeamReport"), {"filename_prefix": "report/alpha"}, {"report": "5.report"}),
        _save("8", "3.video", "video/multiband"),
        _save("9", "5.video", "video/alpha"),
        Step(
            "10",
            _p("SeamDebugViewer"),
            {"original_label": "alpha", "result_label": "multiband"},
            {"original": "5.video", "result": "3.video", "report": "3.report", "track": "3.track"},
            title="alpha | multiband",
        ),
    ),
    "another_packs_result": (  # four seconds: its face is tracked twice, for the other pack's part too
        *(replace(step, values={**step.values, "duration": 4.0}) for step in (_FACE, _SPEECH)),
        replace(_lip_sync("3"), values={"preset": "baseline"}, title="Another pack's result"),
        Step("4", _p("DetectFaceLandmarks"), links={"video": "1.video"}),
        Step("5", _p("SmoothLandmarks"), links={"track": "4.track"}),
        Step("6", _p("ImportMouths"), links={"track": "5.track", "video": "3.video"}),
        _composite("7", track="5.track"),
        _save("8", "7.video"),
        Step(
            "9",
            _p("SeamDebugViewer"),
            {"original_label": "the other pack", "result_label": "SeamSync"},
            {"original": "3.video", "result": "7.video", "report": "7.report", "track": "5.track"},
            title="The other pack's seam | this one",
        ),
    ),
    "mask_as_occluder": (
        *_STAGES,
        Step("7", "SolidMask", _EMPTY, title="Empty mask"),
        Step("8", "SolidMask", _PATCH, title="What is in front"),
        Step("9", "MaskComposite", {"x": 282, "y": 246, "operation": "add"}, {"destination": "7.MASK", "source": "8.MASK"}),
        Step("10", _p("ShapeMouthMask"), {"external_mode": "minus"}, {"external": "9.MASK"}),
        _composite("11", mask="10.mask"),
        _save("12", "11.video"),
        _viewer("13", "11"),
    ),
    "image_batches": (
        _FACE,
        _SPEECH,
        Step("3", "GetVideoComponents", links={"video": "1.video"}, title="Your IMAGE batch"),
        Step("4", "CreateVideo", links={"images": "3.images", "audio": "3.audio", "fps": "3.fps"}),
        _lip_sync("5", "4.VIDEO"),
        Step("6", "GetVideoComponents", links={"video": "5.video"}, title="Result as IMAGE batch"),
        Step("7", "CreateVideo", links={"images": "6.images", "audio": "6.audio", "fps": "6.fps"}),
        _save("8", "7.VIDEO"),
    ),
    "batch_folder": (
        Step("1", _p("LoadVideoFromFolder")),
        Step("2", _p("LoadSpeechFromFolder")),
        _lip_sync("3"),
        Step("4", "SaveVideo", _SAVE, {"video": "3.video", "filename_prefix": "2.name"}),
    ),
    "video_helper_suite": (
        Step("1", "VHS_LoadVideo"),
        _SPEECH,
        Step("3", "VHS_VideoInfoLoaded", links={"video_info": "1.video_info"}),
        Step("4", "CreateVideo", links={"images": "1.IMAGE", "fps": "3.fps🟦"}),
        _lip_sync("5", "4.VIDEO"),
        Step("6", "GetVideoComponents", links={"video": "5.video"}),
        Step("7", "VHS_VideoCombine", links={"images": "6.images", "audio": "6.audio", "frame_rate": "6.fps"}),
    ),
    "musetalk": (
        *(replace(step, values={"model": "musetalk"}) if step.kind == _p("LoadLipSyncModel") else step for step in _STAGES),
        _composite("7"),
        _save("8", "7.video"),
    ),
    "wav2lip": (
        *(replace(step, values={"model": "wav2lip_gan"}) if step.kind == _p("LoadLipSyncModel") else step for step in _STAGES),
        Step("7", _p("EnhanceMouths"), {"method": "hd"}, {"mouths": "6.mouths"}),
        _composite("8", mouths="7.mouths"),
        _save("9", "8.video"),
    ),
}

#: What a template is called on its card, which is the name of its file: the page sorts by it. ``workflows/api`` keeps the keys.
TITLES = {
    "quickstart": "01 Quickstart",
    "lipsync_one_node": "02 Lip sync in one node",
    "app": "03 App - face and speech",
    "full_chain": "04 Full chain - all stages",
    "tune_the_seam": "05 Tune the seam",
    "compare_two_blends": "06 Compare two blends",
    "another_packs_result": "07 Better seam for another pack",
    "mask_as_occluder": "08 Mask as occluder",
    "image_batches": "09 Image batches in and out",
    "batch_folder": "10 Folder of clips",
    "video_helper_suite": "11 VideoHelperSuite in and out",
    "musetalk": "12 MuseTalk (needs its checkpoint)",
    "wav2lip": "13 Wav2Lip (needs its checkpoint)",
}

#: Inputs and outputs of the apps (the page's app mode): node, widget and label of each input, nodes whose results are shown.
APPS: dict[str, tuple[tuple[tuple[str, str, str], ...], tuple[str, ...]]] = {
    "app": ((("1", "file", "face: clip or picture"), ("2", "file", "speech"), ("3", "preset", "seam")), ("4",)),
}
