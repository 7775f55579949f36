// Walks through what most customers do with the provider's SDK, unchanged but
// for the address it calls, and prints what the SDK answered as one JSON object.
// Arguments: the emulator's address, API key, API secret, sender number.

import { SolapiMessageService } from "solapi";

const [emulator, key, secret, from] = process.argv.slice(2);

// The SDK has its host compiled in; it asks the global fetch each time.
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.origin !== "https://api.solapi.com") {
    throw new Error(`the SDK called ${url.origin}, which nobody expected`);
  }
  return realFetch(emulator + url.pathname + url.search, init);
};

const texts = (...to) => to.map((to, i) => ({ to, from, text: `${i + 1}번째 문자입니다` }));
const count = (sent) => sent.groupInfo.count;

const service = new SolapiMessageService(key, secret);
const before = await service.getBalance();

const [single] = texts("010-0000-0001");
const one = await service.send(single);
const many = await service.send(texts("01000000002", "01000000003", "01000000004"));

// One bad recipient among good ones comes back in the list of failures.
const mixed = await service.send(texts("01000000005", "0212345678901234"));

const all = await service.getMessages({ limit: 20 });
const ofOne = await service.getMessages({ groupId: one.groupInfo.groupId });
const after = await service.getBalance();

const refusal = await new SolapiMessageService(key, "X".repeat(32)).getBalance().then(
  () => "accepted",
  (error) => error.errorCode ?? error._tag ?? String(error),
);

console.log(
  JSON.stringify({
    one: count(one),
    many: count(many),
    mixed: { count: count(mixed), failed: mixed.failedMessageList.map((m) => m.statusCode) },
    listed: Object.values(all.messageList).map(({ to, from, text, type, statusCode }) => ({ to, from, text, type, statusCode })),
    ofOne: Object.values(ofOne.messageList).map((m) => m.to),
    spent: before.balance + before.point - after.balance - after.point,
    refusal,
  }),
);
