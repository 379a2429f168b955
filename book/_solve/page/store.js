/* What the reader has written, kept in this browser: a text for each solution cell, and versions to go back to.
   Every change is written at once, and other tabs take it over at once, so no tab overwrites what it has not shown. */
import { say } from "./words.js";

const VERSIONS = 30;
const FULL = say("This browser’s storage is full, so what you write is in this tab alone. Download the notebook before you close it.");
const OFF = say("This browser keeps nothing for this site (a private window, or site data switched off). Download the notebook before you close this tab.");

export class Store {
  /** place: what tells this site's assignment from another's; released: by cell, the text that students get. */
  constructor(place, released, onProblem) {
    Object.assign(this, { prefix: `solve:${place}:`, released, onProblem, seen: {}, here: new Map() });
    try {
      localStorage.setItem(`${this.prefix}probe`, "1");
      localStorage.removeItem(`${this.prefix}probe`);
      this.storage = localStorage;
    } catch (error) {
      this.storage = null;
      onProblem(error.name === "QuotaExceededError" ? FULL : OFF);
    }
    for (const id of Object.keys(released)) this.seen[id] = this.read(id);
  }

  get(key) {
    const kept = this.storage?.getItem(this.prefix + key);
    return this.here.get(key) ?? kept ?? null;
  }

  /** Writes, and makes room by letting the oldest versions go; what still finds none stays in this tab. */
  set(key, text) {
    for (let tries = 0; this.storage && tries <= VERSIONS; tries += 1) {
      try {
        if (text === null) this.storage.removeItem(this.prefix + key);
        else this.storage.setItem(this.prefix + key, text);
        this.here.delete(key);
        return;
      } catch {
        const kept = this.versions();
        if (!kept.length || key === "versions") break;
        this.set("versions", JSON.stringify(kept.slice(0, -1)));
      }
    }
    if (text === null) this.here.delete(key);
    else this.here.set(key, text);
    if (this.storage) this.onProblem(FULL);
  }

  /** What is written in a cell. */
  read(id) {
    return this.get(`cell:${id}`) ?? this.released[id];
  }

  write(id, text) {
    const stored = this.read(id);
    if (stored !== this.seen[id] && stored !== text) {
      this.keep(say("what another tab had written"), { [id]: stored });
    }
    this.seen[id] = text;
    this.set(`cell:${id}`, text === this.released[id] ? null : text);
  }

  all() {
    return Object.fromEntries(Object.keys(this.released).map((id) => [id, this.read(id)]));
  }

  /** Newest first: {when, why, cells}. */
  versions() {
    try {
      return JSON.parse(this.get("versions") ?? "[]");
    } catch {
      return []; // somebody else's words under our name
    }
  }

  /** Keeps a version, unless it says what the last one did, or nothing is written. */
  keep(why, cells = this.all()) {
    const written = Object.fromEntries(Object.entries(cells).filter(([id, text]) => text !== this.released[id]));
    const kept = this.versions();
    if (!Object.keys(written).length || JSON.stringify(kept[0]?.cells) === JSON.stringify(written)) return;
    this.set("versions", JSON.stringify([{ when: Date.now(), why, cells: written }, ...kept].slice(0, VERSIONS)));
  }

  erase() {
    for (const id of Object.keys(this.released)) {
      this.seen[id] = this.released[id];
      this.set(`cell:${id}`, null);
    }
    this.set("versions", null);
  }

  /** Calls back with (id, text) for what another tab has written since this one last looked. */
  follow(onChange) {
    const look = () => {
      for (const id of Object.keys(this.released)) {
        const text = this.read(id);
        if (text !== this.seen[id]) {
          this.seen[id] = text;
          onChange(id, text);
        }
      }
    };
    addEventListener("storage", (event) => { if (event.key === null || event.key.startsWith(this.prefix)) look(); });
    // A tab that slept has missed the events.
    document.addEventListener("visibilitychange", look);
    addEventListener("pageshow", look);
  }
}
