// Screen in the browser: a window, a tab or the whole screen that the person chose to share.

class Screen extends FilmSource {
  name = "screen";

  // Not this tab: what is answered would change what it shows, and so on for ever.
  async media() {
    const asked = { video: { frameRate: { ideal: 10 } }, audio: false, selfBrowserSurface: "exclude" };
    return { own: true, stream: await navigator.mediaDevices.getDisplayMedia(asked) };
  }

  // The person ended it, in the bar that the browser shows.
  ended() {
    this.stop();
  }

  sentence(error) {
    switch (error.name) {
      case "NotAllowedError":
        return "No screen was shared. Click 'Start screen' and choose a window or a tab; if your computer asks, allow the browser to record the screen.";
      case "InvalidStateError":
        return "Browsers share a screen only after a click. Click 'Start screen' in the page.";
      default:
        return super.sentence(error);
    }
  }
}

function initialize({ model }) {
  const part = new Screen(model);
  return () => part.close();
}

function render({ model, el, signal }) {
  const part = labkit.parts.get(model.get("part_id"));
  drawPart(part, el, signal, { title: "Screen", more: [], show: () => {} });
  el.querySelector(".labkit-part").append(part.preview(signal));
}

export default { initialize, render };
