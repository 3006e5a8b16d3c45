// The picture in the middle: placing, dividing, picking.

import { by } from "./elements.js";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const tidy = (value, digits) => Number(value.toFixed(digits));
export const tidied = (placement) => ({
  ...placement, x: tidy(placement.x, 4), y: tidy(placement.y, 4), scale: tidy(Math.max(0.005, placement.scale), 4), rotation: tidy(((placement.rotation + 540) % 360) - 180, 2),
});

// Makes a frame as large as the stage lets a picture of that shape be.
export function fit(frame, width, height) {
  const room = by("stage");
  const [across, down] = [room.clientWidth - 52, room.clientHeight - 52];
  const share = Math.min(across / width, down / height);
  frame.style.width = `${Math.max(40, Math.floor(width * share))}px`;
  frame.style.height = `${Math.max(30, Math.floor(height * share))}px`;
}

export class Placer {
  #held = null;
  // place(placement, ended): called while it is moved, and when it has been.
  constructor({ get, place }) {
    Object.assign(this, { get, place, root: by("placer"), frame: by("frame") });
    const { root } = this;
    root.addEventListener("pointerdown", (event) => this.#begin(event));
    root.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, (event) => this.#end(event));
    root.addEventListener("keydown", (event) => this.#key(event));
    this.frame.addEventListener("wheel", (event) => {
      if (root.hidden) return;
      event.preventDefault();
      this.#change({ scale: this.get().placement.scale * 1.0015 ** -event.deltaY });
      clearTimeout(this.wheeled);
      this.wheeled = setTimeout(() => this.#change({}, true), 250);
    }, { passive: false });
  }

  show(placement, aspect) { // aspect: the foreground's height over its width
    const { clientWidth: width, clientHeight: height } = this.frame;
    const across = placement.scale * width, down = across * aspect;
    Object.assign(this.root.style, {
      width: `${across}px`, height: `${down}px`, left: `${placement.x * width - across / 2}px`, top: `${placement.y * height - down / 2}px`,
      transform: `rotate(${-placement.rotation}deg)`,
    });
    const percent = (value) => `${Math.round(value * 100)} %`;
    this.root.setAttribute("aria-label", `Foreground, its centre at ${percent(placement.x)} across, ${percent(placement.y)} down, ${percent(placement.scale)} of the width, turned ${Math.round(placement.rotation)} degrees`);
  }

  #change(changes, ended = false) { this.place(tidied({ ...this.get().placement, ...changes }), ended); }

  #at(event) {
    const box = this.frame.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top, box.width, box.height];
  }

  #begin(event) {
    if (event.button !== 0 || this.get().picking) return;
    const [x, y, width, height] = this.#at(event);
    const { placement } = this.get();
    const centre = [placement.x * width, placement.y * height];
    const way = event.target.classList.contains("turner") ? "turn" : event.target.dataset.corner ? "scale" : "move";
    this.#held = { way, x, y, centre, placement, reach: Math.hypot(x - centre[0], y - centre[1]), angle: Math.atan2(y - centre[1], x - centre[0]) };
    this.root.setPointerCapture(event.pointerId);
    this.root.classList.add("held");
  }

  #move(event) {
    const held = this.#held;
    if (!held) return;
    const [x, y, width, height] = this.#at(event);
    if (held.way === "move") this.#change({ x: held.placement.x + (x - held.x) / width, y: held.placement.y + (y - held.y) / height });
    if (held.way === "scale") this.#change({ scale: (held.placement.scale * Math.hypot(x - held.centre[0], y - held.centre[1])) / Math.max(4, held.reach) });
    if (held.way === "turn") {
      const turned = held.placement.rotation - ((Math.atan2(y - held.centre[1], x - held.centre[0]) - held.angle) * 180) / Math.PI;
      this.#change({ rotation: event.shiftKey ? Math.round(turned / 15) * 15 : turned });
    }
  }

  #end() {
    if (!this.#held) return;
    this.#held = null;
    this.root.classList.remove("held");
    this.#change({}, true);
  }

  #key(event) {
    const { placement } = this.get();
    const far = event.shiftKey ? 0.05 : 0.005;
    const { clientWidth: width, clientHeight: height } = this.frame;
    const changes = {
      ArrowLeft: { x: placement.x - far }, ArrowRight: { x: placement.x + far },
      ArrowUp: { y: placement.y - (far * width) / height }, ArrowDown: { y: placement.y + (far * width) / height },
      "+": { scale: placement.scale * 1.03 }, "=": { scale: placement.scale * 1.03 }, "-": { scale: placement.scale / 1.03 },
      ",": { rotation: placement.rotation + 1 }, ".": { rotation: placement.rotation - 1 },
    }[event.key];
    if (!changes || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#change(changes, true);
  }
}

export class Divider {
  constructor({ told }) {
    Object.assign(this, { told, root: by("divider"), frame: by("frame"), at: 0.5 });
    const { root } = this;
    root.addEventListener("pointerdown", (event) => { root.setPointerCapture(event.pointerId); this.held = true; event.stopPropagation(); });
    root.addEventListener("pointermove", (event) => {
      if (!this.held) return;
      const box = this.frame.getBoundingClientRect();
      this.#set((event.clientX - box.left) / box.width);
    });
    for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, () => { this.held = false; });
    root.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 0.1 : 0.02;
      const to = { ArrowLeft: this.at - step, ArrowDown: this.at - step, ArrowRight: this.at + step, ArrowUp: this.at + step, Home: 0, End: 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.#set(to);
    });
    this.#set(0.5);
  }
  #set(at) {
    this.at = clamp(at, 0, 1);
    this.root.style.left = `${this.at * 100}%`;
    const percent = Math.round(this.at * 100);
    this.root.setAttribute("aria-valuenow", percent);
    this.root.setAttribute("aria-valuetext", `${percent} % before, ${100 - percent} % after`);
    this.told(this.at);
  }
}
