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
    const [first] = form.querySelectorAll('input[name="variant"]:enabled');
    const chosen = form.querySelector('input[name="variant"]:checked');
    if (first && !chosen) return ask(first);
    const paid = chosen?.dataset.price ?? price;
    const isKept = await happened(
      "add_to_cart",
      { ...about, quantity: 1, ...(chosen && { variant_id: chosen.value }), ...(paid && { price_minor: Number(paid), currency }) },
      { now: true },
    );
    say(isKept ? "added" : "failed");
  });
}

// A product that comes in sizes is not put into the cart before one is chosen.
function ask(first) {
  const hint = document.getElementById("choose-first");
  hint.textContent = hint.dataset.says;
  first.focus();
  first.form.addEventListener("change", () => (hint.textContent = ""), { once: true });
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
