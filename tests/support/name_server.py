"""A name server for tests: real UDP, answers as it is told, or not at all."""

import socket
import struct
import threading


class NameServer:
    """Answers A queries from `addresses`; silent while `dead`. `asked`: the names, in order."""

    def __init__(self, addresses=None):
        self.addresses = dict(addresses or {})
        self.dead = False
        self.asked = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self):
        while True:
            query, sender = self._socket.recvfrom(512)
            if not query:
                return
            place, labels = 12, []
            while query[place]:
                labels.append(query[place + 1 : place + 1 + query[place]].decode())
                place += query[place] + 1
            name = ".".join(labels)
            self.asked.append(name)
            if not self.dead:
                self._socket.sendto(
                    self.reply(query[: place + 5], self.addresses.get(name)), sender
                )

    @staticmethod
    def reply(query, address):
        """An answer to `query` (head and question): an alias first, then the address."""
        head = query[:2] + struct.pack("!HHHHH", 0x8180 if address else 0x8183, 1, 0, 0, 0)
        if address is None:
            return head + query[12:]
        alias = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, 4) + b"\x01b\xc0\x0c"
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
        return head[:6] + struct.pack("!HHH", 2, 0, 0) + query[12:] + alias + record

    def stop(self):
        """End; nothing is left behind."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()
