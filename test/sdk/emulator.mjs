// What the emulator holds, asked without any SDK: the phones, the money and the
// request log through its controls, the rest by signed calls of our own.

import { createHmac, randomBytes } from "node:crypto";

const json = { "Content-Type": "application/json" };

// ask is the fetch that no case has replaced.
const ask = globalThis.fetch;

export class Emulator {
  constructor(address, key, secret, sender) {
    Object.assign(this, { address, key, secret, sender });
  }

  // control calls the emulator's own surface, which wants no signature.
  control(method, path, body) {
    return this.#answer(method, `/sandbox/${path}`, {}, body);
  }

  // call asks the provider's surface for what an SDK was told.
  call(method, path, body) {
    const date = new Date().toISOString();
    const salt = randomBytes(16).toString("hex");
    const signature = createHmac("sha256", this.secret).update(date + salt).digest("hex");
    const Authorization = `HMAC-SHA256 apiKey=${this.key}, date=${date}, salt=${salt}, signature=${signature}`;
    return this.#answer(method, path, { Authorization }, body);
  }

  async #answer(method, path, headers, body) {
    const response = await ask(this.address + path, {
      method,
      headers: { ...json, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) {
      throw new Error(`the emulator answered ${method} ${path} with ${response.status} ${answer}`);
    }
    return JSON.parse(answer);
  }

  group(id) {
    return this.call("GET", `/messages/v4/groups/${id}`);
  }

  async messagesOf(groupId) {
    return (await this.call("GET", `/messages/v4/groups/${groupId}/messages?limit=500`)).messageList;
  }

  // texts is what the phones received, oldest first, without the line that the
  // carrier puts above each.
  async texts() {
    const received = await this.control("GET", "handset/messages?limit=500");
    return received.reverse().map(({ to, from, text, type }) => {
      return { to, from, text: text.replace(/^\[Web발신\]\n/, ""), type };
    });
  }

  // requests is the log of the provider's surface, oldest first.
  async requests() {
    return (await this.control("GET", "requests?limit=500")).reverse();
  }

  // money is what the account has in both purses together.
  async money() {
    const { balance, point } = await this.control("GET", "account");
    return balance + point;
  }

  // reports lets every text be reported at once from now on.
  reports() {
    return this.control("POST", "numbers", { to: "*", statusCode: "4000", report_ms: 0 });
  }
}

// until asks again and again until the answer pleases; its case is ended when
// that takes too long.
export async function until(ask, pleases) {
  for (;;) {
    const answer = await ask();
    if (pleases(answer)) return answer;
    await new Promise((again) => setTimeout(again, 5));
  }
}
