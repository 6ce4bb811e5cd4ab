// The page of one product: dwell time and the cart.

import { recordEvent } from "./events.js";

export function watchProduct(page) {
  const { product, fromQuery, fromPosition, fromSurface, price, currency } = page.dataset;
  const origin = {
    product_id: product,
    ...(fromQuery && { query_id: fromQuery }),
    ...(fromSurface && { surface: fromSurface }),
    ...(fromPosition > 0 && { position: Number(fromPosition) }),
  };
  recordDwell(origin);
  const form = document.getElementById("buy");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [first] = form.querySelectorAll('input[name="variant"]:enabled');
    const chosen = form.querySelector('input[name="variant"]:checked');
    if (first && !chosen) return askToChoose(first);
    const unitPrice = chosen?.dataset.price ?? price;
    const isRecorded = await recordEvent(
      "add_to_cart",
      { ...origin, quantity: 1, ...(chosen && { variant_id: chosen.value }), ...(unitPrice && { price_minor: Number(unitPrice), currency }) },
      { now: true },
    );
    showToast(isRecorded ? "added" : "failed");
  });
}

// A product with variants needs a choice before it goes into the cart.
function askToChoose(first) {
  const hint = document.getElementById("choose-first");
  hint.textContent = hint.dataset.text;
  first.focus();
  first.form.addEventListener("change", () => (hint.textContent = ""), { once: true });
}

function recordDwell(origin) {
  let since = document.visibilityState === "visible" ? performance.now() : 0;
  const stop = () => {
    if (!since) return;
    const ms = Math.round(performance.now() - since);
    since = 0;
    if (ms >= 500) recordEvent("dwell", { ...origin, dwell_ms: ms });
  };
  // Listeners that capture run before the one that sends the batches.
  addEventListener("pagehide", stop, { capture: true });
  document.addEventListener(
    "visibilitychange",
    () => (document.visibilityState === "visible" ? (since = performance.now()) : stop()),
    { capture: true },
  );
}

function showToast(key) {
  const toast = document.getElementById("toast");
  toast.textContent = toast.dataset[key];
  toast.classList.add("is-up");
  setTimeout(() => toast.classList.remove("is-up"), 3500);
}
