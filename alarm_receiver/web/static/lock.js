// A console that is left alone locks itself: what is shown and heard goes on, acting needs the password.
// The receiver keeps the lock, so that a reload does not open it.

import { signIn } from "./screens.js";

const IDLE_MS = 15 * 60000;

export function start(texts) {
  const dialog = document.getElementById("lock");
  const form = dialog.querySelector("form");
  const said = form.querySelector("[role=alert]");
  let touchedMs = performance.now();
  for (const kind of ["pointerdown", "pointermove", "keydown"]) {
    addEventListener(kind, () => { touchedMs = performance.now(); }, { passive: true });
  }

  async function lock() {
    show();
    await fetch("/lock", { method: "POST" }).catch(() => {});
  }

  function show() {
    if (dialog.open) return;
    for (const other of document.querySelectorAll("dialog[open]")) other.close();
    said.textContent = "";
    form.reset();
    dialog.showModal();
    document.body.toggleAttribute("data-locked", true);
  }

  dialog.addEventListener("unlocked", () => { document.body.removeAttribute("data-locked"); dialog.close(); });
  dialog.addEventListener("cancel", (e) => e.preventDefault());
  // A second Escape closes a dialog whatever its page says; what is locked stays so.
  dialog.addEventListener("close", () => { if ("locked" in document.body.dataset) dialog.showModal(); });
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.status === 401) { signIn(); return; }
      if (!answer.ok) { said.textContent = (await answer.json()).said; return; }
      document.body.removeAttribute("data-locked");
      dialog.close();
    } catch {
      said.textContent = texts.notSent;
    }
  });
  document.getElementById("lock-now").addEventListener("click", lock);
  if ("locked" in document.body.dataset) show();
  return {
    locked: () => dialog.open,
    watch: (idleMs = IDLE_MS) => { if (!dialog.open && performance.now() - touchedMs > idleMs) lock(); },
  };
}
