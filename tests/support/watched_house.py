"""A receiver as users start it, watched from outside: its memory, its files, what it receipted."""

from pathlib import Path

import httpx

from alarm_wire import batch, receipt
from receipted import count, url_of
from receiving import BATCH, Client, Keypad, Process, wait_for


class House:
    """A receiver, a keypad, and the ledger of what it holds receipts for."""

    def __init__(self, folder):
        self.folder = folder
        self.process = Process(str(folder))
        wait_for(lambda: self.process.said("listening"), 90)
        self.url = self.process.url()
        self.where = ("127.0.0.1", int(self.url.rsplit(":", 1)[1]))
        self.pid = self.process.process.pid
        self.client = Client(self.url)
        self.client.set_up(self.process.said("setup")["link"].rsplit("/", 1)[1])
        self.keypad, self.ledger = Keypad(), {}
        self.client.register(self.keypad, self.client.site())

    def press(self, http):
        said = self.keypad.signal()
        body = batch.pack([self.keypad.frame(said)])
        answer = http.post(self.url + "/v1/signals", content=body, headers=BATCH, timeout=20)
        assert answer.status_code == 200, answer.text
        told = self.keypad.read(batch.unpack(answer.content)[0])
        assert told.state == receipt.STORED
        self.ledger[self.keypad.device.hex(), said.epoch, said.number] = told.ticket

    def press_anew(self):
        with httpx.Client() as http:
            self.press(http)

    def files(self):
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    def memory(self):
        with open(f"/proc/{self.pid}/status") as status:
            line = next(one for one in status if one.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def end(self):
        self.client.close()
        self.process.end()
        lost, wrong = count(url_of(self.folder), self.ledger)
        assert (lost, wrong) == (0, 0)
