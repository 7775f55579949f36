// Passkeys: shows the forms that need one where the browser has them, asks the
// authenticator, and sends its answer as fields of the form. Words come from the
// page.
"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  // Bytes travel as base64url. Browsers that know how to read and write the JSON
  // do it themselves; the rest is for those that do not yet.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));

  function read(kind, asked) {
    const parse = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (PublicKeyCredential[parse]) return PublicKeyCredential[parse](asked);
    const options = { ...asked, challenge: bytes(asked.challenge) };
    if (asked.user) options.user = { ...asked.user, id: bytes(asked.user.id) };
    if (asked.allowCredentials) options.allowCredentials = known(asked.allowCredentials);
    if (asked.excludeCredentials) options.excludeCredentials = known(asked.excludeCredentials);
    return options;
  }

  function write(credential) {
    try {
      return credential.toJSON();
    } catch {
      // There is none, or an extension's own does not work.
    }
    const { response } = credential;
    const answer = {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: {},
    };
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) answer.response[name] = text(response[name]);
    }
    if (response.getTransports) answer.response.transports = response.getTransports();
    return answer;
  }

  // ask learns from the server what to ask for.
  async function ask(form, pressed) {
    const fields = new URLSearchParams(new FormData(form));
    fields.delete("ceremony");
    fields.delete("response");
    const answer = await fetch(form.dataset.options, { method: "POST", body: fields });
    if (answer.status === 403 && pressed) {
      form.submit(); // a proof is needed first, or the page is too old: the next one says so
      return new Promise(() => {});
    }
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  // prove asks the authenticator and sends the form with what it answers.
  let waiting = null;
  async function prove(form, mediation) {
    const { options, ceremony } = await ask(form, !mediation);
    if (waiting) waiting.abort();
    waiting = new AbortController();
    const kind = form.dataset.passkey;
    const request = { publicKey: read(kind, options.publicKey), signal: waiting.signal };
    if (mediation) request.mediation = mediation;
    const credential = await navigator.credentials[kind](request);
    form.elements.ceremony.value = ceremony;
    form.elements.response.value = JSON.stringify(write(credential));
    delete form.dataset.sent;
    form.requestSubmit();
  }

  function refuse(form, error) {
    readyForms();
    const slot = $(".slot", form);
    slot.dataset.state = "error";
    slot.firstElementChild.textContent = (error.name === "InvalidStateError" && form.dataset.known) || form.dataset.failed;
  }

  // offer lets the browser offer a passkey by itself, in a field that is marked
  // for it. Nothing is said when it does not come to that.
  async function offer(form) {
    const can = PublicKeyCredential.isConditionalMediationAvailable;
    if (can && (await can.call(PublicKeyCredential))) prove(form, "conditional").catch(() => {});
  }

  for (const form of $$("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.response.value) return; // the answer is on its way
      event.preventDefault();
      if (!form.dataset.sent) prove(form).catch((error) => refuse(form, error));
    });
    if ("conditional" in form.dataset) offer(form);
  }
  window.addEventListener("pageshow", (event) => {
    for (const form of event.persisted ? $$("form[data-passkey]") : []) form.elements.response.value = "";
  });
})();
