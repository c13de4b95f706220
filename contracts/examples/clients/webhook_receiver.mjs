// Receives alerts as webhooks, verifies them and prints one line per alert. Node 18 or later, no packages.
//
// Set WEBHOOK_SECRET to the secret of the subscription (whsec_…) and run `node webhook_receiver.mjs [PORT]`.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
const MOST_BYTES = 16 * 1024 * 1024;
const TOLERANCE_SECONDS = 5 * 60;
const seen = new Set(); // use a database: an alert can arrive more than once, always with the same webhook-id

// Standard Webhooks 1.0: the signature covers id, time and body. While the secret is rotated there are two.
function isAuthentic(headers, body) {
  const { "webhook-id": id = "", "webhook-timestamp": time = "", "webhook-signature": signatures = "" } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(time)) <= TOLERANCE_SECONDS)) return false;
  const expected = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest();
  return signatures.split(" ").some((signature) => {
    const [version, digest = ""] = signature.split(",");
    const given = Buffer.from(digest, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

// Events of other types, such as a test, are accepted and ignored.
function processEvent(event) {
  if (event.type !== "insidertape.holding_changed.v1") return;
  const { alert_id, owner, kind, position } = event.data;
  console.log(alert_id, owner.name, kind, position.security_title);
}

// Any answer but 2xx and 410 makes the gateway try again.
const server = createServer(async (request, response) => {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) return response.writeHead(413).end();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (request.method !== "POST" || !isAuthentic(request.headers, body)) return response.writeHead(401).end();
  const id = request.headers["webhook-id"];
  if (!seen.has(id)) {
    processEvent(JSON.parse(body));
    seen.add(id);
  }
  response.writeHead(204).end();
});

server.listen(Number(process.argv[2] ?? 9000), "127.0.0.1", () => {
  console.log(`listening on port ${server.address().port}`);
});
