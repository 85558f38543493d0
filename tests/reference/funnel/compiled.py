"""The models of the funnel, compiled once for all modules that compare them."""

from __future__ import annotations

from pathlib import Path

from ..harness import CompiledProject, Compiler

MARTS = (
    "int_opportunities_at",
    "fct_forecasts_by_owner_quarter",
    "fct_pipeline_bridge_by_month",
    "fct_pipeline_bridge_by_week",
)


def compiled_funnel(folder: Path) -> CompiledProject:
    """The models for the project's own vars; a folder keeps what was compiled."""
    compiler = Compiler(MARTS, folder)
    try:
        return compiler.project({})
    finally:
        compiler.close()
