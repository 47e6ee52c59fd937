// Passkeys: turns the server's options into what the browser wants, and the browser's answer into JSON (WebAuthn Level 3,
// clauses 5.1.8 to 5.1.10). Nothing is decided here; without this script every other way of signing in works.

const supported = "credentials" in navigator && typeof PublicKeyCredential === "function";

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
};
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function send(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? "the daemon refused");
  return answer;
}

/** Asks for a passkey at one address and sends its answer to another. */
async function answer(begin, finish) {
  const begun = await send(begin, {});
  const options = begun.options.publicKey;
  const credential = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { response } = credential;
  await send(finish, {
    handle: begun.handle,
    answer: JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      extensions: {},
      response: {
        authenticatorData: text(response.authenticatorData),
        clientDataJSON: text(response.clientDataJSON),
        signature: text(response.signature),
        userHandle: response.userHandle ? text(response.userHandle) : null,
      },
    }),
  });
  location.assign("/");
}

const signIn = () => answer("/login/passkey", "/login/passkey/finish");
const again = () => answer("/api/v1/sessions/step-up/passkey", "/api/v1/sessions/step-up");

async function make(form) {
  const named = form.elements.namedItem("name");
  if (named && !named.reportValidity()) return;
  const who = { ticket: form.elements.namedItem("ticket").value, ...(named ? { name: named.value } : {}) };
  const begun = await send("/setup/passkey", who);
  const options = begun.options.publicKey;
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  const { response } = credential;
  const kept = await send("/setup/passkey/finish", {
    ...who,
    handle: begun.handle,
    answer: JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      extensions: {},
      response: {
        attestationObject: text(response.attestationObject),
        clientDataJSON: text(response.clientDataJSON),
        transports: response.getTransports?.() ?? [],
      },
    }),
  });
  show(kept.codes, form);
}

function show(codes, form) {
  const page = document.querySelector("template[data-codes]").content.cloneNode(true);
  const list = page.querySelector("ol");
  for (const code of codes) {
    const row = document.createElement("li");
    row.append(Object.assign(document.createElement("code"), { textContent: code }));
    list.append(row);
  }
  form.replaceWith(page);
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!supported) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const note = document.querySelector("[data-passkey-note]");
    note.hidden = true;
    button.disabled = true;
    try {
      const acts = { make: () => make(button.form ?? document.querySelector("[data-setup]")), "sign-in": signIn, again };
      await acts[button.dataset.passkey]();
    } catch (error) {
      const gaveUp = error instanceof DOMException && error.name === "NotAllowedError";
      note.textContent = gaveUp ? "The passkey was not used. Try again when you are ready." : `That did not work: ${error.message}.`;
      note.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}
