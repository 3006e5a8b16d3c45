// The white balance of accord.colour.photographic, for what is shown while a slider moves.
// Sources are named there; a test compares what comes out.

const U = [[0.860117757, 1.54118254e-4, 1.28641212e-7], [1.0, 8.42420235e-4, 7.08145163e-7]];
const V = [[0.317398726, 4.22806245e-5, 4.20481691e-8], [1.0, -2.89741816e-5, 1.61456053e-7]];
const RANGE = [1e6 / 15000, 1e6 / 1000];
const BRADFORD = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const rational = (kelvin, [[a, b, c], [d, e, f]]) => (a + kelvin * (b + kelvin * c)) / (d + kelvin * (e + kelvin * f));

function locus(mired) {
  const kelvin = 1e6 / clamp(mired, ...RANGE);
  return [rational(kelvin, U), rational(kelvin, V)];
}

function chromaticity(mired, tint) {
  const inside = clamp(mired, RANGE[0] + 0.01, RANGE[1] - 0.01);
  const [one, other] = [locus(inside - 0.01), locus(inside + 0.01)];
  const chord = [other[0] - one[0], other[1] - one[1]];
  const length = Math.hypot(...chord);
  const at = locus(mired);
  const u = at[0] - (tint * chord[1]) / length, v = at[1] + (tint * chord[0]) / length;
  const divisor = 2 * u - 8 * v + 4;
  return [(3 * u) / divisor, (2 * v) / divisor];
}

export const times = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, value, k) => sum + value * b[k][j], 0)));
const applied = (a, v) => a.map((row) => row.reduce((sum, value, k) => sum + value * v[k], 0));

export function inverse(m) {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e], [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((value) => value / determinant));
}

const light = ([x, y]) => [x / y, 1, (1 - x - y) / y];
const PRIMARIES = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06]].map(light);
const COLUMNS = [0, 1, 2].map((row) => PRIMARIES.map((primary) => primary[row]));
const SHARES = applied(inverse(COLUMNS), light([0.3127, 0.329]));
const XYZ = COLUMNS.map((row) => row.map((value, column) => value * SHARES[column]));
export const LUMINANCE = XYZ[1];
const WHITE = light([0.3127, 0.329]);
export const XYZ_OVER_WHITE = XYZ.map((row, i) => row.map((value) => value / WHITE[i]));

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);

// CIELAB of #rrggbb.
export function lab(hex) {
  const [x, y, z] = applied(XYZ_OVER_WHITE, channels(hex).map((v) => (v > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92)))
    .map((ratio) => (ratio > (6 / 29) ** 3 ? Math.cbrt(ratio) : ratio / (3 * (6 / 29) ** 2) + 4 / 29));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

// What people call a colour, roughly: a screen reader's user cannot do much with #7a2018.
const HUES = [[22, "pink"], [50, "red"], [75, "orange"], [108, "yellow"], [165, "green"], [220, "turquoise"], [295, "blue"], [330, "purple"], [360, "pink"]];
export function named(hex) {
  const [lightness, a, b] = lab(hex);
  const chroma = Math.hypot(a, b), hue = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  if (chroma < 6) return lightness < 12 ? "black" : lightness > 94 ? "white" : lightness < 38 ? "dark grey" : lightness > 70 ? "light grey" : "grey";
  const found = HUES.find(([end]) => hue < end)[1];
  const brown = lightness < 60 && (found === "orange" || (hue > 35 && hue < 85 && chroma < 45));
  const depth = lightness < 32 ? "dark " : lightness > 75 && found !== "yellow" ? "light " : "";
  return `${depth}${chroma < 14 ? "greyish " : ""}${brown ? "brown" : found}`;
}

// white: D65 in mired and Duv, as the server counts from it.
export function balance({ exposure, temperature, tint }, white) {
  const before = applied(BRADFORD, light(chromaticity(white[0], white[1])));
  const after = applied(BRADFORD, light(chromaticity(white[0] + temperature, white[1] + tint)));
  const scaled = BRADFORD.map((row, i) => row.map((value) => (value * after[i]) / before[i]));
  const matrix = times(times(times(inverse(XYZ), inverse(BRADFORD)), scaled), XYZ);
  const kept = times(XYZ, matrix)[1].reduce((sum, value) => sum + value, 0);
  return matrix.map((row) => row.map((value) => (value * 2 ** exposure) / kept));
}
