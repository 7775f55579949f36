// npm coolsms-node-sdk, unchanged: its address is a property.

import assert from "node:assert/strict";

import sdk from "coolsms-node-sdk";

import { arrived, common, drafts, recipients, refused, sent, tomorrow, waiting, wrongKeys } from "./common.mjs";
import { run } from "./run.mjs";

function connect(key, secret, address) {
  const service = new sdk.default(key, secret);
  if (address) service.baseUrl = address;
  return service;
}

const methods = {
  ...common,

  sendOne: {
    compares: "the phone, the money, the message",
    async run({ sdk, emulator, from }) {
      const before = await emulator.money();
      const [text] = drafts(from, "01000000001");
      const told = await sdk.sendOne(text);
      assert.equal(told.statusCode, "2000");
      assert.deepEqual([told.to, told.from, told.type, told.country], [text.to, from, "SMS", "82"]);
      assert.equal((await emulator.messagesOf(told.groupId))[told.messageId].text, text.text);
      assert.deepEqual(await emulator.texts(), arrived(text));
      assert.equal(before - (await emulator.money()), 20);
    },
  },

  sendMany: {
    compares: "the phones, the group; duplicates refused and allowed",
    async run({ sdk, emulator, from }) {
      const texts = drafts(from, "01000000001", "01000000002", "01000000001");
      const once = await sdk.sendMany(texts);
      assert.deepEqual([once.count.registeredSuccess, once.count.registeredFailed], [2, 1]);
      assert.deepEqual(await emulator.texts(), arrived(texts[0], texts[1]));
      const all = await sdk.sendMany(texts, true);
      assert.equal(all.count.registeredSuccess, 3);
      assert.equal((await emulator.group(all.groupId)).allowDuplicates, true);
      assert.deepEqual(await emulator.texts(), arrived(texts[0], texts[1], ...texts));
    },
  },

  sendOneFuture: {
    compares: "the group's time and message; the phone, which has nothing yet",
    async run({ sdk, emulator, from }) {
      const when = tomorrow();
      const told = await sdk.sendOneFuture(drafts(from, "01000000001")[0], when.toISOString());
      await scheduled(emulator, told, when, ["01000000001"]);
    },
  },

  sendManyFuture: {
    compares: "the group's time and messages; the phones, which have nothing yet",
    async run({ sdk, emulator, from }) {
      const when = tomorrow();
      const told = await sdk.sendManyFuture(drafts(from, "01000000001", "01000000001"), when, true);
      await scheduled(emulator, told, when, ["01000000001", "01000000001"]);
    },
  },

  getMessages: {
    compares: "the messages of the account under every filter",
    async run({ sdk, emulator }) {
      const groupId = await sent(emulator, "01000000001", "01000000002");
      await waiting(emulator, "01000000003");
      const held = (await emulator.call("GET", "/messages/v4/list?limit=500")).messageList;
      assert.deepEqual((await sdk.getMessages()).messageList, held);

      const listed = async (filter) => recipients((await sdk.getMessages(filter)).messageList).sort();
      const pair = ["01000000001", "01000000002"];
      const ids = Object.keys(held).filter((id) => pair.includes(held[id].to));
      assert.deepEqual(await listed({ groupId }), pair);
      assert.deepEqual(await listed({ messageIds: ids }), pair); // arrives as a list with commas
      assert.deepEqual(await listed({ messageId: ids[0] }), [held[ids[0]].to]);
      assert.deepEqual(await listed({ to: "01000000002" }), ["01000000002"]);
      assert.deepEqual(await listed({ from: "0299999999" }), []);
      assert.deepEqual(await listed({ type: "SMS", statusCode: "4000" }), pair);
      assert.deepEqual(await listed({ type: "LMS" }), []);
      const hour = 3600 * 1000;
      const at = (ms) => new Date(Date.now() + ms).toISOString();
      assert.equal((await listed({ duration: { startDate: at(-hour), endDate: at(hour) } })).length, 3);
      assert.deepEqual(await listed({ duration: { dateType: "UPDATED", startDate: at(hour), endDate: at(2 * hour) } }), []);

      const first = await sdk.getMessages({ limit: 2 });
      const rest = await sdk.getMessages({ limit: 2, startKey: first.nextKey });
      assert.deepEqual(Object.keys({ ...first.messageList, ...rest.messageList }), Object.keys(held));
      assert.equal(rest.nextKey, null);
    },
  },
};

// scheduled holds what a method for later answered against the group.
async function scheduled(emulator, told, when, to) {
  assert.equal(told.status, "SCHEDULED");
  const group = await emulator.group(told.groupId);
  assert.equal(group.status, "SCHEDULED");
  assert.equal(new Date(group.scheduledDate).getTime(), when.getTime());
  assert.deepEqual(recipients(await emulator.messagesOf(told.groupId)), to);
  assert.deepEqual(await emulator.texts(), []);
}

const code = (error) => error.name; // where this SDK puts it

const manners = {
  ...wrongKeys(code),

  "a refused text": {
    compares: "`FailedToAddMessage` for one, the counts for many; the phones, which have nothing",
    async run({ sdk, emulator, from }) {
      await assert.rejects(sdk.sendOne(drafts("0299999999", "01000000001")[0]), (error) => code(error) === "FailedToAddMessage");
      const { count } = await sdk.sendMany(drafts(from, refused));
      assert.deepEqual([count.total, count.registeredFailed], [1, 1]);
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  "no money": {
    compares: "`NotEnoughBalance`; the phones, which have nothing",
    async run({ sdk, emulator, from }) {
      await emulator.control("POST", "account", { balance: 10, point: 0 });
      await assert.rejects(sdk.sendOne(drafts(from, "01000000001")[0]), (error) => code(error) === "NotEnoughBalance");
      assert.deepEqual(await emulator.texts(), []);
    },
  },
};

await run("coolsms-node-sdk", { connect, methods, manners });
