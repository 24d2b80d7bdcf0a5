"""Where the nodes of the templates lie, with their groups, their notes, and the points that long wires pass.

Positions are graph units: x right, y down, the top of a node's title. A template must open readable on a screen of 1440×900:
the page fits all nodes, with 10 units around them, into three quarters of its canvas, so :data:`WIDEST` and :data:`HIGHEST`
give a scale of 0.65. The nodes stand in columns from left to right, in an upper and a lower row. Wires to the next column are
seen; longer ones pass between the rows, so that none lies behind a node.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Largest extent of all nodes, titles included.
WIDEST, HIGHEST = 1641, 1018
#: Width of a node, room between columns; the lower row, and the room between the rows that wires pass.
WIDTH, GAP, LOWER = 242, 48, 472
PITCH = WIDTH + GAP
#: Distance of columns where there are six.
_NARROW = 279
#: Heights in the room between the rows at which wires pass, apart from each other.
_LANES = (394.0, 402.0, 410.0, 418.0)

Point = tuple[float, float]


@dataclass(frozen=True)
class Bus:
    """One output's wires that pass the same points.

    Attributes:
        source: the output, as ``"node.output"``.
        points: in the order in which they are passed.
        taps: how many of the points each wire passes, by the input ``"node.input"`` that it leads to.
    """

    source: str
    points: tuple[Point, ...]
    taps: dict[str, int]


@dataclass(frozen=True)
class Group:
    """A labelled frame around nodes: title, colour, left, top, right, bottom of the nodes in it."""

    title: str
    color: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Layout:
    """What a template looks like.

    Attributes:
        places: of the nodes, by their ids.
        note: left, top, width and height of the note; None where there is none.
        wide: widths of nodes that are not :data:`WIDTH` wide.
        buses, groups: long wires, and frames.
    """

    places: dict[str, Point]
    note: tuple[float, float, float, float] | None
    wide: dict[str, int] = field(default_factory=dict)
    buses: tuple[Bus, ...] = ()
    groups: tuple[Group, ...] = ()


def column(number: float, pitch: int = PITCH) -> float:
    """Left of a column, from 0."""
    return number * pitch


def _before(number: int, lane: int, pitch: int = PITCH) -> Point:
    """A point in the gap before a column, in a lane between the rows; each lane turns at a place of its own."""
    return column(number, pitch) - 40 + 10 * lane, _LANES[lane]


_LOADERS = {"2": (column(0), 0.0), "1": (column(0), 404.0)}
_VIEWER = 480
_BLUE, _CYAN, _PURPLE, _GREEN, _BROWN = "#3f789e", "#8AA", "#a1309b", "#8A8", "#b06634"
#: Bottom of the columns, for the frames.
_END = 1014.0


def _box(first: int, last: int, top: float, bottom: float, right: float = 0) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the columns ``first`` to ``last``, the last of another width where ``right`` is one."""
    return column(first), top, column(last) + (right or WIDTH), bottom


_LOAD = Group("Load", _BLUE, _box(0, 0, 0, _END))
_MADE = Group("Track the face, generate the mouths", _CYAN, _box(1, 3, 0, 384))
_SHAPED = Group("Shape the seam", _GREEN, _box(1, 2, LOWER, _END))
_COMPOSITED = Group("Composite", _GREEN, _box(3, 3, LOWER, _END))
_PROVED = Group("See and save", _BROWN, _box(4, 4, 0, _END, _VIEWER))
#: Detector, smoother, model, generator and their wires, of the templates that have them as nodes 3 to 6.
_STAGES = {**_LOADERS, "3": (column(1), 0.0), "4": (column(2), 0.0), "5": (column(2), 219.0), "6": (column(3), 0.0)}


def _mouths(composite: str, source: str = "6.mouths", after: int = 3) -> Bus:
    """From the generator down to the composite below it."""
    points = ((column(after) + WIDTH + 12, _LANES[0]), (column(after) - 12, _LANES[0]))
    return Bus(source, points, {f"{composite}.mouths": 2})


def _clip(composite: str, viewer: str = "", **more: int) -> Bus:
    """The clip's wires to the generator, the composite and the viewer."""
    seen = {f"{viewer}.original": 3} if viewer else {}
    points = (_before(1, 1), _before(3, 1), _before(4, 1))
    return Bus("1.video", points[: 3 if viewer or more else 2], {"6.video": 2, f"{composite}.video": 2, **seen, **more})


def _speech(composite: str) -> Bus:
    """The speech's wires to the generator and the composite."""
    return Bus("2.audio", (_before(1, 2), _before(3, 2)), {"6.audio": 2, f"{composite}.audio": 2})


def _track(viewer: str, name: str = "track") -> Bus:
    """The track's wire to the viewer, past the generator."""
    return Bus("4.track", (_before(3, 3), _before(4, 3)), {f"{viewer}.{name}": 2})


def _settings(mask: str, blend: str, composite: str, preview: str = "") -> tuple[Bus, ...]:
    """Wires of the two settings nodes in column 1, past column 2: between its nodes, and below them."""
    made = []
    for source, kind, height in ((mask, "mask", 773.0), (blend, "blend", 1018.0)):
        points, taps = [(column(2) - 25, height), (column(3) - 25, height)], {f"{composite}.{kind}": 2}
        if preview:
            points += [(column(3) - 20, 424.0), (column(4) - 30, 424.0)]
            taps[f"{preview}.{kind}"] = 4
        made.append(Bus(f"{source}.{kind}", tuple(points), taps))
    return tuple(made)


_SEAM = {"7": (column(1), 472.0), "10": (column(1), 816.0), "9": (column(2), 472.0), "8": (column(2), 784.0)}
#: A lower row under which the nodes of the upper one have room for what they show after a run.
_LOWEST = 640.0
_COMPARED_REPORT = {"6.report": 2, "10.report": 3}

LAYOUTS: dict[str, Layout] = {
    "quickstart": Layout(
        {**_STAGES, "7": (column(3), _LOWEST), "9": (column(4), 0.0), "8": (column(4), 800.0)},
        (column(1), _LOWEST, 532.0, 190.0),
        {"9": _VIEWER, "8": _VIEWER},
        (
            _clip("7", "9"),
            _speech("7"),
            _track("9"),
            Bus("6.mouths", ((column(3) + WIDTH + 12, 560.0), (column(3) - 12, 560.0)), {"7.mouths": 2}),
        ),
        (_LOAD, _MADE, Group("Composite", _GREEN, _box(3, 3, _LOWEST, _END)), _PROVED),
    ),
    "full_chain": Layout(
        {**_STAGES, **_SEAM, "11": (column(3), 472.0), "12": (column(4), 0.0), "13": (column(4), 800.0)},
        None,
        {"12": _VIEWER, "13": _VIEWER},
        (_clip("11", "12"), _speech("11"), _track("12"), _mouths("11"), *_settings("7", "10", "11")),
        (_LOAD, _MADE, _SHAPED, _COMPOSITED, _PROVED),
    ),
    "tune_the_seam": Layout(
        {**_STAGES, **_SEAM, "12": (column(3), 472.0), "11": (column(4), 0.0), "13": (column(3), 840.0)},
        (column(4), 845.0, _VIEWER, 170.0),
        {"11": _VIEWER},
        (
            Bus("1.video", (_before(1, 1), _before(3, 1), _before(4, 1)), {"6.video": 2, "12.video": 2, "11.video": 3}),
            _speech("12"),
            Bus("4.track", (_before(3, 3), _before(4, 3)), {"11.track": 2}),
            _mouths("12"),
            Bus("12.video", ((column(3) + WIDTH + 12, 837.0), (column(3) - 12, 837.0)), {"13.video": 2}),
            *_settings("7", "10", "12", "11"),
            Bus("9.color", ((column(3) - 14, 430.0), (column(4) - 24, 430.0)), {"11.color": 2}),
            Bus("8.temporal", ((column(3) - 8, 436.0), (column(4) - 18, 436.0)), {"11.temporal": 2}),
        ),
        (_LOAD, _MADE, _SHAPED, _COMPOSITED, Group("Tune", _GREEN, _box(4, 4, 0, _END, _VIEWER))),
    ),
    "compare_two_blends": Layout(
        {
            **_LOADERS,
            "3": (column(1), 0.0),
            "4": (column(1), 790.0),
            "8": (column(2), 0.0),
            "5": (column(2), 472.0),
            "6": (column(3), 0.0),
            "7": (column(3), 170.0),
            "9": (column(3), 472.0),
            "10": (column(4), 0.0),
        },
        (column(4), 800.0, _VIEWER, 190.0),
        {"10": _VIEWER},
        (
            Bus("1.video", (_before(1, 1), _before(2, 1)), {"5.video": 2}),
            Bus("2.audio", (_before(1, 2), _before(2, 2)), {"5.audio": 2}),
            Bus("3.report", ((column(2) - 25, 394.0), (column(3) - 30, 394.0), (column(4) - 30, 394.0)), _COMPARED_REPORT),
            Bus("3.video", ((column(2) - 30, 402.0), (column(4) - 25, 402.0)), {"10.result": 2}),
            Bus("3.track", ((column(2) - 35, 410.0), (column(4) - 20, 410.0)), {"10.track": 2}),
            Bus("5.video", ((column(3) - 20, 418.0), (column(4) - 15, 418.0)), {"10.original": 2}),
        ),
        (
            _LOAD,
            Group("First: multiband", _PURPLE, _box(1, 2, 0, 384)),
            Group("Second: alpha", _GREEN, _box(1, 2, LOWER, _END)),
            Group("Figures and file", _BROWN, _box(3, 3, 0, _END)),
            Group("Compare", _BROWN, _box(4, 4, 0, _END, _VIEWER)),
        ),
    ),
    "another_packs_result": Layout(
        {
            **_LOADERS,
            "4": (column(1), 0.0),
            "3": (column(1), 472.0),
            "5": (column(2), 0.0),
            "6": (column(3), 0.0),
            "7": (column(3), 472.0),
            "9": (column(4), 0.0),
            "8": (column(4), 800.0),
        },
        (column(2), 520.0, WIDTH, 420.0),
        {"9": _VIEWER, "8": _VIEWER},
        (
            Bus("1.video", (_before(1, 1), _before(3, 1)), {"7.video": 2}),
            Bus("2.audio", (_before(1, 2), _before(3, 2)), {"7.audio": 2}),
            Bus("3.video", (_before(2, 0), _before(3, 0), _before(4, 0)), {"6.video": 2, "9.original": 3}),
            Bus("5.track", (_before(3, 3), _before(4, 3)), {"9.track": 2}),
            Bus("6.mouths", ((column(3) + WIDTH + 12, 386.0), (column(3) - 6, 386.0)), {"7.mouths": 2}),
        ),
        (
            _LOAD,
            Group("Track the face, take the mouths", _CYAN, _box(1, 3, 0, 380)),
            Group("Another pack", _PURPLE, _box(1, 1, LOWER, _END)),
            _COMPOSITED,
            _PROVED,
        ),
    ),
    "mask_as_occluder": Layout(
        {
            **_STAGES,
            "7": (column(1), 472.0),
            "8": (column(1), 690.0),
            "9": (column(2), 472.0),
            "10": (column(2), 694.0),
            "11": (column(3), 472.0),
            "13": (column(4), 0.0),
            "12": (column(4), 800.0),
        },
        (column(1), 885.0, WIDTH, 130.0),
        {"13": _VIEWER, "12": _VIEWER},
        (
            _clip("11", "13"),
            _speech("11"),
            _track("13"),
            _mouths("11"),
            Bus("9.MASK", ((column(2) + WIDTH + 12, 684.0), (column(2) - 12, 684.0)), {"10.external": 2}),
        ),
        (_LOAD, _MADE, Group("Your MASK", _GREEN, _box(1, 2, LOWER, _END)), _COMPOSITED, _PROVED),
    ),
    "musetalk": Layout(
        {
            **_LOADERS,
            "3": (column(1), 0.0),
            "4": (column(2), 0.0),
            "5": (column(2), 219.0),
            "6": (column(3), 0.0),
            "7": (column(4), 0.0),
            "8": (column(4), 590.0),
        },
        (column(1), 620.0, 532.0, 250.0),
        {},
        (
            Bus("1.video", (_before(1, 1), _before(3, 1), _before(4, 1)), {"6.video": 2, "7.video": 3}),
            Bus("2.audio", (_before(1, 2), _before(3, 2), _before(4, 2)), {"6.audio": 2, "7.audio": 3}),
            Bus("4.track", (_before(3, 3), _before(4, 3)), {"7.track": 2}),
            Bus("7.video", ((column(4) + WIDTH + 12, 575.0), (column(4) - 12, 575.0)), {"8.video": 2}),
        ),
        (),
    ),
    "wav2lip": Layout(
        {
            **_LOADERS,
            "3": (column(1, _NARROW), 0.0),
            "4": (column(2, _NARROW), 0.0),
            "5": (column(2, _NARROW), 219.0),
            "6": (column(3, _NARROW), 0.0),
            "7": (column(4, _NARROW), 0.0),
            "8": (column(5, _NARROW), 0.0),
            "9": (column(5, _NARROW), 590.0),
        },
        (column(1, _NARROW), 520.0, 521.0, 250.0),
        {},
        (
            Bus(
                "1.video",
                (_before(1, 1, _NARROW), _before(3, 1, _NARROW), _before(5, 1, _NARROW)),
                {"6.video": 2, "8.video": 3},
            ),
            Bus(
                "2.audio",
                (_before(1, 2, _NARROW), _before(3, 2, _NARROW), _before(5, 2, _NARROW)),
                {"6.audio": 2, "8.audio": 3},
            ),
            Bus("4.track", (_before(3, 3, _NARROW), _before(5, 3, _NARROW)), {"8.track": 2}),
            Bus("8.video", ((column(5, _NARROW) + WIDTH + 12, 575.0), (column(5, _NARROW) - 12, 575.0)), {"9.video": 2}),
        ),
        (),
    ),
    "lipsync_one_node": Layout(
        {**_LOADERS, "3": (column(1), 0.0), "4": (column(2), 0.0)}, (column(1), 760.0, 532.0, 150.0), {"4": 420}
    ),
    "app": Layout({**_LOADERS, "3": (column(1), 0.0), "4": (column(2), 0.0)}, None, {"4": 420}),
    "batch_folder": Layout(
        {"1": (column(0), 0.0), "2": (column(0), 280.0), "3": (column(1), 0.0), "4": (column(2), 0.0)},
        (column(0), 560.0, WIDTH, 440.0),
        {"4": 420},
        (Bus("2.name", ((column(1) - 25, 425.0), (column(2) - 25, 425.0)), {"4.filename_prefix": 2}),),
    ),
    "image_batches": Layout(
        {
            **_LOADERS,
            "3": (column(1, _NARROW), 404.0),
            "4": (column(2, _NARROW), 404.0),
            "5": (column(3, _NARROW), 0.0),
            "6": (column(4, _NARROW), 0.0),
            "7": (column(5, _NARROW), 0.0),
            "8": (column(5, _NARROW), 250.0),
        },
        (column(1, _NARROW), 40.0, 521.0, 170.0),
        {},
        (
            Bus("2.audio", ((column(1, _NARROW) - 20, 340.0), (column(3, _NARROW) - 30, 340.0)), {"5.audio": 2}),
            Bus("7.VIDEO", ((column(5, _NARROW) + WIDTH + 12, 225.0), (column(5, _NARROW) - 12, 225.0)), {"8.video": 2}),
        ),
    ),
    "video_helper_suite": Layout(
        {
            **_LOADERS,
            "3": (column(1, _NARROW), 404.0),
            "4": (column(2, _NARROW), 404.0),
            "5": (column(3, _NARROW), 0.0),
            "6": (column(4, _NARROW), 0.0),
            "7": (column(5, _NARROW), 0.0),
        },
        (column(1, _NARROW), 40.0, 521.0, 170.0),
        {},
        (
            Bus("2.audio", ((column(1, _NARROW) - 20, 340.0), (column(3, _NARROW) - 30, 340.0)), {"5.audio": 2}),
            Bus("1.IMAGE", ((column(1, _NARROW) - 12, 385.0), (column(2, _NARROW) - 24, 385.0)), {"4.images": 2}),
        ),
    ),
}
