// What was measured of the result, in words, the most important first.

import { by, make } from "./elements.js";

const percent = (value) => `${Math.round(value * 100)} %`;
const signed = (value, digits, unit) => `${value > 0 ? "+" : ""}${value.toFixed(digits)} ${unit}`;
const shown = (value) => (value === null ? "–" : Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2));

function edit(told) {
  const words = [
    [Math.abs(told.exposure) >= 0.03, `exposure ${signed(told.exposure, 2, "stops")}`],
    [Math.abs(told.temperature) >= 1, `${Math.abs(told.temperature).toFixed(0)} mired ${told.temperature > 0 ? "warmer" : "cooler"}`],
    [Math.abs(told.tint) >= 0.0005, `${Math.abs(told.tint * 1000).toFixed(1)} tint to ${told.tint > 0 ? "green" : "magenta"}`],
    [Math.abs(told.contrast) >= 1, `contrast ${signed(told.contrast, 0, "%")}`],
    [Math.abs(told.highlights) >= 1, `highlights ${signed(told.highlights, 0, "")}`.trim()],
    [Math.abs(told.shadows) >= 1, `shadows ${signed(told.shadows, 0, "")}`.trim()],
    [Math.abs(told.saturation) >= 1, `saturation ${signed(told.saturation, 0, "%")}`],
  ].filter(([worth]) => worth).map(([, text]) => text);
  return words.length ? `What was done: ${words.join(", ")}.` : "Next to nothing was changed.";
}

export function showSignals({ signals, explanation, guards }) {
  const root = by("signals");
  const chance = signals.find((one) => one.name === "p_better")?.value ?? null;
  const parts = [];
  if (chance !== null) {
    const bar = make("i");
    bar.style.width = `${chance * 100}%`;
    parts.push(make("div", { className: "chance", children: [make("strong", { text: percent(chance) }), make("span", { text: "chance that this is better than leaving it alone" }), make("div", { className: "meter", "aria-hidden": "true", children: [bar] })] }));
  }
  const concerns = signals.filter((one) => one.concern);
  const list = concerns.map((one) => make("li", { children: [make("strong", { text: `${one.title[0].toUpperCase()}${one.title.slice(1)}: ${shown(one.value)} ${one.unit}` }), make("span", { text: one.look_at })] }));
  parts.push(list.length ? make("ul", { className: "concerns", children: list }) : make("ul", { className: "concerns fine", children: [make("li", { text: "No signal is beyond its limit." })] }));
  parts.push(make("p", { className: "hint", text: edit(explanation) }));
  if (guards.length) parts.push(make("ul", { className: "concerns fine", children: guards.map((one) => make("li", { text: one.value === null ? `${one.name}: nothing of it is in the foreground` : `${one.name}: moved ${one.value.toFixed(1)} of at most ${one.limit}, ${one.held ? "held" : "broken"}` })) }));
  const rows = signals.map((one) => make("tr", { children: [make("th", { scope: "row", text: one.title }), make("td", { className: one.concern ? "bad" : "", text: `${shown(one.value)} ${one.unit.includes(" ") ? "" : one.unit}` })] }));
  parts.push(make("details", { open: root.querySelector("details")?.open ?? false, children: [make("summary", { text: "All signals" }), make("table", { className: "signals", children: [make("tbody", { children: rows })] })] }));
  root.classList.remove("stale");
  root.replaceChildren(...parts);
  return { chance, concerns: concerns.length };
}
