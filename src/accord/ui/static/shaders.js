export const VERTEX = `#version 300 es
void main() { vec2 at = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2); gl_Position = vec4(at * 2.0 - 1.0, 0, 1); }`;

// The same formulas as accord.colour.photographic and accord.composite.over.
export const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D ground, layer, mapped, shown;
uniform mat3 toLayer;          // from the frame's pixels to the layer's, 0 to 1
uniform mat3 balance;
uniform vec3 weights;          // of red, green, blue in luminance
uniform vec2 frame;
uniform float strength, contrast, saturation, split;
uniform bool light, exact, edited, hasLayer;
out vec4 result;

vec3 toLight(vec3 value) {
  vec3 size = abs(value);
  return sign(value) * mix(pow((size + 0.055) / 1.055, vec3(2.4)), size / 12.92, vec3(lessThanEqual(size, vec3(0.04045))));
}
vec3 fromLight(vec3 value) {
  vec3 size = abs(value);
  return sign(value) * mix(1.055 * pow(size, vec3(1.0 / 2.4)) - 0.055, size * 12.92, vec3(lessThanEqual(size, vec3(0.0031308))));
}
const mat3 CONES = mat3(0.4122214708, 0.2119034982, 0.0883024619, 0.5363325363, 0.6806995451, 0.2817188376, 0.0514459929, 0.1073969566, 0.6299787005);
const mat3 LAB = mat3(0.2104542553, 1.9779984951, 0.0259040371, 0.7936177850, -2.4285922050, 0.7827717662, -0.0040720468, 0.4505937099, -0.8086757660);
const mat3 UNLAB = inverse(LAB), UNCONES = inverse(CONES);
vec3 edit(vec3 colour) {
  vec3 value = balance * toLight(colour);
  value *= pow(max(dot(weights, value), 1e-5) / 0.18, contrast);
  vec3 cones = CONES * value;
  vec3 lab = LAB * (sign(cones) * pow(abs(cones), vec3(1.0 / 3.0)));
  lab.yz *= saturation;
  vec3 roots = UNLAB * lab;
  return fromLight(UNCONES * (roots * roots * roots));
}
void main() {
  vec2 at = vec2(gl_FragCoord.x, frame.y - gl_FragCoord.y);
  ivec2 pixel = ivec2(at);
  vec3 behind = texelFetch(ground, pixel, 0).rgb;
  bool before = at.x < split;
  if (exact && !before) { result = vec4(texelFetch(shown, pixel, 0).rgb, 1); return; }
  vec2 uv = (toLayer * vec3(at, 1)).xy;
  if (!hasLayer || any(lessThan(uv, vec2(0))) || any(greaterThan(uv, vec2(1)))) { result = vec4(behind, 1); return; }
  vec4 own = texture(layer, uv);
  vec3 colour = own.rgb;
  if (!before) {
    colour = mix(colour, texture(mapped, uv).rgb, strength);
    if (edited) colour = edit(colour);
  }
  result = vec4(clamp(light ? fromLight(mix(toLight(behind), toLight(colour), own.a)) : mix(behind, colour, own.a), 0.0, 1.0), 1);
}`;
