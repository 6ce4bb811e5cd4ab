// Pages work without scripts. With them, the shop gets events.

import { recordEvent } from "./events.js";
import { watchProduct } from "./product.js";
import { watchCards } from "./products.js";
import { suggestFor } from "./suggest.js";

watchCards(document);
suggestFor(document.getElementById("q"), document.getElementById("suggestions"));

const page = document.getElementById("product");
if (page) watchProduct(page);

const parameters = new URLSearchParams(location.search);
const { surface, query } = document.body.dataset;
if (surface === "search" && !parameters.has("page") && parameters.get("q")?.trim()) {
  recordEvent("search", { query_id: query, query_text: parameters.get("q").trim(), surface });
}

// "Show more" adds products to this page.
const more = document.getElementById("more");
more?.addEventListener("click", async (event) => {
  event.preventDefault();
  more.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(more.href, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    const added = document.createElement("ul");
    added.append(...next.querySelectorAll("#grid > .card"));
    watchCards(added);
    document.getElementById("grid").append(...added.children);
    const nextLink = next.getElementById("more");
    nextLink ? (more.href = nextLink.href) : more.remove();
  } catch {
    location.href = more.href;
  } finally {
    more.removeAttribute("aria-busy");
  }
});

// The chat is fetched when somebody opens it, or had it open on the page before.
const ask = document.getElementById("ask");
const chat = (isAsked) => import("./chat.js").then((module) => module.openChat(ask, isAsked));
ask?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  chat(true).catch(() => (location.href = ask.href));
});
try {
  if (ask && sessionStorage.getItem("chat")) chat(false).catch(() => {});
} catch {
  // storage is switched off: a conversation lasts one page
}
