"""Why a file is not taken."""

from __future__ import annotations


class RefusedFile(Exception):
    """The file may not be kept; the message tells the person what to do."""


class OtherContent(Exception):
    """The content is not of the kind that the file's name says."""
