"""OpenVINO, imported when the first model is loaded, with as many threads as the machine has to give."""

import os
from functools import cache
from typing import Any


@cache
def core() -> Any:
    """The process's one OpenVINO core. The import takes a moment and is paid only where faces are looked for."""
    import openvino

    return openvino.Core()


def threads() -> int:
    """FACEWARDEN_THREADS, else the processors that this process may use (a container's share, not the host's)."""
    asked = os.environ.get("FACEWARDEN_THREADS", "")
    return max(1, int(asked)) if asked.isdigit() else len(os.sched_getaffinity(0))


def compiled(model: Any) -> Any:
    """The model, ready to run. FACEWARDEN_PRECISION=bf16 is faster where the processor can, and moves digits."""
    precision = os.environ.get("FACEWARDEN_PRECISION", "f32")
    options = {"INFERENCE_NUM_THREADS": threads(), "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    return core().compile_model(model, "CPU", options)


def free_batch(model: Any) -> Any:
    """Lets a model that was exported for one batch size take any: its reshapes name that size, and must not."""
    from openvino import opset13 as ops

    batch = model.input(0).partial_shape[0].get_length()
    for op in model.get_ops():
        if op.get_type_name() == "Reshape" and _carries_batch(op, batch):
            pattern = [-1, *list(op.output(0).shape)[1:]]
            op.input(1).replace_source_output(ops.constant(pattern, dtype="int64").output(0))
    shape = model.input(0).partial_shape
    shape[0] = -1
    model.reshape(shape)
    return model


def _carries_batch(op: Any, batch: int) -> bool:
    source = op.input(0).get_source_output()
    if source.get_node().get_type_name() == "Constant" or source.partial_shape.is_dynamic:
        return False
    return bool(source.shape[0] == batch and op.output(0).shape[0] == batch)
