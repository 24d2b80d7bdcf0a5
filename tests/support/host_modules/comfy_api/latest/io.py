# ruff: noqa: A002 (the host's own argument names)
"""Types, inputs, outputs, schema and node base of the stand-in host."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Input:
    """An input; a keyword that a kind does not know is a TypeError, as in the real host."""

    kind = "*"

    def __init__(self, id: str, display_name: str = "", optional: bool = False, tooltip: str = "", lazy: bool = False) -> None:
        self.id, self.optional, self.tooltip = id, optional, tooltip


class WidgetInput(Input):
    def __init__(
        self,
        id: str,
        *,
        display_name: str | None = None,
        default: Any = None,
        optional: bool = False,
        tooltip: str = "",
        extra_dict: dict[str, Any] | None = None,
        advanced: bool = False,
    ) -> None:
        super().__init__(id, optional=optional, tooltip=tooltip)
        self.default, self.extra_dict, self.advanced = default, extra_dict or {}, advanced


class NumberInput(WidgetInput):
    def __init__(self, id: str, *, min: Any = None, max: Any = None, step: Any = None, **rest: Any) -> None:
        super().__init__(id, **rest)
        self.min, self.max, self.step = min, max, step


class IntInput(NumberInput):
    def __init__(self, id: str, *, control_after_generate: Any = None, **rest: Any) -> None:
        super().__init__(id, **rest)
        self.control_after_generate = control_after_generate


class FloatInput(NumberInput):
    def __init__(self, id: str, *, round: float | None = None, **rest: Any) -> None:
        super().__init__(id, **rest)
        self.round = round


class ComboInput(WidgetInput):
    def __init__(self, id: str, *, options: list[str], upload: Any = None, **rest: Any) -> None:
        super().__init__(id, **rest)
        self.options, self.upload = options, upload


class Output:
    kind = "*"

    def __init__(self, id: str, display_name: str = "", tooltip: str = "") -> None:
        self.id, self.display_name, self.tooltip = id, display_name, tooltip


def Custom(kind: str, base: type[Input] = Input) -> Any:  # noqa: N802 (the host's name)
    """A link type: classes Input and Output that know their ``kind``."""
    members = {"Input": type("Input", (base,), {"kind": kind}), "Output": type("Output", (Output,), {"kind": kind})}
    return type(kind, (), {"io_type": kind, **members})


Video, Audio, Image, Mask = (Custom(kind) for kind in ("VIDEO", "AUDIO", "IMAGE", "MASK"))
Boolean, String = Custom("BOOLEAN", WidgetInput), Custom("STRING", WidgetInput)
Int, Float, Combo = Custom("INT", IntInput), Custom("FLOAT", FloatInput), Custom("COMBO", ComboInput)


class ControlAfterGenerate(str, Enum):
    fixed = "fixed"
    increment = "increment"


class UploadType(str, Enum):
    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"


@dataclass
class Schema:
    node_id: str
    display_name: str = ""
    category: str = ""
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    description: str = ""
    search_aliases: list[str] = field(default_factory=list)
    is_output_node: bool = False


class NodeOutput:
    def __init__(self, *values: Any, ui: Any = None) -> None:
        self.values = values
        self.ui = ui if ui is None or isinstance(ui, dict) else ui.as_dict()
        for key, value in (self.ui or {}).items():
            if not isinstance(value, list | tuple):
                raise TypeError(f"ui value {key!r} must be a list, got {type(value).__name__}")


class ComfyNode:
    """Base of every node."""

    @classmethod
    def define_schema(cls) -> Schema:
        raise NotImplementedError

    @classmethod
    def execute(cls, **inputs: Any) -> NodeOutput:
        raise NotImplementedError
