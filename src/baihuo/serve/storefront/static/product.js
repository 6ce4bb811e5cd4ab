// The page of one product: how long it is looked at, and what goes into the cart.

import { happened } from "./events.js";

export function attend(page) {
  const { product, cameQuery, camePosition, cameSurface, price, currency } = page.dataset;
  const about = {
    product_id: product,
    ...(cameQuery && { query_id: cameQuery }),
    ...(cameSurface && { surface: cameSurface }),
    ...(camePosition > 0 && { position: Number(camePosition) }),
  };
  dwell(about);
  const form = document.getElementById("buy");
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const variant = new FormData(form).get("variant");
    const isKept = await happened(
      "add_to_cart",
      { ...about, quantity: 1, ...(variant && { variant_id: variant }), ...(price && { price_minor: Number(price), currency }) },
      { now: true },
    );
    say(isKept ? "added" : "failed");
  });
}

function dwell(about) {
  let since = document.visibilityState === "visible" ? performance.now() : 0;
  const stop = () => {
    if (!since) return;
    const ms = Math.round(performance.now() - since);
    since = 0;
    if (ms >= 500) happened("dwell", { ...about, dwell_ms: ms });
  };
  // Before the batches are sent: capture comes first.
  addEventListener("pagehide", stop, { capture: true });
  document.addEventListener(
    "visibilitychange",
    () => (document.visibilityState === "visible" ? (since = performance.now()) : stop()),
    { capture: true },
  );
}

function say(what) {
  const toast = document.getElementById("toast");
  toast.textContent = toast.dataset[what];
  toast.classList.add("is-up");
  setTimeout(() => toast.classList.remove("is-up"), 3500);
}
