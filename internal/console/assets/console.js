// Helps on the console's pages. Every page does its work without this file. Words
// come from the page, in its language.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => root.querySelectorAll(selector);

// Forms: one request at a time, and the button says what is going on. What is
// answered with a file leaves the page as it is, and may be asked for again.
function busyForm(event) {
  const form = event.target;
  if ("again" in form.dataset) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = $("button", form);
  if (!button || !form.dataset.busy || button.name) return;
  button.dataset.text = button.textContent;
  button.textContent = form.dataset.busy;
  button.setAttribute("aria-busy", "true");
}

// A page that comes back from the browser's memory can be sent again.
function readyForms() {
  for (const form of $$("form[data-sent]")) {
    delete form.dataset.sent;
    const button = $("button[data-text]", form);
    if (!button) continue;
    button.textContent = button.dataset.text;
    button.removeAttribute("aria-busy");
  }
}

// A link's code stands behind the # of the address, where no server sees it. It
// goes into the field and out of the address.
function takeFragment() {
  const field = $("[data-fragment]");
  if (!field || location.hash.length < 2) return;
  field.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}

// Buttons that copy what stands in a field.
function copyButtons() {
  for (const button of $$("[data-copy]")) {
    button.hidden = false;
    const field = $(button.dataset.copy);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        button.textContent = button.dataset.done;
      } catch {
        field.select(); // the browser lets nobody copy: the person does
      }
    });
  }
}

// Parts of a page that follow what happens ask for it again, while the page can
// be seen. A list says what the newest on it is, and whether somebody is busy
// with it: has scrolled into it, has focus in it, or has chosen a part of it.
function pause(event) {
  if (document.hidden) event.preventDefault();
}
function tellPlace(event) {
  const list = $("#texts");
  if (!list) return;
  const asked = event.detail.ctx.request.body;
  if (list.rows.length) asked.set("seen", list.rows[0].id);
  const chosen = getSelection();
  const within = (node) => node && list.contains(node);
  if (list.getBoundingClientRect().top < 0 || within(document.activeElement) || (!chosen.isCollapsed && within(chosen.anchorNode))) asked.set("hold", "yes");
}

// Of tabs that do not fit side by side the chosen one is seen.
$(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.addEventListener("htmx:before:request", pause);
document.addEventListener("htmx:config:request", tellPlace);
// Forms of which the page tells what would come: while somebody types the page is
// asked for with what stands there, and its parts take the place of those here.
function liveForms() {
  for (const form of $$("form[data-live]")) {
    let turn = 0, wait;
    for (const button of $$("button.quiet", form)) button.hidden = true; // that asks is done below
    const ask = async () => {
      const mine = ++turn;
      const at = new URL(form.dataset.live, location.href);
      for (const field of $$("input:not([type=hidden]), select", form))
        if (field.name && field.name !== "reason") at.searchParams.set(field.name, field.value);
      const answer = await fetch(at).catch(() => null); // the button asks as well
      const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page || mine !== turn) return;
      for (const part of $$("[data-part]")) {
        const fresh = page.getElementById(part.id);
        if (!fresh) return;
        if (part.innerHTML === fresh.innerHTML) continue;
        part.replaceChildren(...fresh.childNodes);
        if (fresh.dataset.state) part.dataset.state = fresh.dataset.state;
        else delete part.dataset.state;
      }
      for (const field of $$("input[aria-describedby]", form)) {
        if (page.getElementById(field.id)?.ariaInvalid) field.ariaInvalid = "true";
        else field.removeAttribute("aria-invalid");
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(ask, 200);
    });
  }
}

document.addEventListener("submit", busyForm);
window.addEventListener("pageshow", (event) => event.persisted && readyForms());
window.addEventListener("hashchange", takeFragment);
takeFragment();
copyButtons();
liveForms();
