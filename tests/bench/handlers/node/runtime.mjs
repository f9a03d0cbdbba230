// The smallest client of the Lambda Runtime API. It costs less than Lambda's own, so Node is not made slower by it.

import http from "node:http";
import { handler } from "./handler.mjs";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body = "") {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": Buffer.byteLength(body) };
    const request = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/${path}`, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, text: Buffer.concat(parts).toString() }));
    });
    request.end(body);
  });
}

async function run() {
  for (;;) {
    const event = await call("GET", "invocation/next");
    const invocation = `invocation/${event.headers["lambda-runtime-aws-request-id"]}`;
    try {
      const answer = await handler(JSON.parse(event.text));
      await call("POST", `${invocation}/response`, JSON.stringify(answer));
    } catch (error) {
      await call("POST", `${invocation}/error`, JSON.stringify({ errorMessage: String(error) }));
    }
  }
}

run();
