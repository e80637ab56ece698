// A ticket's screen: answers saved by themselves, typed text kept through reloads and outages, and what
// happens on the ticket shown without touching what is being typed.

import { say } from "./screens.js";

const SAVE_MS = 600;
const RETRY_MS = 2000;
const STORE = "holdfast-draft:";

export function start(queue, texts) {
  const timers = new WeakMap();
  const current = () => document.querySelector("article.sheet");

  // ---- answers save themselves a moment after the last key
  document.addEventListener("input", (e) => {
    const form = e.target.closest?.("form[data-autosave]");
    if (form) {
      keep(form);
      mark(form, texts.saving);
      clearTimeout(timers.get(form));
      const wait = e.target.type === "radio" ? 0 : SAVE_MS;
      timers.set(form, setTimeout(() => save(form), wait));
    } else if (e.target.closest?.("form[data-draft]")) keep(e.target.closest("form"));
  });
  document.addEventListener("submit", (e) => {
    if (e.target.matches("form[data-autosave]")) { e.preventDefault(); save(e.target); }
  }, { capture: true });

  async function save(form) {
    const body = new URLSearchParams(new FormData(form));
    const text = body.get("text") ?? "";
    const key = keyOf(form);
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
      if (answer.status === 401) { location.assign("/sign-in"); return; }
      const said = await answer.json();
      const shown = current();
      // My own answer is seen; anything else that came in between still has to be.
      if (answer.ok && shown?.contains(form) && said.version === newest(shown) + 1) see(shown, said.version);
      if (!answer.ok) { mark(form, said.said ?? said.detail, true); return; }
      if ((new FormData(form).get("text") ?? "") === text) {
        sessionStorage.removeItem(key);
        mark(form, texts.saved);
      }
    } catch {
      // The text stays here and goes out when the receiver is back.
      mark(form, texts.unsaved, true);
      clearTimeout(timers.get(form));
      timers.set(form, setTimeout(() => form.isConnected && save(form), RETRY_MS));
    }
  }

  function mark(form, text, bad = false) {
    const said = form.querySelector(".saved");
    said.textContent = text;
    said.toggleAttribute("data-bad", bad);
  }

  // ---- what is typed survives a reload; it lives in this tab only and ends with it
  function keyOf(form) {
    return STORE + (current()?.dataset.ticket ?? "") + ":" + (form.dataset.question ?? form.dataset.draft);
  }

  function keep(form) {
    const fields = [...new FormData(form)].filter(([name]) => name !== "version" && name !== "question");
    sessionStorage.setItem(keyOf(form), JSON.stringify(fields));
  }

  function restore() {
    for (const form of document.querySelectorAll("form[data-autosave], form[data-draft]")) {
      const kept = sessionStorage.getItem(keyOf(form));
      if (!kept) continue;
      for (const [name, value] of JSON.parse(kept)) {
        const field = form.elements[name];
        if (field instanceof RadioNodeList || field) field.value = value;
      }
      if (form.dataset.question) save(form);
    }
  }

  document.addEventListener("submit", (e) => {
    if (e.target.matches("#main form[data-draft]")) sessionStorage.removeItem(keyOf(e.target));
  });

  // ---- what happens on the ticket meanwhile
  queue.addEventListener("changed", ({ detail: card }) => {
    const shown = current();
    if (shown && card.id === "t-" + shown.dataset.ticket) refresh(shown, card.dataset.version);
  });

  async function refresh(shown, version) {
    if (Number(version) <= Number(shown.dataset.version)) return;
    const answer = await fetch("/tickets/" + shown.dataset.ticket, { headers: { "X-Part": "main" } });
    if (!answer.ok || current() !== shown) return;
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
      shown.querySelector(`[data-live="${part.dataset.live}"]`)?.replaceWith(part);
    }
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
  return say;
}
