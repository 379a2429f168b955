/* The button that opens an assignment in its page: <solve-here name="padding" base="../solve/" book="../" mb="10">words without scripts</solve-here>.
   Until it is pressed nothing of Python or of the editor is fetched: all that is in solve/. */
(function () {
  "use strict";
  if (!window.customElements || customElements.get("solve-here")) return;

  /** A text in the page's language, with values in its {gaps}. A translated book defines courseWords. */
  function say(text, values) {
    return (window.courseWords ? window.courseWords(text) : text).replace(/\{(\w+)\}/g, function (gap, name) { return values ? values[name] : gap; });
  }

  function serving(path) {
    return say("This page was opened from the disk, and browsers run Python only in pages that a server sends. In the course’s folder, " +
      "make serve is one (in an unpacked site: python3 -m http.server --bind 127.0.0.1); then open {address}.", { address: "http://127.0.0.1:8000/" + path });
  }

  function manifestOf(base) {
    return fetch(base + "manifest.json", { cache: "no-cache" }).then(function (response) {
      if (!response.ok) throw new Error(say("The site answered {status} for {file}: it was not copied whole. The downloaded notebook works.", { status: response.status, file: "solve/manifest.json" }));
      return response.json();
    }, function () {
      throw new Error(say("The site does not answer: is there a network? The notebook can be downloaded and solved without one."));
    });
  }

  /* What every part of the page that runs Python shares: the manifest and the bundled scripts, fetched on the first click. */
  var loading = null;
  function load(base) {
    if (!loading) {
      loading = manifestOf(base).then(function (manifest) {
        return import(new URL(manifest.page + "page.js", base).href).then(function (module) {
          return { manifest: manifest, module: module };
        }, function () {
          throw new Error(say("The page’s scripts could not be loaded: the site was built anew, or the browser is too old. Load the page again."));
        });
      });
      loading.catch(function () { loading = null; });
    }
    return loading;
  }
  window.solveHere = { load: load, serving: serving };

  customElements.define("solve-here", class extends HTMLElement {
    connectedCallback() {
      if (this.button) return;
      var element = this;
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.className = "solve-open";
      this.button.textContent = say("Solve it here");
      this.words = document.createElement("span");
      this.words.className = "solve-words";
      this.words.setAttribute("role", "status");
      this.words.textContent = say("Nothing to install: Python comes into this page, {mb} MB the first time.", { mb: this.getAttribute("mb") });
      this.replaceChildren(this.button, this.words);
      this.button.addEventListener("click", function () { element.open(); });
      if (location.protocol !== "file:") this.offerCells();
    }

    where() {
      return { base: new URL(this.getAttribute("base"), document.baseURI).href, name: this.getAttribute("name"), book: this.getAttribute("book") };
    }

    /* A button below each cell of the chapter that runs here; why the others do not is said once one has been pressed. */
    offerCells() {
      var element = this, kinds = this.getAttribute("cells") || "";
      var shown = Array.from(document.querySelectorAll(".bd-article div.cell")).filter(function (cell) { return cell.querySelector(".cell_input"); });
      if (shown.length !== kinds.length) return;
      shown.forEach(function (cell, at) {
        if (kinds[at] === "-") return;
        var button = document.createElement("button");
        button.type = "button";
        button.className = "solve-edit";
        button.textContent = say("Edit and run");
        button.addEventListener("click", function () { element.openCell(shown, at, button); });
        cell.append(button);
      });
    }

    openCell(shown, at, button) {
      var element = this, where = this.where();
      button.disabled = true;
      button.textContent = say("Python is coming …");
      load(where.base).then(function (loaded) {
        element.cells = element.cells || loaded.module.cells(Object.assign({ manifest: loaded.manifest }, where));
        element.cells.catch(function () { element.cells = null; });
        return element.cells;
      }).then(function (cells) {
        button.hidden = true;
        element.sayWhy(shown, cells);
        cells.open(at, shown[at]);
      }).catch(function (error) {
        button.disabled = false;
        button.textContent = say("Edit and run");
        var words = document.createElement("p");
        words.className = "solve-left-out";
        words.setAttribute("role", "alert");
        words.textContent = error.message;
        button.after(words);
      });
    }

    sayWhy(shown, cells) {
      if (this.told) return;
      this.told = true;
      shown.forEach(function (cell, at) {
        if (!cells.told.cells[at].why) return;
        var words = document.createElement("p");
        words.className = "solve-left-out";
        words.textContent = say("This cell stays as it is: {why}.", { why: cells.told.cells[at].why });
        cell.append(words);
      });
    }

    open() {
      var element = this, where = this.where();
      if (location.protocol === "file:") {
        this.words.textContent = serving(decodeURI(new URL(document.baseURI).pathname.split("/").slice(-2).join("/")));
        return;
      }
      this.button.disabled = true;
      this.words.textContent = say("The notebook is coming …");
      load(where.base).then(function (loaded) {
        var host = document.createElement("div");
        element.closest(".assignment").after(host);
        return loaded.module.open(Object.assign({ manifest: loaded.manifest, host: host }, where));
      }).then(function (assignment) {
        element.words.textContent = say("It is open below.");
        element.button.hidden = true;
        assignment.root.tabIndex = -1;
        assignment.root.focus({ preventScroll: true });
        assignment.root.scrollIntoView({ block: "start" });
        element.dispatchEvent(new CustomEvent("solve-open", { bubbles: true, detail: assignment }));
      }).catch(function (error) {
        element.words.textContent = error.message;
        element.button.disabled = false;
      });
    }
  });
})();
