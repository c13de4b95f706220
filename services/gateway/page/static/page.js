// The pages work without this. It adds live filings, keys, the pane and the dialog without reload, copying, the theme.
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private mode */ } };
const recall = name => { try { return localStorage.getItem(name); } catch { return null; } };
const load = async (address, signal) => {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal });
  if (!answer.ok && answer.status !== 422) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};
const wide = () => matchMedia("(min-width: 1201px)").matches;
const eastern = new Intl.DateTimeFormat("en-GB", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit" });
const clock = () => eastern.format(new Date());

// theme: a cookie, so that the server's next page is right from its first paint
$("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
});

// pane
const split = $(".split");
let opening;
async function openPane(address, focus = true) {
  opening?.abort();
  opening = new AbortController();
  const signal = opening.signal;
  const slow = setTimeout(() => $("#pane")?.classList.add("waiting"), 300);
  try {
    const page = await load(address, signal);
    const pane = $("#pane", page);
    if (!pane) { location.href = address; return; }
    $("#pane")?.remove();
    split.append(pane);
    split.classList.add("open");
    select(pane.dataset.filing);
    history.pushState(null, "", address);
    if (focus) $("h2", pane)?.focus({ preventScroll: true });
  } catch (error) {
    if (error.name !== "AbortError") location.href = address;
  } finally { clearTimeout(slow); $("#pane")?.classList.remove("waiting"); }
}
function closePane() {
  const pane = $("#pane");
  if (!pane || !split) return false;
  opening?.abort();
  const address = $(".close", pane)?.href;
  const row = $(".tape tr.on");
  pane.remove();
  split.classList.remove("open");
  select(null);
  if (address) history.pushState(null, "", address);
  $(".open", row ?? document)?.focus();
  return true;
}
function select(filing) {
  for (const row of all(".tape tr.row")) {
    const on = row.dataset.filing === filing;
    row.classList.toggle("on", on);
    if (on) row.scrollIntoView({ block: "nearest" });
  }
}
addEventListener("popstate", () => location.reload());

// dialog
const dialog = $("#dialog");
async function openDialog(address) {
  try {
    const part = $("#subscribe", await load(address));
    if (!part) throw new Error("no dialog");
    dialog.replaceChildren(part);
    if (!dialog.open) dialog.showModal();
    $("h1", dialog).id = "dialog-title";
  } catch { location.href = address; }
}
let typing;
dialog.addEventListener("input", event => {
  const form = event.target.closest("#conditions");
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const given = [...new FormData(form)].filter(([, value]) => value);
    const page = await load(`/subscribe?${new URLSearchParams(given)}`).catch(() => null);
    if (!page || !$("#subscribe", page)) return;
    for (const selector of ["#words", "#chips", "#would", ".ways"]) $(selector, dialog).replaceWith($(selector, page));
    $("[name=filter]", dialog).value = $("[name=filter]", page).value;
  }, 250);
});

// clicks: the links as they are, but without loading the whole page
document.addEventListener("click", async event => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    return;
  }
  if (event.target.closest("dialog .close") || event.target === dialog) { dialog.close(); return; }
  const link = event.target.closest("a");
  if (!link) return;
  const take = action => { event.preventDefault(); action(); };
  if (split && wide() && link.matches(".tape .open, #pane .filed a:not(.close)")) take(() => openPane(link.href));
  else if (split && link.matches("#pane .close")) take(closePane);
  else if (link.matches(".subscribe, dialog .chips a")) take(() => openDialog(link.href));
});
document.addEventListener("change", event => { if (event.target.id === "holding") event.target.form.submit(); });

// keys
const help = $("#help");
const keysOn = $("#keys-on");
keysOn.checked = recall("keys") !== "off";
keysOn.addEventListener("change", () => remember("keys", keysOn.checked ? "on" : "off"));
function step(by) {
  const links = all(".tape .open");
  const focused = links.indexOf(document.activeElement);
  const now = focused >= 0 ? focused : links.findIndex(link => link.closest("tr").classList.contains("on"));
  const next = links[Math.max(0, Math.min(links.length - 1, now < 0 ? 0 : now + by))];
  if (!next) return;
  if ($("#pane") && split && wide()) openPane(next.href, false).then(() => next.focus());
  else { next.focus(); next.closest("tr").scrollIntoView({ block: "nearest" }); }
}
const keys = {
  j: () => step(1), k: () => step(-1), n: () => showNew(), s: () => $(".subscribe")?.click(),
  "/": () => $(".find input").focus(), "?": () => help.showModal(),
};
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && !$("dialog[open]")) { if (closePane()) event.preventDefault(); return; }
  if (!keysOn.checked || $("dialog[open]") || event.target.closest("input, select, textarea, [contenteditable]")) return;
  const action = keys[event.key.toLowerCase()];
  if (action) { event.preventDefault(); action(); }
});

// live: what arrives waits in the bar; it enters when nobody is reading the list
const status = $("#live");
const bar = $("#bar");
const waiting = new Map();
let lastPaint = 0, painting, lostAt, idleSince = Date.now(), spoken = 0;
function state(word, detail, off) {
  $("b", status).textContent = word;
  $("span", status).textContent = detail;
  status.classList.toggle("off", off);
}
function paint() {
  if (!bar) return;
  clearTimeout(painting);
  const wait = lastPaint + 1000 - Date.now();
  if (wait > 0) { painting = setTimeout(paint, wait); return; }
  lastPaint = Date.now();
  const count = waiting.size;
  bar.classList.toggle("news", count > 0);
  $("button", bar).hidden = !count;
  $("b", bar).textContent = count ? `${count} new filing${count > 1 ? "s" : ""}` : "Up to date";
  const names = [...new Set(waiting.values())];
  $("span", bar).textContent = !count ? `${clock()} ET` : count > 200 ? "Reload to see them" : names.slice(0, 8).join(", ");
  if (count && Date.now() - spoken > 10000) { spoken = Date.now(); $("#status").textContent = $("b", bar).textContent; }
}
async function showNew() {
  if (!waiting.size) return;
  if (waiting.size > 200 || new URLSearchParams(location.search).has("before")) {
    const address = new URL(location.href);
    address.searchParams.delete("before");
    location.href = address;
    return;
  }
  const known = new Set(all(".tape tr.row").map(row => row.dataset.filing));
  const page = await load(location.href).catch(() => null);
  if (!page || !$("#tape", page)) return;
  waiting.clear();
  for (const part of ["#tape", "#total"]) $(part).replaceWith($(part, page));
  for (const row of all(".tape tr.row")) if (!known.has(row.dataset.filing)) row.classList.add("fresh");
  paint();
}
function follow(address, newest) {
  const stream = new EventSource(newest ? `${address}${address.includes("?") ? "&" : "?"}after=${newest}` : address);
  const lost = () => {
    lostAt ??= Date.now();
    const at = eastern.format(lostAt);
    if (stream.readyState === EventSource.CLOSED || Date.now() - lostAt > 300000) {
      state("Not live", `since ${at} ET`, true);
      notice(`No stream since ${at} ET. What you see is complete up to then.`);
    } else {
      if (Date.now() - lostAt > 3000) state("Reconnecting", "nothing is lost", true);
      if (Date.now() - lostAt > 10000) notice(`The stream ended at ${at} ET. It goes on after the last alert you have.`);
    }
  };
  stream.addEventListener("open", () => { lostAt = undefined; notice(""); state("Live", status.dataset.newest ?? "", false); paint(); });
  stream.addEventListener("error", lost);
  stream.addEventListener("reset", () => { stream.close(); notice("The tape was built anew. Reload to see it."); });
  stream.addEventListener("holding_changed", event => {
    const alert = JSON.parse(event.data);
    if (alert.owner_index) return;
    waiting.set(alert.filing.filing_id, alert.issuer.tickers[0] ?? alert.issuer.name);
    status.dataset.newest = `last filing ${clock()} ET`;
    state("Live", status.dataset.newest, false);
    paint();
  });
  setInterval(() => {
    if (lostAt) lost();
    if (!bar) return;
    const list = $("#tape");
    const read = scrollY > 0 || $("#pane") || list.matches(":hover") || list.contains(document.activeElement) || $("dialog[open]");
    if (read) idleSince = Date.now();
    else if (waiting.size && Date.now() - idleSince > 2000) showNew();
  }, 1000);
}
const behind = $("#notice span")?.textContent;
function notice(text) {
  const place = $("#notice");
  if (!place) return;
  $("span", place).textContent = text || behind;
  place.hidden = !(text || behind);
}
status.dataset.newest = $("span", status).textContent;
if (bar) {
  $("button", bar).addEventListener("click", showNew);
  $("#notice button").addEventListener("click", () => location.reload());
}
follow(document.body.dataset.stream, document.body.dataset.newest);
