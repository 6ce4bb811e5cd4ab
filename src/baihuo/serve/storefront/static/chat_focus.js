// While a panel is open, Tab stays in it and Escape closes it.

const FOCUSABLE = "a[href], button:not([disabled]), textarea, input, [tabindex='0']";

export function keepFocus(panel, close) {
  function key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      return close();
    }
    if (event.key !== "Tab") return;
    const stops = [...panel.querySelectorAll(FOCUSABLE)].filter((one) => one.checkVisibility());
    const [first, last] = [stops[0], stops.at(-1)];
    const from = document.activeElement;
    if (event.shiftKey ? from === first : from === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }
  panel.addEventListener("keydown", key);
  return () => panel.removeEventListener("keydown", key);
}
