// The script of the site: the search, the theme, the buttons that copy. Without it, all pages can still be read.
"use strict";
(() => {
  // --- The theme: what the system says, until somebody chooses.
  const root = document.documentElement;
  const button = document.querySelector(".theme");
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; button.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`); };
  if (button) {
    button.hidden = false;
    label();
    system.addEventListener("change", label);
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      // A browser may keep nothing for files; the choice lasts for the page then.
      try { localStorage.setItem("nixvirt-theme", root.dataset.theme); } catch { /* nothing to do */ }
      label();
    });
  }

  // --- Copying.
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  for (const copy of document.querySelectorAll(".copy")) {
    const figure = copy.closest("figure");
    copy.hidden = false;
    copy.setAttribute("aria-label", `Copy the ${figure.querySelector("figcaption span").textContent}`);
    copy.addEventListener("click", async () => {
      const done = await copied(figure.querySelector("pre").textContent);
      copy.textContent = done ? "Copied" : "Failed";
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
  }

  // --- Examples that open in the playground, where the site has it. The text is in the link, as the playground shares it.
  const packed = async (text) => {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  const openable = async (figure) => {
    const title = figure.querySelector("figcaption span").textContent;
    const given = figure.dataset.try;
    const language = given === undefined ? title.toLowerCase() : "nix";
    // Of a spec and its XML, the spec is what one changes.
    if (!["nix", "json", "xml"].includes(language) || figure.matches(".pair .code:not(:first-child)")) return;
    const link = document.createElement("a");
    link.className = "try";
    link.textContent = "Try it";
    link.setAttribute("aria-label", given === undefined ? `Try it: open the ${title} in the playground` : "Try it: open the call in the playground");
    link.href = `${root.dataset.playground}#${language}=${await packed(given ?? figure.querySelector("pre").textContent)}`;
    figure.querySelector(".copy").before(link);
  };
  if (root.dataset.playground && window.CompressionStream) document.querySelectorAll(".code").forEach(openable);

  // --- The search.
  const input = document.getElementById("search");
  const list = document.getElementById("results");
  const status = document.getElementById("found");
  const index = window.nixvirtIndex;
  if (!input || !list || !index) return;
  const MOST = 12;
  const base = input.dataset.root;
  // Words of questions that say nothing about their object.
  const idle = new Set("a an the and or of to in on at for from by with without is are be do does did how what which why when where who can could i my me we our you your it its this that there want need should would not no if nixvirt libvirt refuse refuses refused mean means meaning take takes use give".split(" "));
  const split = (text) => text.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
  // What differs by its ending alone is one word: pins, pinned, pinning.
  const stem = (word) => (word.length > 4 ? word.replace(/(?<=..)(ies)$/, "y").replace(/(ning|ing|ned|ed|es|s)$/, "") : word.length > 3 ? word.replace(/s$/, "") : word);
  const stems = (text) => split(text).map(stem);

  let lines = null;
  let rarity = null;
  const prepare = () => {
    if (lines) return;
    const counts = new Map();
    lines = index.lines.map(([name, within, group, page, anchor, doc, words, asked], order) => {
      const line = {
        name, within, doc, order, group: index.groups[group],
        href: base + index.pages[page] + (anchor ? `#${anchor}` : ""),
        plain: name.toLowerCase(), path: (within ? `${within}.${name}` : name).toLowerCase(),
        names: stems(name), above: new Set(stems(within)), text: new Set(stems(doc)),
        values: new Set(split(words).map(stem)), asked: new Set(stems(asked)),
        depth: within ? within.split(/[. ]/).length : 0,
      };
      for (const word of new Set([...line.names, ...line.above, ...line.text, ...line.values, ...line.asked])) {
        counts.set(word, (counts.get(word) || 0) + 1);
      }
      return line;
    });
    rarity = (word) => Math.log(1 + lines.length / (1 + (counts.get(word) || 0)));
  };
  const begins = (words, word) => { for (const one of words) if (one.startsWith(word)) return true; return false; };
  // How well a line answers one word of the query.
  const weigh = (line, word, raw) => {
    if (line.plain === raw) return 12;
    if (line.asked.has(word)) return 10;
    if (line.names.includes(word)) return 8;
    if (line.plain.startsWith(raw)) return 6;
    if (line.values.has(word)) return 5;
    if (begins(line.names, word)) return 4.5;
    if (line.above.has(word)) return 3.5;
    if (line.text.has(word)) return 3.5;
    if (word.length > 2 && (begins(line.asked, word) || begins(line.values, word) || begins(line.text, word))) return 1.5;
    return 0;
  };
  const bonus = { element: 1.06, attribute: 1.03, option: 1, template: 1.06, argument: 0.95, command: 0.98, message: 0.95, page: 1 };
  const search = (query) => {
    prepare();
    const typed = query.trim().toLowerCase();
    const all = split(query);
    const told = all.filter((word) => !idle.has(word));
    const words = (told.length ? told : all).map((word) => [stem(word), word]);
    if (!words.length) return [];
    const found = [];
    for (const line of lines) {
      let score = 0;
      let met = 0;
      for (const [word, raw] of words) {
        const weight = weigh(line, word, raw);
        if (weight) met += 1;
        score += weight * rarity(word);
      }
      if (!met) continue;
      if (line.path === typed || line.plain === typed) score *= 3;
      score *= (met / words.length) ** 1.5 * bonus[line.group] * (1 - Math.min(line.depth, 8) * 0.015);
      found.push([score, line]);
    }
    found.sort((a, b) => b[0] - a[0] || a[1].order - b[1].order);
    return found.slice(0, MOST).map(([, line]) => line);
  };

  let chosen = -1;
  const options = () => list.querySelectorAll("[role=option]");
  const choose = (next) => {
    const all = options();
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === next)));
    chosen = next;
    if (next >= 0 && all[next]) {
      input.setAttribute("aria-activedescendant", all[next].id);
      all[next].scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  };
  const span = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  };
  const show = () => {
    const query = input.value;
    list.replaceChildren();
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    if (!query.trim()) {
      status.textContent = "";
      return close();
    }
    const found = search(query);
    found.forEach((line, at) => {
      const option = document.createElement("li");
      option.id = `result-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.href = line.href;
      const name = span("div", "name", "");
      name.append(span("code", "", line.name), span("span", "within", line.within ? `in ${line.within}` : ""), span("span", "group", line.group));
      option.append(name, span("div", "doc", line.doc.replaceAll("`", "")));
      list.append(option);
    });
    status.textContent = found.length === 1 ? "1 result" : `${found.length || "No"} results`;
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
    if (found.length) choose(0);
  };
  const go = (option) => {
    if (!option) return;
    close();
    window.location.href = option.dataset.href;
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", () => { if (input.value.trim()) show(); });
  input.addEventListener("keydown", (event) => {
    const all = options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) show();
      if (!all.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose((chosen + step + all.length) % all.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(all[Math.max(chosen, 0)]);
    } else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      close();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  document.addEventListener("click", (event) => { if (!event.target.closest(".search")) close(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
})();
