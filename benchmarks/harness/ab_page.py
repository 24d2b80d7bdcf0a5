"""The blind A/B page: pairs of results side by side for raters, who do not know which is which, and what they said.

The page and its clips, named by hashes, can be handed out; ``key.json`` stays at home. Votes saved by the page are put
back into its folder as ``votes*.json`` and are counted by :func:`tally`.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import SeamSyncError, shown
from ...parsing import parse_json, parsed, read_text
from .configs import BASELINE, ORIGINAL
from .store import Job, digest, write_json, write_text
from .views import write_pair

TEMPLATE = Path(__file__).with_name("ab_page.html")
#: Of sides and order. How many of the best are shown, and how many pairs at most: more than an hour nobody rates.
SEED, BEST, MOST = 0, 3, 120
SIDES = ("left", "right")
#: Hex digits of a pair's name.
_DIGITS = 16
_NAME = re.compile(f"[0-9a-f]{{{_DIGITS}}}")
#: What a side gets for a vote.
_POINTS = {"left": (1.0, 0.0), "tie": (0.5, 0.5), "right": (0.0, 1.0)}


@dataclass(frozen=True)
class Pair:
    """Two results of one clip and kind of mouth.

    Attributes:
        left, right: by which configuration.
    """

    left: Job
    right: Job

    @property
    def name(self) -> str:
        """Of the clip: says nothing to who sees it, and changes with what is in it."""
        return digest(self.left.key.encode(), self.right.key.encode())[:_DIGITS]


def make_pairs(jobs: Mapping[str, Sequence[Job]], ranked: Sequence[str]) -> list[Pair]:
    """What raters compare: the best few and the baseline each with the original, and the best few each with the baseline.

    Args:
        jobs: configuration → its jobs, the original's among them; all have the same clips and mouths in the same order.
        ranked: configurations, best first.

    Returns:
        Pairs in random order with random sides, the same every time, at most :data:`MOST`.
    """
    best = [name for name in ranked if name != BASELINE][:BEST]
    against = [(name, ORIGINAL) for name in [*best, BASELINE]] + [(name, BASELINE) for name in best]
    pairs = []
    for one, other in against:
        for mine, theirs in zip(jobs[one], jobs[other], strict=True):
            toss = random.Random(f"{SEED} {mine.clip} {mine.kind} {one} {other}").random()
            pairs.append(Pair(mine, theirs) if toss < 0.5 else Pair(theirs, mine))
    random.Random(SEED).shuffle(pairs)
    return pairs[:MOST]


def write_page(pairs: Sequence[Pair], folder: Path) -> Path:
    """Write the page, its clips that are not there yet, and the key. The key of earlier pages is kept, their clips are removed.

    Files that no key names are left alone.

    Returns:
        ``index.html`` in ``folder``.

    Raises:
        SeamSyncError: a result is missing, or the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [pair.name for pair in pairs]
    known = _read(folder / "key.json") if (folder / "key.json").is_file() else {}
    write_json(folder / "key.json", known | {pair.name: _told(pair) for pair in pairs})
    for pair in pairs:
        out = folder / f"{pair.name}.mp4"
        if not out.is_file():
            write_pair(pair.left.path(".mkv"), pair.right.path(".mkv"), out)
    for old in known.keys() - set(names):
        if _NAME.fullmatch(old):
            (folder / f"{old}.mp4").unlink(missing_ok=True)
    page = TEMPLATE.read_text(encoding="utf-8")
    page = page.replace("/*PAIRS*/[]", json.dumps(names)).replace("/*PAGE*/", digest(" ".join(names).encode())[:12])
    write_text(folder / "index.html", page)
    return folder / "index.html"


def tally(folder: Path) -> dict[str, dict[str, float]]:
    """What all raters said: ``votes against original`` and ``votes against baseline`` → configuration → its share of the
    votes, ties half; 0.5 against the original is as good as real. Empty without votes.

    Raises:
        SeamSyncError: a file of votes cannot be read, or is of another page.
    """
    points: dict[tuple[str, str], list[float]] = defaultdict(list)
    for path in sorted(folder.glob("votes*.json")):
        key, votes = _read(folder / "key.json"), _read(path).get("votes", [])
        for vote in votes if isinstance(votes, list) else [votes]:
            known = isinstance(vote, dict) and str(vote.get("pair")) in key and str(vote.get("vote")) in _POINTS
            if not known:
                raise SeamSyncError(
                    f"{path} has a vote that the page in {folder} does not know: {shown(vote)}; is it of another run?"
                )
            pair = key[vote["pair"]]
            names = [pair[side] for side in SIDES]
            for mine, other, got in zip(names, names[::-1], _POINTS[vote["vote"]], strict=True):
                points[mine, other].append(got)
    columns: dict[str, dict[str, float]] = {}
    for (mine, other), got in points.items():
        if other in (ORIGINAL, BASELINE) and mine != ORIGINAL:
            columns.setdefault(f"votes against {other}", {})[mine] = sum(got) / len(got)
    return columns


def _told(pair: Pair) -> dict[str, str]:
    sides = {side: getattr(pair, side).configuration.name for side in SIDES}
    return {"clip": pair.left.clip, "mouths": pair.left.kind, **sides}


def _read(path: Path) -> dict[str, Any]:
    text = read_text(path, "votes")
    with parsed(path, "the JSON that the A/B page saved"):
        body = parse_json(text)
    if not isinstance(body, dict):
        raise SeamSyncError(f"{path} is not the JSON that the A/B page saved: it must be an object, got {type(body).__name__}")
    return body
