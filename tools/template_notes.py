"""What the notes of the templates say, in Markdown, by the keys of :data:`template_graphs.GRAPHS`."""

from __future__ import annotations

NOTES = {
    "quickstart": "Press **Run**. The sample face says the sample speech; the result is saved under **output/video**, and the "
    "*Seam Debug Viewer* shows it beside its original: drag the wipe, press F, click a peak.\n\n"
    "Then choose your own clip in *Load Face Video* and your own speech in *Load Speech Audio*. A clip of 10 to 30 s in which "
    "the person talks gives their own teeth and lips; its **duration** shortens what is tracked.",
    "lipsync_one_node": "Press **Run**: one node tracks the face, makes the mouths and blends them in; the result is saved "
    "under **output/video**.\n\nFor Wav2Lip link *Load Lip-Sync Model* to **model**. To see the seam link *Seam Debug Viewer* "
    "to the clip, **video**, **report** and **track**.",
    "tune_the_seam": "Press **Run**, then drag the sliders on *Preview Composite*: the picture follows. **Apply** writes "
    "them into *Shape Mouth Mask* and *Match Color*.\n\nWhen it looks right, select *Composite Mouths* and *Save Video*, press "
    "**Ctrl+M** (unmute) and **Run**: the whole clip is made.",
    "compare_two_blends": "The same mouths under two blends: the viewer wipes between them, two reports have the figures. "
    "Change a value in *Seam Blend* and press **Run**: only its branch is made again. Masks and colours compare the same way: "
    "link a *Shape Mouth Mask* or a *Match Color* to *Composite Mouths*.",
    "another_packs_result": "Press **Run**: a coarse result is made first, in place of another pack's. For your own, remove "
    "*Lip Sync* and link the other pack's VIDEO to *Import Mouths*, or its pictures to **images** (LatentSync, MuseTalk, "
    "Wav2Lip).\n\nIts frames must be those of your clip, one for one; the size may differ. Only the mouths are taken from it.",
    "mask_as_occluder": "White in the MASK stays the clip's own (*minus*). Link your own: one picture, or one a frame.",
    "image_batches": "Other nodes' pictures, as IMAGE, go through *Create Video* into *Lip Sync*; the result comes out as "
    "IMAGE again, for whatever node comes next. Every picture is held in memory (25 MB in 1080p): long clips are better off as "
    "VIDEO from end to end.",
    "batch_folder": "Put clips into one folder below ComfyUI's **input**, speeches into another (press R to see them), choose "
    "both, set both **index** to 0, and set the number beside **Run** to the number of speeches. **control after generate** "
    "must be *increment*; *fixed* keeps one clip for all speeches.\n\nA result is saved under the name of its speech. Past the "
    "last speech nothing runs; fewer clips begin again.",
    "video_helper_suite": "Needs the pack **ComfyUI-VideoHelperSuite**. Choose a clip in its *Load Video*, press **Run**: its "
    "pictures become a VIDEO at their own rate, and *Video Combine* writes the result. Every picture is held in memory: cap "
    "the frames of long clips; *Load Face Video* streams them.",
    "musetalk": "Needs **unet.pth** of MuseTalk 1.5 (3,400,074,924 bytes) and two small files beside it. In ComfyUI's folder "
    "run `python custom_nodes/seamsync/install.py musetalk`, or see the help of *Load Lip-Sync Model* for where to put them. "
    "Terms: CreativeML OpenRAIL-M on the [weights' page](https://huggingface.co/TMElyralab/MuseTalk), any purpose in the "
    "authors' README.\n\nIt runs on ComfyUI's own U-Net, VAE and Whisper; nothing else is installed.",
    "wav2lip": "Needs **wav2lip_gan.pth** (435,801,865 bytes) in **models/wav2lip**; get it from [Wav2Lip's page]"
    "(https://github.com/Rudrabha/Wav2Lip#getting-the-weights). It was trained on LRS2: **for research, not for commercial "
    "use**. A file of your own is listed in *Load Lip-Sync Model*.\n\nWav2Lip draws 96 × 96 pixels; *Enhance Mouths* makes "
    "them larger and crisper, and the compositor takes only the mouth of them.",
}
