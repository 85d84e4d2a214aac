// The editor: CodeMirror with YAML and Python, and marks where findings are.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const LANGUAGES = { yaml, py: python, ipynb: yaml, json: yaml };
const SEVERITY = { error: "error", warning: "warning", note: "info" };

/** Return an editor in `parent`; `changed` is called after every change. */
export function createEditor(parent, changed) {
  const language = new Compartment();
  let current = "";
  const view = new EditorView({
    parent,
    extensions: [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      EditorView.lineWrapping,
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      syntaxHighlighting(classHighlighter),
      EditorState.tabSize.of(4),
      EditorView.contentAttributes.of({ "aria-label": "Model, as YAML or Keras code" }),
      keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
      language.of([]),
      EditorView.updateListener.of((update) => update.docChanged && changed()),
    ],
  });

  view.scrollDOM.tabIndex = 0; // the keyboard scrolls it

  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    /** Colour the text as what a file with this suffix holds. */
    set suffix(suffix) {
      if (suffix === current) return;
      current = suffix;
      const extension = LANGUAGES[suffix]?.() ?? [];
      view.dispatch({ effects: language.reconfigure(extension) });
    },
    /** Mark the places of findings. */
    mark(findings) {
      const diagnostics = findings.filter((each) => each.line).map((each) => ({
        ...range(view.state.doc, each),
        severity: SEVERITY[each.level],
        message: [each.message, each.remedy].filter(Boolean).join("; "),
      }));
      view.dispatch(setDiagnostics(view.state, diagnostics.sort((one, other) => one.from - other.from)));
    },
    /** Put the cursor where a finding is. */
    goTo(finding) {
      const { from, to } = range(view.state.doc, finding);
      view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
  };
}

/** Return where a finding stands; the text may have changed since. */
function range(doc, { line, start, end }) {
  const { from, to } = doc.line(Math.min(line, doc.lines));
  return { from: Math.min(from + start, to), to: Math.min(from + Math.max(end, start + 1), to) };
}
