// What is typed and not sent yet. It lives in this tab only, under the name of who typed it, and is
// forgotten once the receiver has taken it, or when he signs out. Passwords and spoken words are never kept.

const STORE = "holdfast-draft:";
const SECRET = "[type=password], [type=hidden], [type=file], [autocomplete=one-time-code], [data-secret]";

const fields = (form) => [...form.elements].filter((one) => one.name && !one.matches(SECRET) && one.type !== "submit");
const chosen = (field) => !["radio", "checkbox"].includes(field.type) || field.checked;
const givenBack = (form) => form.dataset.givenBack !== undefined;
const ofTicket = (form) => form.matches("[data-autosave], [data-draft]");

/** What the receiver drew, before anybody typed: an older draft must not undo what others have changed. */
function drawn(form) {
  return fields(form).map((one) => one.tagName === "SELECT"
    ? [...one.options].filter((option) => option.defaultSelected).map((option) => option.value).join()
    : ["radio", "checkbox"].includes(one.type) ? one.value + one.defaultChecked : one.defaultValue).join("\n");
}

/** Where a form's text is kept: by who types, the form's address (it names the ticket), and its question. */
export function keyOf(form) {
  const { question, draft } = form.dataset;
  return STORE + document.body.dataset.me + ":" + form.getAttribute("action") + ":" + (question ?? draft ?? location.pathname);
}

export function keep(form) {
  const typed = fields(form).filter(chosen).map((one) => [one.name, one.value]);
  // A form that was not taken was drawn with what was typed: what the receiver has is what was drawn before.
  const before = givenBack(form) && JSON.parse(sessionStorage.getItem(keyOf(form)))?.drawn;
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify({ typed, drawn: before || drawn(form) }));
  } catch {
    // The tab's store is full: the text stays in its field.
  }
}

export function forget(key) {
  sessionStorage.removeItem(key);
}

/** Put what was typed into the forms of the screen shown; `changed` is told of each form that differs. */
export function restore(changed) {
  for (const form of document.querySelectorAll("#main form[method=post]")) {
    const kept = sessionStorage.getItem(keyOf(form));
    if (!kept) continue;
    const { typed, drawn: before } = JSON.parse(kept);
    if (!ofTicket(form) && !givenBack(form) && before !== drawn(form)) continue;
    for (const field of fields(form)) {
      const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    const folded = form.closest("details");
    if (folded) folded.open = true;
    changed(form);
  }
}

export function start() {
  document.addEventListener("input", (e) => {
    const form = e.target.closest?.("#main form[method=post]");
    if (form && !form.matches("[data-autosave]")) keep(form);
  });
  document.addEventListener("submit", (e) => {
    if (e.target.getAttribute("action") !== "/sign-out") return;
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(STORE)) sessionStorage.removeItem(key);
  });
}
