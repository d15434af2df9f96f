"""The functions that `peers.py` differentiates, each with a careful gradient by hand."""

from . import bundles, curvature, learning, numbers, vectors
from .workload import Workload

WORKLOADS: list[Workload] = [
    *numbers.WORKLOADS,
    *vectors.WORKLOADS,
    *learning.WORKLOADS,
    *bundles.WORKLOADS,
    *curvature.WORKLOADS,
]

__all__ = ["WORKLOADS", "Workload"]
