// The queue: cards placed as they change, waits counted by the receiver's clock, and a comparison with
// the receiver every 30 s that mends what no link should ever lose.

import { figure, span } from "./words.js";

const DIGEST_MS = 30000;
const LOOK_AGAIN_MS = 1200;
const SHIFT_MS = 400;
const STEPS = 64; // of a bar: it is that many pixels long
const SHOWN_MAX = 100; // cards; an emergency is shown whatever its place

export class Queue extends EventTarget {
  constructor(list, link, texts) {
    super();
    this.list = list;
    this.link = link;
    this.texts = texts;
    this.shiftedMs = -SHIFT_MS;
    this.shiftedFrom = 0;
    this.healed = 0;
    this.late = new WeakSet();
    this.parts = new WeakMap(); // how much of its bar a card shows
    this.drawn = null;
    this.all = false;
    const more = document.getElementById("more");
    more.querySelector("button").addEventListener("click", () => { this.all = true; this.fold(); });
    this.fold();
    setInterval(() => { if (this.link.source) this.compare(); }, DIGEST_MS);
  }

  get waiting() {
    return this.list.querySelectorAll(":scope > [data-state=open][data-class=emergency]");
  }

  /** Put one card where it belongs. An older one than is shown changes nothing. */
  place(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const card = template.content.querySelector("li");
    if (!card) return;
    const old = document.getElementById(card.id);
    if (old && Number(old.dataset.version) >= Number(card.dataset.version)) return;
    this.handed(old, card);
    const focused = old?.contains(document.activeElement);
    const next = [...this.list.children].find((one) => one !== old && one.dataset.sort > card.dataset.sort) ?? null;
    if ("gone" in card.dataset) {
      const beside = old?.nextElementSibling ?? old?.previousElementSibling;
      old?.remove();
      if (focused) (beside?.querySelector("button, a") ?? document.getElementById("main")).focus();
    }
    else if (old && old.nextElementSibling === next) old.replaceWith(card);
    else {
      old?.remove();
      this.list.insertBefore(card, next);
      const place = [...this.list.children].indexOf(card);
      this.shiftedFrom = this.shifting(this.list.lastElementChild) ? Math.min(place, this.shiftedFrom) : place;
      this.shiftedMs = performance.now();
    }
    if (focused && card.isConnected) (card.querySelector("button, a") ?? card).focus();
    const fresh = card.dataset.state === "open" && (!old || old.dataset.state !== "open");
    this.soon();
    if (fresh) this.dispatchEvent(new CustomEvent("fresh", { detail: card }));
    this.dispatchEvent(new CustomEvent("changed", { detail: card }));
  }

  /** A ticket that went from one pair of hands into another: who they are is on the two cards. */
  handed(old, card) {
    const from = old?.dataset.holder;
    const to = card.dataset.holder;
    if (from && to && from !== to) this.dispatchEvent(new CustomEvent("handed", { detail: { card, from, to } }));
  }

  /** Whether `card` has just moved, so that a press may have hit another one than was meant. */
  shifting(card) {
    if (performance.now() - this.shiftedMs >= SHIFT_MS) return false;
    return [...this.list.children].indexOf(card) >= this.shiftedFrom;
  }

  /** Fold and count once before the next picture, however many cards a flood brings before it. */
  soon() {
    this.drawn ??= requestAnimationFrame(() => {
      this.drawn = null;
      this.fold();
      this.tick();
    });
  }

  /** In a flood the least urgent cards are folded away; emergencies, taken or not, never are. */
  fold() {
    let folded = 0;
    for (const [place, card] of [...this.list.children].entries()) {
      const hide = !this.all && place >= SHOWN_MAX && card.dataset.class !== "emergency";
      if (card.hidden !== hide) card.hidden = hide;
      folded += hide;
    }
    const more = document.getElementById("more");
    more.hidden = !folded;
    if (folded) more.querySelector("span").textContent = this.texts.more.replace("{n}", figure(folded));
  }

  /** Waits, bars and counts, as of now by the receiver's clock. */
  tick() {
    const now = this.link.nowMs();
    let waiting = 0;
    let oldest = 0;
    for (const card of this.list.children) {
      if (card.hidden) continue;
      const data = card.dataset;
      const ms = Math.max(0, now - Number(data.opened));
      const since = card.querySelector("[data-since]");
      const text = span(ms);
      if (since.textContent !== text) since.textContent = text;
      if (data.state !== "open") continue;
      if (data.class === "emergency") { waiting += 1; oldest = Math.max(oldest, ms); }
      const part = Math.min(1, Math.floor(STEPS * ms / Number(data.limit)) / STEPS);
      if (this.parts.get(card) !== part) {
        this.parts.set(card, part);
        card.querySelector(".limit i").style.setProperty("--part", part);
      }
      if (ms > Number(data.limit) && !this.late.has(card)) {
        this.late.add(card);
        card.dataset.late = "";
        card.querySelector(".late-word").textContent = this.texts.late;
      }
    }
    this.counted(waiting, oldest);
  }

  counted(waiting, oldest) {
    const tile = document.getElementById("waiting");
    tile.dataset.some = String(waiting > 0);
    tile.querySelector("[data-count]").textContent = figure(waiting);
    const longest = document.getElementById("oldest");
    longest.dataset.some = String(waiting > 0);
    longest.querySelector("[data-oldest]").textContent = waiting ? span(oldest) : "–";
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = (waiting ? "(" + waiting + ") " : "") + title;
  }

  /** Ask what is true; when it differs twice from what is shown, show all anew. */
  async compare() {
    const first = await this.#differing();
    if (!first.size) return;
    await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
    const again = await this.#differing();
    if ([...first].some((id) => again.has(id))) await this.startOver();
  }

  async #differing() {
    const differing = new Set();
    try {
      const answer = await fetch("/queue/digest", { cache: "no-store" });
      if (!answer.ok) return differing;
      const { versions, on_test: onTest, tests_ending: ending } = await answer.json();
      const tile = document.getElementById("on-test");
      tile.dataset.some = String(onTest > 0);
      tile.querySelector("[data-on-test]").textContent = figure(onTest);
      tile.querySelector("[data-ending]").hidden = !ending;
      for (const [id, version] of Object.entries(versions)) {
        const card = document.getElementById("t-" + id);
        if (!card || Number(card.dataset.version) < version) differing.add(id);
      }
      for (const card of this.list.children) {
        const id = card.id.slice(2);
        if (!(id in versions)) differing.add(id);
      }
    } catch {
      // The watchdog speaks for a dead link.
    }
    return differing;
  }

  async startOver() {
    const answer = await fetch("/queue/cards", { cache: "no-store" });
    if (!answer.ok) return;
    const { seq, html } = await answer.json();
    const known = new Map([...this.list.children].map((card) => [card.id, card]));
    this.list.innerHTML = html;
    this.link.seq = seq;
    this.healed += 1;
    this.fold();
    this.tick();
    for (const card of this.list.children) {
      this.handed(known.get(card.id), card);
      if (!known.has(card.id) && card.dataset.state === "open") {
        this.dispatchEvent(new CustomEvent("fresh", { detail: card }));
      }
      const before = known.get(card.id);
      known.delete(card.id);
      if (before?.dataset.version !== card.dataset.version) this.dispatchEvent(new CustomEvent("changed", { detail: card }));
    }
    for (const card of known.values()) {
      card.dataset.version = Number(card.dataset.version) + 1; // it has ended, so it has moved on
      this.dispatchEvent(new CustomEvent("changed", { detail: card }));
    }
  }
}
