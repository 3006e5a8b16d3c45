// Colours that can be protected at once.
export const MOST = 24;

export const VERTEX = `#version 300 es
void main() { vec2 at = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2); gl_Position = vec4(at * 2.0 - 1.0, 0, 1); }`;

// The same formulas as accord.colour.photographic, accord.composite.over, accord.colour.difference and
// accord.transforms.protected.
export const FRAGMENT = `#version 300 es
precision highp float;
#define MOST ${MOST}
#define TURN 6.283185307179586
#define SURROUND vec3(0.18039216)
uniform sampler2D ground, layer, mapped, shown;
uniform mat3 toLayer;          // from the frame's pixels to the layer's, 0 to 1
uniform mat3 balance;
uniform vec3 weights;          // of red, green, blue in luminance
uniform vec2 frame;
uniform float strength, contrast, saturation, split;
uniform bool light, exact, edited, guarded, skin, clipped;
uniform vec2 offset;           // of what is wanted from what is there, while the picture is moved about
uniform mat3 xyz;              // from linear light, over that of white
uniform vec3 kept[MOST];       // protected colours, CIELAB
uniform int keptCount;
uniform float tolerance;
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

const float KNEE = 6.0 / 29.0;
vec3 toLab(vec3 colour) {
  vec3 ratio = xyz * toLight(colour);
  vec3 root = mix(ratio / (3.0 * KNEE * KNEE) + 4.0 / 29.0, pow(max(ratio, 1e-9), vec3(1.0 / 3.0)), vec3(greaterThan(ratio, vec3(KNEE * KNEE * KNEE))));
  return vec3(116.0 * root.y - 16.0, 500.0 * (root.x - root.y), 200.0 * (root.y - root.z));
}
vec3 fromLab(vec3 lab) {
  float y = (lab.x + 16.0) / 116.0;
  vec3 root = vec3(y + lab.y / 500.0, y, y - lab.z / 200.0);
  return fromLight(inverse(xyz) * mix((root - 4.0 / 29.0) * 3.0 * KNEE * KNEE, root * root * root, vec3(greaterThan(root, vec3(KNEE)))));
}
float chromaShare(float chroma) { float power = pow(max(min(chroma, 1e4), 1e-6) / 25.0, 7.0); return sqrt(power / (power + 1.0)); }
float hueOf(float a, float b) { return a == 0.0 && b == 0.0 ? 0.0 : atan(b, a); }
float difference(vec3 one, vec3 two) { // CIEDE2000 without lightness
  float grey = 1.0 + 0.5 * (1.0 - chromaShare((length(one.yz) + length(two.yz)) / 2.0));
  vec2 first = vec2(one.y * grey, one.z), second = vec2(two.y * grey, two.z);
  float chroma1 = length(first), chroma2 = length(second), hue1 = hueOf(first.x, first.y), hue2 = hueOf(second.x, second.y);
  bool coloured = chroma1 * chroma2 > 0.0;
  float turned = hue2 - hue1;
  turned = coloured ? turned - TURN * floor(turned / TURN + 0.5) : 0.0;
  float hue = coloured ? hue1 + turned / 2.0 : chroma1 > 0.0 ? hue1 : hue2;
  float chroma = (chroma1 + chroma2) / 2.0;
  float chromaStep = (chroma2 - chroma1) / (1.0 + 0.045 * chroma);
  float weight = 1.0 - 0.17 * cos(hue - radians(30.0)) + 0.24 * cos(2.0 * hue) + 0.32 * cos(3.0 * hue + radians(6.0)) - 0.20 * cos(4.0 * hue - radians(63.0));
  float hueStep = 2.0 * sqrt(chroma1 * chroma2) * sin(turned / 2.0) / (1.0 + 0.015 * chroma * weight);
  float angle = (mod(degrees(hue), 360.0) - 275.0) / 25.0;
  float rotation = -2.0 * chromaShare(chroma) * sin(radians(60.0) * exp(-angle * angle));
  return sqrt(max(chromaStep * chromaStep + hueStep * hueStep + rotation * chromaStep * hueStep, 0.0));
}
float rise(float value, float start, float end) { float share = clamp((value - start) / (end - start), 0.0, 1.0); return share * share * (3.0 - 2.0 * share); }
float guardedShare(vec3 lab) {
  float share = 0.0;
  for (int i = 0; i < keptCount; i += 1) share = max(share, rise(difference(lab, kept[i]), 12.0, 4.0));
  if (!skin) return share;
  float chroma = length(lab.yz), hue = degrees(hueOf(lab.y, lab.z));
  return max(share, rise(hue, 10.0, 25.0) * rise(hue, 90.0, 78.0) * rise(chroma, 5.0, 11.0) * rise(chroma, 60.0, 48.0) * rise(lab.x, 4.0, 14.0));
}
float seenChange(vec3 before, vec3 after, vec3 low, vec3 high) { return difference(before, clipped ? toLab(clamp(fromLab(after), low, high)) : after); }
vec3 guard(vec3 colour, vec3 mapped) {
  vec3 before = toLab(colour);
  float weight = guardedShare(before);
  if (weight == 0.0) return mapped;
  vec3 wanted = toLab(mapped), way = vec3(0, wanted.yz - before.yz), after = wanted;
  float aim = 0.75 * tolerance, share = 1.0, moved = difference(before, wanted);
  bool far = moved > aim;
  for (int i = 0; i < 20 && far; i += 1) {
    share *= aim / moved;
    moved = difference(before, before + share * way);
    far = moved > 1.01 * aim;
  }
  if (far) share = 0.0;
  if (share < 1.0) after.yz = before.yz + share * way.yz;
  vec3 source = fromLab(before), low = min(source, 0.0), high = max(source, 1.0);
  float accepted = 0.77 * tolerance + 2e-3, borne = 0.8 * tolerance + 4e-3;
  float wanting = seenChange(before, after, low, high);
  bool held = wanting <= accepted;
  if (!held) {
    float good = 0.0, bad = 1.0;
    vec3 path = after - before;
    for (int i = 0; i < 10; i += 1) {
      float middle = (good + bad) / 2.0;
      if (seenChange(before, before + middle * path, low, high) <= accepted) good = middle; else bad = middle;
    }
    float part = good + (1.0 - good) * max(1.0 - (wanting - accepted) / (borne - accepted), 0.0);
    if (seenChange(before, before + part * path, low, high) <= borne) good = part;
    after = before + good * path;
  }
  return held && share == 1.0 ? mapped : mix(mapped, fromLab(after), weight);
}
void main() {
  vec2 at = vec2(gl_FragCoord.x, frame.y - gl_FragCoord.y);
  bool before = at.x < split;
  at += offset;
  if (any(lessThan(at, vec2(0))) || any(greaterThanEqual(at, frame))) { result = vec4(SURROUND, 1); return; }
  ivec2 pixel = ivec2(at);
  vec3 behind = texelFetch(ground, pixel, 0).rgb;
  if (exact && !before) { result = vec4(texelFetch(shown, pixel, 0).rgb, 1); return; }
  vec2 uv = (toLayer * vec3(at, 1)).xy;
  if (any(lessThan(uv, vec2(0))) || any(greaterThan(uv, vec2(1)))) { result = vec4(behind, 1); return; }
  vec4 own = texture(layer, uv);
  vec3 colour = own.rgb;
  if (!before) {
    colour = mix(colour, texture(mapped, uv).rgb, strength);
    if (edited) colour = edit(colour);
    if (guarded && own.a > 0.0) colour = guard(own.rgb, colour);
  }
  result = vec4(clamp(light ? fromLight(mix(toLight(behind), toLight(colour), own.a)) : mix(behind, colour, own.a), 0.0, 1.0), 1);
}`;
