"""The graphs of the templates (``workflows``), written down once; :mod:`workflow_files` stores them in ComfyUI's formats."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Step:
    """One node: its id in the graph, class, values, links as ``"other.output"``, room for what its script shows on it (width,
    0 for the usual one, and height), and its title, where it is not the class's."""

    name: str
    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    shows: tuple[int, int] = (0, 0)
    title: str = ""


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
_SEEN = {"original": "1.video", "result": "7.video", "report": "7.report", "track": "4.track"}
_VIEWER = (520, 740)
_TWO = ((7, "alpha"), (11, "multiband"))

GRAPHS: dict[str, tuple[Step, ...]] = {
    "quickstart": (
        *_STAGES,
        Step("7", _p("CompositeMouths"), links={**_PARTS, "audio": "2.audio"}),
        Step("8", "SaveVideo", _SAVE, {"video": "7.video"}),
        Step("9", _p("SeamDebugViewer"), links=_SEEN, shows=_VIEWER),
    ),
    "wav2lip": (
        *(replace(step, values={"model": "wav2lip_gan"}) if step.kind == _p("LoadLipSyncModel") else step for step in _STAGES),
        Step("7", _p("EnhanceMouths"), {"method": "hd"}, {"mouths": "6.mouths"}),
        Step("8", _p("CompositeMouths"), links={**_PARTS, "mouths": "7.mouths", "audio": "2.audio"}),
        Step("9", "SaveVideo", _SAVE, {"video": "8.video"}),
    ),
    "lipsync_one_node": (
        _FACE,
        _SPEECH,
        Step("3", _p("LipSync"), links={"video": "1.video", "audio": "2.audio"}),
        Step("4", "SaveVideo", _SAVE, {"video": "3.video"}),
    ),
    "tune_the_seam": (
        *_STAGES,
        Step("7", _p("ShapeMouthMask")),
        Step("8", _p("TemporalEMA")),
        Step("9", _p("MatchColor")),
        Step("10", _p("SeamBlend")),
        Step("11", _p("PreviewComposite"), links={**_PARTS, **_SEAM}, shows=(520, 980)),
    ),
    "another_packs_result": (  # four seconds: its face is tracked twice, for the other pack's part too
        *(replace(step, values={**step.values, "duration": 4.0}) for step in (_FACE, _SPEECH)),
        Step(
            "3",
            _p("LipSync"),
            {"preset": "baseline"},
            {"video": "1.video", "audio": "2.audio"},
            title="Another pack (here: a plain feather)",
        ),
        Step("4", _p("DetectFaceLandmarks"), links={"video": "1.video"}),
        Step("5", _p("SmoothLandmarks"), links={"track": "4.track"}),
        Step("6", _p("ImportMouths"), links={"track": "5.track", "video": "3.video"}),
        Step(
            "7",
            _p("CompositeMouths"),
            links={"video": "1.video", "track": "5.track", "mouths": "6.mouths", "audio": "2.audio"},
        ),
        Step("8", "SaveVideo", _SAVE, {"video": "7.video"}),
        Step(
            "9",
            _p("SeamDebugViewer"),
            {"original_label": "the other pack", "result_label": "SeamSync"},
            links={"original": "3.video", "result": "7.video", "report": "7.report", "track": "5.track"},
            shows=_VIEWER,
            title="The other pack's seam | this one",
        ),
    ),
    "compare_two_blends": (
        *_STAGES,
        *(
            step
            for first, name in _TWO
            for step in (
                Step(f"{first}", _p("SeamBlend"), {"method": name}, title=f"Seam Blend: {name}"),
                Step(
                    f"{first + 1}",
                    _p("CompositeMouths"),
                    links={**_PARTS, "blend": f"{first}.blend", "audio": "2.audio"},
                    title=f"Composite Mouths: {name}",
                ),
                Step(
                    f"{first + 2}",
                    _p("SaveSeamReport"),
                    {"filename_prefix": f"report/{name}"},
                    {"report": f"{first + 1}.report"},
                ),
                Step(
                    f"{first + 3}",
                    "SaveVideo",
                    {**_SAVE, "filename_prefix": f"video/{name}"},
                    {"video": f"{first + 1}.video"},
                ),
            )
        ),
        Step(
            "15",
            _p("SeamDebugViewer"),
            dict(zip(("original_label", "result_label"), (name for _, name in _TWO), strict=True)),
            links={"original": "8.video", "result": "12.video", "report": "12.report", "track": "4.track"},
            shows=_VIEWER,
            title=" | ".join(name for _, name in _TWO),
        ),
    ),
    "batch_folder": (
        Step("1", _p("LoadVideoFromFolder")),
        Step("2", _p("LoadSpeechFromFolder")),
        Step("3", _p("LipSync"), links={"video": "1.video", "audio": "2.audio"}),
        Step("4", "SaveVideo", _SAVE, {"video": "3.video", "filename_prefix": "2.name"}),
    ),
}

#: Where the nodes stand: columns from left to right, each from top to bottom, under the note. What grows while it runs stands
#: last in its column where it can, and a template is no wider than is read without zooming in.
COLUMNS: dict[str, tuple[str, ...]] = {
    "quickstart": ("2 1", "5 3", "4 6", "7 8", "9"),
    "wav2lip": ("2 1", "5 3", "4 6", "7", "8 9"),
    "lipsync_one_node": ("2 1", "3", "4"),
    "tune_the_seam": ("2 1", "5 3", "8 4 6", "7", "9 10", "11"),
    "another_packs_result": ("2 1", "3 4", "5 6", "7 8", "9"),
    "compare_two_blends": ("5 2 1", "7 3", "11 4 6", "8 12", "10 9 13 14", "15"),
    "batch_folder": ("1 2", "3", "4"),
}

NOTES = {
    "quickstart": "Press **Run**. The sample face says the sample speech; the result is saved under **output/video**, and the "
    "*Seam Debug Viewer* shows it beside its original: drag the wipe, press F, click a peak.\n\n"
    "Then choose your own clip in *Load Face Video* and your own speech in *Load Speech Audio*. A clip of 10 to 30 s in which "
    "the person talks gives their own teeth and lips; its **duration** shortens what is tracked.",
    "wav2lip": "Needs **wav2lip_gan.pth** (435,801,865 bytes) in **models/wav2lip**; get it from [Wav2Lip's page]"
    "(https://github.com/Rudrabha/Wav2Lip#getting-the-weights). It was trained on LRS2: **for research, not for commercial "
    "use**. A file of your own is listed in *Load Lip-Sync Model*.\n\nWav2Lip draws 96 × 96 pixels; *Enhance Mouths* makes "
    "them larger and crisper, and the compositor takes only the mouth of them.",
    "lipsync_one_node": "Press **Run**: one node tracks the face, makes the mouths and blends them in; the result is saved "
    "under **output/video**.\n\nFor Wav2Lip link *Load Lip-Sync Model* to **model**. To see the seam link *Seam Debug Viewer* "
    "to the clip, **video**, **report** and **track**.",
    "tune_the_seam": "Press **Run**, then drag the sliders on *Preview Composite*: the picture follows. **Apply** writes "
    "them into *Shape Mouth Mask* and *Match Color*. After any other change press **Run**: only the preview is made again, on "
    "three frames.\n\nWhen it looks right, link the four settings to *Composite Mouths*, as the other templates have it.",
    "another_packs_result": "Press **Run**: a coarse result is made first, in place of another pack's. For your own, remove "
    "*Lip Sync* and link the other pack's VIDEO to *Import Mouths*, or its pictures to **images** (LatentSync, MuseTalk, "
    "Wav2Lip); or load its finished file with a second *Load Face Video*.\n\nIts frames must be those of your clip, one for "
    "one; the size may differ. Only the mouths are taken from it: all else is your clip, untouched.",
    "compare_two_blends": "The same mouths under two blends: the viewer wipes between them, two reports have the figures. "
    "Change a value in one *Seam Blend* and press **Run**: only its branch is made again.\n\nMasks and colours compare the "
    "same way: link a *Shape Mouth Mask* or a *Match Color* to each.",
    "batch_folder": "Put clips into one folder below ComfyUI's **input**, speeches into another (press R to see them), choose "
    "both, set both **index** to 0, and set the number beside **Run** to the number of speeches. **control after generate** "
    "must be *increment*; *fixed* keeps one clip for all speeches.\n\nA result is saved under the name of its speech. Past the "
    "last speech nothing runs; fewer clips begin again.",
}
