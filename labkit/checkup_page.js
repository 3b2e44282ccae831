// What a page knows by itself, before any click and without a kernel: browser, security, permissions, devices, rates.
// Each look returns [ok, words]; no label, no address and no number of a device is among them.

const BROWSERS = [["Edge", /Edg\w*\/(\d+)/], ["Opera", /OPR\/(\d+)/], ["Firefox", /Firefox\/(\d+)/], ["Chrome", /Chrom\w*\/(\d+)/], ["Safari", /Version\/(\d+\S*) .*Safari/]];
const SYSTEMS = [["Android", /Android/], ["iOS", /iPhone|iPad/], ["Windows", /Windows/], ["macOS", /Mac OS X/], ["ChromeOS", /CrOS/], ["Linux", /Linux/]];
const NEEDED = ["AudioWorkletNode", "OffscreenCanvas", "WebSocket"];
const CURRENT = "a current Chrome, Edge or Firefox";
const TELEPHONE_HZ = 16_000; // a Bluetooth headset whose microphone is used has this or half of it
const LAB_HZ = 24_000;
const ALLOW = "Click the sign left of the page's address, allow it, then reload the page.";

const PAGE_LOOKS = { browser: lookAtBrowser, page: lookAtPage, permission: lookAtPermission, devices: lookAtDevices, "sample rate": lookAtRates };

// The rows of this page, as Python's `Check`; a look that fails is a row too.
async function pageRows() {
  const rows = Object.entries(PAGE_LOOKS).map(async ([name, look]) => {
    const [ok, words] = await look().catch((error) => [false, `The browser does not tell (${error.name}): use ${CURRENT}.`]);
    return { name, ok, words };
  });
  return Promise.all(rows);
}

function browserName(agent = navigator.userAgent) {
  const first = (known) => known.map(([name, pattern]) => [name, agent.match(pattern)]).find(([, found]) => found);
  const [name, version] = first(BROWSERS) ?? ["An unknown browser", null];
  return `${name}${version ? ` ${version[1]}` : ""} on ${first(SYSTEMS)?.[0] ?? "an unknown system"}`;
}

async function lookAtBrowser() {
  const missing = isSecureContext ? NEEDED.filter((name) => !(name in globalThis)) : []; // else much is hidden
  if (missing.length) return [false, `${browserName()} has no ${missing.join(" and no ")}, which the lab needs: update it, or use ${CURRENT}.`];
  const slower = isSecureContext && !globalThis.MediaStreamTrackProcessor;
  return [true, `${browserName()}${slower ? "; sound comes in some milliseconds later than in Chrome" : ""}.`];
}

async function lookAtPage() {
  if (!isSecureContext) {
    return [false, "It came over plain http from another computer, and browsers give such a page no microphone and no camera. Open it over https, or on that computer itself, or forward its port (ssh -L 8888:localhost:8888 …) and open localhost:8888."];
  }
  const problem = pageProblem("camera");
  if (problem) return [false, problem];
  const where = location.protocol === "https:" ? "it came over https" : "it comes from this computer";
  return [true, `Secure (${where}): it may ask for microphone and camera.`];
}

async function lookAtPermission() {
  const names = ["microphone", "camera"];
  if (!isSecureContext) return [false, "Nothing can be allowed on a page that is not secure: see the row page."];
  const framed = names.filter((name) => document.featurePolicy?.allowsFeature(name) === false);
  if (framed.length) return [false, `The page around this one does not let it use ${framed.join(" and ")}: open this page in a tab of its own.`];
  const states = await Promise.all(names.map(permissionOf));
  const blocked = names.filter((_, i) => states[i] === "denied");
  if (blocked.length) return [false, `Blocked: ${blocked.join(" and ")}. ${ALLOW}`];
  const words = { granted: "allowed", prompt: "the browser will ask", unknown: "the browser does not tell, and may ask" };
  return [true, `${names.map((name, i) => `${name}: ${words[states[i]]}`).join("; ")}.`];
}

// granted, prompt, denied or, where the browser does not say, unknown.
async function permissionOf(name) {
  const status = await navigator.permissions?.query({ name }).catch(() => null);
  return status?.state ?? "unknown";
}

async function lookAtDevices() {
  const all = await navigator.mediaDevices?.enumerateDevices();
  if (!all) return [false, "The browser shows no devices to this page: see the row page."];
  const twice = ["default", "communications"]; // other names of one that is listed too
  const count = (kind) => all.filter((device) => device.kind === kind && !twice.includes(device.deviceId)).length;
  const [microphones, cameras, speakers] = ["audioinput", "videoinput", "audiooutput"].map(count);
  const number = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const found = `${number(microphones, "microphone")}, ${number(cameras, "camera")}, ${speakers ? number(speakers, "speaker") : "speakers not told"}`;
  if (!microphones) return [false, `${found}: plug a microphone in, or talk by typing.`];
  if (!cameras) return [false, `${found}: plug a camera in, or use the whiteboard in its place.`];
  return [true, `${found}${all.some((device) => device.label) ? "" : "; there may be more once they are allowed"}.`];
}

async function lookAtRates() {
  if (!globalThis.AudioContext) return [false, `The browser plays no sound by itself: use ${CURRENT}.`];
  const context = new AudioContext();
  const speaker = context.sampleRate;
  await context.close();
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const used = devices.find((device) => device.kind === "audioinput");
  const microphone = used?.getCapabilities?.().sampleRate?.max ?? null; // null: Firefox and Safari do not tell
  const rates = `speaker ${speaker} Hz, microphone ${microphone ? `${microphone} Hz` : "not told"}`;
  if (microphone && microphone <= TELEPHONE_HZ) {
    return [false, `${rates}: a Bluetooth headset does that in a call, and words are heard badly. Use another microphone.`];
  }
  return [true, `${rates}; the lab works at ${LAB_HZ} Hz.`];
}
