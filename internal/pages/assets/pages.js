// Helps on the public pages. Every page does its work without this file; it
// adds what a page cannot do by itself: clocks, news of the text, one tick for
// all consents. Words come from the page, in its language.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => root.querySelectorAll(selector);

// say announces politely to screen readers.
function say(text) {
  const live = $("#live");
  if (live) live.textContent = text;
}

// deadline gives the moment an element's data attribute counts down to. The
// server tells seconds, so that a wrong clock in the device does no harm.
const deadline = (seconds) => Date.now() + Number(seconds) * 1000;
const secondsTo = (moment) => Math.max(0, Math.ceil((moment - Date.now()) / 1000));

// Forms: one request at a time, and the button says what is going on.
function busyForm(event) {
  const form = event.target;
  if (event.submitter?.name === "lang") return; // nothing is done, so nothing is busy
  if ("stays" in form.dataset) return; // it is answered with a file, and the page stays
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = $("button", form);
  if (!button || !form.dataset.busy) return;
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

// Number: 010-1234-5678 once the field is left, and never while typing.
function tidyNumber() {
  const field = $("#number");
  if (!field) return;
  field.addEventListener("blur", () => {
    const digits = field.value.normalize("NFKC").replace(/[\s().-]/g, "").replace(/^\+?82-?0?(?=10)/, "0");
    const parts = /^(010)(\d{4})(\d{4})$/.exec(digits);
    if (parts) field.value = parts.slice(1).join("-");
  });
}

// The browser's wait for the text, where it can read the code in it.
let waiting = new AbortController();

// Code: sent by itself only when the device filled it in, all at once.
function autofillCode() {
  waiting.abort();
  const field = $("#code");
  if (!field) return;
  const typing = ["insertText", "insertCompositionText", "insertFromPaste", "insertFromDrop"];
  field.addEventListener("input", (event) => {
    const whole = /^\s*\d{6,10}\s*$/.test(field.value);
    const typed = event.isTrusted && typing.includes(event.inputType) && !(event.data && event.data.length >= 6);
    const taken = (event.inputType || "").startsWith("delete") || (event.inputType || "").startsWith("history");
    if (whole && !typed && !taken) field.form.requestSubmit();
  });
  if (!("OTPCredential" in window) || field.value) return;
  waiting = new AbortController();
  field.form.addEventListener("submit", () => waiting.abort());
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: waiting.signal })
    .then((otp) => {
      field.value = otp.code;
      field.form.requestSubmit();
    })
    .catch(() => {}); // refused, aborted or not to be had: the person types it
}

// Waiting page: the timer, the resend row and the fate of the text.
const wait = { expires: 0, resend: 0, announced: 0, ticking: 0, asking: 0 };

function startWaiting() {
  clearInterval(wait.ticking);
  clearTimeout(wait.asking);
  const timer = $(".timer");
  if (!timer) return;
  const resend = $("[data-resend]");
  wait.expires = deadline(timer.dataset.left);
  wait.resend = deadline(resend ? resend.dataset.resend : 0);
  wait.announced = secondsTo(wait.expires);
  wait.ticking = setInterval(tick, 250);
  tick();
  if ($("[data-watch]")) ask(0);
}

function tick() {
  const timer = $(".timer");
  const left = secondsTo(wait.expires);
  timer.textContent = String(Math.floor(left / 60)).padStart(2, "0") + ":" + String(left % 60).padStart(2, "0");
  for (const [at, text] of [[60, timer.dataset.minute], [30, timer.dataset.half], [0, timer.dataset.expired]]) {
    if (left <= at && wait.announced > at) {
      say(text);
      wait.announced = at;
    }
  }
  const form = $("[data-resend]");
  if (form) {
    const n = secondsTo(wait.resend);
    $(".wait", form).textContent = form.dataset.wait.replace("{n}", n);
    $(".wait", form).hidden = n === 0;
    $("button", form).hidden = n > 0;
  }
  if (left === 0) expire(timer);
}

// expire offers a new code. The field and what was typed stay.
function expire(timer) {
  clearInterval(wait.ticking);
  clearTimeout(wait.asking);
  showFate("error", timer.dataset.expired);
  const afresh = $(".afresh");
  if (!afresh) return;
  afresh.hidden = false;
  $(".resend").hidden = true;
  $("#code").form.querySelector("button").classList.add("second");
}

function showFate(state, text) {
  const slot = $("#code-note");
  if (slot.dataset.state === state && slot.textContent === text) return;
  slot.dataset.state = state;
  slot.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
}

// ask learns the fate of the text: every second for 20 s, then more and more
// rarely, and not at all while nobody looks.
function ask(times) {
  const pause = times < 20 ? 1000 : times < 35 ? 2000 : times < 50 ? 5000 : 10000;
  wait.asking = setTimeout(async () => {
    if (document.hidden) return ask(times);
    const watch = $("[data-watch]");
    let news = null;
    try {
      const answer = await fetch(watch.dataset.watch, { headers: { Accept: "application/json" } });
      if (answer.ok) news = await answer.json();
    } catch {
      // The network is away; the next try may do better.
    }
    if (!watch.isConnected || secondsTo(wait.expires) === 0) return;
    if (news) {
      if (news.state === "failed" || news.state === "over") return turn();
      wait.expires = deadline(news.expires);
      wait.resend = deadline(news.resend);
      const shown = $("#code-note").dataset.state;
      if (shown !== news.state && shown !== "error") {
        showFate(news.state, news.text);
        say(news.text);
      }
      if (news.state === "delivered") return;
    }
    ask(times + 1);
  }, pause);
}

// turn shows what the page has become, without taking away what is typed or
// where the person is.
async function turn() {
  const typed = $("#code").value;
  const there = document.activeElement === $("#code");
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || answer.redirected || !$("main", page)) return location.replace(location.pathname);
  document.title = page.title;
  $("main").replaceWith(document.adoptNode($("main", page)));
  const field = $("#code");
  if (field && typed) {
    field.value = typed;
    const fold = field.closest("details");
    if (fold) fold.open = true;
    if (there) field.focus();
  } else if (there) {
    focusError();
  }
  const live = $("#live");
  start();
  // A region must be there before its words for them to be read out.
  if (live) setTimeout(() => say($("h1").textContent + ". " + ($(".slot span") || {}).textContent), 100);
}

// Consents: one box mirrors them all, "partly" included.
function consentAll() {
  const all = $("#agree-all");
  if (!all) return;
  const boxes = [...$$("input[name=agree]")];
  const mirror = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    mirror();
  });
  for (const box of boxes) box.addEventListener("change", mirror);
  mirror();
}

// focusError leads to the first field that is wrong, with the cursor behind
// what stands in it.
function focusError() {
  const field = $("input[aria-invalid]") || $("input[autofocus]");
  if (!field || field.closest("details:not([open])")) return;
  field.focus();
  if (field.type !== "checkbox") field.setSelectionRange(field.value.length, field.value.length);
}

function start() {
  tidyNumber();
  autofillCode();
  consentAll();
  startWaiting();
}

start();
focusError();
document.addEventListener("submit", busyForm);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) readyForms();
});
