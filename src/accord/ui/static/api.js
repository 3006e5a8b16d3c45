// Talks to the workbench's own server, and to nothing else.

export class Stopped extends Error {}

async function answered(response) {
  if (response.status === 204) throw new Stopped();
  if (response.ok) return response;
  let reason = `the workbench answered ${response.status}.`;
  try { reason = (await response.json()).detail || reason; } catch { /* no reason was given */ }
  throw new Error(reason);
}

async function asked(path, options) {
  try {
    return await answered(await fetch(path, options));
  } catch (error) {
    if (error.name === "AbortError") throw new Stopped();
    if (error instanceof TypeError) throw new Error("the workbench does not answer. Is `accord ui` still running?");
    throw error;
  }
}

export const about = async () => (await asked("/api/about")).json();

export async function upload(file) {
  const form = new FormData();
  form.append("name", file.name);
  form.append("picture", file);
  return (await asked("/api/pictures", { method: "POST", body: form })).json();
}

const post = (path, document, signal) =>
  asked(path, { method: "POST", body: JSON.stringify(document), headers: { "Content-Type": "application/json" }, signal });

export const json = async (path, document, signal) => (await post(path, document, signal)).json();
export const blob = async (path, document, signal) => (await post(path, document, signal)).blob();

const TYPES = { uint8: Uint8Array, float16: Uint16Array };

// The length of a JSON text, that text, and the arrays that it describes.
export async function arrays(path, document, signal) {
  const buffer = await (await post(path, document, signal)).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const told = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  for (const [name, { offset, shape, dtype }] of Object.entries(told.arrays)) {
    const count = shape.reduce((one, other) => one * other, 1);
    told[name] = { height: shape[0], width: shape[1], data: new TYPES[dtype](buffer, 4 + length + offset, count) };
  }
  return told;
}
