// Every page works without this file; with it, the shop learns.

import { happened } from "./events.js";
import { attend } from "./product.js";
import { watch } from "./products.js";

watch(document);

const page = document.getElementById("product");
if (page) attend(page);

const address = new URLSearchParams(location.search);
const { surface, query } = document.body.dataset;
if (surface === "search" && !address.has("page") && address.get("q")?.trim()) {
  happened("search", { query_id: query, query_text: address.get("q").trim(), surface });
}

// "Show more" adds to the page instead of leaving it.
const more = document.getElementById("more");
more?.addEventListener("click", async (event) => {
  event.preventDefault();
  more.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(more.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = document.createElement("ul");
    fresh.append(...next.querySelectorAll("#grid > .card"));
    watch(fresh);
    document.getElementById("grid").append(...fresh.children);
    const further = next.getElementById("more");
    further ? (more.href = further.href) : more.remove();
  } catch {
    location.href = more.href;
  } finally {
    more.removeAttribute("aria-busy");
  }
});
