// The faces of Microphone and Speaker; their engines are microphone.js and speaker.js, joined before this.

const KINDS = { microphone: Microphone, speaker: Speaker };

function initialize({ model }) {
  const part = new KINDS[model.get("kind")](model);
  return () => part.close();
}

function render({ model, el, signal }) {
  const part = labkit.parts.get(model.get("part_id"));
  const draw = { microphone: drawMicrophone, speaker: drawSpeaker };
  draw[part.name](part, el, signal);
}

function drawMicrophone(part, el, signal) {
  const mute = toggle("Mute", (on) => part.setMuted(on));
  const talk = holdButton("Hold to talk", (held) => part.hold(held), signal);
  const choice = deviceChoice("Microphone to use", (id) => part.setDevice(id));
  const show = () => {
    mute.show(part.model.get("muted"));
    talk.hidden = !part.model.get("push_to_talk");
    choice.show(part.devices(), part.model.get("device_id") || part.chosen);
  };
  const more = [mute.element, talk, meter("Microphone level", () => part.level(), signal), choice.element];
  drawPart(part, el, signal, { title: "Microphone", more, show });
}

function drawSpeaker(part, el, signal) {
  const volume = slider("Volume", (value) => part.setVolume(value));
  const choice = deviceChoice("Speaker to use", (id) => part.setDevice(id));
  const show = () => {
    volume.value = 100 * part.model.get("volume");
    choice.show(part.devices(), part.model.get("device_id") || "default");
  };
  const more = [volume, meter("Speaker level", () => part.level(), signal), choice.element];
  drawPart(part, el, signal, { title: "Speaker", more, show });
}

export default { initialize, render };
