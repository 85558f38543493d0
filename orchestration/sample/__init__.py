"""The sample company: deterministic, vendor-shaped extracts for a landing folder."""

from .generator import SampleError, SampleReport, generate

__all__ = ["SampleError", "SampleReport", "generate"]
