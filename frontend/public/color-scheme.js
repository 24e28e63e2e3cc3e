// External, because the content security policy allows no inline script. Runs before the first
// paint, so that the page never flashes in the other scheme.
(function () {
  var scheme = null;
  try {
    scheme = window.localStorage.getItem("coach-color-scheme");
  } catch (error) {
    scheme = null; // storage switched off: the system's preference decides
  }
  if (scheme !== "light" && scheme !== "dark") {
    scheme = window.matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
})();
