// Painting a mask: brush and eraser over the picture that it belongs to, in that picture's own pixels.

import { by, slider } from "./elements.js";
import { fit } from "./stage.js";

const RED = "rgb(226, 42, 42)";

export class MaskView {
  #stroke = null; #at = null;
  // painted(stroke): a stroke has ended. size: of the brush, in pixels of the screen.
  constructor({ painted }) {
    Object.assign(this, { painted, ruby: by("ruby"), paper: by("paper"), ring: by("brush"), size: 46, softness: 0.3, erase: false });
    this.pen = this.ruby.getContext("2d");
    this.sizes = slider({ name: "brush-size", label: "Size", min: 2, max: 300, step: 1, unit: "px", initial: this.size, tell: (value) => { this.size = value; this.#ring(); } });
    this.softnesses = slider({ name: "brush-softness", label: "Softness", min: 0, max: 100, step: 1, unit: "%", initial: 30, tell: (value) => { this.softness = value / 100; } });
    by("brush-sliders").append(this.sizes.root, this.softnesses.root);
    for (const choice of document.querySelectorAll("[name=brush]")) choice.addEventListener("change", () => this.tool(choice.value));
    const { ruby } = this;
    ruby.addEventListener("pointerdown", (event) => { if (event.button === 0) { ruby.setPointerCapture(event.pointerId); this.#begin(...this.#place(event)); } });
    ruby.addEventListener("pointermove", (event) => {
      for (const one of event.getCoalescedEvents?.() ?? [event]) this.#go(...this.#place(one));
      this.#go(...this.#place(event));
    });
    for (const end of ["pointerup", "pointercancel"]) ruby.addEventListener(end, () => this.#end());
    ruby.addEventListener("pointerleave", () => { if (!this.#stroke) this.ring.hidden = true; });
    ruby.addEventListener("keydown", (event) => this.#key(event));
    ruby.addEventListener("keyup", (event) => { if (event.key === " ") this.#end(); });
    ruby.addEventListener("blur", () => { this.ring.hidden = true; });
  }

  get open() { return !this.paper.hidden; }

  tool(name) {
    this.erase = name === "erase";
    document.querySelector(`[name=brush][value=${name}]`).checked = true;
  }

  show(picture, mask) {
    const [height, width] = picture.shown;
    const source = `/api/pictures/${picture.id}/screen.png`;
    const image = by("paper-picture");
    if (!image.src.endsWith(source)) image.src = source;
    image.alt = `${picture.name}, to be masked`;
    this.picture = picture;
    this.paper.hidden = false;
    fit(this.paper, width, height);
    if (mask) this.take(mask);
  }

  hide() { this.paper.hidden = true; this.ring.hidden = true; }

  // The mask that the server made, (h, w) bytes: what it leaves out is red.
  take({ width, height, data }) {
    Object.assign(this.ruby, { width, height });
    const image = new ImageData(width, height);
    for (let i = 0; i < data.length; i += 1) {
      image.data[4 * i] = 226; image.data[4 * i + 1] = 42; image.data[4 * i + 2] = 42; image.data[4 * i + 3] = 255 - data[i];
    }
    this.pen.putImageData(image, 0, 0);
  }

  resize(by_) { this.size = Math.min(300, Math.max(2, Math.round(this.size * by_))); this.sizes.show(this.size); this.#ring(); }

  #place(event) {
    const box = this.paper.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #ring() {
    if (!this.#at) return;
    Object.assign(this.ring.style, { left: `${this.#at[0] * 100}%`, top: `${this.#at[1] * 100}%`, width: `${this.size}px`, height: `${this.size}px` });
  }

  #begin(x, y) {
    this.#stroke = { erase: this.erase, radius: ((this.size / 2) * this.picture.width) / this.paper.clientWidth, softness: this.softness, points: [] };
    this.#go(x, y);
  }

  #go(x, y) {
    this.#at = [x, y];
    this.ring.hidden = false;
    this.#ring();
    const stroke = this.#stroke;
    if (!stroke) return;
    const point = [x * this.picture.width, y * this.picture.height].map((value) => Math.round(value * 10) / 10);
    const last = stroke.points.slice(-2);
    if (last.length && Math.hypot(point[0] - last[0], point[1] - last[1]) < stroke.radius / 6) return;
    stroke.points.push(...point);
    const { pen, ruby } = this;
    pen.save();
    pen.globalCompositeOperation = stroke.erase ? "source-over" : "destination-out";
    Object.assign(pen, { lineCap: "round", lineJoin: "round", strokeStyle: RED, lineWidth: (this.size * ruby.width) / this.paper.clientWidth });
    const from = last.length ? last.map((value, i) => (value / (i ? this.picture.height : this.picture.width)) * (i ? ruby.height : ruby.width)) : null;
    pen.beginPath();
    pen.moveTo(...(from ?? [x * ruby.width, y * ruby.height]));
    pen.lineTo(x * ruby.width + 0.01, y * ruby.height);
    pen.stroke();
    pen.restore();
  }

  #end() {
    const stroke = this.#stroke;
    this.#stroke = null;
    if (stroke?.points.length) this.painted(stroke);
  }

  #key(event) {
    const step = (event.shiftKey ? 40 : 8) / this.paper.clientWidth;
    const [x, y] = this.#at ?? [0.5, 0.5];
    const ratio = this.paper.clientWidth / this.paper.clientHeight;
    const to = { ArrowLeft: [x - step, y], ArrowRight: [x + step, y], ArrowUp: [x, y - step * ratio], ArrowDown: [x, y + step * ratio] }[event.key];
    if (event.key === " " && !event.repeat) this.#begin(x, y);
    else if (to) this.#go(Math.min(1, Math.max(0, to[0])), Math.min(1, Math.max(0, to[1])));
    else if (event.key !== " ") return;
    event.preventDefault();
  }
}
