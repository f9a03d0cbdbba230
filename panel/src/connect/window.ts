/** What the tabs of one browser tell each other when a person came back from a system. */
const CHANNEL = "keyward-connection";

/** The name of the window in which a person consents. */
const WINDOW = "keyward-connect";

/** Opens a window at once, while the press of the button still allows it. Null where the browser blocks it. */
export function openWindow(): Window | null {
  return window.open("about:blank", WINDOW, "popup,width=600,height=760");
}

/** Tells the other tabs how a connection ended. */
export function announce(outcome: string, keyId: string | null): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ outcome, keyId });
  channel.close();
}

/** Listens for connections of a key that end in another window. */
export function listen(keyId: string, onEnd: (outcome: string) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<{ outcome: string; keyId: string | null }>) => {
    if (data.keyId === keyId) onEnd(data.outcome);
  };
  return () => channel.close();
}
