// Using a key, with the AWS SDK v3 for JavaScript. The clients are made once, outside the handler (AWS Lambda developer guide,
// "Best practices for working with AWS Lambda functions"). They reuse their connections: that is the SDK's default
// (https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-reusing-connections.html).

import { createDecipheriv, createHash, createHmac, randomUUID } from "node:crypto";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DecryptCommand, KMSClient } from "@aws-sdk/client-kms";

const dynamodb = new DynamoDBClient({});
const kms = new KMSClient({});
const dataKeys = new Map();

const TABLE = "compared";
const SCOPE = ["eu-west-1", "execute-api", "aws4_request"];
const TAG_LENGTH = 16;
const YEAR_IN_SECONDS = 31_536_000;

/** The data key, which KMS unwraps once. */
async function dataKey(wrapped, id) {
  const name = Buffer.from(wrapped).toString("base64");
  if (!dataKeys.has(name)) {
    const answer = await kms.send(new DecryptCommand({ CiphertextBlob: wrapped, EncryptionContext: { id } }));
    dataKeys.set(name, answer.Plaintext);
  }
  return dataKeys.get(name);
}

function open(key, nonce, sealed, id) {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAAD(Buffer.from(id));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH));
  const start = decipher.update(sealed.subarray(0, sealed.length - TAG_LENGTH));
  return Buffer.concat([start, decipher.final()]).toString();
}

const mac = (key, text) => createHmac("sha256", key).update(text).digest();
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** AWS Signature Version 4 of the request that is asked for. */
function sign(secret, ask) {
  const url = new URL(`https://api.example.com/v1${ask.path}`);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const parameters = [...url.searchParams].map((pair) => pair.map(encodeURIComponent).join("="));
  const headers = { ...ask.headers, host: url.host, "x-amz-date": time };
  const names = Object.keys(headers).sort();
  const canonical = [
    ask.method,
    url.pathname,
    parameters.sort().join("&"),
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    sha256(ask.body ?? ""),
  ].join("\n");
  const scope = [day, ...SCOPE].join("/");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = SCOPE.reduce(mac, mac(`AWS4${secret}`, day));
  const signature = mac(key, toSign).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { method: ask.method, url: url.href, headers: { ...ask.headers, "x-amz-date": time, authorization } };
}

export async function handler(event) {
  const id = event.pathParameters.key_id;
  const ask = JSON.parse(event.body);
  const key = { PK: { S: id }, SK: { S: "KEY" } };
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: TABLE, Key: key, ConsistentRead: true }));
  const secret = open(await dataKey(Item.wrapped.B, id), Item.nonce.B, Buffer.from(Item.sealed.B), id);
  const signed = sign(secret, ask);
  const receipt = `rcp_${randomUUID()}`;
  const written = {
    PK: { S: `RECEIPT#${id}` },
    SK: { S: receipt },
    at: { S: new Date().toISOString() },
    by: { S: "runtime" },
    method: { S: ask.method },
    target: { S: ask.path },
    ttl: { N: String(Math.floor(Date.now() / 1000) + YEAR_IN_SECONDS) },
  };
  await dynamodb.send(new PutItemCommand({ TableName: TABLE, Item: written }));
  const body = JSON.stringify({ ...signed, receipt_id: receipt });
  return { statusCode: 200, headers: { "content-type": "application/json" }, body };
}
