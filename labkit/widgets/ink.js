// The board's contents as a picture: what counts of its strokes, and how they are drawn.

const BOARD = [1280, 720]; // all positions are in these units, however large the board is shown
const ROW = 80; // height of a ruled line
const ROWS_OF_TEXT = BOARD[1] / ROW;
const LETTERS = 52; // height of a typed line's letters
const MARGIN = 48;
const COLOURS = { black: "#1b1b1f", blue: "#1f4fd8", red: "#c8201e", green: "#1a7f37" };
const FONT = '"DejaVu Sans", Verdana, sans-serif'; // fonts in which 1, l and I differ

// What is on the board: everything after the last clearing.
function onBoard(strokes) {
  return strokes.slice(strokes.findLastIndex((stroke) => stroke.clear) + 1);
}

// The first row below all that is written; whiteboard.py counts the same way.
function nextRow(strokes) {
  const rows = onBoard(strokes).map((stroke) => stroke.row ?? rowOf(stroke));
  return Math.max(-1, ...rows) + 1;
}

// A stroke's tail may hang a quarter into the next row; the eraser writes nothing.
function rowOf({ colour, points }) {
  if (colour === "eraser") return -1;
  return Math.floor((Math.max(...points.map(([, y]) => y)) - ROW / 4) / ROW);
}

// Draw what is on the board into a context of this width, which has nothing but ink: erasing makes it transparent.
function drawInk(context, width, strokes) {
  context.setTransform(width / BOARD[0], 0, 0, width / BOARD[0], 0, 0);
  for (const stroke of onBoard(strokes)) {
    if (stroke.text === undefined) drawStroke(context, stroke);
    else drawTyped(context, stroke);
  }
}

// From point number `from` on: curves through the middles between points, each as wide as the pen pressed.
function drawStroke(context, { points, colour, width }, from = 0) {
  context.globalCompositeOperation = colour === "eraser" ? "destination-out" : "source-over";
  context.strokeStyle = COLOURS[colour] ?? COLOURS.black;
  context.lineCap = context.lineJoin = "round";
  const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  for (let i = from; i < points.length; i++) {
    const [point, before] = [points[i], points[i - 1] ?? points[i]];
    context.lineWidth = width * (point.length > 2 ? 0.4 + 1.2 * point[2] : 1);
    context.beginPath();
    context.moveTo(...middle(points[i - 2] ?? before, before));
    context.quadraticCurveTo(before[0], before[1], ...middle(before, point));
    if (i === points.length - 1) context.lineTo(point[0], point[1] + 0.01); // a dot is a line, too
    context.stroke();
  }
  context.globalCompositeOperation = "source-over";
}

// A typed line; what follows ^ stands higher and smaller.
function drawTyped(context, { text, row, colour }) {
  context.fillStyle = COLOURS[colour] ?? COLOURS.black;
  const runs = text.split(/\^(\(.*?\)|-?[\w.]+)/).map((run, i) => ({ run, raised: i % 2 === 1 }));
  const font = (raised, letters) => `${raised ? 0.65 * letters : letters}px ${FONT}`;
  const widthOf = ({ run, raised }) => ((context.font = font(raised, LETTERS)), context.measureText(run).width);
  const room = BOARD[0] - 2 * MARGIN;
  const letters = LETTERS * Math.min(1, room / runs.reduce((sum, run) => sum + widthOf(run), 0));
  let x = MARGIN;
  for (const { run, raised } of runs) {
    context.font = font(raised, letters);
    context.fillText(run, x, ROW * (row + 0.75) - (raised ? 0.4 * letters : 0));
    x += context.measureText(run).width;
  }
}
