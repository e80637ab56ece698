"use strict";
// The demo's page: sends a press, shows the lamp and the hops as the demo reports them.
const HOPS = ["taken", "spooled", "committed", "stored", "acknowledged"];
const QUIET_MS_MAX = 8000;
const byId = (id) => document.getElementById(id);
const shown = (ms) => (ms === undefined ? "" : ms.toFixed(1) + " ms");
let heardMs = Date.now();

function showHops(news) {
  for (const row of byId("hops").children) {
    const ms = news.ms[row.dataset.hop];
    row.classList.toggle("done", ms !== undefined);
    row.querySelector("output").textContent = shown(ms);
  }
  byId("none").hidden = true;
  byId("presses").hidden = false;
  const body = byId("presses").tBodies[0];
  const id = "p" + news.epoch + "-" + news.number;
  let row = byId(id);
  if (!row) {
    row = body.insertRow(0);
    row.id = id;
    for (let n = 0; n <= HOPS.length; n += 1) row.insertCell();
    row.cells[0].textContent = news.epoch + "." + news.number;
    while (body.rows.length > 12) body.deleteRow(-1);
  }
  HOPS.forEach((hop, n) => { row.cells[n + 1].textContent = shown(news.ms[hop]); });
}

function showLamp(state) {
  document.querySelector(".lamps").dataset.state = state;
  byId("lamp").textContent = state;
}

function follow() {
  const stream = new EventSource("stream");
  const heard = () => { heardMs = Date.now(); byId("dead").hidden = true; };
  stream.addEventListener("quiet", heard);
  stream.onmessage = (arrival) => {
    heard();
    const news = JSON.parse(arrival.data);
    if (news.lamp) showLamp(news.lamp);
    if (news.ms) showHops(news);
  };
}

setInterval(() => { byId("dead").hidden = Date.now() - heardMs < QUIET_MS_MAX; }, 1000);
byId("press").addEventListener("click", () => {
  byId("press").classList.add("down");
  setTimeout(() => byId("press").classList.remove("down"), 150);
  fetch("press", { method: "POST", headers: { "X-Demo": "press" } }).catch(() => { byId("dead").hidden = false; });
});
fetch("facts").then((answer) => answer.json()).then((facts) => {
  byId("console").href = facts.console;
  byId("device").textContent = facts.device;
});
follow();
