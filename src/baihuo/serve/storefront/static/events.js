// Sends events to POST /v1/events: in batches, at once for clicks and the cart, again after a failure.

// The visitor is in a signed cookie that scripts cannot read.

const BATCH_DELAY_MS = 1200;
const MAX_BATCH = 60; // far below the 64 kB that a page may send while it closes
let queue = [];
let timer = 0;

export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

function session() {
  try {
    let id = sessionStorage.getItem("session");
    if (!id) sessionStorage.setItem("session", (id = `s-${newId()}`));
    return id;
  } catch {
    return undefined; // storage is switched off
  }
}

// Events of a clock that is far behind would be refused as late ones: the page says what time it is.
const offMs = Date.now() - Number(document.body.dataset.now || Date.now());
const clockOffMs = Math.abs(offMs) > 60_000 ? offMs : 0;

const width = window.innerWidth;
const visit = {
  session_id: session(),
  platform: "web",
  language: navigator.language || undefined,
  device: width < 640 ? "phone" : width < 1024 ? "tablet" : "desktop",
};

export function recordEvent(eventType, fields, { now = false } = {}) {
  queue.push({ event_id: `e-${newId()}`, event_type: eventType, occurred_at_us: (Date.now() - clockOffMs) * 1000, ...visit, ...fields });
  if (now || queue.length >= MAX_BATCH) return flush();
  timer ||= setTimeout(flush, BATCH_DELAY_MS);
  return Promise.resolve(true);
}

export async function flush() {
  clearTimeout(timer);
  timer = 0;
  const batch = queue.splice(0, MAX_BATCH);
  if (!batch.length) return true;
  try {
    const response = await fetch("/v1/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ events: batch }),
      keepalive: true, // is sent even if the visitor leaves the page
    });
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    return response.ok;
  } catch {
    queue.unshift(...batch); // with the same ids, so nothing is counted twice
    timer ||= setTimeout(flush, 4 * BATCH_DELAY_MS);
    return false;
  }
}

function sendBeforeUnload() {
  while (queue.length) {
    const batch = queue.splice(0, MAX_BATCH);
    const payload = new Blob([JSON.stringify({ events: batch })], { type: "application/json" });
    if (!navigator.sendBeacon("/v1/events", payload)) return queue.unshift(...batch);
  }
}
addEventListener("pagehide", sendBeforeUnload);
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && sendBeforeUnload());
