// The browser half of the link: finds a way to the kernel, keeps it, and carries frames (layout: frames.py).
// The ways are in link_ways.js; where none of them opens, frames travel over the widget's comm.

const HELLO_MS = 3000; // the kernel answers at once unless a cell runs
const CLAIM_MS = 10_000;
const SOCKET_FULL = 128 * 1024; // bytes waiting in the socket before frames wait in our queue
const COMM_WINDOW = 300; // frames sent over comm that the kernel has not acknowledged: 3 s of microphone
const QUEUE_LIMIT = { MICROPHONE: 200, PICTURE: 4, MESSAGE: 1000 }; // the oldest of the kind are dropped
const TICK_MS = 5000;
const SILENT_TICKS = 3; // the kernel pings every 2 s; counted in ticks, because a laptop that slept has none
const GONE = document.body?.dataset.voila
  ? "Python behind this page does not answer. If it does not come back, reload the page."
  : "The kernel does not answer. If it was restarted, run the notebook's cells again.";
const OTHER_TAB = "Another tab of this notebook is using the sound and camera. Use this tab instead?";
const BUSY = "The kernel is busy and did not answer. Wait for the running cell, then start again.";

class Link {
  state = { transport: null, via: null, connected: false, owner: false, gone: false, sentence: "" };
  dropped = 0; // microphone and picture frames that found no room

  constructor(model) {
    this.model = model;
    this.layout = model.get("layout_json");
    this.kindNames = Object.fromEntries(Object.entries(this.layout.kinds).map(([name, kind]) => [kind, name]));
    this.frameCallbacks = new Map();
    this.messageCallbacks = new Map();
    this.stateCallbacks = new Callbacks();
    this.queue = [];
    this.seqs = new Map();
    this.claims = new Map();
    this.claimed = 0;
    this.closed = new AbortController();
    this.onComm = (content, buffers) => this.#fromComm(content, buffers ?? []);
    this.onLife = () => this.#checkLife();
    model.on("msg:custom", this.onComm);
    model.on("comm_live_update", this.onLife);
    const { signal } = this.closed;
    addEventListener("pagehide", () => this.#sayComm({ type: "bye" }), { signal });
    addEventListener("online", () => this.#wakeJupyter(["disconnected", "connecting"]), { signal });
    const timer = setInterval(() => this.#tick(), TICK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.#run();
  }

  onFrame(stream, callback) {
    this.frameCallbacks.set(stream, callback);
    return () => this.frameCallbacks.delete(stream);
  }

  onMessage(stream, callback) {
    this.messageCallbacks.set(stream, callback);
    return () => this.messageCallbacks.delete(stream);
  }

  onState(callback) {
    return this.stateCallbacks.add(callback);
  }

  send(kindName, stream, payload, { stamp = nowMs(), item = 0 } = {}) {
    const bytes = payload instanceof ArrayBuffer ? new Uint8Array(payload) : payload;
    const packed = new Uint8Array(this.layout.header + bytes.byteLength);
    const kind = this.layout.kinds[kindName];
    const counter = `${kind}/${stream}`;
    const seq = this.seqs.get(counter) ?? 0;
    this.seqs.set(counter, seq + 1);
    const header = { kind, version: this.layout.version, stream, seq, stamp, item };
    this.#writeHeader(new DataView(packed.buffer), header);
    packed.set(bytes, this.layout.header);
    this.queue.push({ kindName, packed });
    this.#limit(kindName);
    this.#pump();
  }

  sendMessage(stream, message) {
    this.send("MESSAGE", stream, new TextEncoder().encode(JSON.stringify(message)));
  }

  // Ask for the media: {granted, sentence, otherTab}. `force` takes them from the tab that has them.
  async claim({ force = false } = {}) {
    if (this.state.owner) return { granted: true, sentence: "", otherTab: false };
    const granted = await this.#askForMedia(force);
    if (granted) this.#setState({ owner: true });
    const sentence = granted ? "" : granted === false ? OTHER_TAB : this.state.sentence || BUSY;
    return { granted: Boolean(granted), sentence, otherTab: granted === false };
  }

  // true, false, or null when the kernel does not answer.
  #askForMedia(force) {
    const request = ++this.claimed;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, CLAIM_MS, null);
      this.claims.set(request, resolve);
      this.sendMessage(0, { type: "claim", request, force });
      this.closed.signal.addEventListener("abort", () => clearTimeout(timer));
    }).finally(() => this.claims.delete(request));
  }

  // The last part of this tab stopped: another tab may have the media.
  release() {
    if (!this.state.owner) return;
    this.sendMessage(0, { type: "release" });
    this.#setState({ owner: false });
  }

  close() {
    this.closed.abort();
    this.#sayComm({ type: "bye" });
    this.model.off("msg:custom", this.onComm);
    this.model.off("comm_live_update", this.onLife);
    this.#end();
  }

  // Connecting

  async #run() {
    let entry = await this.#hello(30_000);
    let refusals = 0; // of all ways, by a kernel that answers: nothing is known of a way while it does not
    let patience = 0;
    for (let failures = 0; !this.closed.signal.aborted; failures++) {
      await this.kernelLives;
      const socket = entry && (await this.#openSocket(entry));
      if (socket) {
        failures = refusals = 0;
        patience = 5; // a way that was open once comes back
        await this.#live(socket);
        continue; // the same entry first: a running cell keeps the kernel from answering a hello
      }
      const answered = await this.#hello(HELLO_MS);
      if (answered && entry && refusals++ >= patience) return this.#useComm();
      entry = answered ?? entry;
      if (!answered) this.#setState({ sentence: GONE });
      await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 250 * 2 ** failures)));
    }
  }

  // Jupyter says when a kernel restarts: its old widgets are dead, and so is this link until it says otherwise.
  async #checkLife() {
    const { comm_live: live } = await this.model.widget_manager.get_model(this.model.get("link_id"));
    if (live) this.revive?.();
    else this.#end();
  }

  #end() {
    if (this.state.gone) return;
    this.kernelLives = new Promise((resolve) => (this.revive = resolve)).then(() => this.#setState({ gone: false }));
    this.socket?.close();
    this.#setState({ gone: true, connected: false, transport: null, via: null, owner: false, sentence: GONE });
  }

  // A network that vanished closes no socket.
  #tick() {
    this.#wakeJupyter(["disconnected"]);
    if (this.socket && ++this.silent > SILENT_TICKS) this.socket.onclose();
  }

  async #wakeJupyter(states) {
    if (this.state.gone) return;
    if (await wakeKernel(this.model.widget_manager.kernel, states)) this.#end();
  }

  // Name this page's Origin over the comm; port, key and greeting come back, or null when nothing does.
  #hello(waitMs) {
    return new Promise((resolve) => {
      setTimeout(resolve, waitMs, null);
      this.onWelcome = resolve;
      this.#sayComm({ type: "hello", origin: location.origin });
    });
  }

  async #openSocket(entry) {
    const ways = this.way ? [this.way] : waysTo(entry.port);
    for (const way of ways) {
      if (this.closed.signal.aborted) return null;
      const socket = await openWay(way, entry);
      if (!socket) continue;
      this.way = way;
      return socket;
    }
    this.way = null;
    return null;
  }

  // Use an open socket until it closes.
  #live(socket) {
    this.socket = socket;
    this.silent = 0;
    socket.onmessage = (event) => this.#receive(new Uint8Array(event.data));
    const closed = new Promise((resolve) => (socket.onclose = resolve));
    this.#connected("websocket", this.way.via);
    return closed.then(() => {
      socket.close();
      this.socket = null;
      if (!this.closed.signal.aborted) this.#setState({ connected: false, transport: null, via: null });
    });
  }

  #useComm() {
    this.comm = { sent: 0, acknowledged: 0 };
    this.#sayComm({ type: "carry" });
    this.#connected("comm", "comm");
  }

  // The kernel had taken this silent page for gone, and has heard from it again: tell everybody, as after a break.
  #cameBack() {
    this.#setState({ connected: false, transport: null, via: null });
    this.#connected("comm", "comm");
  }

  #connected(transport, via) {
    this.#setState({ transport, via, connected: true, sentence: "" });
    if (this.state.owner) this.#askForMedia(false).then((granted) => granted || this.#setState({ owner: false }));
    this.#pump();
  }

  #setState(changes) {
    Object.assign(this.state, changes);
    this.stateCallbacks.call(this.state);
  }

  // Frames out

  #writeHeader(view, values) {
    for (const [name, [offset, type]] of Object.entries(this.layout.fields)) {
      view[`set${type}`](offset, values[name], true);
    }
  }

  #limit(kindName) {
    const same = this.queue.filter((waiting) => waiting.kindName === kindName);
    if (same.length <= (QUEUE_LIMIT[kindName] ?? 100)) return;
    this.queue.splice(this.queue.indexOf(same[0]), 1);
    this.dropped++;
  }

  #pump() {
    while (this.queue.length && this.#hasRoom()) this.#carry(this.queue.shift().packed);
    if (this.queue.length && this.state.connected && !this.pumpTimer) {
      this.pumpTimer = setTimeout(() => {
        this.pumpTimer = null;
        this.#pump();
      }, 20);
    }
  }

  #hasRoom() {
    if (this.comm) return this.comm.sent - this.comm.acknowledged < COMM_WINDOW;
    return this.socket?.readyState === WebSocket.OPEN && this.socket.bufferedAmount < SOCKET_FULL;
  }

  #carry(packed) {
    if (!this.comm) return this.socket.send(packed);
    this.comm.sent++;
    this.#sayComm({ type: "frames" }, [packed.buffer]);
  }

  #sayComm(content, buffers) {
    this.model.send({ ...content, tab: labkit.tab }, undefined, buffers);
  }

  // Frames in

  #fromComm(content, buffers) {
    if (content.tab !== labkit.tab) return;
    if (content.type === "welcome") this.onWelcome?.(content);
    if (content.type === "carrying" && content.again) this.#cameBack();
    if (content.type === "ack" && this.comm) this.comm.acknowledged = content.received;
    if (content.type !== "frames") return;
    for (const buffer of buffers) this.#receive(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));
  }

  #receive(packed) {
    this.silent = 0;
    const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    const frame = { payload: packed.subarray(this.layout.header) };
    for (const [name, [offset, type]] of Object.entries(this.layout.fields)) frame[name] = view[`get${type}`](offset, true);
    if (frame.version !== this.layout.version) return;
    if (this.kindNames[frame.kind] !== "MESSAGE") return this.frameCallbacks.get(frame.stream)?.(frame);
    const message = JSON.parse(new TextDecoder().decode(frame.payload));
    if (frame.stream === 0) this.#control(message);
    else this.messageCallbacks.get(frame.stream)?.(message);
  }

  #control(message) {
    if (message.type === "ping") this.sendMessage(0, { ...message, type: "pong", browser_ms: nowMs() });
    if (message.type === "claimed") this.claims.get(message.request)?.(message.granted);
    if (message.type === "revoked") this.#setState({ owner: false });
  }
}

async function initialize({ model }) {
  await hearThoughLate(model);
  const link = new Link(model);
  labkit.addLink(model.get("link_id"), link);
  return () => {
    labkit.removeLink(model.get("link_id"), link);
    link.close();
  };
}

export default { initialize };
