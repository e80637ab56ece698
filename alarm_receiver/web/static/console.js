// The console: joins the link, the queue, the sound, the keys and the screens.

import * as command from "./command.js";
import * as drafts from "./drafts.js";
import * as handing from "./handing.js";
import { Link } from "./live.js";
import * as locking from "./lock.js";
import { Queue } from "./queue.js";
import * as screens from "./screens.js";
import { Sound } from "./sound.js";
import * as ticket from "./ticket.js";
import { latin, span } from "./words.js";

const data = document.body.dataset;
const texts = document.getElementById("texts").dataset;
const list = document.getElementById("queue");
const banner = document.getElementById("banner");
const link = new Link("/queue/stream", Number(data.seq), Number(data.now));
const queue = new Queue(list, link, texts);
const sound = new Sound(document.getElementById("sound"), document.getElementById("shift"), texts);
const showCommand = command.start(texts);
const lock = locking.start(texts);

// ---- the link's state, in words, and loud when it is dead
link.addEventListener("state", ({ detail: state }) => {
  const tile = document.getElementById("link");
  tile.dataset.state = state;
  const dead = state === "lost" || state === "signed-out";
  tile.querySelector("span").textContent = { live: texts.live, again: texts.again }[state] ?? texts.lost;
  banner.hidden = !dead;
  banner.querySelector("strong").textContent = !dead ? "" : state === "lost" ? texts.lostLong : texts.signedOut;
  banner.querySelector("a").hidden = state !== "signed-out";
  banner.querySelector("a").href = "/sign-in?back=" + encodeURIComponent(location.pathname + location.search);
  data.link = state;
  if (dead) sound.play("lost");
  if (state === "live") screens.catchUp();
});
link.addEventListener("card", ({ detail }) => queue.place(detail));
link.addEventListener("reset", () => queue.startOver());
link.addEventListener("beat", () => sound.repeat(wanted()));

// ---- new tickets: seen, heard and announced; a flood is announced as one
let unsaid = [];
queue.addEventListener("fresh", ({ detail: card }) => {
  sound.arrived(card.dataset.class === "emergency");
  if (!unsaid.length) setTimeout(announce, 300);
  unsaid.push(card);
});

function announce() {
  const first = unsaid.find((card) => card.dataset.class === "emergency") ?? unsaid[0];
  const more = unsaid.length > 1 ? " +" + (unsaid.length - 1) : "";
  unsaid = [];
  const what = first.querySelector(".what strong").textContent;
  const where = first.querySelector(".where a").textContent;
  // What stands outside an open dialog is silent to screen readers: each dialog has a place of its own.
  const shout = document.querySelector("dialog[open] [data-shout]") ?? document.getElementById("shout");
  shout.textContent = "";
  shout.textContent = texts.new + ": " + what + ", " + where + more;
}

// ---- taking: one at a time, for a key that bounces or a second click is no second wish
const BOUNCE_MS = 300;
let taking = false;
let takenMs = -BOUNCE_MS;
async function take(url, body) {
  if (taking || performance.now() - takenMs < BOUNCE_MS) return;
  taking = true;
  const before = hands.holding();
  try {
    const answer = await fetch(url, { method: "POST", headers: { Accept: "application/json" }, body });
    if (answer.status === 401) { screens.signIn(); return; }
    const said = await answer.json();
    takenMs = performance.now();
    taking = false;
    hands.sure();
    if (said.taken) screens.open("/tickets/" + said.taken);
    else screens.say(said.said ?? said.detail ?? texts.none);
  } catch {
    screens.say(texts.notSent);
    hands.lost(before);
  } finally {
    taking = false;
  }
}

list.addEventListener("submit", (e) => {
  e.preventDefault();
  // A list that moved under the pointer must not hand out the wrong ticket; keys choose by themselves.
  if (queue.shifting(e.target.closest("li")) && !e.submitter?.matches(":focus-visible")) { screens.say(texts.moved); return; }
  take(e.target.action, new URLSearchParams(new FormData(e.target)));
});

// ---- sending help: the first press chooses the nearest unit that suits, the second sends it
function send() {
  const button = document.querySelector("#main [data-key=F9]");
  const units = button?.form.querySelectorAll("input[name=unit]") ?? [];
  if (units.length && !button.form.querySelector("input[name=unit]:checked") && !button.form.elements.to.value.trim()) {
    units[0].checked = true;
    units[0].focus();
    screens.say(texts.nearest);
  } else button?.click();
}

// ---- keys: function keys by their place, the same on every layout
const KEYS = {
  F2: () => take("/queue/take"),
  F7: handing.passOn,
  F8: () => sound.silence(),
  F4: () => document.querySelector("#main [data-key=F4]")?.click(),
  F9: send,
  F6: () => {
    const inQueue = list.contains(document.activeElement);
    const target = inQueue ? document.getElementById("main") : list.querySelector("button, a");
    target?.focus();
  },
};
addEventListener("keydown", (e) => {
  if (lock.locked()) return;
  if (e.ctrlKey && e.code === "KeyK") { e.preventDefault(); showCommand(); return; }
  if (e.ctrlKey || e.altKey || e.metaKey || e.shiftKey || !(e.code in KEYS)) return;
  e.preventDefault();
  // Under an open dialog nobody sees the ticket: only what belongs to the queue goes on.
  if (document.querySelector("dialog[open]") && !["F2", "F8"].includes(e.code)) return;
  if (!e.repeat) KEYS[e.code]();
});

// ---- figures of a Persian or Arabic keyboard, where a number, a phone or a code is asked for
addEventListener("beforeinput", (e) => {
  if (!e.data || latin(e.data) === e.data || !e.target.matches("input[type=number], input[type=tel], input[dir=ltr]")) return;
  e.preventDefault();
  document.execCommand("insertText", false, latin(e.data));
});

// ---- one clock for everything; who does not work at the desk has no link and no queue
const atDesk = data.role !== "installer";
const wanted = () => (queue.waiting.length ? "emergency" : link.state === "lost" || link.state === "signed-out" ? "lost" : "");
const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", numberingSystem: "latn",
});

function tick() {
  for (const one of document.querySelectorAll("#main [data-until]")) {
    const ms = Number(one.dataset.until) - link.nowMs();
    one.textContent = span(Math.abs(ms));
    one.toggleAttribute("data-over", ms < 0);
  }
  if (atDesk) {
    link.watch();
    queue.tick();
    sound.repeat(wanted());
  }
  lock.watch();
  document.body.classList.toggle("tick");
  document.querySelector("#clock b").textContent = clock.format(link.nowMs());
}
new Worker("/static/ticker.js").onmessage = tick;

// ---- this browser: its time zone, and a warning about a second console
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  document.cookie = "holdfast_zone=" + zone + "; path=/; max-age=31536000; samesite=strict";
  document.querySelector("#clock span").textContent = zone.split("/").pop().replaceAll("_", " ");
}
// Another language or brightness is chosen on the screen that is shown, not on the one that was loaded first.
addEventListener("submit", (e) => {
  if (e.target.getAttribute("action") === "/choices") e.target.elements.back.value = location.pathname + location.search;
});
const others = new BroadcastChannel("holdfast-console");
others.onmessage = ({ data: said }) => {
  if (said === "here?") others.postMessage("here");
  else screens.say(texts.second);
};
others.postMessage("here?");
for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (e) => {
    if (e.code === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
  });
  addEventListener("click", (e) => { if (!menu.contains(e.target)) menu.open = false; });
}

document.addEventListener("holdfast:screen", () => { if (atDesk && link.state === "live") queue.compare(); });
drafts.start();
screens.start(texts);
screens.follow(queue, atDesk);
ticket.start(queue, texts);
const hands = handing.start(queue, sound, texts, data.me);
tick();
if (atDesk) link.open();
globalThis.holdfast = { link, queue, sound, lock };
