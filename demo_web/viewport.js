/**
 * Tells the style sheet how much of the page an on-screen keyboard leaves: `--visible-top`, `--visible-height`.
 */

const KEYBOARD_SHARE = 0.2;

/** Follows the visual viewport for as long as the page lives. */
export function followKeyboard() {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const { documentElement: root, body } = document;
  const update = () => {
    // While somebody zooms in, the visual viewport is a magnifying glass and says nothing about a keyboard.
    const hidden = viewport.scale > 1.01 ? 0 : 1 - viewport.height / root.clientHeight;
    const keyboard = hidden > KEYBOARD_SHARE;
    body.classList.toggle("keyboard", keyboard);
    root.style.setProperty("--visible-top", keyboard ? `${viewport.offsetTop}px` : "0px");
    root.style.setProperty("--visible-height", keyboard ? `${viewport.height}px` : "100%");
  };
  viewport.addEventListener("resize", update);
  viewport.addEventListener("scroll", update);
  update();
}
