// The picture at 100 %: one of its pixels for each of the screen's, of which the stage shows a part.

import { by } from "./elements.js";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Zoom {
  #held = null;
  on = false;
  centre = [0.5, 0.5]; // of what is seen, as fractions of the picture
  // get: {full: [height, width], picking}. moved: called when another part is to be seen.
  constructor({ get, moved }) {
    Object.assign(this, { get, moved, root: by("pan") });
    const { root } = this;
    root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.get().picking) return;
      root.setPointerCapture(event.pointerId);
      root.classList.add("held");
      this.#held = { id: event.pointerId, at: [event.clientX, event.clientY], centre: this.centre };
    });
    root.addEventListener("pointermove", (event) => {
      const held = this.#held;
      if (held?.id !== event.pointerId) return;
      this.#to(held.centre, [held.at[0] - event.clientX, held.at[1] - event.clientY]);
    });
    for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, () => { this.#held = null; root.classList.remove("held"); });
    root.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode ? 16 : 1;
      const way = event.shiftKey && !event.deltaX ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      this.#to(this.centre, way.map((value) => value * lines));
    }, { passive: false });
    root.addEventListener("keydown", (event) => {
      const share = event.shiftKey ? 0.8 : 0.1;
      const [across, down] = [root.clientWidth * share, root.clientHeight * share];
      const way = { ArrowLeft: [-across, 0], ArrowRight: [across, 0], ArrowUp: [0, -down], ArrowDown: [0, down] }[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#to(this.centre, way);
    });
  }

  // What is to be seen, in the picture's pixels; all of it where the stage has room.
  get window() {
    const { full } = this.get();
    const room = [by("stage").clientHeight, by("stage").clientWidth];
    const [height, width] = full.map((length, i) => Math.max(1, Math.min(length, Math.floor(room[i] * devicePixelRatio), 8192)));
    const [left, top] = [[this.centre[0], width, full[1]], [this.centre[1], height, full[0]]].map(([at, part, length]) => clamp(Math.round(at * length - part / 2), 0, length - part));
    return { left, top, width, height };
  }

  // Where in the picture that is, in words.
  get words() {
    const { full } = this.get(), { left, top, width, height } = this.window;
    const percent = (start, part, length) => (part === length ? "all of it" : `${Math.round((start / length) * 100)} to ${Math.round(((start + part) / length) * 100)} %`);
    return `100 %: across ${percent(left, width, full[1])}, down ${percent(top, height, full[0])}`;
  }

  toggle(on, centre = this.centre) {
    this.on = on;
    this.centre = centre;
    if (on) this.#settle();
  }

  #to(centre, [across, down]) {
    const { full } = this.get();
    this.centre = [centre[0] + (across * devicePixelRatio) / full[1], centre[1] + (down * devicePixelRatio) / full[0]];
    this.#settle();
    this.moved();
  }

  // A centre beyond what can be seen would have to be brought back before anything moves.
  #settle() {
    const { full } = this.get(), { left, top, width, height } = this.window;
    const near = (at, start, part, length) => (Math.abs(at * length - start - part / 2) <= 1 ? at : (start + part / 2) / length);
    this.centre = [near(this.centre[0], left, width, full[1]), near(this.centre[1], top, height, full[0])];
  }
}
