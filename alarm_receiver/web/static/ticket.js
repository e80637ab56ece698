// A ticket's screen: answers saved by themselves, typed text kept through reloads and outages, and what
// happens on the ticket shown without touching what is being typed.

import { forget, keep, keyOf, restore as typed } from "./drafts.js";
import { replace, say, signIn } from "./screens.js";

const SAVE_MS = 600;
const RETRY_MS = 2000;
const LATER = [423, 429]; // and whatever the receiver's side is to blame for: the text goes out later

export function start(queue, texts) {
  const timers = new Map(); // by the draft's key: a screen that was left and come back to has new forms
  const current = () => document.querySelector("article.sheet");

  // ---- answers save themselves a moment after the last key, also when their screen was left meanwhile
  document.addEventListener("input", (e) => {
    const form = e.target.closest?.("form[data-autosave]");
    if (!form) return;
    keep(form);
    mark(form, texts.saving);
    later(form, e.target.type === "radio" ? 0 : SAVE_MS);
  });
  document.addEventListener("submit", (e) => {
    if (e.target.matches("form[data-autosave]")) { e.preventDefault(); save(e.target); }
  }, { capture: true });

  function later(form, ms) {
    const key = keyOf(form);
    clearTimeout(timers.get(key));
    timers.set(key, setTimeout(() => save(form), ms));
  }

  async function save(form) {
    const body = new URLSearchParams(new FormData(form));
    const text = body.get("text") ?? "";
    const key = keyOf(form);
    clearTimeout(timers.get(key));
    timers.delete(key);
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
      if (answer.status === 401) { signIn(); return; }
      if (answer.status >= 500 || LATER.includes(answer.status)) { unsaved(form); return; }
      const said = await answer.json();
      const shown = current();
      // My own answer is seen; anything else that came in between still has to be.
      if (answer.ok && shown?.contains(form) && said.version === newest(shown) + 1) see(shown, said.version);
      if (!answer.ok) {
        mark(form, said.said ?? said.detail, true);
        if (!form.isConnected) say(said.said ?? said.detail);
        return;
      }
      if ((new FormData(form).get("text") ?? "") === text) {
        forget(key);
        mark(form, texts.saved);
      }
    } catch {
      unsaved(form);
    }
  }

  /** The text stays here and goes out when the receiver is back, unless a newer form has it by then. */
  function unsaved(form) {
    mark(form, texts.unsaved, true);
    if (!timers.has(keyOf(form))) later(form, RETRY_MS);
  }

  function mark(form, text, bad = false) {
    const said = form.querySelector(".saved");
    said.textContent = text;
    said.toggleAttribute("data-bad", bad);
  }

  const restore = () => typed((form) => { if (form.dataset.question) save(form); });

  // ---- what happens on the ticket meanwhile
  queue.addEventListener("changed", ({ detail: card }) => {
    const shown = current();
    if (shown && card.id === "t-" + shown.dataset.ticket) refresh(shown, card.dataset.version);
  });

  async function refresh(shown, version) {
    if (Number(version) <= Number(shown.dataset.version)) return;
    const answer = await fetch("/tickets/" + shown.dataset.ticket, { headers: { "X-Part": "main" } }).catch(() => null);
    if (!answer?.ok || current() !== shown) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const fresh = template.content.querySelector("article.sheet");
    const signals = (root) => root.querySelectorAll('.timeline [data-act="signal"], .timeline [data-act="security"]').length;
    const more = signals(fresh) > signals(shown);
    // Who holds the ticket may do other things than who held it; what he typed is kept in this tab.
    const holders = [fresh.dataset.holder, shown.dataset.holder];
    const handed = holders[0] !== holders[1] && holders.includes(document.body.dataset.me);
    if (handed || (fresh.dataset.state !== shown.dataset.state && !shown.contains(document.activeElement))) {
      const focused = shown.contains(document.activeElement);
      shown.replaceWith(fresh);
      restore();
      if (focused) document.getElementById("main").focus({ preventScroll: true });
      return;
    }
    for (const part of fresh.querySelectorAll("[data-live]")) {
      const old = shown.querySelector(`[data-live="${part.dataset.live}"]`);
      if (old) replace(old, part);
    }
    if (fresh.dataset.state === "closed" && shown.dataset.state !== "closed") say(texts.ended);
    shown.dataset.state = fresh.dataset.state;
    if (more) shown.querySelector("[data-new-signal]").hidden = false;
    // Forms stay at the version that was seen: what is new must be looked at before closing over it.
    if (shown.querySelector("[data-new-signal]").hidden) see(shown, fresh.dataset.version);
    shown.dataset.version = fresh.dataset.version;
  }

  const newest = (shown) => Math.max(...[...shown.querySelectorAll("input[name=version]")].map((field) => Number(field.value)));

  function see(shown, version) {
    for (const field of shown.querySelectorAll("input[name=version]")) field.value = version;
  }

  document.addEventListener("click", (e) => {
    if (!e.target.closest?.("[data-seen]")) return;
    const shown = current();
    shown.querySelector("[data-new-signal]").hidden = true;
    see(shown, shown.dataset.version);
  });
  document.addEventListener("holdfast:screen", restore);
  restore();
}
