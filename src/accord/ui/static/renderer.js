// Draws the composite, before and after, as fast as a slider moves. What it shows is replaced by the server's own
// picture as soon as there is one: then the screen shows what is exported.

import { balance, inverse, lab, LUMINANCE, XYZ_OVER_WHITE } from "./colour.js";
import { FRAGMENT, MOST, VERTEX } from "./shaders.js";

const turn = (degrees) => {
  const angle = (degrees * Math.PI) / 180;
  return [[Math.cos(angle), Math.sin(angle), 0], [-Math.sin(angle), Math.cos(angle), 0], [0, 0, 1]];
};
const product = (...all) => all.reduce((a, b) => a.map((row) => b[0].map((_, j) => row.reduce((s, v, k) => s + v * b[k][j], 0))));
const shift = (x, y) => [[1, 0, x], [0, 1, y], [0, 0, 1]];
const scale = (x, y) => [[x, 0, 0], [0, y, 0], [0, 0, 1]];

// From the frame's pixels to the layer's, for a layer that was placed as `from` and is now to be seen as `to`.
export function toLayer({ width, height, top, left, layer }, from, to) {
  const unit = product(scale(1 / layer.width, 1 / layer.height), shift(-left, -top));
  if (!from || !to) return unit;
  const ratio = from.scale / to.scale, flipped = from.flip !== to.flip ? -1 : 1;
  return product(unit, shift(from.x * width, from.y * height), turn(from.rotation), scale(ratio * flipped, ratio),
    inverse(turn(to.rotation)), shift(-to.x * width, -to.y * height));
}

export function makeRenderer(canvas, white) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: true });
  return gl ? new Live(canvas, gl, white) : new Still(canvas);
}

class Live {
  live = true;
  constructor(canvas, gl, white) {
    Object.assign(this, { canvas, gl, white, textures: {} });
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error("the picture cannot be drawn: " + gl.getProgramInfoLog(program));
    gl.useProgram(program);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.at = new Proxy({}, { get: (_, name) => gl.getUniformLocation(program, name) });
    this.places = Object.fromEntries(["ground", "layer", "mapped", "shown"].map((name, index) => {
      gl.uniform1i(this.at[name], index);
      return [name, index];
    }));
  }

  resize(width, height) {
    Object.assign(this.canvas, { width, height });
    this.gl.viewport(0, 0, width, height);
  }

  take(name, { width, height, data }) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + this.places[name]);
    if (this.textures[name]) gl.deleteTexture(this.textures[name]);
    this.textures[name] = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.textures[name]);
    const [inner, type] = data instanceof Uint16Array ? [gl.RGBA16F, gl.HALF_FLOAT] : [gl.RGBA8, gl.UNSIGNED_BYTE];
    gl.texImage2D(gl.TEXTURE_2D, 0, inner, width, height, 0, gl.RGBA, type, data);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, gl.LINEAR);
  }

  // offset: of what is wanted from what is there, in pixels.
  draw({ stage, from, to, document, split, exact, offset }) {
    this.stage = stage;
    const { gl, at, canvas } = this;
    const { edit, protect, strength, tolerance } = document;
    const edited = Object.values(edit).some((value) => value !== 0);
    const kept = protect.filter((one) => one !== "skin").slice(0, MOST).map(lab);
    gl.uniformMatrix3fv(at.toLayer, true, toLayer(stage, from, to).flat());
    gl.uniformMatrix3fv(at.balance, true, balance(edit, this.white).flat());
    gl.uniform3fv(at.weights, LUMINANCE);
    gl.uniform2f(at.frame, canvas.width, canvas.height);
    gl.uniform2f(at.offset, ...offset);
    gl.uniform1f(at.strength, strength);
    gl.uniform1f(at.contrast, edit.contrast / 100);
    gl.uniform1f(at.saturation, 1 + edit.saturation / 100);
    gl.uniform1f(at.split, split * canvas.width);
    gl.uniform1i(at.light, stage.light);
    gl.uniform1i(at.exact, exact);
    gl.uniform1i(at.edited, edited);
    gl.uniform1i(at.guarded, protect.length > 0 && (strength > 0 || edited));
    gl.uniform1i(at.skin, protect.includes("skin"));
    gl.uniform1i(at.clipped, stage.clipped);
    gl.uniformMatrix3fv(at.xyz, true, XYZ_OVER_WHITE.flat());
    gl.uniform1i(at.keptCount, kept.length);
    if (kept.length) gl.uniform3fv(at.kept, kept.flat());
    gl.uniform1f(at.tolerance, tolerance);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  colour(x, y) { // before, around a point of the frame
    const { stage } = this;
    return averaged(stage.ground, stage.layer, stage, x, y);
  }
}

// Without WebGL 2, pictures appear when the server has made them.
class Still {
  live = false;
  constructor(canvas) { Object.assign(this, { canvas, pen: canvas.getContext("2d"), held: {} }); }
  resize(width, height) { Object.assign(this.canvas, { width, height }); }
  take(name, array) {
    this.held[name] = array;
    if (name === "layer") this.before = null;
  }
  draw({ stage, split, exact, offset: [across, down] }) {
    this.stage = stage;
    const { pen, held, canvas } = this;
    this.before ??= composed(stage);
    if (held.shown && exact) this.after = new ImageData(new Uint8ClampedArray(held.shown.data.buffer.slice(held.shown.data.byteOffset, held.shown.data.byteOffset + held.shown.data.length)), canvas.width);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.putImageData(this.after ?? this.before, -across, -down);
    if (split > 0) pen.putImageData(this.before, -across, -down, across, down, Math.round(split * canvas.width), canvas.height);
  }
  colour(x, y) { return averaged(this.stage.ground, this.stage.layer, this.stage, x, y); }
}

// 16-bit floats as numbers.
export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

function composed({ ground, layer, top, left }) {
  const pixels = new Uint8ClampedArray(ground.width * ground.height * 4);
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = half(ground.data[i]) * 255;
  for (let y = 0; y < layer.height; y += 1) for (let x = 0; x < layer.width; x += 1) {
    const from = 4 * (y * layer.width + x), to = 4 * ((y + top) * ground.width + x + left), cover = half(layer.data[from + 3]);
    for (let c = 0; c < 3; c += 1) pixels[to + c] += cover * (half(layer.data[from + c]) * 255 - pixels[to + c]);
  }
  return new ImageData(pixels, ground.width);
}

// The foreground's own colour, the mean of 5 x 5 pixels where it covers; of the ground where it does not.
function averaged(ground, layer, { top, left }, x, y) {
  const sums = { inside: [0, 0, 0, 0], outside: [0, 0, 0, 0] };
  for (let dy = -2; dy <= 2; dy += 1) for (let dx = -2; dx <= 2; dx += 1) {
    const [px, py] = [Math.floor(x) + dx, Math.floor(y) + dy];
    if (px < 0 || py < 0 || px >= ground.width || py >= ground.height) continue;
    const [lx, ly] = [px - left, py - top];
    const within = lx >= 0 && ly >= 0 && lx < layer.width && ly < layer.height;
    const covered = within && half(layer.data[4 * (ly * layer.width + lx) + 3]) > 0.5;
    const [source, at, sum] = covered ? [layer, 4 * (ly * layer.width + lx), sums.inside] : [ground, 4 * (py * ground.width + px), sums.outside];
    for (let c = 0; c < 3; c += 1) sum[c] += Math.min(1, Math.max(0, half(source.data[at + c])));
    sum[3] += 1;
  }
  const [red, green, blue, count] = sums.inside[3] ? sums.inside : sums.outside;
  return count ? "#" + [red, green, blue].map((v) => Math.round((v / count) * 255).toString(16).padStart(2, "0")).join("") : null;
}
