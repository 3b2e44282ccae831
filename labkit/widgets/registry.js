// What the browser halves of one page share, whichever of them loads first: links by kernel, parts by id.
// Joined in front of every half (labkit/esm.py); each half is a module of its own.

const labkit = (globalThis.labkit ??= makeRegistry());

function makeRegistry() {
  const links = new Map(); // link id -> Link of link.js
  const waiting = new Set(); // callbacks that want to know of new links
  return {
    tab: randomId(),
    links,
    parts: new Map(), // part id -> Microphone, Speaker, Camera
    addLink(id, link) {
      links.set(id, link);
      for (const callback of [...waiting]) callback();
    },
    removeLink(id, link) {
      if (links.get(id) === link) links.delete(id);
    },
    // The link of one kernel (no id: the newest); rejects with a sentence when none comes in time.
    link(id, waitMs = 10_000) {
      return new Promise((resolve, reject) => {
        const found = () => (id === undefined ? [...links.values()].at(-1) : links.get(id));
        const look = () => {
          if (!found()) return;
          stop();
          resolve(found());
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error("This notebook's kernel is not connected: run the cell again."));
        }, waitMs);
        const stop = () => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      });
    },
  };
}

// The browser's clock of every stamp: milliseconds since 1970, monotonic within the page.
function nowMs() {
  return performance.timeOrigin + performance.now();
}

// crypto.randomUUID is missing on pages that are not secure, where a sentence must still be shown.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const UNSEEN_MS = 2000; // a cell that runs again takes its view away and brings it back

// Counts the views of something; when the last one has been gone for a while, it is not seen any more. What was never
// shown counts as seen, and so does what is scrolled away or hidden: it keeps its view.
class Views {
  #count = 0;
  constructor(unseen) {
    this.unseen = unseen;
  }
  // One more view, until `signal` ends.
  add(signal) {
    this.#count++;
    signal.addEventListener("abort", () => {
      this.#count--;
      setTimeout(() => this.#count || this.unseen(), UNSEEN_MS);
    });
  }
}

// One set of callbacks; `add` returns what removes the callback again.
class Callbacks {
  #all = new Set();
  add(callback) {
    this.#all.add(callback);
    return () => this.#all.delete(callback);
  }
  call(...args) {
    for (const callback of [...this.#all]) callback(...args);
  }
}
