// Product cards: one impression each, and clicks. Ads are reported by their tokens.

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

// An ad was viewable once half of it was on screen for a second (IAB/MRC).
const VIEWABLE_MS = 1000;
const onScreen = new Map();

const report = (path, body) =>
  fetch(`/v1/ads/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    keepalive: true,
  }).catch(() => {}); // the page goes on without

const viewability = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      clearTimeout(onScreen.get(target));
      if (!isIntersecting) continue;
      const seen = () => {
        viewability.unobserve(target);
        report("impressions", { tokens: [target.dataset.ad] });
      };
      onScreen.set(target, setTimeout(seen, VIEWABLE_MS));
    }
  },
  { threshold: 0.5 },
);

function watchAd(card) {
  viewability.observe(card);
  const click = (event) => {
    if (event.type === "auxclick" && event.button !== 1) return;
    report("clicks", { token: card.dataset.ad });
  };
  card.querySelector("a").addEventListener("click", click);
  card.querySelector("a").addEventListener("auxclick", click);
}

export function watchCards(root) {
  root.querySelectorAll(".card[data-ad]").forEach(watchAd);
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
