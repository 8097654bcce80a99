// Tells how far an export has come while the browser downloads it; without script the browser alone tells.
const EVERY_MS = 400;

function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bar and the words, below the list that the link stands in. */
function board() {
  const found = document.getElementById("eksport-fremdrift");
  found.hidden = false;
  return { bar: found.querySelector("progress"), words: found.querySelector("p") };
}

function say(words, text) {
  if (words.textContent !== text) words.textContent = text;
}

async function follow(name, file) {
  const { bar, words } = board();
  bar.removeAttribute("value");
  say(words, `${file}: gør klar`);
  for (let misses = 0; misses < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const answer = await fetch(`/sekretariat/eksport/${name}`, { credentials: "same-origin" }).catch(() => undefined);
    if (!answer?.ok) {
      misses += 1;
      continue;
    }
    misses = 0;
    const { done, all, state } = await answer.json();
    if (all > 0) {
      bar.max = all;
      bar.value = done;
    }
    if (state === "written") {
      bar.max = 1;
      bar.value = 1;
      return say(words, `${file}: hele filen er sendt til browseren`);
    }
    if (state === "broken") return say(words, `${file}: hentningen blev afbrudt. Prøv igen.`);
    // Spoken at each tenth only, so that nobody is read numbers all the time.
    if (all > 0) say(words, `${file}: ${Math.floor((10 * done) / all) * 10} %`);
  }
  say(words, `${file}: vi ved ikke, hvor langt hentningen er. Se i browserens liste over hentede filer.`);
}

for (const link of document.querySelectorAll("a[data-eksport]")) {
  link.addEventListener("click", () => {
    const name = randomName();
    link.href = `${link.dataset.eksport}?eksport=${name}`;
    follow(name, link.textContent.trim());
  });
}
