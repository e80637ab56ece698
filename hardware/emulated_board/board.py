"""The power switch, the fingers and the eyes of an emulated board: real firmware, real MicroPython.

It promises that the flash and NVS files of a board survive everything that happens to its
process, that every change of a pin and every line the firmware prints comes as a BoardEvent with
its moment, and that nothing of it (process, thread, pipe) is left after `stop`. It may not know
the firmware's inside: it sees pins and what the firmware prints.

    BoardError           the board could not do what was asked; says what and what to do
"""

import contextlib
import os
import queue
import runpy
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from hardware.emulated_board.compiled import compile_firmware, find_interpreter
from hardware.emulated_board.events import BoardError, BoardEvent, Events, printed
from hardware.emulated_board.flash import BLOCK_BYTES, make_partitions, write_settings

__all__ = ["BoardError", "BoardEvent", "EmulatedBoard"]

ROOT = Path(__file__).parents[2]
SHIMS = Path(__file__).parent / "shims"
SHIMS_KB = 23
"""What the shims take of this heap of 8-byte words; on a board they are C. A test measures it."""
LAMPS = ("idle", "taken", "stored", "acknowledged", "trouble")
SHOWN = {(1, 0): "taken", (1, 1): "stored", (0, 1): "acknowledged"}
_LEVEL, _ADC, _RADIO, _FINGER, _KEY, _CABLE = 1, 2, 3, 4, 5, 6
_EXIT_RESETS = {90: 2, 91: 5}
"""Exit code of the process -> reset cause at the next start."""
_WATCHDOG_CAUSE = 3
_FINGER_S = 3.0


class EmulatedBoard:
    """One keypad. Flash and NVS live in `folder` and survive restarts.

    heap_kb     heap that the application has, in KB of 4-byte words; None: plenty
    compiled    run .mpy files made by mpy-cross, as a release does, instead of the sources
    board       which file of firmware/boards gives the pins
    ring_blocks blocks of 4096 bytes in the flash partition `ring`, when it is made
    romfs_blocks the same of `romfs`; 0: a MicroPython without ROMFS
    environment more environment variables for the process
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        heap_kb: int | None = None,
        compiled: bool = False,
        board: str = "esp32_s3",
        ring_blocks: int = 32,
        romfs_blocks: int = 0,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.heap_kb = heap_kb
        self.compiled = compiled
        self.environment = environment or {}
        names = runpy.run_path(str(ROOT / "firmware" / "boards" / f"{board}.py"))
        self.pins: dict[str, int] = {
            name.lower(): value for name, value in names.items() if isinstance(value, int)
        }
        self._flash = self.folder / "flash"
        make_partitions(self.folder, ring=ring_blocks, romfs=romfs_blocks)
        self._beside_kb = SHIMS_KB + romfs_blocks * BLOCK_BYTES // 1024
        self._levels: dict[int, int] = {}
        self._adc: dict[int, int] = {}
        self._radio = 1
        self._cable = 3
        self._outputs: dict[int, int] = {}
        self._events = Events()
        self._process: subprocess.Popen[bytes] | None = None
        self._commands = -1
        self._reader: threading.Thread | None = None
        self._stopping = self._bitten = False
        self._cause = 1
        self._reports = -1
        self._timeout_s = 0.0
        self._fed_by_s = float("inf")
        self._power = threading.RLock()
        self._moved: queue.SimpleQueue[float | None] = queue.SimpleQueue()

    # ***** life *****

    def provision(self, **nvs: Any) -> None:
        """Write the NVS as an installer does, before `start`.

        `device`, `key`, `psk`, `ca`, `cert`, `cert_key` are bytes; every other name is a setting
        of firmware/keypad/config.py (host, port, zone, covert, trace, ...).
        """
        write_settings(self.folder / "flash.nvs.holdfast", nvs)

    def start(self) -> Self:
        """Give it power (reset cause: power on)."""
        if self.running:
            raise BoardError(f"the board in {self.folder} runs already; stop it first")
        self._join()
        self._stopping = False
        self._cause = 1
        with self._power:
            self._spawn()
        self._reader = threading.Thread(target=self._live, daemon=True)
        self._reader.start()
        return self

    def cut_power(self) -> None:
        """SIGKILL, at once, whatever it is doing; flash and NVS stay as they are."""
        with self._power:
            self._stopping = True
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGKILL)
        self._join()

    stop = cut_power  # and leave nothing behind; safe to call twice

    @property
    def running(self) -> bool:
        """Whether it has power."""
        reader = self._reader
        return reader is not None and reader.is_alive() and not self._stopping

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ***** fingers *****

    def press(self, pin: int | str = "panic") -> float:
        """Close the contact of `pin` to ground; the moment of it (seconds since 1970)."""
        return self.drive(pin, 0, _FINGER)

    def release(self, pin: int | str = "panic") -> float:
        """Open the contact of `pin`; the moment of it."""
        return self.drive(pin, 1, _FINGER)

    def drive(self, pin: int | str, level: int, how: int = _LEVEL) -> float:
        """Drive an input to `level`, at once; without power at the next start.

        `press` and `release` move as a finger: each movement stays for 40 ms at least, and the
        moment is that of the contact.
        """
        number = self._pin(pin)
        self._levels[number] = level
        at = time.time()
        self._moved = queue.SimpleQueue()
        self._command(how, number, level)
        if how == _FINGER and self.running and threading.current_thread() is not self._reader:
            with contextlib.suppress(queue.Empty):
                at = self._moved.get(timeout=_FINGER_S) or at
        return at

    def hold_key(self, key: str, held: bool) -> None:
        """Hold or let go one key of the matrix (1 to 9, *, 0, #)."""
        row, column = divmod("123456789*0#".index(key), 3)
        place = self.pins[f"column_{column + 1}"] << 8 | held
        self._command(_KEY, self.pins[f"row_{row + 1}"], place)

    def set_adc(self, pin: int | str, reading: int) -> None:
        """Set the raw 16-bit reading of an analogue input."""
        number = self._pin(pin)
        self._adc[number] = reading
        self._command(_ADC, number, reading)

    def wifi(self, up: bool) -> None:
        """Put the access point in reach or out of reach."""
        self._radio = int(up)
        self._command(_RADIO, 0, self._radio)

    def cable(self, *, plugged: bool, addresses: bool = True) -> None:
        """Plug or pull the network cable; `addresses`: somebody on it answers DHCP."""
        self._cable = plugged | addresses << 1
        self._command(_CABLE, 0, self._cable)

    # ***** eyes *****

    @property
    def lamp(self) -> str:
        """What the lamps show, one of LAMPS."""
        lit = (self.level("lamp_taken"), self.level("lamp_told"))
        return SHOWN.get(lit, "trouble" if self.in_trouble else "idle")

    @property
    def in_trouble(self) -> bool:
        """Whether the trouble lamp is lit, beside whatever else is shown."""
        return bool(self.level("lamp_trouble"))

    def level(self, pin: int | str) -> int:
        """Level of an output."""
        return self._outputs.get(self._pin(pin), 0)

    def wait_lamp(self, state: str, timeout: float = 30.0) -> None:
        """Wait until the lamps show `state`; BoardError with the last lines when they do not."""
        if state not in LAMPS:
            raise BoardError(f"no lamp state {state!r}; there are {', '.join(LAMPS)}")

        self._events.wait(
            lambda: self.lamp == state or (state == "trouble" and self.in_trouble),
            timeout,
            f"the lamps do not show {state!r}",
        )

    def wait_event(
        self, wanted: Callable[[BoardEvent], bool], timeout: float = 30.0, *, since: int = 0
    ) -> BoardEvent:
        """The first event from place `since` on that is `wanted`; BoardError when none comes."""
        found: list[BoardEvent] = []

        def seen() -> bool:
            found.extend(event for event in self._events.since(since) if wanted(event))
            return bool(found)

        self._events.wait(seen, timeout, "no such event")
        return found[0]

    def wait_hop(self, hop: str, number: int | None = None, timeout: float = 30.0) -> BoardEvent:
        """The hop line `hop` (of signal `number`); needs trace=True."""
        return self.wait_event(
            lambda event: (
                event.kind == "hop"
                and event.data["hop"] == hop
                and number in {None, event.data["number"]}
            ),
            timeout,
        )

    def events(self, since: int = 0) -> list[BoardEvent]:
        """All events so far from place `since` on, oldest first."""
        return self._events.since(since)

    def said(self) -> list[str]:
        """The lines it printed that are no hop lines."""
        return self._events.said()

    def watch(self, watcher: Callable[[BoardEvent], None]) -> None:
        """Call `watcher` with every later event, in the board's own thread; it must be quick."""
        self._events.watch(watcher)

    # ***** inside *****

    def _pin(self, pin: int | str) -> int:
        if isinstance(pin, int):
            return pin
        if pin in self.pins:
            return self.pins[pin]
        raise BoardError(f"no pin {pin!r}; this board has {', '.join(self.pins)}")

    def _command(self, kind: int, place: int, value: int) -> None:
        with self._power:
            if self._commands >= 0:
                with contextlib.suppress(BrokenPipeError):
                    os.write(self._commands, bytes((kind, place, value >> 8, value & 0xFF)))

    def _firmware_path(self) -> list[Path]:
        if self.compiled:
            return [compile_firmware(ROOT, self.folder / "compiled")]
        return [ROOT / "firmware", ROOT]

    def _spawn(self) -> None:
        commands_in, self._commands = os.pipe()
        self._reports, reports_in = os.pipe()
        self._bitten = False
        path = [".frozen", *self._firmware_path()]
        path.insert(0, path[1] if self.compiled else SHIMS)
        heap = ["-X", f"heapsize={self.heap_kb * 2 + self._beside_kb}K"] if self.heap_kb else []
        self._outputs = {}
        try:
            self._process = self._launch(
                [str(find_interpreter()), *heap],
                (commands_in, reports_in),
                {
                    **os.environ,
                    **self.environment,
                    "MICROPYPATH": ":".join(map(str, path)),
                    "BOARD_COMMANDS": str(commands_in),
                    "BOARD_REPORTS": str(reports_in),
                    "BOARD_FLASH": str(self._flash),
                    "BOARD_CAUSE": str(self._cause),
                },
            )
        finally:
            os.close(commands_in)
            os.close(reports_in)
        for pin, level in self._levels.items():
            self._command(_LEVEL, pin, level)
        for pin, reading in self._adc.items():
            self._command(_ADC, pin, reading)
        self._command(_CABLE, 0, self._cable)
        self._command(_RADIO, 0, self._radio)
        self._events.add(BoardEvent("start", time.time()))

    def _launch(
        self, interpreter: list[str], wires: tuple[int, int], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start the process; `stdout` is what it prints."""
        return subprocess.Popen(
            [*interpreter, "-c", "import _power_on"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=wires,
            cwd=self.folder,
            env=environment,
        )

    def _cause_after(self, code: int) -> int | None:
        """Reset cause of the next start after it ended with `code`; None: it stays off."""
        return _EXIT_RESETS.get(code)

    def _live(self) -> None:
        """Read what the board reports until it ends; start it again when it asked for a reset."""
        while True:
            self._read_all()
            process = self._process
            assert process is not None  # noqa: S101  # set before this thread starts
            code = process.wait()
            with self._power:
                os.close(self._commands)
                self._commands = -1
                if process.stdout is not None:
                    process.stdout.close()
                cause = _WATCHDOG_CAUSE if self._bitten else self._cause_after(code)
                if self._stopping or cause is None:
                    self._events.add(BoardEvent("exit", time.time(), text=f"exit code {code}"))
                    return
                self._cause = cause
                self._events.add(BoardEvent("reset", time.time(), text=f"reset cause {cause}"))
                self._spawn()

    def _read_all(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101  # as above
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        takers = {self._reports: self._report, process.stdout.fileno(): self._line}
        rest = dict.fromkeys(takers, b"")
        open_ends = set(takers)
        self._fed_by_s = float("inf")
        while open_ends:
            wait_s = max(0.0, min(1.0, self._fed_by_s - time.monotonic()))
            ready, _, _ = select.select(list(open_ends), [], [], wait_s)
            for end in ready:
                data = os.read(end, 65536)
                if not data:
                    open_ends.discard(end)
                    continue
                *lines, rest[end] = (rest[end] + data).split(b"\n")
                for line in lines:
                    takers[end](line.decode("utf-8", "replace").rstrip("\r"))
            if time.monotonic() > self._fed_by_s and self._fed_by_s < float("inf"):
                self._fed_by_s = float("inf")
                self._bite()
        os.close(self._reports)

    def _bite(self) -> None:
        """The watchdog was not fed: the board starts again, cause watchdog."""
        with self._power:
            process = self._process
            if process is not None and process.poll() is None and not self._stopping:
                self._events.add(BoardEvent("line", time.time(), text="watchdog: not fed in time"))
                self._bitten = True
                process.send_signal(signal.SIGKILL)

    def _report(self, line: str) -> None:
        what, *values, stamp = line.split(" ")
        at = int(stamp) / 1e9
        if what == "pin":
            pin, level = map(int, values)
            before = self.lamp
            self._outputs[pin] = level
            self._events.add(BoardEvent("pin", at, pin=pin, level=level))
            if self.lamp != before:
                self._events.add(BoardEvent("lamp", at, lamp=self.lamp))
        elif what in {"watchdog", "feed"}:
            self._timeout_s = int(values[0]) / 1000 if values else self._timeout_s
            self._fed_by_s = time.monotonic() + self._timeout_s
        elif what == "stretch":
            self._events.add(BoardEvent(what, at, text=" ".join(values)))
        elif what == "moved":
            self._moved.put(at if int(values[2]) else None)  # None: it moved when it was told to

    def _line(self, line: str) -> None:
        self._events.add(printed(line))

    def _join(self) -> None:
        reader = self._reader
        if reader is not None and reader is not threading.current_thread():
            reader.join()
            self._reader = None
