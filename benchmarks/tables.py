"""Write the tables of benchmarks/results and docs/accuracy.md from the JSON in the former."""

import json
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
ACCURACY = Path(__file__).parents[1] / "docs" / "accuracy.md"
KINDS = (
    "coverage of 90 % intervals",
    "truth below the median",
    "truth in the middle half",
    "coverage of 95 % ellipses",
)
MARK = "<!-- tables -->"


def load(name):
    return json.loads((RESULTS / f"{name}.json").read_text())


def table(head, rows):
    lines = [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
    ]
    return "\n".join(lines)


def flights(result):
    rows = []
    for flight in ("quasi-ballistic, 700 km", "lofted, apogee 7,700 km"):
        rows += [(flight, name, f"{found['flights_per_s']:,.0f}") for name, found in result[flight].items()]
    peer = result["pytrajlib default flight"]
    if "flights_per_s" in peer:
        rows.append(("its default, 65 min", "pytrajlib", f"{peer['flights_per_s']:,.0f}"))
    exact = [
        (flight, *(f"{found[event]:.3f}" for event in ("burnout", "apogee", "impact")))
        for flight, found in result["difference_from_dop853_rtol_1e-12_m"].items()
    ]
    ratios = [(name, f"{value:,.0f}") for name, value in result["ratios"].items()]
    return "\n\n".join(
        [
            "### Flights per second, one core",
            table(("flight", "integrator", "flights/s"), rows),
            "### Ratios",
            table(("launchwatch", "times faster"), ratios),
            "### Distance from SciPy's DOP853 at a relative tolerance of 1e-12, m",
            table(("flight", "burnout", "apogee", "impact"), exact),
        ]
    )


def calibration(result):
    nees = [(name, f"{value:.2f}") for name, value in result["nees over 6"].items()]
    shares = [
        (
            f"{kind}: {name}",
            f"{100 * found['share']:.1f} %",
            f"{100 * found['low']:.0f} to {100 * found['high']:.0f} %",
        )
        for kind in KINDS
        for name, found in result[kind].items()
    ]
    return "\n\n".join(
        [
            f"### Tracker, {result['runs']} simulated recordings (`benchmarks/calibration.py`)",
            f"Exactly one track in {result['exactly one track']} of {result['runs']} recordings.",
            table(("phase", "NEES over degrees of freedom (1 is right)"), nees),
            table(("measure", "share of runs", "95 % interval of that share"), shares),
        ]
    )


def tracker():
    """Return the tracker's figures: what, measured, asked for; a missing result leaves its rows out."""
    rows = [*peers(), *problems(), *impacts(), *launches(), *named(), *live()]
    return "\n\n".join(["### The tracker", table(("figure", "measured", "asked for"), rows)])


def have(name):
    return load(name) if (RESULTS / f"{name}.json").exists() else None


def peers():
    found, lost = have("peer_speed"), have("track_loss")
    if found:
        one = found["one extended update"]
        spent = one["launchwatch, problem's forces, us"]
        yield "one EKF update, SRBM-700", f"{spent} µs", "about 2 µs"
        yield "times faster than Stone Soup", one["times faster"], "400 or more"
        yield "full forces over the problem's", one["full over problem's"], "4 or less"
        yield "one update of five modes", f"{found['one update of five modes']['mean, us']} µs", "about 12 µs"
        for targets, limit in ((50, 1.5), (200, 6)):
            scans = found[f"{targets} targets, 20 false plots"]
            for name in ("launchwatch", "launchwatch, whole flight"):
                what = "first 60 scans" if name == "launchwatch" else "440 scans"
                times = f"{scans[name]['p50, ms']} / {scans[name]['p99, ms']} ms"
                yield f"{targets} targets, 20 false plots, {what}: p50 / p99", times, f"p99 {limit} ms or less"
            for name, peer in scans.items():
                if name.startswith("stone soup"):
                    faster, quality = (
                        peer["launchwatch is times faster, means"],
                        peer["launchwatch's GOSPA over its"],
                    )
                    yield f"times faster than {name}", faster, "200 or more"
                    seeds = peer["launchwatch's GOSPA over its by seed"]
                    told = peer["told of the targets, GOSPA over its by seed"]
                    yield f"GOSPA over that of {name}; by salvo", f"{quality}; {listed(seeds)}", "1 or less"
                    alike = f"{peer['told of the targets, GOSPA over its']}; {listed(told)}"
                    yield f"the same, told of the targets as {name} is", alike, "1 or less"
    if lost:
        yield "tracks lost, 10 targets in clutter", f"{lost['lost']} of {lost['tracks']}", "0 of 1,000"


def problems():
    single, boosted, classic = have("srbm700"), have("boost_bound"), have("classic_problems")
    if single:
        ratio = single["sphere"]["rms over bound, mean over time, position"]
        yield "RMSE / PCRLB, SRBM-700", interval(ratio), "1.03 or less"
        yield "NEES / dof, SRBM-700", single["sphere"]["nees over dof"]["mean"], "0.95 to 1.05"
        whole = dict(single["tracker"])
        tracks = f"{whole.pop('tracks')} in {whole.pop('runs')}"
        yield "tracks of the whole tracker, told of nothing, in so many flights", tracks, "one each"
        for part, found in whole.items():
            both = f"{found['rms over bound']}; {found['nees over dof']}"
            yield (
                f"the whole tracker, told of nothing, rms over the bound and NEES / dof, {part}",
                both,
                "reported",
            )
    if boosted:
        ratio = boosted["rms over bound, mean over time"]["whole"]["position"]
        yield "RMSE / PCRLB, SRBM-700-B", interval(ratio), "1.10 or less"
        yield "NEES / dof, SRBM-700-B", boosted["nees over dof"]["whole"]["mean"], "0.95 to 1.05"
        for name in ("burnout", "last plot"):
            if name in boosted["at"]:
                at = boosted["at"][name]
                yield f"launch point over its bound, {name}", at["launch place"]["ratio"], "1.2 or less"
                share = f"{100 * at['launch ellipse 95 %']['coverage']:.1f} %"
                yield f"launch ellipse holds the truth, {name}", share, "92 to 98 %"
    if classic:
        farina = classic["farina-ristic-benvenuti"]["adaptive"]
        yield "RMSE / CRLB, Farina-Ristic-Benvenuti", farina["position RMSE / bound"], "1.02 or less"
        yield "NEES / dof, Farina-Ristic-Benvenuti", farina["NEES / dof"], "0.93 to 1.08"
        published, matched = classic["julier-uhlmann as published"], classic["julier-uhlmann matched"]
        over = " and ".join(map(str, published["adaptive"]["rms x, y / record"]))
        yield "rms x, y over the record, Julier-Uhlmann", over, "1.05 or less"
        yield "NEES / dof, Julier-Uhlmann as published", published["adaptive"]["NEES / dof"], "reported"
        yield "NEES / dof, Julier-Uhlmann matched", matched["adaptive"]["NEES / dof"], "0.95 to 1.05"


def listed(values):
    return ", ".join(map(str, values))


def interval(ratio):
    return f"{ratio['ratio']} ({ratio['low']} to {ratio['high']})"


def impacts():
    covered, speed = have("impact_coverage"), have("impact_speed")
    if covered:
        for case, instants in covered["coverage"].items():
            shares = [f"{100 * found['ellipse_95']['share']:.1f}" for found in instants.values()]
            wanted = "93.5 to 96.5 %" if case in list(covered["coverage"])[:2] else "reported"
            yield f"95 % impact ellipses hold, %: {case} ({listed(instants)})", listed(shares), wanted
    if speed:
        for case, found in speed["cases"].items():
            spent = found["50 ellipses"]["thread_p50_p99_ms"][1]
            yield f"50 impact ellipses, p99, {case}", f"{spent} ms", "5 ms or less"


def launches():
    fits = have("launch_fit")
    if fits:
        for name in ("family", "others"):
            share = f"{100 * fits[name]['coverage of 95 % ellipses']['share']:.1f} %"
            yield f"launch ellipse holds the truth, staged boosts, {name}", share, "reported"


def named():
    verdicts, false, ascent = have("verdicts"), have("false_launches"), have("ascent")
    if verdicts:
        for name, found in verdicts["named"].items():
            what = f"ballistic named within {found['within']} plots of burnout, {name}"
            yield what, f"{found['named']} of {found['runs']}", "99 % or more"
        yield "wrong verdicts on launches", f"{100 * verdicts['wrong_share']:.1f} %", "0.1 % or less"
        for name, found in verdicts["others"].items():
            yield f"ballistic verdicts on: {name}", f"{len(found['wrong'])} of {found['runs']}", "reported"
        yield (
            "Brier score of the classes; of the prior",
            " ; ".join(f"{verdicts['classes'][name]:.3f}" for name in ("brier", "brier_of_the_prior")),
            "reported",
        )
    if false:
        air, high = false["aircraft"], false["satellites"]
        what = f"false launches, {air['flights']} flights, {air['hours_in_view']:.0f} h"
        bound = air["rate_bound_per_flight_hour_95"]
        yield what, f"{air['false_launches']}; at most {bound:.4f} an hour", "0"
        yield f"ballistic verdicts on {high['passes']} satellite passes", high["ballistic_verdicts"], "0"
    for name, found in (ascent or {}).items():
        if name != "machine":
            likely = f"{100 * found['burning_above_0.5']:.1f} % of updates"
            yield f"boost likelier than not while it burns, {name}", likely, "recognised"
            share = f"{100 * found['half_width_share']['median']:.1f} %"
            yield f"apogee at cut-off + 10 s, {name}: half-width", share, "10 % or less"
            yield (
                f"apogee inside its 95 % interval, {name}",
                f"{100 * found['inside_95']:.0f} % of draws",
                "inside",
            )


def live():
    for name in ("replay", "replay-10m"):
        found = have(name)
        if found:
            yield f"sustained replay, {found['plots']:,} plots: plots/s", f"{found['plots_per_s']:,.0f}", "40,000"


def reading():
    """Return the reader's figures: what, measured, asked for; none where it was not measured."""
    times, scored = have("reading"), have("reading_scores")
    parts = ["### The reader"] if times or scored else []
    if times:
        parts.append(table(("figure", "measured", "asked for"), reading_times(times)))
    if scored:
        parts += [
            "Scores by language, and by attribute with every error that remains: [the reader](reading.md). F1:",
            table(
                ("annotated reports", "language", "reports", "value", "with the speaker"), totals(scored["sets"])
            ),
        ]
    return parts


def reading_times(found):
    for language, value in found["reports_of_500_words_per_s"].items():
        yield f"reports of 500 words a second, {language}", value, "60 or more"
    for name, spent in found["cold_start"].items():
        yield f"`launchwatch read` on one file, cold, {name}", f"{spent['best_s']} s", "under 0.5 s"
    for number, held in found["memory"].items():
        yield f"resident memory over {int(number):,} reports", f"{held['resident_mb']} MB", "flat"
    for name, grown in found["scaling"].items():
        longest = grown["characters"][-1] / 1e6
        what = f"growth of time over that of length, to {longest:g} million characters: {name}"
        yield what, grown["time_over_length"], "about 1"


def totals(sets):
    for name, found in sets.items():
        for language, count in found["reports"].items():
            whole = found["scores"][language]["all"]
            yield name, language, count, whole["value"]["f1"], whole["full"]["f1"]


def zones():
    """Return figures of points in zones: what, measured, asked for; none where they were not measured."""
    found = have("zones")
    if not found:
        return []
    rows = [
        (
            f"{one['zone']}, points in {one['points in']}",
            f"{1e3 * one['index_s']:.1f} ms",
            f"{1e3 * one['zones_inside_s']:.1f} ms",
            f"{1e3 * one['shapely_s']:.1f} ms",
            f"{one['times_faster']} ({one['zones_inside_times_faster']})",
            one["answers_that_differ"],
        )
        for one in found["one zone"]
    ]
    whole = [
        (
            f"all {one['zones']} zones at once, points in {one['points in']}",
            f"{1e3 * one['holding_s']:.0f} ms",
            f"{one['shapely_s']} s",
            one["times_faster"],
            f"{one['answers_that_differ']} of {one['answers']:,}",
        )
        for one in found["all zones"]
    ]
    limits, cut, loaded = found["on limits"], found["answers that differ with edges cut to 1 km"], found["loading"]
    lines = found["geodesics"]
    other = [
        (
            "answers that differ on points on and beside limits",
            f"{limits['answers_that_differ']} of {limits['points_on_and_beside_limits']:,}",
            "0",
        ),
        ("the same with edges cut to 1 km", sum(cut.values()), "0"),
        ("load, s; one place's relations; a first list of points", ", ".join(_times(loaded)), "0.2 at most"),
        ("data in the wheel, before compression", f"{loaded['data_folder_mb']} MB", "10 MB at most"),
    ]
    if "lines" in lines:
        worst = f"{lines['distance_worst_mm']:.1e} and {lines['destination_worst_mm']:.1e} mm"
        other.append((f"{lines['lines']:,} geodesics against geographiclib, worst", worst, "1 mm at most"))
    return [
        f"### {found['points']:,} points in and out of zones, one core",
        table(
            ("zone", "index", "`Zones.inside`", "prepared shapely", "times faster", "answers that differ"), rows
        ),
        "Asked for: 10 times prepared shapely, no answer that differs; all zones in 0.1 s.",
        table(("zones", "`Zones.holding`", "shapely", "times faster", "answers that differ"), whole),
        table(("figure", "measured", "asked for"), other),
    ]


def _times(loaded):
    return [f"{loaded[key]:.3f}" for key in ("load_zones_s", "relations_of_one_place_s", "first_list_of_points_s")]


def exposed():
    """Return figures of ships and aircraft against a fall area; none where they were not measured."""
    found = have("exposure")
    if not found:
        return []
    speed = [
        (
            f"fall area {one['fall area']}, positions {one['positions']}",
            f"{one['ms']} ms",
            f"{one['kd_tree_peer_ms']} ms",
            one["times_faster"],
            f"{one['greatest_difference']:.1e}",
        )
        for one in found["speed"]
    ]
    said = [
        (
            one["law of motion"],
            f"{one['craft']['greatest_difference_points']} points",
            f"{one['any of a kind']['greatest_difference_points']} points",
        )
        for one in found["calibration"]
    ]
    first = found["speed"][0]
    fleet = f"{first['aircraft']:,} aircraft and {first['ships']:,} ships"
    return [
        f"### {fleet} against a fall area of {first['samples']:,} samples, one core",
        table(("case", "measured", "SciPy's k-d tree", "times faster", "greatest difference"), speed),
        "Asked for: 50 ms at most, of positions as feeds have them.",
        table(("traffic moves by", "craft by craft, greatest difference", "any craft of a kind"), said),
        f"Over {found['calibration'][0]['events']:,} simulated events; asked for: within 3 points.",
    ]


def named_places():
    """Return figures of places in words; none where they were not measured."""
    found = have("places")
    if not found:
        return []
    names, falls, words = found["names"], found["falls"], found["words"]
    rows = [
        (
            f"{names['names']} names of sites, three scripts, within 5 km",
            f"{100 * names['share']:.1f} %",
            "99 % or more",
        ),
        ("the same, every cell against its own row", "{} of {}".format(*names["strict_all_cells_own_row"]), ""),
        (
            "falls told by distance and direction, held by the phrase's area",
            "{} of {}".format(*falls["distance_notes"]),
            f"all, or explained; unexplained: {len(falls['unexplained'])}",
        ),
        ("all notes of falls", "{} of {}".format(*falls["all_notes"]), ""),
        (
            f"{words['points']} points in words of three languages, brought back",
            f"{100 * words['share']:.1f} %",
            "",
        ),
        ("a point in words; a phrase to an area", f"{words['describe_ms']} ms; {found['phrase_ms']} ms", ""),
    ]
    return ["### Places in words", table(("figure", "measured", "asked for"), rows)]


def estimates():
    """Return the posterior's figures: what, measured, asked for; a missing result leaves its rows out."""
    rows = [*withheld(), *ranked(), *joined(), *planted(), *quick()]
    return ["### The posterior", table(("figure", "measured", "asked for"), rows)] if rows else []


def withheld():
    found = have("held_out")
    if not found:
        return
    third, both, waters = found["third"], found["both"], found["waters"]
    time, apogee = third["flight_time_min"], third["apogee_km"]
    yield "flight time from range and apogee, lofted: median error", percent(time, "lofted"), "2.5 % or less"
    yield "apogee from range and time, over 25 minutes", percent(apogee, "over 25 minutes"), "4 % or less"
    for name, asked in (("flight_time_min", "at most two"), ("apogee_km", "reported"), ("range_km", "reported")):
        outside = third[name]["outside the 90 % interval"]
        yield f"{name} outside the 90 % interval", f"{len(outside)} of {third[name]['flights']}", asked
    yield "range and apogee reproduced", f"{both['reproduced']} of {both['flights']}", "all"
    judged = both["judged"]
    plain = judged["right as published"] + judged["any class"]
    yield "class as published", f"{plain} of {sum(judged.values())}", "95 % or more"
    yield "the same, flights flown below their class by energy", both["class as published"], ""
    yield "right side of Japan's zone", f"{waters['right side']} of {waters['flights']}", "95 % or more"
    always = waters["brier of always outside"]
    yield "Brier score; of always outside", f"{waters['brier']}; {always}", "0.08 or less"
    whole = found["whole"]
    yield f"{whole['flights']} flights of the catalogue", f"{whole['wall_s']} s", "120 s or less"


def percent(found, which):
    return f"{found[f'median error, {which}, %']} % of {found[which]}"


def ranked():
    found = have("sbc")
    if not found:
        return
    limit = 0.01 / len(found["quantities"])
    for name, one in found["quantities"].items():
        covers = ", ".join(f"{100 * share:.1f}" for share in one["coverage"].values())
        asked = f"p above {limit:.2g}; within 5, 3, 2.5 points"
        yield f"ranks of {name}: p; 50, 90, 95 % hold", f"{one['chi-square p']}; {covers} %", asked


def joined():
    found = have("fused")
    for name, one in found["quantities"].items() if found else ():
        scores = " / ".join(str(value) for value in one["mean score"].values())
        yield f"score of {name}: claims / track / both, {found['events']} events", scores, "both least"
        cover = next(value for key, value in one.items() if key.startswith("coverage of"))
        asked = next(key for key in one if key.startswith("coverage of"))
        yield f"{asked}, {name}: claims / track / both", " / ".join(map(str, cover.values())), "no worse"


def planted():
    found = have("planted")
    if not found:
        return

    def said(name):
        return f"{100 * found[name]['share']:.1f} % of {found[name]['n']}"

    yield "clean claims flagged", said("clean claims flagged"), "5 % or less"
    yield "planted claims found, moved by five sigmas with two quantities bearing", said("planted, clear"), "95 %"
    for name in ("planted, testable", "planted, two or more quantities bearing", "planted, all"):
        ours, oracle = (f"{100 * found[name][who]['share']:.1f} %" for who in ("found", "oracle"))
        yield f"{name} ({found[name]['found']['n']}): found, by the oracle", f"{ours}, {oracle}", "within 5 points"


def quick():
    found = have("posterior_speed")
    if not found:
        return
    for particles in (4000, 6000, 8000):
        one = found["reports"][f"{particles} particles"]
        told = f"{one['median_s']} s, {one['effective, median']:.0f} effective"
        yield f"16 reports to a posterior, {particles} particles", told, "2,000 in 2 s"
    ratios = found["peer"].get("times as many effective samples a second", {})
    for name, ratio in ratios.items():
        yield f"effective samples a second over NUTS's, {name}", ratio, "50 or more"


def machine(result):
    found = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return f"{found['cpu']}, {found['cores']} cores, Python {found['python']}, {versions}"


def main():
    flown, chain, tracked = load("flights"), load("chain"), load("calibration")
    exact = flights(flown)
    calibrated = calibration(tracked)
    times = table(("job", "wall-clock, s"), chain["wall_s"].items())
    text = "\n\n".join(
        [
            "# Results",
            f"Made by `make bench` on: {machine(flown)}. Times on a shared virtual machine vary by some 30 %.",
            exact,
            "### Jobs, compiled code cached, best of three",
            times,
            calibrated,
            tracker(),
            *estimates(),
            *zones(),
            *named_places(),
            *exposed(),
            *reading(),
        ]
    )
    (RESULTS / "README.md").write_text(text + "\n")
    before, _, rest = ACCURACY.read_text().partition(MARK)
    after = rest.partition("Limits of these figures")[2]
    distance = exact.partition("### Distance")[2]
    body = f"{MARK}\n\n### Distance{distance}\n\n{calibrated}\n\nLimits of these figures{after}"
    ACCURACY.write_text(before + body)


if __name__ == "__main__":
    main()
