/* Boxes that scroll sideways can be reached by keyboard while, and only while, they have something to scroll. */
(function () {
  "use strict";
  var BOXES = ".drawing, .table-scroll, .pst-scrollable-table-container, .math-scroll, .bd-article pre";
  function update() {
    document.querySelectorAll(BOXES).forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else if (box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
    });
  }
  addEventListener("load", update);
  addEventListener("resize", update);
  document.addEventListener("toggle", update, true);
})();
