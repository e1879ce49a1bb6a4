"use strict";
(() => {
  const PAGE = 50;
  const SYMBOLS = { right: "✓", wrong: "✗", junk: "–", own: "=", unjudged: "" };
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const WORDS = { own: `the ${data.wording.query} itself`, unjudged: "neighbour" };

  const images = data.images.map(([id, landmark, country, continent, picture]) =>
    ({ id, landmark, place: [country, continent].filter(Boolean).join(", "), picture }));
  const queries = data.queries.map(
    ([image, usage, value, gain, positives, missing, results, missed], place) => ({
      image: images[image], usage, value, gain, positives, missing, place,
      results: results.map(([number, verdict, score], row) =>
        ({ image: images[number], verdict: data.verdicts[verdict], score, rank: row + 1 })),
      missed: missed.map(([number, rank]) => ({ image: images[number], verdict: "missed", rank })),
    }));
  for (const query of queries) {
    const { id, landmark, place } = query.image;
    query.text = `${id} ${landmark} ${place}`.toLowerCase();
  }

  const text = (tag, className, content) => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = content;
    return element;
  };
  const decimals = (value) => value.toFixed(4);
  const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(4);
  const address = (image) => `data:image/webp;base64,${image.picture}`;

  // The order of queries. Those without a value come last.
  const first = (query) => (query.results.length ? query.results[0].score : null);
  const up = (key) => (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === null || b === null) return (a === null) - (b === null) || one.place - other.place;
    return (a > b) - (a < b) || one.place - other.place;
  };
  const down = (key) => up((query) => (key(query) === null ? null : -key(query)));
  const ORDERS = {
    table: up((query) => query.place),
    id: up((query) => query.image.id),
    lowest: up((query) => query.value),
    highest: down((query) => query.value),
    lost: up((query) => query.gain),
    gained: down((query) => query.gain),
    alike: down(first),
    positives: down((query) => query.positives),
  };

  // A tile is a picture with its caption; an item is what it shows, for the enlarged view.
  const tile = (item, items) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `tile ${item.verdict}`;
    if (item.image.picture) {
      const picture = document.createElement("img");
      picture.loading = "lazy";
      picture.alt = item.image.id;
      picture.src = address(item.image);
      button.append(picture);
    } else {
      button.append(text("span", "none", item.image.id));
    }
    const caption = text("span", "caption", "");
    caption.append(text("b", "", SYMBOLS[item.verdict] ?? ""), ` ${item.caption}`);
    button.append(caption);
    button.setAttribute("aria-label", `${item.words}: ${item.image.id}`);
    button.addEventListener("click", () => enlarge(items, items.indexOf(item)));
    return button;
  };

  const items = (query) => [
    { ...query, image: query.image, verdict: "query", caption: data.wording.query, words: data.wording.query },
    ...query.results.map((result) => ({
      ...result,
      caption: `${result.rank} ${result.score === null ? "" : result.score.toFixed(3)}`,
      words: `${WORDS[result.verdict] ?? result.verdict}, rank ${result.rank}`,
    })),
    ...query.missed.map((missed) => ({
      ...missed,
      caption: missed.rank ? `? rank ${missed.rank}` : "? not found",
      words: missed.rank ? `positive, found at rank ${missed.rank}` : "positive that is not found",
    })),
  ];

  const card = (query) => {
    const section = document.createElement("article");
    section.className = "card";
    section.tabIndex = -1;
    const title = document.createElement("h3");
    title.append(text("bdi", "", query.image.id));
    const add = (className, content) => title.append(text("span", className, content));
    if (query.image.landmark) add("", query.image.landmark);
    if (query.image.place) add("", query.image.place);
    if (query.value !== null) add("value", `${data.value} ${decimals(query.value)}`);
    if (query.gain !== null) add("value", `gain ${signed(query.gain)}`);
    if (query.value !== null || query.positives) {
      const shown = query.positives - query.missing;
      add("", `${shown} of ${query.positives} positives shown`);
    }
    if (usage) add("", query.usage);
    const tiles = document.createElement("div");
    tiles.className = "tiles";
    const all = items(query);
    tiles.append(...all.map((item) => tile(item, all)));
    if (!query.results.length) tiles.append(text("p", "note", `no ${data.wording.results}`));
    section.append(title, tiles);
    return section;
  };

  const cards = byId("cards"), more = byId("more"), count = byId("count");
  const filter = byId("filter"), usage = byId("usage"), order = byId("order");
  let chosen = [];

  const showMore = () => {
    const start = cards.childElementCount;
    cards.append(...chosen.slice(start, start + PAGE).map(card));
    more.hidden = cards.childElementCount >= chosen.length;
  };
  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    chosen = queries
      .filter((query) => words.every((word) => query.text.includes(word)))
      .filter((query) => !usage || !usage.value || query.usage === usage.value)
      .sort(ORDERS[order.value]);
    count.textContent = `${chosen.length.toLocaleString("en")} of ${queries.length.toLocaleString("en")} ${queries.length === 1 ? data.wording.query : data.wording.queries}`;
    cards.replaceChildren();
    showMore();
  };
  filter.addEventListener("input", show);
  order.addEventListener("change", show);
  if (usage) usage.addEventListener("change", show);
  more.addEventListener("click", showMore);

  // The enlarged picture, among those of its query.
  const large = byId("large");
  let around = [], at = 0;
  const enlarge = (all, place) => {
    [around, at] = [all, (place + all.length) % all.length];
    const item = around[at], picture = byId("large-picture");
    picture.hidden = !item.image.picture;
    byId("large-none").hidden = Boolean(item.image.picture);
    if (item.image.picture) picture.src = address(item.image);
    else picture.removeAttribute("src");
    picture.alt = item.image.id;
    large.querySelector(".frame").className = `frame ${item.verdict}`;
    byId("large-title").textContent = item.image.id;
    const facts = [["shown as", item.words]];
    if (item.image.landmark) facts.push(["landmark", item.image.landmark]);
    if (item.image.place) facts.push(["place", item.image.place]);
    if (typeof item.score === "number") facts.push(["score", item.score.toFixed(4)]);
    byId("large-facts").replaceChildren(
      ...facts.flatMap(([name, value]) => [text("dt", "", name), text("dd", "", value)]));
    if (!large.open) large.showModal();
  };
  byId("previous").addEventListener("click", () => enlarge(around, at - 1));
  byId("next").addEventListener("click", () => enlarge(around, at + 1));
  byId("close").addEventListener("click", () => large.close());
  large.addEventListener("click", (event) => { if (event.target === large) large.close(); });

  const step = (by) => {
    const all = [...cards.children];
    const now = all.indexOf(document.activeElement.closest(".card"));
    if (now + by >= all.length) showMore();
    const next = cards.children[Math.max(0, now + by)];
    if (next) {
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "start" });
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (large.open) {
      if (event.key === "ArrowLeft") enlarge(around, at - 1);
      if (event.key === "ArrowRight") enlarge(around, at + 1);
      return;
    }
    if (event.target.closest("input, select")) {
      if (event.key === "Escape") {
        event.preventDefault(); // or a search field would lose its text without an event
        event.target.blur();
      }
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      filter.focus();
    }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });

  show();
})();
