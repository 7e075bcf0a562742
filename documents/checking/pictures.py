"""Pictures: decoded within limits and drawn anew, which leaves behind everything that is not the picture."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.utils.translation import gettext as _
from PIL import Image, ImageFile, ImageOps

from documents.checking.refusing import OtherContent, RefusedFile

PIXELS = 40_000_000
# A page of 40 million pixels takes 160 MB while it is turned and drawn: one at a time in each process.
_ONE_AT_A_TIME = threading.Lock()
# What Pillow raises over damaged files, found by damaging them (tests/documents/test_checking.py).
_DAMAGED = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, OverflowError, struct.error, zlib.error)


def drawn_anew(file: IO[bytes], kind: str) -> io.BytesIO:
    """The picture of a PNG or JPEG (`kind`), upright, without EXIF, comments, profiles or what follows its end.

    Raises OtherContent when it cannot be decoded, RefusedFile when it has more pixels than we take, or moves.
    """
    too_large = _("The picture is too large. Save it with at most 40 million pixels.")
    drawn = io.BytesIO()
    try:
        with _ONE_AT_A_TIME, _nothing_mended(), Image.open(file, formats=[kind]) as image:
            if image.width * image.height > PIXELS:
                raise RefusedFile(too_large)
            # A phone's JPEG may hold a second picture for bright screens: the first one is kept.
            if kind == "PNG" and getattr(image, "is_animated", False):
                raise RefusedFile(_("The picture moves. Save it as a still picture and try again."))
            ImageOps.exif_transpose(image, in_place=True)
            _draw(image, kind, drawn)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedFile(too_large) from error
    except _DAMAGED as error:
        raise OtherContent(str(error)) from error
    return drawn


@contextmanager
def _nothing_mended() -> Iterator[None]:
    """WeasyPrint, in a process that has loaded it, lets Pillow draw what is cut short."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _draw(image: Any, kind: str, drawn: io.BytesIO) -> None:
    # Pillow would write profiles and comments that it finds here.
    image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    if kind == "PNG":
        image.save(drawn, "PNG", compress_level=4)
    else:
        image.save(drawn, "JPEG", quality=90)
