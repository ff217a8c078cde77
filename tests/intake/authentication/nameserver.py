"""A nameserver on loopback, over UDP and TCP: it knows what a test tells it, and may be silent, broken or absurd."""

import contextlib
import socket
import socketserver
import struct
import threading
from collections import Counter
from types import TracebackType

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from tests.ports import free_port

UDP_LIMIT = 512  # RFC 1035 4.2.1


class TestNameserver:
    """Answers with ``records``, as a resolver that follows aliases. For names in ``silent`` it says nothing, in ``broken`` SERVFAIL."""

    __test__ = False

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()
        self.broken: set[str] = set()
        self.deaf = False
        self.asked: Counter[tuple[str, str]] = Counter()
        self.over_tcp: Counter[tuple[str, str]] = Counter()
        self.port = free_port()
        server = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, sender = self.request
                answer = server.answer(data)
                if answer is not None:
                    wire = answer.to_wire(max_size=65535)
                    if len(wire) > UDP_LIMIT:
                        answer.flags |= dns.flags.TC
                        answer.answer.clear()
                        wire = answer.to_wire()
                    sender.sendto(wire, self.client_address)

        class Stream(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, struct.error):
                    (size,) = struct.unpack(">H", self.request.recv(2, socket.MSG_WAITALL))
                    answer = server.answer(self.request.recv(size, socket.MSG_WAITALL), tcp=True)
                    if answer is not None:
                        wire = answer.to_wire(max_size=65535)
                        self.request.sendall(struct.pack(">H", len(wire)) + wire)

        class Threaded(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._servers: list[socketserver.BaseServer] = [
            socketserver.UDPServer(("127.0.0.1", self.port), Datagram),
            Threaded(("127.0.0.1", self.port), Stream),
        ]
        self._threads = [
            threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            for each in self._servers
        ]

    def __enter__(self) -> "TestNameserver":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(5)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def put(self, name: str, kind: str, *values: str) -> None:
        """These are the records of that name and kind. TXT values are given without quotes."""
        self.records[name.lower(), kind] = list(values)

    def answer(self, data: bytes, *, tcp: bool = False) -> dns.message.Message | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        self.over_tcp[name, kind] += tcp
        if self.deaf or name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response
        for _ in range(20):
            alias = self.records.get((name, "CNAME"))
            if alias is None or kind == "CNAME":
                break
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{alias[0]}."))
            name = alias[0]
        values = self.records.get((name, kind))
        if values:
            texts = [_quoted(value) if kind == "TXT" else value for value in values]
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *texts))
        elif not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


def _quoted(value: str) -> str:
    """A TXT record in pieces of at most 255 octets (RFC 1035 3.3.14)."""
    escaped = [value[at : at + 200] for at in range(0, len(value), 200)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in escaped)
