// A filter that is changed shows its answer at once; without this script its button does the same.
"use strict";
for (const select of document.querySelectorAll("form.filter[method=get]:not(.flat) select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
// A form is sent once: a second press of its button, before the answer is there, does nothing.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
