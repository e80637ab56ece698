// The live link: rows by commit sequence, replay after any outage, and a banner when it is dead.
"use strict";
(() => {
  const SILENT_MS_MAX = 8000; // heartbeats come every 3 s; three missing ones are a dead link
  const data = document.body.dataset;
  const rows = document.getElementById("rows");
  const link = document.getElementById("link");
  const banner = document.getElementById("banner");
  const said = document.getElementById("said");
  let seq = Number(data.seq);
  let skewMs = Number(data.now) - Date.now();
  let heardMs = Date.now();
  let source = null;
  let retryMs = 500;

  function mark(state, text) {
    if (link.dataset.state === state) return;
    link.dataset.state = state;
    link.textContent = text;
    banner.hidden = state !== "lost";
    banner.textContent = state === "lost"
      ? "The link to the receiver is dead. What you see may be old. Use the second receiver or the phone." : "";
  }

  function heard() {
    heardMs = Date.now();
    retryMs = 500;
    mark("live", "Live");
  }

  function open() {
    if (source) source.close();
    source = new EventSource("/live/stream?after=" + seq);
    source.addEventListener("heartbeat", (e) => {
      skewMs = JSON.parse(e.data).now_ms - Date.now();
      heard();
    });
    source.addEventListener("row", (e) => {
      heard();
      place(e.data);
      seq = Math.max(seq, Number(e.lastEventId));
    });
    source.addEventListener("reset", () => location.reload());
    source.onerror = () => {
      // A browser gives up for good on an error status; we never do. Jitter spreads the consoles.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, retryMs * (0.5 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, 4000);
    };
  }

  function place(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const row = template.content.querySelector("tr");
    if (!row) return;
    const old = document.getElementById(row.id);
    if (old && Number(old.dataset.version) > Number(row.dataset.version)) return;
    const focused = old && old.contains(document.activeElement);
    if (old) old.remove();
    if (!("gone" in row.dataset)) {
      const next = [...rows.rows].find((other) => other.dataset.sort > row.dataset.sort);
      rows.insertBefore(row, next || null);
      if (focused) (row.querySelector("button") || document.body).focus();
    }
    tick();
  }

  function tick() {
    const nowMs = Date.now() + skewMs;
    let waiting = 0;
    for (const row of rows.rows) {
      if (row.dataset.state === "open") waiting += 1;
      const s = Math.max(0, Math.floor((nowMs - Number(row.dataset.opened)) / 1000));
      const h = Math.floor(s / 3600);
      const mmss = String(Math.floor(s / 60) % 60).padStart(2, "0") + ":" + String(s % 60).padStart(2, "0");
      row.querySelector("time").textContent = h ? h + ":" + mmss : mmss;
    }
    document.getElementById("waiting").textContent = waiting;
    document.getElementById("clock").textContent = new Date(nowMs).toISOString().slice(11, 19) + " UTC";
    document.title = (waiting ? "(" + waiting + ") " : "") + "Tickets – Holdfast";
  }

  async function take(form) {
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
      });
      if (answer.status === 401) { location.assign("/sign-in"); return; }
      const body = await answer.json();
      said.textContent = answer.ok ? "" : body.said || body.detail;
    } catch {
      said.textContent = "Not taken: the receiver cannot be reached.";
    }
  }

  rows.addEventListener("submit", (e) => { e.preventDefault(); take(e.target); });
  addEventListener("keydown", (e) => {
    if (e.code !== "F2") return; // a function key: the same on every keyboard layout
    e.preventDefault();
    const form = rows.querySelector("tr[data-state=open] form");
    if (form) take(form);
  });
  setInterval(tick, 500);
  setInterval(() => {
    const silentMs = Date.now() - heardMs;
    if (silentMs > SILENT_MS_MAX) mark("lost", "Link lost");
    if (silentMs > SILENT_MS_MAX + 4000) { heardMs += 4000; open(); }
  }, 1000);
  tick();
  open();
})();
