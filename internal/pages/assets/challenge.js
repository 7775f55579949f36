// The challenge: looks for a number that, put behind the page's token, gives a
// SHA-256 that begins with enough zero bits, and sends the form with it. It
// works in slices, so that the page stays alive, and on a slow device it is no
// worse off than without a script: waiting long enough will do as well.
"use strict";

(() => {
  const form = $("#challenge");
  if (!form) return;
  const slice = 24; // ms of work at a time
  const patience = deadline(form.dataset.wait);
  const bits = Number(form.dataset.bits);
  const message = form.elements.challenge.value + ".";

  // The constants of SHA-256 (FIPS 180-4 §4.2.2, §5.3.3): fractions of the
  // roots of the first primes.
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const initial = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const constants = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));

  // What is hashed fits one block: token, dot, eight digits, a bit, the length.
  const digits = 8;
  const length = message.length + digits;
  const block = new DataView(new ArrayBuffer(64));
  for (let i = 0; i < message.length; i++) block.setUint8(i, message.charCodeAt(i));
  block.setUint8(length, 0x80);
  block.setUint32(60, 8 * length);
  const schedule = new Int32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  // begins returns the first 32 bits of the SHA-256 of the block.
  function begins() {
    const w = schedule;
    for (let i = 0; i < 16; i++) w[i] = block.getInt32(4 * i);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
    }
    let a = initial[0], b = initial[1], c = initial[2], d = initial[3];
    let e = initial[4], f = initial[5], g = initial[6], h = initial[7];
    for (let i = 0; i < 64; i++) {
      const s = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
      const t = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + s) | 0;
      d = c; c = b; b = a; a = (s + t) | 0;
    }
    return (a + initial[0]) >>> 0;
  }

  // solves reports whether a number is the one that is looked for.
  function solves(number) {
    for (let i = length - 1, rest = number; i >= message.length; i--) {
      block.setUint8(i, 48 + (rest % 10));
      rest = Math.floor(rest / 10);
    }
    return begins() >>> (32 - bits) === 0;
  }

  function show(text) {
    const note = $("#challenge-note");
    note.dataset.state = "clock";
    note.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
    say(form.dataset.working + " " + text);
  }

  function send(nonce) {
    form.elements.nonce.value = nonce;
    delete form.dataset.sent;
    form.requestSubmit();
  }

  let number = 0;
  let slow = false;
  function work() {
    const until = performance.now() + slice;
    while (performance.now() < until) {
      for (let i = 0; i < 256; i++, number++) {
        if (solves(number)) return send(String(number).padStart(digits, "0"));
      }
    }
    const left = secondsTo(patience);
    if (left === 0) return send("");
    if (!slow && number > 2 ** (bits + 1)) {
      slow = true;
      show(form.dataset.slow.replace("{n}", left));
    }
    setTimeout(work);
  }

  form.dataset.sent = "yes"; // a press now would come too early
  $("button", form).setAttribute("aria-busy", "true");
  $("button", form).textContent = form.dataset.working;
  show(form.dataset.soon);
  setTimeout(work, 100); // the page first
})();
