/**
 * The reference: examples that name this server and can be copied, and contents that say where the reader is.
 */

const NARROW = matchMedia("(max-width: 52rem)");
const COPIED_MS = 2000;

for (const origin of document.querySelectorAll(".origin")) origin.textContent = location.origin;

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button.copy")) {
    if (button instanceof HTMLButtonElement) offerCopy(button);
  }
}

const contents = document.querySelector("nav details");
if (contents instanceof HTMLDetailsElement) {
  const fit = () => {
    contents.open = !NARROW.matches;
  };
  fit();
  NARROW.addEventListener("change", fit);
  contents.addEventListener("click", (event) => {
    if (NARROW.matches && event.target instanceof HTMLAnchorElement) contents.open = false;
  });
}

followReader();

/** @param {HTMLButtonElement} button */
function offerCopy(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.parentElement?.querySelector("pre")?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, COPIED_MS);
  });
}

/** Marks the entry of the contents whose call is at the top of the window. */
function followReader() {
  /** @type {Map<Element, HTMLAnchorElement>} */
  const entries = new Map();
  for (const link of document.querySelectorAll("nav a")) {
    const target = link instanceof HTMLAnchorElement && document.getElementById(link.hash.slice(1));
    if (target && link instanceof HTMLAnchorElement) entries.set(target, link);
  }
  /** @type {HTMLAnchorElement | undefined} */
  let current;
  const observer = new IntersectionObserver(
    (seen) => {
      const top = seen.filter((each) => each.isIntersecting).at(-1);
      const link = top && entries.get(top.target);
      if (!link) return;
      current?.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      current = link;
    },
    { rootMargin: "-15% 0px -80% 0px" },
  );
  for (const target of entries.keys()) observer.observe(target);
}
