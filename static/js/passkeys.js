/* Passkeys: making one, using one as second step, and signing in with one alone.
   Pages with them offer another way and work without this file. */
(() => {
  "use strict";

  const webauthn = window.webauthnJSON;
  // A passkey belongs to a name; the standard knows none for a bare address.
  const bareAddress = /^\[|^[\d.]+$/.test(location.hostname);
  if (!webauthn || !webauthn.supported() || bareAddress) return;

  for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-no-passkey]")) part.hidden = true;

  // The browser asks for one passkey at a time.
  let waiting = null;
  const only = () => {
    waiting?.abort();
    waiting = new AbortController();
    return waiting.signal;
  };

  const challenge = async (form) => {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no challenge");
    return (await answer.json()).request_options;
  };

  const send = (form, credential) => {
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  };

  const run = async (form) => {
    const fault = form.querySelector("[data-passkey-fault]");
    fault.hidden = true;
    const signal = only();
    try {
      const options = await challenge(form);
      const ask = form.dataset.passkeyForm === "create" ? webauthn.create : webauthn.get;
      send(form, await ask({ ...options, signal }));
    } catch {
      // The role comes with the text, so that it is read out.
      fault.setAttribute("role", "alert");
      fault.hidden = false;
    }
  };

  /* Passkeys among what the browser proposes in the e-mail field */
  const propose = async (form) => {
    const can = window.PublicKeyCredential.isConditionalMediationAvailable;
    if (!can || !(await can.call(window.PublicKeyCredential))) return;
    const signal = only();
    try {
      const options = await challenge(form);
      send(form, await webauthn.get({ ...options, mediation: "conditional", signal }));
    } catch {
      // Nobody chose one, or the button was pressed instead.
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey-form]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form);
    });
    if (form.dataset.passkeyForm !== "sign-in") continue;
    const field = document.querySelector("input[autocomplete~=webauthn]");
    // Not before somebody is about to sign in: the challenge is kept in a session.
    field?.addEventListener("focus", () => propose(form), { once: true });
  }
})();
