// Screens change inside the page, so that the link, the queue and the sound go on. Links and forms are
// ordinary ones: without this file they load whole pages.

import { forget, keyOf } from "./drafts.js";

let turn = 0;
let behind = false; // the address is of a screen that could not be fetched yet
const sending = new WeakSet();

/** Sign in, and come back to where one is: what was typed lies in this tab. */
export function signIn() {
  location.assign("/sign-in?back=" + encodeURIComponent(location.pathname + location.search));
}

/** Show the screen at `url`. Nothing happens when a newer change of screen has overtaken it. */
export async function go(url, { push = true, form = null, sent = null } = {}) {
  const mine = ++turn;
  const answer = await fetch(url, {
    method: form ? "POST" : "GET",
    body: form,
    headers: { "X-Part": "main" },
  });
  if (answer.status === 401) { signIn(); return false; }
  if (answer.ok && sent) forget(keyOf(sent));
  const html = await answer.text();
  const template = document.createElement("template");
  template.innerHTML = html;
  const main = template.content.querySelector("main");
  // What was not done is told even when another screen was asked for since, and its text stays in this tab.
  const refusal = !answer.ok && form && (mine !== turn || main?.dataset.screen === "problem");
  if (!main || refusal) { say(main?.querySelector(".wrong")?.textContent ?? problem(html)); return false; }
  if (mine !== turn) return false;
  const title = template.content.querySelector("title");
  document.getElementById("command").close();
  document.getElementById("main").replaceWith(main);
  document.title = title.textContent;
  document.getElementById("said").textContent = ""; // what was said of the screen before
  behind = false;
  const at = new URL(answer.url);
  // A refused form is shown again where it stood: its own address is none that can be opened.
  const moved = !form || answer.redirected;
  if (push && moved && at.pathname + at.search !== location.pathname + location.search) {
    history.pushState({}, "", at.pathname + at.search);
  }
  mark();
  const first = main.querySelector("[autofocus]") ?? main.querySelector("[data-first], .wrong") ?? main;
  if (first.matches(".wrong")) first.tabIndex = -1;
  first.focus({ preventScroll: first === main });
  if (!form) scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("holdfast:screen", { detail: main.dataset.screen }));
  return answer.ok;
}

/** Put `fresh` in the place of `old`; what is typed in it and where the focus is stay. */
export function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const alike = (one, other) => one.tagName === other.tagName && one.name === other.name
    && one.getAttribute("href") === other.getAttribute("href")
    && one.form?.getAttribute("action") === other.form?.getAttribute("action");
  const place = focused && [...old.querySelectorAll(focused.tagName)].filter((one) => alike(one, focused)).indexOf(focused);
  if (focused?.value && focused.matches("input, textarea, select")) {
    const field = [...fresh.querySelectorAll(focused.tagName)].find((one) => alike(one, focused));
    if (field) field.value = focused.value;
  }
  old.replaceWith(fresh);
  if (!focused) return;
  const there = [...fresh.querySelectorAll(focused.tagName)].filter((one) => alike(one, focused))[place];
  (there ?? document.getElementById("main")).focus({ preventScroll: true });
}

/** Say something below the page, for eyes and screen readers. */
export function say(text) {
  const said = document.getElementById("said");
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = text; });
}

function problem(text) {
  try {
    const body = JSON.parse(text);
    return body.said ?? body.detail ?? text;
  } catch {
    return text.slice(0, 200);
  }
}

function mark() {
  document.body.dataset.screen = document.getElementById("main").dataset.screen;
  for (const link of document.querySelectorAll("nav.side a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // On a phone the names of the screens are a strip wider than it is: the one that is shown is seen.
  const strip = document.querySelector("nav.side");
  const here = strip?.querySelector("[aria-current]")?.getBoundingClientRect();
  if (!here || strip.scrollWidth <= strip.clientWidth) return;
  const around = strip.getBoundingClientRect();
  strip.scrollBy({ left: here.left + here.width / 2 - around.left - around.width / 2 });
}

const REFRESH_MS = 1200;
const REFRESH_IDLE_MS = 10000;

/** Screens of figures follow the queue: parts marked data-refresh are drawn anew, at most once in 1.2 s. */
export function follow(queue, linked) {
  let due = 0;
  const soon = () => { due ||= setTimeout(refresh, REFRESH_MS); };
  async function refresh() {
    due = 0;
    const shown = document.querySelector("#main [data-refresh]");
    if (!shown) return;
    const where = location.href;
    const answer = await fetch(where, { headers: { "X-Part": "main" } }).catch(() => null);
    if (!answer?.ok || location.href !== where || !shown.isConnected) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const fresh = template.content.querySelector("[data-refresh]");
    if (!fresh) return;
    const open = [...shown.querySelectorAll("details")].map((one) => one.open);
    [...fresh.querySelectorAll("details")].forEach((one, place) => { one.open = open[place] ?? false; });
    replace(shown, fresh);
  }
  queue.addEventListener("changed", soon);
  setInterval(soon, linked ? REFRESH_IDLE_MS : REFRESH_MS);
}

export function start(texts) {
  mark();
  const failed = () => say(texts.notSent);
  document.addEventListener("click", (e) => {
    const link = e.target.closest?.("a[href]");
    if (!link || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey) return;
    if (link.origin !== location.origin || link.hasAttribute("download") || link.target || link.hash) return;
    if (link.pathname.startsWith("/sign") || link.dataset.whole !== undefined) return;
    e.preventDefault();
    go(link.href).catch(failed);
  });
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (e.defaultPrevented || !form.closest("#main") || form.dataset.whole !== undefined) return;
    e.preventDefault();
    // A second Enter or click while the first is on its way is no second wish.
    if (sending.has(form)) return;
    const data = new URLSearchParams(new FormData(form, e.submitter));
    const url = e.submitter?.hasAttribute("formaction") ? e.submitter.formAction : form.action;
    if (form.method === "get") go(url.split("?")[0] + "?" + data).catch(failed);
    else {
      sending.add(form);
      go(url, { form: data, sent: form }).catch(failed).finally(() => sending.delete(form));
    }
  });
  // Searches answer while they are typed in.
  let typing = 0;
  let asked = 0;
  document.addEventListener("input", (e) => {
    const form = e.target.closest?.("form[data-typing]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(async () => {
      const url = form.action + "?" + new URLSearchParams(new FormData(form));
      const mine = ++asked;
      const answer = await fetch(url, { headers: { "X-Part": "main" } }).catch(() => null);
      const html = answer?.ok ? await answer.text() : "";
      // An answer that comes late must not stand under what has been typed since.
      if (mine !== asked || !form.isConnected) return;
      if (answer?.status === 401) { signIn(); return; }
      if (!html) { failed(); return; }
      const template = document.createElement("template");
      template.innerHTML = html;
      document.getElementById("found")?.replaceWith(template.content.getElementById("found"));
    }, 60);
  });
  // Going back with a dead link keeps the screen and the console around it; the other one comes with the link.
  addEventListener("popstate", () => go(location.href, { push: false }).catch(() => { behind = true; failed(); }));
}

/** Fetch the screen that could not be fetched while the link was dead. */
export function catchUp() {
  if (behind) go(location.href, { push: false }).catch(() => {});
}

/** Show the screen at `url`, or say that the receiver cannot be reached. */
export function open(url) {
  go(url).catch(() => say(document.getElementById("texts").dataset.notSent));
}
