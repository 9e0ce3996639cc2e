"""The columns of a mill's record: 48 sensors in the order in which an endpoint takes them."""

_MEASURES = (
    "ActualPosition",
    "ActualVelocity",
    "ActualAcceleration",
    "CommandPosition",
    "CommandVelocity",
    "CommandAcceleration",
    "CurrentFeedback",
    "DCBusVoltage",
    "OutputCurrent",
    "OutputVoltage",
)
# The z axis reports no power; only the spindle (S) reports its inertia.
_EXTRA = {
    "X1": ("OutputPower",),
    "Y1": ("OutputPower",),
    "Z1": (),
    "S1": ("OutputPower", "SystemInertia"),
}
_PROGRAM = ("M1_CURRENT_PROGRAM_NUMBER", "M1_sequence_number", "M1_CURRENT_FEEDRATE")

NUMBERS = (
    *(f"{axis}_{measure}" for axis, more in _EXTRA.items() for measure in (*_MEASURES, *more)),
    *_PROGRAM,
)
PROCESS = "Machining_Process"
FEATURES = (*NUMBERS, PROCESS)

LAYERS = tuple(f"Layer {number} {way}" for number in (1, 2, 3) for way in ("Up", "Down"))
PROCESSES = (*LAYERS, "Prep", "Starting", "Repositioning", "End")

LABEL = "tool_condition"
NEGATIVE = "unworn"
POSITIVE = "worn"
CLASSES = (NEGATIVE, POSITIVE)
# Names the run a row was recorded in: never a feature, only what the honest split keeps together.
EXPERIMENT = "experiment"


def allowed_processes(rows: str) -> tuple[str, ...]:
    """Return the machining processes that a model knows which was trained on `layer` or `all`."""
    return LAYERS if rows == "layer" else PROCESSES
