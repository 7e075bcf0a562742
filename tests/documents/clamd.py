"""A virus scanner that speaks as clamd does over a socket, and knows one virus: the EICAR test file."""

import contextlib
import io
import socket
import struct
import threading
import zipfile

from tests.documents.files import EICAR

FOUND = b"stream: Eicar-Test-Signature FOUND\0"
CLEAN = b"stream: OK\0"


class Clamd:
    """Answers PING and INSTREAM until it is closed; `says` in place of its verdict when set."""

    def __init__(self, address):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.says = b""
        self.asked = 0
        self.server = socket.socket(family, socket.SOCK_STREAM)
        self.server.bind(address)
        self.server.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.getsockname()[1]

    def close(self):
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(timeout=5)

    def _serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client, client.makefile("rb") as lines, contextlib.suppress(OSError):
                client.sendall(self._answer(lines))

    def _answer(self, lines):
        command = b""
        while not command.endswith(b"\0"):
            command += lines.read(1)
        if command == b"zPING\0":
            return b"PONG\0"
        assert command == b"zINSTREAM\0"
        self.asked += 1
        content = b""
        while size := struct.unpack(">I", lines.read(4))[0]:
            content += lines.read(size)
        return self.says or (FOUND if holds_virus(content) else CLEAN)


def holds_virus(content):
    """In the bytes themselves, or in a part of an archive."""
    if EICAR in content:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(EICAR in archive.read(name) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False
