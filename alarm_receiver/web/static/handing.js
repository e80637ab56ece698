// Tickets that go from hand to hand: F7 opens the form that passes one on, and both operators are told on
// their screens, who did it and why. What is told stays until it is seen.

import { open as openScreen } from "./screens.js";

const TOLD_MAX = 5;
const apart = (text) => "\u2068" + text + "\u2069";
// A name is put in as it is: a function, so that no sign in it means anything.
const put = (text, name, value) => text.replace("{" + name + "}", () => apart(value));
const whatOf = (card) => card.querySelector(".what strong").textContent + ", " + card.querySelector(".where a").textContent;

export function start(queue, sound, texts, me) {
  const told = document.getElementById("told");

  queue.addEventListener("handed", ({ detail: { card, from, to } }) => {
    if (from !== me && to !== me) return;
    tell(card, to).catch(() => {
      // The link has died meanwhile; it is loud about that, and Mine lists what is whose.
    });
  });

  async function tell(card, to) {
    const url = "/tickets/" + card.id.slice(2);
    const answer = await fetch(url, { headers: { "X-Part": "main" } });
    if (!answer.ok) return;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    const newest = template.content.querySelector('.timeline [data-act="transfer"]')?.dataset;
    if (!newest || newest.by === me) return;
    const what = whatOf(card);
    const words = to === me ? texts.passedToMe : texts.passedFromMe;
    show(url, put(put(put(words, "who", newest.by), "to", to), "what", what), newest.why);
    sound.arrived(to === me && card.dataset.class === "emergency");
  }

  function show(url, text, why) {
    const line = document.createElement("div");
    const words = document.createElement("p");
    words.textContent = text;
    if (why) {
      const reason = document.createElement("bdi");
      reason.textContent = why;
      words.append(" ", reason);
    }
    const open = document.createElement("a");
    open.className = "button";
    open.href = url;
    open.textContent = texts.open;
    const seen = document.createElement("button");
    seen.type = "button";
    seen.textContent = texts.seen;
    for (const one of [open, seen]) one.addEventListener("click", () => line.remove());
    line.append(words, open, seen);
    told.append(line);
    while (told.children.length > TOLD_MAX) told.firstElementChild.remove();
  }

  // ---- a ticket that was taken although the answer never came: nobody may hold one without knowing it
  let unsure = null;
  const held = () => [...queue.list.children].filter((card) => card.dataset.holder === me);

  function look() {
    const card = unsure && held().find((one) => !unsure.has(one.id));
    if (!card) return;
    unsure = null;
    show("/tickets/" + card.id.slice(2), put(texts.yours, "what", whatOf(card)), "");
  }
  queue.addEventListener("changed", look);
  return {
    holding: () => new Set(held().map((card) => card.id)),
    /** The answer to a wish to take was lost; `before` was held when it was asked for. */
    lost: (before) => { unsure = before; look(); },
    /** An answer came: there is nothing to be unsure about. */
    sure: () => { unsure = null; },
  };
}

/** F7: the form on the ticket shown, or that of the card or row with the focus. */
export function passOn() {
  const near = document.activeElement?.closest("#queue > li, #main tr")?.querySelector('a[href$="?do=pass-on"]');
  if (near?.checkVisibility()) { openScreen(near.href); return; }
  const field = document.querySelector("#main [data-pass-on]");
  if (!field) return;
  const folded = field.closest("details");
  if (folded) folded.open = true;
  field.focus();
}
