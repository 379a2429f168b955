/* Words in the page's language: a translated book has courseWords (course-words.js), an English one has none. */

/** A text, with values in its {gaps}. */
export function say(text, values = {}) {
  const words = globalThis.courseWords ? globalThis.courseWords(text) : text;
  return words.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}
