// Camera in the browser: a preview in each view, pictures as JPEG on demand or every few milliseconds.

class Camera extends Part {
  name = "camera";

  constructor(model) {
    super(model);
    this.list = [];
    for (const name of ["device_id", "source"]) this.watch(name, () => this.restart());
    this.watch("every_ms", () => this.#keepTime());
  }

  devices() {
    return this.list;
  }

  setDevice(id) {
    this.save("device_id", id);
  }

  // A <video> that shows what the camera sees while it is live; the caller puts it in its view.
  preview(signal) {
    const video = make("video", { class: "labkit-preview", "aria-label": "What the camera sees", muted: true, playsinline: true });
    video.muted = true;
    const show = () => {
      const stream = this.state === "live" ? this.media : null;
      if (video.srcObject !== stream) video.srcObject = stream;
      if (stream) video.play().catch(() => {}); // a view that is gone before it plays is no error
      video.hidden = !stream;
    };
    const off = this.onState(show);
    signal?.addEventListener("abort", () => {
      off();
      video.srcObject = null;
    });
    show();
    return video;
  }

  // Send one picture; false when there is none to send. `request` is the number that Python waits for.
  async grab(request = 0) {
    if (this.state !== "live" || !this.video?.videoWidth) return false;
    const stamp = nowMs();
    const scale = Math.min(1, this.model.get("width") / this.video.videoWidth);
    const canvas = Object.assign(make("canvas"), {
      width: Math.round(this.video.videoWidth * scale),
      height: Math.round(this.video.videoHeight * scale),
    });
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", this.model.get("quality")));
    if (!blob || this.state !== "live") return false;
    this.link.send("PICTURE", this.stream, await blob.arrayBuffer(), { stamp, item: request });
    return true;
  }

  async receive({ type, request }) {
    if (type !== "grab" || (await this.grab(request))) return;
    const sentence = this.error || "The camera is off. Click 'Start camera' first.";
    this.link.sendMessage(this.stream, { type: "refused", request, sentence });
  }

  more() {
    return { devices: this.list };
  }

  prepare() {
    checkPage(this.name);
  }

  async open(isCurrent) {
    const video = { width: { ideal: Math.max(640, this.model.get("width")) } };
    if (this.model.get("device_id")) video.deviceId = { exact: this.model.get("device_id") };
    const { own, stream } = await mediaFrom(this.model, "video", { video });
    const [track] = stream.getVideoTracks();
    const ended = () => this.fail("The camera went away. Plug it in again or choose another one, then start again.");
    track.addEventListener("ended", ended);
    this.undo = [() => own && track.stop(), () => track.removeEventListener("ended", ended)];
    if (!isCurrent()) return this.shut();
    this.media = new MediaStream([track]);
    this.video = Object.assign(make("video"), { muted: true, playsInline: true, srcObject: this.media });
    const shown = new Promise((resolve) => this.video.addEventListener("loadeddata", resolve, { once: true }));
    await this.video.play();
    await shown;
    this.list = await devicesOf("videoinput");
    this.chosen = track.getSettings().deviceId;
    this.#keepTime();
  }

  shut() {
    clearInterval(this.timer);
    for (const undo of (this.undo ?? []).reverse()) undo();
    if (this.video) this.video.srcObject = null;
    this.undo = [];
    this.video = this.media = null;
  }

  #keepTime() {
    clearInterval(this.timer);
    const every = this.model.get("every_ms");
    if (every > 0 && this.video) this.timer = setInterval(() => this.grab(), every);
  }
}

function initialize({ model }) {
  const part = new Camera(model);
  return () => part.close();
}

function render({ model, el, signal }) {
  const part = labkit.parts.get(model.get("part_id"));
  const choice = deviceChoice("Camera to use", (id) => part.setDevice(id));
  const show = () => choice.show(part.devices(), model.get("device_id") || part.chosen);
  drawPart(part, el, signal, { title: "Camera", more: [choice.element], show });
  el.querySelector(".labkit-part").append(part.preview(signal));
}

export default { initialize, render };
