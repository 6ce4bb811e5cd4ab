// Placed products: seen once each, and clicked.

import { happened } from "./events.js";

const where = (card) => ({
  product_id: card.dataset.product,
  query_id: card.dataset.query,
  surface: card.dataset.surface,
  position: Number(card.dataset.position),
  ...(card.dataset.price && { price_minor: Number(card.dataset.price), currency: card.dataset.currency }),
});

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      happened("impression", where(target));
    }
  },
  { threshold: 0.5 },
);

export function watch(root) {
  for (const card of root.querySelectorAll(".card[data-product]")) {
    seen.observe(card);
    const click = (event) => {
      if (event.type === "auxclick" && event.button !== 1) return;
      seen.unobserve(card);
      happened("click", where(card), { now: true });
    };
    card.querySelector("a").addEventListener("click", click);
    card.querySelector("a").addEventListener("auxclick", click);
  }
}
