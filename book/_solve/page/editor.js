/* The editor of one solution cell. Its colors are the page's, by variables of page.css. */
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword], color: "var(--fig-purple)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--fig-green)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--fig-orange)" },
  { tag: tags.comment, color: "var(--c-soft)", fontStyle: "italic" },
  { tag: tags.function(tags.definition(tags.variableName)), color: "var(--fig-blue)", fontWeight: "600" },
]);

/** Makes an editor. keys: by CodeMirror's name of the key, what it does. */
export function editor({ parent, text, label, describedBy, keys, onChange, readOnly = false }) {
  const bound = Object.entries(keys).map(([key, run]) => ({ key, run: () => (run(), true) }));
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of(bound)),
        lineNumbers(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), syntaxHighlighting(COLORS), python(), indentUnit.of("    "), EditorState.tabSize.of(4),
        EditorState.readOnly.of(readOnly),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": describedBy, tabindex: "0", autocapitalize: "off", autocorrect: "off", spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    text: () => view.state.doc.toString(),
    /** Replaces all of it, which can be undone. */
    replace: (other) => {
      if (other !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: other } });
    },
  };
}
