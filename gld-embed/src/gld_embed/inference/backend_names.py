"""The backends that compute the backbone: torch as it is, torch compiled, or OpenVINO."""

TORCH, COMPILE, OPENVINO = "torch", "compile", "openvino"
BACKENDS = (TORCH, COMPILE, OPENVINO)
