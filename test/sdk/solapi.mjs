// npm solapi, unchanged. Its host is compiled in; it asks the global fetch each
// time, so that is what leads it to the emulator.

import assert from "node:assert/strict";

import { SolapiMessageService } from "solapi";

import { arrived, common, drafts, recipients, refused, sent, tomorrow, waiting, wrongKeys } from "./common.mjs";
import { iam } from "./iam.mjs";
import { kakao, talks } from "./kakao.mjs";
import { run } from "./run.mjs";

const realFetch = globalThis.fetch;

function connect(key, secret, address) {
  if (address) globalThis.fetch = led(address);
  return new SolapiMessageService(key, secret);
}

function led(address) {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== "https://api.solapi.com") {
      throw new Error(`the SDK called ${url.origin}, which nobody expected`);
    }
    return realFetch(address + url.pathname + url.search, init);
  };
}

const methods = {
  ...common,
  ...iam,
  ...kakao,

  send: {
    compares: "the phones, the money, the group and its messages",
    async run({ sdk, emulator, from }) {
      const before = await emulator.money();
      const one = drafts(from, "010-0000-0001");
      const single = await sdk.send(one[0]);
      assert.equal(single.groupInfo.count.registeredSuccess, 1);
      assert.deepEqual(single.failedMessageList, []);

      // Custom fields and the list of messages, with a bad recipient among good.
      const many = drafts(from, "01000000002", refused, "01000000003");
      many[0].customFields = { order: "7" };
      const mixed = await sdk.send(many, { showMessageList: true });
      assert.deepEqual([mixed.groupInfo.count.total, mixed.groupInfo.count.registeredFailed], [3, 1]);
      assert.deepEqual(mixed.failedMessageList.map(({ to, statusCode }) => [to, statusCode[0]]), [[refused, "1"]]);
      assert.equal(mixed.messageList.length, 3);
      const held = await emulator.messagesOf(mixed.groupInfo.groupId);
      assert.deepEqual(held[mixed.messageList[0].messageId].customFields, { order: "7" });
      assert.equal(before - (await emulator.money()), 3 * 20);

      // One text for two numbers, and one for later.
      const both = { to: ["01000000004", "01000000005"], from, text: "모두에게" };
      assert.equal((await sdk.send(both)).groupInfo.count.registeredSuccess, 2);
      const later = await sdk.send(drafts(from, "01000000006"), { scheduledDate: tomorrow() });
      assert.equal(later.groupInfo.status, "SCHEDULED");

      const [first] = arrived({ ...one[0], to: "01000000001" });
      assert.deepEqual(await emulator.texts(), [
        first,
        ...arrived(many[0], many[2]),
        ...arrived(...both.to.map((to) => ({ ...both, to }))),
      ]);
    },
  },

  getMessages: {
    compares: "the messages of the account under every filter",
    async run({ sdk, emulator }) {
      const groupId = await sent(emulator, "01000000001", "01000000002");
      await waiting(emulator, "01000000003");
      const held = (await emulator.call("GET", "/messages/v4/list?limit=500")).messageList;
      const everything = await sdk.getMessages();
      assert.deepEqual(Object.keys(everything.messageList), Object.keys(held));
      for (const [id, message] of Object.entries(everything.messageList)) assert.deepEqual(message, held[id]);

      const listed = async (filter) => recipients((await sdk.getMessages(filter)).messageList).sort();
      const pair = ["01000000001", "01000000002"];
      const ids = Object.keys(held).filter((id) => pair.includes(held[id].to));
      assert.deepEqual(await listed({ groupId }), pair);
      assert.deepEqual(await listed({ messageIds: ids }), pair);
      assert.deepEqual(await listed({ messageId: ids[0] }), [held[ids[0]].to]);
      assert.deepEqual(await listed({ to: "01000000002" }), ["01000000002"]);
      assert.deepEqual(await listed({ from: "0299999999" }), []);
      assert.deepEqual(await listed({ type: "SMS", statusCode: "4000" }), pair);
      assert.deepEqual(await listed({ type: "LMS" }), []);
      const hour = 3600 * 1000;
      const around = { startDate: new Date(Date.now() - hour), endDate: new Date(Date.now() + hour) };
      assert.equal((await listed(around)).length, 3);
      assert.equal((await listed({ ...around, dateType: "UPDATED" })).length, 3);
      assert.deepEqual(await listed({ startDate: around.endDate }), []);

      const first = await sdk.getMessages({ limit: 2 });
      const rest = await sdk.getMessages({ limit: 2, startKey: first.nextKey });
      assert.deepEqual(Object.keys({ ...first.messageList, ...rest.messageList }), Object.keys(held));
      assert.equal(rest.nextKey, null);
    },
  },

  getGroup: {
    compares: "the group, field by field",
    async run({ sdk, emulator }) {
      const groupId = await sent(emulator, "01000000001");
      assert.deepEqual(await sdk.getGroup(groupId), await emulator.group(groupId));
    },
  },
};

const code = (error) => error.errorCode;

const manners = {
  ...wrongKeys(code),
  ...talks,

  "every text refused": {
    compares: "`MessageNotReceivedError`; the phones, which have nothing",
    async run({ sdk, emulator, from }) {
      await assert.rejects(sdk.send(drafts("0299999999", "01000000001")), ({ _tag, failedMessageList }) => {
        return _tag === "MessageNotReceivedError" && failedMessageList[0].statusCode === "1062";
      });
      await assert.rejects(sdk.send(drafts(from, refused)), ({ totalCount }) => totalCount === 1);
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  "no money": {
    compares: "`NotEnoughBalance`; the phones, which have nothing",
    async run({ sdk, emulator, from }) {
      await emulator.control("POST", "account", { balance: 10, point: 0 });
      await assert.rejects(sdk.send(drafts(from, "01000000001")), (error) => code(error) === "NotEnoughBalance");
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  "the gateway is busy": {
    compares: "four calls after 503, one after 429",
    async run({ sdk, emulator }) {
      await emulator.control("POST", "faults", { kind: "status", status: 503, times: 3 });
      await sdk.getBalance();
      assert.deepEqual((await emulator.requests()).map((request) => request.status), [503, 503, 503, 200]);
      await emulator.control("POST", "faults", { kind: "status", status: 429 });
      await assert.rejects(sdk.getBalance(), (error) => code(error) === "TooManyRequests");
      assert.equal((await emulator.requests()).length, 5);
    },
  },
};

await run("solapi", { connect, methods, manners });
