// What a page says while it starts, and what is wrong when it does not go on: with what to do about it. Part of the
// page itself (index.html.j2), so that it is there when nothing else arrives. Voila calls the globals voila_*.

function labkitTheme() {
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = asked ? asked.toLowerCase().includes("dark") : labkitPage.dark || system.matches;
  for (const link of document.querySelectorAll("[data-labkit-theme]")) {
    link.media = (link.dataset.labkitTheme === "dark") === dark ? "all" : "not all";
  }
  if (!document.body) return;
  document.body.dataset.jpThemeLight = String(!dark);
  document.body.dataset.jpThemeName = dark ? "JupyterLab Dark" : "JupyterLab Light";
  system.onchange = labkitTheme;
}

function labkitPage({ title, base, kernel, dark }) {
  const START_MS = 60_000; // Python starts in a second or two, on a crowded server in twenty
  const LOAD_MS = 30_000;
  const LOOK_MS = 3_000; // between two looks at what is wrong
  const SOCKET_MS = 8_000; // a WebSocket that has not opened by then does not
  const LONG_MS = 30_000;
  const SILENT_MS = 12_000;
  const SAYS = {
    offline: "This computer has no network. The page goes on by itself when it is back.",
    unreachable: "The server does not answer. The page tries again by itself; if it was stopped, start it again, then reload.",
    ended:
      "Python behind this page has ended: the server was restarted, ran out of memory, or the page was away for too long. Reload to start anew; what was said is gone.",
    login: "The server does not know this page any more. Open the address with its token again.",
    closed:
      "A proxy between this page and the server passes no WebSocket, which sound and buttons need. Try another network, or without a VPN; whoever runs the proxy must let “Upgrade: websocket” through. Then reload.",
    broken: "The connection to Python broke. The page connects again by itself…",
    long: "The connection to Python has not come back yet. Wait a little longer, or reload to start anew.",
    silent:
      "Python behind this page does not answer: it is busy, or the computer it runs on sleeps. The page goes on by itself when it answers; reload to start anew.",
    cut: "The page did not arrive as a whole: the connection to the server broke. Reload to try again.",
    slow: "Python has not started for a minute: the server may be full. Wait, or reload to try again.",
    scripts: "Parts of this page did not load. Check the network, then reload.",
    empty: "This notebook shows nothing: none of its cells has a text or an output.",
    insecure:
      "This page came over plain http from another computer, where browsers give no microphone and no camera; typing works. Open it over https, or forward the port (ssh -L) and open it on localhost.",
  };
  const WITH_RELOAD = ["ended", "closed", "long", "silent", "cut", "slow", "scripts"];
  labkitPage.dark = dark;
  document.title = title;

  const element = (id) => document.getElementById(id);
  const began = performance.now();
  const sockets = { tried: 0, failed: 0, everOpen: false, open: null, triedAt: 0, brokenAt: 0 };
  let step = "start"; // start, cells, load, shown
  let words = "Starting Python…";
  let stepAt = began;

  function goTo(next, text) {
    if (next !== step) stepAt = performance.now();
    step = next;
    words = text;
    drawProgress();
  }

  function drawProgress() {
    const seconds = Math.round((performance.now() - stepAt) / 1000);
    if (element("loading_text")) element("loading_text").textContent = seconds < 4 ? words : `${words} ${seconds} s`;
  }

  function say(what) {
    const notice = element("labkit-notice");
    if (!notice || notice.dataset.says === (what ?? "")) return;
    notice.dataset.says = what ?? "";
    notice.hidden = !what;
    notice.firstChild.textContent = SAYS[what] ?? "";
    notice.lastChild.hidden = !WITH_RELOAD.includes(what);
    notice.lastChild.onclick = () => location.reload();
  }

  // What Voila calls while the page arrives
  window.voila_heartbeat = () => {};
  window.voila_process = window.update_loading_text = (index, count, text) =>
    goTo("cells", text ?? `Running the notebook: ${index} of ${count} cells…`);
  window.voila_finish = window.display_cells = () => {
    if (step !== "shown") goTo("load", "Loading the panel…");
    window.cellLoaded = true;
    if (window.themeLoaded) show();
  };

  function show() {
    element("rendered_cells").style.display = "";
    if (document.querySelector('script[type^="application/vnd.voila.cell-output"]')) return setTimeout(show, 50);
    element("loading")?.remove();
    step = "shown";
    look();
  }

  // Voila lets Python go when its page is closed, if there is a cookie, which Voila alone does not set, and once its
  // own script runs. The server compares cookie and form: any secret of ours will do.
  const cookie = () => document.cookie.match(/\b_xsrf=([^;]*)/)?.[1];
  if (!cookie()) document.cookie = `_xsrf=${crypto.getRandomValues(new Uint32Array(4)).join("")}; path=${base}; samesite=lax`;
  addEventListener("beforeunload", () => {
    if (sockets.tried) return;
    const form = new FormData();
    form.append("_xsrf", cookie());
    navigator.sendBeacon(`${base}voila/api/shutdown/${kernel}`, form);
  });

  // The sockets to Python are Jupyter's; they are watched from outside.
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(url, ...more) {
      super(url, ...more);
      if (!String(url).includes(`api/kernels/${kernel}`)) return;
      sockets.tried++;
      sockets.triedAt = performance.now();
      this.addEventListener("open", () => {
        Object.assign(sockets, { open: this, everOpen: true, failed: 0 });
        look();
      });
      this.addEventListener("close", () => {
        sockets.failed++;
        if (sockets.open === this) Object.assign(sockets, { open: null, brokenAt: performance.now() });
        look();
      });
    }
  };

  // What is wrong now; "" when nothing is.
  async function trouble() {
    const waited = performance.now() - stepAt;
    if (!navigator.onLine) return "offline";
    if (document.readyState === "complete" && ["start", "cells"].includes(step)) return "cut";
    if (step === "start" && waited > SOCKET_MS && (await ask()) === "ended") return "ended";
    if (step === "start") return waited > START_MS ? "slow" : "";
    if (step === "cells") return "";
    if (sockets.open?.readyState === Real.OPEN && !linksLost()) return troubleShown(waited);
    const since = performance.now() - (sockets.tried ? sockets.triedAt : stepAt);
    if (!sockets.everOpen && sockets.failed === 0 && since < SOCKET_MS) return "";
    const answer = await ask();
    if (answer !== "there") return answer;
    if (!sockets.everOpen) return sockets.tried ? "closed" : waited > LOAD_MS ? "scripts" : "";
    if (sockets.open) return "silent";
    return performance.now() - sockets.brokenAt > LONG_MS ? "long" : "broken";
  }

  function troubleShown(waited) {
    if (step === "load") return waited > LOAD_MS ? "scripts" : "";
    if (!element("rendered_cells").innerText.trim() && !document.querySelector("#rendered_cells :is(img, svg, canvas, .jupyter-widgets)")) return "empty";
    return isSecureContext ? "" : "insecure";
  }

  // labkit's own ways to Python (link.js) are broken for a while, or their kernel was restarted.
  let linkedAt = began;
  function linksLost() {
    const links = [...(globalThis.labkit?.links?.values() ?? [])];
    if (!links.length || links.some((link) => link.state.connected)) linkedAt = performance.now();
    return links.some((link) => link.state.gone) || performance.now() - linkedAt > SILENT_MS;
  }

  async function ask() {
    try {
      const answer = await fetch(`${base}api/kernels/${kernel}`, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(5000) });
      if (answer.status === 404) return "ended";
      if (!answer.ok) return answer.status >= 500 ? "unreachable" : "login";
      const restarted = [...(globalThis.labkit?.links?.values() ?? [])].some((link) => link.state.gone);
      return restarted || (await answer.json()).execution_state === "dead" ? "ended" : "there";
    } catch {
      return "unreachable";
    }
  }

  let looking = false;
  async function look() {
    if (looking) return;
    looking = true;
    const found = await trouble().finally(() => (looking = false));
    say(found);
  }

  setInterval(() => step !== "shown" && drawProgress(), 1000);
  setInterval(look, LOOK_MS);
  for (const name of ["online", "offline", "load"]) addEventListener(name, look);
  for (const name of ["resume", "visibilitychange"]) document.addEventListener(name, look);
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // from the browser's memory: its Python is gone
}
