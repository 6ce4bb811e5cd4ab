// Suggestions below the search box: a combobox with a list, as WAI-ARIA describes it.

const DELAY_MS = 120;

export function suggestFor(input, list) {
  let active = -1;
  let timer = 0;
  let newest = 0;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  const options = () => [...list.querySelectorAll("[role=option]")];

  function mark(at) {
    active = at;
    options().forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const option = options()[at];
    option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function show(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) mark(-1);
  }

  function close() {
    clearTimeout(timer);
    newest++; // what is still on the way does not open the list again
    show(false);
  }

  async function load() {
    const request = ++newest;
    const typed = input.value.trim();
    if (!typed) return show(false);
    try {
      const response = await fetch(`/suggestions?${new URLSearchParams({ q: typed })}`);
      if (!response.ok || request !== newest) return;
      list.innerHTML = await response.text();
    } catch {
      return; // without suggestions the box works as before
    }
    if (request !== newest || document.activeElement !== input) return;
    options().forEach((option, i) => (option.id = `suggestion-${i}`));
    show(options().length > 0);
    mark(-1);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, DELAY_MS);
  });
  input.addEventListener("keydown", (event) => {
    const n = options().length;
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" && list.hidden) {
      load();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && n) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(active + step >= n ? -1 : active + step < -1 ? n - 1 : active + step);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      options()[active].querySelector("a").click();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 200)); // after a click on a suggestion
}
