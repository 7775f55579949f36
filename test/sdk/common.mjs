// The cases that solapi and coolsms-node-sdk share: both have these methods with
// the same arguments.

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";

import { until } from "./emulator.mjs";

// refused is a number too long to be one: no text to it is accepted.
export const refused = "0212345678901234";

// draft is a text to each number.
export function drafts(from, ...to) {
  return to.map((to, i) => ({ to, from, text: `${i + 1}번째 문자입니다` }));
}

// arrived is what the phones have when drafts were sent.
export function arrived(...sent) {
  return sent.map(({ to, from, text }) => ({ to, from, text, type: "SMS" }));
}

// recipients of a list of messages, in its order.
export function recipients(list) {
  return Object.values(list).map((message) => message.to);
}

// tomorrow has no milliseconds, which some SDKs would cut off.
export function tomorrow() {
  return new Date(Math.floor(Date.now() / 1000 + 24 * 3600) * 1000);
}

// waiting is a group with a text to each number, put there without the SDK.
export async function waiting(emulator, ...to) {
  const { groupId } = await emulator.call("POST", "/messages/v4/groups", {});
  const messages = drafts(emulator.sender, ...to);
  await emulator.call("PUT", `/messages/v4/groups/${groupId}/messages`, { messages });
  return groupId;
}

// sent is such a group, sent and reported.
export async function sent(emulator, ...to) {
  await emulator.reports();
  const groupId = await waiting(emulator, ...to);
  await emulator.call("POST", `/messages/v4/groups/${groupId}/send`);
  await until(
    () => emulator.group(groupId),
    (group) => group.status === "COMPLETE",
  );
  return groupId;
}

export const common = {
  getBalance: {
    compares: "both purses of the account",
    async run({ sdk, emulator }) {
      await emulator.control("POST", "account", { balance: 4321, point: 56 });
      const { balance, point } = await sdk.getBalance();
      assert.deepEqual({ balance, point }, await emulator.control("GET", "account"));
    },
  },

  createGroup: {
    compares: "the group",
    async run({ sdk, emulator }) {
      const group = await emulator.group(await sdk.createGroup(true));
      assert.equal(group.status, "PENDING");
      assert.equal(group.allowDuplicates, true);
      assert.match(group.sdkVersion, /^nodejs\//);
    },
  },

  addMessagesToGroup: {
    compares: "the messages of the group, accepted and refused",
    async run({ sdk, emulator, from }) {
      const groupId = await sdk.createGroup();
      const messages = drafts(from, "01000000001", "01000000002", refused);
      const { errorCount, resultList } = await sdk.addMessagesToGroup(groupId, messages);
      assert.equal(Number(errorCount), 1);
      assert.deepEqual(resultList.map((result) => result.to), messages.map((message) => message.to));
      const held = await emulator.messagesOf(groupId);
      for (const { messageId, to, statusCode } of resultList) {
        assert.equal(held[messageId].to, to);
        assert.equal(held[messageId].statusCode, statusCode);
      }
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  sendGroup: {
    compares: "the phones, the money",
    async run({ sdk, emulator, from }) {
      const before = await emulator.money();
      const groupId = await waiting(emulator, "01000000001", "01000000002");
      const group = await sdk.sendGroup(groupId);
      assert.equal(group.groupId, groupId);
      assert.equal(group.count.registeredSuccess, 2);
      assert.deepEqual(await emulator.texts(), arrived(...drafts(from, "01000000001", "01000000002")));
      assert.equal(before - (await emulator.money()), 2 * 20);
    },
  },

  reserveGroup: {
    compares: "the group's time; the phone, which has nothing yet",
    async run({ sdk, emulator }) {
      const groupId = await waiting(emulator, "01000000001");
      const when = tomorrow();
      const told = await sdk.reserveGroup(groupId, when);
      assert.equal(told.status, "SCHEDULED");
      const group = await emulator.group(groupId);
      assert.equal(group.status, "SCHEDULED");
      assert.equal(new Date(group.scheduledDate).getTime(), when.getTime());
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  removeReservationToGroup: {
    compares: "the group, which waits again",
    async run({ sdk, emulator }) {
      const groupId = await waiting(emulator, "01000000001");
      await emulator.call("POST", `/messages/v4/groups/${groupId}/schedule`, { scheduledDate: tomorrow() });
      const told = await sdk.removeReservationToGroup(groupId);
      assert.equal(told.groupId, groupId);
      const group = await emulator.group(groupId);
      assert.equal(group.status, "PENDING");
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  getGroupMessages: {
    compares: "the messages of the group, page by page",
    async run({ sdk, emulator }) {
      const groupId = await waiting(emulator, "01000000001", "01000000002", "01000000003");
      await waiting(emulator, "01000000009");
      const held = Object.keys(await emulator.messagesOf(groupId));
      const all = await sdk.getGroupMessages(groupId);
      assert.deepEqual(Object.keys(all.messageList), held);
      const first = await sdk.getGroupMessages(groupId, { limit: 2 });
      assert.equal(first.limit, 2);
      assert.deepEqual(Object.keys(first.messageList), held.slice(0, 2));
      const rest = await sdk.getGroupMessages(groupId, { limit: 2, startKey: first.nextKey });
      assert.deepEqual(Object.keys(rest.messageList), held.slice(2));
      assert.equal(rest.nextKey ?? null, null);
    },
  },

  removeGroupMessages: {
    compares: "the messages left in the group",
    async run({ sdk, emulator }) {
      const groupId = await waiting(emulator, "01000000001", "01000000002");
      const messages = Object.values(await emulator.messagesOf(groupId));
      const { messageId } = messages.find((message) => message.to === "01000000001");
      const told = await sdk.removeGroupMessages(groupId, [messageId]);
      assert.deepEqual(told, { groupId, errorCount: 0, resultList: [{ messageId, resultCode: "Success" }] });
      assert.deepEqual(recipients(await emulator.messagesOf(groupId)), ["01000000002"]);
    },
  },

  removeGroup: {
    compares: "the group, which is deleted",
    async run({ sdk, emulator }) {
      const groupId = await waiting(emulator, "01000000001");
      const told = await sdk.removeGroup(groupId);
      assert.equal(told.status, "DELETED");
      assert.equal((await emulator.group(groupId)).status, "DELETED");
    },
  },

  getGroups: {
    compares: "the groups, page by page and by id",
    async run({ sdk, emulator }) {
      const made = [];
      for (const to of ["01000000001", "01000000002", "01000000003"]) made.push(await waiting(emulator, to));
      made.sort();
      assert.deepEqual(Object.keys((await sdk.getGroups()).groupList).sort(), made);
      const first = await sdk.getGroups({ limit: 2 });
      const rest = await sdk.getGroups({ limit: 2, startKey: first.nextKey });
      assert.equal(Object.keys(first.groupList).length, 2);
      assert.equal(rest.nextKey ?? null, null);
      assert.deepEqual(Object.keys({ ...first.groupList, ...rest.groupList }).sort(), made);
      const one = await sdk.getGroups({ groupId: made[1] });
      assert.deepEqual(one.groupList, { [made[1]]: await emulator.group(made[1]) });
      const hour = 3600 * 1000;
      const past = { startDate: new Date(Date.now() - 2 * hour).toISOString(), endDate: new Date(Date.now() - hour).toISOString() };
      assert.deepEqual((await sdk.getGroups(past)).groupList, {});
    },
  },

  getStatistics: {
    compares: "the texts sent, delivered and failed, and what they cost",
    async run({ sdk, emulator }) {
      const before = await emulator.money();
      await sent(emulator, "01000000001", "01000000002");
      await emulator.control("POST", "numbers", { to: "01000000003", statusCode: "3032", report_ms: 0 });
      await sent(emulator, "01000000003");
      const now = Date.now();
      const duration = { startDate: new Date(now - 3600 * 1000), endDate: new Date(now + 3600 * 1000) };
      for (const told of [await sdk.getStatistics(), await sdk.getStatistics({ ...duration, duration })]) {
        assert.deepEqual([told.total.total, told.successed.total, told.failed.total], [3, 2, 1]);
        assert.deepEqual([told.total.sms, told.successed.sms, told.failed.sms], [3, 2, 1]);
        assert.equal(told.balance + told.point, before - (await emulator.money()) + refunded(told));
      }
    },
  },

  uploadFile: {
    compares: "the stored file; the phone, which has it in a text",
    async run({ sdk, emulator, from, picture }) {
      const { fileId, type } = await sdk.uploadFile(picture, "MMS", "그림.jpg");
      assert.equal(type, "MMS");
      const file = await emulator.call("GET", `/storage/v1/files/${fileId}`);
      assert.deepEqual([file.fileSize, file.width, file.height], [(await stat(picture)).size, 40, 30]);
      const message = { to: "01000000001", from, text: "그림이 있습니다", imageId: fileId };
      await emulator.call("POST", "/messages/v4/send", { message });
      assert.deepEqual(await emulator.texts(), [{ to: message.to, from, text: message.text, type: "MMS" }]);
    },
  },
};

function refunded({ monthPeriod }) {
  return monthPeriod.reduce((sum, month) => sum + month.refund.balance + month.refund.point, 0);
}

// wrongKeys are the refusals that every key can meet; code reads an SDK's error.
export function wrongKeys(code) {
  return {
    "a wrong secret": {
      compares: "`SignatureDoesNotMatch`",
      async run({ key, stranger }) {
        await assert.rejects(stranger(key, "X".repeat(32)).getBalance(), (e) => code(e) === "SignatureDoesNotMatch");
      },
    },
    "an unknown key": {
      compares: "`InvalidAPIKey`",
      async run({ emulator, stranger }) {
        await assert.rejects(stranger("NCSNOBODY0000000", emulator.secret).getBalance(), (e) => code(e) === "InvalidAPIKey");
      },
    },
  };
}
