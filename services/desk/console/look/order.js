// Remembers, in this tab, the list that somebody leaves: the tickets in the order that they saw, and where it was. The ticket page goes on
// by that (look/ticket.js): what they answer must not change what is next.
addEventListener("pagehide", () => {
  const numbers = [...document.querySelectorAll(".tl-list [data-number]")].map((row) => Number(row.dataset.number));
  const here = new URL(location.href);
  here.searchParams.delete("sent");
  try {
    if (numbers.length) sessionStorage.setItem("tl-order", JSON.stringify([...new Set(numbers)]));
    sessionStorage.setItem("tl-list", here.pathname + here.search);
  } catch { /* full, or forbidden: the usual list tells what is next */ }
});
