// What the chat keeps in this tab, how it calls the shop, and how it waits.

const KEY = "chat";
let memory = {}; // where storage is switched off

export const kept = {
  get() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) ?? memory;
    } catch {
      return memory;
    }
  },
  set(changed) {
    memory = { ...this.get(), ...changed };
    try {
      sessionStorage.setItem(KEY, JSON.stringify(memory));
    } catch {
      return; // the conversation lasts as long as the page
    }
  },
  clear(left = {}) {
    memory = {};
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      return;
    } finally {
      this.set(left);
    }
  },
};

export const newMessageId = () =>
  `m-${Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("")}`;

// JSON in, JSON out. An error has the `status` (none: the shop was not reached), what the shop says is wrong, and when to try again.
export async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const read = await answer.json().catch(() => ({}));
  if (answer.ok) return read;
  const seconds = Number(answer.headers.get("Retry-After"));
  throw Object.assign(new Error(`status ${answer.status}`), {
    status: answer.status,
    problem: read.fix ?? read.detail ?? "",
    retryAfterMs: seconds > 0 ? seconds * 1000 : 0,
  });
}

// Waits longer each time, up to `most`; after `stop` in all it is spent.
export class Backoff {
  constructor({ first, most, stop = Infinity }, act) {
    Object.assign(this, { first, most, stopAfter: stop, act });
    this.reset();
  }

  reset() {
    this.wait = this.first;
    this.since = Date.now();
  }

  get isSpent() {
    return Date.now() - this.since > this.stopAfter;
  }

  later(atLeastMs = 0) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.act, Math.max(this.wait, atLeastMs));
    this.wait = Math.min(this.most, this.wait * 1.5);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
