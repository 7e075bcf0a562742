"""A register that speaks as Companies House does, on this machine: what `organisations.register` asks in the tests."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "a-key-of-the-tests"


def profile(number="01234567", **changes):
    """A company profile in the register's own format."""
    return {
        "company_name": "MILL & SONS LIMITED",
        "company_number": number,
        "company_status": "active",
        "type": "ltd",
        "sic_codes": ["25620", "28990"],
        "registered_office_address": {
            "address_line_1": "1 Mill Lane",
            "address_line_2": "Fishergate",
            "locality": "Preston",
            "region": "Lancashire",
            "postal_code": "PR1 2HE",
            "country": "England",
        },
        "date_of_creation": "2001-02-03",
        "accounts": {
            "accounting_reference_date": {"day": "31", "month": "3"},
            "next_due": "2026-12-31",
            "next_made_up_to": "2026-03-31",
            "last_accounts": {"made_up_to": "2025-03-31", "type": "total-exemption-full"},
            "overdue": False,
        },
        "can_file": True,
        "etag": "7d5f6b",
        "has_charges": False,
        "jurisdiction": "england-wales",
        "links": {"self": f"/company/{number}", "filing_history": f"/company/{number}/filing-history"},
        "undeliverable_registered_office_address": False,
        **changes,
    }


class Register:
    """What it answers to a number: a profile, bytes as they are, or a status. `asked` lists the numbers asked for."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.seconds = 0.0
        self.drip_seconds = 0.0
        self.address = ""

    def answer(self, number):
        said = self.answers.get(number, 404)
        if isinstance(said, int):
            words = {404: "company-profile-not-found", 401: "Invalid Authorization"}.get(said, "")
            return said, json.dumps({"errors": [{"error": words, "type": "ch:service"}]}).encode()
        return 200, said if isinstance(said, bytes) else json.dumps(said).encode()


@contextmanager
def running():
    """The register on a free port until the block ends."""
    register = Register()
    allowed = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            number = self.path.removeprefix("/company/")
            register.asked.append(number)
            time.sleep(register.seconds)
            status, body = register.answer(number) if self.headers["Authorization"] == allowed else (401, b"{}")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", "/company/elsewhere")
            self.end_headers()
            try:
                for start in range(0, len(body), 100 if register.drip_seconds else len(body)):
                    self.wfile.write(body[start : start + 100] if register.drip_seconds else body)
                    time.sleep(register.drip_seconds)
            except (BrokenPipeError, ConnectionResetError):
                pass  # who asked has gone

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    register.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield register
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
