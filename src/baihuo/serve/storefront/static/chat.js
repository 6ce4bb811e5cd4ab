// The chat: one conversation in one browser tab, kept across pages. What anybody wrote becomes text, never markup.

import { cardOf, element, messageElement, thumbs } from "./chat_view.js";
import { keepFocus } from "./chat_focus.js";
import { Backoff, call, kept, newMessageId } from "./chat_store.js";

const POLL_MS = { first: 3_000, most: 30_000, stop: 30 * 60_000 };
const RETRY_MS = { first: 2_000, most: 60_000 };
const API = "/v1/assist/conversations";
const LANGUAGE = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const PRODUCT = document.getElementById("product")?.dataset.product;

let chat; // one a page

export async function openChat(launcher, isAsked) {
  chat ??= await load(launcher);
  if (isAsked || (kept.get().isOpen && innerWidth > 700)) chat.open(isAsked); // a phone's page is not covered unasked
}

async function load(launcher) {
  const style = element("link", { rel: "stylesheet", href: "/static/chat.css" });
  const styled = new Promise((done) => (style.onload = style.onerror = done));
  document.head.append(style);
  const [answer] = await Promise.all([fetch("/assist/panel"), styled]);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  launcher.insertAdjacentHTML("afterend", await answer.text()); // a template of ours: nothing in it is a visitor's
  const made = new Chat(launcher, document.getElementById("chat"));
  await made.restore();
  return made;
}

class Chat {
  constructor(launcher, panel) {
    this.launcher = launcher;
    this.panel = panel;
    this.t = JSON.parse(panel.dataset.texts);
    const at = (name) => panel.querySelector(`#chat-${name}`);
    [this.log, this.state, this.options, this.form, this.input] = ["log", "state", "options", "form", "text"].map(at);
    this.drawn = new Set();
    this.poll = new Backoff(POLL_MS, () => this.look());
    this.retry = new Backoff(RETRY_MS, () => this.drain());
    this.releaseFocus = null;
    this.isSending = false;
    at("close").addEventListener("click", () => this.close());
    at("new").addEventListener("click", () => this.restart());
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.write(this.input.value)));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.write(this.input.value);
    });
    this.input.addEventListener("input", () => (kept.set({ draft: this.input.value }), this.fit()));
    addEventListener("online", () => this.drain());
    addEventListener("offline", () => this.say(this.t.offline));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  open(isAsked) {
    kept.set({ isOpen: true });
    this.panel.hidden = false;
    this.launcher.hidden = true;
    this.launcher.classList.remove("has-news");
    this.launcher.removeAttribute("aria-label");
    this.panel.setAttribute("aria-modal", String(innerWidth <= 700));
    this.releaseFocus ??= keepFocus(this.panel, () => this.close());
    if (isAsked) this.input.focus();
    this.log.scrollTop = this.log.scrollHeight;
    this.wake();
  }

  close() {
    kept.set({ isOpen: false });
    this.panel.hidden = true;
    this.launcher.hidden = false;
    this.releaseFocus?.();
    this.releaseFocus = null;
    this.launcher.focus();
  }

  restart() {
    this.poll.stop();
    this.retry.stop();
    kept.clear({ isOpen: true });
    this.drawn.clear();
    this.log.replaceChildren();
    this.say("");
    this.greet();
    this.input.focus();
  }

  greet() {
    this.draw({ message_id: "hello", author: "machine", text: PRODUCT ? this.t.hello_product : this.t.hello }, { isGreeting: true });
    this.offer([this.t.ask_order, this.t.ask_return, this.t.ask_delivery, this.t.ask_person]);
  }

  // Messages of the pages before, from the shop; what was not sent yet, from this tab.
  async restore() {
    const { conversation, draft, outbox } = kept.get();
    this.input.value = draft ?? "";
    this.fit();
    let isThere = false;
    if (conversation) {
      try {
        isThere = this.take(await call("GET", `${API}/${encodeURIComponent(conversation)}`));
      } catch (error) {
        if (error.status === 404 || error.status === 403) kept.set({ conversation: null, isHandedOver: false });
        else isThere = kept.get().isHandedOver || this.say(this.t.offline);
      }
    }
    if (!this.drawn.size && !outbox?.length) this.greet();
    for (const { id, text } of outbox ?? []) this.draw({ message_id: id, author: "shopper", text }, { isKept: true });
    this.drain();
    return isThere;
  }

  // What a shopper wrote: shown at once, kept until the shop has it, sent under one id however often.
  write(written) {
    const text = written.trim();
    if (!text) return this.input.focus();
    const message = { id: newMessageId(), text, product: PRODUCT ?? null };
    kept.set({ outbox: [...(kept.get().outbox ?? []), message], draft: "" });
    this.input.value = "";
    this.fit();
    this.offer([]);
    this.log.querySelector(".solved")?.remove();
    this.draw({ message_id: message.id, author: "shopper", text });
    this.input.focus();
    this.drain();
  }

  async drain() {
    if (this.isSending) return;
    this.isSending = true;
    this.retry.stop();
    try {
      for (let message; (message = kept.get().outbox?.[0]); ) {
        this.typing(true);
        const reply = await this.send(message);
        kept.set({ outbox: kept.get().outbox.filter((m) => m.id !== message.id) });
        this.mark(message.id, "");
        this.say("");
        if (reply) this.reply(reply);
      }
      this.retry.reset();
    } catch (error) {
      for (const { id } of kept.get().outbox ?? []) this.mark(id, this.t.not_sent, () => this.drain());
      this.say(error.status ? this.t.busy : this.t.offline);
      this.retry.later(error.retryAfterMs);
    } finally {
      this.isSending = false;
      this.typing(false);
    }
  }

  // One message. What the shop will never take is marked and let go; everything else that fails is thrown, and tried again.
  async send(message, isSecond = false) {
    let { conversation } = kept.get();
    if (!conversation) {
      const made = await call("POST", API, { language: LANGUAGE });
      kept.set({ conversation: (conversation = made.conversation_id) });
    }
    const body = { message_id: message.id, text: message.text, language: LANGUAGE, ...(message.product && { page_product_id: message.product }) };
    try {
      return await call("POST", `${API}/${encodeURIComponent(conversation)}/messages`, body);
    } catch (error) {
      if ((error.status === 404 || error.status === 403) && !isSecond) {
        kept.set({ conversation: null, isHandedOver: false }); // forgotten, or of another visitor
        return this.send(message, true);
      }
      if (error.status >= 400 && error.status < 500 && ![408, 409, 429].includes(error.status)) {
        this.refused(message.id, error.problem);
        return null;
      }
      throw error;
    }
  }

  refused(id, problem) {
    const row = this.row(id);
    row?.classList.add("is-refused");
    row?.append(element("p", { className: "refusal" }, [this.t.refused, problem].filter(Boolean).join(" ")));
  }

  reply(reply) {
    if (reply.text || reply.products?.length || reply.orders?.length) this.draw({ ...reply, author: "machine" }, { isNew: true });
    this.offer(reply.options ?? []);
    this.handOver(reply.is_handed_over);
  }

  // Messages that the shop has: of the machine, of a person, and our own. Returns whether there were any.
  take({ messages = [], is_handed_over: isHandedOver }) {
    let isNews = false;
    for (const message of messages) {
      if (message.author === "desk" && !this.drawn.has(message.message_id)) isNews = true;
      this.draw(message);
      kept.set({ last: message.message_id });
    }
    this.handOver(isHandedOver);
    if (isNews && this.panel.hidden && kept.get().isOpen === false) {
      this.launcher.classList.add("has-news");
      this.launcher.setAttribute("aria-label", `${this.launcher.textContent.trim()}: ${this.t.news}`);
    }
    return isNews;
  }

  draw(message, { isGreeting = false, isNew = false, isKept = false } = {}) {
    if (this.drawn.has(message.message_id)) return;
    this.drawn.add(message.message_id);
    const row = messageElement(message, this.t);
    this.log.append(row);
    if (message.products?.length) this.tiles(row, message.products);
    for (const order of message.orders ?? []) row.append(cardOf(order, this.t));
    if (isKept) this.mark(message.message_id, this.t.not_sent, () => this.drain());
    if (message.author === "machine" && !isGreeting && message.text) {
      row.append(thumbs(this.t, (kind) => this.feedback(message.message_id, kind)));
      if (isNew && !message.is_handed_over) this.askSolved(message.message_id);
    }
    this.show(row);
  }

  // The end of the conversation, or the start of a message that is taller than the log.
  show(row) {
    this.log.scrollTop = Math.min(this.log.scrollHeight, row.offsetTop - this.log.offsetTop - 16);
  }

  async tiles(row, products) {
    const ids = new URLSearchParams(products.slice(0, 8).map((p) => ["id", p.product_id ?? p]));
    try {
      const answer = await fetch(`/assist/tiles?${ids}`);
      if (!answer.ok) return;
      const box = element("div", { className: "tiles-box" });
      box.innerHTML = await answer.text(); // rendered and escaped by the shop, as its pages are
      row.querySelector(".bubble").after(box);
      if (row === this.log.querySelector(".message:last-of-type")) this.show(row);
    } catch {
      return; // the answer is there without pictures
    }
  }

  askSolved(id) {
    this.log.querySelector(".solved")?.remove();
    const box = element("div", { className: "solved", role: "group", ariaLabel: this.t.solved });
    const answer = (kind) => async () => {
      box.replaceChildren(element("p", {}, this.t.thanks));
      this.input.focus();
      await this.feedback(id, kind);
      if (kind === "not_resolved" && !kept.get().isHandedOver) this.offer([this.t.ask_person]);
    };
    const buttons = [["yes", "resolved"], ["no", "not_resolved"]].map(([text, kind]) => {
      const button = element("button", { type: "button", className: "option" }, this.t[text]);
      button.addEventListener("click", answer(kind));
      return button;
    });
    box.append(element("span", {}, this.t.solved), ...buttons);
    this.log.append(box);
  }

  async feedback(id, kind) {
    const { conversation } = kept.get();
    try {
      await call("POST", `${API}/${encodeURIComponent(conversation)}/feedback`, { message_id: id, kind });
      return true;
    } catch {
      return false;
    }
  }

  offer(options) {
    this.options.replaceChildren(
      ...options.map((text) => {
        const button = element("button", { type: "button", className: "option" }, text);
        button.addEventListener("click", () => this.write(text));
        const item = element("li");
        item.append(button);
        return item;
      }),
    );
  }

  handOver(isHandedOver) {
    if (isHandedOver === undefined || isHandedOver === null) return;
    const was = kept.get().isHandedOver;
    kept.set({ isHandedOver: Boolean(isHandedOver) });
    if (!isHandedOver) {
      this.poll.stop();
      if (was) this.say("");
      return;
    }
    this.log.querySelector(".solved")?.remove();
    if (!was) this.poll.reset();
    this.poll.later();
    this.sayDesk();
  }

  async sayDesk() {
    try {
      const desk = await call("GET", `/v1/assist/desk?language=${LANGUAGE}`);
      const away = desk.opens ? this.t.desk_opens.replace("{at}", desk.opens) : this.t.desk_away;
      this.say(desk.is_open ? this.t.waiting : away);
    } catch {
      this.say(this.t.waiting);
    }
  }

  // Looks for what the desk wrote, less often the longer nothing comes, and stops by itself.
  async look() {
    const { conversation, last, isHandedOver } = kept.get();
    if (!conversation || !isHandedOver || document.visibilityState === "hidden") return;
    try {
      const after = last ? `?after=${encodeURIComponent(last)}` : "";
      if (this.take(await call("GET", `${API}/${encodeURIComponent(conversation)}${after}`))) this.poll.reset();
    } catch (error) {
      if (error.status === 404 || error.status === 403) return this.handOver(false);
    }
    if (this.poll.isSpent) return this.sayPaused();
    if (kept.get().isHandedOver) this.poll.later();
  }

  wake() {
    if (kept.get().isHandedOver) {
      this.poll.reset();
      this.look();
    }
    if (kept.get().outbox?.length) this.drain();
  }

  sayPaused() {
    const button = element("button", { type: "button", className: "option" }, this.t.look);
    button.addEventListener("click", () => (this.sayDesk(), this.wake()));
    this.state.replaceChildren(`${this.t.paused} `, button);
  }

  say(text) {
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  typing(isOn) {
    if (kept.get().isHandedOver) isOn = false; // a person answers when they can
    const dots = this.log.querySelector(".typing");
    if (!isOn) return dots?.remove();
    if (dots) return this.log.append(dots);
    const box = element("div", { className: "message is-machine typing" });
    const bubble = element("div", { className: "bubble" });
    bubble.append(element("span", { className: "unseen" }, this.t.typing), ...[1, 2, 3].map(() => element("i")));
    box.append(bubble);
    this.log.append(box);
    this.log.scrollTop = this.log.scrollHeight;
  }

  mark(id, text, again) {
    const row = this.row(id);
    if (!row) return;
    row.querySelector(".kept")?.remove();
    row.classList.toggle("is-kept", Boolean(text));
    if (!text) return;
    const button = element("button", { type: "button", className: "option" }, this.t.again);
    button.addEventListener("click", again);
    const line = element("p", { className: "kept" }, `${text} `);
    line.append(button);
    row.append(line);
  }

  row(id) {
    return [...this.log.children].find((one) => one.dataset.message === id);
  }

  fit() {
    this.input.rows = Math.min(5, Math.max(1, this.input.value.split("\n").length + Math.floor(this.input.value.length / 60)));
  }
}
