/** Code that uses a key, ready to run. It has no token and no secret in it: the token of a machine client is in the environment. */

/** What a program can do with a key. */
export type Deed = "send" | "sign" | "resolve";

export const LANGUAGES = [
  { id: "curl", label: "curl" },
  { id: "python", label: "Python" },
  { id: "node", label: "Node.js" },
  { id: "rust", label: "Rust" },
] as const;
export type Language = (typeof LANGUAGES)[number]["id"];

/** The key that is used, and where. */
export interface Target {
  /** Where the API is. */
  origin: string;
  keyId: string;
  environment: string;
  /** Whose entry of it; null where the key has one for all. */
  organization: string | null;
  /** A path to ask for. */
  path: string;
}

/** The body of the request: an object of texts, which JSON, JavaScript and Python write alike. */
export function bodyOf(deed: Deed, { environment, organization, path }: Target): string {
  const whose = organization === null ? {} : { organization };
  return JSON.stringify(
    deed === "resolve" ? { environment, ...whose } : { method: "GET", path, environment, ...whose },
  );
}

export function snippet(language: Language, deed: Deed, target: Target): string {
  const url = `${target.origin}/v1/keys/${target.keyId}/${deed}`;
  const body = bodyOf(deed, target);
  switch (language) {
    case "curl":
      return `curl --silent --fail-with-body ${shellText(url)} \\
  --header "authorization: Bearer $KEYWARD_TOKEN" \\
  --header 'content-type: application/json' \\
  --data ${shellText(body)}`;
    case "python":
      return `import json, os, urllib.request

request = urllib.request.Request(
    ${JSON.stringify(url)},
    data=json.dumps(${body}).encode(),
    headers={
        "authorization": "Bearer " + os.environ["KEYWARD_TOKEN"],
        "content-type": "application/json",
    },
)
with urllib.request.urlopen(request) as answer:
    print(json.dumps(json.load(answer), indent=2))`;
    case "node":
      return `const answer = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
    authorization: \`Bearer \${process.env.KEYWARD_TOKEN}\`,
    "content-type": "application/json",
  },
  body: JSON.stringify(${body}),
});
if (!answer.ok) throw new Error(await answer.text());
console.log(JSON.stringify(await answer.json(), null, 2));`;
    case "rust":
      return `// cargo add reqwest --features blocking,json && cargo add serde_json
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let answer: Value = reqwest::blocking::Client::new()
        .post(${JSON.stringify(url)})
        .bearer_auth(std::env::var("KEYWARD_TOKEN")?)
        .json(&json!(${body}))
        .send()?
        .error_for_status()?
        .json()?;
    println!("{answer:#}");
    Ok(())
}`;
  }
}

/** A text for a shell, which changes nothing in it (POSIX.1-2024, Shell Command Language, 2.2.2 Single-Quotes). */
function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
