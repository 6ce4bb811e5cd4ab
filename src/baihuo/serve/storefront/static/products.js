// Product cards: one impression each, and clicks.

import { recordEvent } from "./events.js";

const placement = (card) => ({
  product_id: card.dataset.product,
  query_id: card.dataset.query,
  surface: card.dataset.surface,
  position: Number(card.dataset.position),
  ...(card.dataset.price && { price_minor: Number(card.dataset.price), currency: card.dataset.currency }),
});

const visibility = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      visibility.unobserve(target);
      recordEvent("impression", placement(target));
    }
  },
  { threshold: 0.5 },
);

export function watchCards(root) {
  for (const card of root.querySelectorAll(".card[data-product]")) {
    visibility.observe(card);
    const click = (event) => {
      if (event.type === "auxclick" && event.button !== 1) return;
      visibility.unobserve(card);
      recordEvent("click", placement(card), { now: true });
    };
    card.querySelector("a").addEventListener("click", click);
    card.querySelector("a").addEventListener("auxclick", click);
  }
}
