document.documentElement.classList.add("js");
for (const slider of document.querySelectorAll(".compare input")) {
  const stage = slider.closest(".stage");
  const tell = () => {
    stage.style.setProperty("--at", slider.value + "%");
    slider.setAttribute("aria-valuetext", slider.value + " % before, " + (100 - slider.value) + " % after");
  };
  slider.addEventListener("input", tell);
  tell();
}
for (const views of document.querySelectorAll(".views")) {
  const panes = [...views.parentElement.querySelectorAll(".pane")];
  const choose = (name) => { for (const pane of panes) pane.hidden = pane.dataset.view !== name; };
  views.addEventListener("change", (event) => choose(event.target.value));
  choose(views.querySelector(":checked").value);
}
