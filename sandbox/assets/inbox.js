// The inbox without a reload: the server says which parts are out of date, and
// this fetches the page once more and puts those parts in. There is one
// rendering of everything, the server's.
"use strict";

const page = document.documentElement;
page.classList.add("js");

const partsOf = {
  phone: ["phones", "chips", "balance"],
  account: ["balance", "faults"],
  faults: ["faults"],
  requests: ["log"],
};

let due = new Set();
let busy = false;

async function refresh(names) {
  for (const name of names) for (const id of partsOf[name] || []) due.add(id);
  if (busy || due.size === 0) return;
  busy = true;
  const ids = due;
  due = new Set();
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ids) replace(id, fresh.getElementById(id));
      document.getElementById("main").className = fresh.getElementById("main").className;
    }
  } catch {
    // The stream tells when the server is back.
  }
  busy = false;
  refresh([]);
}

// replace puts a part in, keeps the focus, what is unfolded and how far it was
// scrolled, and fades in what is new.
function replace(id, fresh) {
  const old = document.getElementById(id);
  if (!old || !fresh) return;
  for (const e of old.querySelectorAll("details[open]")) {
    const again = fresh.querySelector("#" + e.id);
    if (again) again.open = true;
  }
  if (old.outerHTML === fresh.outerHTML) return;
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  const scrolled = [...old.querySelectorAll("[id]")].filter((e) => e.scrollTop).map((e) => [e.id, e.scrollTop]);
  const known = new Set([...old.querySelectorAll("[data-id]")].map((e) => e.dataset.id));
  for (const e of fresh.querySelectorAll("[data-id]")) {
    if (!known.has(e.dataset.id)) e.classList.add("new");
  }
  old.replaceWith(fresh);
  for (const [name, top] of scrolled) {
    const again = document.getElementById(name);
    if (again) again.scrollTop = top;
  }
  if (focus && focus.id) document.getElementById(focus.id)?.focus({ preventScroll: true });
}

function listen() {
  const stream = new EventSource("/sandbox/events");
  stream.addEventListener("ready", () => {
    page.classList.add("on");
    refresh(Object.keys(partsOf)); // what was missed while away
  });
  stream.addEventListener("change", (e) => refresh(e.data.split(" ")));
  stream.addEventListener("error", () => page.classList.remove("on"));
}

document.addEventListener("submit", async (e) => {
  const form = e.target;
  if (form.method !== "post") return;
  e.preventDefault();
  const body = new URLSearchParams(new FormData(form, e.submitter));
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.redirected && answer.url !== location.href) {
      location.assign(answer.url);
      return;
    }
  } catch {
    // The live mark already says that the server is away.
  }
  refresh(Object.keys(partsOf));
});

document.addEventListener("click", async (e) => {
  const button = e.target.closest("[data-code]");
  if (!button) return;
  const label = button.querySelector("span");
  const before = label.textContent;
  const words = document.body.dataset;
  let said = words.copied;
  try {
    await navigator.clipboard.writeText(button.dataset.code);
  } catch {
    said = words.copyFailed;
  }
  label.textContent = said;
  document.getElementById("said").textContent = said;
  setTimeout(() => { label.textContent = before; }, 1500);
});

listen();
