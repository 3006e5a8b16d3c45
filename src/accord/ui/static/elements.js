// Small parts that the panels are made of.

export const by = (id) => document.getElementById(id);

export function make(tag, { text, children = [], ...properties } = {}) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

let count = 0;

// A slider and a number that show one value. `tell` is called with the value, and with whether the move has ended.
export function slider({ name, label, min, max, step, unit = "", track = "", initial = 0, spoken, tell }) {
  const id = `slider-${(count += 1)}`;
  const range = make("input", { type: "range", id, min, max, step, value: initial, className: track && `track-${track}` });
  const number = make("input", { type: "number", min, max, step, value: initial, "aria-label": `${label}, in ${unit || "its unit"}` });
  const root = make("div", {
    className: "slider",
    children: [make("label", { htmlFor: id, text: label, title: "Double-click to reset" }), make("span", { className: "unit", children: [number, make("span", { text: unit })] }), range],
  });
  root.dataset.name = name;
  const show = (value) => {
    if (document.activeElement !== number) number.value = value;
    range.value = value;
    range.setAttribute("aria-valuetext", spoken ? spoken(value) : `${value} ${unit}`.trim());
  };
  range.addEventListener("input", () => { show(+range.value); number.value = range.value; tell(+range.value, false); });
  range.addEventListener("change", () => tell(+range.value, true));
  number.addEventListener("change", () => {
    const value = Math.min(max, Math.max(min, Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : initial));
    number.value = value;
    show(value);
    tell(value, true);
  });
  root.querySelector("label").addEventListener("dblclick", () => { show(initial); number.value = initial; tell(initial, true); });
  show(initial);
  return { root, show, disable: (off) => { range.disabled = number.disabled = off; } };
}

export function alertOf(message) {
  const shown = make("div", { className: "alert", children: [make("span", { text: message[0].toUpperCase() + message.slice(1) })] });
  shown.append(make("button", { type: "button", className: "quiet", text: "Dismiss", onclick: () => shown.remove() }));
  by("alerts").replaceChildren(shown);
}

export const clearAlerts = () => by("alerts").replaceChildren();

export function bytes(count) {
  return count < 1e4 ? `${count} bytes` : count < 1e6 ? `${Math.round(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

// Whether a key is meant for the picture: nothing that takes text or has keys of its own has the focus.
export const forThePicture = (event) =>
  !event.target.closest("input, select, textarea, dialog, .sheet") && !event.ctrlKey && !event.metaKey && !event.altKey;
