// Figures and spans of time as the page's language writes them.

const language = document.documentElement.lang || "en";
const figures = new Intl.NumberFormat(language === "fa" ? "fa" : language);

/** A count in the digits of the page's language. */
export const figure = (value) => figures.format(value);

const two = (value) => String(value).padStart(2, "0");

/** m:ss, or h:mm:ss: always in Latin digits, as on a stopwatch that everybody on the desk reads. */
export function span(ms) {
  const s = Math.floor(ms / 1000);
  const h = Math.floor(s / 3600);
  return (h ? h + ":" + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ":" + two(s % 60);
}

/** `text` with Persian and Arabic figures as Latin ones: what keyboards of those languages write. */
export const latin = (text) => text.replace(/[\u06f0-\u06f9\u0660-\u0669]/g, (one) => one.charCodeAt(0) & 15);
