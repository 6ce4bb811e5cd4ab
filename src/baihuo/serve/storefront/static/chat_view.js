// Elements of the chat. Text is set as text: whatever a shopper, a review or a listing holds, no markup comes of it.

export function element(tag, properties = {}, text) {
  const made = Object.assign(document.createElement(tag), properties);
  if (properties.role) made.setAttribute("role", properties.role);
  if (text !== undefined) made.textContent = text;
  return made;
}

const AUTHORS = { shopper: "you", machine: "by_machine", desk: "by_desk" };

export function messageElement(message, t) {
  const author = message.author in AUTHORS ? message.author : "machine";
  const row = element("div", { className: `message is-${author}` });
  row.dataset.message = message.message_id;
  const bubble = element("div", { className: "bubble" });
  bubble.append(element("span", { className: author === "desk" ? "by" : "unseen" }, `${t[AUTHORS[author]]}: `), element("p", {}, message.text ?? ""));
  row.append(bubble);
  const based = sourcesOf(message, t);
  if (based) row.append(element("p", { className: "sources" }, `${t.sources} ${based}`));
  return row;
}

// What kinds of sources an answer rests on: "faq:12" is one of "questions and answers of the shop".
function sourcesOf({ author, sentences = [], source_ids: ids = [] }, t) {
  if (author === "shopper") return "";
  const all = [...ids, ...sentences.flatMap((s) => s.source_ids ?? [])];
  const kinds = new Set(all.map((id) => t[`source_${id.split(":")[0]}`]).filter(Boolean));
  return new Intl.ListFormat(document.documentElement.lang, { type: "unit" }).format(kinds);
}

// An order as the shop has it now.
export function cardOf(order, t) {
  const card = element("article", { className: "order" });
  const id = typeof order === "string" ? order : order.order_id;
  card.append(element("h3", {}, t.order.replace("{id}", id)));
  if (order.status) card.append(element("p", { className: "status" }, order.status));
  if (order.items) card.append(element("p", { className: "items" }, order.items));
  if (order.total) card.append(element("p", { className: "sum" }, `${t.total} ${order.total}`));
  return card;
}

const THUMB = "M7 11v9H4v-9zM7 11l4-8c2 0 3 1 3 3l-1 4h6c1 0 2 1 1.700 2.200l-2 6.600c-.3.800-.8 1.200-1.700 1.200H7";

export function thumbs(t, send) {
  const box = element("div", { className: "thumbs" });
  const buttons = [["helpful", "thumbs_up"], ["not_helpful", "thumbs_down"]].map(([key, kind]) => {
    const button = element("button", { type: "button", className: `chat-icon ${kind}`, ariaLabel: t[key], title: t[key], ariaPressed: "false" });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [name, value] of [["viewBox", "0 0 24 24"], ["width", "16"], ["height", "16"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
    for (const [name, value] of [["d", THUMB], ["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "1.8"], ["stroke-linejoin", "round"]]) path.setAttribute(name, value);
    svg.append(path);
    button.append(svg);
    button.addEventListener("click", async () => {
      if (button.ariaPressed === "true" || !(await send(kind))) return;
      for (const one of buttons) one.ariaPressed = String(one === button);
    });
    return button;
  });
  box.append(...buttons);
  return box;
}
