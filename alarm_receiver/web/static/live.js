// The link to the receiver: changes by commit sequence, replayed after any outage. It promises that
// a dead link is noticed within ten seconds, whatever killed it: only received bytes count as life.

export const SILENT_MS_MAX = 8000; // heartbeats come every 3 s; beyond this the link is dead
const HUNG_MS = 4000; // a dead link is opened anew this often
const RETRY_MS_MIN = 400;
const RETRY_MS_MAX = 4000;

export class Link extends EventTarget {
  /** `path` is the stream's, `seq` the commit sequence that the page shows, `nowMs` the receiver's clock. */
  constructor(path, seq, nowMs) {
    super();
    this.path = path;
    this.seq = seq;
    this.state = "connecting";
    this.skewMs = nowMs - Date.now();
    this.heardMs = performance.now();
    this.openedMs = 0;
    this.retryMs = RETRY_MS_MIN;
    this.timer = 0;
    this.source = null;
  }

  /** The receiver's clock, whatever this machine's clock says. */
  nowMs() {
    return Date.now() + this.skewMs;
  }

  open() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.source?.close();
    this.openedMs = performance.now();
    const source = new EventSource(this.path + "?after=" + this.seq);
    this.source = source;
    source.addEventListener("heartbeat", (e) => this.#beat(JSON.parse(e.data)));
    source.addEventListener("card", (e) => {
      this.#heard();
      this.dispatchEvent(new CustomEvent("card", { detail: e.data }));
    });
    source.addEventListener("reset", (e) => {
      this.#heard();
      this.seq = 0;
      this.dispatchEvent(new CustomEvent("reset", { detail: e.data }));
    });
    source.addEventListener("signed-out", () => this.#signedOut());
    source.onerror = () => this.#failed(source);
  }

  /** Called by a clock that nobody slows down, at least once a second. */
  watch() {
    if (this.state === "signed-out") return;
    const now = performance.now();
    if (now - this.heardMs <= SILENT_MS_MAX) return;
    this.#mark("lost");
    if (!this.timer && now - this.openedMs > HUNG_MS) this.open();
  }

  #beat(said) {
    this.skewMs = said.now_ms - Date.now();
    this.seq = Math.max(this.seq, said.seq); // all before it has arrived on this very stream
    this.#heard();
    this.dispatchEvent(new CustomEvent("beat"));
  }

  #heard() {
    this.heardMs = performance.now();
    this.retryMs = RETRY_MS_MIN;
    this.#mark("live");
  }

  #failed(source) {
    if (source !== this.source) return;
    // A browser gives up for good on an error status; we never do. Jitter spreads the consoles.
    const refusedByStatus = source.readyState === EventSource.CLOSED;
    source.close();
    if (this.state === "signed-out" || this.timer) return;
    if (this.state === "live") this.#mark("again");
    if (refusedByStatus) this.#ask();
    this.timer = setTimeout(() => this.open(), (this.retryMs * (1 + Math.random())) / 2);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX);
  }

  async #ask() {
    try {
      const answer = await fetch("/queue/digest", { cache: "no-store" });
      if (answer.status === 401) this.#signedOut();
    } catch {
      // No answer at all: the watchdog says so in time.
    }
  }

  #signedOut() {
    clearTimeout(this.timer);
    this.source?.close();
    this.#mark("signed-out");
  }

  #mark(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
