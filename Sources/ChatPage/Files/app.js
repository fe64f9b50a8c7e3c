// The page: puts its parts together.
import { ConversationList } from "./conversation-list.js";
import { Directory } from "./directory.js";
import { el } from "./dom.js";
import { ParleyClient, ParleyError } from "./parley-client.js";
import { Pickers } from "./pickers.js";
import * as words from "./words.js";

const $ = (id) => document.getElementById(id);
const on = (id, type, act) => $(id).addEventListener(type, act);

/** A browser may forbid its storage, which then throws when it is looked at. */
const careful = (kind) => new Proxy({}, {
  get: (_, name) => (...given) => { try { return globalThis[kind][name](...given); } catch { return null; } },
});
const storage = careful("localStorage");
const tab = careful("sessionStorage");

const client = new ParleyClient({ url: new URL(".", location.href).href, storage });
const directory = new Directory(client);
const list = new ConversationList(storage);
const pickers = new Pickers(directory, [$("project"), $("milestone"), $("story")], storage, () => {
  $("place").replaceChildren(...pickers.titles.flatMap((text, index) => [index ? " · " : "", el("bdi", {}, text)]));
  showComposer();
}, (error) => error.code === "unauthorized" ? signIn() : tell(error));
/** The conversations that were shown. */
const open = new Map();
let session = client.newSession();
/** The conversation of the session, once there is something to show. */
let current = null;
let setup = null;
let user = null;

// Conversations

const page = {
  changed() {
    showComposer();
    showList();
  },
  say: (text) => { $("said").textContent = text; },
  signIn,
};

async function show(next, isStored) {
  session = next;
  current = open.get(session.id);
  $("threads").replaceChildren(...(current ? [current.node] : []));
  isAtEnd = true;
  page.changed();
  if (isStored && !current) (await conversation())?.restore();
}

/** The conversation of the session. What draws it is fetched when the first one is needed. */
async function conversation() {
  const wanted = session;
  try {
    const { Conversation } = await import("./conversation.js");
    const found = open.get(wanted.id) ?? new Conversation(wanted, page);
    open.set(wanted.id, found);
    if (session === wanted) {
      current = found;
      $("threads").replaceChildren(found.node);
    }
    tell(null);
    return found;
  } catch {
    tell(new ParleyError("network", "The page is not whole"));
    return null;
  }
}

/** What a reload of this tab shows again. */
const remember = (id) => tab.setItem("parley:current", id);

function choose(session, isStored) {
  openMenu(false);
  show(session, isStored);
  remember(isStored ? session.id : "");
}

function begin() {
  choose(client.newSession(), false);
  $("prompt").focus();
}

async function remove({ id, title }) {
  if (!confirm(`Delete “${title}”? What was created in Taiga stays.`)) return;
  try {
    await client.session(id).clear();
  } catch (error) {
    return alert(words.problem(error));
  }
  list.remove(id);
  open.get(id)?.stop();
  open.delete(id);
  if (session.id === id) begin();
  else showList();
}

function showList() {
  $("conversations").replaceChildren(...list.all.map((one) => el("li", {},
    el("button", {
      class: "link", "aria-current": one.id === session.id && "true",
      onclick: () => choose(client.session(one.id), true),
    }, el("bdi", {}, one.title),
    open.get(one.id)?.run && el("span", { class: "busy", role: "img", "aria-label": "working" })),
    el("button", { class: "icon", "aria-label": `Delete ${one.title}`, onclick: () => remove(one) }, "×"))));
}

// The end of the conversation stays in view, unless the reader has gone elsewhere.

let isAtEnd = true;
let lastTop = 0;
const scroller = $("scroller");
const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };
new ResizeObserver(() => isAtEnd && toEnd()).observe($("threads"));
scroller.addEventListener("scroll", () => {
  const top = scroller.scrollTop;
  if (scroller.scrollHeight - top - scroller.clientHeight < 60) isAtEnd = true;
  else if (top < lastTop) isAtEnd = false;
  lastTop = top;
  $("latest").hidden = isAtEnd;
}, { passive: true });
on("latest", "click", toEnd);

// The composer

function showComposer() {
  const isRunning = Boolean(current?.run);
  // Whoever has pressed the one finds the other in its place.
  const wasThere = [$("send"), $("stop")].includes(document.activeElement);
  $("send").hidden = isRunning;
  $("stop").hidden = !isRunning;
  $("send").disabled = !user || !pickers.place;
  if (wasThere) $(isRunning ? "stop" : "send").focus();
}

on("composer", "submit", async (event) => {
  event.preventDefault();
  const text = $("prompt").value.trim();
  if (!text || current?.run || $("send").disabled) return;
  const target = await conversation();
  if (!target || target.run) return;
  $("prompt").value = "";
  list.use(target.session.id, text);
  remember(target.session.id);
  isAtEnd = true;
  target.send(text, { ...pickers.place, user_context: user });
});
on("prompt", "input", () => current ?? conversation());
on("prompt", "keydown", (event) => {
  // A key that ends the input of a character is none of ours; on a phone, Enter is for new lines.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
on("stop", "click", () => current.stop());
on("new", "click", begin);

// The side with conversations and choices: a drawer on a phone

const isPhone = matchMedia("(max-width: 800px)");

function openMenu(isOpen) {
  if ($("side").classList.contains("open") === isOpen) return;
  $("side").classList.toggle("open", isOpen);
  $("menu").setAttribute("aria-expanded", isOpen);
  $("main").inert = isOpen && isPhone.matches;
  $(isOpen ? "close" : "menu").focus();
}
on("menu", "click", () => openMenu(true));
for (const id of ["close", "shade"]) on(id, "click", () => openMenu(false));
document.addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));
isPhone.addEventListener("change", () => openMenu(false));

// Who uses the page

async function signIn() {
  if (setup?.sign_in !== "taiga") return;
  const { askToSignIn } = await import("./sign-in.js");
  askToSignIn(directory, enter);
}

function enter(someone) {
  const remembered = !user && tab.getItem("parley:current");
  user = someone;
  $("user").textContent = user.username;
  if (!isPhone.matches) $("prompt").focus();
  if (remembered) show(client.session(remembered), true);
  pickers.fill(setup);
}

function tell(error) {
  $("offline").hidden = !error;
  $("offline").textContent = error ? words.problem(error) : "";
}

async function start() {
  show(session, false);
  for (let pause = 1000; !setup; pause = Math.min(15000, pause * 2)) {
    try {
      setup = await directory.setup();
      tell(null);
    } catch (error) {
      tell(error);
      await client.sleep(pause);
    }
  }
  if (setup.user) enter(setup.user);
  else signIn();
}

// The network is back, or the page is seen again: what waits goes on now.
addEventListener("online", () => client.wake());
document.addEventListener("visibilitychange", () => document.hidden || client.wake());
addEventListener("storage", () => {
  list.read();
  showList();
});
start();
