// The theme that was chosen on the reference site, before anything is painted. It is a script of its own, for the page's policy allows no
// other.
try {
  const chosen = localStorage.getItem("nixvirt-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* a browser may keep nothing for files */ }
