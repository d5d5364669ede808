// The page reads without this script. It adds a theme switch and a marker that flies along the drawn path.
(function () {
  "use strict";
  const root = document.documentElement;

  // Theme: the system's until the reader chooses; kept for as long as the page is open, nowhere else.
  const theme = document.getElementById("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  function nameTheme() {
    theme.textContent = isDark() ? "Light theme" : "Dark theme";
  }
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  systemDark.addEventListener("change", nameTheme);
  nameTheme();
  theme.hidden = false;

  // Playback: one slider, seconds after lift-off, moves the markers on map, profile and timeline.
  const source = document.getElementById("playback");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const player = document.getElementById("player");
  const slider = document.getElementById("seconds");
  const play = document.getElementById("play");
  const readout = document.getElementById("readout");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const PLAY_S = 20; // a whole flight takes this long, whatever its length
  let timer = null;
  let now = 0;

  // Index and share between neighbouring points at a time; the path's ends hold beyond it.
  function between(times, at) {
    let i = 0;
    while (i < times.length - 2 && times[i + 1] <= at) i += 1;
    const share = (at - times[i]) / (times[i + 1] - times[i] || 1);
    return [i, Math.min(1, Math.max(0, share))];
  }
  const mix = (values, [i, share]) => values[i] + (values[i + 1] - values[i]) * share;

  function put(id, x, y) {
    const marker = document.getElementById(id);
    if (marker) marker.setAttribute("transform", `translate(${x.toFixed(2)},${y.toFixed(2)})`);
  }

  function clock(at) {
    if (data.start_s === null) return "";
    const text = (shift) => new Date((data.start_s + at + shift) * 1000).toISOString().slice(11, 19);
    return `, ${text(9 * 3600)} KST (${text(0)} UTC)`;
  }

  function degrees(value, plus, minus) {
    return `${Math.abs(value).toFixed(2)}° ${value < 0 ? minus : plus}`;
  }

  function show(at) {
    now = at;
    data.paths.forEach((path, n) => {
      const place = between(path.time, at);
      const km = mix(path.distance, place);
      const height = mix(path.height, place);
      for (const [name, lines] of Object.entries(data.map)) {
        put(`map-${name}-${n}`, mix(lines[n][0], place), mix(lines[n][1], place));
      }
      for (const [name, [left, across, ground, up]] of Object.entries(data.profile)) {
        put(`profile-${name}-${n}`, left + km * across, ground - height * up);
      }
      if (n === 0) tell(path, place, at, km, height);
    });
    for (const [name, [left, first, across]] of Object.entries(data.timeline)) {
      put(`timeline-${name}`, left + (at - first) * across, 0);
    }
  }

  function tell(path, place, at, km, height) {
    const where = `${degrees(mix(path.lat, place), "N", "S")}, ${degrees(mix(path.lon, place), "E", "W")}`;
    const ended = at >= path.time[path.time.length - 1] ? " (end of path)" : "";
    const text = `${Math.round(at)} s after lift-off${clock(at)}: height ${height.toFixed(1)} km, ` +
      `${km.toFixed(0)} km from launch, at ${where}${ended}`;
    readout.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
    delete play.dataset.playing;
  }

  function start() {
    if (now >= data.end_s) now = 0;
    play.textContent = "Pause";
    play.dataset.playing = "";
    const step = calm.matches ? 1000 : 50; // few plain steps for readers who asked for less motion
    (function advance() {
      show(Math.min(now + (data.end_s * step) / (PLAY_S * 1000), data.end_s));
      slider.value = now;
      if (now >= data.end_s) stop();
      else timer = setTimeout(advance, step);
    })();
  }

  play.addEventListener("click", () => (timer === null ? start() : stop()));
  slider.addEventListener("input", () => {
    if (timer !== null) stop();
    show(Math.min(Number(slider.value), data.end_s));
  });
  player.hidden = false;
  root.classList.add("ready");
  slider.value = 0;
  show(0);
})();
