// The cases of solapi about people who want no texts. They opt out, and the
// account blocks them, in ways that have no SDK: the emulator's controls.

import assert from "node:assert/strict";

import { drafts } from "./common.mjs";

const hour = 3600 * 1000;

// ids of the items that a list answered.
const ids = (list, name) => list.map((item) => item[name]).sort();

export const iam = {
  getBlacks: {
    compares: "the people who opted out, page by page; a text to one, which is refused",
    async run({ sdk, emulator, from }) {
      const one = await emulator.control("POST", "blacks", { senderNumber: from, recipientNumber: "01000000001" });
      const two = await emulator.control("POST", "blacks", { senderNumber: "0311234567", recipientNumber: "01000000002" });
      const all = await sdk.getBlacks();
      assert.deepEqual(ids(all.blackList, "handleKey"), [one.handleKey, two.handleKey].sort());
      const { blackList } = await sdk.getBlacks({ senderNumber: from });
      assert.deepEqual(blackList.map((item) => [item.handleKey, item.recipientNumber]), [[one.handleKey, "01000000001"]]);
      const first = await sdk.getBlacks({ limit: 1 });
      const rest = await sdk.getBlacks({ limit: 1, startKey: first.nextKey });
      assert.deepEqual(ids([...first.blackList, ...rest.blackList], "handleKey"), ids(all.blackList, "handleKey"));
      const later = await sdk.getBlacks({ startDate: new Date(Date.now() + hour) });
      assert.deepEqual(later.blackList, []);
      const around = await sdk.getBlacks({ startDate: new Date(Date.now() - hour), endDate: new Date(Date.now() + hour) });
      assert.equal(around.blackList.length, 2);

      await assert.rejects(sdk.send(drafts(from, "01000000001")), (error) => {
        return error.failedMessageList[0].statusCode === "1061";
      });
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  getBlockGroups: {
    compares: "the groups of blocked numbers under every filter",
    async run({ sdk, emulator, from }) {
      const make = (group) => emulator.control("POST", "block-groups", group);
      const angry = await make({ name: "항의한 분들", senderNumbers: [from] });
      const old = await make({ name: "옛 회원", status: "INACTIVE", useAll: true });
      const found = async (filter) => ids((await sdk.getBlockGroups(filter)).blockGroups, "blockGroupId");
      assert.deepEqual(await found(), [angry.blockGroupId, old.blockGroupId].sort());
      assert.deepEqual(await found({ name: "항의" }), [angry.blockGroupId]);
      assert.deepEqual(await found({ status: "INACTIVE" }), [old.blockGroupId]);
      assert.deepEqual(await found({ useAll: true }), [old.blockGroupId]);
      assert.deepEqual(await found({ senderNumber: from }), [angry.blockGroupId]);
      assert.deepEqual(await found({ blockGroupId: old.blockGroupId }), [old.blockGroupId]);
      const first = await sdk.getBlockGroups({ limit: 1 });
      const rest = await sdk.getBlockGroups({ limit: 1, startKey: first.nextKey });
      assert.deepEqual(ids([...first.blockGroups, ...rest.blockGroups], "blockGroupId"), await found());
    },
  },

  getBlockNumbers: {
    compares: "the blocked numbers under every filter; a text to one, which is refused",
    async run({ sdk, emulator, from }) {
      const { blockGroupId } = await emulator.control("POST", "block-groups", { name: "항의한 분들", useAll: true });
      const block = (number) => emulator.control("POST", "block-numbers", number);
      const angry = await block({ phoneNumber: "01000000001", memo: "전화로 항의", blockGroupIds: [blockGroupId] });
      const old = await block({ phoneNumber: "01000000002", memo: "" });
      const found = async (filter) => ids((await sdk.getBlockNumbers(filter)).blockNumbers, "blockNumberId");
      assert.deepEqual(await found(), [angry.blockNumberId, old.blockNumberId].sort());
      assert.deepEqual(await found({ memo: "항의" }), [angry.blockNumberId]);
      assert.deepEqual(await found({ phoneNumber: "01000000002" }), [old.blockNumberId]);
      assert.deepEqual(await found({ blockGroupId }), [angry.blockNumberId]);
      assert.deepEqual(await found({ blockNumberId: old.blockNumberId, limit: 1 }), [old.blockNumberId]);

      await assert.rejects(sdk.send(drafts(from, "01000000001")), (error) => {
        return error.failedMessageList[0].statusCode === "1060";
      });
      assert.deepEqual(await emulator.texts(), []);
    },
  },
};
