// Camera in the browser: asks for the device, or takes the picture of an ipywebrtc stream.

class Camera extends FilmSource {
  name = "camera";

  constructor(model) {
    super(model);
    this.list = [];
    for (const name of ["device_id", "source"]) this.watch(name, () => this.restart());
  }

  devices() {
    return this.list;
  }

  setDevice(id) {
    this.save("device_id", id);
  }

  more() {
    return { devices: this.list };
  }

  media() {
    const video = { width: { ideal: Math.max(640, this.model.get("width")) } };
    if (this.model.get("device_id")) video.deviceId = { exact: this.model.get("device_id") };
    return mediaFrom(this.model, "video", { video });
  }

  async opened(track) {
    this.list = await devicesOf("videoinput");
    this.chosen = track.getSettings().deviceId;
  }

  ended() {
    this.fail("The camera went away. Plug it in again or choose another one, then start again.");
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
