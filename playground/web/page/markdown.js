// Markdown of the server as elements. micromark writes out HTML in it as text, and links to anything but pages lose their address.

import { micromark } from "micromark";

/** An element with the formatted text. */
export const formatted = (markdown) => {
  const element = document.createElement("div");
  element.innerHTML = micromark(markdown);
  for (const link of element.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  return element;
};
