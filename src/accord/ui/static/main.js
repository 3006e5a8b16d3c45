// The workbench: one document, what is shown of it, and what changes it.

import * as api from "./api.js";
import { named } from "./colour.js";
import { alertOf, by, bytes, clearAlerts, forThePicture, make, slider } from "./elements.js";
import { History } from "./history.js";
import { MaskView } from "./mask.js";
import { makeRenderer } from "./renderer.js";
import { showSignals } from "./signals.js";
import { Divider, fit, Placer, tidied } from "./stage.js";
import { Zoom } from "./zoom.js";

const NEUTRAL = { exposure: 0, temperature: 0, tint: 0, contrast: 0, saturation: 0 };
const UNMASKED = { base: "alpha", strokes: [] };
const START = {
  kind: "layers", background: null, foreground: null, composite: null, mask: UNMASKED, maskName: "",
  placement: { x: 0.5, y: 0.5, scale: 0.4, rotation: 0, flip: false },
  method: "accord", strength: 1, reference: "background", edit: NEUTRAL, protect: [], tolerance: 2,
};

const told = await api.about();
const history = new History({ ...START, method: told.default_method });
const pictures = new Map();
const renderer = makeRenderer(by("canvas"), told.white);
const state = { stage: null, staged: null, view: "after", picking: false, masking: false, exact: false, mask: null, measured: false };

// ---- What the document means -------------------------------------------------------------------------------------

const doc = () => history.document;
const masked = (d = doc()) => (d.kind === "flat" ? d.composite : d.foreground);
const hasMask = (d = doc()) => masked(d) && (d.mask.strokes.length > 0 || (d.mask.base === "alpha" ? pictures.get(masked(d)).alpha : d.mask.base !== "none"));
const ready = (d = doc()) => Boolean(hasMask(d) && (d.kind === "flat" || d.background));

// What the server is sent: a composite, or layers.
function sent(d = doc()) {
  const { kind, background, foreground, composite, maskName, ...rest } = d;
  return kind === "flat" ? { ...rest, composite } : { ...rest, background, foreground };
}
const ground = (d = doc()) => (d.kind === "flat" ? d.composite : d.background);
const sceneKey = (d) => JSON.stringify([d.kind, d.background, d.foreground, d.composite, d.mask, d.kind === "layers" && d.placement, part()]);
const fitKey = (d) => JSON.stringify([sceneKey(d), d.method, d.reference]);

// What of the picture is asked for: null for all of it, at the size of the screen.
const part = () => (zoom.on && state.stage ? zoom.window : null);
const of = (path, window) => (window ? `${path}?window=${[window.left, window.top, window.width, window.height]}` : path);

function change(changes, topic = null) {
  if (history.change(changes, topic)) refresh();
}

// ---- Keeping the screen in step ----------------------------------------------------------------------------------

let running = null, waiting = null, measuring = null;

function refresh() {
  if (zoom.on && state.staged?.ground !== ground()) zoom.toggle(false); // of another size
  state.exact = false;
  by("signals").classList.add("stale");
  state.measured = false;
  panels();
  again();
}

function again() {
  document.body.dataset.settled = "no";
  clearTimeout(waiting);
  clearTimeout(measuring);
  running?.abort();
  waiting = setTimeout(settle, 90);
}

async function settle() {
  const d = doc();
  if (!masked(d)) return;
  const mine = (running = new AbortController());
  const { signal } = mine;
  busy(true);
  try {
    if (state.masking || (masked(d) && !ready(d))) {
      const { mask, share } = await api.arrays("/api/mask", maskOnly(d), signal);
      state.mask = { key: JSON.stringify(d.mask), share };
      if (maskView.open) maskView.take(mask);
      maskHint();
    }
    if (!ready(d) || state.masking) return;
    // A new place and what the method makes of it are shown together: never the one without the other.
    const [window_, scene, fit] = [part(), sceneKey(d), fitKey(d)];
    const stage = state.staged?.scene === scene ? null : await api.arrays(of("/api/stage", window_), sent(d), signal);
    const mapped = state.staged?.fit === fit ? null : (await api.arrays(of("/api/mapped", window_), sent(d), signal)).mapped;
    if (stage) {
      state.exact = false;
      const { width, height } = stage.ground;
      state.stage = { ...stage, full: [stage.height, stage.width], width, height };
      renderer.resize(width, height);
      renderer.take("ground", stage.ground);
      renderer.take("layer", stage.layer);
    }
    if (mapped) renderer.take("mapped", mapped);
    state.staged = { kind: d.kind, scene, fit, placement: d.placement, window: window_, ground: ground(d) };
    if (stage) frame(); else draw();
    const { shown, command } = await api.arrays(of("/api/shown", window_), sent(d), signal);
    renderer.take("shown", shown);
    state.exact = true;
    clearAlerts();
    commandLine(command);
    drawNow();
    document.body.dataset.settled = "yes";
    if (state.measured) return; // nothing but the part that is seen has changed
    report(`Harmonized with ${d.method}${d.strength < 1 ? ` at ${Math.round(d.strength * 100)} %` : ""}.`);
    measuring = setTimeout(() => measure(d, signal), 350);
  } catch (error) {
    if (!(error instanceof api.Stopped)) alertOf(error.message);
  } finally {
    if (running === mine) busy(false);
  }
}

async function measure(d, signal) {
  try {
    const { chance, concerns } = showSignals(await api.json("/api/signals", sent(d), signal));
    state.measured = true;
    const better = chance === null ? "" : ` Better than leaving it alone with a chance of ${Math.round(chance * 100)} %.`;
    report(`Harmonized with ${d.method}.${better}${concerns ? ` ${concerns} signal${concerns > 1 ? "s" : ""} to look at.` : ""}`);
  } catch (error) {
    if (!(error instanceof api.Stopped)) alertOf(error.message);
  }
}

// The server makes masks of whole documents; of layers without a background, the foreground stands in.
function maskOnly(d) {
  return d.kind === "layers" && !d.background ? { ...sent(d), background: d.foreground } : sent(d);
}

// However often something moves, the picture is drawn once for each of the screen's own.
let drawing = 0;
function draw() {
  drawing ||= requestAnimationFrame(() => { drawing = 0; drawNow(); });
}
function drawNow() {
  const { stage, staged } = state;
  if (!stage || !ready() || state.masking || staged.kind !== doc().kind) return;
  const split = { after: 0, before: 1, split: divider.at }[state.peek ? "before" : state.view];
  const moves = doc().kind === "layers" && !staged.window; // a part at full size is fetched anew
  const wanted = part();
  const offset = staged.window && wanted ? [wanted.left - staged.window.left, wanted.top - staged.window.top] : [0, 0];
  renderer.draw({ stage, from: moves ? staged.placement : null, to: doc().placement, document: doc(), split, exact: state.exact, offset });
}

function frame() {
  const d = doc();
  const shows = ready(d) && state.stage && state.staged.kind === d.kind && !state.masking;
  by("frame").hidden = !shows;
  const asksMask = Boolean(masked(d)) && (state.masking || (!hasMask(d) && (d.kind === "flat" || d.background)));
  if (asksMask) maskView.show(pictures.get(masked(d))); else maskView.hide();
  by("drops").hidden = Boolean(shows || asksMask || (ready(d) && !state.masking));
  if (shows) {
    const { window: window_ } = state.staged;
    by("stage").classList.toggle("zoomed", Boolean(window_));
    if (window_) Object.assign(by("frame").style, { width: `${window_.width / devicePixelRatio}px`, height: `${window_.height / devicePixelRatio}px` });
    else fit(by("frame"), state.stage.width, state.stage.height);
    const layered = d.kind === "layers" && d.foreground && !window_;
    const focused = [by("placer"), by("pan")].includes(document.activeElement);
    by("placer").hidden = !layered;
    by("pan").hidden = !window_;
    if (focused) by(window_ ? "pan" : layered ? "placer" : "stage").focus();
    if (window_) by("pan").setAttribute("aria-label", `The picture at ${zoom.words}`);
    if (layered) placer.show(d.placement, pictures.get(d.foreground).height / pictures.get(d.foreground).width);
    const split = state.view === "split";
    by("divider").hidden = by("tag-before").hidden = by("tag-after").hidden = !split;
    by("frame").classList.toggle("picking", state.picking);
    by("aim").hidden = !state.picking;
    by("canvas").setAttribute("aria-label", `The composite of ${names(d)}, ${{ after: "harmonized", before: "before harmonizing", split: "before at the left, harmonized at the right" }[state.view]}`);
    draw();
  }
}

const names = (d) => [d.background, d.foreground, d.composite].filter((id, i) => id && (d.kind === "flat" ? i === 2 : i < 2)).map((id) => pictures.get(id).name).join(" and ");
const say = (text) => { by("status").textContent = text; };
const report = (text) => { if (!state.picking) say(text); }; // what nobody asked for is not said while the eyedropper tells colours
let busyTimer = null;
function busy(on) {
  clearTimeout(busyTimer);
  if (on) { busyTimer = setTimeout(() => { by("working").hidden = false; }, 180); } else by("working").hidden = true;
}
function commandLine(text) {
  by("command").hidden = !text;
  by("command-text").textContent = by("export-command").textContent = text;
  by("command-text").title = text;
}

// ---- Pictures ----------------------------------------------------------------------------------------------------

const SLOTS = {
  background: { title: "Background", hint: "The scene. Its size and depth are kept.", kind: "layers" },
  foreground: { title: "Foreground", hint: "A cut-out, or a photo to be masked.", kind: "layers" },
  composite: { title: "Composite", hint: "A finished composite, pasted together elsewhere.", kind: "flat" },
  mask: { title: "Mask", hint: "White where the pasted part is.", kind: "flat" },
};
const ART = {
  background: "M3 5h18v14H3zM3 16l5-5 4 4 3-3 6 6", foreground: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-5 4-7 8-7s8 2 8 7",
  composite: "M3 5h18v14H3zM9 19v-6h6v6", mask: "M3 5h18v14H3zM12 8a4 4 0 1 0 0 8z",
};
const art = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  path.setAttribute("d", ART[name]);
  return svg;
};
const screenOf = (id, longest) => `/api/pictures/${id}/screen.png?longest=${longest}`;

function slotFilled(slot, d = doc()) {
  if (slot === "mask") return pictures.has(d.mask.base) ? d.mask.base : null;
  return d[slot];
}

let slotted = null;
function slots() {
  const d = doc();
  const key = JSON.stringify([d.kind, ...Object.keys(SLOTS).map((slot) => slotFilled(slot, d))]);
  if (slotted === key) return; // an image that is made anew is fetched anew, and a button loses its focus
  slotted = key;
  const held = document.activeElement?.dataset?.slot && [document.activeElement.parentElement.id, document.activeElement.dataset.slot];
  const mine = Object.entries(SLOTS).filter(([, slot]) => slot.kind === d.kind);
  by("slots").replaceChildren(...mine.map(([name, slot]) => {
    const picture = pictures.get(slotFilled(name, d));
    const button = make("button", {
      type: "button", className: `slot${picture ? "" : " empty"}`,
      children: [
        picture ? make("img", { src: screenOf(picture.id, 112), alt: "" }) : make("span", { className: "none", children: [art(name)] }),
        make("span", { children: [make("strong", { text: slot.title }), make("small", { text: picture ? `${picture.name}` : "Drop it here, or choose a file" }), ...(picture ? [make("small", { text: `${picture.width} × ${picture.height}, ${picture.depth}` })] : [])] }),
      ],
      onclick: () => choose(name),
    });
    button.dataset.slot = name;
    return button;
  }));
  by("drops").replaceChildren(...mine.map(([name, slot]) => {
    const picture = pictures.get(slotFilled(name, d));
    const button = make("button", {
      type: "button", className: `drop${picture ? " full" : ""}`,
      children: picture ? [make("img", { src: screenOf(picture.id, 560), alt: "" }), make("strong", { text: slot.title }), make("small", { text: picture.name })] : [art(name), make("strong", { text: slot.title }), make("small", { text: slot.hint }), make("small", { text: "Drop it here, or press to choose." })],
      onclick: () => choose(name),
    });
    button.dataset.slot = name;
    return button;
  }));
  if (held) by(held[0]).querySelector(`[data-slot=${held[1]}]`)?.focus();
}

function choose(slot) {
  const input = by("file");
  input.onchange = () => { if (input.files[0]) take([[slot, input.files[0]]]); input.value = ""; };
  input.click();
}

// Files without a slot of their own go where something is missing.
function slotsFor(files, slot) {
  if (slot) return files.slice(0, 1).map((file) => [slot, file]);
  const d = doc();
  if (state.masking && files.length === 1) return [["mask", files[0]]];
  const wanted = d.kind === "flat" ? ["composite", "mask"] : ["background", "foreground"];
  const missing = wanted.filter((name) => !slotFilled(name, d));
  const order = files.length > 1 ? wanted : missing.length ? missing : [wanted[1]];
  return files.slice(0, order.length).map((file, i) => [order[i], file]);
}

async function take(list) {
  busy(true);
  try {
    for (const [slot, file] of list) {
      say(`Reading ${file.name}…`);
      const picture = await api.upload(file);
      pictures.set(picture.id, picture);
      put(slot, picture);
      say(`${picture.name} is the ${slot} now.`);
    }
    clearAlerts();
  } catch (error) {
    if (!(error instanceof api.Stopped)) { alertOf(error.message); say("That did not work."); }
  } finally {
    busy(false);
    refresh();
  }
}

function put(slot, picture) {
  const d = doc();
  if (slot === "mask") { state.masking = false; return change({ mask: { base: picture.id, strokes: [] } }); }
  const changes = { [slot]: picture.id };
  if (slot === "composite" || slot === "foreground") changes.mask = UNMASKED;
  const ground = pictures.get(slot === "background" ? picture.id : d.background);
  const over = pictures.get(slot === "foreground" ? picture.id : d.foreground);
  if (d.kind === "layers" && ground && over && (slot === "foreground" || !d.foreground || !d.background)) changes.placement = tidied({ ...START.placement, scale: Math.min(0.5, (0.8 * ground.height * over.width) / (over.height * ground.width)) });
  state.masking = false;
  change(changes);
}

for (const kind of ["dragover", "dragleave", "drop"]) {
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const slot = event.target.closest?.("[data-slot]");
    for (const one of document.querySelectorAll(".over")) one.classList.remove("over");
    if (kind === "dragover") (slot ?? by("stage")).classList.add("over");
    if (kind === "drop") take(slotsFor([...event.dataTransfer.files], slot?.dataset.slot));
  });
}
window.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) take(slotsFor(files, null));
});

// ---- Mask --------------------------------------------------------------------------------------------------------

const maskView = new MaskView({ painted: (stroke) => change({ mask: { ...doc().mask, strokes: [...doc().mask.strokes, stroke] } }) });

function paint(on) {
  if (on === state.masking) return;
  state.masking = on;
  if (on && !hasMask()) change({ mask: { base: "none", strokes: [] } });
  refresh();
  frame();
  if (on) { by("ruby").focus(); say("Brush over what is foreground; the eraser takes away. What is red is left out."); } else if (ready()) by("placer").focus();
}

function maskHint() {
  const d = doc();
  const picture = pictures.get(masked(d));
  const count = d.mask.strokes.length;
  const painted = count ? `, and ${count} stroke${count > 1 ? "s" : ""}` : "";
  const base = { alpha: picture?.alpha ? "The picture's own transparency" : "There is none yet: find it, paint it, or give a file", auto: "Found by a segmentation model", none: "Painted" }[d.mask.base] ?? `From ${pictures.get(d.mask.base)?.name}`;
  by("mask-is").textContent = `${base}${painted}.`;
}

by("mask-paint").addEventListener("click", () => paint(!state.masking));
by("mask-done").addEventListener("click", () => paint(false));
by("mask-auto").addEventListener("click", () => { say("Looking for the foreground…"); change({ mask: { base: "auto", strokes: [] } }); });
by("mask-file").addEventListener("click", () => choose("mask"));
by("mask-alpha").addEventListener("click", () => change({ mask: UNMASKED }));

// ---- Place -------------------------------------------------------------------------------------------------------

const placer = new Placer({
  get: () => ({ placement: doc().placement, picking: state.picking }),
  place: (placement, ended) => { change({ placement }, "place"); frame(); if (ended) history.endTopic(); },
});
const divider = new Divider({ told: () => draw() });
const zoom = new Zoom({ get: () => ({ full: state.stage.full, picking: state.picking }), moved: () => { draw(); again(); say(`${zoom.words}.`); } });
function magnify(on, centre) {
  const { stage, staged } = state;
  const foreground = () => [(stage.left + stage.layer.width / 2) / stage.width, (stage.top + stage.layer.height / 2) / stage.height];
  zoom.toggle(on, centre ?? (on && !staged.window ? foreground() : undefined));
  by("zoom").setAttribute("aria-pressed", on);
  say(on ? `${zoom.words}. Drag it, or use the arrow keys.` : "All of the picture.");
  again();
}
by("zoom").addEventListener("click", () => magnify(!zoom.on));
by("frame").addEventListener("dblclick", (event) => {
  if (state.picking || event.target.closest(".divider")) return;
  const box = by("frame").getBoundingClientRect();
  magnify(!zoom.on, zoom.on ? undefined : [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
});

const FIELDS = [["x", "Across", "%", 100, 0.1], ["y", "Down", "%", 100, 0.1], ["scale", "Width", "%", 100, 0.1], ["rotation", "Turn", "°", 1, 0.1]];
const fields = Object.fromEntries(FIELDS.map(([name, label, unit, factor, step]) => {
  const input = make("input", { type: "number", step, onchange: () => { if (Number.isFinite(input.valueAsNumber)) { change({ placement: tidied({ ...doc().placement, [name]: input.valueAsNumber / factor }) }); frame(); } } });
  by("place-fields").append(make("label", { children: [`${label}, ${unit}`, input] }));
  return [name, (value) => { if (document.activeElement !== input) input.value = Number((value * factor).toFixed(2)); }];
}));
by("flip").addEventListener("change", (event) => change({ placement: { ...doc().placement, flip: event.target.checked } }));

// ---- Colour ------------------------------------------------------------------------------------------------------

const cards = new Map(told.methods.map((card) => [card.id, card]));
const select = by("method");
for (const [label, isReady] of [["Ready", true], ["Needs weights (accord weights import)", false]]) {
  const group = make("optgroup", { label });
  for (const card of told.methods.filter((one) => one.ready === isReady && one.id !== "identity")) group.append(make("option", { value: card.id, text: card.id, disabled: !isReady }));
  if (group.children.length) select.append(group);
}
select.addEventListener("change", () => change({ method: select.value }));
by("reference").addEventListener("change", (event) => change({ reference: event.target.value }));

const strength = slider({ name: "strength", label: "Strength", min: 0, max: 100, step: 1, unit: "%", initial: 100, tell: (value, ended) => slid({ strength: value / 100 }, "strength", ended) });
by("strength").append(strength.root);

// factor: from the document's unit to the slider's. Photographers have magenta at the right of tint.
const signed = (value) => `${value > 0 ? "plus " : value < 0 ? "minus " : ""}${Math.abs(value)}`;
const ADJUST = [
  ["exposure", "Exposure", -4, 4, 0.05, "stops", 1, (v) => `${signed(v)} stops`],
  ["temperature", "Temperature", -80, 80, 1, "mired", 1, (v) => `${Math.abs(v)} mired ${v < 0 ? "cooler" : "warmer"}`],
  ["tint", "Tint", -30, 30, 0.5, "mDuv", -1000, (v) => `${Math.abs(v)} thousandths Duv to ${v < 0 ? "green" : "magenta"}`],
  ["contrast", "Contrast", -100, 100, 1, "%", 1, (v) => `${signed(v)} percent`],
  ["saturation", "Saturation", -100, 100, 1, "%", 1, (v) => `${signed(v)} percent`],
];
const sliders = Object.fromEntries(ADJUST.map(([name, label, min, max, step, unit, factor, spoken]) => {
  const made = slider({ name, label, min, max, step, unit, spoken, track: name, tell: (value, ended) => slid({ edit: { ...doc().edit, [name]: value / factor || 0 } }, name, ended) });
  by("sliders").append(made.root);
  return [name, (edit) => made.show(Number((edit[name] * factor).toFixed(3)) || 0)];
}));
function slid(changes, topic, ended) {
  change(changes, topic);
  if (ended) history.endTopic();
}
by("adjust-reset").addEventListener("click", () => change({ edit: NEUTRAL }));

const tolerance = slider({ name: "tolerance", label: "May move by", min: 0, max: 10, step: 0.5, unit: "ΔE", initial: 2, spoken: (v) => `${v} CIEDE2000 without lightness`, tell: (value, ended) => slid({ tolerance: value }, "tolerance", ended) });
by("tolerance").append(tolerance.root);
const protect = (colour) => { if (!doc().protect.includes(colour)) { change({ protect: [...doc().protect, colour] }); say(`${colour === "skin" ? "Skin is" : `${named(colour)}, ${colour}, is`} protected.`); } };
const unprotect = (colour) => change({ protect: doc().protect.filter((one) => one !== colour) });
by("add").addEventListener("click", () => protect(by("add-colour").value.toLowerCase()));
by("skin").addEventListener("change", (event) => (event.target.checked ? protect("skin") : unprotect("skin")));

// The eyedropper, where it is in the frame as fractions, and the colour that it shows; `back` has the focus when it is put away.
const eyedropper = { at: [0.5, 0.5], colour: null, back: null };
function pick(on) {
  state.picking = on;
  by("pick").setAttribute("aria-pressed", on);
  frame();
  if (on) {
    eyedropper.back = document.activeElement;
    aim(...eyedropper.at);
    by("aim").focus({ preventScroll: true });
    say("Pick a colour in the picture: with the pointer, or with arrow keys and Enter. Escape ends it.");
  } else if ([by("aim"), document.body].includes(document.activeElement)) (eyedropper.back ?? by("pick")).focus();
}
by("pick").addEventListener("click", () => pick(!state.picking));
function aim(x, y) {
  eyedropper.at = [x, y].map((value) => Math.min(0.9999, Math.max(0, value)));
  const [across, down] = eyedropper.at;
  const colour = renderer.colour(across * state.stage.width, down * state.stage.height);
  Object.assign(by("aim").style, { left: `${across * 100}%`, top: `${down * 100}%` });
  by("aim").classList.toggle("back", across > 0.5);
  by("aim").classList.toggle("up", down > 0.5);
  by("loupe").style.background = colour ?? "none";
  eyedropper.colour = colour;
  return colour;
}
function picked(colour) {
  if (!colour) return;
  pick(false);
  protect(colour);
}
const under = (event) => {
  const box = by("frame").getBoundingClientRect();
  return aim((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
};
by("frame").addEventListener("pointermove", (event) => { if (state.picking) under(event); });
by("frame").addEventListener("click", (event) => { if (state.picking) picked(under(event)); });
by("aim").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { clientWidth: width, clientHeight: height } = by("frame");
  const far = event.shiftKey ? 40 : 4;
  const [x, y] = eyedropper.at;
  const to = { ArrowLeft: [x - far / width, y], ArrowRight: [x + far / width, y], ArrowUp: [x, y - far / height], ArrowDown: [x, y + far / height] }[event.key];
  if (to) {
    const colour = aim(...to);
    const [across, down] = eyedropper.at.map((value) => Math.round(value * 100));
    say(`${colour ? `${named(colour)}, ${colour}` : "Nothing"}, ${across} % across, ${down} % down.`);
  } else if (event.key === "Enter" || event.key === " ") picked(eyedropper.colour ?? aim(x, y)); // what was told, though the picture may be another by now
  else return;
  event.preventDefault();
});

// ---- Panels ------------------------------------------------------------------------------------------------------

function panels() {
  const d = doc();
  const able = ready(d);
  slots();
  maskHint();
  by("what").textContent = names(d);
  document.querySelector(`[name=kind][value=${d.kind}]`).checked = true;
  by("mask-section").hidden = !masked(d);
  by("place-section").hidden = !(able && d.kind === "layers");
  by("brushes").hidden = !state.masking;
  by("mask-paint").setAttribute("aria-pressed", state.masking);
  for (const [name, on] of [["alpha", d.mask.base === "alpha" && hasMask(d)], ["auto", d.mask.base === "auto"], ["file", pictures.has(d.mask.base)]]) by(`mask-${name}`).setAttribute("aria-pressed", Boolean(on));
  by("mask-auto").disabled = !told.automask;
  by("mask-auto").title = told.automask ? "A segmentation model looks for it" : "Needs a segmentation model: accord ui --mask-model u2net.onnx";
  by("mask-alpha").hidden = !pictures.get(masked(d))?.alpha;
  for (const [name, show] of Object.entries(fields)) show(d.placement[name]);
  by("flip").checked = d.placement.flip;
  select.value = d.method;
  const card = cards.get(d.method);
  by("method-hint").textContent = card ? (card.prefer ? `Prefer it ${card.prefer.startsWith("by ") || card.prefer.startsWith("for ") ? "" : "for "}${card.prefer}.` : card.title) : "";
  by("reference").value = d.reference;
  strength.show(Math.round(d.strength * 100));
  for (const show of Object.values(sliders)) show(d.edit);
  by("adjust-reset").disabled = Object.values(d.edit).every((value) => value === 0);
  by("skin").checked = d.protect.includes("skin");
  by("swatches").replaceChildren(...d.protect.filter((one) => one !== "skin").map((colour) => {
    const button = make("button", { type: "button", title: `${colour}: protect it no longer`, "aria-label": `Protect ${colour} no longer`, onclick: () => unprotect(colour) });
    button.style.background = colour;
    return make("li", { children: [button] });
  }));
  by("zoom").setAttribute("aria-pressed", zoom.on);
  tolerance.show(d.tolerance);
  tolerance.root.hidden = !d.protect.length;
  by("undo").disabled = !history.canUndo;
  by("redo").disabled = !history.canRedo;
  by("pick").disabled = by("zoom").disabled = by("compare-open").disabled = by("export-open").disabled = by("views").disabled = !able || state.masking;
  if (!masked(d) || !able) commandLine("");
  if (!able) say(wanted(d));
  frame();
}

function wanted(d) {
  if (d.kind === "flat") return d.composite ? "Where is the pasted part? Find it, paint it, or give a mask." : "Drop a composite, and its mask.";
  if (!d.background && !d.foreground) return "Drop a background and a foreground to begin.";
  if (!d.background) return "Now drop a background.";
  return d.foreground ? "Which part of it is the foreground? Find it, paint it, or give a mask." : "Now drop a foreground.";
}

for (const choice of document.querySelectorAll("[name=kind]")) choice.addEventListener("change", () => { state.masking = false; change({ kind: choice.value, mask: UNMASKED }); });
for (const choice of document.querySelectorAll("[name=view]")) choice.addEventListener("change", () => view(choice.value));
function view(name) {
  state.view = name;
  document.querySelector(`[name=view][value=${name}]`).checked = true;
  frame();
}
function step(way) {
  const changed = way === "undo" ? history.undo() : history.redo();
  if (changed) { refresh(); say(way === "undo" ? "Undone." : "Done again."); }
}
by("undo").addEventListener("click", () => step("undo"));
by("redo").addEventListener("click", () => step("redo"));
by("command-copy").addEventListener("click", async () => { await navigator.clipboard.writeText(by("command-text").textContent); say("Copied."); });

// ---- Side by side ------------------------------------------------------------------------------------------------

let comparing = null;
function compare(on) {
  comparing?.abort();
  comparing = null;
  by("compare").hidden = !on;
  document.querySelector(".bench").inert = document.querySelector(".bar").inert = on;
  if (!on) { by("compare-open").focus(); return; }
  comparing = new AbortController();
  const d = doc();
  const ways = [["before", { ...d, method: "identity", edit: NEUTRAL }], ...told.methods.filter((card) => card.ready && card.id !== "identity").map((card) => [card.id, { ...d, method: card.id }])];
  const tiles = ways.map(([name, document_]) => {
    const shot = make("span", { className: "shot", text: "…" });
    shot.style.setProperty("--ratio", `${state.stage.full[1]} / ${state.stage.full[0]}`);
    const card = cards.get(name);
    const measured = card?.improved != null ? `improves ${Math.round(card.improved * 100)} % of accord's benchmark` : card?.prefer ?? "";
    const tile = make("button", {
      type: "button", className: "tile", role: "radio", "aria-checked": String(name === d.method), tabIndex: name === d.method ? 0 : -1,
      children: [shot, make("span", { children: [make("strong", { text: name }), make("small", { text: name === "before" ? "the composite as it is" : measured })] })],
      onclick: () => { if (name !== "before") change({ method: name }); compare(false); },
    });
    tile.dataset.method = name;
    return { tile, shot, name, document_ };
  });
  by("tiles").replaceChildren(...tiles.map(({ tile }) => tile));
  (by("tiles").querySelector("[aria-checked=true]") ?? tiles[0].tile).focus();
  fill(tiles, comparing.signal);
}

async function fill(tiles, signal) {
  for (const { shot, name, document_ } of tiles) {
    try {
      const image = await api.blob("/api/tile?longest=720", sent(document_), signal);
      shot.replaceChildren(make("img", { src: URL.createObjectURL(image), alt: `The composite, ${name === "before" ? "as it is" : `harmonized with ${name}`}` }));
    } catch (error) {
      if (error instanceof api.Stopped) return;
      shot.textContent = error.message;
    }
  }
  by("tiles").dataset.settled = "yes";
}
by("compare-open").addEventListener("click", () => compare(true));
by("compare-close").addEventListener("click", () => compare(false));
by("compare").addEventListener("keydown", (event) => {
  const tiles = [...by("tiles").children];
  const across = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
  if (event.key === "Escape") compare(false);
  if (event.key === "Tab") {
    event.preventDefault();
    (document.activeElement === by("compare-close") ? tiles.find((tile) => tile.tabIndex === 0) ?? tiles[0] : by("compare-close")).focus();
  }
  const at = tiles.indexOf(document.activeElement);
  if (!move || at < 0) return;
  event.preventDefault();
  const next = tiles[Math.min(tiles.length - 1, Math.max(0, at + move))];
  for (const tile of tiles) tile.tabIndex = tile === next ? 0 : -1;
  next.focus();
});

// ---- Export ------------------------------------------------------------------------------------------------------

const EXPORTS = [
  ["picture", "The harmonized picture", "In the background's depth, profile and metadata.", null],
  ["layers", "Layers", "Background, foreground, mask and harmonized foreground.", [".psd", ".exr"]],
  ["map", "The colour map, for other programs", "A lookup table, ASC CDL or CLF.", [".cube", ".cdl", ".clf"]],
  ["edit", "The edit", "Does it again at any size: accord harmonize --method edit.json.", [".json"]],
  ["mask", "The mask", "As it was found or painted.", [".png"]],
  ["composite", "The composite, not harmonized", "", null],
];
function exportSheet() {
  const { stage } = state;
  const own = stage.suffix;
  by("export-size").textContent = `${stage.full[1]} × ${stage.full[0]} pixels`;
  by("exports").replaceChildren(...EXPORTS.map(([what, title, hint, suffixes]) => {
    const list = suffixes ?? [own, ...told.picture_suffixes.filter((suffix) => suffix !== own)];
    const choice = make("select", { "aria-label": `Format of ${title.toLowerCase()}`, children: list.map((suffix) => make("option", { value: suffix, text: suffix.slice(1).toUpperCase() + (suffixes || suffix !== own ? "" : " (as it came)"), disabled: suffix === ".psd" && !told.psd })) });
    const note = make("p", { className: "note" });
    const button = make("button", { type: "button", className: what === "picture" ? "primary" : "", text: "Save", "aria-label": `Save ${title.toLowerCase()}` });
    button.dataset.what = what;
    button.addEventListener("click", async () => {
      button.disabled = true;
      note.textContent = "Making it at full size…";
      try {
        const made = await api.json(`/api/exports?what=${what}${choice.value}`, sent());
        note.textContent = `${made.name}, ${bytes(made.bytes)}. ${made.note}`;
        make("a", { href: made.url, download: made.name }).click();
        say(`${made.name} is exported.`);
      } catch (error) {
        note.textContent = "";
        alertOf(error.message);
      } finally { button.disabled = false; }
    });
    return make("div", { className: "exports", children: [make("div", { children: [make("strong", { text: title }), make("small", { text: hint })] }), make("div", { className: "buttons", children: list.length > 1 ? [choice, button] : [button] }), note] });
  }));
  by("export").showModal();
}
by("export-open").addEventListener("click", exportSheet);
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());

// ---- Keys --------------------------------------------------------------------------------------------------------

const KEYS = [
  [["Ctrl", "Z"], "Undo"], [["Ctrl", "Shift", "Z"], "Redo"], [["Ctrl", "E"], "Export"], [["S"], "Before beside after"], [["Z"], "100 %, and back"], [["\\"], "Before, while it is held"], [["C"], "Compare methods"],
  [["P"], "Paint the mask, or end it"], [["B"], "Brush"], [["E"], "Eraser"], [["["], "Smaller brush"], [["]"], "Larger brush"], [["Space"], "Paint where the brush is"],
  [["I"], "Pick a colour to protect: arrows, then Enter"], [["←", "↑", "→", "↓"], "Move what has the focus: foreground, picture at 100 %, brush, eyedropper, divider; with Shift further"], [["+", "−"], "Larger, smaller"], [[",", "."], "Turn"], [["Esc"], "End what is going on"],
];
by("keys").append(...KEYS.flatMap(([keys, what]) => [make("dt", { children: keys.map((key) => make("kbd", { text: key })) }), make("dd", { text: what })]));
by("help-open").addEventListener("click", () => by("help").showModal());

window.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  const typing = event.target.closest("input[type=number], input[type=text]");
  if (document.querySelector("dialog[open]") || !by("compare").hidden) return;
  if (command && event.key.toLowerCase() === "z" && !typing) { event.preventDefault(); step(event.shiftKey ? "redo" : "undo"); return; }
  if (command && event.key.toLowerCase() === "y" && !typing) { event.preventDefault(); step("redo"); return; }
  if (command && event.key.toLowerCase() === "e" && ready()) { event.preventDefault(); exportSheet(); return; }
  if (event.key === "Escape") { if (state.picking) pick(false); else if (state.masking) paint(false); else if (zoom.on) magnify(false); return; }
  if (!forThePicture(event)) return;
  const able = ready() && !state.masking;
  if (event.key === "?") by("help").showModal();
  else if (event.key === "s" && able) view(state.view === "split" ? "after" : "split");
  else if (event.key === "z" && able) magnify(!zoom.on);
  else if (event.key === "c" && able) compare(true);
  else if (event.key === "i" && able) pick(!state.picking);
  else if (event.key === "p" && masked()) paint(!state.masking);
  else if ("be".includes(event.key) && state.masking) maskView.tool(event.key === "b" ? "add" : "erase");
  else if ("[]".includes(event.key) && state.masking) maskView.resize(event.key === "[" ? 0.8 : 1.25);
  else if (event.key === "\\" && able && !event.repeat) { state.peek = true; draw(); } else return;
  event.preventDefault();
});
window.addEventListener("keyup", (event) => { if (event.key === "\\" && state.peek) { state.peek = false; draw(); } });
new ResizeObserver(() => { frame(); if (zoom.on && ready() && !state.masking) again(); }).observe(by("stage"));
window.addEventListener("beforeunload", (event) => { if (history.canUndo) event.preventDefault(); });

panels();
document.body.dataset.ready = "yes";
