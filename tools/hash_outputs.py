"""``python tools/hash_outputs.py OUT.json --media DIR`` hashes the pictures and the sound that the command makes.

Run it before and after a change that must not alter the engine's outputs, then compare the two files: equal hashes are equal
planes. ``--compare BASE.json`` does it at once: it names the jobs that differ, and the exit status is 1 if any does.

The jobs are ``seamsync demo`` with every preset, and ``seamsync lipsync`` on every clip ``*.mp4`` of DIR with the clip's own
speech (``garden_1080x1920.mp4`` has ``garden_speech.wav``) or ``english_60s.wav``. Three minutes on two CPU cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from seamsync.blending.presets import PRESETS
from seamsync.media.opening import open_container


def planes_hash(path: Path) -> str:
    """Return the SHA-256 of a file's decoded video planes, without the padding of their rows, and of its decoded sound."""
    digest = hashlib.sha256()
    with open_container(path) as container:
        for frame in container.decode(video=0):
            for plane in frame.planes:
                rows = memoryview(plane)
                for y in range(plane.height):
                    digest.update(rows[y * plane.line_size : y * plane.line_size + plane.width])
    with open_container(path) as container:
        if container.streams.audio:
            for sound in container.decode(audio=0):
                digest.update(sound.to_ndarray().tobytes())
    return digest.hexdigest()


def job_arguments(media: Path, seconds: float) -> dict[str, list[str]]:
    """Return the arguments of the command by the job's name.

    Args:
        media: folder of the clips and of their speech.
        seconds: length of each result.
    """
    clips = sorted(media.glob("*.mp4"))
    jobs = {f"demo {preset}": ["demo", "--preset", preset] for preset in PRESETS}
    for clip in clips:
        jobs[clip.stem] = [*_lipsync(media, clip, seconds), "--loop", "end"]
    if clips:
        options = ["--silence", "keep", "--loop", "end", "--lossless"]
        jobs[f"{clips[0].stem.split('_')[0]} silence keep"] = [*_lipsync(media, clips[0], seconds / 2), *options]
    return jobs


def _lipsync(media: Path, clip: Path, seconds: float) -> list[str]:
    own = media / f"{clip.stem.split('_')[0]}_speech.wav"
    speech = own if own.is_file() else media / "english_60s.wav"
    return ["lipsync", "--face", str(clip), "--audio", str(speech), "--duration", str(seconds)]


def run_job(arguments: Sequence[str]) -> str:
    """Run the command in a temporary folder and return the hash of its video.

    Args:
        arguments: of the command, without those that say where the result goes.

    Raises:
        subprocess.CalledProcessError: the command failed; what it printed is on stderr.
    """
    program = "import sys; from seamsync.cli import program; sys.exit(program())"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = ["--out", str(folder)] if arguments[0] == "demo" else ["-o", str(folder / "out.mp4")]
        subprocess.run([sys.executable, "-c", program, *arguments, *out], check=True, stdout=subprocess.DEVNULL)
        (video,) = folder.rglob("*.mp4")
        return planes_hash(video)


def differences(base: dict[str, str], made: dict[str, str]) -> list[str]:
    """Return the names of jobs whose hashes differ, or which only one of two runs has."""
    return sorted(name for name in base.keys() | made.keys() if base.get(name) != made.get(name))


def main() -> int:
    """Hash all jobs, write the file, and compare it if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, JSON: a hash by the job's name")
    parser.add_argument("--media", type=Path, required=True, help="folder of clips and speech")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each result, default %(default)s")
    parser.add_argument("--compare", type=Path, help="an earlier file to compare with")
    given = parser.parse_args()
    hashes: dict[str, str] = {}
    for name, arguments in job_arguments(given.media, given.seconds).items():
        hashes[name] = run_job(arguments)
        given.out.write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    if not given.compare:
        return 0
    different = differences(json.loads(given.compare.read_text(encoding="utf-8")), hashes)
    sys.stdout.write(f"different: {', '.join(different)}\n" if different else f"all {len(hashes)} alike\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
