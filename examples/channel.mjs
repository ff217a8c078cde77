// A channel of your own in forty lines and without any library: here a folder of posts, in life a social network.
// node examples/channel.mjs nats://channel-forum:PASSWORD@127.0.0.1:4222 forum posts/*.json     (docs/channels.md)
import net from "node:net";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [url, inbox, ...files] = process.argv.slice(2);
const { hostname, port, username, password } = new URL(url);
const answers = `_INBOX_${username}.`; // the only subjects that this user may listen to
const bus = net.connect({ host: hostname, port: Number(port) });
const waiting = new Map();
let buffer = Buffer.alloc(0);

bus.on("data", (data) => {
  buffer = Buffer.concat([buffer, data]);
  for (let end; (end = buffer.indexOf("\r\n")) >= 0; ) {
    const [verb, subject, , size] = buffer.subarray(0, end).toString().split(" ");
    const whole = verb === "MSG" ? end + 2 + Number(size) + 2 : end + 2;
    if (buffer.length < whole) return;
    if (verb === "MSG") waiting.get(subject)?.(JSON.parse(buffer.subarray(end + 2, whole - 2)));
    if (verb === "PING") bus.write("PONG\r\n");
    if (verb === "-ERR") throw new Error(buffer.subarray(0, end).toString());
    buffer = buffer.subarray(whole);
  }
});
const login = { user: username, pass: password, verbose: false, headers: true, no_responders: true, name: "forum" };
bus.write(`CONNECT ${JSON.stringify(login)}\r\nSUB ${answers}* 1\r\n`);

for (const [number, file] of files.entries()) {
  const post = JSON.parse(readFileSync(file, "utf8"));
  const source_id = createHash("sha256").update(`${inbox}/${post.id}`).digest("hex"); // the same post again is the same message
  const message = JSON.stringify({
    version: 1, channel: "api", inbox, inboxes: [inbox], source_id, correlation_id: source_id.slice(0, 16),
    received_at: new Date().toISOString(), message_id: `api:${inbox}:${post.id}`, conversation: `api:${inbox}:${post.thread}`,
    from: { name: post.author, address: post.mail }, text: post.text, reply_text: post.text });
  const head = `NATS/1.0\r\nNats-Msg-Id: ${source_id}:${inbox}\r\nNats-Expected-Stream: INTAKE\r\n\r\n`;
  const sizes = [Buffer.byteLength(head), Buffer.byteLength(head + message)].join(" ");
  const answer = new Promise((resolve) => waiting.set(answers + number, resolve));
  bus.write(`HPUB intake.api.${inbox} ${answers}${number} ${sizes}\r\n${head}${message}\r\n`);
  const { error, duplicate } = await Promise.race([answer, new Promise((_, late) => setTimeout(late, 10_000, "no answer"))]);
  console.log(file, error ? error.description : duplicate ? "was there already" : "taken");
}
bus.end(() => process.exit(0));
