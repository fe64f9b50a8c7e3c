/**
 * An element with attributes and children; what is empty is left out. Texts become text nodes, whatever they hold.
 * Attributes that begin with "on" are listeners.
 */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value || value === "") node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

/** Calls `draw` once before the next frame, however often it is asked to; in a page that nobody sees, in a while. */
export function drawing(draw) {
  let isDue = false;
  const now = () => {
    if (!isDue) return;
    isDue = false;
    draw();
  };
  return () => {
    if (isDue) return;
    isDue = true;
    if (document.hidden) setTimeout(now, 250);
    else requestAnimationFrame(now);
    // A page that is hidden before its next frame gets none.
    document.addEventListener("visibilitychange", now, { once: true });
  };
}
