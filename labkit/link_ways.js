// The WebSocket ways to a kernel, in order: labkit's own proxy in the Jupyter server, the stock proxy, and the
// port itself when the page comes from this computer; and Jupyter's own connection. Joined before link.js.

const OPEN_MS = 4000; // a way that has not opened by then is not one

function waysTo(port) {
  const host = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;
  const ways = [
    { via: "labkit proxy", url: `${host}${baseUrl()}labkit/link/${port}/` },
    { via: "proxy", url: `${host}${baseUrl()}proxy/${port}/` },
  ];
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  return here ? [...ways, { via: "direct", url: `ws://127.0.0.1:${port}/` }] : ways;
}

function baseUrl() {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  const base = config ? JSON.parse(config).baseUrl : document.body.dataset.baseUrl;
  return (base ?? "/").replace(/\/*$/, "/");
}

// Jupyter's own connection to a kernel gives up after some minutes: a laptop may sleep for an hour. Where it is in one of
// these states it tries again, unless the kernel has ended: then `true`, for Voila tells nobody.
async function wakeKernel(kernel, states) {
  const sleeps = () => kernel && !kernel.isDisposed && states.includes(kernel.connectionStatus);
  if (!sleeps()) return false;
  const answer = await fetch(`${baseUrl()}api/kernels/${kernel.id}`, { cache: "no-store" }).catch(() => null);
  if (answer?.status === 404) return true;
  if (sleeps()) kernel.reconnect().catch(() => {});
  return false;
}

// A socket that has greeted as ours and was told the key, or null. Any other listener never sees the key.
function openWay(way, entry) {
  return new Promise((resolve) => {
    const socket = new WebSocket(way.url);
    socket.binaryType = "arraybuffer";
    const give = (result) => {
      clearTimeout(timer);
      socket.onmessage = socket.onclose = null;
      if (!result) socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => give(null), OPEN_MS);
    socket.onclose = () => give(null);
    socket.onmessage = (event) => {
      if (event.data !== JSON.stringify({ labkit: entry.greeting })) return give(null);
      socket.send(JSON.stringify({ key: entry.key, tab: labkit.tab, via: way.via }));
      give(socket);
    };
  });
}
