// Runs one SDK: finds its public methods, runs the case of each against an
// emulator that was reset before, and prints what came of it as one JSON object.

import { createRequire } from "node:module";
import process from "node:process";

import { Emulator } from "./emulator.mjs";

// methodsOf names every public method that an object has, itself or through
// its prototypes; those of an object inside it as "inside.method".
function methodsOf(object, inside = "") {
  const names = new Set();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name === "constructor" || name.startsWith("_")) continue;
      const value = object[name];
      if (typeof value === "function") names.add(inside + name);
      else if (value && typeof value === "object" && !inside) {
        for (const method of methodsOf(value, `${name}.`)) names.add(method);
      }
    }
  }
  return [...names];
}

function call(owner, method, args) {
  return owner[method](...args);
}

// plain takes the identifiers out of a path, which differ from run to run.
function plain(path) {
  return path.replace(/\/(?:G4V|M4V|ST01F|KA01PF|KA01TP)[0-9A-Za-z]+/g, "/{id}");
}

// watched is the SDK with every public method wrapped: invoke calls it, and calls
// remembers which requests it made.
function watched(service, methods, invoke, emulator, calls) {
  const wrapped = {};
  for (const name of methods) {
    const [method, ...inside] = name.split(".").reverse();
    const owner = inside.length ? service[inside[0]] : service;
    const place = inside.length ? (wrapped[inside[0]] ??= {}) : wrapped;
    place[method] = async (...args) => {
      const before = (await emulator.requests()).length;
      try {
        return await invoke(owner, method, args);
      } finally {
        const made = (calls[name] ??= new Set());
        for (const { method, path } of (await emulator.requests()).slice(before)) {
          made.add(`${method} ${plain(path)}`);
        }
      }
    };
  }
  return wrapped;
}

// run is the program of an SDK's script. connect makes its client from a key and
// a secret and, if there is an address, leads it there; invoke calls one of its
// methods. A case
// has `compares`, a few words on what it holds the answers against, and `run`. One
// with the name of a method must call that method; manners are cases about no
// method in particular.
export async function run(name, { connect, invoke = call, methods: cases, manners }) {
  const [address, key, secret, sender, picture, unled] = process.argv.slice(2);
  const emulator = new Emulator(address, key, secret, sender);
  const reach = (key, secret) => connect(key, secret, unled ? undefined : address);
  const service = reach(key, secret);
  const names = methodsOf(service);

  const perform = async (one, method) => {
    const calls = {};
    const sdk = watched(service, names, invoke, emulator, calls);
    const stranger = (key, secret) => watched(reach(key, secret), names, invoke, emulator, {});
    let problem = "";
    try {
      await emulator.control("POST", "reset");
      await inTime(one.run({ sdk, emulator, from: sender, key, picture, stranger }));
      if (method && !calls[method]?.size) problem = "the case made no call of the method";
    } catch (error) {
      problem = tell(error);
    }
    return { compares: one.compares, requests: [...(calls[method] ?? [])], problem };
  };

  const results = { name, version: versionOf(name), methods: [], manners: [] };
  for (const method of names) {
    const result = cases[method] ? await perform(cases[method], method) : { problem: "has no case" };
    results.methods.push({ name: method, ...result });
  }
  for (const method of Object.keys(cases).filter((method) => !names.includes(method))) {
    results.methods.push({ name: method, problem: "the SDK has no such method" });
  }
  for (const [manner, one] of Object.entries(manners)) {
    results.manners.push({ name: manner, ...(await perform(one)) });
  }
  process.stdout.write(JSON.stringify(results), () => process.exit());
}

// inTime gives up on a case that waits for what does not come.
async function inTime(running) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("the case did not end")), 30_000);
  });
  try {
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

function versionOf(name) {
  return createRequire(import.meta.url)(`./node_modules/${name}/package.json`).version;
}

// tell says what went wrong, with everything an SDK's error carries.
function tell(error) {
  if (!(error instanceof Error)) return String(error);
  const { stack, ...rest } = error;
  return `${error.stack}\n${JSON.stringify(rest)}`;
}
