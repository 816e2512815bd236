// Before anything is painted: light or dark, where somebody has chosen rather than left it to the system.
{
    const chosen = localStorage.getItem("coppice-theme");
    if (chosen === "light" || chosen === "dark") {
        document.documentElement.dataset.theme = chosen;
    }
}
