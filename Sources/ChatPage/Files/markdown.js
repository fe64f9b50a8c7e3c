// A small part of Markdown, as text nodes and a few elements: paragraphs, lists, bold, italics, code, links.
// A text can grow: what is whole is drawn once, and only the line that is still being written is drawn again.
import { el } from "./dom.js";

/** A line is drawn in parts of so many characters, so that drawing it again stays cheap. */
const LINE = 2000;
/** A block goes on in another one behind so many characters: browsers lay out whole blocks. */
const BLOCK = 16000;
const INLINE = new RegExp([
  "`(?<code>[^`]+)`",
  "\\*\\*(?<bold>\\S(?:.*?\\S)?)\\*\\*",
  "(?<![\\w*])\\*(?<star>[^\\s*](?:[^*]*[^\\s*])?)\\*(?![\\w*])",
  "(?<![\\w_])_(?<bar>[^\\s_](?:[^_]*[^\\s_])?)_(?![\\w_])",
  "\\[(?<label>[^\\]]+)\\]\\((?<target>[^\\s)]+)\\)",
  "(?<link>https?://[^\\s<>\"'`*]*[^\\s<>\"'`*.,;:!?)])",
].join("|"), "g");

export class Markdown {
  #root;
  #line = "";
  #open = { kind: null, block: null, inside: null, size: 0 };
  /** Whether the line goes on with one that was drawn in part. */
  #continues = false;
  /** What is drawn of the line that is not whole yet: to be taken back. */
  #draft = [];
  #before = null;

  constructor(root) {
    this.#root = root;
  }

  append(text) {
    this.#takeBack();
    const lines = (this.#line + text).split(/\r\n|\n|\r/);
    this.#line = lines.pop();
    for (const line of lines) {
      this.#draw(this.#cut(line));
      this.#continues = false;
    }
    this.#line = this.#cut(this.#line);
    this.#before = { open: { ...this.#open }, continues: this.#continues };
    const made = [];
    this.#draft = made;
    if (this.#line) this.#draw(this.#line, made);
  }

  /** Draws what is too long of a line; the rest of it. */
  #cut(line) {
    while (line.length > LINE) {
      const space = line.lastIndexOf(" ", LINE);
      let end = space > LINE / 2 ? space + 1 : LINE;
      // Not between the two halves of a character.
      if (/[\uD800-\uDBFF]/.test(line[end - 1])) end -= 1;
      this.#draw(line.slice(0, end));
      this.#continues = true;
      line = line.slice(end);
    }
    return line;
  }

  #takeBack() {
    for (const node of this.#draft) node.remove();
    this.#draft = [];
    if (this.#before) [this.#open, this.#continues] = [this.#before.open, this.#before.continues];
    this.#before = null;
  }

  /** Draws a line; the nodes that it adds are noted in `made`. */
  #draw(line, made = []) {
    const put = (parent, node) => {
      parent.append(node);
      made.push(node);
      return node;
    };
    const open = this.#open;
    if (open.kind === "code") return this.#drawCode(line, put);
    if (this.#continues && open.inside) return this.#add(line, put, false);
    const fence = /^\s*(```+|~~~+)\s*[\w+#.-]*\s*$/.exec(line);
    const item = /^(\s*)(?:[-*+•]|(\d{1,9})[.)])\s+(.*)$/.exec(line);
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line);
    if (fence) {
      const block = put(this.#root, el("pre", { dir: "ltr", tabindex: "0", role: "group", "aria-label": "Code" }));
      Object.assign(open, { kind: "code", block, inside: put(block, el("code")), size: 0, fence: fence[1] });
    } else if (!line.trim()) {
      // A blank line ends a paragraph; a list may go on behind it.
      if (open.kind !== "list") Object.assign(open, { kind: null, inside: null });
      else open.inside = null;
    } else if (item) {
      const [, indent, number, text] = item;
      const name = number ? "OL" : "UL";
      if (open.kind !== "list" || (open.block.nodeName !== name && !indent)) {
        Object.assign(open, { kind: "list", block: put(this.#root, el(name, number ? { start: number } : {})) });
      }
      const depth = Math.min(3, Math.floor(indent.replaceAll("\t", "    ").length / 2));
      Object.assign(open, { inside: put(open.block, el("li", { dir: "auto", "data-depth": depth || null })), size: 0 });
      this.#add(text, put, false);
    } else if (heading) {
      Object.assign(open, { kind: null, inside: put(this.#root, el("p", { dir: "auto", class: "heading" })), size: 0 });
      this.#add(heading[1], put, false);
      open.inside = null;
    } else if (open.inside) {
      this.#add(line.trim(), put, true);
    } else {
      Object.assign(open, { kind: "p", inside: put(this.#root, el("p", { dir: "auto" })), size: 0 });
      this.#add(line.trim(), put, false);
    }
  }

  #drawCode(line, put) {
    const open = this.#open;
    if (!this.#continues && line.trim() === open.fence) return void Object.assign(open, { kind: null, inside: null });
    if (open.size > BLOCK) Object.assign(open, { inside: put(open.block, el("code")), size: 0 });
    const isFirst = !open.size;
    open.size += line.length + 1;
    put(open.inside, document.createTextNode((isFirst || this.#continues ? "" : "\n") + line));
  }

  /** Adds to the open block, or to another one like it when that has become too large. */
  #add(text, put, isNewLine) {
    const open = this.#open;
    if (open.size > BLOCK) {
      Object.assign(open, { kind: "p", inside: put(this.#root, el("p", { dir: "auto", class: "more" })), size: 0 });
    } else if (isNewLine) {
      put(open.inside, el("br"));
    }
    open.size += text.length + 1;
    for (const node of inline(text)) put(open.inside, node);
  }
}

/** The nodes of a line. */
function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const { code, bold, star, bar, label, target, link } = match.groups;
    const url = target ?? link;
    if (url && !/^https?:\/\//i.test(url)) continue;
    if (match.index > end) nodes.push(document.createTextNode(text.slice(end, match.index)));
    end = match.index + match[0].length;
    if (code) nodes.push(el("code", { dir: "auto" }, code));
    else if (bold) nodes.push(el("strong", {}, ...inline(bold)));
    else if (url) nodes.push(anchor(url, label));
    else nodes.push(el("em", {}, ...inline(star ?? bar)));
  }
  if (end < text.length) nodes.push(document.createTextNode(text.slice(end)));
  return nodes;
}

function anchor(url, label = url) {
  const link = { href: url, rel: "noopener noreferrer nofollow", target: "_blank", dir: "auto" };
  return el("a", { ...link, title: label === url ? null : url }, label);
}
