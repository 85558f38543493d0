"""The sample company: the same vendor-shaped extracts for the same seed, and its people."""

from .compensation import CompensationError, write_compensation
from .generator import SampleError, SampleReport, generate, is_sample

__all__ = [
    "CompensationError",
    "SampleError",
    "SampleReport",
    "generate",
    "is_sample",
    "write_compensation",
]
