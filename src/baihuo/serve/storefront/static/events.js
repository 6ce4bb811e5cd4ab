// Sends what happened to POST /v1/events: in batches, at once where it matters, again where it failed.

const body = document.body.dataset;
const LATER_MS = 1200;
const MOST = 60; // a batch stays far below what a page may send while it closes
let waiting = [];
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

const width = window.innerWidth;
const shared = {
  visitor_id: body.visitor,
  session_id: session(),
  platform: "web",
  device: width < 640 ? "phone" : width < 1024 ? "tablet" : "desktop",
};

export function happened(eventType, about, { now = false } = {}) {
  waiting.push({ event_id: `e-${newId()}`, event_type: eventType, occurred_at_us: Date.now() * 1000, ...shared, ...about });
  if (now || waiting.length >= MOST) return flush();
  timer ||= setTimeout(flush, LATER_MS);
  return Promise.resolve(true);
}

export async function flush() {
  clearTimeout(timer);
  timer = 0;
  const batch = waiting.splice(0, MOST);
  if (!batch.length) return true;
  try {
    const answer = await fetch("/v1/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ events: batch }),
      keepalive: true, // goes out although the page is left
    });
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    return answer.ok;
  } catch {
    waiting.unshift(...batch); // the ids stay the same, so nothing is counted twice
    timer ||= setTimeout(flush, 4 * LATER_MS);
    return false;
  }
}

function leave() {
  while (waiting.length) {
    const batch = waiting.splice(0, MOST);
    const sent = new Blob([JSON.stringify({ events: batch })], { type: "application/json" });
    if (!navigator.sendBeacon("/v1/events", sent)) return waiting.unshift(...batch);
  }
}
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
