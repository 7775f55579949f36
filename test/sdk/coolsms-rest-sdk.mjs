// npm coolsms-rest-sdk, unchanged: its address is a static property. It speaks
// the legacy API and answers to callbacks.

import assert from "node:assert/strict";
import process from "node:process";

import Coolsms from "coolsms-rest-sdk";

import { refused, tomorrow } from "./common.mjs";
import { until } from "./emulator.mjs";
import { run } from "./run.mjs";

function connect(key, secret, address) {
  if (address) Coolsms.DEFAULT_HOST = address;
  return new Coolsms({ key, secret });
}

// invoke waits for the callback. Over an answer that is not JSON the SDK throws
// from an event, which no callback hears of.
function invoke(owner, method, args) {
  return new Promise((resolve, reject) => {
    process.once("uncaughtException", reject);
    owner[method](...args, (error, answer) => {
      process.off("uncaughtException", reject);
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

// datetime is a time as the legacy API takes it, on Korean clocks.
function datetime(when) {
  const korean = new Date(when.getTime() + 9 * 3600 * 1000);
  return korean.toISOString().replace(/\D/g, "").slice(0, 14);
}

const senders = async (emulator) => (await emulator.call("GET", "/senderid/v1/numbers?limit=100")).senderIds;
const sender = async (emulator, number) => (await senders(emulator)).find((item) => item.phoneNumber === number);

const methods = {
  "sms.send": {
    compares: "the phones, the money",
    async run({ sdk, emulator, from }) {
      const before = await emulator.money();
      const one = { to: "01000000001", from, type: "SMS", text: "한 사람에게" };
      const { group_id, ...told } = await sdk.sms.send({ ...one });
      assert.ok(group_id);
      assert.deepEqual(told, { success_count: 1, error_count: 0, result_code: "00", result_message: "Success" });
      assert.equal(before - (await emulator.money()), 20);

      const two = { to: "01000000002,010-0000-0003", from, type: "lms", subject: "제목", text: "두 사람에게" };
      assert.equal((await sdk.sms.send({ ...two })).success_count, 2);
      const later = await sdk.sms.send({ ...one, datetime: datetime(tomorrow()) });
      assert.equal(later.success_count, 1);
      assert.deepEqual(await emulator.texts(), [
        { to: "01000000001", from, text: one.text, type: "SMS" },
        { to: "01000000002", from, text: two.text, type: "LMS" },
        { to: "01000000003", from, text: two.text, type: "LMS" },
      ]);
    },
  },

  "sms.sent": {
    compares: "the texts of the phones and how they ended",
    async run({ sdk, emulator, from }) {
      await emulator.reports();
      await emulator.control("POST", "numbers", { to: "01000000002", statusCode: "3032", report_ms: 0 });
      const { group_id } = await sdk.sms.send({ to: "01000000001,01000000002", from, text: "안녕하세요" });
      const { total_count, list_count, data } = await until(
        () => sdk.sms.sent(),
        (list) => list.data.every((item) => item.status === "2"),
      );
      assert.deepEqual([Number(total_count), list_count], [2, 2]);
      const ended = Object.fromEntries(data.map((item) => [item.recipient_number, item]));
      assert.deepEqual(
        data.map((item) => [item.group_id, item.type, item.text]),
        [0, 1].map(() => [group_id, "SMS", "안녕하세요"]),
      );
      assert.equal(ended["01000000001"].result_code, "00");
      assert.notEqual(ended["01000000002"].result_code, "00");
      assert.deepEqual((await emulator.texts()).map((text) => text.to), ["01000000001"]);
    },
  },

  "sms.balance": {
    compares: "both purses of the account",
    async run({ sdk, emulator }) {
      await emulator.control("POST", "account", { balance: 4321, point: 56 });
      const { cash, point } = await sdk.sms.balance();
      assert.deepEqual([cash, point], ["4321", "56"]);
    },
  },

  "sms.cancel": {
    compares: "the text that was to go later; the phones, which have nothing",
    async run({ sdk, emulator, from }) {
      const { group_id } = await sdk.sms.send({ to: "01000000001", from, text: "나중에", datetime: datetime(tomorrow()) });
      await sdk.sms.cancel({ gid: group_id });
      const { data } = await sdk.sms.sent();
      assert.deepEqual(data.map((item) => [item.recipient_number, item.result_code]), [["01000000001", "60"]]);
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  "sms.status": {
    compares: "the shape alone: seconds that texts took, carrier by carrier",
    async run({ sdk }) {
      const seconds = await sdk.sms.status();
      assert.equal(seconds.length, 1);
      for (const name of ["sms_average", "sms_sk_average", "sms_kt_average", "sms_lg_average", "mms_average"]) {
        assert.match(seconds[0][name], /^\d+/);
      }
    },
  },

  "senderID.register": {
    compares: "the sender numbers of the account",
    async run({ sdk, emulator }) {
      const told = await sdk.senderID.register({ phone: "0311234567" });
      assert.ok(told.handle_key && told.ars_number);
      const { status, handleKey } = await sender(emulator, "0311234567");
      assert.deepEqual([status, handleKey], ["PENDING", told.handle_key]);
    },
  },

  "senderID.verify": {
    compares: "the sender number, which is ACTIVE",
    async run({ sdk, emulator }) {
      const { handle_key } = await sdk.senderID.register({ phone: "0311234567" });
      await sdk.senderID.verify({ handle_key });
      assert.equal((await sender(emulator, "0311234567")).status, "ACTIVE");
    },
  },

  "senderID.delete": {
    compares: "the sender numbers of the account",
    async run({ sdk, emulator }) {
      const { handle_key } = await sdk.senderID.register({ phone: "0311234567" });
      assert.equal((await sender(emulator, "0311234567")).handleKey, handle_key);
      await sdk.senderID.delete({ handle_key });
      assert.equal(await sender(emulator, "0311234567"), undefined);
    },
  },

  "senderID.list": {
    compares: "the sender numbers of the account",
    async run({ sdk, emulator }) {
      await emulator.control("POST", "senders", { phoneNumber: "0311234567" });
      const listed = await sdk.senderID.list();
      const held = (await senders(emulator)).map((item) => item.phoneNumber);
      assert.equal(held.length, 2);
      assert.deepEqual(listed.map((item) => item.phone_number).sort(), held.sort());
    },
  },

  "senderID.setDefault": {
    compares: "the default the list shows",
    async run({ sdk, emulator }) {
      await emulator.control("POST", "senders", { phoneNumber: "0311234567" });
      const { handleKey } = await sender(emulator, "0311234567");
      await sdk.senderID.setDefault({ handle_key: handleKey });
      const flagged = (await sdk.senderID.list()).filter((item) => item.flag_default === "Y");
      assert.deepEqual(flagged.map((item) => item.phone_number), ["0311234567"]);
    },
  },

  "senderID.getDefault": {
    compares: "the default that was set",
    async run({ sdk, emulator }) {
      await emulator.control("POST", "senders", { phoneNumber: "0311234567" });
      const { handleKey } = await sender(emulator, "0311234567");
      await sdk.senderID.setDefault({ handle_key: handleKey });
      assert.equal((await sdk.senderID.getDefault()).phone_number, "0311234567");
    },
  },

  "mo.insert": {
    compares: "the received messages listed afterwards",
    async run({ sdk }) {
      await sdk.mo.insert({ mo_number: "0315000000", sender_id: "01000000001", content: "안녕하세요" });
      assert.match(JSON.stringify(await sdk.mo.list()), /안녕하세요/);
    },
  },

  "mo.list": {
    compares: "the received messages",
    async run({ sdk }) {
      assert.doesNotMatch(JSON.stringify(await sdk.mo.list()), /안녕하세요/);
      await sdk.mo.insert({ mo_number: "0315000000", sender_id: "01000000001", content: "안녕하세요" });
      assert.match(JSON.stringify(await sdk.mo.list()), /01000000001/);
    },
  },
};

// This SDK keeps nothing of a refusal but its status.
const status = (number) => ({ message: String(number) });

const manners = {
  "a wrong secret": {
    compares: "403",
    async run({ key, stranger }) {
      await assert.rejects(stranger(key, "X".repeat(32)).sms.balance(), status(403));
    },
  },

  "a refused text": {
    compares: "the counters; the phones, which have nothing",
    async run({ sdk, emulator, from }) {
      const told = await sdk.sms.send({ to: refused, from, text: "아무에게도" });
      assert.deepEqual([told.success_count, told.error_count], [0, 1]);
      assert.notEqual(told.result_code, "00");
      assert.deepEqual(await emulator.texts(), []);
    },
  },

  "a fault of the gateway": {
    compares: "400, 402, 403, 404, 413 and 500",
    async run({ sdk, emulator }) {
      for (const number of [400, 402, 403, 404, 413, 500]) {
        await emulator.control("POST", "faults", { kind: "status", status: number });
        await assert.rejects(sdk.sms.balance(), status(number));
      }
    },
  },
};

await run("coolsms-rest-sdk", { connect, invoke, methods, manners });
