// Typeset mathematics in the page: MathML that Python wrote is copied element by element, only what is known to be
// mathematics; text of a model never becomes HTML.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_ELEMENTS = new Set("math mrow mi mn mo mtext mspace mfrac msqrt mroot msup msub msubsup mtable mtr mtd".split(" "));
const MATH_ATTRIBUTES = new Set("display form stretchy mathvariant linethickness columnalign".split(" "));

// The <math> element for a text of MathML; null where it is not only that.
function mathOf(text) {
  const { documentElement: root } = new DOMParser().parseFromString(text, "application/xml");
  return root.localName === "math" ? copyOfMath(root) : null;
}

function copyOfMath(element) {
  if (!MATH_ELEMENTS.has(element.localName)) return null;
  const copy = document.createElementNS(MATHML, element.localName);
  for (const { name, value } of element.attributes) if (MATH_ATTRIBUTES.has(name)) copy.setAttribute(name, value);
  for (const node of element.childNodes) {
    const child = node.nodeType === Node.ELEMENT_NODE ? copyOfMath(node) : document.createTextNode(node.textContent);
    if (!child) return null;
    copy.append(child);
  }
  return copy;
}
