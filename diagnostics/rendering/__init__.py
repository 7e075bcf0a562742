"""The action plan on paper: what its PDF and its spreadsheet say, frozen when they are asked for."""

from diagnostics.rendering.plan import plan_context

__all__ = ["plan_context"]
