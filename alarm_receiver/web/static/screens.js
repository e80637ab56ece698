// Screens change inside the page, so that the link, the queue and the sound go on. Links and forms are
// ordinary ones: without this file they load whole pages.

let turn = 0;

/** Show the screen at `url`. Nothing happens when a newer change of screen has overtaken it. */
export async function go(url, { push = true, form = null } = {}) {
  const mine = ++turn;
  const answer = await fetch(url, {
    method: form ? "POST" : "GET",
    body: form,
    headers: { "X-Part": "main" },
  });
  if (answer.status === 401) { location.assign("/sign-in"); return false; }
  const html = await answer.text();
  if (mine !== turn) return false;
  const template = document.createElement("template");
  template.innerHTML = html;
  const main = template.content.querySelector("main");
  if (!main) { say(problem(html)); return false; }
  const title = template.content.querySelector("title");
  document.getElementById("command").close();
  document.getElementById("main").replaceWith(main);
  document.title = title.textContent;
  const at = new URL(answer.url);
  if (push && at.pathname + at.search !== location.pathname + location.search) {
    history.pushState({}, "", at.pathname + at.search);
  }
  mark();
  const first = main.querySelector("[autofocus]") ?? main.querySelector("[data-first]") ?? main;
  first.focus({ preventScroll: first === main });
  if (!form) scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("holdfast:screen", { detail: main.dataset.screen }));
  return answer.ok;
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
    return body.detail ?? body.said ?? text;
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
    const open = [...shown.querySelectorAll("details")].map((one) => one.open);
    if (!fresh || shown.contains(document.activeElement)) return;
    [...fresh.querySelectorAll("details")].forEach((one, place) => { one.open = open[place] ?? false; });
    shown.replaceWith(fresh);
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
    const data = new URLSearchParams(new FormData(form, e.submitter));
    const url = e.submitter?.hasAttribute("formaction") ? e.submitter.formAction : form.action;
    if (form.method === "get") go(url.split("?")[0] + "?" + data).catch(failed);
    else go(url, { form: data }).catch(failed);
  });
  // Searches answer while they are typed in.
  let typing = 0;
  document.addEventListener("input", (e) => {
    const form = e.target.closest?.("form[data-typing]");
    if (!form) return;
    clearTimeout(typing);
    typing = setTimeout(async () => {
      const url = form.action + "?" + new URLSearchParams(new FormData(form));
      const answer = await fetch(url, { headers: { "X-Part": "main" } }).catch(() => null);
      if (!answer?.ok || !form.isConnected) return;
      const template = document.createElement("template");
      template.innerHTML = await answer.text();
      document.getElementById("found")?.replaceWith(template.content.getElementById("found"));
    }, 60);
  });
  addEventListener("popstate", () => go(location.href, { push: false }).catch(() => location.reload()));
}
