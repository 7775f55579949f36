// The cases of solapi about Kakao: channels, templates and AlimTalk.

import assert from "node:assert/strict";

const manager = "01000000009";

// handedOver asks for the code that comes to the manager's phone, and reads it
// there.
async function handedOver(emulator, searchId) {
  await emulator.call("POST", "/kakao/v2/channels/token", { searchId, phoneNumber: manager });
  return codeOn(emulator);
}

async function codeOn(emulator) {
  const { text } = (await emulator.texts()).findLast((text) => text.to === manager);
  return text.match(/\d{4,}/)[0];
}

// channel is a channel of the account, made without the SDK.
async function channel(emulator, searchId = "@sinpyo") {
  const token = await handedOver(emulator, searchId);
  const [{ code: categoryCode }] = await emulator.call("GET", "/kakao/v2/channels/categories");
  return emulator.call("POST", "/kakao/v2/channels", { searchId, phoneNumber: manager, categoryCode, token });
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
    compares: "the manager's phone, which has a code that makes the channel",
    async run({ sdk, emulator }) {
      assert.deepEqual(await sdk.requestKakaoChannelToken({ searchId: "@sinpyo", phoneNumber: manager }), { success: true });
      const token = await codeOn(emulator);
      const [{ code: categoryCode }] = await sdk.getKakaoChannelCategories();
      await sdk.createKakaoChannel({ searchId: "@sinpyo", phoneNumber: manager, categoryCode, token });
      assert.equal((await sdk.getKakaoChannels()).channelList.length, 1);
    },
  },

  createKakaoChannel: {
    compares: "the channel; a wrong code, which makes none",
    async run({ sdk, emulator }) {
      const token = await handedOver(emulator, "@sinpyo");
      const [{ code: categoryCode }] = await sdk.getKakaoChannelCategories();
      const wanted = { searchId: "@sinpyo", phoneNumber: manager, categoryCode };
      await assert.rejects(sdk.createKakaoChannel({ ...wanted, token: token.replace(/\d/g, "x") }));
      const { channelId } = await sdk.createKakaoChannel({ ...wanted, token });
      const { searchId, phoneNumber } = await emulator.call("GET", `/kakao/v2/channels/${channelId}`);
      assert.deepEqual([searchId, phoneNumber], ["@sinpyo", manager]);
    },
  },

  getKakaoChannels: {
    compares: "the channels under every filter",
    async run({ sdk, emulator }) {
      const one = await channel(emulator, "@sinpyo");
      const two = await channel(emulator, "@haneul");
      const found = async (filter) => (await sdk.getKakaoChannels(filter)).channelList.map((item) => item.channelId).sort();
      assert.deepEqual(await found(), [one.channelId, two.channelId].sort());
      assert.deepEqual(await found({ searchId: "@haneul" }), [two.channelId]);
      assert.deepEqual(await found({ channelId: one.channelId }), [one.channelId]);
      assert.deepEqual(await found({ phoneNumber: "01099999999" }), []);
      assert.deepEqual(await found({ endDate: new Date(Date.now() - 3600 * 1000) }), []);
      const first = await sdk.getKakaoChannels({ limit: 1 });
      const rest = await sdk.getKakaoChannels({ limit: 1, startKey: first.nextKey });
      assert.equal(new Set([...first.channelList, ...rest.channelList].map((item) => item.channelId)).size, 2);
    },
  },

  getKakaoChannel: {
    compares: "the channel, field by field",
    async run({ sdk, emulator }) {
      const { channelId } = await channel(emulator);
      const told = await sdk.getKakaoChannel(channelId);
      const { searchId, accountId, phoneNumber, sharedAccountIds, dateCreated, dateUpdated } = await emulator.call("GET", `/kakao/v2/channels/${channelId}`);
      assert.deepEqual(told, dated({ channelId, searchId, accountId, phoneNumber, sharedAccountIds, dateCreated, dateUpdated }));
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
        return (await sdk.getKakaoAlimtalkTemplates(filter)).templateList.map((item) => item.templateId).sort();
      };
      const both = [one.templateId, two.templateId].sort();
      assert.deepEqual(await found(), both);
      assert.deepEqual(await found({ channelId }), both);
      assert.deepEqual(await found({ name: "배송" }), [two.templateId]);
      assert.deepEqual(await found({ name: { eq: "인증번호" } }), [one.templateId]);
      assert.deepEqual(await found({ name: { ne: "인증번호" } }), [two.templateId]);
      assert.deepEqual(await found({ status: "INSPECTING" }), [two.templateId]);
      assert.deepEqual(await found({ templateId: one.templateId }), [one.templateId]);
      assert.deepEqual(await found({ isHidden: true }), []);
      assert.deepEqual(await found({ startDate: new Date(Date.now() + 3600 * 1000) }), []);
      const first = await sdk.getKakaoAlimtalkTemplates({ limit: 1 });
      const rest = await sdk.getKakaoAlimtalkTemplates({ limit: 1, startKey: first.nextKey });
      assert.deepEqual([...first.templateList, ...rest.templateList].map((item) => item.templateId).sort(), both);
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
