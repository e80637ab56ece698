// Sounds: an emergency that nobody took sounds every two seconds, also while the page is hidden.
// Browsers allow sound only after a person has touched the page: a shift begins with "Start shift", which
// plays a test sound. Until it can be heard a strip over the queue says so, and whether it is blocked.

const REPEAT_MS = 2000;
const SILENCE_MS = 30000;
const START_MS_MAX = 1500; // a sound that was asked for and does not run by then is blocked
const TONES = {
  // name: [frequency in hertz, start in s, length in s] ...
  emergency: [[880, 0, 0.16], [660, 0.2, 0.16], [880, 0.4, 0.16]],
  technical: [[520, 0, 0.14]],
  lost: [[440, 0, 0.22], [330, 0.26, 0.22], [247, 0.52, 0.3]],
  started: [[660, 0, 0.08], [880, 0.1, 0.1]],
};

export class Sound {
  /** `button` shows the state in the bar, `strip` is the call to start; `texts` are the page's. */
  constructor(button, strip, texts) {
    this.button = button;
    this.strip = strip;
    this.blocked = false;
    this.texts = texts;
    this.silentUntilMs = 0;
    this.playedMs = -REPEAT_MS;
    try {
      this.audio = new AudioContext();
      this.audio.addEventListener("statechange", () => this.show());
    } catch {
      this.audio = null;
    }
    button.addEventListener("click", () => this.start());
    strip.querySelector("button").addEventListener("click", () => this.start());
    // Any touch of the page may start the sound; the operator need not find the button. Not at pointerdown:
    // the button's words change with it, and what was pressed would move away before it is let go.
    for (const kind of ["click", "keydown"]) {
      addEventListener(kind, () => { if (!this.running) this.audio?.resume(); }, { passive: true });
    }
    this.show();
  }

  get running() {
    return this.audio?.state === "running";
  }

  get silenced() {
    return performance.now() < this.silentUntilMs;
  }

  async start() {
    // A browser that blocks the sound never settles this promise.
    await Promise.race([this.audio?.resume(), new Promise((done) => setTimeout(done, START_MS_MAX))]);
    this.blocked = !this.running;
    this.silentUntilMs = 0;
    this.show();
    this.play("started");
  }

  silence() {
    this.silentUntilMs = performance.now() + SILENCE_MS;
    this.show();
  }

  /** A new alarm ends every silence. */
  arrived(emergency) {
    if (emergency) this.silentUntilMs = 0;
    this.show();
    this.play(emergency ? "emergency" : "technical");
  }

  /** Called every half second with what is to be heard just now: "emergency", "lost" or nothing. */
  repeat(name) {
    if (this.silentUntilMs && !this.silenced) { this.silentUntilMs = 0; this.show(); }
    if (!name || this.silenced || performance.now() - this.playedMs < REPEAT_MS - 50) return;
    this.play(name);
  }

  play(name) {
    if (name !== "started" && performance.now() - this.playedMs < 400) return; // one sound, not a hundred
    this.playedMs = performance.now();
    if (!this.running) { this.show(); return; }
    for (const [hertz, at, length] of TONES[name]) this.#tone(hertz, at, length);
    document.dispatchEvent(new CustomEvent("holdfast:sound", { detail: name }));
  }

  #tone(hertz, at, length) {
    const tone = this.audio.createOscillator();
    const volume = this.audio.createGain();
    const begin = this.audio.currentTime + at;
    tone.frequency.value = hertz;
    tone.type = "triangle";
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.35, begin + 0.01);
    volume.gain.setValueAtTime(0.35, begin + length - 0.03);
    volume.gain.linearRampToValueAtTime(0, begin + length);
    tone.connect(volume).connect(this.audio.destination);
    tone.start(begin);
    tone.stop(begin + length);
  }

  show() {
    if (this.running) this.blocked = false;
    const state = this.blocked ? "blocked" : !this.running ? "off" : this.silenced ? "silent" : "on";
    this.strip.hidden = this.running;
    if (this.button.dataset.state === state) return;
    this.button.dataset.state = state;
    this.button.querySelector("span").textContent = this.texts[{ off: "soundOff", blocked: "soundBlocked", on: "soundOn", silent: "soundSilent" }[state]];
    this.strip.dataset.state = state;
    this.strip.querySelector("[role=status]").textContent = this.texts[state === "blocked" ? "soundHelp" : "soundWhy"];
  }
}
