"""Asks a ClamAV daemon about a file, over its socket (clamd(8), command INSTREAM)."""

from __future__ import annotations

import socket
import struct
from typing import IO

from django.conf import settings

CHUNK = 64 * 1024
WAIT_SECONDS = 30


class ScannerAway(Exception):
    """The scanner cannot be reached, or has not looked at the file; the text is for the log."""


def is_configured() -> bool:
    """Whether settings.CLAMAV_SOCKET names a scanner: the path of a Unix socket, or host:port."""
    return bool(settings.CLAMAV_SOCKET)


def find_virus(content: IO[bytes]) -> str:
    """The name of what the scanner found in `content`, empty for a clean file; raises ScannerAway."""
    try:
        with _connected() as scanner:
            scanner.sendall(b"zINSTREAM\0")
            while chunk := content.read(CHUNK):
                scanner.sendall(struct.pack(">I", len(chunk)) + chunk)
            scanner.sendall(struct.pack(">I", 0))
            answer = _answer(scanner)
    except OSError as error:
        raise ScannerAway(str(error)) from error
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise ScannerAway(answer)


def answers() -> bool:
    """Whether the scanner is there now."""
    try:
        with _connected() as scanner:
            scanner.sendall(b"zPING\0")
            return _answer(scanner) == "PONG"
    except OSError:
        return False


def _connected() -> socket.socket:
    address = settings.CLAMAV_SOCKET.removeprefix("unix:").removeprefix("tcp://")
    if not address.startswith("/"):
        host, _colon, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)
    scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    scanner.settimeout(WAIT_SECONDS)
    try:
        scanner.connect(address)
    except OSError:
        scanner.close()
        raise
    return scanner


def _answer(scanner: socket.socket) -> str:
    """One answer, which ends with a zero byte."""
    parts = b""
    while not parts.endswith(b"\0") and len(parts) < 4096 and (part := scanner.recv(4096)):
        parts += part
    return parts.rstrip(b"\0").decode(errors="replace").strip()
