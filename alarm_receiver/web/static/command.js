// The command bar (Ctrl+K): a ticket by number, a site by name, or a screen. Matched on the key's place
// on the keyboard, so that it is the same on Hebrew, Persian and Cyrillic layouts.

import { open } from "./screens.js";
import { latin } from "./words.js";

const FOUND_MAX = 8;

export function start(texts) {
  const dialog = document.getElementById("command");
  const input = document.getElementById("command-text");
  const list = document.getElementById("command-list");
  let chosen = 0;

  function fill() {
    const wanted = input.value.trim().toLocaleLowerCase();
    const found = [...candidates(wanted)].slice(0, FOUND_MAX);
    list.replaceChildren(...found.map((one, place) => option(one, place)));
    choose(0);
    document.getElementById("command-said").textContent = found.length ? "" : texts.none;
  }

  function* candidates(wanted) {
    for (const card of document.querySelectorAll("#queue > li")) {
      const link = card.querySelector(".where a");
      const text = link.textContent + " " + card.querySelector(".account").textContent;
      const kind = card.querySelector(".what strong").textContent;
      if (card.dataset.number === latin(wanted) || (text + " " + kind).toLocaleLowerCase().includes(wanted)) {
        yield { href: link.href, text: kind + " · " + text, number: card.dataset.number };
      }
    }
    for (const link of document.querySelectorAll("nav.side a")) {
      if (link.textContent.toLocaleLowerCase().includes(wanted)) yield { href: link.href, text: link.textContent.trim() };
    }
  }

  function option(one, place) {
    const item = document.createElement("li");
    item.id = "command-" + place;
    item.setAttribute("role", "option");
    item.dataset.href = one.href;
    const text = document.createElement("bdi");
    text.textContent = one.text;
    item.append(text);
    if (one.number) {
      const number = document.createElement("span");
      number.textContent = "#" + one.number;
      number.dir = "ltr";
      item.append(" ", number);
    }
    item.addEventListener("click", () => follow(item));
    return item;
  }

  function choose(place) {
    const items = list.children;
    if (!items.length) { input.removeAttribute("aria-activedescendant"); return; }
    chosen = (place + items.length) % items.length;
    for (const [at, item] of [...items].entries()) item.setAttribute("aria-selected", String(at === chosen));
    input.setAttribute("aria-activedescendant", "command-" + chosen);
  }

  function follow(item) {
    dialog.close();
    open(item.dataset.href);
  }

  function show() {
    input.value = "";
    fill();
    dialog.showModal();
    input.focus();
  }

  input.addEventListener("input", fill);
  input.addEventListener("keydown", (e) => {
    if (e.code === "ArrowDown") choose(chosen + 1);
    else if (e.code === "ArrowUp") choose(chosen - 1);
    else if (e.code === "Enter" && list.children[chosen]) follow(list.children[chosen]);
    else return;
    e.preventDefault();
  });
  document.getElementById("command-open").addEventListener("click", show);
  return show;
}
