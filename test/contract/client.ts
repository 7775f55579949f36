// A backend in TypeScript that has a number verified. Its types are made of the
// served description by openapi-typescript, its calls by openapi-fetch; it
// compiles only while the description says what the program does.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[]; exitCode?: number };

const [server, key, inbox] = process.argv.slice(2) as [string, string, string];
const api = createClient<paths>({ baseUrl: server, headers: { Authorization: `Bearer ${key}` } });
const to = "010-0000-4242";

function must<T>(what: string, value: T | undefined, problem?: components["schemas"]["Problem"]): T {
  if (value === undefined) throw new Error(`${what}: ${problem?.status} ${problem?.code}: ${problem?.detail}`);
  return value;
}

function equal(what: string, got: unknown, want: unknown): void {
  if (got !== want) throw new Error(`${what}: got ${got}, want ${want}`);
}

// codeOn waits for the text and reads the code in it, as the person does.
async function codeOn(phone: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${inbox}/sandbox/handset/messages?to=${phone.replaceAll("-", "")}`);
    const texts = (await answer.json()) as { text: string }[];
    const code = texts[0]?.text.match(/#(\d+)$/)?.[1];
    if (code) return code;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no text came");
}

// start, twice with the same key: one verification
const start = () =>
  api.POST("/v1/verifications", {
    params: { header: { "Idempotency-Key": "client.ts/start" } },
    body: { to, purpose: "signup", locale: "ko", binding: "browser-1", metadata: { order: "17" } },
  });
const first = await start();
const started = must("start", first.data, first.error);
const again = await start();
equal("the id of a repeat", must("start again", again.data, again.error).id, started.id);
equal("Idempotent-Replayed", again.response.headers.get("Idempotent-Replayed"), "true");
equal("status", started.status, "pending");

// a refusal is typed
const refused = await api.POST("/v1/verifications", { body: { to: "02-123-4567" } });
equal("the code of a landline", refused.error?.code, "number_landline");

// check: wrong, then right
const path = { id: started.id };
const code = await codeOn(to);
const wrong = code === "000000" ? "000001" : "000000";
const missed = await api.POST("/v1/verifications/{id}/check", { params: { path }, body: { code: wrong, binding: "browser-1" } });
equal("attempts_left", must("check", missed.data, missed.error).attempts_left, started.attempts_left - 1);
const right = await api.POST("/v1/verifications/{id}/check", { params: { path }, body: { code, binding: "browser-1" } });
const checked = must("check", right.data, right.error);
equal("approved", checked.approved, true);

// redeem: once
const redeem = () => api.POST("/v1/receipts/redeem", { body: { receipt: checked.receipt ?? "", purpose: "signup" } });
const used = await redeem();
const proved = must("redeem", used.data, used.error);
equal("the number", proved.to, "+821000004242");
equal("the verification", proved.verification_id, started.id);
const twice = await redeem();
equal("the second redeeming", twice.error?.code, "receipt_used");

// look back
const read = await api.GET("/v1/verifications/{id}", { params: { path } });
equal("metadata", must("read", read.data, read.error).metadata?.order, "17");
const found = await api.POST("/v1/messages/search", { body: { to, limit: 10 } });
const messages = must("search", found.data, found.error).messages;
equal("messages", messages.length, 1);
const message = await api.GET("/v1/messages/{id}", { params: { path: { id: messages[0]!.id } } });
equal("the first step", must("look", message.data, message.error).timeline[0]?.status, "queued");
const senders = await api.GET("/v1/senders");
equal("a sender", must("senders", senders.data, senders.error).senders[0]?.usable, true);
const balance = await api.GET("/v1/balance");
equal("a balance", must("balance", balance.data, balance.error).usable > 0, true);

console.log("verified");
