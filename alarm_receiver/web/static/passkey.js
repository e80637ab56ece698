// Passkeys: asks the receiver for a challenge, lets the browser's authenticator sign it, and hands the answer back.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.said ?? said.detail);
  return said;
}

function named(list) {
  return (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
}

async function make(name) {
  const asked = await post("/account/passkeys/options");
  const made = await navigator.credentials.create({ publicKey: {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: named(asked.excludeCredentials),
  } });
  const { clientDataJSON, attestationObject } = made.response;
  return post("/account/passkeys", { name, answer: {
    id: made.id, rawId: text(made.rawId), type: made.type,
    response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) },
  } });
}

export async function enter(back) {
  const asked = await post("/sign-in/passkey/options");
  const given = await navigator.credentials.get({ publicKey: {
    ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials),
  } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = given.response;
  return post(`/sign-in/passkey?back=${encodeURIComponent(back)}`, {
    id: given.id, rawId: text(given.rawId), type: given.type,
    response: {
      clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  });
}

document.addEventListener("submit", async (e) => {
  const form = e.target.closest("form[data-passkey]");
  if (!form) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  const said = form.querySelector("[role=alert]");
  const button = form.querySelector("button");
  said.textContent = "";
  button.disabled = true;
  try {
    const done = form.dataset.passkey === "new" ? await make(form.elements.name.value) : await enter(form.dataset.back);
    if (done.to) location.assign(done.to);
    else form.dispatchEvent(new CustomEvent("unlocked", { bubbles: true }));
  } catch (error) {
    said.textContent = `${form.dataset.failed} ${error.message}`;
  } finally {
    button.disabled = false;
  }
}, true);
