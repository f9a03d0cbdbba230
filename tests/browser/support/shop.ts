import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What WooCommerce answers to a key that it does not know (includes/class-wc-rest-authentication.php). */
const UNKNOWN_KEY = JSON.stringify({
  code: "woocommerce_rest_authentication_error",
  message: "Consumer key is invalid.",
  data: { status: 401 },
});

/** A shop of WooCommerce that the stack takes for `shop.example.com`. It knows one consumer, whatever the signature. */
export class Shop {
  readonly #server: Server;
  readonly consumerKey = `ck_${"a".repeat(40)}`;
  /** What was asked for, without queries. */
  readonly asked: string[] = [];

  private constructor() {
    this.#server = createServer(({ url = "", headers }, response) => {
      this.asked.push(url.split("?")[0] ?? "");
      const isKnown = `${url} ${headers.authorization ?? ""}`.includes(this.consumerKey);
      response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json", "x-wp-total": "0" });
      response.end(isKnown ? "[]" : UNKNOWN_KEY);
    });
  }

  static async open(): Promise<Shop> {
    const shop = new Shop();
    await new Promise<void>((listening) => shop.#server.listen(0, "127.0.0.1", listening));
    return shop;
  }

  /** The setting of the stack that leads to it. OAuth 1.0a alone may go over plain HTTP. */
  get upstream(): string {
    return `shop.example.com:80=127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A key for it. */
  key(consumerKey: string) {
    const fields = { consumer_key: consumerKey, consumer_secret: `cs_${"b".repeat(40)}` };
    return {
      system_id: "woocommerce",
      auth: "oauth1",
      title: "Shop",
      environment: "live",
      base_url: "http://shop.example.com",
      entries: { default: { fields } },
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
