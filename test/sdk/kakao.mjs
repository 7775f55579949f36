// The cases of solapi about Kakao: channels, templates and AlimTalk.

import assert from "node:assert/strict";

import { until } from "./emulator.mjs";

const manager = "01000000009";

// wanted is what one says of a channel to have it.
async function wanted(emulator) {
  const [{ code: categoryCode }] = await emulator.call("GET", "/kakao/v2/channels/categories");
  return { searchId: "@sinpyo", phoneNumber: manager, categoryCode };
}

// channel is a channel of the account, made without the SDK.
async function channel(emulator, searchId = "@sinpyo") {
  return emulator.control("POST", "channels", { ...(await wanted(emulator)), searchId });
}

// draft is a template as one asks for it.
async function draft(emulator, channelId, name = "인증번호") {
  const [{ code: categoryCode }] = await emulator.call("GET", "/kakao/v2/templates/categories");
  return { channelId, name, content: "#{이름}님의 인증번호는 #{code}입니다.", categoryCode };
}

// template is a template of a channel, made without the SDK.
async function template(emulator, channelId, name) {
  return emulator.call("POST", "/kakao/v2/templates", await draft(emulator, channelId, name));
}

const held = (emulator, id) => emulator.call("GET", `/kakao/v2/templates/${id}`);

// dated is what the emulator has as the SDK answers it: with dates for texts.
function dated(item) {
  return { ...item, dateCreated: new Date(item.dateCreated), dateUpdated: new Date(item.dateUpdated) };
}

// missing expects that there is no such path any more.
const missing = (promise) => assert.rejects(promise, /with 404 /);

export const kakao = {
  getKakaoChannelCategories: {
    compares: "the categories",
    async run({ sdk, emulator }) {
      const categories = await sdk.getKakaoChannelCategories();
      assert.ok(categories.length > 0);
      assert.deepEqual(categories, await emulator.call("GET", "/kakao/v2/channels/categories"));
    },
  },

  requestKakaoChannelToken: {
    compares: "the channel, which cannot be had without",
    async run({ sdk, emulator }) {
      const channel = { ...(await wanted(emulator)), token: "482913" };
      await assert.rejects(sdk.createKakaoChannel(channel), (error) => error.errorCode === "ValidationError");
      const { searchId, phoneNumber } = channel;
      assert.deepEqual(await sdk.requestKakaoChannelToken({ searchId, phoneNumber }), { success: true });
      const { channelId } = await sdk.createKakaoChannel(channel);
      assert.equal((await emulator.call("GET", `/kakao/v2/channels/${channelId}`)).searchId, searchId);
    },
  },

  createKakaoChannel: {
    compares: "the channel, field by field",
    async run({ sdk, emulator }) {
      const channel = await wanted(emulator);
      const { searchId, phoneNumber } = channel;
      await emulator.call("POST", "/kakao/v2/channels/token", { searchId, phoneNumber });
      const told = await sdk.createKakaoChannel({ ...channel, token: "482913" });
      assert.deepEqual([told.searchId, told.phoneNumber], [searchId, phoneNumber]);
      assert.deepEqual(told, await emulator.call("GET", `/kakao/v2/channels/${told.channelId}`));
    },
  },

  getKakaoChannels: {
    compares: "the channels under every filter",
    async run({ sdk, emulator }) {
      const one = await channel(emulator, "@sinpyo");
      const two = await channel(emulator, "@haneul");
      const { channelList } = await emulator.call("GET", "/kakao/v2/channels");
      const found = async (filter) => (await sdk.getKakaoChannels(filter)).channelList.map((item) => item.channelId);
      const all = channelList.map((item) => item.channelId);
      assert.ok(all.includes(one.channelId) && all.includes(two.channelId));
      assert.deepEqual(await found(), all);
      assert.deepEqual(await found({ isMine: true }), all);
      assert.deepEqual(await found({ searchId: "@haneul" }), [two.channelId]);
      assert.deepEqual(await found({ channelId: one.channelId }), [one.channelId]);
      assert.deepEqual(await found({ phoneNumber: manager, categoryCode: one.categoryCode }), [two.channelId, one.channelId]);
      assert.deepEqual(await found({ endDate: new Date(Date.now() - 3600 * 1000) }), []);
      const first = await sdk.getKakaoChannels({ limit: 1 });
      const rest = await found({ startKey: first.nextKey });
      assert.deepEqual([first.channelList[0].channelId, ...rest], all);
    },
  },

  getKakaoChannel: {
    compares: "the channel, field by field",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const { categoryCode, ...rest } = await emulator.call("GET", `/kakao/v2/channels/${channelId}`);
      assert.ok(categoryCode); // the SDK leaves it out
      assert.deepEqual(await sdk.getKakaoChannel(channelId), dated(rest));
    },
  },

  removeKakaoChannel: {
    compares: "the channel and its template, which are gone",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const { templateId } = await template(emulator, channelId);
      assert.equal((await sdk.removeKakaoChannel(channelId)).channelId, channelId);
      await missing(emulator.call("GET", `/kakao/v2/channels/${channelId}`));
      await missing(held(emulator, templateId));
    },
  },

  getKakaoAlimtalkTemplateCategories: {
    compares: "the categories",
    async run({ sdk, emulator }) {
      const categories = await sdk.getKakaoAlimtalkTemplateCategories();
      assert.ok(categories.length > 0);
      assert.deepEqual(categories, await emulator.call("GET", "/kakao/v2/templates/categories"));
    },
  },

  createKakaoAlimtalkTemplate: {
    compares: "the template, a draft",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const wanted = await draft(emulator, channelId);
      const told = await sdk.createKakaoAlimtalkTemplate(wanted);
      assert.equal(told.status, "PENDING");
      const { name, content, variables } = await held(emulator, told.templateId);
      assert.deepEqual([name, content], [wanted.name, wanted.content]);
      assert.deepEqual(variables.map((variable) => variable.name), ["#{이름}", "#{code}"]);
    },
  },

  getKakaoAlimtalkTemplates: {
    compares: "the templates under every filter",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const one = await template(emulator, channelId, "인증번호");
      const two = await template(emulator, channelId, "배송 안내");
      await emulator.call("PUT", `/kakao/v2/templates/${two.templateId}/inspection`);
      const found = async (filter) => {
        return (await sdk.getKakaoAlimtalkTemplates(filter)).templateList.map((item) => item.templateId);
      };
      const both = [two.templateId, one.templateId];
      const { templateList } = await emulator.call("GET", "/kakao/v2/templates");
      const all = templateList.map((item) => item.templateId);
      assert.deepEqual(await found(), all);
      assert.deepEqual(await found({ channelId }), both);
      assert.deepEqual(await found({ name: "배송" }), [two.templateId]);
      assert.deepEqual(await found({ name: { eq: "인증번호" } }), [one.templateId]);
      assert.deepEqual(await found({ name: { ne: "인증번호" }, channelId }), [two.templateId]);
      assert.deepEqual(await found({ status: "INSPECTING" }), [two.templateId]);
      assert.deepEqual(await found({ templateId: one.templateId }), [one.templateId]);
      assert.deepEqual(await found({ isHidden: true }), []);
      assert.deepEqual(await found({ startDate: new Date(Date.now() + 3600 * 1000) }), []);
      const first = await sdk.getKakaoAlimtalkTemplates({ limit: 1 });
      assert.deepEqual([first.templateList[0].templateId, ...(await found({ startKey: first.nextKey }))], all);
    },
  },

  getKakaoAlimtalkTemplate: {
    compares: "the template, field by field",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const { templateId } = await template(emulator, channelId);
      assert.deepEqual(await sdk.getKakaoAlimtalkTemplate(templateId), dated(await held(emulator, templateId)));
    },
  },

  cancelInspectionKakaoAlimtalkTemplate: {
    compares: "the template, a draft again",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const { templateId } = await template(emulator, channelId);
      await emulator.call("PUT", `/kakao/v2/templates/${templateId}/inspection`);
      assert.equal((await held(emulator, templateId)).status, "INSPECTING");
      assert.equal((await sdk.cancelInspectionKakaoAlimtalkTemplate(templateId)).templateId, templateId);
      assert.equal((await held(emulator, templateId)).status, "PENDING");
    },
  },

  updateKakaoAlimtalkTemplate: {
    compares: "the template's text and variables",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const { templateId } = await template(emulator, channelId);
      const told = await sdk.updateKakaoAlimtalkTemplate(templateId, { content: "새 글 #{하나}" });
      assert.equal(told.content, "새 글 #{하나}");
      const { content, variables } = await held(emulator, templateId);
      assert.deepEqual([content, variables], ["새 글 #{하나}", [{ name: "#{하나}" }]]);
    },
  },

  updateKakaoAlimtalkTemplateName: {
    compares: "the template's name",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const { templateId } = await template(emulator, channelId);
      assert.equal((await sdk.updateKakaoAlimtalkTemplateName(templateId, "새 이름")).name, "새 이름");
      assert.equal((await held(emulator, templateId)).name, "새 이름");
    },
  },

  removeKakaoAlimtalkTemplate: {
    compares: "the template, which is gone",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const { templateId } = await template(emulator, channelId);
      assert.equal((await sdk.removeKakaoAlimtalkTemplate(templateId)).templateId, templateId);
      await missing(held(emulator, templateId));
    },
  },
};

// approved is a template that Kakao has looked at, on its way there.
async function approved(sdk, emulator) {
  const { channelId } = await channel(emulator);
  const { templateId } = await sdk.createKakaoAlimtalkTemplate(await draft(emulator, channelId));
  await emulator.call("PUT", `/kakao/v2/templates/${templateId}/inspection`);
  await emulator.control("POST", `templates/${templateId}`, { status: "APPROVED" });
  return { pfId: channelId, templateId, variables: { 이름: "하늘", "#{code}": "482913" } };
}

const filled = "하늘님의 인증번호는 482913입니다.";

export const talks = {
  AlimTalk: {
    compares: "the phone, which has it with the variables filled in; a draft, which is refused",
    async run({ sdk, emulator, from }) {
      const kakaoOptions = await approved(sdk, emulator);
      await sdk.send({ to: "01000000001", from, kakaoOptions });
      assert.deepEqual(await emulator.texts(), [{ to: "01000000001", from, text: filled, type: "ATA" }]);
      const { templateId } = await template(emulator, kakaoOptions.pfId);
      await assert.rejects(sdk.send({ to: "01000000001", from, kakaoOptions: { ...kakaoOptions, templateId } }), (error) => {
        return error.failedMessageList[0].statusCode === "1042";
      });
    },
  },

  "AlimTalk to a phone without KakaoTalk": {
    compares: "the phone, which has an SMS instead unless that is forbidden",
    async run({ sdk, emulator, from }) {
      const kakaoOptions = await approved(sdk, emulator);
      for (const to of ["01000000001", "01000000002"]) {
        await emulator.control("POST", "numbers", { to, statusCode: "3104", report_ms: 0 });
      }
      const ended = async (message) => {
        const { groupId } = (await sdk.send(message)).groupInfo;
        await until(
          () => sdk.getGroup(groupId),
          (group) => group.status === "COMPLETE",
        );
        return Object.values((await sdk.getGroupMessages(groupId)).messageList)[0];
      };
      const instead = await ended({ to: "01000000001", from, kakaoOptions });
      assert.deepEqual([instead.statusCode, instead.replacement], ["4000", true]);
      const nothing = await ended({ to: "01000000002", from, kakaoOptions: { ...kakaoOptions, disableSms: true } });
      assert.deepEqual([nothing.statusCode, nothing.replacement], ["3104", false]);
      assert.deepEqual(await emulator.texts(), [{ to: "01000000001", from, text: filled, type: "SMS" }]);
    },
  },
};
